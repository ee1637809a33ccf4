//! package.json -> the name and version that the artifact goes by.

use super::{Found, Inspector, Subject};
use crate::model::{Package, Rule};

pub(super) const PATH: &str = "package.json";

pub(super) struct Manifest;

#[derive(serde::Deserialize)]
struct Fields {
    name: String,
    version: Option<String>,
}

impl Inspector for Manifest {
    fn rules(&self) -> Vec<Rule> {
        Vec::new()
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        if subject.path.as_str() != PATH {
            return;
        }
        // A manifest that does not parse names no package; policies then treat it as one without a name.
        let text = subject.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(subject.bytes);
        if let Ok(fields) = serde_json::from_slice::<Fields>(text) {
            found.seen.package = Some(Package { name: fields.name, version: fields.version });
        }
    }
}
