//! Places in generated code → places in the original, as the mappings of a source map tell.
//!
//! Only asked for once something was found, so it reads the map a second time instead of keeping anything of it. What
//! can't be read tells nothing: the finding stays where it is.

use serde::Deserialize;

use super::{comment, data_url, json_start};
use crate::inspect::{Text, TextKind};
use crate::model::Origin;

/// A line and a column of UTF-16 units, both from zero, as maps count them.
pub type Spot = (u32, u32);

#[derive(Deserialize)]
struct RawMap {
    #[serde(default)]
    mappings: String,
    #[serde(default)]
    sources: Vec<Option<String>>,
    #[serde(rename = "sourceRoot")]
    root: Option<String>,
    #[serde(default)]
    sections: Vec<RawSection>,
}

#[derive(Deserialize)]
struct RawSection {
    offset: RawOffset,
    map: Option<RawMap>,
}

#[derive(Deserialize, Clone, Copy)]
struct RawOffset {
    line: u32,
    column: u32,
}

/// Where each of `spots` stood before it was built; they are in order.
#[must_use]
pub fn origins(map: &[u8], spots: &[Spot]) -> Vec<Option<Origin>> {
    let text = Text::of("", map);
    let json = json_start(&text.bytes).and_then(|start| text.bytes.get(start..)).unwrap_or_default();
    match serde_json::from_slice::<RawMap>(json) {
        Ok(map) => map.origins(spots),
        Err(_) => vec![None; spots.len()],
    }
}

/// The map that a text carries in the last of its comments, if it carries one.
#[must_use]
pub fn carried(text: &[u8], kind: TextKind) -> Option<Vec<u8>> {
    let last = comment::mentions(text, kind).into_iter().rfind(|mention| mention.effective)?;
    data_url::decode(data_url::strip(text.get(last.value)?)?)
}

/// Where the byte at `column` of `line` is for a map; both count from one.
#[must_use]
pub fn spot(text: &[u8], line: u64, column: u64) -> Option<Spot> {
    let skipped = usize::try_from(line - 1).ok()?;
    let start = if skipped == 0 { 0 } else { memchr::memchr_iter(b'\n', text).nth(skipped - 1)? + 1 };
    let before = text.get(start..start + usize::try_from(column - 1).ok()?)?;
    let units: usize = String::from_utf8_lossy(before).chars().map(char::len_utf16).sum();
    Some((u32::try_from(skipped).ok()?, u32::try_from(units).ok()?))
}

/// Where a piece of a generated line begins, and where it stood.
#[derive(Clone, Copy)]
struct Segment {
    column: i64,
    target: Option<(u32, u32)>,
}

impl RawMap {
    fn origins(&self, spots: &[Spot]) -> Vec<Option<Origin>> {
        if self.sections.is_empty() {
            return self.mapped(spots);
        }
        let from = |section: &RawSection| (section.offset.line, section.offset.column);
        let of = |spot: &Spot| self.sections.partition_point(|section| from(section) <= *spot).checked_sub(1);
        let mut found = Vec::with_capacity(spots.len());
        // Each section is read once for all the spots in it, which are in order.
        for run in spots.chunk_by(|a, b| of(a) == of(b)) {
            let section = run.first().and_then(of).and_then(|at| self.sections.get(at));
            // Sections that are out of order may begin behind what they were picked for.
            let section = section.filter(|section| run.first().is_some_and(|first| from(section) <= *first));
            let Some((section, map)) = section.and_then(|section| Some((section, section.map.as_ref()?))) else {
                found.resize(found.len() + run.len(), None);
                continue;
            };
            let (line, column) = from(section);
            let inner = |spot: &Spot| (spot.0 - line, if spot.0 == line { spot.1 - column } else { spot.1 });
            found.extend(map.origins(&run.iter().map(inner).collect::<Vec<Spot>>()));
        }
        found
    }

    fn mapped(&self, spots: &[Spot]) -> Vec<Option<Origin>> {
        let mut found: Vec<Option<Segment>> = vec![None; spots.len()];
        let (mut source, mut line, mut next) = (0_i64, 0_i64, 0);
        for (number, row) in (0_u32..).zip(self.mappings.split(';')) {
            let rest = spots.get(next..).unwrap_or_default();
            let here = next..next + rest.iter().take_while(|(line, _)| *line == number).count();
            next = here.end;
            let wanted = spots.get(here.clone()).unwrap_or_default();
            let found = found.get_mut(here).unwrap_or_default();
            let mut column = 0_i64;
            for segment in row.split(',').filter(|segment| !segment.is_empty()) {
                let mut fields = Fields(segment.bytes());
                column += fields.next().unwrap_or(0);
                let target = match (fields.next(), fields.next()) {
                    (Some(by_source), Some(by_line)) => {
                        (source, line) = (source + by_source, line + by_line);
                        u32::try_from(source).ok().zip(u32::try_from(line).ok())
                    }
                    _ => None,
                };
                // Segments may stand in any order: each spot keeps the nearest that none before it keeps.
                let at = wanted.partition_point(|(_, spot)| i64::from(*spot) < column);
                if let Some(kept) = found.get_mut(at)
                    && kept.is_none_or(|kept| kept.column <= column)
                {
                    *kept = Some(Segment { column, target });
                }
            }
            let mut nearest = None;
            for kept in found {
                nearest = kept.or(nearest);
                *kept = nearest;
            }
            if next >= spots.len() {
                break;
            }
        }
        found.into_iter().map(|found| self.origin(found?.target?)).collect()
    }

