//! A value → JSON that holds every name exactly, and that neither a terminal nor the log of a workflow obeys.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::escape::is_hostile;

/// Writes `value` with line breaks, and one behind it.
pub(super) fn write(value: &impl Serialize, mut out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, Safe(PrettyFormatter::new())))?;
    writeln!(out)
}

/// Spells out what would be obeyed: for who reads the JSON it is the same.
struct Safe(PrettyFormatter<'static>);

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if text.bytes().all(|b| (0x20..0x7f).contains(&b)) && !text.contains("##[") {
            return out.write_all(text.as_bytes());
        }
        let mut marks = 0;
        for c in text.chars() {
            if is_hostile(c) || c == '[' && marks > 1 {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            } else {
                write!(out, "{c}")?;
            }
            marks = if c == '#' { marks + 1 } else { 0 };
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_exact_and_none_is_obeyed() {
        let hostile = "x##[error]y ###[z] #[a] \u{9b}2J \u{202e}txt \u{e0041} \u{2028} naïve 日本 \"\\\n\u{1}\u{7f}";
        let mut text = Vec::new();
        super::write(&serde_json::json!({ "name": [hostile] }), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("##[") && !text.contains(|c| super::is_hostile(c) && c != '\n'), "{text}");
        assert!(text.contains("naïve 日本") && text.contains("#[a]"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["name"][0], hostile);
    }
}
