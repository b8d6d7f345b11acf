//! The tokens of a spelling: each character, and each two that follow one another. A text that holds a word holds all its tokens;
//! the other way round it need not be, so that what is found by tokens is read and judged.

use super::{BREAK, Spelling};

/// One character, or two that follow one another, anywhere or where a complaint says where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token {
    first: char,
    second: Option<char>,
    of_place: bool,
}

impl Token {
    /// The token as a text.
    pub(crate) fn text(self) -> String {
        [Some(self.first), self.second].into_iter().flatten().collect()
    }

    /// The kind of its keyed hash.
    pub(crate) fn kind(self) -> &'static str {
        if self.of_place { "word_of_place" } else { "word" }
    }
}

/// Visits the tokens of a spelling; one that stands there twice is visited twice.
pub(crate) fn each_token(spelling: &Spelling, of_place: bool, mut visit: impl FnMut(Token)) {
    let mut before = None;
    for c in spelling.0.chars() {
        if c == BREAK {
            before = None;
            continue;
        }
        visit(Token { first: c, second: None, of_place });
        if let Some(first) = before {
            visit(Token { first, second: Some(c), of_place });
        }
        before = Some(c);
    }
}

/// The tokens by which a word is looked for: its pairs; of a single character that character.
pub(super) fn tokens_of_word(word: &str, of_place: bool) -> Vec<Token> {
    let mut chars = word.chars();
    let Some(mut before) = chars.next() else { return Vec::new() };
    let pair = |c| Token { first: std::mem::replace(&mut before, c), second: Some(c), of_place };
    let pairs: Vec<Token> = chars.map(pair).collect();
    if pairs.is_empty() { vec![Token { first: before, second: None, of_place }] } else { pairs }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::words::Words;

    #[test]
    fn a_text_has_all_tokens_of_the_words_that_are_in_it() {
        let text = Spelling::of("联系138****1111，路灯不亮");
        let mut tokens = BTreeSet::new();
        each_token(&text, false, |token| {
            tokens.insert(token);
        });
        for words in ["路灯不亮", "1111路", "灯", "138 不亮"] {
            assert!(Words::read(words).are_in(std::slice::from_ref(&text)), "{words}");
            assert!(Words::read(words).tokens(false).all(|token| tokens.contains(&token)), "{words}");
        }
        assert!(
            !tokens.contains(&Token { first: '8', second: Some('1'), of_place: false }),
            "nothing reaches over what is not said"
        );
        let texts = |word| tokens_of_word(word, true).iter().map(|token| token.text()).collect::<Vec<_>>();
        assert_eq!((texts("灯"), texts("路灯亮")), (vec!["灯".to_owned()], vec!["路灯".to_owned(), "灯亮".to_owned()]));
    }
}
