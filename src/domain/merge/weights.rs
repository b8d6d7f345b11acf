//! The match weights of all levels: `[merge.weights]` of `city.toml`, one list for each comparison.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::comparison::Comparison;

/// Match weights (log2) by comparison and level. Null has no entry: it is always 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights([f64; Comparison::LEVELS]);

impl Default for Weights {
    /// The usual weights of the levels.
    fn default() -> Self {
        let levels = Comparison::ALL.into_iter().flat_map(Comparison::levels);
        let mut weights = [0.0; Comparison::LEVELS];
        weights.iter_mut().zip(levels).for_each(|(weight, level)| *weight = level.usual_weight());
        Self(weights)
    }
}

impl Weights {
    /// The weights of a comparison, in the order of its levels.
    #[must_use]
    pub fn of(&self, comparison: Comparison) -> &[f64] {
        let first = comparison.first_level();
        self.0.get(first..first + comparison.levels().len()).unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, comparison: Comparison) -> &mut [f64] {
        let first = comparison.first_level();
        self.0.get_mut(first..first + comparison.levels().len()).unwrap_or_default()
    }

    /// The weight (log2) of one level.
    pub(super) fn of_level(&self, comparison: Comparison, level: usize) -> f64 {
        self.0.get(comparison.first_level() + level).copied().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Table)
    }
}

/// The table of weights; a comparison that it does not mention keeps its usual ones.
struct Table;

impl<'de> Visitor<'de> for Table {
    type Value = Weights;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of weights")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Weights, A::Error> {
        let mut weights = Weights::default();
        while let Some(comparison) = map.next_key_seed(Name)? {
            map.next_value_seed(List { comparison, weights: &mut weights })?;
        }
        Ok(weights)
    }
}

/// The name of a comparison; an unknown one is a problem at its own place in the file.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Comparison;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Comparison, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Comparison;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a comparison")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Comparison, E> {
        const NAMES: [&str; Comparison::ALL.len()] = names();
        Comparison::named(name).ok_or_else(|| E::unknown_field(name, &NAMES))
    }
}

const fn names() -> [&'static str; Comparison::ALL.len()] {
    let (mut names, mut at) = ([""; Comparison::ALL.len()], 0);
    while at < names.len() {
        names[at] = Comparison::ALL[at].name();
        at += 1;
    }
    names
}

/// The weights of one comparison: a list with one for each level, or a number where there is but one level.
struct List<'a> {
    comparison: Comparison,
    weights: &'a mut Weights,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let weights = self.weights.of_mut(self.comparison);
        if let [only] = weights {
            *only = f64::deserialize(from)?;
            return Ok(());
        }
        from.deserialize_tuple(weights.len(), self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of length {}", self.comparison.levels().len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut read = Vec::with_capacity(self.comparison.levels().len());
        while read.len() < self.comparison.levels().len() {
            let Some(weight) = list.next_element()? else { return Err(A::Error::invalid_length(read.len(), &self)) };
            read.push(weight);
        }
        self.weights.of_mut(self.comparison).copy_from_slice(&read);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_weight_for_each_level() {
        let read = |text: &str| toml::from_str::<Weights>(text);
        let weights = read("topic = [1, 2.5]\nsource_mark = 9").unwrap();
        assert_eq!(weights.of(Comparison::Topic), [1.0, 2.5]);
        assert_eq!(weights.of(Comparison::SourceMark), [9.0]);
        assert_eq!(weights.of(Comparison::Time), [0.0, -0.3, -1.4, -3.5], "as usual");
        assert_eq!(weights.of_level(Comparison::Topic, 1), 2.5);
        for (text, place, problem) in [
            ("topic = [1.0]", 8..13, "invalid length 1, expected an array of length 2"),
            ("source_mark = [1.0]", 14..19, "invalid type: sequence, expected f64"),
            ("text = 1", 7..8, "invalid type: integer `1`, expected an array of length 6"),
            ("topic = [1.0, \"x\"]", 14..17, "invalid type: string \"x\", expected f64"),
            ("nonsense = [1.0]", 0..8, "unknown field `nonsense`, expected one of `text`, `containment`"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.span(), Some(place), "{text}");
            assert!(error.message().starts_with(problem), "{text}: {}", error.message());
        }
    }
}
