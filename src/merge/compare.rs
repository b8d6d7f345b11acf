//! The comparisons: each gives the level that holds for a pair, and its weight.

use std::borrow::Cow;

use super::finding::{Finding, Shown};
use super::reading::{Address, AddressLevel, BREAK, NameView, Token, agreement};
use super::search::{Corpus, Document, Query, Rarity, Shared};
use super::settings::Weights;
use crate::complaint::Division;

/// What comparing one pair found.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub findings: Vec<Finding>,
    cosine: f32,
    place: PlaceLevel,
    number: NumberLevel,
    conflicting_numbers: bool,
    swapped: bool,
    titles_agree: bool,
    near: bool,
    rare_in_common: bool,
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
    SameTitles,
}

/// Cosine from which two texts count as copies of each other.
const NEAR_COPY: f32 = 0.45;
/// Cosine below which two texts of different topics are two matters, whatever they share.
const UNLIKE: f32 = 0.1;
/// Distance up to which the place itself is something concrete in common.
const NEAR_METRES: f64 = 50.0;
/// Distance from which two points are two places, whatever the words say.
const APART_METRES: f64 = 500.0;
/// How many rare tokens two texts must share before their likeness counts: the bare name of a category is no matter.
const RARE_IN_COMMON: u32 = 2;
/// Cosine from which the text alone is something concrete in common.
const ANCHOR_COSINE: f32 = 0.4;

impl Compared {
    /// Sum of the match weights.
    pub(super) fn weight(&self) -> f64 {
        self.findings.iter().map(|finding| finding.weight).sum()
    }

    /// Whether the source itself says that the one is a repeat of the other.
    pub(super) fn is_marked(&self) -> bool {
        self.source_mark
    }

    /// Why this pair may not merge by itself however high its weight; `None` when it may.
    pub(super) fn guard(&self) -> Option<&'static str> {
        if self.source_mark {
            return None;
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
        if self.cosine >= NEAR_COPY && (self.swapped || self.conflicting_numbers) {
            return Some("near_copy_with_another_place_or_number");
        }
        let anchored = matches!(self.place, PlaceLevel::Mentioned | PlaceLevel::Same | PlaceLevel::SameTitles)
            || matches!(self.number, NumberLevel::Same | NumberLevel::SameTitles)
            || self.same_reporter
            || self.titles_agree
            || self.near
            || (self.cosine >= ANCHOR_COSINE && self.rare_in_common);
        (!anchored).then_some("nothing_concrete_in_common")
    }
}

/// Whether both complaints have points, and these are two places whatever the words say.
pub(super) fn far_apart(query: &Query<'_>, document: &Document) -> bool {
    let points = query.profile.facts.point.zip(document.facts.point);
    points.is_some_and(|(here, there)| here.metres_to(there) >= APART_METRES)
}

