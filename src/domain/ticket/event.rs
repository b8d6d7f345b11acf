//! What can happen to a ticket, and what it changed.

use jiff::Timestamp;

use super::{Alert, AnswerFile, CallBack, Deed, Handler, Rating, ToldTopic};
use crate::complaint::Satisfaction;

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It was made.
    Created,
    /// A complaint joined it.
    Joined,
    /// A complaint of it was changed by its source.
    Amended,
    /// A complaint was taken out of it, or it was made by that.
    Split,
    /// It was absorbed by another ticket.
    Absorbed,
    /// Its status changed.
    Status,
    /// A share of the time allowed has passed.
    Reminder,
    /// A citizen, or a supervisor, said how good the result is.
    Rated,
    /// A citizen is to be called back (回访).
    CallbackDue,
    /// It was opened again.
    Reopened,
    /// A complaint of it was urged by its source.
    Urged,
    /// A complaint of it was withdrawn; the ticket is closed where nobody else waits.
    Withdrawn,
    /// A complaint of it was closed by its source; the ticket is closed where nobody else waits.
    Closed,
    /// It was made, and waits for a person before it is dispatched: platforms hear `created` when it is.
    Held,
    /// Its platform has answered, and the answer waits for a person's approval.
    Submitted,
    /// A person did not approve the answer: it is handled further.
    SentBack,
    /// A notice (提示单, 督办单 …) was sent: by an alarm of a clock, or for a repeated dissatisfaction.
    Notice,
    /// Another unit is responsible for it from now on.
    Assigned,
    /// A unit above the one responsible has taken it.
    Escalated,
    /// Units were called (吹哨).
    Whistled,
    /// A unit that was called has come (应哨).
    Responded,
    /// Who called a unit gave it marks.
    Scored,
    /// A leader gave an instruction (批示).
    Instructed,
    /// A leader has taken it on (领办、包案).
    Claimed,
    /// With it, one matter comes more often than usual (突增).
    Surge,
    /// It is about something of which somebody wants to be told (关键词预警).
    Warned,
    /// It came to a topic (专题), or its topic came into another state.
    Topic,
    /// It has left a routing key or a feed: what follows of it goes elsewhere.
    Left,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 28] = [
        Self::Created,
        Self::Joined,
        Self::Amended,
        Self::Split,
        Self::Absorbed,
        Self::Status,
        Self::Reminder,
        Self::Rated,
        Self::CallbackDue,
        Self::Reopened,
        Self::Urged,
        Self::Withdrawn,
        Self::Closed,
        Self::Held,
        Self::Submitted,
        Self::SentBack,
        Self::Notice,
        Self::Assigned,
        Self::Escalated,
        Self::Whistled,
        Self::Responded,
        Self::Scored,
        Self::Instructed,
        Self::Claimed,
        Self::Surge,
        Self::Warned,
        Self::Topic,
        Self::Left,
    ];

    /// Its word in routing keys, event types and filters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Joined => "joined",
            Self::Amended => "amended",
            Self::Split => "split",
            Self::Absorbed => "absorbed",
            Self::Status => "status",
            Self::Reminder => "reminder",
            Self::Rated => "rated",
            Self::CallbackDue => "callback-due",
            Self::Reopened => "reopened",
            Self::Urged => "urged",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
            Self::Held => "held",
            Self::Submitted => "submitted",
            Self::SentBack => "sent_back",
            Self::Notice => "notice",
            Self::Assigned => "assigned",
            Self::Escalated => "escalated",
            Self::Whistled => "whistled",
            Self::Responded => "responded",
            Self::Scored => "scored",
            Self::Instructed => "instructed",
            Self::Claimed => "claimed",
            Self::Surge => "surge",
            Self::Warned => "warned",
            Self::Topic => "topic",
            Self::Left => "left",
        }
    }
}

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Receipt number of the complaint concerned.
    pub receipt: Option<String>,
    /// Id of the other ticket concerned, when complaints moved between two.
    pub other_ticket: Option<String>,
    /// Share of the time allowed that has passed, in percent, in reminders.
    pub percent_of_time: Option<u32>,
    /// 满意度, in ratings and in updates that tell one.
    pub satisfaction: Option<Satisfaction>,
    /// What was said: a platform's result, a citizen's words on a rating, a source's words on what it states later.
    pub note: Option<String>,
    /// Who handles the matter, in status.
    pub person: Option<Handler>,
    /// Pictures and documents of an answer, in status.
    pub attachments: Vec<AnswerFile>,
    /// How often the complaint was urged, this time included.
    pub count: Option<u64>,
    /// When a source stated it, by its own clock.
    pub stated_at: Option<Timestamp>,
    /// The notice that was sent, in notices.
    pub notice: Option<Notice>,
    /// What was done, in acts.
    pub deed: Option<Deed>,
    /// The rating, in ratings and in updates that tell one; its words are the note.
    pub rating: Option<Rating>,
    /// The call-back that is due.
    pub call_back: Option<CallBack>,
    /// What watching tells, in surges and warnings.
    pub alert: Option<Alert>,
    /// The topic, in events of topics.
    pub topic: Option<ToldTopic>,
}

/// A notice (提示单, 督办单, 警示单 …): what an alarm of a clock sends, or a repeated dissatisfaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Code of the kind of notice.
    pub code: String,
    /// Its title, e.g. 督办单.
    pub title: String,
    /// The clock whose alarm sends it; none where citizens were dissatisfied again.
    pub clock: Option<NoticedClock>,
    /// What it says, in Chinese: which clock, how it stands, how the due time came about; or how often somebody was dissatisfied.
    pub text: String,
    /// Which time the same alarm is told, from 1; of a dissatisfaction, in how many rounds there was one.
    pub round: u16,
    /// Whom it is for.
    pub to: Vec<Addressee>,
    /// Ids of all tickets that it is about, where it is about several.
    pub tickets: Vec<String>,
}

/// The clock of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticedClock {
    /// Code.
    pub code: String,
    /// Name, e.g. 签收.
    pub name: String,
    /// When it is due.
    pub due_at: Timestamp,
}

/// Whom a notice is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Code of the person or desk.
    pub code: String,
    /// Name.
    pub name: String,
    /// Role, as the city names it.
    pub role: String,
    /// Code of the unit.
    pub unit: String,
    /// Telephone number, where one is known.
    pub phone: Option<String>,
    /// Whether it is a copy (抄送).
    pub is_copy: bool,
}
