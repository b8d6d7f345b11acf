//! What people and tokens do, as the audit log keeps it: who, when, what, on what, and how it ended. Nouns only.
//!
//! An entry holds no words that somebody typed and no number of a citizen: it stays when the citizen's data is erased. What it is about
//! is named by numbers and names that the gateway, the city pack or its operator has given.

mod machine_user;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

pub use machine_user::machine_user;

/// Most characters of what an entry is about; more is cut.
pub const MAX_SUBJECT_CHARS: usize = 400;
/// Most characters of a name or a request's number; more is cut.
const MAX_NAME_CHARS: usize = 64;

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actor {
    /// Name of a token, of a user of the machine, or of a feed; empty where nobody was recognized.
    pub name: String,
    /// Role of the token; `machine` for a user of the machine.
    pub role: String,
    /// Number of the request, as in its answer and in the log.
    pub request: Option<String>,
}

impl Actor {
    /// Somebody in a role, without a request.
    #[must_use]
    pub fn new(name: impl Into<String>, role: &str) -> Self {
        Self { name: cut(&name.into(), MAX_NAME_CHARS), role: role.to_owned(), request: None }
    }
}

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        Self::new(name, "")
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// Done, or shown.
    Done,
    /// Nothing was changed or shown.
    Refused,
}

impl AuditOutcome {
    /// All outcomes with their names.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Done, "done"), (Self::Refused, "refused")];

    /// Name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::Done { "done" } else { "refused" }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(outcome, _)| *outcome)
    }
}

/// What was done: names in the log never change their meaning.
macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl AuditAction {
            /// All actions with their names.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $name),)+];
        }
    };
}

