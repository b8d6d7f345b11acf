//! Shapes of what is no number of one complaint: hidden characters, several numbers, sentences, and whom a number belongs to.

use std::sync::LazyLock;

use regex::Regex;

use super::Doubt;

/// Most Chinese characters of a number; more are a text.
const MAX_HAN: usize = 60;
/// Fewest Chinese characters beside a comma that make a sentence.
const HAN_OF_A_SENTENCE: usize = 10;
/// Fewest equal characters that make a placeholder: shorter ones are met by real counters.
const EQUAL_DIGITS: usize = 8;
/// Fewest characters of two numbers that stand beside each other with no more than a blank or a stroke between them.
const WHOLE_CHARS: usize = 6;

/// The doubt that the shape of a number gives, if any. `written` is the text with its line breaks.
pub(super) fn doubt(number: &str, written: &str) -> Option<Doubt> {
    if is_one_digit_repeated(number) {
        return Some(Doubt::Placeholder);
    }
    if is_masked(number) {
        return Some(Doubt::Masked);
    }
    let han = number.chars().filter(|c| is_han(*c)).count();
    let open = without_brackets(number);
    let is_sentence = open.contains(['。', '!', '！']) || (han >= HAN_OF_A_SENTENCE && open.contains(','));
    if han > MAX_HAN || is_sentence || is_words_alone(number) {
        return Some(Doubt::Text);
    }
    if number.contains('?') {
        return Some(Doubt::Unreadable);
    }
    (has_several(&open) || has_lines(written)).then_some(Doubt::Several)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '〇')
}

fn is_one_digit_repeated(number: &str) -> bool {
    let mut digits = number.bytes();
    let first = digits.next();
    number.len() >= EQUAL_DIGITS && first.is_some_and(|first| first.is_ascii_digit() && digits.all(|one| one == first))
}

/// Stars, dots and blocks anywhere; letters X only among digits, since codes of 26 letters hold them too.
fn is_masked(number: &str) -> bool {
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let marks = r"\*{2,}|[0-9A-Za-z]\*[0-9A-Za-z]|[●•■█▇◆□…]|\.{3,}|×{2,}|[0-9]#{2,}";
        let letters = r"^[A-Za-z\p{Han}]{0,8}[-_]?[0-9]+-?([xX]{2,})-?[0-9]*$";
        Regex::new(&format!("{marks}|{letters}")).ok()
    });
    HIDDEN.as_ref().is_some_and(|hidden| hidden.is_match(number))
}

/// Chinese words without a digit or a letter; of those with a numeral in them (张三, 三天没人管), what is not written as a number is:
/// 〔二〇二六〕第三号, 甲字十二号.
fn is_words_alone(number: &str) -> bool {
    let counts = |c: char| c.is_ascii_alphanumeric() || (c.is_alphanumeric() && !is_han(c));
    let is_numeral = |c: char| {
        "零〇一二三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥".contains(c)
    };
    if number.chars().any(counts) {
        return false;
    }
    let is_written_so = number.ends_with(['号', '件', '〕', ']']) || number.starts_with(['第', '〔']);
    !number.chars().any(is_numeral) || !(is_written_so || number.chars().all(is_numeral))
}

/// What stands in brackets names a year or an office, and its commas divide no numbers.
fn without_brackets(number: &str) -> String {
    let mut depth = 0_usize;
    let mut open = String::new();
    for c in number.chars() {
        match c {
            '(' | '[' | '{' | '〔' | '【' | '〈' | '《' | '「' => depth += 1,
            ')' | ']' | '}' | '〕' | '】' | '〉' | '》' | '」' => depth = depth.saturating_sub(1),
            other if depth == 0 => open.push(other),
            _ => {}
        }
    }
    open
}

/// Several numbers of one kind with a comma between them (not a class and its key, as in `A5ProcessInfo,90000001`), or two of
/// one shape with less than that.
fn has_several(open: &str) -> bool {
    let parts = |separators: &[char]| -> Vec<String> {
        open.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let listed = parts(&[',', '、', ';', '\u{FF64}']);
    let kind = |part: &String| part.chars().next().map(|first| (first.is_ascii_digit(), first.is_ascii_alphabetic()));
    let first = listed.first().and_then(kind);
    if listed.len() > 1 && listed.iter().all(|part| kind(part) == first && part.chars().any(|c| c.is_ascii_digit())) {
        return true;
    }
    let beside = parts(&[' ', '/', '|', '\\', '和', '与', '及', '至', '~', '&', '+']);
    let shape = |part: &String| -> String { part.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect() };
    let is_whole = |part: &String| part.chars().count() >= WHOLE_CHARS && part.chars().any(|c| c.is_ascii_digit());
    let first = beside.first().map(shape);
    beside.len() > 1 && beside.iter().all(|part| is_whole(part) && Some(shape(part)) == first)
}

/// Two lines with something written in them.
fn has_lines(written: &str) -> bool {
    let lines = written.split(['\n', '\r', '\u{2028}', '\u{B}']);
    lines.filter(|line| line.chars().any(char::is_alphanumeric)).count() > 1
}

/// A number that looks like one of a person, which several complaints of that person share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Personal {
    /// 13800001111.
    Mobile,
    /// 18 digits with a day of birth before 2010.
    Identity,
}

impl Personal {
    /// What it looks like and what to do, in Chinese and in English.
    pub(crate) fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Mobile => (
                "编号像手机号：同一人的几件诉求会被当成一件的修改；请改用来源自己的编号",
                "the number looks like a mobile telephone's: several complaints of one person would amend one another; use the source's own number",
            ),
            Self::Identity => (
                "编号像身份证号：同一人的几件诉求会被当成一件的修改；请改用来源自己的编号",
                "the number looks like a person's identity number: several complaints of one person would amend one another; use the source's own number",
            ),
        }
    }
}

/// Whose number it looks like. No doubt, since counters of 11 and 18 digits pass through both.
pub(crate) fn personal(number: &str) -> Option<Personal> {
    static SHAPES: LazyLock<Vec<(Regex, Personal)>> = LazyLock::new(|| {
        let day = "(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])";
        let all = [
            ("^(\\+?86)?1[3-9][0-9]{9}$".to_owned(), Personal::Mobile),
            (format!("^[1-8][0-9]{{5}}(19[2-9][0-9]|200[0-9]){day}[0-9]{{3}}[0-9Xx]$"), Personal::Identity),
        ];
        all.into_iter().filter_map(|(pattern, whose)| Some((Regex::new(&pattern).ok()?, whose))).collect()
    });
    SHAPES.iter().find(|(shape, _)| shape.is_match(number)).map(|(_, whose)| *whose)
}
