//! The ticket (工单): the unified matter, a view over one or more complaints.
//!
//! A ticket's id never changes and is never used again. Which complaints it covers changes by merge events only.

mod act;
mod alert;
mod clock;
mod evaluation;
mod event;
mod topic;
mod update;
mod waiting;

use jiff::Timestamp;

use crate::complaint::Point;

pub use act::{
    Above, Act, ActBook, ActKind, Asked, Assignment, Claim, Deed, Extension, Instruction, Outside, Score, Whistle,
};
pub use alert::{Alert, AlertKind, Counted, Seen};
pub use clock::{ClockBook, ClockRun, DayEnd, RunEnd, TimeLimit, TimeUnit};
pub use evaluation::{CallBack, CallBackState, CallBackWay, Consequence, Evaluation, Rater, Rating, ScaleStep};
pub use event::{Addressee, Change, EventKind, Notice, NoticedClock};
pub use topic::{Every, MAX_TOPIC_STEPS, ToldTopic, Topic, TopicState, TopicStep};
pub use update::{Answer, AnswerFile, GivenRating, Handler, OwnResult, Sender, StatusUpdate};
pub use waiting::{Before, Hold, Submission};

/// Where a ticket stands (办理状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Status {
    /// 待办: forwarded, not yet signed.
    #[default]
    Open,
    /// 已签收: a department has taken it.
    Accepted,
    /// 办理中.
    InProgress,
    /// 申请延期.
    ExtensionRequested,
    /// 已延期: the extension was granted.
    Extended,
    /// 已退回: the department says it is not responsible.
    Returned,
    /// 不予受理: refused with a reason.
    Rejected,
    /// 已办结: handled, with a result for the citizen.
    Resolved,
    /// 已结案: nothing more will follow.
    Closed,
    /// 重新办理: opened again.
    Reopened,
    /// 已并入: absorbed into another ticket, which answers for it.
    Absorbed,
}

impl Status {
    /// All states with their names in Chinese and on the wire.
    pub const ALL: [(Self, &'static str, &'static str); 11] = [
        (Self::Open, "待办", "open"),
        (Self::Accepted, "已签收", "accepted"),
        (Self::InProgress, "办理中", "in_progress"),
        (Self::ExtensionRequested, "申请延期", "extension_requested"),
        (Self::Extended, "已延期", "extended"),
        (Self::Returned, "已退回", "returned"),
        (Self::Rejected, "不予受理", "rejected"),
        (Self::Resolved, "已办结", "resolved"),
        (Self::Closed, "已结案", "closed"),
        (Self::Reopened, "重新办理", "reopened"),
        (Self::Absorbed, "已并入", "absorbed"),
    ];

    /// States that a platform may set.
    pub const SET_BY_PLATFORMS: [Self; 9] = [
        Self::Accepted,
        Self::InProgress,
        Self::ExtensionRequested,
        Self::Extended,
        Self::Returned,
        Self::Rejected,
        Self::Resolved,
        Self::Closed,
        Self::Reopened,
    ];

    /// Reads the wire name.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., wire)| *wire == name).map(|(status, ..)| *status)
    }

    /// The name on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        Self::ALL.iter().find(|(status, ..)| *status == self).map_or("open", |(.., wire)| wire)
    }

    /// The name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(status, ..)| *status == self).map_or("待办", |(_, zh, _)| zh)
    }

    /// Whether the matter is answered: every citizen behind it must have a reply, and no new complaint joins it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Resolved | Self::Closed | Self::Absorbed)
    }
}

/// Where routing sends a ticket and by when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// Category code of the pack (事项分类).
    pub category: String,
    /// District code (区划); the city's own code where the place is unknown.
    pub district: String,
    /// Department code (承办单位).
    pub department: String,
    /// On what the department's duty is based (职责依据: 法定, 商定, 指定 …), where the city says so and the tables sent it there.
    pub basis: Option<String>,
    /// Grade code (等级).
    pub grade: String,
    /// When it is due (办理时限).
    pub due_at: Option<Timestamp>,
    /// How each of these was found, one sentence each.
    pub reasons: Vec<String>,
}

/// What of a route says who gets a ticket's events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteKey {
    /// Category code; not part of routing keys.
    pub category: String,
    /// District code.
    pub district: String,
    /// Department code.
    pub department: String,
    /// Grade code.
    pub grade: String,
}

impl From<&Route> for RouteKey {
    fn from(route: &Route) -> Self {
        let Route { category, district, department, grade, .. } = route.clone();
        Self { category, district, department, grade }
    }
}

