//! What both texts of a pair say, for people.

use super::super::reading::{Token, token_of_pair};
use super::document::Document;
use super::query::Query;

/// Most passages shown of one pair.
const MAX_PASSAGES: usize = 4;
/// Shortest passage shown, in characters.
const MIN_PASSAGE: usize = 3;

/// The heaviest passages of Chinese characters that both complaints have, as far as the tokens tell.
pub(in crate::merge) fn passages(query: &Query<'_>, document: &Document) -> Vec<String> {
    let chars: Vec<char> = query.profile.flat.chars().collect();
    let rarity = |token: Token| query.rarity(token).map(|rarity| rarity.weight);
    let mut found: Vec<(f32, String)> = Vec::new();
    let (mut passage, mut weight) = (String::new(), 0.0);
    for pair in chars.windows(2) {
        let shared = token_of_pair(pair).filter(|token| document.mentions(std::slice::from_ref(token)));
        match (shared.and_then(rarity), pair) {
            (Some(rarity), [a, b]) => {
                if passage.is_empty() {
                    passage.push(*a);
                }
                passage.push(*b);
                weight += rarity;
            }
            _ => found.push((std::mem::take(&mut weight), std::mem::take(&mut passage))),
        }
    }
    found.push((weight, passage));
    found.retain(|(_, passage)| passage.chars().count() >= MIN_PASSAGE);
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut shown: Vec<String> = Vec::new();
    for (_, passage) in found {
        if shown.len() < MAX_PASSAGES && !shown.iter().any(|known| known.contains(&passage)) {
            shown.push(passage);
        }
    }
    shown
}
