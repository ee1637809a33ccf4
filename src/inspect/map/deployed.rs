//! A file as a server gives it → where its maps are said to be, and whether it is a map itself.

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{comment, data_url, draft, json_start};
use crate::inspect::{Text, TextKind};

/// The addresses in the comments that consumers obey, in order. What stands in the comment itself is no address.
#[must_use]
pub fn pointers(body: &[u8], kind: TextKind) -> Vec<String> {
    let text = Text::of("", body);
    let mentions = comment::mentions(&text.bytes, kind).into_iter().filter(|mention| mention.effective);
    let urls = mentions.filter_map(|mention| text.bytes.get(mention.value));
    urls.filter(|url| data_url::strip(url).is_none()).map(|url| String::from_utf8_lossy(url).into_owned()).collect()
}

/// The addresses in the sections of a WebAssembly module.
#[must_use]
pub fn section_pointers(body: &[u8]) -> Vec<String> {
    const NAME: &[u8] = b"\x10sourceMappingURL";
    let found = memmem::find_iter(body, NAME).take(16).filter_map(|at| {
        let rest = body.get(at + NAME.len()..)?;
        let (mut length, mut shift, mut used) = (0_usize, 0_u32, 0_usize);
        for byte in rest.iter().take(3) {
            length |= usize::from(byte & 127) << shift;
            shift += 7;
            used += 1;
            if byte & 128 == 0 {
                break;
            }
        }
        std::str::from_utf8(rest.get(used..used.checked_add(length)?)?).ok()
    });
    found.filter(|url| !url.starts_with("data:")).map(str::to_owned).collect()
}

/// Whether it is a map by what it holds, whatever it is called, and however broken.
#[must_use]
pub fn is_map(body: &[u8]) -> bool {
    let text = Text::of("", body);
    let scan = json_start(&text.bytes).map(|start| draft::scan(&text.bytes, start, &mut |_| ()));
    scan.is_some_and(|scan| scan.drafts.iter().any(|draft| draft.top) || !scan.packed.is_empty())
}

/// Where a map leads that is whole: to maps of its sections, and to originals whose text it does not hold.
#[must_use]
pub fn leads(body: &[u8]) -> (Vec<String>, Vec<String>) {
    let text = Text::of("", body);
    let json = json_start(&text.bytes).and_then(|start| text.bytes.get(start..));
    let map: Option<Head> = json.and_then(|json| serde_json::from_slice(json).ok());
    let (mut sections, mut sources) = (Vec::new(), Vec::new());
    if let Some(map) = map {
        map.leads(&mut sections, &mut sources);
    }
    (sections, sources)
}

/// What a map says of its originals. Their texts are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    sources: Option<Vec<Option<String>>>,
    source_root: Option<String>,
    sources_content: Option<Vec<Option<IgnoredAny>>>,
    sections: Option<Vec<Section>>,
}

#[derive(Deserialize)]
struct Section {
    url: Option<String>,
    map: Option<Box<Head>>,
}

impl Head {
    fn leads(self, sections: &mut Vec<String>, sources: &mut Vec<String>) {
        let root = self
            .source_root
            .filter(|root| !root.is_empty())
            .map(|root| if root.ends_with('/') { root } else { root + "/" });
        let texts = self.sources_content.unwrap_or_default();
        for (number, source) in self.sources.unwrap_or_default().into_iter().enumerate() {
            let here = texts.get(number).is_some_and(Option::is_some);
            if let Some(source) = source.filter(|_| !here) {
                sources.push(root.as_ref().map_or_else(|| source.clone(), |root| format!("{root}{source}")));
            }
        }
        for section in self.sections.unwrap_or_default() {
            sections.extend(section.url);
            section.map.into_iter().for_each(|map| map.leads(sections, sources));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_answers_to_everything_is_no_map() {
        let map = br#"{"version":3,"sources":["a.ts"],"sourcesContent":["x"],"mappings":"AAAA"}"#;
        assert!(is_map(map));
        assert!(is_map(&[b")]}'\n", &map[..]].concat()));
        assert!(is_map(&map[..60]), "a map that was cut");
        assert_eq!(leads(map), (vec![], vec![]));
        let map = br#"{"version":3,"sections":[{"offset":{},"url":"b.map"},{"map":{"sourceRoot":"/src","sources":["a.ts",null,"c.ts"],"sourcesContent":["x"]}}]}"#;
        assert_eq!(leads(map), (vec!["b.map".to_owned()], vec!["/src/c.ts".to_owned()]));
        for other in [&b"<!doctype html><html></html>"[..], b"{}", b"[]", b"{\"version\":3}", b"", b"not found"] {
            assert!(!is_map(other), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn addresses_are_those_that_consumers_obey() {
        let text = b"f('//# sourceMappingURL=no.map');\n//# sourceMappingURL=yes.map\n";
        assert_eq!(pointers(text, TextKind::Script), ["yes.map"]);
        assert_eq!(pointers(b"//# sourceMappingURL=data:application/json,{}", TextKind::Script), [""; 0]);
        assert_eq!(section_pointers(b"\0asm\x01\0\0\0\0\x17\x10sourceMappingURL\x05a.map"), ["a.map"]);
    }
}
