//! Headings as the mapping names them, whatever stars, blanks, line breaks and notes in brackets people put around them.

pub(crate) mod header;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::cell::is_invisible;

/// Longest heading that is compared, in characters with what surrounds it; longer cells are texts.
const MAX_COMPARED_CHARS: usize = 240;

/// The headings that the channel's settings name.
#[derive(Debug, Clone, Default)]
pub struct Headings {
    /// The heading to use, by every comparable spelling of it and of its aliases.
    by_spelling: HashMap<String, String>,
    /// Those that the expression of the id names.
    of_id: HashSet<String>,
    /// The aliases as the settings write them.
    aliases: HashSet<String>,
}

impl Headings {
    /// Headings by their aliases (heading to use: those that mean the same), and by the expression that gives the source's id.
    ///
    /// # Errors
    /// The alias that means two columns.
    pub fn new(aliases: &BTreeMap<String, Vec<String>>, id_source: Option<&str>) -> Result<Self, String> {
        let mut by_spelling: HashMap<String, String> = HashMap::new();
        for (heading, others) in aliases {
            for other in others {
                let known = by_spelling.insert(comparable(other), heading.clone());
                if known.is_some_and(|known| known != *heading) {
                    return Err(other.clone());
                }
            }
        }
        let of_id: HashSet<String> = id_source.map(members).unwrap_or_default();
        for heading in aliases.keys().chain(&of_id) {
            by_spelling.entry(comparable(heading)).or_insert_with(|| heading.clone());
        }
        Ok(Self { by_spelling, of_id, aliases: aliases.values().flatten().cloned().collect() })
    }

    /// The heading to use for a cell, where the settings name it.
    pub(crate) fn known(&self, cell: &str) -> Option<&str> {
        let spelling = comparable(cell);
        let found = self.by_spelling.get(&spelling).or_else(|| self.by_spelling.get(without_notes(&spelling)));
        found.map(String::as_str)
    }

    /// The heading to use for a cell: as the settings name it, else its spelling without what surrounds it.
    pub(crate) fn resolve(&self, cell: &str) -> String {
        match self.known(cell) {
            Some(known) => known.to_owned(),
            None => {
                let bare = bare(cell);
                let short = without_notes(&bare);
                if short.is_empty() { bare } else { short.to_owned() }
            }
        }
    }

    /// Whether the settings say of a cell, as it is written, that another heading is used for it.
    pub(crate) fn is_alias(&self, cell: &str) -> bool {
        self.aliases.contains(cell)
    }

    /// Whether the expression of the id names a heading.
    pub(crate) fn is_of_id(&self, heading: &str) -> bool {
        self.of_id.contains(heading)
    }

    /// Whether the settings name any heading.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_spelling.is_empty()
    }

    /// Whether a row has what the settings name: the heading of the id, or two others.
    pub(crate) fn are_in(&self, cells: &[String]) -> bool {
        let known: HashSet<&str> = cells.iter().filter_map(|cell| self.known(cell)).collect();
        let ids = known.iter().any(|heading| self.of_id.contains(*heading));
        ids || known.len() >= if self.of_id.is_empty() { 1 } else { 2 }
    }

    /// Some of the headings that are named, for reasons: those of the id first.
    pub(crate) fn examples(&self) -> String {
        let mut others: Vec<&String> = self.by_spelling.values().filter(|name| !self.of_id.contains(*name)).collect();
        let mut ids: Vec<&String> = self.of_id.iter().collect();
        ids.sort();
        others.sort();
        others.dedup();
        ids.into_iter().chain(others).take(5).map(String::as_str).collect::<Vec<_>>().join("、")
    }
}

