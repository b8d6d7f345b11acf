//! Comparing one pair: which level of each comparison holds.

mod guarded;
mod places;
mod titles;

use super::comparison::{CATEGORIES, Comparison, DistrictLevel, NEAR_M, NumberLevel, PlaceLevel, TopicLevel};
use super::finding::{Finding, Shown};
use super::reading::{Facts, agreement};
use super::search::{Corpus, Document, Query, Shared};
use super::weights::Weights;

pub(super) use guarded::guard_of;
pub(super) use places::{district_level, far_apart};

use places::NamesInCommon;
use titles::Titles;

/// What comparing one pair found.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub findings: Vec<Finding>,
    pub cosine: f32,
    pub place: Option<PlaceLevel>,
    pub number: Option<NumberLevel>,
    /// Some building or line number differs, wherever it stands.
    pub conflicting_numbers: bool,
    /// Each side insists on a name, or on words of its title, that the other lacks.
    pub swapped: bool,
    pub titles_agree: bool,
    /// The points are less than [`NEAR_M`] apart.
    pub near: bool,
    /// How many rare tokens both have.
    pub rare_in_common: u32,
    pub district_differs: bool,
    pub topic_differs: bool,
    pub same_reporter: bool,
    /// The source itself says that the one is a repeat of the other.
    pub source_mark: bool,
}

impl Compared {
    /// Sum of the match weights (log2).
    pub(super) fn weight(&self) -> f64 {
        self.findings.iter().map(|finding| finding.weight).sum()
    }
}

/// Compares a new complaint with an open one; `shared` is what they share.
pub(super) fn compare(
    query: &Query<'_>,
    document: &Document,
    shared: &Shared,
    corpus: &Corpus,
    weights: &Weights,
) -> Compared {
    let (ours, theirs) = (&*query.profile.facts, &*document.facts);
    let cosine = query.cosine(document, shared);
    let titles = Titles::new(query, document, corpus);
    let names = NamesInCommon::new(query, document);
    let place = names.place_level();
    let everywhere = agreement(&ours.numbers, &theirs.numbers, false);
    let number = number_level(agreement(&ours.numbers, &theirs.numbers, true), everywhere);
    let district = district_level(ours, theirs);
    let topic = topic_level(ours, theirs);
    let metres = places::metres(ours, theirs);
    let same_reporter = ours.reporters.iter().any(|hash| theirs.reporters.contains(hash));
    let source_mark = query.profile.repeat_of == Some(theirs.number);

    let mut findings = Vec::with_capacity(Comparison::ALL.len());
    findings.extend(Finding::measured(Comparison::Text, f64::from(cosine), weights, Shown::Share(cosine)));
    findings.extend(containment(query, document, shared, weights));
    findings.extend(titles.findings(weights));
    findings.extend(place.and_then(|level| places::place(level, weights)));
    findings.extend(district.and_then(|level| places::district(level, weights)));
    findings.extend(places::address(ours, theirs, weights));
    findings.extend(metres.and_then(|metres| places::distance(metres, weights)));
    findings.extend(number.and_then(|level| number_finding(level, weights)));
    findings.extend(topic_finding(topic, ours, theirs, weights));
    if same_reporter {
        findings.extend(Finding::measured(Comparison::Reporter, f64::from(cosine), weights, Shown::Nothing));
    }
    if source_mark {
        findings.extend(Finding::new(Comparison::SourceMark, 0, weights, Shown::Nothing));
    }
    findings.extend(time(ours, theirs, weights));
    Compared {
        findings,
        cosine,
        place,
        number,
        conflicting_numbers: everywhere.1,
        swapped: names.swapped() || titles.swapped,
        titles_agree: titles.agree(),
        near: metres.is_some_and(|metres| metres < NEAR_M),
        rare_in_common: shared.rare,
        district_differs: district == Some(DistrictLevel::Different),
        topic_differs: topic == Some(TopicLevel::Different),
        same_reporter,
        source_mark,
    }
}

/// How much of the shorter complaint, by rarity, the other one contains.
fn containment(query: &Query<'_>, document: &Document, shared: &Shared, weights: &Weights) -> Option<Finding> {
    let smaller = query.total.min(document.total);
    let share = (smaller > 0.0).then(|| (shared.weight / smaller).min(1.0))?;
    Finding::measured(Comparison::Containment, f64::from(share), weights, Shown::Share(share))
}

/// The level by whether some number agrees and whether some conflicts, in the titles and everywhere.
fn number_level(titles: (bool, bool), everywhere: (bool, bool)) -> Option<NumberLevel> {
    match (titles, everywhere) {
        ((true, false), _) => Some(NumberLevel::SameInTitles),
        ((false, true), _) => Some(NumberLevel::DifferentInTitles),
        (_, (true, false)) => Some(NumberLevel::Same),
        (_, (false, true)) => Some(NumberLevel::Different),
        _ => None,
    }
}

fn number_finding(level: NumberLevel, weights: &Weights) -> Option<Finding> {
    Finding::new(Comparison::Number, level as usize, weights, Shown::Nothing)
}

/// Whether the topics are the same; `None` where a side has none.
fn topic_level(ours: &Facts, theirs: &Facts) -> Option<TopicLevel> {
    let known = ours.topics != 0 && theirs.topics != 0;
    known.then_some(if ours.topics & theirs.topics == 0 { TopicLevel::Different } else { TopicLevel::Same })
}

/// The topics, or the categories where a side has no topic.
fn topic_finding(topic: Option<TopicLevel>, ours: &Facts, theirs: &Facts, weights: &Weights) -> Option<Finding> {
    if let Some(level) = topic {
        let shown = Shown::Topics(ours.topics & theirs.topics);
        return Finding::new(Comparison::Topic, level as usize, weights, shown);
    }
    let (ours, theirs) = ours.category.zip(theirs.category)?;
    let level = if ours == theirs { TopicLevel::Same } else { TopicLevel::Different };
    let finding = Finding::new(Comparison::Topic, level as usize, weights, Shown::Nothing)?;
    Some(finding.said_as(CATEGORIES.get(level as usize)?))
}

fn time(ours: &Facts, theirs: &Facts, weights: &Weights) -> Option<Finding> {
    let days = ours.at.duration_since(theirs.at).abs().as_secs_f64() / 86_400.0;
    Finding::measured(Comparison::Time, days, weights, Shown::Days(days))
}
