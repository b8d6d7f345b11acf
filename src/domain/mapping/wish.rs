//! What a citizen wishes to be kept back: `secret`, `anonymous`, `publish`. Doubt protects: a word that is not understood hides
//! who wrote, and publishes nothing.

use huiliu_expression::read_flag;

/// One of the three questions. The same word answers them differently: 公开 is yes to one and no to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Is the identity to be kept back (保密)?
    Secret,
    /// Does the citizen not want to be named (匿名)?
    Anonymous,
    /// May the matter be published (公开)?
    Publish,
}

/// Words of those who want to be kept back, and of those who say that they need not be.
const KEEP_BACK: [&str; 3] = ["保密", "不公开", "不予公开"];
const OPEN: [&str; 3] = ["公开", "可公开", "可以公开"];
/// What may stand before a word and leaves its meaning.
const POLITE: [&str; 9] = ["需要", "要求", "申请", "请求", "希望", "同意", "愿意", "请", "需"];
/// What turns it round.
const NOT: [&str; 7] = ["不需要", "不要求", "无需", "不用", "不必", "无须", "不"];

impl Wish {
    /// The answer that protects.
    pub(super) fn protecting(self) -> bool {
        self != Self::Publish
    }

    /// What the words of this field say; `None` when they are not understood.
    pub(super) fn understand(self, words: &str) -> Option<bool> {
        let words: String = words.chars().filter(|c| !(c.is_whitespace() || "。！!，,".contains(*c))).collect();
        read_flag(&words).or_else(|| self.own_words(&words))
    }

    /// Whether the words of this field ask for more than it: 保密 where 匿名 is asked.
    pub(super) fn asks_for_secrecy(self, words: &str) -> bool {
        self == Self::Anonymous
            && KEEP_BACK.iter().any(|keep| words.contains(keep))
            && self.understand(words) == Some(true)
    }

    fn own_words(self, words: &str) -> Option<bool> {
        let plain = POLITE.iter().find_map(|polite| words.strip_prefix(polite)).unwrap_or(words);
        let says = |known: &[&str]| known.contains(&plain) || known.contains(&words);
        let denied = |known: &str| NOT.iter().any(|not| words.strip_prefix(not) == Some(known));
        match self {
            Self::Secret if says(&KEEP_BACK) || says(&["匿名"]) => Some(true),
            Self::Secret if says(&OPEN) || denied("保密") => Some(false),
            Self::Anonymous if says(&["匿名"]) || says(&KEEP_BACK) => Some(true),
            Self::Anonymous if says(&["实名", "具名", "署名"]) || says(&OPEN) || denied("匿名") => Some(false),
            Self::Publish if says(&OPEN) || words == "同意" => Some(true),
            Self::Publish
                if says(&KEEP_BACK)
                    || ["公开", "同意公开", "愿意公开", "同意", "愿意"].iter().any(|word| denied(word)) =>
            {
                Some(false)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_answer_the_question_that_they_stand_under() {
        for (words, secret, anonymous, publish) in [
            ("保密", Some(true), Some(true), Some(false)),
            ("保密 ", Some(true), Some(true), Some(false)),
            ("需要保密", Some(true), Some(true), Some(false)),
            ("不公开", Some(true), Some(true), Some(false)),
            ("匿名", Some(true), Some(true), None),
            ("公开", Some(false), Some(false), Some(true)),
            ("同意公开", Some(false), Some(false), Some(true)),
            ("不同意公开", None, None, Some(false)),
            ("不保密", Some(false), None, None),
            ("无需保密", Some(false), None, None),
            ("实名", None, Some(false), None),
            ("不匿名", None, Some(false), None),
            ("同意", None, None, Some(true)),
            ("不同意", None, None, Some(false)),
            ("是", Some(true), Some(true), Some(true)),
            ("√", Some(true), Some(true), Some(true)),
            ("0.0", Some(false), Some(false), Some(false)),
            ("null", None, None, None),
            ("2", None, None, None),
            ("不要不公开", None, None, None),
            ("保\u{FFFD}", None, None, None),
        ] {
            let read = |wish: Wish| wish.understand(words);
            assert_eq!(
                Wish::Anonymous.asks_for_secrecy(words),
                anonymous == Some(true) && publish == Some(false) && words != "0.0"
            );
            assert_eq!(
                (read(Wish::Secret), read(Wish::Anonymous), read(Wish::Publish)),
                (secret, anonymous, publish),
                "{words}"
            );
        }
    }
}
