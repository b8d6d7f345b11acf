//! The comparisons: each gives the level that holds for a pair, and its weight.

use super::finding::{Finding, Shown};
use super::reading::{NameView, agreement};
use super::search::{Corpus, Document, Query, Weighed};
use super::settings::Weights;
use crate::complaint::Point;

/// What comparing one pair found.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub findings: Vec<Finding>,
    cosine: f32,
    place: PlaceLevel,
    number: NumberLevel,
    conflicting_numbers: bool,
    each_names_another: bool,
    titles_name_others: bool,
    district_differs: bool,
    topic_differs: bool,
    same_reporter: bool,
    source_mark: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlaceLevel {
    Null,
    Different,
    DifferentTitles,
    Mentioned,
    Same,
    SameTitles,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberLevel {
    Null,
    DifferentTitles,
    Different,
    Same,
}

/// Cosine from which two texts count as copies of each other.
const NEAR_COPY: f32 = 0.65;
/// Cosine below which two texts of different topics are two matters, whatever they share.
const UNLIKE: f32 = 0.45;
/// Cosine from which the text alone is something concrete in common.
const ANCHOR_COSINE: f32 = 0.45;

impl Compared {
    /// Sum of the match weights.
    pub(super) fn weight(&self) -> f64 {
        self.findings.iter().map(|finding| finding.weight).sum()
    }

    /// Why this pair may not merge by itself however high its weight; `None` when it may.
    pub(super) fn guard(&self) -> Option<&'static str> {
        if self.source_mark {
            return None;
        }
        if self.place == PlaceLevel::DifferentTitles || self.titles_name_others {
            return Some("two_titles_name_different_places");
        }
        if self.number == NumberLevel::DifferentTitles {
            return Some("two_titles_have_different_numbers");
        }
        if self.district_differs {
            return Some("different_districts");
        }
        if self.topic_differs && self.cosine < UNLIKE {
            return Some("same_surroundings_but_another_topic");
        }
        if self.cosine >= NEAR_COPY && (self.each_names_another || self.conflicting_numbers) {
            return Some("near_copy_with_another_place_or_number");
        }
        let anchored = matches!(self.place, PlaceLevel::Mentioned | PlaceLevel::Same | PlaceLevel::SameTitles)
            || self.number == NumberLevel::Same
            || self.same_reporter
            || self.cosine >= ANCHOR_COSINE;
        (!anchored).then_some("nothing_concrete_in_common")
    }
}

/// Compares a new complaint with an open one.
pub(super) fn compare(query: &Query<'_>, document: &Document, corpus: &Corpus, weights: &Weights) -> Compared {
    let (x, y) = (&query.profile.facts, &document.facts);
    let shared = query.shared_with(document);
    let cosine = query.cosine(document, &shared);
    let names = NamesInCommon::new(query, document);
    let place = names.place_level();
    let titles = agreement(&x.numbers, &y.numbers, true);
    let everywhere = agreement(&x.numbers, &y.numbers, false);
    let number = number_level(titles, everywhere);
    let same_reporter = x.reporters.iter().any(|hash| y.reporters.contains(hash));
    let source_mark = query.profile.repeat_of == Some(y.number);
    let district = x.district.zip(y.district).map(|(x, y)| x == y);
    let (topic, topic_differs) = topic(query, document, weights);

    let mut findings = Vec::with_capacity(12);
    findings.push(text(cosine, weights));
    findings.extend(title_findings(query, document, &shared, corpus, weights).into_iter().flatten());
    findings.extend(place_finding(place, weights));
    findings.extend(district.map(|same| match same {
        true => Finding::new("district", "same", weights.district[1], Shown::Nothing),
        false => Finding::new("district", "different", weights.district[0], Shown::Nothing),
    }));
    findings.extend(address(x.address.as_deref(), y.address.as_deref(), weights));
    findings.extend(distance(x.point, y.point, weights));
    findings.extend(number_finding(number, weights));
    findings.extend(topic);
    if same_reporter {
        findings.push(Finding::new("reporter", "same", weights.reporter, Shown::Nothing));
    }
    if source_mark {
        findings.push(Finding::new("source_mark", "marked", weights.source_mark, Shown::Nothing));
    }
    findings.push(time(x.at, y.at, weights));
    Compared {
        findings,
        cosine,
        place,
        number,
        conflicting_numbers: everywhere.1,
        each_names_another: names.each_names_another(),
        titles_name_others: names.titles_name_others(),
        district_differs: district == Some(false),
        topic_differs,
        same_reporter,
        source_mark,
    }
}

