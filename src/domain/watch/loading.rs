//! `watch.toml` becomes rules, or problems with their places.

mod alerts;
mod topics;

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::{Expression, Language, Variables};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::alert::{AlertRule, Subject};
use super::rules::{Meaning, Tag, Watch};
use super::settings::{TagSettings, WarningSettings, WatchSettings};
use super::topic::TopicRule;
use crate::city::{City, Names, Problem, is_key_word, toml_problems};

/// The file, relative to the pack.
pub const FILE: &str = "watch.toml";
/// Most tags, surges and warnings of a city, each, and longest name of one, in characters.
const MAX_RULES: usize = 200;
const MAX_NAME_CHARS: usize = 50;
/// Most words of a list, and longest word, in characters.
const MAX_WORDS: usize = 500;
const MAX_WORD_CHARS: usize = 50;

impl Watch {
    /// Reads the file. Without it there are no tags.
    pub(crate) fn load(
        file: Option<&[u8]>,
        language: &Language,
        (city, names): (&City, &Names),
        problems: &mut Vec<Problem>,
    ) -> Self {
        let source = String::from_utf8_lossy(file.unwrap_or_default()).into_owned();
        let settings = match read(&source) {
            Ok(settings) => settings,
            Err(found) => {
                problems.extend(found.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
                return Self::default();
            }
        };
        let variables = Self::variables(city, names);
        let mut compiling = Compiling { source: &source, language, variables, names, problems: Problems::new() };
        let WatchSettings { tags, surges, warnings, topics, by_hand } = settings;
        compiling.codes(("标签", "tag"), tags.iter().map(|tag| (&tag.code, tag.name.as_str())));
        compiling.codes(("突增", "surge"), surges.iter().map(|surge| (&surge.code, surge.name.as_str())));
        compiling.codes(("预警", "warning"), warnings.iter().map(|warning| (&warning.code, warning.name.as_str())));
        let known: BTreeSet<String> = tags.iter().map(|tag| tag.code.get_ref().clone()).collect();
        let mut alerts: Vec<AlertRule> = surges.iter().map(|surge| compiling.surge(surge, &known)).collect();
        alerts.extend(warnings.iter().map(|warning| compiling.warning(warning, &known)));
        compiling.codes(("专题", "topic"), topics.iter().map(|topic| (&topic.code, topic.name.as_str())));
        let topics: Vec<TopicRule> = topics.iter().map(|topic| compiling.topic(topic, &known)).collect();
        let topic_roles = compiling.roles(&by_hand.to, &by_hand.copy);
        let own = warnings.into_iter().filter(|warning| warning.tag.is_none()).map(own_marks);
        let marks: Vec<(TagSettings, bool)> = tags.into_iter().map(|tag| (tag, false)).chain(own).collect();
        let compiled = marks.iter().map(|(tag, is_own)| compiling.tag(tag, *is_own)).collect();
        let (automaton, meanings) = compiling.words(&marks);
        problems.extend(compiling.problems.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
        let subjects = alerts.iter().map(|rule| &rule.subject).chain(topics.iter().map(|rule| &rule.subject));
        let category = |subject: &Subject| match subject {
            Subject::Category(code) => Some(code.clone()),
            Subject::Tag(_) | Subject::Own(_) => None,
        };
        let categories = subjects.filter_map(category).collect();
        Self { tags: compiled, categories, alerts, topics, topic_roles, automaton, meanings }
    }
}

/// What a warning looks for that has no tag.
fn own_marks(warning: WarningSettings) -> (TagSettings, bool) {
    let WarningSettings { code, name, words, without, categories, when, .. } = warning;
    (TagSettings { code, name, words, without, categories, when }, true)
}

fn read(source: &str) -> Result<WatchSettings, Problems> {
    let table = DeTable::parse(source).map_err(toml_problems)?;
    let value = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    Settings::new(source, value).read()
}

struct Compiling<'a> {
    source: &'a str,
    language: &'a Language,
    variables: Variables,
    names: &'a Names,
    problems: Problems,
}

impl Compiling<'_> {
    fn wrong(&mut self, span: Range<usize>, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(SettingsProblem::new(span, zh, en));
    }

