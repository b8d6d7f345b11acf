//! What a city watches, checked whole: which tags a complaint bears, and what else it is that is watched.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use huiliu_expression::{Context, Evaluated, Expression, Shape, Variables};
use serde_json::json;
use toml::Spanned;

use super::alert::{AlertRule, Subject};
use super::topic::TopicRule;
use crate::city::{City, Names};
use crate::complaint::{Complaint, Kind};
use crate::ticket::{AlertKind, Route};

/// The rules by which a city marks matters. A city without `watch.toml` marks none.
#[derive(Debug, Default)]
pub struct Watch {
    /// The tags, then the warnings that have words and conditions of their own.
    pub(super) tags: Vec<Tag>,
    /// Categories that something asks for.
    pub(super) categories: BTreeSet<String>,
    pub(super) alerts: Vec<AlertRule>,
    pub(super) topics: Vec<TopicRule>,
    /// Roles that are told when topics are to be looked at again that people made.
    pub(super) topic_roles: Vec<(Spanned<String>, bool)>,
    /// All words of all tags, found in one pass (Aho and Corasick, 1975).
    pub(super) automaton: Option<AhoCorasick>,
    /// What each word means, by its number.
    pub(super) meanings: Vec<Meaning>,
}

/// What a word that stands in a complaint means for the tag at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// It calls for the tag.
    For(usize),
    /// It keeps the tag away.
    Against(usize),
}

/// One tag, or what a warning looks for.
#[derive(Debug)]
pub(super) struct Tag {
    pub subject: Subject,
    pub name: String,
    pub has_words: bool,
    pub categories: BTreeSet<String>,
    pub when: Option<Expression>,
}

impl Watch {
    /// Whether there is no tag, and nothing else that is looked for in complaints.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Names of the tags by their codes.
    #[must_use]
    pub fn names(&self) -> HashMap<String, String> {
        let named = |tag: &Tag| match &tag.subject {
            Subject::Tag(code) => Some((code.clone(), tag.name.clone())),
            Subject::Category(_) | Subject::Own(_) => None,
        };
        self.tags.iter().filter_map(named).collect()
    }

    /// The surges, then the warnings.
    #[must_use]
    pub fn alerts(&self) -> &[AlertRule] {
        &self.alerts
    }

    /// The rule of an alert.
    #[must_use]
    pub fn alert(&self, kind: AlertKind, code: &str) -> Option<&AlertRule> {
        self.alerts.iter().find(|rule| rule.kind == kind && rule.code == code)
    }

    /// Codes of the tags that a complaint with this route bears.
    #[must_use]
    pub fn tags(&self, complaint: &Complaint, route: &Route) -> BTreeSet<String> {
        let code = |subject: &Subject| match subject {
            Subject::Tag(code) => Some(code.clone()),
            Subject::Category(_) | Subject::Own(_) => None,
        };
        self.found(complaint, route).into_iter().filter_map(code).collect()
    }

    /// What of all that is watched a complaint with this route is about. A confidential one is counted and told nowhere.
    #[must_use]
    pub fn subjects(&self, complaint: &Complaint, route: &Route) -> Vec<Subject> {
        if complaint.reporter.confidential {
            return Vec::new();
        }
        let category = self.categories.get(&route.category).map(|code| Subject::Category(code.clone()));
        self.found(complaint, route).into_iter().cloned().chain(category).collect()
    }

    fn found(&self, complaint: &Complaint, route: &Route) -> Vec<&Subject> {
        if self.is_empty() {
            return Vec::new();
        }
        let said: BTreeSet<Meaning> =
            [&complaint.title, &complaint.text].into_iter().flat_map(|text| self.meanings_in(text)).collect();
        // Expressions are few: what they know is made where the first is asked.
        let mut facts = None;
        let mut bears = |(at, tag): &(usize, &Tag)| {
            (!tag.has_words || said.contains(&Meaning::For(*at)))
                && !said.contains(&Meaning::Against(*at))
                && (tag.categories.is_empty() || tag.categories.contains(&route.category))
                && tag
                    .when
                    .as_ref()
                    .is_none_or(|when| is_true(when, facts.get_or_insert_with(|| facts_of(complaint, route))))
        };
        self.tags.iter().enumerate().filter(|tag| bears(tag)).map(|(_, tag)| &tag.subject).collect()
    }

    fn meanings_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Meaning> + 'a {
        let hits = self.automaton.iter().flat_map(move |words| words.find_overlapping_iter(text));
        hits.filter_map(|hit| self.meanings.get(hit.pattern().as_usize()).copied())
    }

    /// What expressions of `watch.toml` know: nothing of the citizen.
    pub(super) fn variables(city: &City, names: &Names) -> Variables {
        let words = |words: Vec<String>| if words.is_empty() { Shape::Single } else { Shape::OneOf(words) };
        let codes = |named: &HashMap<String, String>| named.keys().cloned().collect::<Vec<_>>();
        let mut districts = codes(&names.districts);
        districts.push(city.code.clone());
        let grades = city.grades.iter().map(|grade| grade.code.get_ref().clone()).collect();
        let kinds = Kind::ALL.iter().map(|(.., wire)| (*wire).to_owned()).collect();
        let complaint = Shape::of_singles([
            "title",
            "text",
            "channel",
            "category",
            "urgency",
            "district",
            "street",
            "community",
            "address",
        ])
        .with("kind", words(kinds));
        let route = Shape::of_singles([])
            .with("category", words(codes(&names.categories)))
            .with("district", words(districts))
            .with("department", words(codes(&names.departments)))
            .with("grade", words(grades));
        Variables::default().with("complaint", complaint).with("route", route)
    }
}

fn facts_of(complaint: &Complaint, route: &Route) -> Context {
    let place = &complaint.place;
    let said = json!({
        "title": complaint.title, "text": complaint.text, "channel": complaint.channel, "kind": complaint.kind.wire(),
        "category": complaint.category_hint, "urgency": complaint.urgency_hint,
        "district": place.district, "street": place.street, "community": place.community, "address": place.address,
    });
    let route = json!({
        "category": route.category, "district": route.district, "department": route.department, "grade": route.grade,
    });
    Context::new([("complaint", &said), ("route", &route)])
}

/// Whether a condition holds; one that fails on what it meets does not.
fn is_true(when: &Expression, facts: &Context) -> bool {
    when.eval(facts).and_then(Evaluated::understood).is_ok_and(|value| value.is_true())
}