    fn origin(&self, (source, line): (u32, u32)) -> Option<Origin> {
        let name = self.sources.get(source as usize)?.as_deref()?;
        let source = match self.root.as_deref().filter(|root| !root.is_empty()) {
            Some(root) => format!("{}/{name}", root.strip_suffix('/').unwrap_or(root)),
            None => name.to_owned(),
        };
        (!source.is_empty()).then(|| Origin { source, line: u64::from(line) + 1 })
    }
}

/// The numbers of a segment, written in base64 with a bit for "goes on".
struct Fields<'s>(std::str::Bytes<'s>);

impl Iterator for Fields<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let (mut sum, mut shift) = (0_i64, 0);
        loop {
            let digit = i64::from(match self.0.next()? {
                byte @ b'A'..=b'Z' => byte - b'A',
                byte @ b'a'..=b'z' => byte - b'a' + 26,
                byte @ b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            });
            // A number may be as long as it likes, as long as that adds nothing to it.
            if shift <= 30 {
                sum |= (digit & 31) << shift;
                shift += 5;
            } else if digit & 31 != 0 {
                return None;
            }
            if digit & 32 == 0 {
                return Some(if sum & 1 == 1 { -(sum >> 1) } else { sum >> 1 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_the_segment_before_it() {
        // 0:0 → a.ts:1, 0:10 → b.ts:5, 2:4 → a.ts:8
        let map =
            br#"{"version":3,"sourceRoot":"src/","sources":["a.ts","b.ts"],"names":[],"mappings":"AAAA,UCIA;;IDGA"}"#;
        let told = |line, column| {
            origins(map, &[(line, column)]).remove(0).map(|origin| format!("{}:{}", origin.source, origin.line))
        };
        assert_eq!(told(0, 9).as_deref(), Some("src/a.ts:1"));
        assert_eq!(told(0, 10).as_deref(), Some("src/b.ts:5"));
        assert_eq!(told(2, 400).as_deref(), Some("src/a.ts:8"));
        assert_eq!((told(1, 5), told(2, 3), told(9, 0)), (None, None, None));
    }

    #[test]
    fn segments_may_stand_in_any_order_and_the_last_of_a_column_counts() {
        // 0:15 → a.ts:2, 0:2 → a.ts:1, and once more 0:2 → a.ts:3
        let map = br#"{"version":3,"sources":["a.ts"],"mappings":"eACA,bADA,AAEA"}"#;
        let lines = |spots: &[Spot]| -> Vec<Option<u64>> {
            origins(map, spots).into_iter().map(|origin| origin.map(|origin| origin.line)).collect()
        };
        assert_eq!(lines(&[(0, 1), (0, 2), (0, 14), (0, 15), (0, 99)]), [None, Some(3), Some(3), Some(2), Some(2)]);
    }

    #[test]
    fn a_number_may_be_longer_than_it_needs() {
        let numbers = |text: &str| Fields(text.bytes()).collect::<Vec<i64>>();
        assert_eq!(numbers("kggggggggggggAAggggggggggC"), [2, 0]);
        assert_eq!(numbers("kggggggggggggB"), [0; 0]);
        let map = br#"{"version":3,"sources":["a.ts"],"mappings":"kggggggggggggAAEA"}"#;
        assert_eq!(origins(map, &[(0, 2)]).remove(0).map(|origin| origin.line), Some(3));
    }

    #[test]
    fn sections_out_of_order_tell_nothing_wrong() {
        let section = |line: u32| {
            format!(
                r#"{{"offset":{{"line":{line},"column":0}},"map":{{"version":3,"sources":["{line}"],"mappings":"AAAA"}}}}"#
            )
        };
        let map = format!(r#"{{"version":3,"sections":[{},{},{}]}}"#, section(5), section(9), section(2));
        let told = |line| origins(map.as_bytes(), &[(line, 0)]).remove(0).map(|origin| origin.source);
        assert_eq!((told(1), told(5), told(9)), (None, Some("5".to_owned()), None));
    }

    #[test]
    fn sections_begin_where_they_say() {
        let map = br#"{"version":3,"sections":[{"offset":{"line":3,"column":2},"map":{"version":3,"sources":["x.ts"],"mappings":"AAAA"}}]}"#;
        assert_eq!(origins(map, &[(3, 7)]).remove(0).map(|origin| origin.line), Some(1));
        assert_eq!(origins(map, &[(3, 1)]), [None]);
        assert_eq!(origins(b"{", &[(3, 1)]), [None]);
    }

    #[test]
    fn columns_count_units_of_utf_16() {
        assert_eq!(spot("é😀x\nab".as_bytes(), 1, 7), Some((0, 3)));
        assert_eq!(spot(b"ab\ncd", 2, 2), Some((1, 1)));
        assert_eq!(spot(b"ab", 5, 1), None);
    }
}