actions! {
    /// A complaint was taken out of its ticket.
    Split = "ticket.split";
    /// A ticket was absorbed by another.
    Merge = "ticket.merge";
    /// A complaint was put to another ticket.
    Move = "ticket.move";
    /// The last decision on a ticket was taken back.
    Undo = "ticket.undo";
    /// A ticket was pinned.
    Pin = "ticket.pin";
    /// A ticket was unpinned.
    Unpin = "ticket.unpin";
    /// A review was answered.
    Review = "review.answer";
    /// A ticket that waited was dispatched.
    Release = "ticket.release";
    /// An answer that waited was approved.
    Approve = "answer.approve";
    /// An answer that waited was sent back.
    SendBack = "answer.send_back";
    /// A citizen's data was erased.
    Erase = "citizen.erase";
    /// A citizen's data was exported.
    Export = "citizen.export";
    /// A list was exported as a file.
    ExportList = "list.export";
    /// A ticket's status was set, or something was done with it, in the name of a unit.
    Update = "ticket.update";
    /// A ticket was sent to a feed or destination.
    Send = "ticket.send";
    /// A reply was sent after all, as it was or with other words.
    RetryReply = "reply.retry";
    /// A citizen was told by hand.
    Told = "reply.told";
    /// A call-back was noted: what a citizen said, or that nobody was reached.
    CallBack = "callback.note";
    /// A supervisor rated a result.
    Supervise = "ticket.rate";
    /// A topic was made.
    NewTopic = "topic.new";
    /// Tickets came to a topic.
    AddToTopic = "topic.add";
    /// A topic came into a state.
    DecideTopic = "topic.decide";
    /// It was said when a topic is looked at again, or what was found.
    FollowTopic = "topic.follow_up";
    /// A quarantined record was mapped again.
    Replay = "quarantine.replay";
    /// A quarantined record was discarded.
    Discard = "quarantine.discard";
    /// Deliveries that were given up were tried again.
    RetryDelivery = "delivery.retry";
    /// Deliveries of a destination that is no more, or that were given up, were discarded.
    DiscardDelivery = "delivery.discard";
    /// The calls of a channel were followed with what they carry.
    FollowChannel = "channel.follow";
    /// A channel was paused.
    PauseChannel = "channel.pause";
    /// A paused channel goes on.
    ResumeChannel = "channel.resume";
    /// A channel was pulled at once.
    PullChannel = "channel.pull";
    /// It was tried what a channel would read.
    TestChannel = "channel.test";
    /// The gateway was started.
    Start = "gateway.start";
    /// The city pack was loaded again.
    Reload = "pack.reload";
    /// An earlier version of the city pack was put live again.
    Rollback = "pack.rollback";
    /// A draft of the city pack was made or changed.
    Draft = "pack.draft";
    /// A draft of the city pack was removed.
    RemoveDraft = "pack.draft_removed";
    /// A draft of the city pack was put live.
    Publish = "pack.publish";
    /// A version of the city pack, or what differs, was looked at.
    LookPack = "pack.look";
    /// A ticket was looked at with contact data.
    LookTicket = "ticket.look";
    /// The life of a matter was told, with contact data or to an auditor.
    LookLife = "life.look";
    /// Complaints were looked up with contact data.
    LookComplaints = "complaint.look";
    /// The words of a reply were looked at.
    LookReply = "reply.look";
    /// Open reviews were looked at with their texts.
    LookReviews = "review.look";
    /// The call-backs that are due were looked at with contact data.
    LookCallBacks = "callback.look";
    /// A topic was looked at with what was decided on it.
    LookTopic = "topic.look";
    /// Quarantined records were looked at.
    LookQuarantine = "quarantine.look";
    /// Warnings were looked at with their samples.
    LookWarnings = "warning.look";
    /// Points and stars of a citizen were looked at.
    LookRewards = "reward.look";
    /// A report was read.
    LookReport = "report.look";
    /// A file that a citizen sent was fetched.
    FetchFile = "file.fetch";
    /// A token was made.
    NewToken = "token.new";
    /// A token was replaced by another of its name.
    ReplaceToken = "token.replace";
    /// A token was removed.
    RemoveToken = "token.remove";
    /// Somebody was added who may sign in.
    NewPerson = "person.new";
    /// What is known of somebody who may sign in was changed: role, scope, password, second factor.
    ChangePerson = "person.change";
    /// Somebody may not sign in any more and is gone.
    RemovePerson = "person.remove";
    /// Those who may sign in were looked at.
    LookPeople = "person.look";
    /// Somebody set a password or a second factor of their own.
    ChangePassword = "password.change";
    /// Keys were rotated.
    RotateKeys = "keys.rotate";
    /// The store was moved to another database.
    MoveStore = "store.move";
    /// The store was examined with repair.
    Repair = "store.repair";
    /// A file was imported.
    Import = "channel.import";
    /// Somebody signed in; refused: with a wrong password or code, without a token, or with one that is not known.
    Login = "login";
    /// Somebody signed out.
    Logout = "logout";
    /// Somebody asked for what their role does not allow.
    Deny = "access";
    /// The audit log was read.
    ReadAudit = "audit.read";
}

impl AuditAction {
    /// Name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(action, _)| *action == self).map_or("", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(action, _)| *action)
    }
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Who.
    pub actor: Actor,
    /// On what: `ticket:T1 receipt:R1`; empty where that is not known. At most [`MAX_SUBJECT_CHARS`].
    pub subject: String,
    /// How many it concerned, where it is counted.
    pub count: Option<u64>,
    /// How it ended.
    pub outcome: AuditOutcome,
}

impl AuditEntry {
    /// Something that was done.
    #[must_use]
    pub fn done(action: AuditAction, actor: Actor, at: Timestamp) -> Self {
        Self { at, action, actor, subject: String::new(), count: None, outcome: AuditOutcome::Done }
    }

    /// The same, refused.
    #[must_use]
    pub fn refused(self) -> Self {
        Self { outcome: AuditOutcome::Refused, ..self }
    }

