//! JSON text → a value in which no key comes twice: what one reader sees is what all see.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads `text`, and refuses what readers don't agree on.
///
/// # Errors
/// What is wrong, and where.
pub fn strict(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is too large"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut rows: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = rows.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} comes twice")));
            }
            let value = rows.next_value_seed(Strict)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_do_not_agree_on_is_refused() {
        let fault = |text: &str| strict(text.as_bytes()).map_err(|error| error.to_string());
        assert_eq!(
            fault(r#"{"a":[1,-2,1.5,"x",null,true,{"b":{}}]}"#),
            Ok(serde_json::json!({"a": [1, -2, 1.5, "x", null, true, {"b": {}}]}))
        );
        for (text, why) in [
            (r#"{"a":1,"a":1}"#, "comes twice"),
            (r#"{"x":[{"a":1,"\u0061":2}]}"#, "comes twice"),
            ("{} {}", "trailing"),
            ("{\"a\":\"\\ud800\"}", "hex escape"),
            ("\u{feff}{}", "expected value"),
            ("{\"a\":1e999}", "out of range"),
        ] {
            assert!(fault(text).unwrap_err().contains(why), "{text}: {:?}", fault(text));
        }
    }
}
