//! The levels of every comparison. The weights come from labelled message-board complaints; `benches/EXPERIMENTS.md` has the figures.

use super::super::reading::AddressLevel;
use super::{Comparison, Level, Sentence};

/// The levels of a comparison that names them, as a type and as a table; so that neither lacks what the other has.
macro_rules! named_levels {
    ($($(#[$doc:meta])* $kind:ident as $table:ident {
        $($(#[$level_doc:meta])* $level:ident: $name:literal, $weight:literal, $zh:literal, $en:literal;)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::merge) enum $kind {
            $($(#[$level_doc])* $level,)+
        }

        const $table: &[Level] = &[$(level($name, f64::INFINITY, $weight, said($zh, $en)),)+];
    )+};
}

named_levels! {
    /// Named places.
    PlaceLevel as PLACE {
        DifferentInTitles: "different_in_titles", -3.0, "标题地点不同：{} / {}", "different places in the titles: {} / {}";
        Different: "different", -0.5, "地点不同：{} / {}", "different places: {} / {}";
        /// One mentions the other's.
        Mentioned: "mentioned", 2.7, "一方提到对方的地点：{}", "one mentions the other's place: {}";
        Same: "same", 3.9, "同一地点：{}", "same place: {}";
        SameInTitles: "same_in_titles", 3.8, "标题同一地点：{}", "same place in both titles: {}";
    }
    /// District codes.
    DistrictLevel as DISTRICT {
        Different: "different", -2.5, "区划不同", "different districts";
        Same: "same", 0.8, "同一区划", "same district";
    }
    /// Building and line numbers.
    NumberLevel as NUMBER {
        DifferentInTitles: "different_in_titles", -1.7, "标题中的楼栋或线路号不同", "different building or line numbers in the titles";
        Different: "different", -1.1, "楼栋或线路号不同", "different building or line numbers";
        Same: "same", 0.7, "楼栋或线路号相同", "same building or line number";
        SameInTitles: "same_in_titles", 1.2, "标题中的楼栋或线路号相同", "same building or line number in both titles";
    }
    /// Topics.
    TopicLevel as TOPIC {
        Different: "different", -0.1, "所诉事项不同", "different topics";
        Same: "same", 1.8, "同类事项：{}", "same topic: {}";
    }
}

/// The levels of [`Comparison::Topic`] once more, for categories; they weigh the same.
pub(in crate::merge) const CATEGORIES: &[Level] = &[
    level("different_category", f64::INFINITY, -0.1, said("事项分类不同", "different categories")),
    level("same_category", f64::INFINITY, 1.8, said("事项分类相同", "same category")),
];

/// In the order of [`AddressLevel`].
const ADDRESS: &[Level] = &[
    address(AddressLevel::Different),
    address(AddressLevel::OtherDoor),
    address(AddressLevel::Near),
    address(AddressLevel::Same),
];

const fn address(found: AddressLevel) -> Level {
    const ELSEWHERE: Sentence =
        said("同一条路或同一小区，门牌或楼栋不同", "same road or estate, another door or building");
    match found {
        AddressLevel::Different => level("different", f64::INFINITY, -1.5, said("地址不同", "different addresses")),
        AddressLevel::OtherDoor => level("other_door", f64::INFINITY, 0.0, ELSEWHERE),
        AddressLevel::Near => level("near", f64::INFINITY, 0.5, said("同一条路或同一小区", "same road or estate")),
        AddressLevel::Same => level("same", f64::INFINITY, 2.5, said("同一地址", "same address")),
    }
}

const ALIKE: Sentence = said("正文相似 {}%", "texts {} % alike");
const TEXT: &[Level] = &[
    level("below_0.05", 0.05, 0.1, ALIKE),
    level("below_0.1", 0.1, 1.8, ALIKE),
    level("below_0.15", 0.15, 2.5, ALIKE),
    level("below_0.2", 0.2, 3.0, ALIKE),
    level("below_0.5", 0.5, 2.8, ALIKE),
    level("from_0.5", f64::INFINITY, 3.8, ALIKE),
];

const CONTAINED: Sentence = said("较短的一件有 {}% 在另一件中", "{} % of the shorter one stands in the other");
const CONTAINMENT: &[Level] = &[
    level("below_0.08", 0.08, 0.1, CONTAINED),
    level("below_0.12", 0.12, 0.8, CONTAINED),
    level("below_0.17", 0.17, 1.9, CONTAINED),
    level("below_0.4", 0.4, 2.1, CONTAINED),
    level("below_0.6", 0.6, 2.2, CONTAINED),
    level("from_0.6", f64::INFINITY, 3.4, CONTAINED),
];

const COVERED: Sentence = said("两个标题互相覆盖至少 {}%", "each title covers the other by at least {} %");
const TITLE_BOTH: &[Level] = &[
    level("below_0.1", 0.1, -0.1, COVERED),
    level("below_0.2", 0.2, 1.4, COVERED),
    level("below_0.3", 0.3, 2.4, COVERED),
    level("below_0.4", 0.4, 2.7, COVERED),
    level("below_0.6", 0.6, 3.5, COVERED),
    level("below_0.8", 0.8, 3.9, COVERED),
    level("from_0.8", f64::INFINITY, 4.4, COVERED),
];

const BEYOND_THE_NAME: Sentence =
    said("除共同名称外，标题仍有 {}% 一致", "beyond the name they share, the titles agree by {} %");
const TITLE_REST: &[Level] = &[
    level("below_0.05", 0.05, -0.1, BEYOND_THE_NAME),
    level("below_0.1", 0.1, 1.3, BEYOND_THE_NAME),
    level("below_0.2", 0.2, 2.1, BEYOND_THE_NAME),
    level("below_0.3", 0.3, 3.2, BEYOND_THE_NAME),
    level("below_0.45", 0.45, 3.4, BEYOND_THE_NAME),
    level("from_0.45", f64::INFINITY, 4.2, BEYOND_THE_NAME),
];

const RARE_WORDS: Sentence = said("标题中少见的词有 {}% 在另一件中", "{} % of a title's rare words stand in the other");
const TITLE_RARE: &[Level] = &[
    level("below_0.1", 0.1, 0.4, RARE_WORDS),
    level("below_0.25", 0.25, 0.7, RARE_WORDS),
    level("below_0.4", 0.4, 1.0, RARE_WORDS),
    level("from_0.4", f64::INFINITY, 1.8, RARE_WORDS),
];

const NOTHING_FOREIGN: Sentence = said("标题没有明显不同的内容", "the titles have nothing weighty of their own");
const FOREIGN: Sentence = said("两个标题各有对方没有的内容", "each title has something that the other complaint lacks");
const TITLE_FOREIGN: &[Level] = &[
    level("below_14", 14.0, 0.1, NOTHING_FOREIGN),
    level("below_20", 20.0, -0.5, FOREIGN),
    level("below_28", 28.0, -1.4, FOREIGN),
    level("from_28", f64::INFINITY, -2.2, FOREIGN),
];

/// Distance (m) up to which the place itself is something concrete in common.
pub(in crate::merge) const NEAR_M: f64 = 50.0;
const APART: Sentence = said("相距约 {} 米", "about {} m apart");
const DISTANCE: &[Level] = &[
    level("below_50_m", NEAR_M, 4.0, APART),
    level("below_300_m", 300.0, 1.5, APART),
    level("below_2_km", 2000.0, -2.0, APART),
    level("farther", f64::INFINITY, -4.0, APART),
];

const SAME_REPORTER: Sentence = said("同一诉求人", "same reporter");
const REPORTER: &[Level] = &[
    level("texts_below_0.15", 0.15, 0.4, SAME_REPORTER),
    level("texts_below_0.25", 0.25, 1.0, SAME_REPORTER),
    level("texts_below_0.5", 0.5, 2.0, SAME_REPORTER),
    level("texts_from_0.5", f64::INFINITY, 2.6, SAME_REPORTER),
];

const SOURCE_MARK: &[Level] =
    &[level("marked", f64::INFINITY, 16.0, said("来源标记为同一件的重复", "marked by the source as a repeat"))];

const DAYS_APART: Sentence = said("相隔 {} 天", "{} days apart");
const TIME: &[Level] = &[
    level("below_3_days", 3.0, 0.0, DAYS_APART),
    level("below_10_days", 10.0, -0.3, DAYS_APART),
    level("below_90_days", 90.0, -1.4, DAYS_APART),
    level("more", f64::INFINITY, -3.5, DAYS_APART),
];

pub(super) const fn of(comparison: Comparison) -> &'static [Level] {
    match comparison {
        Comparison::Text => TEXT,
        Comparison::Containment => CONTAINMENT,
        Comparison::TitleBoth => TITLE_BOTH,
        Comparison::TitleRest => TITLE_REST,
        Comparison::TitleRare => TITLE_RARE,
        Comparison::TitleForeign => TITLE_FOREIGN,
        Comparison::Place => PLACE,
        Comparison::District => DISTRICT,
        Comparison::Address => ADDRESS,
        Comparison::Distance => DISTANCE,
        Comparison::Number => NUMBER,
        Comparison::Topic => TOPIC,
        Comparison::Reporter => REPORTER,
        Comparison::SourceMark => SOURCE_MARK,
        Comparison::Time => TIME,
    }
}

const fn level(name: &'static str, below: f64, weight: f64, sentence: Sentence) -> Level {
    Level { name, below, weight, sentence }
}

const fn said(zh: &'static str, en: &'static str) -> Sentence {
    Sentence { zh, en }
}
