//! Values for trying templates before any record: of the shapes that are known, and otherwise of every kind that a source may send.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::shape::{Shape, Variables};

/// The variables of one trial.
pub type Sample = Vec<(String, Value)>;

/// What stands for values that nothing is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    /// A number as a text.
    Digits,
    Url,
    /// What the source leaves out.
    Missing,
}

/// Variables of our own whose single values may be numbers; those of all others are texts, and there.
const NUMBERS: [&str; 2] = ["page", "refusal"];

/// Lengths that lists of known shape are tried with: one item, and several.
const LENGTHS: [usize; 2] = [1, 2];

impl Variables {
    /// Samples in groups, one for each length of lists. A template is right where it is right with one of every group: what kind of value a
    /// source sends is not known. `paths` are those that the template names, as `record.address.text`.
    #[must_use]
    pub fn samples(&self, paths: &[String]) -> Vec<Vec<Sample>> {
        let kinds = [Kind::Text, Kind::Number, Kind::Url, Kind::Missing];
        let of = |length: usize| kinds.map(|kind| self.sample(kind, length, paths)).to_vec();
        LENGTHS.map(of).to_vec()
    }

    fn sample(&self, kind: Kind, length: usize, paths: &[String]) -> Sample {
        let mut named: Sample = Vec::new();
        for name in self.names() {
            let value = match name {
                "now" => json!("2026-01-01T00:00:00.000Z"),
                "nonce" => json!("00000000000000000000000000000001"),
                "status" => json!(200),
                _ => {
                    let own = paths.iter().filter_map(|path| path.strip_prefix(name)?.strip_prefix('.'));
                    let own: Vec<&str> = own.collect();
                    let known = if NUMBERS.contains(&name) { kind } else { kind.of_texts() };
                    self.get(name).map_or(Value::Null, |shape| of_shape(shape, (kind, known), length, &own))
                }
            };
            named.push((name.to_owned(), value));
        }
        named
    }
}

impl Kind {
    /// What stands for a value that is known to be a text.
    fn of_texts(self) -> Self {
        match self {
            Self::Number => Self::Digits,
            Self::Missing => Self::Text,
            other => other,
        }
    }
}

/// A value of a shape: `kind` where nothing is known, `known` where it is a single value.
fn of_shape(shape: &Shape, (kind, known): (Kind, Kind), length: usize, paths: &[&str]) -> Value {
    match shape {
        Shape::Single => leaf(known),
        Shape::OneOf(words) => json!(words.first()),
        Shape::List(item) => Value::Array(vec![of_shape(item, (kind, known), length, &[]); length]),
        Shape::Members(members) => {
            let of = |(name, shape): (&String, &Shape)| {
                let below = paths.iter().filter_map(|path| path.strip_prefix(name.as_str())?.strip_prefix('.'));
                (name.clone(), of_shape(shape, (kind, known), length, &below.collect::<Vec<_>>()))
            };
            Value::Object(members.iter().map(of).collect())
        }
        Shape::Open => open(kind, paths),
    }
}

/// A value with the members that are named.
fn open(kind: Kind, paths: &[&str]) -> Value {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths.iter().filter(|path| !path.is_empty()) {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        members.entry(name).or_default().push(rest);
    }
    if members.is_empty() || kind == Kind::Missing {
        return leaf(kind);
    }
    Value::Object(members.into_iter().map(|(name, rest)| (name.to_owned(), open(kind, &rest))).collect::<Map<_, _>>())
}

fn leaf(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!("sample"),
        Kind::Number => json!(1),
        Kind::Digits => json!("1"),
        Kind::Url => json!("http://sample.example/1"),
        Kind::Missing => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_the_members_that_are_known_or_named() {
        let variables = Variables::from(&["record"]).with(
            "outcomes",
            Shape::of_singles(["id"]).with("state", Shape::OneOf(vec!["accepted".to_owned()])).list(),
        );
        let samples = variables.samples(&["record.address.text".to_owned(), "record.id".to_owned()]);
        assert_eq!(samples.len(), LENGTHS.len());
        let (_, record) = &samples[0][0][0];
        assert_eq!(*record, json!({ "address": { "text": "sample" }, "id": "sample" }));
        let (_, outcomes) = &samples[1][1][1];
        assert_eq!(*outcomes, json!([{ "id": "1", "state": "accepted" }, { "id": "1", "state": "accepted" }]));
    }
}