/// The unified matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ticket {
    /// Its id, e.g. `RC-20261121-000017`.
    pub id: String,
    /// Counts every change; the first is 1.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// Category, district, department, grade and deadline.
    pub route: Route,
    /// Title of its first complaint.
    pub title: String,
    /// Text of its first complaint.
    pub text: String,
    /// Address of its first complaint that has one.
    pub address: Option<String>,
    /// Point of its first complaint that has one.
    pub point: Option<Point>,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many complaints it covers.
    pub complaints: u64,
    /// 锁定: its complaints stay as they are; nothing is merged into it by itself.
    pub pinned: bool,
    /// The ticket that absorbed it.
    pub successor: Option<String>,
    /// When it was answered, rejected or closed; none while it is open.
    pub finished_at: Option<Timestamp>,
    /// A granted extension: the deadline until the matter is handled again, whatever joins or leaves the ticket.
    pub extended_until: Option<Timestamp>,
    /// When it was last opened again: its time runs from then.
    pub restarted_at: Option<Timestamp>,
    /// The finished ticket of the same matter, when the matter has come again.
    pub recurrence_of: Option<String>,
    /// Names of the feeds that it was sent to and whose platforms may speak of it; none of a ticket that was made before this was
    /// noted.
    pub sent_to: Option<Vec<String>>,
    /// Names of the feeds that had it and do not have it now: their filter no longer wants it.
    pub left: Vec<String>,
    /// Codes of its tags (标签), sorted.
    pub tags: Vec<String>,
    /// Its clocks.
    pub clocks: ClockBook,
    /// Where it waits before it is dispatched; none of a ticket that platforms know.
    pub hold: Option<Hold>,
    /// The answer that waits for approval.
    pub submission: Option<Submission>,
    /// What was done with it besides setting its status.
    pub acts: ActBook,
    /// What was said of its results.
    pub evaluation: Evaluation,
}

impl Ticket {
    /// What of it waits for a person, in which list, and since when. A ticket that was over before anybody let it be dispatched waits for
    /// nobody, and again once it is handled again.
    #[must_use]
    pub fn waits(&self) -> Option<(Before, &str, Timestamp)> {
        let open = self.hold.as_ref().filter(|_| !self.status.is_final());
        let hold = open.map(|hold| (Before::Dispatch, hold.code.as_str(), hold.since));
        hold.or_else(|| self.submission.as_ref().map(|held| (Before::Closing, held.code.as_str(), held.since)))
    }

    /// Whether the matter has a result, or had one before it was handled again.
    #[must_use]
    pub fn was_answered(&self) -> bool {
        let has_one = matches!(self.status, Status::Resolved | Status::Closed | Status::Rejected);
        has_one || self.evaluation.rounds > 0 || self.restarted_at.is_some()
    }

    /// The runs of clocks that go on now: open, not standing still, and not of a ticket that another one answers for.
    pub fn running_clocks(&self) -> impl Iterator<Item = &ClockRun> {
        let runs = self.clocks.runs.iter().filter(|_| self.status != Status::Absorbed);
        runs.filter(|run| run.is_open() && run.paused_at.is_none())
    }

    /// The runs of clocks that go on although they were due before a time, to the millisecond.
    pub fn overdue_clocks(&self, now: Timestamp) -> impl Iterator<Item = &ClockRun> {
        self.running_clocks().filter(move |run| run.due_at.as_millisecond() < now.as_millisecond())
    }

    /// Notes that an event of it was sent to a feed; its first event begins the list.
    pub fn note_sent(&mut self, feed: &str) {
        self.left.retain(|known| known != feed);
        if let Some(feeds) = &mut self.sent_to
            && !feeds.iter().any(|known| known == feed)
        {
            feeds.push(feed.to_owned());
        }
    }

    /// Notes that a feed no longer has it. Where it went to somebody else (`is_moved`), the feed's platform has no say in it any
    /// more.
    pub fn note_left(&mut self, feed: &str, is_moved: bool) {
        if !self.has_left(feed) {
            self.left.push(feed.to_owned());
        }
        if let Some(feeds) = self.sent_to.as_mut().filter(|_| is_moved) {
            feeds.retain(|known| known != feed);
        }
    }

    /// Whether it may have been sent to a feed whose platform still has a say in it.
    #[must_use]
    pub fn was_sent_to(&self, feed: &str) -> bool {
        self.sent_to.as_ref().is_none_or(|feeds| feeds.iter().any(|known| known == feed))
    }

    /// Whether a feed had it and does not have it now.
    #[must_use]
    pub fn has_left(&self, feed: &str) -> bool {
        self.left.iter().any(|known| known == feed)
    }

    /// Whether a feed has it now; `None` where that was not noted.
    #[must_use]
    pub fn is_with(&self, feed: &str) -> Option<bool> {
        let sent_to = self.sent_to.as_ref()?;
        Some(sent_to.iter().any(|known| known == feed) && !self.has_left(feed))
    }
}
