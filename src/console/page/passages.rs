//! What two texts have in common, passage by passage.

use std::collections::HashSet;

use minijinja::{Environment, Value, context};

/// Characters in a row that make a shared passage.
const PASSAGE_CHARS: usize = 4;

pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_function("passages", |text: &str, other: &str| -> Value {
        passages(text, other).into_iter().map(|(shared, text)| context! { shared, text }).collect()
    });
}

/// A text in parts, each with whether it stands in the other text, too.
fn passages(text: &str, other: &str) -> Vec<(bool, String)> {
    let (text, other): (Vec<char>, Vec<char>) = (text.chars().collect(), other.chars().collect());
    let known: HashSet<&[char]> = other.windows(PASSAGE_CHARS).collect();
    let mut shared = vec![false; text.len()];
    for (at, _) in text.windows(PASSAGE_CHARS).enumerate().filter(|(_, passage)| known.contains(passage)) {
        shared.iter_mut().skip(at).take(PASSAGE_CHARS).for_each(|one| *one = true);
    }
    let mut parts: Vec<(bool, String)> = Vec::new();
    for (shared, char) in shared.into_iter().zip(text) {
        match parts.last_mut() {
            Some((last, part)) if *last == shared => part.push(char),
            _ => parts.push((shared, char.to_string())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_say_is_marked_and_nothing_is_lost() {
        let parts = passages("青鱼滩路路灯不亮三天了", "您好，青鱼滩路的路灯不亮。");
        let marked: Vec<&str> = parts.iter().filter(|(shared, _)| *shared).map(|(_, part)| part.as_str()).collect();
        assert_eq!(marked, ["青鱼滩路路灯不亮"]);
        let whole: String = parts.iter().map(|(_, part)| part.as_str()).collect();
        assert_eq!(whole, "青鱼滩路路灯不亮三天了");
        assert_eq!(passages("abc", "abc"), [(false, "abc".to_owned())]);
        assert!(passages("", "abc").is_empty());
    }
}