/// Whether two divisions are the same; `None` where one holds the other, for the one complaint only says more than the other.
pub(super) fn same_district(a: Division, b: Division) -> Option<bool> {
    match (a.holds(b), b.holds(a)) {
        (true, true) => Some(true),
        (false, false) => Some(false),
        _ => None,
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
    let (x, y) = (&query.profile.facts, &document.facts);
    let cosine = query.cosine(document, shared);
    let titles = Titles::new(query, document, corpus);
    let names = NamesInCommon::new(query, document);
    let place = names.place_level();
    let in_titles = agreement(&x.numbers, &y.numbers, true);
    let everywhere = agreement(&x.numbers, &y.numbers, false);
    let number = number_level(in_titles, everywhere);
    let same_reporter = x.reporters.iter().any(|hash| y.reporters.contains(hash));
    let source_mark = query.profile.repeat_of == Some(y.number);
    let district = x.district.zip(y.district).and_then(|(x, y)| same_district(x, y));
    let (topic, topic_differs) = topic(query, document, weights);

    let metres = x.point.zip(y.point).map(|(here, there)| here.metres_to(there));

    let mut findings = Vec::with_capacity(14);
    findings.push(text(cosine, weights));
    findings.extend(containment(query, document, shared, weights));
    findings.extend(title_findings(&titles, weights).into_iter().flatten());
    findings.extend(place_finding(place, weights));
    findings.extend(district.map(|same| match same {
        true => Finding::new("district", "same", weights.district[1], Shown::Nothing),
        false => Finding::new("district", "different", weights.district[0], Shown::Nothing),
    }));
    findings.extend(address(x.address.as_deref(), y.address.as_deref(), weights));
    findings.extend(metres.map(|metres| distance(metres, weights)));
    findings.extend(number_finding(number, weights));
    findings.extend(topic);
    if same_reporter {
        const LEVELS: [&str; 4] = ["texts_below_0.15", "texts_below_0.25", "texts_below_0.5", "texts_from_0.5"];
        let (name, weight) = level(f64::from(cosine), &[0.15, 0.25, 0.5], &weights.reporter, &LEVELS);
        findings.push(Finding::new("reporter", name, weight, Shown::Nothing));
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
        swapped: names.swapped() || titles.swapped,
        titles_agree: titles.agree(),
        near: metres.is_some_and(|metres| metres < NEAR_METRES),
        rare_in_common: shared.rare >= RARE_IN_COMMON,
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
    const LEVELS: [&str; 6] = ["below_0.05", "below_0.1", "below_0.15", "below_0.2", "below_0.5", "from_0.5"];
    let (name, weight) = level(f64::from(cosine), &[0.05, 0.1, 0.15, 0.2, 0.5], &weights.text, &LEVELS);
    Finding::new("text", name, weight, Shown::Share(cosine))
}

/// How much of the shorter complaint, by rarity, the other one contains.
fn containment(query: &Query<'_>, document: &Document, shared: &Shared, weights: &Weights) -> Option<Finding> {
    const LEVELS: [&str; 6] = ["below_0.08", "below_0.12", "below_0.17", "below_0.4", "below_0.6", "from_0.6"];
    let smaller = query.total.min(document.total);
    let share = (smaller > 0.0).then(|| (shared.weight / smaller).min(1.0))?;
    let (name, weight) = level(f64::from(share), &[0.08, 0.12, 0.17, 0.4, 0.6], &weights.containment, &LEVELS);
    Some(Finding::new("containment", name, weight, Shown::Share(share)))
}

/// One side's title, token by token, against the other complaint.
struct Title<'a> {
    tokens: &'a [Token],
    rarities: Cow<'a, [Rarity]>,
    /// Whether the other complaint has the token.
    found: Vec<bool>,
    /// Bit i is set when token i stands in its own text too.
    repeated: u64,
}

impl Title<'_> {
    /// Share of the title, by rarity, that the other complaint has; of the tokens that `counts` lets through.
    fn covered(&self, counts: impl Fn(Token, Rarity) -> bool) -> Option<f32> {
        let (mut whole, mut found) = (0.0, 0.0);
        for ((token, rarity), has) in self.tokens.iter().zip(&*self.rarities).zip(&self.found) {
            if *token != BREAK && counts(*token, *rarity) {
                whole += rarity.weight;
                found += if *has { rarity.weight } else { 0.0 };
            }
        }
        (whole > 0.0).then(|| found / whole)
    }

    /// The heaviest run of neighbouring tokens that the other complaint has, or has not: from, to, sum of rarities.
    fn run(&self, has: bool) -> (usize, usize, f32) {
        let (mut best, mut start, mut sum) = ((0, 0, 0.0), 0, 0.0);
        for (at, (token, rarity)) in self.tokens.iter().zip(&*self.rarities).enumerate() {
            if *token == BREAK || self.found.get(at) != Some(&has) {
                (start, sum) = (at + 1, 0.0);
                continue;
            }
            sum += rarity.weight;
            if sum > best.2 {
                best = (start, at + 1, sum);
            }
        }
        best
    }

    /// Whether something of the title that the other complaint lacks is what the text itself is about.
    fn insists(&self) -> bool {
        self.found.iter().take(64).enumerate().any(|(at, found)| !found && self.repeated & (1 << at) != 0)
    }
}

