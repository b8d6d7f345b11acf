//! What a pack would make of records that are kept, beside what another one makes of them: by codes and times alone, nothing that tells
//! who complained or what they wrote.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::Pack;
use crate::complaint::Complaint;
use crate::document::ComplaintDocument;
use crate::handling::{Covered, assemble, counted_from};
use crate::mapping::Mapped;
use crate::ticket::{EventKind, Ticket};

/// Members of a complaint that are compared by what they become; what else differs is named without its words.
const SHOWN: [&str; 1] = ["kind"];
/// What stands between several of a kind.
const BETWEEN: &str = "、";

/// A record that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRecord {
    /// Its channel.
    pub channel: String,
    /// The adapter's id of it.
    pub record_id: String,
    /// The record as it is kept.
    pub body: Value,
    /// When the gateway received it.
    pub received_at: Timestamp,
}

/// What differs between what two packs make of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOtherwise {
    /// What it is: `becomes`, `problems`, `kind`, `category`, `district`, `department`, `grade`, `due_at`, `tags`, `clock:` and the code of
    /// a clock, or `complaint.` and a member of the complaint of which nothing is shown.
    pub member: String,
    /// By the one pack; none where it gives nothing, and for what is not shown.
    pub now: Option<String>,
    /// By the other.
    pub then: Option<String>,
}

/// What a pack makes of a record.
#[derive(Debug, Default, PartialEq)]
struct Made {
    shown: BTreeMap<String, String>,
    hidden: BTreeMap<String, Value>,
}

impl Made {
    fn note(&mut self, member: &str, said: impl Into<String>) {
        let said = said.into();
        if !said.is_empty() {
            self.shown.insert(member.to_owned(), said);
        }
    }
}

/// A code with the name that people know.
fn named(code: &str, name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
}

fn made(pack: &Pack, record: &KeptRecord) -> Made {
    let mut made = Made::default();
    let KeptRecord { channel, record_id, body, received_at } = record.clone();
    let Some(normalized) = pack.map_kept(&channel, record_id, body, received_at) else {
        made.note("becomes", "no_channel");
        return made;
    };
    let applied = normalized.applied;
    let problems: BTreeSet<&str> = applied.warnings.iter().map(|warning| warning.field.as_str()).collect();
    made.note("problems", problems.into_iter().collect::<Vec<_>>().join(BETWEEN));
    match applied.mapped {
        Mapped::Complaint(complaint) => {
            made.note("becomes", "complaint");
            of_complaint(pack, &complaint, received_at, &mut made);
        }
        Mapped::FollowUp(_) => made.note("becomes", "follow_up"),
        Mapped::Stated => made.note("becomes", "stated"),
        Mapped::Discarded(rule) => made.note("becomes", format!("discarded ({rule})")),
        Mapped::Quarantined => made.note("becomes", "set_aside"),
    }
    made
}

/// What becomes of a complaint that comes alone: its kind, its way, its tags and its clocks.
fn of_complaint(pack: &Pack, complaint: &Complaint, received_at: Timestamp, made: &mut Made) {
    let rules = &pack.rules;
    if let Ok(Value::Object(members)) = serde_json::to_value(ComplaintDocument::from(complaint)) {
        made.hidden.extend(members.into_iter().filter(|(member, _)| !SHOWN.contains(&member.as_str())));
    }
    made.note("kind", complaint.kind.zh());
    let created_at = counted_from(complaint, received_at);
    let mut ticket = Ticket { version: 1, created_at, ..Ticket::default() };
    let covered = Covered { complaint, received_at, erased: false };
    assemble(&mut ticket, &[covered], (&rules.routing, &rules.grades, &rules.watch));
    rules.handling.see(&mut ticket, EventKind::Created, created_at);
    let (route, names) = (&ticket.route, &rules.names);
    made.note("category", named(&route.category, names.category(&route.category)));
    made.note("district", named(&route.district, names.district(&route.district)));
    made.note("department", named(&route.department, names.department(&route.department)));
    made.note("grade", named(&route.grade, names.grades.get(&route.grade).map(String::as_str)));
    let local = |at: Timestamp| at.to_zoned(rules.numbering.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    made.note("due_at", route.due_at.map(local).unwrap_or_default());
    let tags = ticket.tags.iter().map(|code| named(code, names.tag(code)));
    made.note("tags", tags.collect::<Vec<_>>().join(BETWEEN));
    for run in &ticket.clocks.runs {
        made.note(&format!("clock:{}", run.clock), local(run.due_at));
    }
}

/// What differs between what two packs make of a record; nothing where it is all the same.
#[must_use]
pub fn made_otherwise(now: &Pack, then: &Pack, record: &KeptRecord) -> Vec<MadeOtherwise> {
    let (now, then) = (made(now, record), made(then, record));
    let mut differing = Vec::new();
    let members: BTreeSet<&String> = now.shown.keys().chain(then.shown.keys()).collect();
    for member in members {
        let (now, then) = (now.shown.get(member).cloned(), then.shown.get(member).cloned());
        if now != then {
            differing.push(MadeOtherwise { member: member.clone(), now, then });
        }
    }
    // Where one of them makes no complaint of it, that is said above.
    if !now.hidden.is_empty() && !then.hidden.is_empty() {
        let members: BTreeSet<&String> = now.hidden.keys().chain(then.hidden.keys()).collect();
        let differ = members.into_iter().filter(|member| now.hidden.get(*member) != then.hidden.get(*member));
        let unsaid = |member: &String| MadeOtherwise { member: format!("complaint.{member}"), now: None, then: None };
        differing.extend(differ.map(unsaid));
    }
    differing
}
