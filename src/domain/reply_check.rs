//! What is wrong with a unit's replies: one that is missing, words that were used for other matters too, words that contradict the status, and
//! a result that its citizen denies. Pure: matters go in one by one, findings by unit come out, without the words of anybody but the city's own.

mod settings;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::complaint::Satisfaction;
use crate::ticket::{Status, Ticket};

pub use settings::{Contradiction, ReplyRules};
pub(crate) use settings::{ReplySettings, load};

/// Most findings that are listed; all of them are counted.
const MAX_FINDINGS: usize = 2_000;

/// What is wrong with a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The matter is past its time limit and not answered.
    Missing,
    /// The same words were given for other matters of the unit.
    Stale,
    /// Its words contradict the status that it came with.
    Contradicts,
    /// It was said to be handled, and its citizen is not satisfied.
    Denied,
}

impl Fault {
    /// All of them with their words in documents and their names in Chinese and English.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 4] = [
        (Self::Missing, "missing", "超时未答复", "missing"),
        (Self::Stale, "stale", "套用答复", "stale"),
        (Self::Contradicts, "contradicts", "与状态矛盾", "contradicts its status"),
        (Self::Denied, "denied", "反映人不认可", "denied by its citizen"),
    ];

    /// Its word, and its names in Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        let found = Self::ALL.iter().find(|(fault, ..)| *fault == self);
        found.map_or(("", "", ""), |(_, word, zh, en)| (word, zh, en))
    }
}

/// A matter with what was said of it last.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// The result that its unit gave last.
    pub result: Option<&'a str>,
    /// What a citizen said last.
    pub satisfaction: Option<Satisfaction>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the ticket.
    pub ticket: String,
    /// Code of the unit.
    pub department: String,
    /// What is wrong.
    pub fault: Fault,
    /// The words of the settings that contradict.
    pub word: Option<String>,
    /// When it was due, or was finished.
    pub at: Timestamp,
}

/// What is wrong with the replies of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitReplies {
    /// Matters that it finished in the time that is looked at.
    pub finished: u64,
    /// Faults.
    pub faults: BTreeMap<Fault, u64>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// By code of the unit.
    pub units: BTreeMap<String, UnitReplies>,
    /// The newest first.
    pub findings: Vec<Finding>,
    /// Whether there were more.
    pub is_cut: bool,
}

/// What a unit said: its code, and a digest of the words.
type Words = (String, [u8; 16]);

/// An inspection under way.
#[derive(Debug)]
pub struct Inspection<'r> {
    rules: &'r ReplyRules,
    /// Begin and end of what is looked at, the end not included.
    range: (Timestamp, Timestamp),
    now: Timestamp,
    found: Inspected,
    /// The tickets that got the same words.
    said: HashMap<Words, Vec<(String, Timestamp)>>,
}

impl<'r> Inspection<'r> {
    /// Begins an inspection of what was due or finished from `range.0` to before `range.1`.
    #[must_use]
    pub fn new(rules: &'r ReplyRules, range: (Timestamp, Timestamp), now: Timestamp) -> Self {
        Self { rules, range, now, found: Inspected::default(), said: HashMap::new() }
    }

    /// Whether a ticket is of what is looked at: what else is needed of others need not be looked up.
    #[must_use]
    pub fn concerns(&self, ticket: &Ticket) -> bool {
        self.time_of(ticket).is_some_and(|at| self.range.0 <= at && at < self.range.1)
    }

    /// When it was finished, or was due without being finished; none of others.
    fn time_of(&self, ticket: &Ticket) -> Option<Timestamp> {
        match ticket.status {
            Status::Absorbed => None,
            status if status.is_final() => ticket.finished_at,
            _ => ticket.route.due_at.filter(|due_at| *due_at < self.now),
        }
    }

    /// Looks at one matter.
    pub fn see(&mut self, answered: &Answered<'_>) {
        let ticket = answered.ticket;
        let Some(at) = self.time_of(ticket).filter(|_| self.concerns(ticket)) else { return };
        if !ticket.status.is_final() {
            self.note(ticket, Fault::Missing, None, at);
            return;
        }
        self.unit(&ticket.route.department).finished += 1;
        if let Some(result) = answered.result {
            let words = plain(result);
            if let Some(word) = self.rules.contradiction(ticket.status, &words) {
                self.note(ticket, Fault::Contradicts, Some(word), at);
            }
            if !words.is_empty() {
                let said = self.said.entry((ticket.route.department.clone(), short(&words))).or_default();
                said.push((ticket.id.clone(), at));
            }
        }
        let is_handled = matches!(ticket.status, Status::Resolved | Status::Closed);
        if is_handled && answered.satisfaction == Some(Satisfaction::Dissatisfied) {
            self.note(ticket, Fault::Denied, None, at);
        }
    }

    /// What was found.
    #[must_use]
    pub fn done(mut self) -> Inspected {
        let said = std::mem::take(&mut self.said);
        for ((department, _), tickets) in said {
            if tickets.len() < self.rules.stale_from {
                continue;
            }
            for (ticket, at) in tickets {
                let finding = Finding { ticket, department: department.clone(), fault: Fault::Stale, word: None, at };
                self.add(finding);
            }
        }
        let mut found = self.found;
        found.findings.sort_by(|one, other| {
            let key = |finding: &Finding| (std::cmp::Reverse(finding.at), finding.ticket.clone(), finding.fault);
            key(one).cmp(&key(other))
        });
        found.is_cut = found.findings.len() > MAX_FINDINGS;
        found.findings.truncate(MAX_FINDINGS);
        found
    }

    fn note(&mut self, ticket: &Ticket, fault: Fault, word: Option<String>, at: Timestamp) {
        let (ticket, department) = (ticket.id.clone(), ticket.route.department.clone());
        self.add(Finding { ticket, department, fault, word, at });
    }

    fn add(&mut self, finding: Finding) {
        *self.unit(&finding.department).faults.entry(finding.fault).or_default() += 1;
        self.found.findings.push(finding);
    }

    fn unit(&mut self, department: &str) -> &mut UnitReplies {
        self.found.units.entry(department.to_owned()).or_default()
    }
}

/// Letters and digits only: who moves a comma has not answered anew.
fn plain(words: &str) -> String {
    words.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn short(words: &str) -> [u8; 16] {
    let digest = digest(&SHA256, words.as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
