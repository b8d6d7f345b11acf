//! Bounds of people that the city knows: a code that it does not know bounds somebody to nothing, and nobody sees why.

use std::collections::HashMap;

use super::Names;
use super::codes::meant_code;
use crate::complaint::Division;
use crate::people::Scope;

/// A code in a scope that the city does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBound {
    /// The member of the scope: `departments`.
    pub member: &'static str,
    what: (&'static str, &'static str),
    code: String,
    nearest: Vec<String>,
}

impl UnknownBound {
    /// What is wrong, with the nearest known codes, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        let (what, code) = (self.what.0, &self.code);
        match self.nearest.as_slice() {
            [] => format!("本市没有{what} {code}，一个{what}都没有"),
            nearest => format!("本市没有{what} {code}；相近的有：{}", nearest.join("、")),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        let (what, code) = (self.what.1, &self.code);
        match self.nearest.as_slice() {
            [] => format!("the city has no {what} {code}, and no {what} at all"),
            nearest => format!("the city has no {what} {code}; nearest are: {}", nearest.join(", ")),
        }
    }
}

impl Names {
    /// The first code in a scope that the city does not know; none: it knows them all. Names do not stand for codes here.
    #[must_use]
    pub fn unknown_in(&self, scope: &Scope) -> Option<UnknownBound> {
        let Scope { districts, departments, categories, channels } = scope;
        let bounds = [
            ("districts", ("区划", "division"), districts, &self.districts),
            ("departments", ("承办单位", "unit"), departments, &self.departments),
            ("categories", ("事项分类", "category"), categories, &self.categories),
            ("channels", ("渠道", "channel"), channels, &self.channels),
        ];
        bounds.into_iter().find_map(|(member, what, codes, known)| {
            let is_known = |code: &str| known.contains_key(code) || (member == "districts" && self.is_above(code));
            let code = codes.iter().find(|code| !is_known(code))?;
            Some(UnknownBound { member, what, code: code.clone(), nearest: nearest(code, known) })
        })
    }

    /// Whether divisions that the city knows lie within this one: the city as a whole mostly stands in no table, and bounds somebody all the same.
    fn is_above(&self, code: &str) -> bool {
        let division = Division::of(code);
        !code.is_empty() && self.districts.keys().any(|known| division.holds(Division::of(known)))
    }
}

/// The codes that may have been meant, each with its name.
fn nearest(code: &str, known: &HashMap<String, String>) -> Vec<String> {
    let listed = known.iter().map(|(code, name)| (code.as_str(), name.as_str()));
    match meant_code(code, listed) {
        Ok(meant) => vec![format!("{meant} {code}")],
        Err(nearest) => nearest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_the_city_does_not_know_is_told_with_those_that_may_be_meant() {
        let known = |code: &str, name: &str| [(code.to_owned(), name.to_owned())].into_iter().collect();
        let names =
            Names { departments: known("water", "水务局"), channels: known("web", "网上"), ..Names::default() };
        let scope = |toml: &str| toml::from_str::<Scope>(toml).unwrap();
        assert_eq!(names.unknown_in(&scope("departments = ['water']\nchannels = ['web']")), None);
        let unknown = |toml| names.unknown_in(&scope(toml)).unwrap();
        let wrong = unknown("departments = ['water', 'watre']");
        assert_eq!(
            (wrong.member, wrong.zh().as_str()),
            ("departments", "本市没有承办单位 watre；相近的有：water 水务局")
        );
        assert_eq!(wrong.en(), "the city has no unit watre; nearest are: water 水务局");
        assert!(unknown("departments = ['水务局']").zh().ends_with("water 水务局"), "a name is no code");
        assert_eq!(unknown("districts = ['1']").zh(), "本市没有区划 1，一个区划都没有");
        let names = Names { districts: known("371082001", "崖头街道"), ..Names::default() };
        assert_eq!(names.unknown_in(&scope("districts = ['371082001', '371082']")), None, "and what holds it");
        for code in ["371083", "371082002", ""] {
            assert!(names.unknown_in(&scope(&format!("districts = ['{code}']"))).is_some(), "{code:?}");
        }
    }
}
