//! A JSON document as a tree in which a name that stands twice in one object loses nothing.
//!
//! RFC 8259, 4 leaves open what such an object means. Bridges from XML write repeated elements so, and programs that put two lists
//! together.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A tree read by the rules of this file.
pub(super) struct Tree(pub Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Self)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Tree(value))) = members.next_entry::<String, Tree>()? {
            match object.get_mut(&name) {
                Some(earlier) => put_beside(earlier, value),
                None => drop(object.insert(name, value)),
            }
        }
        Ok(Value::Object(object))
    }
}

/// Puts what stands under a name for a second time beside the first: of lists and objects both are kept, of anything else the last counts
/// unless it is nothing.
fn put_beside(earlier: &mut Value, later: Value) {
    let is_structure = |value: &Value| value.is_array() || value.is_object();
    match (&mut *earlier, later) {
        (_, Value::Null) => {}
        (same, later) if *same == later => {}
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::Array(items), later) => items.push(later),
        (Value::Object(_), later) => *earlier = Value::Array(vec![earlier.take(), later]),
        (scalar, later) if is_structure(&later) && !scalar.is_null() => {
            *earlier = match later {
                Value::Array(mut items) => {
                    items.insert(0, earlier.take());
                    Value::Array(items)
                }
                later => Value::Array(vec![earlier.take(), later]),
            };
        }
        (scalar, later) => *scalar = later,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_that_stands_twice_loses_nothing() {
        for (text, wanted) in [
            (r#"{"a":[1],"b":0,"a":[2]}"#, json!({"a": [1, 2], "b": 0})),
            (r#"{"a":{"n":1},"a":{"n":2},"a":{"n":3}}"#, json!({"a": [{"n": 1}, {"n": 2}, {"n": 3}]})),
            (r#"{"a":{"n":1},"a":{"n":1}}"#, json!({"a": {"n": 1}})),
            (r#"{"a":"x","a":null}"#, json!({"a": "x"})),
            (r#"{"a":null,"a":"x"}"#, json!({"a": "x"})),
            (r#"{"a":"x","a":[{"n":1}]}"#, json!({"a": ["x", {"n": 1}]})),
            (r#"{"a":"x","a":{"n":1}}"#, json!({"a": ["x", {"n": 1}]})),
            (r#"{"a":1,"a":2}"#, json!({"a": 2})),
        ] {
            let Tree(tree) = serde_json::from_str(text).unwrap();
            assert_eq!(tree, wanted, "{text}");
        }
    }

    #[test]
    fn it_is_otherwise_what_serde_reads() {
        let text = r#"{"a":[1,-1,18446744073709551615,2.5,true,null,"x\n"],"b":{"c":{}}}"#;
        let Tree(tree) = serde_json::from_str(text).unwrap();
        assert_eq!(tree, serde_json::from_str::<Value>(text).unwrap());
    }
}
