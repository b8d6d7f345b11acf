//! Texts of a complaint as far as they say something that a person can read.

use std::sync::LazyLock;

use huiliu_expression::is_error_cell;
use regex::Regex;

use super::Applying;
use crate::mapping::garbled::{self, Damage};

/// Stands for bytes and halves of characters that could not be read.
const UNREADABLE: char = '\u{FFFD}';

impl Applying<'_> {
    pub(super) fn text(&mut self, name: &str, max_chars: usize) -> Option<String> {
        let channel = self.channel;
        let field = channel.fields.get(name)?;
        let found = self.evaluate(name, field)?;
        let text = match found.into_text() {
            Ok(text) => self.readable(name, text?)?,
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                return None;
            }
        };
        if text.chars().count() <= max_chars {
            return Some(text);
        }
        let (zh, en) = (
            format!("超过 {max_chars} 字，已截断；原文保留在原始记录里"),
            format!("longer than {max_chars} characters, cut; the raw record keeps all of it"),
        );
        let cut: String = text.chars().take(max_chars).collect();
        self.remark(name, &zh, &en, Some(text));
        Some(cut)
    }

    /// Whether a person can read it; remarked where not.
    pub(super) fn legible(&mut self, name: &str, text: &str) -> bool {
        if garbled::damage(text) != Damage::Most {
            return true;
        }
        self.remark(
            name,
            "是乱码，读不懂；请核对渠道 [format] 的 encoding，或来源的编码",
            "garbled: it was read in the wrong encoding; check encoding in [format] of the channel, and that of the source",
            Some(text.to_owned()),
        );
        false
    }

    /// A text as far as it says something: a word of programs for nothing and an error of a spreadsheet is none, and one that could not be read whole is remarked.
    pub(super) fn readable(&mut self, name: &str, text: String) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        if is_error_cell(&text) {
            self.remark(
                name,
                "这是表格的错误值，按没有处理；请在来源表格里修好公式",
                "an error of the spreadsheet, taken as none; mend the formula there",
                Some(text),
            );
            return None;
        }
        if is_word_for_nothing(&text) {
            self.remark(
                name,
                "是程序里表示“没有”的字（null、undefined 等），按没有处理；请来源留空",
                "a word of programs for nothing (null, undefined …), taken as none; have the source leave it empty",
                Some(text),
            );
            return None;
        }
        if text.contains(UNREADABLE) {
            self.remark(
                name,
                "有读不出的字符，以 � 代替；请核对来源的编码或截断",
                "some characters could not be read and are shown as U+FFFD; check encoding and cut texts of the source",
                Some(text.clone()),
            );
        } else if garbled::damage(&text) == Damage::Some {
            self.remark(
                name,
                "有些字是乱码；请核对来源的编码",
                "some characters are garbled; check the encoding of the source",
                Some(text.clone()),
            );
        }
        Some(text)
    }
}

/// What programs write where they have nothing; people do not.
fn is_word_for_nothing(text: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = r"null|\(null\)|<null>|undefined|nan|nat|none|nil|dbnull(\.value)?|\\n|\[object [a-z]+\]|\$?\{\{?[a-z_. ]*\}\}?";
        Regex::new(&format!("(?i)^({words})([,; /-]+({words}))*$")).ok()
    });
    WORDS.as_ref().is_some_and(|words| words.is_match(text.trim()))
}

/// The beginning of a text as a title: up to the first end of a sentence, at most 40 characters.
pub(super) fn beginning(text: &str) -> String {
    let sentence = text.split(['。', '！', '？', '\n', '；', '!', '?']).find(|part| !part.trim().is_empty());
    sentence.unwrap_or(text).trim().chars().take(40).collect()
}