/// What the two titles say of each other.
struct Titles {
    /// Smaller share of a title that the other complaint has.
    both: Option<f32>,
    /// Larger share of the rare part of a title that the other complaint has.
    rare: Option<f32>,
    /// Smaller share of what is left of the titles without the name that they share.
    rest: Option<f32>,
    /// Smaller of the two heaviest runs that the other complaint lacks.
    foreign: Option<f32>,
    /// Each title insists on something that the other complaint lacks.
    swapped: bool,
}

impl Titles {
    fn new(query: &Query<'_>, document: &Document, corpus: &Corpus) -> Self {
        let has = |token: &Token| document.mentions(std::slice::from_ref(token));
        let ours = Title {
            tokens: &query.profile.title,
            rarities: Cow::Borrowed(&query.title),
            found: query.profile.title.iter().map(has).collect(),
            repeated: query.profile.repeated,
        };
        let known: Vec<Option<Rarity>> = document.title().iter().map(|token| query.rarity(*token)).collect();
        let rarity = |(token, known): (&Token, &Option<Rarity>)| match known {
            Some(known) => *known,
            None if *token == BREAK => Rarity::default(),
            None => corpus.weigh(*token),
        };
        let theirs = Title {
            tokens: document.title(),
            rarities: document.title().iter().zip(&known).map(rarity).collect(),
            found: known.iter().map(Option::is_some).collect(),
            repeated: document.repeated,
        };
        let all = |_: Token, _: Rarity| true;
        let both = ours.covered(all).zip(theirs.covered(all)).map(|(a, b)| a.min(b));
        let is_rare = |_: Token, rarity: Rarity| rarity.rare;
        let rare = [ours.covered(is_rare), theirs.covered(is_rare)].into_iter().flatten().reduce(f32::max);
        // Beyond the name that both have, is it the same problem?
        let (our_name, their_name) = (ours.run(true), theirs.run(true));
        let named: Vec<Token> =
            [ours.tokens.get(our_name.0..our_name.1), theirs.tokens.get(their_name.0..their_name.1)]
                .into_iter()
                .flatten()
                .flatten()
                .copied()
                .collect();
        let beyond = |token: Token, _: Rarity| !named.contains(&token);
        let rest = [ours.covered(beyond), theirs.covered(beyond)].into_iter().flatten().reduce(f32::min);
        let foreign =
            (!ours.tokens.is_empty() && !theirs.tokens.is_empty()).then(|| ours.run(false).2.min(theirs.run(false).2));
        Self { both, rare, rest, foreign, swapped: ours.insists() && theirs.insists() }
    }
}

impl Titles {
    /// Whether the titles say the same in rare words: as good as a name.
    fn agree(&self) -> bool {
        self.both.is_some_and(|share| share >= 0.6) && self.rare.is_some_and(|share| share >= 0.4)
    }
}

