//! Which tickets a list has, and what came lately.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{DeliveryState, ReplyState, TicketDetail, Unanswered};
use huiliu_domain::people::{Matter, Reach};
use huiliu_domain::ticket::{AlertKind, Status, Ticket, TopicState};

/// Which tickets are wanted; all that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// Status.
    pub status: Option<Status>,
    /// Category code.
    pub category: Option<String>,
    /// Department code.
    pub department: Option<String>,
    /// District code.
    pub district: Option<String>,
    /// Grade code.
    pub grade: Option<String>,
    /// A channel by which one of its complaints came.
    pub channel: Option<String>,
    /// Only those with at least this many complaints.
    pub min_complaints: Option<u64>,
    /// Only those that wait for a person, in whichever list.
    pub waits: bool,
    /// Only those that wait in this list.
    pub waits_in: Option<String>,
    /// Made at this time or later.
    pub made_from: Option<Timestamp>,
    /// Made before this time.
    pub made_before: Option<Timestamp>,
    /// Its deadline is at this time or later.
    pub due_from: Option<Timestamp>,
    /// Its deadline is before this time.
    pub due_before: Option<Timestamp>,
    /// It is not finished and its deadline was before this time, or a clock of it that goes on was due before it.
    pub overdue_at: Option<Timestamp>,
    /// Only those that lie in it.
    pub reach: Arc<Reach>,
}

impl TicketFilter {
    /// Whether a ticket fits, whose complaints came by some channels; by the times as they are kept.
    pub(crate) fn fits(&self, ticket: &Ticket, channels: &[&str]) -> bool {
        let is = |wanted: &Option<String>, code: &str| wanted.as_deref().is_none_or(|wanted| wanted == code);
        let ms = |at: Timestamp| at.as_millisecond();
        let (made, route) = (ms(ticket.created_at), &ticket.route);
        let due = |fits: &dyn Fn(i64) -> bool| route.due_at.is_some_and(|at| fits(ms(at)));
        let is_overdue =
            |now| !ticket.status.is_final() && due(&|at| at < ms(now)) || ticket.overdue_clocks(now).next().is_some();
        self.status.is_none_or(|status| status == ticket.status)
            && is(&self.category, &route.category)
            && is(&self.department, &route.department)
            && is(&self.district, &route.district)
            && is(&self.grade, &route.grade)
            && self.channel.as_deref().is_none_or(|channel| channels.contains(&channel))
            && ticket.complaints >= self.min_complaints.unwrap_or(0)
            && (!self.waits || ticket.waits().is_some())
            && self.waits_in.as_deref().is_none_or(|list| ticket.waits().is_some_and(|(_, code, _)| code == list))
            && self.made_from.is_none_or(|from| made >= ms(from))
            && self.made_before.is_none_or(|before| made < ms(before))
            && self.due_from.is_none_or(|from| due(&|at| at >= ms(from)))
            && self.due_before.is_none_or(|before| due(&|at| at < ms(before)))
            && self.overdue_at.is_none_or(is_overdue)
            && reaches(&self.reach, ticket, channels)
    }
}

/// Whether a ticket lies in a reach, whose complaints came by some channels.
pub(crate) fn reaches(reach: &Reach, ticket: &Ticket, channels: &[&str]) -> bool {
    let others: Vec<&str> = ticket.acts.units().collect();
    let route = &ticket.route;
    reach.holds(Matter {
        district: &route.district,
        category: &route.category,
        responsible: &route.department,
        others: &others,
        channels,
    })
}

/// A part of a list of tickets.
#[derive(Debug, Clone, Default)]
pub struct TicketPart {
    /// The newest first, without their complaints.
    pub tickets: Vec<TicketDetail>,
    /// Where the next part goes on; none where nothing is left. There can be a next part behind a short or empty one: what is looked at
    /// at once is limited.
    pub next: Option<i64>,
}

/// A list whose rows tell of tickets.
#[derive(Debug, Clone, Copy)]
pub enum Listed<'l> {
    /// Replies in a state, the newest first.
    Replies(ReplyState),
    /// Deliveries in a state, to one feed or destination or to any, the newest first.
    Deliveries(DeliveryState, Option<&'l str>),
    /// Notices that were sent, the newest first.
    Notices,
    /// Call-backs that are due, the oldest first.
    CallBacks,
    /// Complaints behind finished tickets whose citizens were not answered, the oldest first: for one reason or for any, and the channels
    /// on which replies leave.
    Unanswered(Option<Unanswered>, &'l [String]),
    /// Alerts of a kind, the newest first.
    Alerts(AlertKind),
    /// Topics in a state or in any, the newest first.
    Topics(Option<TopicState>),
    /// Records in quarantine, of one channel or of all, the oldest first.
    Quarantine(Option<&'l str>),
    /// Open reviews, the heaviest first: each tells of two tickets.
    Reviews,
}

impl Listed<'_> {
    /// Whether it goes from low numbers to high ones; reviews go by their weight.
    #[must_use]
    pub fn is_ascending(&self) -> bool {
        matches!(self, Self::CallBacks | Self::Unanswered(..) | Self::Quarantine(_))
    }

    /// The number after which a part of the list begins with the row of this one, where it goes by numbers.
    #[must_use]
    pub fn just_before(&self, number: i64) -> i64 {
        if self.is_ascending() { number.saturating_sub(1) } else { number.saturating_add(1) }
    }
}

/// A part of the numbers of a list's rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The numbers, in the order of the list.
    pub numbers: Vec<i64>,
    /// Where the next part goes on; none where nothing is left. There can be a next part behind a short or empty one: what is looked at
    /// at once is limited.
    pub next: Option<i64>,
}

/// What came and went in the last hours; hours are whole ones since the first moment that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lately {
    /// What came, by hour and channel, in this order; none with nothing.
    pub came: Vec<Came>,
    /// Citizens that were answered: the hour, the channel, and how many.
    pub answered: Vec<(u32, String, u64)>,
    /// Events of tickets that were published: the hour, and how many.
    pub left: Vec<(u32, u64)>,
    /// Whether more came than is looked at: then the newest are counted.
    pub cut: bool,
}

/// Complaints that came by one channel in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// The hour.
    pub hour: u32,
    /// Id of the channel.
    pub channel: String,
    /// How many.
    pub complaints: u64,
    /// Those of them that joined a ticket that was there.
    pub joined: u64,
}
