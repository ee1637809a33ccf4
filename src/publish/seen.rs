//! A registry's document about a package → the versions and tags in it, whatever else it says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// No package has more versions.
const VERSIONS: usize = 100_000;

/// What a registry says of a package.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Seen {
    #[serde(default, deserialize_with = "rows")]
    versions: BTreeMap<String, Dist>,
    #[serde(default, rename = "dist-tags", deserialize_with = "rows")]
    tags: BTreeMap<String, Tag>,
    /// When each version was published; only where all is asked for.
    #[serde(default, rename = "time", deserialize_with = "rows")]
    times: BTreeMap<String, Tag>,
}

/// What a registry says of the bytes of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dist {
    /// Their hashes, as they are written.
    pub integrity: Option<String>,
    /// Where they are.
    pub tarball: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tag(String);

impl Seen {
    /// What is said of this version.
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&Dist> {
        self.versions.get(version)
    }

    /// Its versions, and what is said of each.
    pub fn versions(&self) -> impl Iterator<Item = (&str, &Dist)> {
        self.versions.iter().map(|(version, dist)| (version.as_str(), dist))
    }

    /// Its tags, and the version that each stands for.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|(tag, version)| (tag.as_str(), version.0.as_str()))
    }

    /// When a version was published, as the registry writes it.
    #[must_use]
    pub fn time(&self, version: &str) -> Option<&str> {
        self.times.get(version).map(|time| time.0.as_str()).filter(|time| !time.is_empty())
    }

    /// All that it names a time of: versions, also those that are gone, and other things.
    pub fn times(&self) -> impl Iterator<Item = &str> {
        self.times.keys().map(String::as_str)
    }

    /// The version that a tag stands for.
    #[must_use]
    pub fn tag(&self, tag: &str) -> Option<&str> {
        self.tags.get(tag).map(|tag| tag.0.as_str())
    }
}

impl Dist {
    /// The sha512 that is named; the last where there are several, which then have to be the same.
    #[must_use]
    pub fn sha512(&self) -> Option<&str> {
        self.integrity.as_deref()?.split_whitespace().rfind(|hash| hash.starts_with("sha512-"))
    }

    /// Whether the sha512 is this one, and no other is named beside it.
    #[must_use]
    pub fn is(&self, integrity: &str) -> bool {
        let mut named = self.integrity.iter().flat_map(|text| text.split_whitespace());
        let mut strong = named.by_ref().filter(|hash| hash.starts_with("sha512-")).peekable();
        // What stands behind a question mark are options that nobody reads.
        strong.peek().is_some() && strong.all(|hash| hash.split('?').next() == Some(integrity))
    }
}

/// Visits what is not looked for, and makes nothing of it: registries write odd things beside what counts.
macro_rules! reads_over {
    ($($visit:ident: $kind:ty),*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        $(fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

/// What a document says of one version, whatever it says of others.
pub(super) fn one_version(document: &[u8], version: &str) -> serde_json::Result<Option<serde_json::Value>> {
    struct Sought<'v>(&'v str, bool);

    impl<'de> DeserializeSeed<'de> for Sought<'_> {
        type Value = Option<serde_json::Value>;
        fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
            reader.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for Sought<'_> {
        type Value = Option<serde_json::Value>;
        reads_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                match (self.1, &*key) {
                    (false, "versions") => found = map.next_value_seed(Sought(self.0, true))?,
                    (true, key) if key == self.0 => found = Some(map.next_value()?),
                    _ => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(found)
        }
    }

    let mut reader = serde_json::Deserializer::from_slice(document);
    Sought(version, false).deserialize(&mut reader)
}

/// A text, or nothing.
#[derive(Default)]
struct Word(Option<String>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Word;
            reads_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
            fn visit_str<E>(self, text: &str) -> Result<Word, E> {
                Ok(Word(Some(text.to_owned())))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Word, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Word(None))
            }
        }
        reader.deserialize_any(Reading)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Word::deserialize(reader).map(|word| Self(word.0.unwrap_or_default()))
    }
}

/// A version, or its `dist`: where they are what they should be.
struct Within(&'static str);

impl<'de> DeserializeSeed<'de> for Within {
    type Value = Dist;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Dist, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within {
    type Value = Dist;
    reads_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dist, A::Error> {
        let mut dist = Dist::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match (self.0, &*key) {
                ("", "dist") => dist = map.next_value_seed(Within("dist"))?,
                ("dist", "integrity") => dist.integrity = map.next_value::<Word>()?.0,
                ("dist", "tarball") => dist.tarball = map.next_value::<Word>()?.0.unwrap_or_default(),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(dist)
    }
}

impl<'de> Deserialize<'de> for Dist {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Within("").deserialize(reader)
    }
}

/// A table, one row at a time; anything else is an empty one.
fn rows<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<BTreeMap<String, T>, D::Error> {
    struct Rows<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Rows<T> {
        type Value = BTreeMap<String, T>;
        reads_over!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut rows = BTreeMap::new();
            while let Some((key, row)) = map.next_entry()? {
                rows.insert(key, row);
                if rows.len() > VERSIONS {
                    return Err(A::Error::custom("it has more than 100,000 rows"));
                }
            }
            Ok(rows)
        }
    }

    reader.deserialize_any(Rows(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_values_beside_ours_are_read_over() {
        let text = r#"{"versions":{"1.0.0":{"dist":{"integrity":"sha1-x sha512-a","tarball":"t","x":[{}]},"y":1e999},
            "2.0.0":null,"3.0.0":{"dist":null,"description":"\ud83d"},"4.0.0":[1],"5.0.0":{"dist":{"integrity":{}}}},"dist-tags":{"latest":"1.0.0","odd":null},"time":{"1.0.0":"then","x":1}}"#;
        let seen: Seen = serde_json::from_str(text).unwrap();
        let dist = seen.version("1.0.0").unwrap();
        assert_eq!((dist.tarball.as_str(), dist.is("sha512-a"), dist.is("sha512-b")), ("t", true, false));
        assert_eq!(
            (seen.version("3.0.0"), seen.tag("latest"), seen.tag("beta")),
            (Some(&Dist::default()), Some("1.0.0"), None)
        );
        assert_eq!((seen.time("1.0.0"), seen.time("x")), (Some("then"), None));
        for text in [r#"{"versions":null,"dist-tags":[1],"time":7}"#, "{}"] {
            assert_eq!(serde_json::from_str::<Seen>(text).unwrap(), Seen::default());
        }
    }

    #[test]
    fn one_version_is_found_among_others() {
        let text = br#"{"versions":{"0.9.0":{"x":"\ud83d"},"1.0.0":{"bin":{"a":"b"}}},"name":"w"}"#;
        assert_eq!(one_version(text, "1.0.0").unwrap(), Some(serde_json::json!({"bin": {"a": "b"}})));
        assert_eq!(one_version(text, "2.0.0").unwrap(), None);
        assert_eq!(one_version(b"[]", "2.0.0").unwrap(), None);
    }

    #[test]
    fn two_strong_hashes_have_to_agree() {
        let dist = |integrity: &str| Dist { integrity: Some(integrity.to_owned()), tarball: String::new() };
        assert!(dist("sha512-a?x sha1-b").is("sha512-a"));
        assert!(!dist("sha512-a sha512-b").is("sha512-a"));
        assert!(!dist("sha1-a").is("sha1-a"));
        assert!(!Dist::default().is(""));
    }
}
