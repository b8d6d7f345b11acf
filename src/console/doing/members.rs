//! Bodies out of forms: what kind of member each is, and how it is read.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// What a form says.
pub(super) type Given = BTreeMap<String, String>;

/// A member of a body, and how a form has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member {
    /// Text, always.
    Text(&'static str),
    /// Text where there is some.
    Maybe(&'static str),
    /// A whole number.
    Number(&'static str),
    /// A document, where there is one.
    Document(&'static str),
    /// Whether it is `true`.
    Flag(&'static str),
    /// `true`, or nothing is said.
    Wish(&'static str),
    /// Words with blanks or commas between.
    List(&'static str),
    /// Always this.
    Is(&'static str, bool),
    /// The kind of what it stands in: always this.
    Kind(&'static str),
    /// A day and a time of the city, where there is one.
    Moment(&'static str),
    /// Members of a member of their own; nothing, where none of them has anything.
    Within(&'static str, &'static [Member]),
}

use Member::{Document, Flag, Is, Kind, List, Maybe, Moment, Number, Text, Wish, Within};

/// The members as the API is told them; none where one is not what it is to be.
pub(super) fn object(members: &[Member], given: &Given, zone: &TimeZone) -> Option<Map<String, Value>> {
    let of = |name: &str| given.get(name).map(|value| value.trim()).unwrap_or_default();
    let mut object = Map::new();
    for member in members {
        let (name, value) = match *member {
            Text(name) => (name, Some(json!(of(name)))),
            Maybe(name) => (name, Some(of(name)).filter(|value| !value.is_empty()).map(|value| json!(value))),
            Number(name) => (name, Some(json!(of(name).parse::<i64>().ok()?))),
            Document(name) if of(name).is_empty() => (name, None),
            Document(name) => (name, Some(serde_json::from_str(of(name)).ok()?)),
            Flag(name) => (name, Some(json!(of(name) == "true"))),
            Wish(name) => (name, (of(name) == "true").then(|| json!(true))),
            List(name) => (name, Some(words(of(name)))),
            Is(name, value) => (name, Some(json!(value))),
            Kind(kind) => ("kind", Some(json!(kind))),
            Moment(name) if of(name).is_empty() => (name, None),
            Moment(name) => (name, Some(moment(of(name), zone)?)),
            Within(name, inner) => {
                let inner = self::object(inner, given, zone)?;
                (name, (!inner.is_empty()).then_some(Value::Object(inner)))
            }
        };
        object.extend(value.map(|value| (name.to_owned(), value)));
    }
    Some(object)
}

/// Words with blanks or commas between.
fn words(text: &str) -> Value {
    let words = text.split(|char: char| char.is_whitespace() || matches!(char, ',' | '，' | '、'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().into()
}

/// `2026-11-27T17:30`, as browsers write it.
fn moment(text: &str, zone: &TimeZone) -> Option<Value> {
    let at: DateTime = text.parse().ok()?;
    Some(json!(at.to_zoned(zone.clone()).ok()?.timestamp().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(members: &[Member], given: &[(&str, &str)]) -> Option<Value> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        object(members, &given, &TimeZone::get("Asia/Shanghai").unwrap()).map(Value::Object)
    }

    #[test]
    fn moments_are_the_citys_and_what_is_empty_is_not_said() {
        let members =
            [Text("status"), Maybe("result"), Moment("due_at"), Within("person", &[Maybe("name"), Maybe("phone")])];
        let given = [("status", "extended"), ("due_at", "2026-11-30T17:30"), ("name", " 李 "), ("phone", "")];
        let said = json!({ "status": "extended", "due_at": "2026-11-30T09:30:00Z", "person": { "name": "李" } });
        assert_eq!(read(&members, &given), Some(said));
        assert_eq!(read(&members, &[("status", "closed"), ("due_at", "")]), Some(json!({ "status": "closed" })));
    }

    #[test]
    fn what_cannot_be_read_is_not_said_otherwise() {
        for (member, value) in [(Moment("a"), "soon"), (Number("a"), "x"), (Number("a"), ""), (Document("a"), "{")] {
            assert_eq!(read(&[member], &[("a", value)]), None, "{member:?}");
        }
        assert_eq!(read(&[List("a")], &[("a", " T1，T2、 T3\tT4 ")]), Some(json!({ "a": ["T1", "T2", "T3", "T4"] })));
        assert_eq!(read(&[Wish("a"), Kind("claim"), Flag("b")], &[]), Some(json!({ "kind": "claim", "b": false })));
    }
}
