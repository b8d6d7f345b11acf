//! Names of places, estates and organizations, found by what they end in.

use serde::{Deserialize, Serialize};

use super::lexicon::lexicon;
use super::text::is_han;

/// Longest part of a name before its ending, in characters.
const MAX_CORE_CHARS: usize = 6;
/// Most names kept of one complaint.
const MAX_NAMES: usize = 12;
/// Names taken from a text when the title has none.
const NAMES_FROM_TEXT: usize = 3;

/// A name: 丽景花园 has the core 丽景.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    full: String,
    core_bytes: usize,
}

/// The names of one complaint, packed: its own memory is what a million open complaints cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::merge) struct Names {
    text: Box<str>,
    marks: Box<[Mark]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    end: u16,
    core: u8,
    specific: bool,
    in_title: bool,
}

/// One name of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::merge) struct NameView<'a> {
    /// The whole name.
    pub full: &'a str,
    /// What stands before its ending.
    pub core: &'a str,
    /// It says where or who the matter is about: named in the title, or first in the text of a title without names.
    pub specific: bool,
    /// It stands in the title.
    pub in_title: bool,
}

impl NameView<'_> {
    /// What another text must contain to mention it: 建设路 and 建设街 are two roads, so a road goes with its ending; 丽景花园 is
    /// often called 丽景.
    pub(in crate::merge) fn called(&self) -> &str {
        if self.is_road() { self.full } else { self.core }
    }

    fn is_road(&self) -> bool {
        self.full.ends_with(['路', '街', '巷', '桥']) || self.full.ends_with("大道")
    }

    /// Whether two names are one: the same words, or an estate or organization with the same core or one inside the other.
    pub(in crate::merge) fn is_same(&self, other: &NameView<'_>) -> bool {
        if self.full == other.full {
            return true;
        }
        if self.is_road() || other.is_road() {
            return false;
        }
        let inside = |part: &str, whole: &str| part.chars().count() >= 3 && whole.contains(part);
        self.core == other.core || inside(self.core, other.core) || inside(other.core, self.core)
    }
}

impl Names {
    /// The names of title, address and text, each once. All are normalized and without boilerplate.
    pub(super) fn new(title: &[char], address: &[char], text: &[char]) -> Self {
        let (mut from_title, mut from_text) = (Vec::new(), Vec::new());
        collect(title, &mut from_title);
        collect(address, &mut from_text);
        collect(text, &mut from_text);
        let title_names_place = from_title.iter().any(|name| !is_area(&name.full));
        let mut left = NAMES_FROM_TEXT;
        let (mut packed, mut marks): (String, Vec<Mark>) = (String::new(), Vec::new());
        let in_order = from_title.iter().map(|name| (name, true)).chain(from_text.iter().map(|name| (name, false)));
        for (name, in_title) in in_order {
            let known = from_title.iter().any(|other| !in_title && other.full == name.full);
            if known || marks.len() >= MAX_NAMES {
                continue;
            }
            let mut specific = !is_area(&name.full) && in_title == title_names_place;
            if specific && !in_title {
                specific = left > 0;
                left = left.saturating_sub(1);
            }
            packed.push_str(&name.full);
            let (end, core) = (u16::try_from(packed.len()), u8::try_from(name.core_bytes));
            let (Ok(end), Ok(core)) = (end, core) else { break };
            marks.push(Mark { end, core, specific, in_title });
        }
        Self { text: packed.into(), marks: marks.into() }
    }

    pub(in crate::merge) fn iter(&self) -> impl Iterator<Item = NameView<'_>> {
        let mut begin = 0;
        self.marks.iter().map(move |mark| {
            let (start, end) = (begin, usize::from(mark.end));
            begin = end;
            let full = self.text.get(start..end).unwrap_or_default();
            let core = full.get(..usize::from(mark.core)).unwrap_or_default();
            NameView { full, core, specific: mark.specific, in_title: mark.in_title }
        })
    }

    pub(in crate::merge) fn specific(&self) -> impl Iterator<Item = NameView<'_>> {
        self.iter().filter(|name| name.specific)
    }

    /// Heap bytes.
    pub(in crate::merge) fn heap(&self) -> usize {
        self.text.len() + size_of_val(&*self.marks)
    }
}

