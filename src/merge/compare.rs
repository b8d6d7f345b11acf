//! The comparisons: each gives the level that holds for a pair, its weight, and a sentence that says why.

use std::collections::BTreeSet;

use super::evidence::Contribution;
use super::index::Document;
use super::lexicon::lexicon;
use super::names::Name;
use super::numbers::Numbers;
use super::settings::Weights;
use crate::complaint::Point;

/// What comparing one pair found.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub contributions: Vec<Contribution>,
    pub cosine: f64,
    place: PlaceLevel,
    number: NumberLevel,
    district_differs: bool,
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

impl Compared {
    /// Sum of the match weights.
    pub(super) fn weight(&self) -> f64 {
        self.contributions.iter().map(|contribution| contribution.weight).sum()
    }

    /// Why this pair may not merge by itself however high its weight; `None` when it may.
    pub(super) fn guard(&self, a: &Document, b: &Document) -> Option<&'static str> {
        if self.source_mark {
            return None;
        }
        if self.place == PlaceLevel::DifferentTitles || titles_name_others(a, b) {
            return Some("two_titles_name_different_places");
        }
        if self.number == NumberLevel::DifferentTitles {
            return Some("two_titles_have_different_numbers");
        }
        if self.district_differs {
            return Some("different_districts");
        }
        let another_topic =
            self.contributions.iter().any(|found| found.comparison == "topic" && found.level == "different");
        if another_topic && self.cosine < UNLIKE {
            return Some("same_surroundings_but_another_topic");
        }
        if self.cosine >= NEAR_COPY
            && (each_names_another(a, b) || numbers_conflict(&a.profile.numbers, &b.profile.numbers))
        {
            return Some("near_copy_with_another_place_or_number");
        }
        let anchored = matches!(self.place, PlaceLevel::Mentioned | PlaceLevel::Same | PlaceLevel::SameTitles)
            || self.number == NumberLevel::Same
            || self.same_reporter
            || self.cosine >= ANCHOR_COSINE;
        (!anchored).then_some("nothing_concrete_in_common")
    }
}

/// Cosine from which two texts count as copies of each other.
const NEAR_COPY: f64 = 0.65;
/// Cosine below which two texts of different topics are two matters, whatever they share.
const UNLIKE: f64 = 0.45;
/// Cosine from which the text alone is something concrete in common.
const ANCHOR_COSINE: f64 = 0.45;

/// Compares a new complaint `a` with an open one `b`.
pub(super) fn compare(a: &Document, b: &Document, cosine: f64, weights: &Weights) -> Compared {
    let place = place_level(a, b);
    let number = number_level(a, b);
    let (x, y) = (&a.profile, &b.profile);
    let same_reporter = x.reporter_hashes.iter().any(|hash| y.reporter_hashes.contains(hash));
    let source_mark = x.duplicate_mark.as_deref().is_some_and(|mark| x.number.0 == y.number.0 && mark == y.number.1);
    let district = x.district.as_ref().zip(y.district.as_ref()).map(|(x, y)| x == y);
    let mut contributions = vec![text(cosine, weights)];
    contributions.extend(titles(a, b, weights));
    contributions.extend(place_contribution(place, a, b, weights));
    contributions.extend(district.map(|same| {
        if same {
            contribution("district", "same", weights.district[1], "同一区划", "same district")
        } else {
            contribution("district", "different", weights.district[0], "区划不同", "different districts")
        }
    }));
    contributions.extend(address(x.address.as_deref(), y.address.as_deref(), weights));
    contributions.extend(distance(x.point, y.point, weights));
    contributions.extend(number_contribution(number, weights));
    contributions.extend(topic(a, b, weights));
    if same_reporter {
        contributions.push(contribution("reporter", "same", weights.reporter, "同一诉求人", "same reporter"));
    }
    if source_mark {
        contributions.push(contribution(
            "source_mark",
            "marked",
            weights.source_mark,
            "来源标记为同一件的重复",
            "marked by the source as a repeat",
        ));
    }
    contributions.push(time(a, b, weights));
    Compared {
        contributions,
        cosine,
        place,
        number,
        district_differs: district == Some(false),
        same_reporter,
        source_mark,
    }
}

