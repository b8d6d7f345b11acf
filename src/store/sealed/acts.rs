//! Acts as sealed documents have them: of status updates, and what a ticket keeps. Renaming a member here is a migration of the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use huiliu_domain::ticket::{
    Act, ActBook, ActKind, Asked, Assignment, Claim, Deed, Extension, Instruction, Outside, Score, Status, Whistle,
};

/// An act of a status update, member by member.
#[derive(Debug, Serialize)]
pub(super) struct ActDocument {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marks: Option<(u8, u8)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leader: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

impl ActDocument {
    pub(super) fn of(act: &Act) -> Self {
        let Deed { kind, unit, units, level, score, leader, outside, number, .. } = act.deed();
        Self {
            kind: kind.wire(),
            unit,
            units,
            level,
            marks: score.map(|score| (score.speed, score.quality)),
            leader,
            outside,
            number,
            words: act.words().map(str::to_owned),
        }
    }
}

/// What is read again of the act of a status update.
#[derive(Debug, Deserialize)]
pub(super) struct ActName {
    kind: String,
}

impl ActName {
    /// The kind; none where it is none that this version knows.
    pub(super) fn kind(&self) -> Option<ActKind> {
        ActKind::from_wire(&self.kind)
    }
}

/// What a ticket keeps of acts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ActsDocument {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    assigned: Option<AssignmentDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    co_units: Vec<String>,
    #[serde(skip_serializing_if = "is_none", default)]
    returns: u32,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    whistles: Vec<WhistleDocument>,
    /// Names of leaders, and when.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    instructions: Vec<(String, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    claim: Option<(String, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    extension: Option<ExtensionDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outside: Option<OutsideDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    before_absorbed: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AssignmentDocument {
    unit: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    by: Option<String>,
    at: Timestamp,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct WhistleDocument {
    unit: String,
    by: String,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    responded_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    marks: Option<(u8, u8)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExtensionDocument {
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<Timestamp>,
    before: String,
    state: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct OutsideDocument {
    to: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    number: Option<String>,
    at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the member on by reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl ActsDocument {
    pub(super) fn of(book: &ActBook) -> Self {
        let assigned = book.assigned.as_ref().map(|assigned| AssignmentDocument {
            unit: assigned.unit.clone(),
            kind: assigned.kind.wire().to_owned(),
            by: assigned.by.clone(),
            at: assigned.at,
            reason: assigned.reason.clone(),
        });
        let whistle = |call: &Whistle| WhistleDocument {
            unit: call.unit.clone(),
            by: call.by.clone(),
            at: call.at,
            responded_at: call.responded_at,
            marks: call.score.map(|score| (score.speed, score.quality)),
        };
        let extension = book.extension.as_ref().map(|asked| ExtensionDocument {
            at: asked.at,
            until: asked.until,
            before: asked.before.wire().to_owned(),
            state: asked.state.name().to_owned(),
        });
        let outside = book.outside.clone().map(|Outside { to, number, at }| OutsideDocument { to, number, at });
        Self {
            assigned,
            co_units: book.co_units.clone(),
            returns: book.returns,
            whistles: book.whistles.iter().map(whistle).collect(),
            instructions: book.instructions.iter().map(|one| (one.author.clone(), one.at)).collect(),
            claim: book.claim.as_ref().map(|claim| (claim.leader.clone(), claim.at)),
            extension,
            outside,
            before_absorbed: book.before_absorbed.map(|status| status.wire().to_owned()),
        }
    }

    /// The acts; else what of them is none that this version knows.
    pub(super) fn into_book(self) -> Result<ActBook, String> {
        Ok(ActBook {
            assigned: self.assigned.map(AssignmentDocument::into_assignment).transpose()?,
            co_units: self.co_units,
            returns: self.returns,
            whistles: self.whistles.into_iter().map(WhistleDocument::into_whistle).collect(),
            instructions: self.instructions.into_iter().map(|(author, at)| Instruction { author, at }).collect(),
            claim: self.claim.map(|(leader, at)| Claim { leader, at }),
            extension: self.extension.map(ExtensionDocument::into_extension).transpose()?,
            outside: self.outside.map(|OutsideDocument { to, number, at }| Outside { to, number, at }),
            before_absorbed: self.before_absorbed.as_deref().map(status).transpose()?,
        })
    }
}

impl AssignmentDocument {
    fn into_assignment(self) -> Result<Assignment, String> {
        let kind = ActKind::from_wire(&self.kind).ok_or_else(|| unknown("act", &self.kind))?;
        Ok(Assignment { unit: self.unit, kind, by: self.by, at: self.at, reason: self.reason })
    }
}

impl WhistleDocument {
    fn into_whistle(self) -> Whistle {
        let score = self.marks.map(|(speed, quality)| Score { speed, quality });
        Whistle { unit: self.unit, by: self.by, at: self.at, responded_at: self.responded_at, score }
    }
}

impl ExtensionDocument {
    fn into_extension(self) -> Result<Extension, String> {
        let state = Asked::from_name(&self.state).ok_or_else(|| unknown("state of an extension", &self.state))?;
        Ok(Extension { at: self.at, until: self.until, before: status(&self.before)?, state })
    }
}

fn status(name: &str) -> Result<Status, String> {
    Status::from_wire(name).ok_or_else(|| unknown("status", name))
}

fn unknown(what: &str, name: &str) -> String {
    format!("{name:?} is not a {what} this version knows")
}
