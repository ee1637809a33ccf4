//! A text that names variables → the text with their values, and the names of those that are not set.

use zeroize::Zeroizing;

/// A text with its variables filled in.
pub(super) struct Expanded {
    pub(super) text: Zeroizing<String>,
    /// Every variable it names.
    pub(super) names: Vec<String>,
    /// Those that are not set, and stay as they are written.
    pub(super) missing: Vec<String>,
}

/// Fills in `${NAME}` as npm does; `${NAME?}` is empty where it is not set, and `${NAME-other}` is as pnpm reads it.
pub(super) fn expand(raw: &str, value: impl Fn(&str) -> Option<Zeroizing<String>>) -> Expanded {
    let mut out = Expanded { text: Zeroizing::default(), names: Vec::new(), missing: Vec::new() };
    // What is filled in is a secret, and a text that grows leaves copies of itself behind.
    out.text.reserve(raw.len().saturating_add(super::secret::MOST));
    let mut rest = raw;
    while let Some((before, inside, behind)) = next(rest) {
        let plain = before.trim_end_matches('\\');
        let slashes = before.len() - plain.len();
        out.text.push_str(plain);
        out.text.extend(std::iter::repeat_n('\\', slashes / 2));
        if slashes % 2 == 1 {
            out.text.push_str(&format!("${{{inside}}}"));
        } else {
            fill(&mut out, inside, &value);
        }
        rest = behind;
    }
    out.text.push_str(rest);
    out
}

/// The first `${…}`, what stands before it, and what behind.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find("${")?;
        let body = text.get(start + 2..)?;
        let end = body.find(['$', '{', '}'])?;
        if end > 0 && body.get(end..)?.starts_with('}') && body.get(..end)? != "?" {
            return Some((text.get(..start)?, body.get(..end)?, body.get(end + 1..)?));
        }
        from = start + 2;
    }
}

fn fill(out: &mut Expanded, inside: &str, value: impl Fn(&str) -> Option<Zeroizing<String>>) {
    let (name, other) = match (inside.strip_suffix('?'), inside.split_once('-')) {
        (Some(name), _) => (name, Some("")),
        (None, Some((name, other))) => (name.strip_suffix(':').unwrap_or(name), Some(other)),
        (None, None) => (inside, None),
    };
    out.names.push(name.to_owned());
    // With a colon, an empty variable is as good as none.
    let unset = |value: &Zeroizing<String>| value.is_empty() && inside.contains(":-");
    match (value(name).filter(|value| !unset(value)), other) {
        (Some(value), _) => out.text.push_str(&value),
        (None, Some(other)) => out.text.push_str(other),
        (None, None) => {
            out.missing.push(name.to_owned());
            out.text.push_str(&format!("${{{inside}}}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_as_npm_does() {
        let value = |name: &str| match name {
            "A" => Some(Zeroizing::new("1".to_owned())),
            "E" => Some(Zeroizing::default()),
            _ => None,
        };
        for (raw, text, missing) in [
            ("x${A}y${A}", "x1y1", &[][..]),
            ("${B}", "${B}", &["B"]),
            ("${B?}", "", &[]),
            ("${A?}", "1", &[]),
            ("${B-}${B:-c}${A:-c}${E:-d}${E-d}", "c1d", &[]),
            (r"\${A}", "${A}", &[]),
            (r"\\${A}", r"\1", &[]),
            (r"\\\${A}", "\\${A}", &[]),
            ("${}", "${}", &[]),
            ("${A", "${A", &[]),
            ("$A ${${A}}", "$A ${1}", &[]),
        ] {
            let out = expand(raw, value);
            assert_eq!(
                (out.text.as_str(), out.missing.as_slice()),
                (text, missing.iter().map(|name| (*name).into()).collect::<Vec<String>>().as_slice()),
                "{raw}"
            );
        }
        assert_eq!(expand("${A}${B:-c}", value).names, ["A", "B"]);
    }
}