fn title_findings(titles: &Titles, weights: &Weights) -> [Option<Finding>; 4] {
    const BOTH: [&str; 7] = ["below_0.1", "below_0.2", "below_0.3", "below_0.4", "below_0.6", "below_0.8", "from_0.8"];
    const REST: [&str; 6] = ["below_0.05", "below_0.1", "below_0.2", "below_0.3", "below_0.45", "from_0.45"];
    const RARE: [&str; 4] = ["below_0.1", "below_0.25", "below_0.4", "from_0.4"];
    const FOREIGN: [&str; 4] = ["below_14", "below_20", "below_28", "from_28"];
    let both = titles.both.map(|share| {
        let (name, weight) = level(f64::from(share), &[0.1, 0.2, 0.3, 0.4, 0.6, 0.8], &weights.title_both, &BOTH);
        Finding::new("title_both", name, weight, Shown::Share(share))
    });
    let rest = titles.rest.map(|share| {
        let (name, weight) = level(f64::from(share), &[0.05, 0.1, 0.2, 0.3, 0.45], &weights.title_rest, &REST);
        Finding::new("title_rest", name, weight, Shown::Share(share))
    });
    let rare = titles.rare.map(|share| {
        let (name, weight) = level(f64::from(share), &[0.1, 0.25, 0.4], &weights.title_rare, &RARE);
        Finding::new("title_rare", name, weight, Shown::Share(share))
    });
    let foreign = titles.foreign.map(|sum| {
        let (name, weight) = level(f64::from(sum), &[14.0, 20.0, 28.0], &weights.title_foreign, &FOREIGN);
        Finding::new("title_foreign", name, weight, Shown::Nothing)
    });
    [both, rest, rare, foreign]
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

    /// Whether each title names something that the other complaint does not mention, and the two names have little in common.
    fn swapped(&self) -> bool {
        let foreign = |names: &[(NameView<'a>, bool)]| -> Vec<&'a str> {
            names.iter().filter(|(name, mentioned)| name.in_title && !mentioned).map(|(name, _)| name.core).collect()
        };
        let (ours, theirs) = (foreign(&self.ours), foreign(&self.theirs));
        ours.iter().any(|a| theirs.iter().any(|b| unlike(a, b)))
    }
}

/// Whether two names share less than half of the characters of the shorter one.
fn unlike(a: &str, b: &str) -> bool {
    let shared = a.chars().filter(|c| b.contains(*c)).count();
    shared * 2 < a.chars().count().min(b.chars().count())
}

fn place_finding(place: PlaceLevel, weights: &Weights) -> Option<Finding> {
    let (name, weight) = match place {
        PlaceLevel::Null => return None,
        PlaceLevel::DifferentTitles => ("different_in_titles", weights.place[0]),
        PlaceLevel::Different => ("different", weights.place[1]),
        PlaceLevel::Mentioned => ("mentioned", weights.place[2]),
        PlaceLevel::Same => ("same", weights.place[3]),
        PlaceLevel::SameTitles => ("same_in_titles", weights.place[4]),
    };
    Some(Finding::new("place", name, weight, Shown::Names))
}

fn address(a: Option<&Address>, b: Option<&Address>, weights: &Weights) -> Option<Finding> {
    let (name, weight) = match a?.compare(b?)? {
        AddressLevel::Different => ("different", weights.address[0]),
        AddressLevel::OtherDoor => ("other_door", weights.address[1]),
        AddressLevel::Near => ("near", weights.address[2]),
        AddressLevel::Same => ("same", weights.address[3]),
    };
    Some(Finding::new("address", name, weight, Shown::Nothing))
}

fn distance(metres: f64, weights: &Weights) -> Finding {
    const LEVELS: [&str; 4] = ["below_50_m", "below_300_m", "below_2_km", "farther"];
    let (name, weight) = level(metres, &[NEAR_METRES, 300.0, 2000.0], &weights.distance, &LEVELS);
    Finding::new("distance", name, weight, Shown::Metres(metres))
}

fn number_level(titles: (bool, bool), everywhere: (bool, bool)) -> NumberLevel {
    match (titles, everywhere) {
        ((true, false), _) => NumberLevel::SameTitles,
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
        NumberLevel::SameTitles => ("same_in_titles", weights.number[3]),
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
    let (name, weight) = if shared == 0 { ("different", weights.topic[0]) } else { ("same", weights.topic[1]) };
    (Some(Finding::new("topic", name, weight, Shown::Topics(shared))), shared == 0)
}

fn time(a: jiff::Timestamp, b: jiff::Timestamp, weights: &Weights) -> Finding {
    const LEVELS: [&str; 4] = ["below_3_days", "below_10_days", "below_90_days", "more"];
    let days = a.duration_since(b).abs().as_secs_f64() / 86_400.0;
    let (name, weight) = level(days, &[3.0, 10.0, 90.0], &weights.time, &LEVELS);
    Finding::new("time", name, weight, Shown::Days(days))
}
