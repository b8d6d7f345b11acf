//! What the city calls its units, divisions, kinds, grades and channels: for forms in which somebody chooses one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use crate::http::Site;
use crate::http::caller::Anyone;
use crate::http::extract::{Nothing, Query};

/// Most of each.
const MAX_WORDS: usize = 2_000;

/// What the city calls what it has.
#[derive(Serialize, JsonSchema)]
pub(super) struct CityWords {
    /// Units, at most 2,000.
    departments: Vec<CityWord>,
    /// Divisions, at most 2,000.
    districts: Vec<CityWord>,
    /// Kinds of matters, at most 2,000.
    categories: Vec<CityWord>,
    /// Grades.
    grades: Vec<CityWord>,
    /// Channels.
    channels: Vec<CityWord>,
}

/// A code, and what people call it.
#[derive(Serialize, JsonSchema)]
struct CityWord {
    /// The code.
    #[schemars(example = &"housing")]
    code: String,
    /// The name.
    #[schemars(example = &"住房和城乡建设局")]
    name: String,
}

/// In the order of their codes.
fn words(names: &HashMap<String, String>) -> Vec<CityWord> {
    let mut words: Vec<_> =
        names.iter().map(|(code, name)| CityWord { code: code.clone(), name: name.clone() }).collect();
    words.sort_by(|a, b| a.code.cmp(&b.code));
    words.truncate(MAX_WORDS);
    words
}

pub(super) async fn list(
    Anyone(_caller): Anyone,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<CityWords> {
    let rules = site.rules();
    let names = &rules.names;
    Ok(Json(CityWords {
        departments: words(&names.departments),
        districts: words(&names.districts),
        categories: words(&names.categories),
        grades: words(&names.grades),
        channels: words(&names.channels),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_order_of_their_codes_and_not_more_than_so_many() {
        let names: HashMap<String, String> = (0..MAX_WORDS + 1).map(|n| (format!("{n:05}"), n.to_string())).collect();
        let listed = words(&names);
        assert_eq!(listed.len(), MAX_WORDS);
        assert!(listed.is_sorted_by(|a, b| a.code < b.code) && listed[0].name == "0");
    }
}
