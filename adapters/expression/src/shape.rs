//! What is known of the variables of an expression before any record: their members, and the words that they can be.

use std::collections::BTreeMap;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Nothing: it comes from a source.
    Open,
    /// It is one text, number or truth value, without members.
    Single,
    /// It is one of these texts.
    OneOf(Vec<String>),
    /// It has these members and no others.
    Members(BTreeMap<String, Shape>),
    /// A list of such values.
    List(Box<Shape>),
}

impl Shape {
    /// An object whose members are single values.
    #[must_use]
    pub fn of_singles<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Members(names.into_iter().map(|name| (name.to_owned(), Self::Single)).collect())
    }

    /// An object with these members.
    #[must_use]
    pub fn of<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Members(members.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect())
    }

    /// A list of such values.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// The same object with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Self) -> Self {
        if let Self::Members(members) = &mut self {
            members.insert(name.to_owned(), shape);
        }
        self
    }

    /// What is at a dotted path, through the items of lists; the words of the path that are known where it leads nowhere.
    ///
    /// # Errors
    /// The first word of the path that is no member, and those that are.
    pub fn at(&self, path: &str) -> Result<&Self, (String, Vec<&str>)> {
        let mut shape = self;
        for word in path.split('.') {
            while let Self::List(item) = shape {
                shape = item;
            }
            let unknown = |known: Vec<_>| (word.to_owned(), known);
            shape = match shape {
                Self::Open => return Ok(shape),
                Self::Members(members) => {
                    members.get(word).ok_or_else(|| unknown(members.keys().map(String::as_str).collect()))?
                }
                Self::Single | Self::OneOf(_) | Self::List(_) => return Err(unknown(Vec::new())),
            };
        }
        Ok(shape)
    }

    /// The dotted path of a member that a value has and a value of this shape cannot have, and the members that there are.
    #[must_use]
    pub fn unknown_member(&self, value: &serde_json::Value) -> Option<(String, Vec<&str>)> {
        match (self, value) {
            (Self::Members(members), serde_json::Value::Object(given)) => given.iter().find_map(|(name, value)| {
                let Some(shape) = members.get(name) else {
                    return Some((name.clone(), members.keys().map(String::as_str).collect()));
                };
                let (below, known) = shape.unknown_member(value)?;
                Some((format!("{name}.{below}"), known))
            }),
            (Self::List(item), serde_json::Value::Array(given)) => {
                given.iter().find_map(|value| item.unknown_member(value))
            }
            _ => None,
        }
    }

    /// One of the values that a loop over it gives.
    pub(crate) fn item(&self) -> Self {
        match self {
            Self::List(item) => (**item).clone(),
            _ => Self::Open,
        }
    }

    /// A part of it: of a list a shorter list.
    pub(crate) fn part(self) -> Self {
        match self {
            Self::List(_) => self,
            _ => Self::Open,
        }
    }
}

/// The variables that an expression or a template may use, each with what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Variables(Vec<(String, Shape)>);

impl Variables {
    /// With one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Shape) -> Self {
        self.0.push((name.to_owned(), shape));
        self
    }

    /// What is known of a variable; none where there is no such variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Shape> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, shape)| shape)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Variables of which nothing is known.
impl From<&[&str]> for Variables {
    fn from(names: &[&str]) -> Self {
        Self(names.iter().map(|name| ((*name).to_owned(), Shape::Open)).collect())
    }
}

/// Variables of which nothing is known.
impl<const N: usize> From<&[&str; N]> for Variables {
    fn from(names: &[&str; N]) -> Self {
        Self::from(names.as_slice())
    }
}

impl From<&Self> for Variables {
    fn from(variables: &Self) -> Self {
        variables.clone()
    }
}
