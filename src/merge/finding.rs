//! One comparison's result, and the sentence that says it.

use super::evidence::Contribution;
use super::reading::{Names, Profile, topic_names};
use super::search::Document;

/// One comparison's level and weight for a pair. Its sentence is made only when somebody will read it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finding {
    pub comparison: &'static str,
    pub level: &'static str,
    pub weight: f64,
    shown: Shown,
}

/// What the sentence shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shown {
    /// Only the words.
    Nothing,
    /// A share, 0 to 1.
    Share(f32),
    /// Metres.
    Metres(f64),
    /// Days.
    Days(f64),
    /// Topics as bits.
    Topics(u64),
    /// The names of both sides.
    Names,
}

impl Finding {
    pub(super) fn new(comparison: &'static str, level: &'static str, weight: f64, shown: Shown) -> Self {
        Self { comparison, level, weight, shown }
    }

    /// The finding with its sentence, in Chinese and English.
    pub(super) fn describe(&self, profile: &Profile, document: &Document) -> Contribution {
        let (zh, en) = self.sentence(profile, document);
        Contribution {
            comparison: self.comparison.to_owned(),
            level: self.level.to_owned(),
            weight: self.weight,
            zh,
            en,
        }
    }

    fn sentence(&self, profile: &Profile, document: &Document) -> (String, String) {
        let said = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match (self.comparison, self.level, self.shown) {
            ("text", _, Shown::Share(share)) => both(share, "正文相似 {}%", "texts {} % alike"),
            ("title_both", _, Shown::Share(share)) => {
                both(share, "两个标题互相覆盖至少 {}%", "each title covers the other by at least {} %")
            }
            ("containment", _, Shown::Share(share)) => {
                both(share, "较短的一件有 {}% 在另一件中", "{} % of the shorter one stands in the other")
            }
            ("title_rest", _, Shown::Share(share)) => {
                both(share, "除共同名称外，标题仍有 {}% 一致", "beyond the name they share, the titles agree by {} %")
            }
            ("title_rare", _, Shown::Share(share)) => {
                both(share, "标题中少见的词有 {}% 在另一件中", "{} % of a title's rare words stand in the other")
            }
            ("title_foreign", "below_14", _) => {
                said("标题没有明显不同的内容", "the titles have nothing weighty of their own")
            }
            ("title_foreign", ..) => {
                said("两个标题各有对方没有的内容", "each title has something that the other complaint lacks")
            }
            ("address", "same", _) => said("同一地址", "same address"),
            ("address", "near", _) => said("同一条路或同一小区", "same road or estate"),
            ("address", "other_door", _) => {
                said("同一条路或同一小区，门牌或楼栋不同", "same road or estate, another door or building")
            }
            ("address", ..) => said("地址不同", "different addresses"),
            ("place", level, _) => names(level, profile, document),
            ("district", "same", _) => said("同一区划", "same district"),
            ("district", ..) => said("区划不同", "different districts"),
            ("distance", _, Shown::Metres(metres)) => {
                (format!("相距约 {metres:.0} 米"), format!("about {metres:.0} m apart"))
            }
            ("time", _, Shown::Days(days)) => (format!("相隔 {days:.1} 天"), format!("{days:.1} days apart")),
            ("number", "different_in_titles", _) => {
                said("标题中的楼栋或线路号不同", "different building or line numbers in the titles")
            }
            ("number", "different", _) => said("楼栋或线路号不同", "different building or line numbers"),
            ("number", "same_in_titles", _) => {
                said("标题中的楼栋或线路号相同", "same building or line number in both titles")
            }
            ("number", ..) => said("楼栋或线路号相同", "same building or line number"),
            ("topic", "same_category", _) => said("事项分类相同", "same category"),
            ("topic", "different_category", _) => said("事项分类不同", "different categories"),
            ("topic", "different", _) => said("所诉事项不同", "different topics"),
            ("topic", _, Shown::Topics(topics)) => {
                (format!("同类事项：{}", topic_names(topics)), format!("same topic: {}", topic_names(topics)))
            }
            ("reporter", ..) => said("同一诉求人", "same reporter"),
            ("source_mark", ..) => said("来源标记为同一件的重复", "marked by the source as a repeat"),
            (comparison, level, _) => (format!("{comparison}：{level}"), format!("{comparison}: {level}")),
        }
    }
}

fn both(share: f32, zh: &str, en: &str) -> (String, String) {
    let percent = format!("{:.0}", share * 100.0);
    (zh.replace("{}", &percent), en.replace("{}", &percent))
}

fn names(level: &str, profile: &Profile, document: &Document) -> (String, String) {
    let shown = |names: &Names| names.specific().map(|name| name.full).collect::<Vec<_>>().join("、");
    let (ours, theirs) = (shown(&profile.facts.names), shown(&document.facts.names));
    let named = if ours.is_empty() { &theirs } else { &ours };
    match level {
        "different_in_titles" => {
            (format!("标题地点不同：{ours} / {theirs}"), format!("different places in the titles: {ours} / {theirs}"))
        }
        "different" => (format!("地点不同：{ours} / {theirs}"), format!("different places: {ours} / {theirs}")),
        "mentioned" => (format!("一方提到对方的地点：{named}"), format!("one mentions the other's place: {named}")),
        "same" => (format!("同一地点：{named}"), format!("same place: {named}")),
        _ => (format!("标题同一地点：{named}"), format!("same place in both titles: {named}")),
    }
}
