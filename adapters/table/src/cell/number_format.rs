//! Number formats of spreadsheets, as far as they say what a cell shows (ECMA-376, 18.8.30 and 18.8.31).

/// How a number is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum NumberFormat {
    /// As it is.
    #[default]
    General,
    /// As a moment.
    Date { date: bool, time: bool, seconds: bool },
    /// In a pattern of digits and literals.
    Pattern(Pattern),
}

/// Places for digits, with literals before, between and after them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pattern {
    /// What stands before the decimal point.
    whole: Vec<Part>,
    /// Decimals that are always shown.
    pub decimals: usize,
    /// What stands after the number.
    after: String,
    pub percent: bool,
    /// Whether the number is shown as it is, between the literals.
    pub general: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `0` shows a zero where there is no digit, `#` and `?` do not.
    Digit {
        zero: bool,
    },
    Literal(char),
}

/// What a format code consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    Code(char),
    /// `[h]`, `[mm]`, `[ss]`: time that has passed.
    Elapsed,
    /// `[>100]` and its like.
    Condition,
}

impl NumberFormat {
    /// Reads a format code; one that is not understood is General.
    pub(crate) fn parse(code: &str) -> Self {
        let general = code.replacen("G/通用格式", "General", 1);
        let (head, tail, is_general) = match general.split_once("General") {
            Some((head, tail)) => (head, tail.split(';').next().unwrap_or_default(), true),
            None => (general.as_str(), "", false),
        };
        let (before, after) = (tokens(head), tokens(tail));
        if is_general {
            return Self::around(&before, &after);
        }
        let codes = || {
            before
                .iter()
                .filter_map(|token| if let Token::Code(c) = token { Some(c.to_ascii_lowercase()) } else { None })
        };
        if before.iter().any(|token| matches!(token, Token::Elapsed | Token::Condition)) {
            return Self::General;
        }
        let has = |wanted: &str| codes().any(|code| wanted.contains(code));
        // A code with places for digits is no date, but `mm:ss.0` is one.
        if has("ymdhsg年月日时分秒") && !has("#?") && (!has("0") || has("hs")) {
            let time = has("hs");
            return Self::Date { date: has("yd") || !time, time, seconds: has("s") };
        }
        if has("/e*@") || !has("0#?") {
            return Self::General;
        }
        Self::Pattern(Pattern::of(&before))
    }

    /// A number as it is between literals.
    fn around(before: &[Token], after: &[Token]) -> Self {
        let literals = |tokens: &[Token]| -> String {
            tokens.iter().filter_map(|token| if let Token::Literal(c) = token { Some(*c) } else { None }).collect()
        };
        let (head, after) = (literals(before), literals(after));
        if head.is_empty() && after.is_empty() {
            return Self::General;
        }
        let whole = head.chars().map(Part::Literal).chain([Part::Digit { zero: true }]).collect();
        Self::Pattern(Pattern { whole, after, general: true, ..Pattern::default() })
    }

    /// The format that a number stands for without being written in the file; `None` for those that files define.
    pub(crate) fn built_in(id: u32) -> Option<Self> {
        Some(match id {
            0 | 5..=8 | 12 | 13 | 23..=26 | 41..=44 | 46 | 49 => Self::General,
            1 | 3 | 37 | 38 => Self::parse("0"),
            2 | 4 | 39 | 40 => Self::parse("0.00"),
            9 => Self::parse("0%"),
            10 => Self::parse("0.00%"),
            11 | 48 => Self::General,
            14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Date { date: true, time: false, seconds: false },
            18 | 20 | 32 | 34 | 55 => Self::Date { date: false, time: true, seconds: false },
            19 | 21 | 33 | 35 | 45 | 47 | 56 => Self::Date { date: false, time: true, seconds: true },
            22 => Self::Date { date: true, time: true, seconds: false },
            _ => return None,
        })
    }
}

impl Pattern {
    fn of(tokens: &[Token]) -> Self {
        let mut pattern = Self::default();
        let (mut point, mut digits) = (false, false);
        for token in tokens {
            match token {
                Token::Code('.') if !point => point = true,
                Token::Code('0' | '#' | '?') if point => pattern.decimals += usize::from(*token == Token::Code('0')),
                Token::Code(c @ ('0' | '#' | '?')) => {
                    // What was taken for the end stood between digits.
                    pattern.whole.extend(std::mem::take(&mut pattern.after).chars().map(Part::Literal));
                    pattern.whole.push(Part::Digit { zero: *c == '0' });
                    digits = true;
                }
                Token::Code('%') => {
                    pattern.percent = true;
                    pattern.after.push('%');
                }
                Token::Code(',') => {}
                Token::Literal(c) | Token::Code(c) if digits => pattern.after.push(*c),
                Token::Literal(c) | Token::Code(c) => pattern.whole.push(Part::Literal(*c)),
                Token::Elapsed | Token::Condition => {}
            }
        }
        pattern
    }

    /// The number's digits in their places; what has no place of its own stands in the first.
    pub(crate) fn fill(&self, whole: &str, fraction: &str) -> String {
        let places = self.whole.iter().filter(|part| matches!(part, Part::Digit { .. })).count();
        let whole = if whole == "0" && !self.general { "" } else { whole };
        let mut digits: Vec<char> = whole.chars().rev().collect();
        let (mut shown, mut place) = (Vec::new(), 0);
        for part in self.whole.iter().rev() {
            match part {
                Part::Literal(c) => shown.push(*c),
                Part::Digit { zero } => {
                    place += 1;
                    let most = if place == places { digits.len() } else { digits.len().min(1) };
                    let taken: Vec<char> = digits.drain(..most).collect();
                    if taken.is_empty() && *zero {
                        shown.push('0');
                    }
                    shown.extend(taken);
                }
            }
        }
        let mut text: String = shown.into_iter().rev().collect();
        if self.decimals > 0 || !fraction.is_empty() {
            text.push('.');
            text.push_str(&format!("{fraction:0<width$}", width = self.decimals));
        }
        text.push_str(&self.after);
        text
    }
}

/// The tokens of the first section, which is for positive numbers.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => break,
            '"' => tokens.extend(chars.by_ref().take_while(|c| *c != '"').map(Token::Literal)),
            '\\' | '!' => tokens.extend(chars.next().map(Token::Literal)),
            '_' | '*' => drop(chars.next()),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                bracket(&inside, &mut tokens);
            }
            c => tokens.push(Token::Code(c)),
        }
    }
    tokens
}

/// A currency and language, a colour, time that has passed, or a condition.
fn bracket(inside: &str, tokens: &mut Vec<Token>) {
    if let Some(currency) = inside.strip_prefix('$') {
        tokens.extend(currency.chars().take_while(|c| *c != '-').map(Token::Literal));
    } else if !inside.is_empty() && inside.chars().all(|c| "hmsHMS".contains(c)) {
        tokens.push(Token::Elapsed);
    } else if inside.starts_with(['<', '>', '=']) {
        tokens.push(Token::Condition);
    }
}
