//! A licence, as a manifest writes it → whether the source under it is public.

/// The licences of SPDX under which source is given to everybody: what OSI or FSF call open or free, the common ones.
const OPEN: &[&str] = &[
    "0BSD",
    "AFL-2.1",
    "AFL-3.0",
    "AGPL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "APSL-2.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0",
    "Artistic-1.0-Perl",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-3-Clause-LBNL",
    "BSD-4-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CAL-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "CECILL-2.0",
    "CECILL-2.1",
    "CECILL-B",
    "CECILL-C",
    "CPAL-1.0",
    "CPL-1.0",
    "ECL-2.0",
    "EFL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "FSFAP",
    "FTL",
    "GPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ICU",
    "IJG",
    "IPL-1.0",
    "ISC",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "LPPL-1.3c",
    "MIT",
    "MIT-0",
    "MIT-Modern-Variant",
    "MPL-1.1",
    "MPL-2.0",
    "MPL-2.0-no-copyleft-exception",
    "MS-PL",
    "MS-RL",
    "MulanPSL-2.0",
    "NCSA",
    "NPL-1.1",
    "OFL-1.1",
    "OLDAP-2.8",
    "OSL-3.0",
    "OpenSSL",
    "PHP-3.01",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "QPL-1.0",
    "Ruby",
    "SISSL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "ZPL-2.1",
    "Zlib",
    "zlib-acknowledgement",
];

/// Permissions that SPDX knows to be added to such a licence; none takes anything away.
const ADDED: &[&str] = &[
    "Autoconf-exception-3.0",
    "Bison-exception-2.2",
    "Classpath-exception-2.0",
    "Font-exception-2.0",
    "GCC-exception-2.0",
    "GCC-exception-3.1",
    "GPL-3.0-linking-exception",
    "LGPL-3.0-linking-exception",
    "LLVM-exception",
    "Linux-syscall-note",
    "OpenJDK-assembly-exception-1.0",
    "Qt-GPL-exception-1.0",
    "Swift-exception",
    "Universal-FOSS-exception-1.0",
    "WxWindows-exception-3.1",
    "openvpn-openssl-exception",
];

/// What stood before a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, `(`, `AND` or `OR`: a licence has to follow.
    Start,
    /// A licence.
    Licence,
    /// `WITH`.
    With,
    /// A licence and what is added to it, or `)`.
    Whole,
}

/// Whether this is an expression of SPDX, whole and well formed, and every licence of it makes source public. What is
/// not known is not public.
pub(super) fn is_open(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let (mut before, mut depth) = (Before::Start, 0_usize);
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        before = match (before, word) {
            (Before::Start, "(") => {
                depth += 1;
                Before::Start
            }
            (Before::Licence | Before::Whole, ")") if depth > 0 => {
                depth -= 1;
                Before::Whole
            }
            (Before::Licence | Before::Whole, "AND" | "OR") => Before::Start,
            (Before::Licence, "WITH") => Before::With,
            (Before::Start, name) if OPEN.contains(&name) => Before::Licence,
            (Before::With, name) if ADDED.contains(&name) => Before::Whole,
            _ => return false,
        };
    }
    depth == 0 && matches!(before, Before::Licence | Before::Whole)
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn open_licences_may_be_joined() {
        for expression in [
            "MIT",
            "MIT-0",
            "(MIT OR Apache-2.0)",
            "((MIT) AND (ISC OR (GPL-2.0 AND Zlib)))",
            "GPL-3.0-or-later WITH Classpath-exception-2.0",
            "(GPL-2.0-only WITH Classpath-exception-2.0 OR MPL-2.0)",
        ] {
            assert!(is_open(expression), "{expression}");
        }
    }

    #[test]
    fn what_is_not_known_to_be_public_is_not() {
        for expression in [
            "",
            " ",
            "UNLICENSED",
            "SEE LICENSE IN LICENSE.md",
            "MIT AND LicenseRef-Acme",
            "Mitsubishi",
            "BUSL-1.1",
            "Artistic-Proprietary",
            "BSD-3-Clause-No-Military",
            "GPL-3.0-or-later WITH LicenseRef-Secret",
            "MIT\u{a0}OR\u{a0}ISC",
            "MIT\nOR ISC",
        ] {
            assert!(!is_open(expression), "{expression:?}");
        }
    }

    #[test]
    fn what_is_no_expression_is_not_public() {
        for expression in [
            "GPL-",
            "MIT OR",
            "OR MIT",
            "(MIT",
            "MIT)",
            ")MIT(",
            "()",
            "MIT (",
            "MIT ISC",
            "(MIT) ISC",
            "AND OR MIT",
            "MIT AND OR ISC",
            "MIT WITH",
            "WITH Classpath-exception-2.0",
            "(MIT) WITH Classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0 WITH LLVM-exception",
            "GPL-2.0-or-later WITH LicenseRef-Secret UNLICENSED",
            "GPL-2.0-or-later WITH Classpath-exception-2.0 UNLICENSED",
        ] {
            assert!(!is_open(expression), "{expression}");
        }
        assert!(!is_open(&"(".repeat(1 << 20)));
    }
}
