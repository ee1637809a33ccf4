//! Names with parts that a build makes up anew each time → the same name with those parts left open, and back.

/// The path with each generated part of its file name as `[hash:N]`.
#[must_use]
pub fn generated(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let mut out = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut rest = name;
    let mut first = true;
    while !rest.is_empty() {
        let end = rest.find(['.', '-']).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        // The digits of Vite and Rollup may hold a dash or an underscore themselves.
        let eight = rest.get(..8).filter(|eight| !first && rest.as_bytes().get(8) == Some(&b'.') && is_random(eight));
        let part = eight.unwrap_or(part);
        let under = part.rfind('_').map(|at| part.split_at(at + 1)).filter(|(_, tail)| is_hash(tail, false));
        if is_hash(part, first) && !(first && behind.is_empty()) {
            out.push_str(&open(part.len()));
        } else if let Some((head, tail)) = under {
            out.push_str(head);
            out.push_str(&open(tail.len()));
        } else {
            out.push_str(part);
        }
        rest = rest.get(part.len()..).unwrap_or_default();
        if let Some(sign) = rest.chars().next() {
            out.push(sign);
            rest = rest.get(sign.len_utf8()..).unwrap_or_default();
        }
        first = false;
    }
    out
}

fn open(len: usize) -> String {
    format!("[hash:{len}]")
}

/// Whether a part of a name was made up by a build; a whole stem has to look more random than what follows a name.
fn is_hash(part: &str, stem: bool) -> bool {
    let len = part.len();
    let all = |test: fn(&u8) -> bool| part.bytes().all(|b| test(&b));
    let any = |test: fn(&u8) -> bool| part.bytes().any(|b| test(&b));
    let hex = all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && any(u8::is_ascii_digit) && any(u8::is_ascii_lowercase);
    if hex && (8..=64).contains(&len) {
        return true;
    }
    !stem && (8..=32).contains(&len) && is_random(part)
}

/// Whether letters and digits are mixed as only chance mixes them.
fn is_random(part: &str) -> bool {
    let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let count = |test: fn(&u8) -> bool| part.bytes().filter(test).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let humps = part
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
        .count();
    // A number at the end is a version of a word: `polyfill2`.
    let inner = part.trim_end_matches(|c: char| c.is_ascii_digit()).bytes().any(|b| b.is_ascii_digit());
    plain
        && (upper > 0 && (digits > 0 && (inner || lower == 0) || humps >= 2 && lower > 0 && upper >= 3)
            || digits > 1 && inner && lower > 0)
}

/// Whether `path` is `row` with its open parts filled by something that a build may have made up.
#[must_use]
pub fn restored(row: &str, path: &str) -> bool {
    let Some((before, rest)) = row.split_once("[hash:") else { return row == path };
    let Some((len, behind)) = rest.split_once(']') else { return row == path };
    let Some(len) = len.parse::<usize>().ok().filter(|len| (1..=128).contains(len)) else { return row == path };
    let Some(part) = path.strip_prefix(before).and_then(|rest| rest.get(..len)) else { return false };
    // By chance some hold no number. What could be a word is not taken for one of them.
    let tail = part.get(1..).unwrap_or_default();
    let letters = tail.bytes().any(|b| b.is_ascii_uppercase()) && part.bytes().any(|b| b.is_ascii_lowercase());
    let capitals = part.bytes().filter(u8::is_ascii_uppercase).count();
    let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let mixed = plain && letters && (capitals >= 3 || part.bytes().any(|b| b.is_ascii_digit()));
    (mixed || is_hash(part, false)) && restored(behind, path.get(before.len() + len..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bundlers_make_up_is_left_open() {
        for (path, row) in [
            ("dist/assets/index-BHaQxkJr.js", "dist/assets/index-[hash:8].js"),
            ("dist/assets/index-Cb1_d-2X.css", "dist/assets/index-[hash:8].css"),
            ("js/app.3f2a91bc.js", "js/app.[hash:8].js"),
            ("static/chunks/9c4e8f02ab13cd57.js", "static/chunks/[hash:16].js"),
            ("chunk-4XQ7KZPA.mjs", "chunk-[hash:8].mjs"),
            ("a/vendor_3f2a91bc.js", "a/vendor_[hash:8].js"),
        ] {
            assert_eq!(generated(path), row, "{path}");
            assert!(restored(row, path), "{path}");
        }
    }

    #[test]
    fn names_that_people_gave_stay() {
        for path in [
            "dist/index.js",
            "src/AbstractFactory.js",
            "lib/my-DateTime.js",
            "polyfills-core.js",
            "README.md",
            "es2015.js",
            "bin/tool-x86_64.exe",
            "react-dom.production.min.js",
            "vendor-polyfill2.js",
            "lib/base64url.js",
            "deadbeef",
        ] {
            assert_eq!(generated(path), path);
        }
        assert!(!restored("index-[hash:8].js", "index-internal.js"));
        assert!(!restored("index-[hash:8].js", "index-Internal.js"));
        for name in ["backup01", "my_notes", "test-all", "DEBUGMAP", "________"] {
            assert!(!restored("index-[hash:8].js", &format!("index-{name}.js")), "{name}");
        }
        assert!(!restored("index-[hash:8].js", "index-3f2a91bc.js.map"));
        assert!(restored("index-[hash:8].js", "index-BHaQxkJr.js"));
    }
}