    /// Whether codes can be codes, each once, and names names.
    fn codes<'s>(&mut self, (zh, en): (&str, &str), named: impl Iterator<Item = (&'s Spanned<String>, &'s str)>) {
        let mut seen = BTreeSet::new();
        for (number, (code, name)) in named.enumerate() {
            if !is_key_word(code.get_ref()) {
                self.wrong(
                    code.span(),
                    format!("{zh}代码只能用小写字母、数字和连字符"),
                    format!("a {en}'s code has lower-case letters, digits and hyphens"),
                );
            }
            if !seen.insert(code.get_ref().as_str()) {
                self.wrong(code.span(), format!("这个{zh}写了两次"), format!("there are two {en}s with this code"));
            }
            if number == MAX_RULES {
                self.wrong(code.span(), format!("{zh}超过 {MAX_RULES} 个"), format!("more than {MAX_RULES} {en}s"));
            }
            if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
                self.wrong(
                    code.span(),
                    format!("{zh}名称应为 1 到 {MAX_NAME_CHARS} 个字"),
                    format!("the name of a {en} has 1 to {MAX_NAME_CHARS} characters"),
                );
            }
        }
    }

    fn tag(&mut self, settings: &TagSettings, is_own: bool) -> Tag {
        let TagSettings { code, name, words, without, categories, when } = settings;
        if words.is_empty() && categories.is_empty() && when.is_none() {
            let (zh, en) = if is_own { ("预警", "warning") } else { ("标签", "tag") };
            let or_tag = if is_own { ("，或写 tag", ", or a tag") } else { ("", "") };
            self.wrong(
                code.span(),
                format!("这个{zh}没有规则：应写 words、categories、when 中至少一项{}", or_tag.0),
                format!("this {en} has no rule: write at least one of words, categories and when{}", or_tag.1),
            );
        }
        self.list(words, code);
        self.list(without, code);
        self.can_be_found(words, without);
        for category in categories {
            self.is_category(category);
        }
        let code = code.get_ref().clone();
        Tag {
            subject: if is_own { Subject::Own(code) } else { Subject::Tag(code) },
            name: name.clone(),
            has_words: !words.is_empty(),
            categories: categories.iter().map(|category| category.get_ref().clone()).collect(),
            when: when.as_ref().and_then(|when| self.expression(when)),
        }
    }

    fn list(&mut self, words: &[Spanned<String>], code: &Spanned<String>) {
        let mut seen = BTreeSet::new();
        for word in words {
            if word.get_ref().trim().is_empty() || word.get_ref().chars().count() > MAX_WORD_CHARS {
                self.wrong(
                    word.span(),
                    format!("词应为 1 到 {MAX_WORD_CHARS} 个字"),
                    format!("a word has 1 to {MAX_WORD_CHARS} characters"),
                );
            }
            if !seen.insert(word.get_ref().as_str()) {
                self.wrong(word.span(), "这个词写了两次", "this word is there twice");
            }
        }
        if words.len() > MAX_WORDS {
            self.wrong(
                code.span(),
                format!("一个标签或预警的词超过 {MAX_WORDS} 个"),
                format!("a list has more than {MAX_WORDS} words"),
            );
        }
    }

    /// A word in which one of those stands that keep the tag away never counts.
    fn can_be_found(&mut self, words: &[Spanned<String>], without: &[Spanned<String>]) {
        for word in words {
            let text = word.get_ref();
            let against = without.iter().map(Spanned::get_ref).find(|other| text.contains(other.as_str()));
            let Some(against) = against.filter(|against| !against.is_empty()) else { continue };
            if against == text {
                self.wrong(
                    word.span(),
                    format!("“{text}”既在 words 里又在 without 里"),
                    format!("{text:?} is both in words and in without"),
                );
            } else {
                self.wrong(
                    word.span(),
                    format!("“{text}”里有 without 的“{against}”，永远不会算数"),
                    format!("{against:?} of without stands in {text:?}, which never counts"),
                );
            }
        }
    }

    fn is_category(&mut self, category: &Spanned<String>) {
        let code = category.get_ref();
        // Of a table that cannot be read nothing is known; it has problems of its own.
        if self.names.category(code).is_none() && !self.names.categories.is_empty() {
            self.wrong(
                category.span(),
                format!("categories.csv 里没有分类 {code}"),
                format!("category {code} is not in categories.csv"),
            );
        }
    }

    fn expression(&mut self, text: &Spanned<String>) -> Option<Expression> {
        match self.language.expression(text.get_ref(), &self.variables) {
            Ok(expression) => Some(expression),
            Err(faults) => {
                let place = |fault| SettingsProblem::from_fault(fault, &text.span(), self.source);
                self.problems.extend(faults.iter().map(place));
                None
            }
        }
    }

    fn words(&mut self, tags: &[(TagSettings, bool)]) -> (Option<AhoCorasick>, Vec<Meaning>) {
        let of_tag = |(at, (tag, _)): (usize, &(TagSettings, bool))| {
            let words = tag.words.iter().map(move |word| (word.get_ref().clone(), Meaning::For(at)));
            words
                .chain(tag.without.iter().map(move |word| (word.get_ref().clone(), Meaning::Against(at))))
                .collect::<Vec<_>>()
        };
        let (words, meanings): (Vec<String>, Vec<Meaning>) = tags.iter().enumerate().flat_map(of_tag).unzip();
        if words.is_empty() {
            return (None, meanings);
        }
        match AhoCorasick::new(&words) {
            Ok(automaton) => (Some(automaton), meanings),
            Err(error) => {
                let zh = format!("词太多：{error}");
                self.wrong(0..0, zh, format!("there are too many words: {error}"));
                (None, meanings)
            }
        }
    }
}