/// Whether a name is that of an area, which holds many matters: a street district, a town, a township.
fn is_area(full: &str) -> bool {
    full.ends_with("街道") || full.ends_with('镇') || full.ends_with('乡')
}

/// The names in a text, in order, each once.
fn collect(text: &[char], found: &mut Vec<Name>) {
    for run in text.chunk_by(|a, b| is_han(*a) == is_han(*b)) {
        if run.first().is_some_and(|&c| is_han(c)) {
            names_in_run(run, found);
        }
    }
}

fn names_in_run(run: &[char], found: &mut Vec<Name>) {
    let lexicon = lexicon();
    let (mut start, mut at) = (0, 0);
    while at < run.len() {
        let rest = run.get(at..).unwrap_or_default();
        let Some(length) = lexicon.place_endings.longest_at(rest) else {
            at += 1;
            continue;
        };
        let core = core_of(run.get(start..at).unwrap_or_default());
        if core.len() < 2 {
            // 湾 in 星湾公寓 ends nothing: the name goes on.
            at += 1;
            continue;
        }
        let core: String = core.iter().collect();
        let mut full = core.clone();
        full.extend(rest.iter().take(length));
        start = at + length;
        at = start;
        let generic = lexicon.place_generic.contains(full.as_str()) || lexicon.place_generic.contains(core.as_str());
        let only_numeral = core.chars().all(|c| "一二三四五六七八九十".contains(c));
        if !generic && !only_numeral && !found.iter().any(|name| name.full == full) {
            found.push(Name { full, core_bytes: core.len() });
        }
    }
}

/// What stands after the last word that begins a name, at most [`MAX_CORE_CHARS`] from the right.
fn core_of(left: &[char]) -> &[char] {
    let left = left.get(left.len().saturating_sub(MAX_CORE_CHARS * 2)..).unwrap_or_default();
    let mut begin = 0;
    let mut at = 0;
    while at < left.len() {
        match lexicon().place_starts.longest_at(left.get(at..).unwrap_or_default()) {
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
    use super::super::text::{normalize, without_boilerplate};
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        collect(&without_boilerplate(&normalize(text)), &mut found);
        assert_eq!(found.iter().map(|name| name.full.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn names_are_found_by_their_endings() {
        check("我住在丽景花园，旁边的建设路施工", &["丽景花园", "建设路"]);
        check("星湾公寓停水", &["星湾公寓"]);
        check("本小区物业公司不作为", &[]);
        check("位于崖头街道河西社区的锦绣新村", &["崖头街道", "河西社区", "锦绣新村"]);
    }

    #[test]
    fn roads_are_one_only_with_their_endings() {
        let read = |text: &str| Names::new(&without_boilerplate(&normalize(text)), &[], &[]);
        let same = |a: &str, b: &str| {
            let (a, b) = (read(a), read(b));
            a.iter().any(|x| b.iter().any(|y| x.is_same(&y)))
        };
        assert!(!same("建设路不亮", "建设街不亮") && !same("建设北路不亮", "建设路不亮"));
        assert!(same("建设路不亮", "建设路坑洼") && same("丽景花园停水", "丽景小区停水"));
    }

    #[test]
    fn names_of_the_title_go_first_and_pack_well() {
        let read = |text: &str| without_boilerplate(&normalize(text));
        let names = Names::new(&read("丽景花园停水"), &[], &read("丽景花园旁的建设路施工，星湾公寓也停水"));
        let shown: Vec<(&str, &str, bool)> = names.iter().map(|name| (name.full, name.core, name.specific)).collect();
        let expected = [("丽景花园", "丽景", true), ("建设路", "建设", false), ("星湾公寓", "星湾", false)];
        assert_eq!(shown, expected);
    }
}
