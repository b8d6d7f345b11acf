//! Texts that were read in the wrong encoding: how much of a text is such.
//!
//! Each wrong reading leaves its own marks: bytes that are no character (U+FFFD), and those written again in GBK (锟斤拷); memory
//! that was never filled (烫烫烫, 屯屯屯); UTF-8 read as Latin-1 (è·¯) or as GBK (璺伅); GBK read as Latin-1 (Â·µÆ); and question
//! marks where a character has no place in an encoding.

use std::sync::LazyLock;

use regex::Regex;

/// Fewest damaged characters that set a text aside: one or two are a cut at its end.
const FEWEST: usize = 3;
/// Fewest characters that show UTF-8 read as GBK.
const FEWEST_OF_GBK: usize = 5;
/// A text is set aside when more than one in so many of its characters is damaged.
const SHARE: usize = 5;

/// How much of a text is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// Nothing.
    None,
    /// Some characters; the rest can be read.
    Some,
    /// More than a small share: nobody can read it.
    Most,
}

/// How much of `text` is damaged.
pub(super) fn damage(text: &str) -> Damage {
    let count = |mark: &Regex| mark.find_iter(text).map(|found| chars(found.as_str())).sum::<usize>();
    let damaged: usize = MARKS.iter().map(count).sum();
    // Some of these characters are rare ones of Chinese; a few prove nothing.
    let of_gbk = UTF_8_AS_GBK.as_ref().map_or(0, count);
    let damaged = damaged + if of_gbk >= FEWEST_OF_GBK { of_gbk } else { 0 };
    let (all, asked) = (chars(text), text.chars().filter(|c| matches!(c, '?' | '\u{FFFD}')).count());
    // Citizens write ??? too, and something before it.
    let lost = if asked * 2 > all { asked } else { 0 };
    let damaged = damaged.max(lost);
    match damaged {
        0 => Damage::None,
        damaged if damaged >= FEWEST && damaged * SHARE > all => Damage::Most,
        _ => Damage::Some,
    }
}

fn chars(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

static MARKS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // Windows-1252 has letters and marks where Latin-1 has control characters.
    let behind = "\u{80}-\u{BF}\u{152}\u{153}\u{160}\u{161}\u{178}\u{17D}\u{17E}\u{192}\u{2C6}\u{2DC}\u{2013}\u{2014}\u{2018}-\u{201E}\u{2020}-\u{2022}\u{2026}\u{2030}\u{2039}\u{203A}\u{20AC}\u{2122}";
    let all = [
        "\u{FFFD}+".to_owned(),
        "锟斤拷|锟斤|斤拷".to_owned(),
        "烫{3,}|屯{3,}|锘匡|ï»¿".to_owned(),
        format!("[\u{E3}-\u{EF}][{behind}]{{2}}|[\u{C2}-\u{DF}][{behind}]"),
        "[\u{A1}-\u{FF}]{4,}".to_owned(),
    ];
    all.into_iter().filter_map(|pattern| Regex::new(&pattern).ok()).collect()
});

/// First characters of the most frequent words and marks in UTF-8 as GBK shows them: ，。的不在是路.
static UTF_8_AS_GBK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("锛屽|锛岃|锛[\u{3400}-\u{9FFF}]|銆[\u{3400}-\u{9FFF}\u{E000}-\u{F8FF}]|鐨[\u{3400}-\u{9FFF}]|涓嶄|涓嶆|璺[\u{3400}-\u{9FFF}]|鍦[ㄧ]|鏄[\u{3400}-\u{9FFF}]|鍖[\u{3400}-\u{9FFF}]").ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader makes of bytes that are in another encoding.
    fn read_as_latin_1(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    }

    #[test]
    fn texts_in_the_wrong_encoding_are_known() {
        let text = "文化路的路灯不亮，请尽快派人修理。";
        let in_gbk: &[u8] = b"\xC2\xB7\xB5\xC6\xB2\xBB\xC1\xC1\xA3\xAC\xC7\xEB\xD0\xDE\xC0\xED";
        for garbled in [
            read_as_latin_1(text.as_bytes()).as_str(),
            "è·¯ç¯ä¸äº®",
            "æ–‡åŒ–è·¯çš„è·¯ç¯ä¸äº®",
            &read_as_latin_1(in_gbk),
            &String::from_utf8_lossy(in_gbk),
            "锟斤拷锟斤拷路锟斤拷",
            "烫烫烫烫烫",
            "屯屯屯",
            "鏂囧寲璺殑璺伅涓嶄寒锛岃灏藉揩娲句汉淇悊銆",
            "????????",
            "???3???",
        ] {
            assert_eq!(damage(garbled), Damage::Most, "{garbled}");
        }
    }

    #[test]
    fn texts_that_can_be_read_stay() {
        for text in [
            "文化路的路灯不亮，请尽快派人修理。",
            "怎么还没修???",
            "气温 −5°C，长 3×4 米，约 ±2 米·夜间",
            "Café Müller 门口油烟大，请处理",
            "烫伤了烫坏了",
            "屯里的路坏了，屯子东头",
            "Путь",
            "why? 为什么？？？",
            "锛床噪声扰民",
            "1.5m² 违建，½ 面墙",
            "",
        ] {
            assert_eq!(damage(text), Damage::None, "{text}");
        }
        for text in
            ["文化路三盏路灯不\u{FFFD}", "三盏路灯\u{FFFD}\u{FFFD}亮", "反映人：锟斤拷某，文化路上的路灯三天没有亮了"]
        {
            assert_eq!(damage(text), Damage::Some, "{text}");
        }
    }
}