fn contribution(
    comparison: &'static str,
    level: &'static str,
    weight: f64,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Contribution {
    Contribution { comparison: comparison.to_owned(), level: level.to_owned(), weight, zh: zh.into(), en: en.into() }
}

/// The first level whose upper bound is above the value.
fn level<const N: usize>(value: f64, bounds: &[f64], weights: &[f64; N]) -> (usize, f64) {
    let at = bounds.iter().take_while(|bound| value >= **bound).count();
    (at, weights.get(at).copied().unwrap_or_default())
}

fn text(cosine: f64, weights: &Weights) -> Contribution {
    const LEVELS: [&str; 7] =
        ["below_0.1", "below_0.2", "below_0.3", "below_0.45", "below_0.65", "below_0.85", "from_0.85"];
    let (at, weight) = level(cosine, &[0.1, 0.2, 0.3, 0.45, 0.65, 0.85], &weights.text);
    let percent = cosine * 100.0;
    contribution(
        "text",
        LEVELS.get(at).copied().unwrap_or_default(),
        weight,
        format!("正文相似 {percent:.0}%"),
        format!("texts {percent:.0} % alike"),
    )
}

/// The share of each title, by rarity, that the other complaint contains.
fn titles(a: &Document, b: &Document, weights: &Weights) -> Vec<Contribution> {
    const BOTH: [&str; 5] = ["below_0.2", "below_0.4", "below_0.6", "below_0.8", "from_0.8"];
    const ONE: [&str; 4] = ["below_0.2", "below_0.4", "below_0.6", "from_0.6"];
    let (ab, ba) = (title_cover(a, b), title_cover(b, a));
    let mut found = Vec::new();
    if let (Some(ab), Some(ba)) = (ab, ba) {
        let (at, weight) = level(ab.min(ba), &[0.2, 0.4, 0.6, 0.8], &weights.title_both);
        let percent = ab.min(ba) * 100.0;
        found.push(contribution(
            "title_both",
            BOTH.get(at).copied().unwrap_or_default(),
            weight,
            format!("两个标题互相覆盖至少 {percent:.0}%"),
            format!("each title covers the other by at least {percent:.0} %"),
        ));
    }
    if let Some(larger) = ab.into_iter().chain(ba).reduce(f64::max) {
        let (at, weight) = level(larger, &[0.2, 0.4, 0.6], &weights.title_one);
        let percent = larger * 100.0;
        found.push(contribution(
            "title_one",
            ONE.get(at).copied().unwrap_or_default(),
            weight,
            format!("一个标题在另一件中出现 {percent:.0}%"),
            format!("one title occurs in the other complaint by {percent:.0} %"),
        ));
    }
    found
}

fn title_cover(a: &Document, b: &Document) -> Option<f64> {
    let rarity = |id: &u32| a.idf.get(id).copied().unwrap_or_default();
    let whole: f64 = a.title.iter().map(rarity).sum();
    let shared: f64 = a.title.iter().filter(|id| b.vector.contains_key(id)).map(rarity).sum();
    (whole > 0.0).then(|| shared / whole)
}

fn place_level(a: &Document, b: &Document) -> PlaceLevel {
    let (x, y) = (&a.profile, &b.profile);
    let mentions = |names: &[Name], flat: &str| names.iter().any(|name| flat.contains(&name.core));
    if x.specific.is_empty() || y.specific.is_empty() {
        let (named, other) = if x.specific.is_empty() { (y, x) } else { (x, y) };
        let weak = named.specific_in_title && mentions(&named.specific, &other.flat);
        return if weak { PlaceLevel::Mentioned } else { PlaceLevel::Null };
    }
    let in_titles = x.specific_in_title && y.specific_in_title;
    if x.specific.iter().any(|n| y.specific.iter().any(|m| same_core(&n.core, &m.core))) {
        return if in_titles { PlaceLevel::SameTitles } else { PlaceLevel::Same };
    }
    match (mentions(&x.specific, &y.flat), mentions(&y.specific, &x.flat)) {
        (true, true) => PlaceLevel::Same,
        (true, false) | (false, true) => PlaceLevel::Mentioned,
        (false, false) if in_titles => PlaceLevel::DifferentTitles,
        (false, false) => PlaceLevel::Different,
    }
}

fn same_core(a: &str, b: &str) -> bool {
    let contained = |part: &str, whole: &str| part.chars().count() >= 3 && whole.contains(part);
    a == b || contained(a, b) || contained(b, a)
}

fn place_contribution(place: PlaceLevel, a: &Document, b: &Document, weights: &Weights) -> Option<Contribution> {
    let shown = |document: &Document| {
        document.profile.specific.iter().map(|name| name.full.as_str()).collect::<Vec<_>>().join("、")
    };
    let (x, y) = (shown(a), shown(b));
    let named = if x.is_empty() { &y } else { &x };
    Some(match place {
        PlaceLevel::Null => return None,
        PlaceLevel::Different | PlaceLevel::DifferentTitles => contribution(
            "place",
            "different",
            weights.place[0],
            format!("地点不同：{x} / {y}"),
            format!("different places: {x} / {y}"),
        ),
        PlaceLevel::Mentioned => contribution(
            "place",
            "mentioned",
            weights.place[1],
            format!("一方提到对方的地点：{named}"),
            format!("one mentions the other's place: {named}"),
        ),
        PlaceLevel::Same => contribution(
            "place",
            "same",
            weights.place[2],
            format!("同一地点：{named}"),
            format!("same place: {named}"),
        ),
        PlaceLevel::SameTitles => contribution(
            "place",
            "same_in_titles",
            weights.place[3],
            format!("标题同一地点：{named}"),
            format!("same place in both titles: {named}"),
        ),
    })
}

fn address(a: Option<&str>, b: Option<&str>, weights: &Weights) -> Option<Contribution> {
    let similarity = strsim::jaro_winkler(a?, b?);
    let percent = similarity * 100.0;
    let (zh, en) = (format!("地址相似 {percent:.0}%"), format!("addresses {percent:.0} % alike"));
    match similarity {
        s if s >= 0.9 => Some(contribution("address", "same", weights.address[2], zh, en)),
        s if s >= 0.75 => Some(contribution("address", "near", weights.address[1], zh, en)),
        s if s < 0.5 => Some(contribution("address", "different", weights.address[0], zh, en)),
        _ => None,
    }
}

fn distance(a: Option<Point>, b: Option<Point>, weights: &Weights) -> Option<Contribution> {
    const LEVELS: [&str; 4] = ["below_50_m", "below_300_m", "below_2_km", "farther"];
    let metres = metres_between(a?, b?);
    let (at, weight) = level(metres, &[50.0, 300.0, 2000.0], &weights.distance);
    Some(contribution(
        "distance",
        LEVELS.get(at).copied().unwrap_or_default(),
        weight,
        format!("相距约 {metres:.0} 米"),
        format!("about {metres:.0} m apart"),
    ))
}

/// Haversine distance on a sphere of radius 6,371 km.
fn metres_between(a: Point, b: Point) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lng = (b.lng - a.lng).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lng.sin().powi(2);
    2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
}

