//! Records in another list of a payload than the one that the channel file names: two systems put into one answer, or a name that was
//! written in two ways.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use huiliu_payload::broken;
use serde_json::{Map, Value};

/// Levels of objects and lists that are looked through.
const MAX_LEVELS: usize = 6;
/// Most items of a list that are looked into for lists of their own.
const MAX_GROUPS: usize = 100;
/// Most records of one id, or without one, that an item is compared with.
const MAX_COMPARED: usize = 100;
/// Least number of members by which an item with fewer of them than a record is known.
const MIN_OF_ITS_OWN: usize = 3;
/// Least share of the names of a record's members that another list's entries have, for these to be records too.
const MIN_SHARE: f64 = 0.6;

/// For each list beside `found` with records that `found` has not, a broken entry that holds them. `records` is the expression that gave
/// `found`; `id_of` gives what the source calls a record.
pub(super) fn lists(
    payload: &Value,
    found: &Value,
    records: &str,
    id_of: &dyn Fn(&Value) -> Option<String>,
) -> Vec<Value> {
    let known: Vec<&Value> = match found {
        _ if found == payload => Vec::new(),
        Value::Array(items) => items.iter().filter(|item| item.is_object()).collect(),
        Value::Object(_) if id_of(found).is_some() => vec![found],
        _ => Vec::new(),
    };
    let Some(first) = known.first().and_then(|record| record.as_object()) else { return Vec::new() };
    let names = first.keys().map(|name| name.to_lowercase()).collect();
    // Asked for where there is something to compare: mostly there is nothing beside the list.
    let by_id = LazyCell::new(|| {
        let mut by_id: HashMap<Option<String>, Vec<&Value>> = HashMap::new();
        known.iter().for_each(|record| by_id.entry(id_of(record)).or_default().push(record));
        by_id
    });
    let search = Search { found, by_id: &|id| by_id.get(id).map_or(&[], Vec::as_slice), names, id_of };
    let mut lists = Vec::new();
    search.look(payload, "payload", MAX_LEVELS, &mut lists);
    lists.into_iter().map(|(path, items)| entry(&path, &items, records)).collect()
}

struct Search<'a> {
    found: &'a Value,
    /// The records found that have an id.
    by_id: &'a dyn Fn(&Option<String>) -> &'a [&'a Value],
    /// Members of a record, in lower case.
    names: HashSet<String>,
    id_of: &'a dyn Fn(&Value) -> Option<String>,
}

impl Search<'_> {
    fn look(&self, tree: &Value, path: &str, levels: usize, lists: &mut Vec<(String, Vec<Value>)>) {
        let Value::Object(members) = tree else { return };
        for (name, member) in members.iter().filter(|(_, member)| *member != self.found) {
            let path = format!("{path}.{name}");
            match member {
                Value::Array(items) => self.look_at(items, &path, levels, lists),
                // Records under numbers for names, as PHP writes a list with gaps.
                Value::Object(inner) if super::is_list_with_gaps(inner) => {
                    let items: Vec<Value> = inner.values().cloned().collect();
                    self.look_at(&items, &path, levels, lists);
                }
                // A record's own lists are its own.
                Value::Object(_) if self.is_missed(member) => lists.push((path, vec![member.clone()])),
                Value::Object(_) if self.is_alike(member) => {}
                Value::Object(_) if levels > 0 => self.look(member, &path, levels - 1, lists),
                _ => {}
            }
        }
    }

    fn look_at(&self, items: &[Value], path: &str, levels: usize, lists: &mut Vec<(String, Vec<Value>)>) {
        let missed: Vec<Value> = items.iter().filter(|item| self.is_missed(item)).cloned().collect();
        if !missed.is_empty() {
            lists.push((path.to_owned(), missed));
            return;
        }
        for (item, number) in items.iter().take(MAX_GROUPS).zip(0..).filter(|(item, _)| !self.is_alike(item)) {
            match item {
                Value::Array(inner) if levels > 0 => {
                    self.look_at(inner, &format!("{path}[{number}]"), levels - 1, lists);
                }
                other if levels > 0 => self.look(other, &format!("{path}[{number}]"), levels - 1, lists),
                _ => {}
            }
        }
    }

    /// Whether an item has the members of a record: most of them, in whatever case, or some and no other.
    fn is_alike(&self, item: &Value) -> bool {
        let Some(members) = item.as_object().filter(|members| members.len() > 1) else { return false };
        let shared = members.keys().filter(|name| self.names.contains(&name.to_lowercase())).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of members are small")]
        let has_most = shared as f64 >= MIN_SHARE * self.names.len() as f64;
        let has_no_other = shared == members.len() && shared >= MIN_OF_ITS_OWN && (self.id_of)(item).is_some();
        has_most || has_no_other
    }

    /// Whether an item is a record that is not among those found.
    fn is_missed(&self, item: &Value) -> bool {
        if !self.is_alike(item) {
            return false;
        }
        let id = (self.id_of)(item);
        let members = item.as_object();
        // One that was found, or an excerpt of it, is no other one; nor is what says more of it.
        let is_known = |known: &&Value| {
            let has = |(name, value): (&String, &Value)| known.get(name) == Some(value);
            members.is_some_and(|members| members.iter().all(has))
                || (id.is_some() && known.as_object().map(Map::len) != members.map(Map::len))
        };
        !(self.by_id)(&id).iter().take(MAX_COMPARED).any(is_known)
    }
}

fn entry(path: &str, items: &[Value], records: &str) -> Value {
    let path: String = path.chars().filter(|c| !c.is_control()).take(200).collect();
    let count = items.len();
    let reason = format!(
        "{path} 里还有 {count} 条记录，而 records（{records}）只读别处的列表：没有收下；请来源放到一个列表里，或改 records；\
         若不是诉求，请在 [format] 中设置 beside = \"ignore\" \
         ({count} more records stand in {path}, beside the list that records ({records}) names: they were not taken; have the source \
         use one list, or set records; where they are no complaints, set beside = \"ignore\" under [format])"
    );
    broken::entry(&Value::Array(items.to_vec()).to_string(), &reason)
}
