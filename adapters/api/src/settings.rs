//! Settings of a channel file with their places, so that every problem can name file, line and column.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::DeValue;

use huiliu_expression::{Escape, Expression, Fault, Language, Template, Variables};
use huiliu_payload::Charset;

/// A string in a settings file together with its place.
pub type SpannedText = Spanned<String>;

/// Something wrong in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Bytes of the file concerned.
    pub span: Range<usize>,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// All problems of one file.
pub type Problems = Vec<SettingsProblem>;

impl SettingsProblem {
    /// A problem at a place.
    pub fn new(span: Range<usize>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { span, zh: zh.into(), en: en.into() }
    }

    /// A fault in an expression that stands at `text` in the file `source`.
    #[must_use]
    pub fn from_fault(fault: &Fault, text: &Range<usize>, source: &str) -> Self {
        let content = content_start(source, text);
        let span = match &fault.range {
            Some(range) => (content + range.start).min(text.end)..(content + range.end).min(text.end),
            None => text.clone(),
        };
        Self::new(span, fault.zh.clone(), fault.en.clone())
    }
}

/// Where the content of a TOML string begins: after its quotes.
fn content_start(source: &str, span: &Range<usize>) -> usize {
    let text = source.as_bytes().get(span.clone()).unwrap_or_default();
    let quotes = if text.starts_with(b"\"\"\"") || text.starts_with(b"'''") { 3 } else { 1 };
    let newline = match text.get(quotes..) {
        Some([b'\r', b'\n', ..]) if quotes == 3 => 2,
        Some([b'\n', ..]) if quotes == 3 => 1,
        _ => 0,
    };
    span.start + quotes + newline
}

/// One table of a settings file, with the text around it.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    source: &'a str,
    value: Spanned<DeValue<'a>>,
}

impl<'a> Settings<'a> {
    /// The table `value` of the file `source`.
    #[must_use]
    pub fn new(source: &'a str, value: Spanned<DeValue<'a>>) -> Self {
        Self { source, value }
    }

    /// The whole file's text, for placing problems.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// The bytes of the table.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// Reads the table as `T`.
    ///
    /// # Errors
    /// The first structural problem (unknown key, wrong type, missing key) with its place.
    pub fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Problems> {
        T::deserialize(self.value.clone().into_deserializer()).map_err(|error| {
            let span = error.span().unwrap_or_else(|| self.span());
            let message = error.message().to_owned();
            vec![SettingsProblem::new(span, crate::wording::of_setting(&message), message)]
        })
    }

    /// Adds a problem of the table as a whole where something is `wrong`.
    pub fn complain(&self, wrong: bool, zh: &str, en: &str, problems: &mut Problems) {
        if wrong {
            problems.push(SettingsProblem::new(self.span(), zh, en));
        }
    }

    /// Compiles an expression that stands in this file, adding to `problems` what is wrong with it.
    pub fn expression(
        &self,
        language: &Language,
        text: &SpannedText,
        variables: impl Into<Variables>,
        problems: &mut Problems,
    ) -> Option<Expression> {
        let compiled = language.expression(text.get_ref(), variables);
        self.collect(compiled, text, problems)
    }

    /// Compiles a template that stands in this file, adding to `problems` what is wrong with it.
    pub fn template(
        &self,
        language: &Language,
        text: &SpannedText,
        variables: impl Into<Variables>,
        escape: Escape,
        problems: &mut Problems,
    ) -> Option<Template> {
        let compiled = language.template(text.get_ref(), variables, escape);
        self.collect(compiled, text, problems)
    }

    fn collect<T>(&self, compiled: Result<T, Vec<Fault>>, text: &SpannedText, problems: &mut Problems) -> Option<T> {
        compiled
            .map_err(|faults| {
                problems
                    .extend(faults.iter().map(|fault| SettingsProblem::from_fault(fault, &text.span(), self.source)));
            })
            .ok()
    }
}

/// Reads the name of a character encoding, by default `auto`.
pub fn read_charset(name: Option<&SpannedText>, problems: &mut Problems) -> Charset {
    let Some(name) = name else { return Charset::Auto };
    Charset::from_name(name.get_ref()).unwrap_or_else(|| {
        problems.push(SettingsProblem::new(
            name.span(),
            format!("未知的编码；可用：{}", Charset::NAMES),
            format!("unknown encoding; known are: {}", Charset::NAMES),
        ));
        Charset::Auto
    })
}