fn number_level(a: &Document, b: &Document) -> NumberLevel {
    match agreement(&a.profile.title_numbers, &b.profile.title_numbers) {
        (true, false) => return NumberLevel::Same,
        (false, true) => return NumberLevel::DifferentTitles,
        _ => {}
    }
    match agreement(&a.profile.numbers, &b.profile.numbers) {
        (true, false) => NumberLevel::Same,
        (false, true) => NumberLevel::Different,
        _ => NumberLevel::Null,
    }
}

/// Whether some unit agrees and whether some unit conflicts.
fn agreement(a: &Numbers, b: &Numbers) -> (bool, bool) {
    let mut found = (false, false);
    for (unit, values) in a {
        match b.get(unit) {
            Some(others) if values.is_disjoint(others) => found.1 = true,
            Some(_) => found.0 = true,
            None => {}
        }
    }
    found
}

fn numbers_conflict(a: &Numbers, b: &Numbers) -> bool {
    agreement(a, b).1
}

/// Whether each title names a place that the other complaint does not mention at all, even if they share another name.
fn titles_name_others(a: &Document, b: &Document) -> bool {
    let foreign = |x: &Document, y: &Document| {
        x.profile.specific_in_title && x.profile.specific.iter().any(|name| !y.profile.flat.contains(&name.core))
    };
    foreign(a, b) && foreign(b, a)
}

