//! A licence, as a manifest writes it → whether the source under it is public.

/// Licences under which source is given to everybody, by their names, or by how those begin.
const OPEN: &[&str] = &[
    "0BSD",
    "AFL-",
    "AGPL-",
    "Apache-",
    "Artistic-",
    "BlueOak-",
    "BSD-",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC0-",
    "CDDL-",
    "CECILL-",
    "EPL-",
    "EUPL-",
    "GPL-",
    "ISC",
    "LGPL-",
    "MIT",
    "MIT-0",
    "MPL-",
    "MS-PL",
    "MulanPSL-",
    "NCSA",
    "OFL-",
    "PostgreSQL",
    "Python-2.0",
    "Unlicense",
    "UPL-",
    "W3C",
    "WTFPL",
    "Zlib",
];

/// Whether every licence of the expression is one that makes source public. What is not known is not public.
pub(super) fn is_open(expression: &str) -> bool {
    let words: Vec<&str> = expression.split([' ', '(', ')']).filter(|word| !word.is_empty()).collect();
    let mut names = 0;
    let mut after_with = false;
    for word in words {
        match word {
            "AND" | "OR" => after_with = false,
            "WITH" => after_with = true,
            // The name of an exception to the licence before it.
            _ if after_with => {}
            name => {
                let known = |own: &&str| if own.ends_with('-') { name.starts_with(*own) } else { name == *own };
                if !OPEN.iter().any(known) {
                    return false;
                }
                names += 1;
            }
        }
    }
    names > 0
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn what_is_not_known_to_be_public_is_not() {
        for (expression, open) in [
            ("MIT", true),
            ("MIT-0", true),
            ("(MIT OR Apache-2.0)", true),
            ("GPL-3.0-or-later WITH Classpath-exception-2.0", true),
            ("UNLICENSED", false),
            ("SEE LICENSE IN LICENSE.md", false),
            ("MIT AND LicenseRef-Acme", false),
            ("Mitsubishi", false),
            ("BUSL-1.1", false),
            ("", false),
        ] {
            assert_eq!(is_open(expression), open, "{expression}");
        }
    }
}
