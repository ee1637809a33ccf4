//! Arguments of a call → inputs that are valid, or why they are not.

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

/// Which path of the working directory.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Path {
    /// A tarball, a file or a folder below the working directory.
    pub(super) path: Line,
}

/// Which rule.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// The id of the rule, as a finding names it: "map/embedded".
    pub(super) rule: Line,
}

/// Which session.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    /// The id of a session; the latest one without it.
    #[serde(default)]
    pub(super) session: Option<Line>,
}

/// Which bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cleared {
    /// The digest that audit returned in this session.
    pub(super) sha512: Digest,
}

/// Which version of a package.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    /// The name of the package.
    pub(super) name: Line,
    /// Its exact version.
    pub(super) version: Line,
}

/// A text of one line, neither empty nor too long for a path.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = 4096))]
pub(super) struct Line(String);

impl Line {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Line {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = !text.is_empty() && text.chars().count() <= 4096 && !text.contains(char::is_control);
        if fits { Ok(Self(text)) } else { Err("expected 1 to 4096 characters without control characters") }
    }
}

/// A sha512 as npm writes it, in its one canonical form.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^sha512-[A-Za-z0-9+/]{85}[AQgw]==$"))]
pub(super) struct Digest(String);

impl Digest {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // 64 bytes are 85 letters of six bits each, and one that carries the last two.
        let letters = text.strip_prefix("sha512-").and_then(|rest| rest.strip_suffix("=="));
        let canonical = letters.is_some_and(|letters| {
            letters.len() == 86
                && letters.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
                && letters.ends_with(['A', 'Q', 'g', 'w'])
        });
        if canonical { Ok(Self(text)) } else { Err("expected \"sha512-\" and 64 bytes in base64") }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cleared, Digest, Path, Session};
    use serde_json::{from_value, json};

    #[test]
    fn a_digest_has_one_form() {
        let good = format!("sha512-{}g==", "a".repeat(85));
        assert!(Digest::try_from(good.clone()).is_ok());
        for bad in [
            "",
            "sha512-",
            "x.tgz",
            &good.replace("g==", "b=="),
            &good.replace("sha512", "sha256"),
            &format!("{good}="),
        ] {
            assert!(Digest::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_else_is_taken() {
        let good = format!("sha512-{}g==", "a".repeat(85));
        assert!(from_value::<Cleared>(json!({ "sha512": good })).is_ok());
        assert!(from_value::<Cleared>(json!({ "sha512": good, "path": "a.tgz" })).is_err());
        assert!(from_value::<Cleared>(json!({ "path": "a.tgz" })).is_err());
        for path in [json!(""), json!("a\u{0}b"), json!("a".repeat(4097)), json!(1), json!(["a"])] {
            assert!(from_value::<Path>(json!({ "path": path })).is_err());
        }
        assert!(from_value::<Session>(json!({})).is_ok_and(|input| input.session.is_none()));
    }
}