/// Whether each side names something that the other does not mention at all.
fn each_names_another(a: &Document, b: &Document) -> bool {
    let foreign = |x: &Document, y: &Document| x.profile.names.iter().any(|name| !y.profile.flat.contains(&name.core));
    foreign(a, b) && foreign(b, a)
}

fn number_contribution(number: NumberLevel, weights: &Weights) -> Option<Contribution> {
    Some(match number {
        NumberLevel::Null => return None,
        NumberLevel::DifferentTitles => contribution(
            "number",
            "different_in_titles",
            weights.number[0],
            "标题中的楼栋或线路号不同",
            "different building or line numbers in the titles",
        ),
        NumberLevel::Different => contribution(
            "number",
            "different",
            weights.number[1],
            "楼栋或线路号不同",
            "different building or line numbers",
        ),
        NumberLevel::Same => {
            contribution("number", "same", weights.number[2], "楼栋或线路号相同", "same building or line number")
        }
    })
}

fn topic(a: &Document, b: &Document, weights: &Weights) -> Option<Contribution> {
    let (x, y) = (&a.profile, &b.profile);
    if x.topics.is_empty() || y.topics.is_empty() {
        let same = x.category.as_ref().zip(y.category.as_ref()).map(|(x, y)| x == y)?;
        return Some(if same {
            contribution("topic", "same_category", weights.topic[1], "事项分类相同", "same category")
        } else {
            contribution("topic", "different_category", weights.topic[0], "事项分类不同", "different categories")
        });
    }
    let (s, t): (BTreeSet<_>, BTreeSet<_>) = (x.topics.iter().collect(), y.topics.iter().collect());
    let shared: Vec<&str> =
        s.intersection(&t).filter_map(|i| lexicon().topics.get(**i)).map(|topic| topic.name).collect();
    let all = s.union(&t).count();
    let named = shared.join("、");
    Some(if shared.is_empty() {
        contribution("topic", "different", weights.topic[0], "所诉事项不同", "different topics")
    } else if shared.len() * 10 >= all * 6 {
        contribution("topic", "same", weights.topic[2], format!("同类事项：{named}"), format!("same topic: {named}"))
    } else {
        contribution(
            "topic",
            "partly",
            weights.topic[1],
            format!("部分相同的事项：{named}"),
            format!("partly the same topic: {named}"),
        )
    })
}

fn time(a: &Document, b: &Document, weights: &Weights) -> Contribution {
    const LEVELS: [&str; 4] = ["below_3_days", "below_30_days", "below_90_days", "more"];
    let days = a.profile.at.duration_since(b.profile.at).abs().as_secs_f64() / 86_400.0;
    let (at, weight) = level(days, &[3.0, 30.0, 90.0], &weights.time);
    contribution(
        "time",
        LEVELS.get(at).copied().unwrap_or_default(),
        weight,
        format!("相隔 {days:.1} 天"),
        format!("{days:.1} days apart"),
    )
}