/// A heading without invisible characters, stars and blanks, in half width.
pub(crate) fn bare(cell: &str) -> String {
    let half: String = cell.chars().filter(|c| !is_invisible(*c)).map(halfwidth).collect();
    let has_wide = half.chars().any(|c| u32::from(c) >= 0x2E80);
    let spaced: String = if has_wide {
        half.chars().filter(|c| !c.is_whitespace()).collect()
    } else {
        half.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    spaced.trim_matches(|c: char| "*＊★☆※●◆·:;,、'\"`#".contains(c)).trim().to_owned()
}

/// As [`bare`], for comparing.
pub(crate) fn comparable(cell: &str) -> String {
    if cell.chars().take(MAX_COMPARED_CHARS + 1).count() > MAX_COMPARED_CHARS {
        return String::new();
    }
    bare(cell).to_ascii_lowercase()
}

/// Without notes in brackets at its ends, such as (必填) and 【单位：元】.
fn without_notes(heading: &str) -> &str {
    let mut rest = heading;
    loop {
        let before = rest;
        for (open, close) in [('(', ')'), ('[', ']'), ('【', '】'), ('〔', '〕'), ('<', '>'), ('{', '}')] {
            if let Some(inner) = rest.strip_suffix(close) {
                rest = inner.rsplit_once(open).map_or(rest, |(head, _)| head);
            } else if let Some(inner) = rest.strip_prefix(open) {
                rest = inner.split_once(close).map_or(rest, |(_, tail)| tail);
            }
        }
        rest = rest.trim_matches(|c: char| c.is_whitespace() || "*★☆※●◆:".contains(c));
        if rest == before {
            return rest;
        }
    }
}

fn halfwidth(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// The members of `record` that an expression names: `record.a`, `record['a']`.
fn members(source: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for (place, word) in source.match_indices("record") {
        let (before, part) =
            (source.get(..place).unwrap_or_default(), source.get(place + word.len()..).unwrap_or_default());
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
            continue;
        }
        let name: Option<String> = if let Some(rest) = part.strip_prefix('.') {
            Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        } else {
            let inside = part.strip_prefix('[').map(str::trim_start);
            inside.and_then(|rest| {
                let rest = rest.strip_prefix(['\'', '"'])?;
                rest.split_once(['\'', '"']).map(|(name, _)| name.to_owned())
            })
        };
        found.extend(name.filter(|name| !name.is_empty() && !name.starts_with("column_")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings() -> Headings {
        let aliases = BTreeMap::from([
            ("受理时间".to_owned(), vec!["12345受理时间".to_owned(), "slsj".to_owned()]),
            ("内容".to_owned(), vec!["诉求内容".to_owned()]),
        ]);
        Headings::new(&aliases, Some("record.工单编号 ~ record['批次 号'] ~ record.column_1")).unwrap()
    }

    #[test]
    fn decorated_headings_are_the_ones_of_the_settings() {
        let headings = headings();
        for (cell, expected) in [
            ("*工单编号", "工单编号"),
            ("工单编号*", "工单编号"),
            ("工 单\n编 号", "工单编号"),
            ("\u{FEFF}工单编号", "工单编号"),
            ("工单编号（必填）", "工单编号"),
            ("受理时间(必填)", "受理时间"),
            ("１２３４５受理时间", "受理时间"),
            ("SLSJ", "受理时间"),
            ("诉求内容【不超过500字】", "内容"),
            ("(1)诉求内容", "内容"),
            ("* 受理时间：", "受理时间"),
            ("工单\u{200B}编号", "工单编号"),
            ("金额(元)", "金额"),
            ("Ticket  No", "Ticket No"),
            ("（备注）", "(备注)"),
            ("批次号", "批次 号"),
        ] {
            assert_eq!(headings.resolve(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn a_row_is_the_headings_when_it_names_the_id_or_two_others() {
        let headings = headings();
        let row = |cells: &[&str]| headings.are_in(&cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        assert!(row(&["序号", "*工单编号"]) && row(&["诉求内容", "受理时间"]));
        assert!(!row(&["荣成市受理台账"]) && !row(&["内容"]) && !row(&["内容", "诉求内容"]));
    }

    #[test]
    fn members_are_those_of_the_record_only() {
        let found = members("record.a ~ subrecord.b ~ my_record['c'] ~ x.record.d ~ (record['e'])");
        assert_eq!(found, HashSet::from(["a".to_owned(), "e".to_owned()]));
    }

    #[test]
    fn an_alias_of_two_columns_is_refused() {
        let aliases = BTreeMap::from([("a".to_owned(), vec!["*x".to_owned()]), ("b".to_owned(), vec!["x".to_owned()])]);
        assert_eq!(Headings::new(&aliases, None).unwrap_err(), "x");
    }
}