    /// The same about things of a kind.
    #[must_use]
    pub fn about(mut self, kind: &str, things: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        for thing in things {
            let gap = if self.subject.is_empty() { "" } else { " " };
            let next = format!("{}{gap}{kind}:{thing}", self.subject);
            if next.chars().count() > MAX_SUBJECT_CHARS {
                break;
            }
            self.subject = next;
        }
        self
    }

    /// The same with how many it concerned.
    #[must_use]
    pub fn counted(self, count: usize) -> Self {
        Self { count: Some(u64::try_from(count).unwrap_or(u64::MAX)), ..self }
    }

    /// The same with how many it concerned; with none it was refused.
    #[must_use]
    pub fn of_many(self, count: u64) -> Self {
        let counted = Self { count: Some(count), ..self };
        if count == 0 { counted.refused() } else { counted }
    }
}

/// A place in the chain of entries: the number of the last one, and its link. Kept outside the store, it proves that nothing up to it
/// has been taken away since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of the entry; 0 before the first.
    pub number: i64,
    /// Its link.
    pub link: [u8; 32],
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hex(&self.link))
    }
}

/// A text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint is a number, a colon and 64 hexadecimal digits")]
pub struct NoCheckpoint;

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let (number, digits) = text.trim().split_once(':').ok_or(NoCheckpoint)?;
        let number = number.parse().ok().filter(|number| *number >= 0).ok_or(NoCheckpoint)?;
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return Err(NoCheckpoint) };
        let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let link = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(NoCheckpoint)?;
        Ok(Self { number, link })
    }
}

/// What is wrong with the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditBreak {
    /// An entry was changed, or put in from elsewhere.
    Changed,
    /// An entry is missing.
    Missing,
    /// An entry cannot be opened.
    Unreadable,
    /// The log says that it ends with this entry, which is not there: the end was cut off.
    CutOff,
    /// The record of where the log begins and ends was changed or removed.
    EndsForged,
    /// The entry is not that of a checkpoint that was kept elsewhere: the log is an older copy, or was made anew.
    NotOfCheckpoint,
}

impl AuditBreak {
    /// Name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::CutOff => "cut_off",
            Self::EndsForged => "ends_forged",
            Self::NotOfCheckpoint => "not_of_checkpoint",
        }
    }
}

/// What checking the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCheck {
    /// Entries that were looked at.
    pub entries: u64,
    /// The last entry before those that are kept.
    pub begins_after: i64,
    /// The end of the chain, to be kept elsewhere.
    pub end: Checkpoint,
    /// The first entry that is wrong, and how.
    pub broken: Option<(i64, AuditBreak)>,
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (action, name) in AuditAction::ALL {
            assert_eq!((AuditAction::from_name(name), action.name()), (Some(*action), *name));
        }
        for (outcome, name) in AuditOutcome::ALL {
            assert_eq!((AuditOutcome::from_name(name), outcome.name()), (Some(outcome), name));
        }
    }

    #[test]
    fn a_subject_is_bounded() {
        let entry = AuditEntry::done(AuditAction::Export, "ann".into(), Timestamp::UNIX_EPOCH);
        let entry = entry.about("receipt", (0..1_000).map(|number| format!("RC{number:013}")));
        assert!(entry.subject.starts_with("receipt:RC0000000000000 receipt:RC"));
        assert!(entry.subject.chars().count() <= MAX_SUBJECT_CHARS, "{}", entry.subject);
        assert_eq!(Actor::new("x".repeat(900), "viewer").name.len(), MAX_NAME_CHARS);
    }

    #[test]
    fn a_checkpoint_is_read_as_it_is_written() {
        let checkpoint = Checkpoint { number: 12, link: [0xA7; 32] };
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        for text in
            ["", "12", "12:", "-1:00", "x:00", &format!("1:{}", "0".repeat(63)), &format!("1:{}", "é".repeat(32))]
        {
            assert_eq!(text.parse::<Checkpoint>(), Err(NoCheckpoint), "{text}");
        }
    }
}
