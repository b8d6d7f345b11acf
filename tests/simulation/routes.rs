//! Where tickets go: by the keys of the public stream, and by the one feed that has a filter. Both ends of a move must learn of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Departments whose tickets the feed with a filter wants.
const WANTED: [&str; 2] = ["urban-management", "housing"];
/// That feed.
const FEED: &str = "urban";
/// A feed with a filter that a reload of the pack brings.
const LATER: &str = "lifts";

/// What consumers have learnt of where tickets are.
#[derive(Debug, Default)]
pub struct Routes {
    /// By ticket: the key of its last event, without the event's word.
    keys: BTreeMap<String, String>,
    /// Tickets with the keys and versions under which it must be said that they have left.
    owed: BTreeSet<(String, String, u64)>,
    /// Departments of tickets by the last event of the public stream.
    departments: BTreeMap<String, String>,
    /// Tickets that the feed has.
    with_feed: BTreeSet<String>,
    /// Tickets that the feed has which a reload brings.
    with_later: BTreeSet<String>,
    /// Message ids by their order, so that a repeat is known.
    seen: BTreeSet<String>,
    pub wrong: Vec<String>,
}

impl Routes {
    /// A message that reached a queue.
    pub fn note(&mut self, queue: &str, (ticket, version): (&str, u64), (key, id): (&str, &str), data: &Value) {
        if !self.seen.insert(id.to_owned()) {
            return;
        }
        match queue {
            "public" => self.note_public((ticket, version), key, data),
            FEED => self.note_feed(ticket, key.strip_prefix("urban.").unwrap_or_default(), data),
            LATER if key.contains(".left.") && self.with_later.remove(ticket) => {}
            LATER if key.contains(".left.") => {
                self.wrong.push(format!("{queue} loses {ticket}, which it does not have"));
            }
            LATER => drop(self.with_later.insert(ticket.to_owned())),
            _ if key.contains(".left.") => self.wrong.push(format!("{queue} has no filter and loses {ticket}")),
            _ => {}
        }
    }

    fn note_public(&mut self, (ticket, version): (&str, u64), key: &str, data: &Value) {
        let Some((event, place)) = key.split_once('.') else { return };
        let owed = (ticket.to_owned(), place.to_owned(), version);
        if event == "left" {
            if !self.owed.remove(&owed) {
                self.wrong.push(format!("{ticket} leaves {place} in version {version}, where it was not"));
            }
            return;
        }
        let former = self.keys.insert(ticket.to_owned(), place.to_owned()).filter(|former| former != place);
        let is_new = version == 1 && event != "created" || former.is_some();
        if data["change"]["entered"].as_bool().unwrap_or_default() != is_new {
            self.wrong.push(format!("{ticket} in version {version}: new under {place}: {is_new}"));
        }
        self.owed.extend(former.map(|former| (ticket.to_owned(), former, version)));
        let department = data["department"].as_str().unwrap_or_default().to_owned();
        self.departments.insert(ticket.to_owned(), department);
    }

    fn note_feed(&mut self, ticket: &str, key: &str, data: &Value) {
        let entered = data["change"]["entered"] == true;
        if key.starts_with("left.") {
            if !self.with_feed.remove(ticket) {
                self.wrong.push(format!("{ticket} leaves a feed that does not have it"));
            }
            return;
        }
        let is_new = self.with_feed.insert(ticket.to_owned());
        if is_new != (entered || key.starts_with("created.")) {
            self.wrong.push(format!("{ticket} is new in the feed: {is_new}, and it is said: {entered}"));
        }
    }

    /// When everything is published: whoever had a ticket knows that it has left, and the feed has those that it wants.
    pub fn judge(&self) -> Vec<String> {
        let mut wrong = self.wrong.clone();
        wrong.extend(self.owed.iter().map(|(ticket, key, version)| {
            format!("nobody under {key} was told that {ticket} has left in version {version}")
        }));
        for (ticket, department) in &self.departments {
            let wanted = WANTED.contains(&department.as_str());
            if wanted != self.with_feed.contains(ticket) {
                wrong.push(format!("{ticket} is with {department}; the feed has it: {}", !wanted));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn routes(messages: &[(&str, u64, &str, &str, Value)]) -> Vec<String> {
        let mut routes = Routes::default();
        for (at, (queue, version, key, department, change)) in messages.iter().enumerate() {
            let data = json!({ "department": department, "change": change });
            routes.note(queue, ("T", *version), (key, &at.to_string()), &data);
        }
        routes.judge()
    }

    #[test]
    fn a_move_that_both_ends_learn_of_is_right_and_any_other_is_found() {
        let created = ("public", 1, "created.d.water.blue", "water", json!({}));
        let moved = ("public", 2, "amended.d.housing.blue", "housing", json!({ "entered": true }));
        let left = ("public", 2, "left.d.water.blue", "housing", json!({}));
        let fed = (FEED, 2, "urban.amended.d.housing.blue", "housing", json!({ "entered": true }));
        let all = [created.clone(), moved.clone(), left.clone(), fed.clone()];
        assert_eq!(routes(&all), Vec::<String>::new());
        let unmarked = ("public", 2, "amended.d.housing.blue", "housing", json!({}));
        for broken in [
            vec![created.clone(), moved.clone(), fed.clone()],
            vec![created.clone(), moved.clone(), left.clone()],
            vec![created.clone(), unmarked, left.clone(), fed.clone()],
            vec![created.clone(), left],
            vec![created, (FEED, 2, "urban.left.d.water.blue", "water", json!({}))],
        ] {
            assert_ne!(routes(&broken), Vec::<String>::new(), "{broken:?}");
        }
    }
}
