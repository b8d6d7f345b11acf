//! The tokens of a spelling: each character, and each two that follow one another. A text that holds a word holds all its tokens;
//! the other way round it need not be, so that what is found by tokens is read and judged.

use super::{BREAK, Spelling};

/// One character, or two that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) struct Token(char, Option<char>);

impl Token {
    /// The token as a text.
    pub(in crate::store) fn text(self) -> String {
        [Some(self.0), self.1].into_iter().flatten().collect()
    }
}

/// Visits the tokens of a spelling; one that stands there twice is visited twice.
pub(in crate::store) fn each_token(spelling: &Spelling, mut visit: impl FnMut(Token)) {
    let mut before = None;
    for c in spelling.0.chars() {
        if c == BREAK {
            before = None;
            continue;
        }
        visit(Token(c, None));
        if let Some(before) = before {
            visit(Token(before, Some(c)));
        }
        before = Some(c);
    }
}

/// The tokens by which a word is looked for: its pairs; of a single character that character.
pub(in crate::store) fn tokens_of_word(word: &str) -> Vec<Token> {
    let mut chars = word.chars();
    let Some(mut before) = chars.next() else { return Vec::new() };
    let pairs: Vec<Token> = chars.map(|c| Token(std::mem::replace(&mut before, c), Some(c))).collect();
    if pairs.is_empty() { vec![Token(before, None)] } else { pairs }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::words::Words;

    #[test]
    fn a_text_has_all_tokens_of_the_words_that_are_in_it() {
        let text = Spelling::of("联系138****1111，路灯不亮");
        let mut tokens = BTreeSet::new();
        each_token(&text, |token| drop(tokens.insert(token)));
        for words in ["路灯不亮", "1111路", "灯", "138 不亮"] {
            assert!(Words::read(words).are_in(std::slice::from_ref(&text)), "{words}");
            assert!(Words::read(words).tokens().all(|token| tokens.contains(&token)), "{words}");
        }
        assert!(!tokens.contains(&Token('8', Some('1'))), "nothing reaches over what is not said");
        assert_eq!(tokens_of_word("灯").iter().map(|token| token.text()).collect::<Vec<_>>(), ["灯"]);
        assert_eq!(tokens_of_word("路灯亮").iter().map(|token| token.text()).collect::<Vec<_>>(), ["路灯", "灯亮"]);
    }
}