/// The first level whose upper bound is above the value.
fn level<const N: usize>(
    value: f64,
    bounds: &[f64],
    weights: &[f64; N],
    names: &[&'static str; N],
) -> (&'static str, f64) {
    let at = bounds.iter().take_while(|bound| value >= **bound).count();
    (names.get(at).copied().unwrap_or_default(), weights.get(at).copied().unwrap_or_default())
}

fn text(cosine: f32, weights: &Weights) -> Finding {
    const LEVELS: [&str; 7] =
        ["below_0.1", "below_0.2", "below_0.3", "below_0.45", "below_0.65", "below_0.85", "from_0.85"];
    let (name, weight) = level(f64::from(cosine), &[0.1, 0.2, 0.3, 0.45, 0.65, 0.85], &weights.text, &LEVELS);
    Finding::new("text", name, weight, Shown::Share(cosine))
}

/// The share of each title, by rarity, that the other complaint contains.
fn title_findings(
    query: &Query<'_>,
    document: &Document,
    shared: &[Weighed],
    corpus: &Corpus,
    weights: &Weights,
) -> [Option<Finding>; 2] {
    const BOTH: [&str; 5] = ["below_0.2", "below_0.4", "below_0.6", "below_0.8", "from_0.8"];
    const ONE: [&str; 4] = ["below_0.2", "below_0.4", "below_0.6", "from_0.6"];
    let ours: f32 = shared
        .iter()
        .filter(|token| query.profile.title.binary_search(&token.token).is_ok())
        .map(|token| token.rarity)
        .sum();
    let ours = (query.title_rarity > 0.0).then(|| ours / query.title_rarity);
    let (mut whole, mut found) = (0.0, 0.0);
    for token in &*document.title {
        let rarity = corpus.rarity(*token);
        whole += rarity;
        if query.profile.tokens.binary_search(token).is_ok() {
            found += rarity;
        }
    }
    let theirs = (whole > 0.0).then(|| found / whole);
    let both = ours.zip(theirs).map(|(ours, theirs)| {
        let smaller = ours.min(theirs);
        let (name, weight) = level(f64::from(smaller), &[0.2, 0.4, 0.6, 0.8], &weights.title_both, &BOTH);
        Finding::new("title_both", name, weight, Shown::Share(smaller))
    });
    let one = ours.into_iter().chain(theirs).reduce(f32::max).map(|larger| {
        let (name, weight) = level(f64::from(larger), &[0.2, 0.4, 0.6], &weights.title_one, &ONE);
        Finding::new("title_one", name, weight, Shown::Share(larger))
    });
    [both, one]
}

/// Which names of each side the other side mentions.
struct NamesInCommon<'a> {
    ours: Vec<(NameView<'a>, bool)>,
    theirs: Vec<(NameView<'a>, bool)>,
}

impl<'a> NamesInCommon<'a> {
    fn new(query: &Query<'a>, document: &'a Document) -> Self {
        let profile = query.profile;
        let ours = profile.facts.names.iter().zip(&query.name_tokens);
        let ours = ours.map(|(name, tokens)| (name, document.mentions(tokens))).collect();
        let theirs = document.facts.names.iter().map(|name| (name, profile.flat.contains(name.called()))).collect();
        Self { ours, theirs }
    }

    fn place_level(&self) -> PlaceLevel {
        let of = |names: &[(NameView<'a>, bool)]| {
            names.iter().filter(|(name, _)| name.specific).copied().collect::<Vec<_>>()
        };
        let (ours, theirs) = (of(&self.ours), of(&self.theirs));
        let in_title = |names: &[(NameView<'a>, bool)]| names.iter().any(|(name, _)| name.in_title);
        let mentioned = |names: &[(NameView<'a>, bool)]| names.iter().any(|(_, mentioned)| *mentioned);
        if ours.is_empty() || theirs.is_empty() {
            let named = if ours.is_empty() { &theirs } else { &ours };
            return if in_title(named) && mentioned(named) { PlaceLevel::Mentioned } else { PlaceLevel::Null };
        }
        let titles = in_title(&ours) && in_title(&theirs);
        if ours.iter().any(|(x, _)| theirs.iter().any(|(y, _)| x.is_same(y))) {
            return if titles { PlaceLevel::SameTitles } else { PlaceLevel::Same };
        }
        match (mentioned(&ours), mentioned(&theirs)) {
            (true, true) => PlaceLevel::Same,
            (true, false) | (false, true) => PlaceLevel::Mentioned,
            (false, false) if titles => PlaceLevel::DifferentTitles,
            (false, false) => PlaceLevel::Different,
        }
    }

    /// Whether each side names something that the other does not mention at all.
    fn each_names_another(&self) -> bool {
        let foreign = |names: &[(NameView<'a>, bool)]| names.iter().any(|(_, mentioned)| !mentioned);
        foreign(&self.ours) && foreign(&self.theirs)
    }

    /// Whether each title names a place that the other complaint does not mention at all, even if they share another name.
    fn titles_name_others(&self) -> bool {
        let foreign = |names: &[(NameView<'a>, bool)]| {
            names.iter().any(|(name, mentioned)| name.specific && name.in_title && !mentioned)
        };
        foreign(&self.ours) && foreign(&self.theirs)
    }
}

fn place_finding(place: PlaceLevel, weights: &Weights) -> Option<Finding> {
    let (name, weight) = match place {
        PlaceLevel::Null => return None,
        PlaceLevel::Different | PlaceLevel::DifferentTitles => ("different", weights.place[0]),
        PlaceLevel::Mentioned => ("mentioned", weights.place[1]),
        PlaceLevel::Same => ("same", weights.place[2]),
        PlaceLevel::SameTitles => ("same_in_titles", weights.place[3]),
    };
    Some(Finding::new("place", name, weight, Shown::Names))
}

fn address(a: Option<&str>, b: Option<&str>, weights: &Weights) -> Option<Finding> {
    let similarity = strsim::jaro_winkler(a?, b?);
    let (name, weight) = match similarity {
        s if s >= 0.9 => ("same", weights.address[2]),
        s if s >= 0.75 => ("near", weights.address[1]),
        s if s < 0.5 => ("different", weights.address[0]),
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1 that is shown in percent")]
    let share = similarity as f32;
    Some(Finding::new("address", name, weight, Shown::Share(share)))
}

fn distance(a: Option<Point>, b: Option<Point>, weights: &Weights) -> Option<Finding> {
    const LEVELS: [&str; 4] = ["below_50_m", "below_300_m", "below_2_km", "farther"];
    let metres = metres_between(a?, b?);
    let (name, weight) = level(metres, &[50.0, 300.0, 2000.0], &weights.distance, &LEVELS);
    Some(Finding::new("distance", name, weight, Shown::Metres(metres)))
}

/// Haversine distance on a sphere of radius 6,371 km.
fn metres_between(a: Point, b: Point) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lng = (b.lng - a.lng).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lng.sin().powi(2);
    2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
}

fn number_level(titles: (bool, bool), everywhere: (bool, bool)) -> NumberLevel {
    match (titles, everywhere) {
        ((true, false), _) => NumberLevel::Same,
        ((false, true), _) => NumberLevel::DifferentTitles,
        (_, (true, false)) => NumberLevel::Same,
        (_, (false, true)) => NumberLevel::Different,
        _ => NumberLevel::Null,
    }
}

fn number_finding(number: NumberLevel, weights: &Weights) -> Option<Finding> {
    let (name, weight) = match number {
        NumberLevel::Null => return None,
        NumberLevel::DifferentTitles => ("different_in_titles", weights.number[0]),
        NumberLevel::Different => ("different", weights.number[1]),
        NumberLevel::Same => ("same", weights.number[2]),
    };
    Some(Finding::new("number", name, weight, Shown::Nothing))
}

/// The topics, or the categories where one side tells no topic; and whether the topics differ.
fn topic(query: &Query<'_>, document: &Document, weights: &Weights) -> (Option<Finding>, bool) {
    let (x, y) = (&query.profile.facts, &document.facts);
    if x.topics == 0 || y.topics == 0 {
        let finding = x.category.zip(y.category).map(|(x, y)| match x == y {
            true => Finding::new("topic", "same_category", weights.topic[1], Shown::Nothing),
            false => Finding::new("topic", "different_category", weights.topic[0], Shown::Nothing),
        });
        return (finding, false);
    }
    let shared = x.topics & y.topics;
    let all = (x.topics | y.topics).count_ones();
    let (name, weight) = match shared.count_ones() {
        0 => ("different", weights.topic[0]),
        n if n * 10 >= all * 6 => ("same", weights.topic[2]),
        _ => ("partly", weights.topic[1]),
    };
    (Some(Finding::new("topic", name, weight, Shown::Topics(shared))), shared == 0)
}

fn time(a: jiff::Timestamp, b: jiff::Timestamp, weights: &Weights) -> Finding {
    const LEVELS: [&str; 4] = ["below_3_days", "below_30_days", "below_90_days", "more"];
    let days = a.duration_since(b).abs().as_secs_f64() / 86_400.0;
    let (name, weight) = level(days, &[3.0, 30.0, 90.0], &weights.time, &LEVELS);
    Finding::new("time", name, weight, Shown::Days(days))
}
