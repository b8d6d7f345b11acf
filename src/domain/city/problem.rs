//! A problem in a pack, with its place.

use std::ops::Range;

use huiliu_adapter_api::wording::of_setting;
use huiliu_adapter_api::{Problems, SettingsProblem};

use crate::catalogue::Locale;

/// Something wrong in a file of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, relative to the pack.
    pub file: String,
    /// Line, counted from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn of_file(file: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: 0, column: 0, zh: zh.into(), en: en.into() }
    }

    /// A problem at a line.
    pub fn at_line(file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, column: 1, zh: zh.into(), en: en.into() }
    }

    /// A problem at a place in the text of a file.
    #[must_use]
    pub fn at_span(file: &str, source: &str, problem: &SettingsProblem) -> Self {
        let (line, column) = line_and_column(source, &problem.span);
        Self { file: file.to_owned(), line, column, zh: problem.zh.clone(), en: problem.en.clone() }
    }
}

impl Problem {
    /// Where it is: the file, with line and column where they are known.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        }
    }

    /// The problem with its place, in one language.
    #[must_use]
    pub fn shown(&self, locale: Locale) -> String {
        format!("{}: {}", self.place(), locale.pick(&self.zh, &self.en))
    }

    /// The problem with its place in both languages, for documents that do not know who reads them.
    #[must_use]
    pub fn both(&self) -> String {
        format!("{}: {}（{}）", self.place(), self.zh, self.en)
    }
}

/// Problems with their places, a line each, in the language of this process.
#[must_use]
pub fn problem_lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| problem.shown(Locale::of_process())).collect();
    lines.join("\n")
}

/// Line and column, both from 1, of the start of a span; the column counts characters.
pub fn line_and_column(source: &str, span: &Range<usize>) -> (usize, usize) {
    let before = source.as_bytes().get(..span.start.min(source.len())).unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

/// A syntax error of a TOML file as problems.
pub(crate) fn toml_problems(error: toml::de::Error) -> Problems {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().to_owned();
    vec![SettingsProblem::new(span, of_setting(&message), message)]
}

/// What is wrong with the text of a TOML file that is no file of the pack's settings, with line and column: in Chinese and in English.
pub(crate) fn toml_words(source: &str, error: toml::de::Error) -> (String, String) {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for problem in toml_problems(error) {
        let (line, column) = line_and_column(source, &problem.span);
        zh.push(format!("第 {line} 行第 {column} 列：{}", problem.zh));
        en.push(format!("line {line}, column {column}: {}", problem.en));
    }
    (zh.join("\n"), en.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_with_the_form_of_a_toml_file_is_said_in_chinese() {
        let mut wrong = Vec::new();
        for broken in [
            "a = [1 2]",
            "a = [1,, 2]",
            "a = [1, 2",
            "a = \"open",
            "a = 'open",
            "a = \"\"\"open",
            "a = '''open",
            "a = open",
            "a = 中文",
            "a = ",
            "a",
            "a = = 1",
            "= 1",
            "中文 = 1",
            "a = 1 b = 2",
            "[a",
            "[[a]",
            "[a]]",
            "a = { b = 1",
            "a = { b = 1 c = 2 }",
            "a = { b }",
            "a = { b = 1,, c = 2 }",
            "a = 007",
            "a = 1__0",
            "a = 0XFF",
            "a = \"\\q\"",
            "a = \"\\u12\"",
            "a = 1\na = 2",
            "[a]\n[a]",
            "a = 1\n[a]",
            "a = 1\na.b = 2",
            "a = 2026-99-01",
            "a = +-1",
            "a = \"x\" \"y\"",
            "a = true\rb = 1",
        ] {
            let error = toml::from_str::<toml::Table>(broken).expect_err(broken);
            let problems = toml_problems(error);
            let unsaid = problems.iter().filter(|problem| problem.zh.contains("原文"));
            wrong.extend(unsaid.map(|problem| format!("{broken}: {}", problem.en)));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
