//! HTML and XML pages → coverage reports with the text of a file, and pages of bundle analyzers.

use super::Known;

/// The report that `page` is.
pub(super) fn known(page: &[u8]) -> Option<Known> {
    let has = |needle: &str| memchr::memmem::find(page, needle.as_bytes()).is_some();
    let plain = |what, files| Some(Known { what, files, texts: Vec::new() });
    if has("class=\"coverage\"") && has("prettyprint lang-") {
        return Some(istanbul(&String::from_utf8_lossy(page)));
    }
    if has("Code coverage report for") && has("istanbul") {
        return plain("a coverage report", 0);
    }
    if has("window.chartData") && (has("window.defaultSizes") || has("Webpack Bundle Analyzer")) {
        return plain("a page of webpack's bundle analyzer", 0);
    }
    if has("Rollup Visualizer") && has("\"nodeParts\"") {
        return plain("a page of Rollup's bundle visualizer", 0);
    }
    let files = |mark: &str| memchr::memmem::find_iter(page, mark.as_bytes()).count();
    let head = page.get(..page.len().min(4096)).unwrap_or(page);
    if memchr::memmem::find(head, b"<coverage").is_some() && (has("line-rate=") || has("clover=")) {
        return plain("coverage data", files("filename=").max(files("<file ")));
    }
    None
}

/// A page of one covered file: its text, without the marks between.
fn istanbul(page: &str) -> Known {
    const TEXT: &str = "<td class=\"text\">";
    let mut known = Known { what: "a coverage report", files: 1, texts: Vec::new() };
    let title = page.split_once("Code coverage report for ").and_then(|(_, rest)| rest.split('<').next());
    let name = title.map_or_else(|| "(covered file)".to_owned(), |title| unescaped(title.trim()));
    let cell = page.split_once(TEXT).and_then(|(_, rest)| rest.split_once("</td>"));
    let inside = cell.and_then(|(cell, _)| cell.split_once('>')).map(|(_, inside)| inside);
    let inside = inside.and_then(|inside| inside.rsplit_once("</pre>")).map(|(inside, _)| inside);
    if let Some(inside) = inside {
        known.texts.push((name, covered(inside)));
    }
    known
}

/// The text between the marks. Letters that mark a branch go with their mark; an empty line is written as a blank.
fn covered(marked: &str) -> String {
    let mut text = String::with_capacity(marked.len());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, behind)) = after.split_once('>') else { break };
        rest = behind;
        if tag.contains("missing-if-branch") {
            // One letter and the end of the mark.
            rest = behind.get(1..).and_then(|rest| rest.strip_prefix("</span>")).unwrap_or(behind);
        }
    }
    if !rest.contains('<') {
        text.push_str(rest);
    }
    let lines = text.split('\n').map(|line| if line == "&nbsp;" { String::new() } else { unescaped(line) });
    lines.collect::<Vec<_>>().join("\n")
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = [
            ("lt;", '<'),
            ("gt;", '>'),
            ("quot;", '"'),
            ("#39;", '\''),
            ("#x27;", '\''),
            ("nbsp;", '\u{a0}'),
            ("amp;", '&'),
        ];
        if let Some((c, behind)) = known.iter().find_map(|(name, c)| after.strip_prefix(name).map(|rest| (*c, rest))) {
            out.push(c);
            rest = behind;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_the_text_stays() {
        let marked = "const a = &lt;b&gt;;\n&nbsp;\n<span class=\"missing-if-branch\" title=\"x\" >I</span>if (<span class=\"cstat-no\" title=\"y\" >a &amp;&amp; b)</span> {}";
        assert_eq!(covered(marked), "const a = <b>;\n\nif (a && b) {}");
    }
}
