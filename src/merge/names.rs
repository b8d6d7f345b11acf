//! Names of places, estates and organizations, found by what they end in.

use super::lexicon::{lexicon, word_at};
use super::text::{is_han, without_boilerplate};

/// Longest part of a name before its ending, in characters.
const MAX_CORE_CHARS: usize = 6;

/// A name: 丽景花园 has the core 丽景.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub full: String,
    pub core: String,
}

impl Name {
    /// Whether it names an area, which holds many matters: a street district, a town, a township.
    pub(super) fn is_area(&self) -> bool {
        self.full.ends_with("街道") || self.full.ends_with('镇') || self.full.ends_with('乡')
    }
}

/// The names in a normalized text, in order, each once.
pub(super) fn names(text: &[char]) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for run in without_boilerplate(text).chunk_by(|a, b| is_han(*a) == is_han(*b)) {
        if run.first().is_some_and(|&c| is_han(c)) {
            names_in_run(run, &mut found);
        }
    }
    found
}

fn names_in_run(run: &[char], found: &mut Vec<Name>) {
    let lexicon = lexicon();
    let (mut start, mut at) = (0, 0);
    while at < run.len() {
        let rest = run.get(at..).unwrap_or_default();
        let Some(length) = word_at(&lexicon.place_endings, rest) else {
            at += 1;
            continue;
        };
        let core = core_of(run.get(start..at).unwrap_or_default());
        if core.len() < 2 {
            // 湾 in 星湾公寓 ends nothing: the name goes on.
            at += 1;
            continue;
        }
        let full: String = core.iter().chain(rest.iter().take(length)).collect();
        let core: String = core.iter().collect();
        start = at + length;
        at = start;
        let generic = lexicon.place_generic.contains(full.as_str()) || lexicon.place_generic.contains(core.as_str());
        let only_numeral = core.chars().all(|c| "一二三四五六七八九十".contains(c));
        if !generic && !only_numeral && !found.iter().any(|name| name.full == full) {
            found.push(Name { full, core });
        }
    }
}

/// What stands after the last word that begins a name, at most [`MAX_CORE_CHARS`] from the right.
fn core_of(left: &[char]) -> &[char] {
    let mut begin = 0;
    let mut at = 0;
    while at < left.len() {
        match word_at(&lexicon().place_starts, left.get(at..).unwrap_or_default()) {
            Some(length) => {
                at += length;
                begin = at;
            }
            None => at += 1,
        }
    }
    let core = left.get(begin..).unwrap_or_default();
    core.get(core.len().saturating_sub(MAX_CORE_CHARS)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::text::normalize;
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = names(&normalize(text));
        assert_eq!(found.iter().map(|name| name.full.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn names_are_found_by_their_endings() {
        check("我住在丽景花园，旁边的建设路施工", &["丽景花园", "建设路"]);
        check("星湾公寓停水", &["星湾公寓"]);
        check("本小区物业公司不作为", &[]);
        check("位于崖头街道河西社区的锦绣新村", &["崖头街道", "河西社区", "锦绣新村"]);
    }
}
