//! What a reader laid down of an archive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Files with their bytes, links with their targets, and what the reader had to say.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    pub files: Vec<(String, Vec<u8>)>,
    pub links: Vec<(String, String)>,
    pub error: Option<String>,
}

impl Laid {
    pub fn failed(why: impl Into<String>) -> Self {
        Self { error: Some(why.into()), ..Self::default() }
    }

    /// The line that is read back.
    pub fn line(&self) -> String {
        let files: Vec<_> = self.files.iter().map(|(path, body)| (path, STANDARD.encode(body))).collect();
        serde_json::json!({ "files": files, "links": self.links, "error": self.error }).to_string()
    }

    /// Reads a line of one of the readers.
    pub fn parse(line: &str) -> Self {
        let answer: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        Self {
            files: rows("files").iter().map(|row| (text(&row[0]), STANDARD.decode(text(&row[1])).unwrap())).collect(),
            links: rows("links").iter().map(|row| (text(&row[0]), text(&row[1]))).collect(),
            error: answer["error"].as_str().map(str::to_owned),
        }
    }

    /// The same without the first part of each path, as installers drop it.
    pub fn stripped(mut self) -> Self {
        let strip = |path: &mut String| {
            if let Some((_, rest)) = path.split_once('/') {
                *path = rest.to_owned();
            }
        };
        self.files.iter_mut().for_each(|(path, _)| strip(path));
        self.links.iter_mut().for_each(|(path, _)| strip(path));
        self
    }
}
