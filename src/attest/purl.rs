//! A package, its version and its registry → the address that attestations name them by (a purl).

/// The address of a version of a package.
pub(super) fn of(name: &str, version: &str) -> String {
    let name: Vec<String> = name.split('/').map(escaped).collect();
    format!("pkg:npm/{}@{}", name.join("/"), escaped(version))
}

/// What names the registry behind an address.
const REGISTRY: &str = "?repository_url=";

/// The same in one registry.
pub(super) fn at(purl: &str, registry: &str) -> String {
    let parts: Vec<String> = registry.split(['/', ':']).map(escaped).collect();
    let mut parts = parts.iter();
    let signs = registry.chars().filter(|sign| matches!(sign, '/' | ':'));
    let mut text = format!("{purl}{REGISTRY}{}", parts.next().map_or("", String::as_str));
    for (sign, part) in signs.zip(parts) {
        text.push(sign);
        text.push_str(part);
    }
    text
}

/// The registry that `resource` names behind `purl`: an error where it is the address of something else.
pub(super) fn registry<'r>(purl: &str, resource: &'r str) -> Result<Option<&'r str>, ()> {
    match resource.strip_prefix(purl).ok_or(())? {
        "" => Ok(None),
        rest => rest.strip_prefix(REGISTRY).filter(|rest| !rest.is_empty() && !rest.contains('&')).map(Some).ok_or(()),
    }
}

/// Everything but letters, digits and four signs is written by its number.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_can_not_run_into_each_other() {
        assert_eq!(of("@acme/widget", "1.2.3"), "pkg:npm/%40acme/widget@1.2.3");
        assert_eq!(of("a@1", "2?x=y#z"), "pkg:npm/a%401@2%3Fx%3Dy%23z");
        assert_eq!(of("a", "1.0.0-rc.1+b"), "pkg:npm/a@1.0.0-rc.1%2Bb");
    }

    #[test]
    fn a_registry_is_named_behind_it() {
        let purl = of("a", "1.0.0");
        let there = at(&purl, "https://r.example:8443/npm/?&");
        assert_eq!(there, "pkg:npm/a@1.0.0?repository_url=https://r.example:8443/npm/%3F%26");
        assert_eq!(registry(&purl, &there), Ok(Some("https://r.example:8443/npm/%3F%26")));
        assert_eq!(registry(&purl, &purl), Ok(None));
        for other in ["pkg:npm/a@1.0.01", "pkg:npm/a@1.0", "pkg:npm/a@1.0.0?x=y", "pkg:npm/a@1.0.0?repository_url="] {
            assert_eq!(registry(&purl, other), Err(()), "{other}");
        }
        assert_eq!(registry(&purl, "pkg:npm/a@1.0.0?repository_url=x&repository_url=y"), Err(()));
    }
}
