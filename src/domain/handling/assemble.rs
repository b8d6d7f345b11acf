//! A ticket is derived from the complaints it covers: title, text and place of the first that is not confidential, the route of the first, the grade of
//! the most urgent, the earliest deadline.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::acts::stay_assigned;
use crate::city::Grades;
use crate::complaint::Complaint;
use crate::routing::Routing;
use crate::ticket::{Route, Ticket};
use crate::watch::Watch;

/// One complaint of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Covered<'a> {
    /// The complaint.
    pub complaint: &'a Complaint,
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// Its words are gone: nothing can be read from it any more.
    pub erased: bool,
}

impl Covered<'_> {
    /// Its route by these rules; none once its words are gone. Where the ticket was opened again, time runs from then at the
    /// earliest.
    fn route(&self, routing: &Routing, restarted_at: Option<Timestamp>) -> Option<Route> {
        let from = counted_from(self.complaint, self.received_at);
        let from = restarted_at.map_or(from, |restarted_at| from.max(restarted_at));
        (!self.erased).then(|| routing.route(self.complaint, from))
    }
}

/// When the time of a complaint begins to run: when its source received it, if that is not in the future.
#[must_use]
pub fn counted_from(complaint: &Complaint, received_at: Timestamp) -> Timestamp {
    complaint.received_at.filter(|at| *at <= received_at).unwrap_or(received_at)
}

/// Derives what a ticket shows from its complaints, in their order. The first one's route decides category, district and
/// department; where its words are gone, these stay as they are. A unit to which the ticket was given stays responsible, and a granted
/// extension the deadline.
pub fn assemble(
    ticket: &mut Ticket,
    complaints: &[Covered<'_>],
    (routing, grades, watch): (&Routing, &Grades, &Watch),
) {
    present(ticket, complaints.iter().map(|covered| covered.complaint));
    ticket.complaints = u64::try_from(complaints.len()).unwrap_or(u64::MAX);
    ticket.tags = tags(complaints, routing, watch).into_iter().collect();
    let restarted_at = ticket.restarted_at;
    let mut routes = complaints.iter().map(|covered| covered.route(routing, restarted_at));
    if let Some(Some(route)) = routes.next() {
        ticket.route = route;
        stay_assigned(ticket);
    }
    let others: Vec<Route> = routes.flatten().collect();
    for route in &others {
        escalate(ticket, route, grades);
    }
    if let Some(extended_until) = ticket.extended_until {
        grant_extension(ticket, extended_until);
    }
}

/// Gives a ticket the words and the place that it shows: those of its first complaint. A confidential complaint among others that
/// are not adds nothing to what is shown.
pub fn present<'a>(ticket: &mut Ticket, complaints: impl Iterator<Item = &'a Complaint> + Clone) {
    let Some(first) = leads(complaints.clone()).next() else { return };
    ticket.title.clone_from(&first.title);
    ticket.text.clone_from(&first.text);
    ticket.address = leads(complaints.clone()).find_map(|complaint| complaint.place.address.clone());
    ticket.point = leads(complaints).find_map(|complaint| complaint.place.point);
}

/// The tags of a ticket: those of all of its complaints that are not erased. A confidential complaint among others that are not
/// adds none.
#[must_use]
pub fn tags(complaints: &[Covered<'_>], routing: &Routing, watch: &Watch) -> BTreeSet<String> {
    if watch.is_empty() {
        return BTreeSet::new();
    }
    let is_open = |covered: &Covered<'_>| !covered.complaint.reporter.confidential;
    let open = complaints.iter().any(is_open);
    let leading = complaints.iter().filter(|covered| !covered.erased && (!open || is_open(covered)));
    let of = |covered: &Covered<'_>| covered.route(routing, None).map(|route| watch.tags(covered.complaint, &route));
    leading.filter_map(of).flatten().collect()
}

/// The complaints of a ticket that say what it is about: all, or those that are not confidential where there are such.
fn leads<'a>(complaints: impl Iterator<Item = &'a Complaint> + Clone) -> impl Iterator<Item = &'a Complaint> {
    let open = complaints.clone().any(|complaint| !complaint.reporter.confidential);
    complaints.filter(move |complaint| !(open && complaint.reporter.confidential))
}

/// Takes over a more urgent grade and an earlier deadline; whether anything changed. A granted extension stays the deadline.
pub fn escalate(ticket: &mut Ticket, route: &Route, grades: &Grades) -> bool {
    let more_urgent = grades.rank(&route.grade) < grades.rank(&ticket.route.grade);
    if more_urgent {
        ticket.route.reasons.push("等级：后来的诉求更急，已提高".to_owned());
        ticket.route.grade.clone_from(&route.grade);
    }
    let earlier = ticket.extended_until.is_none()
        && match (ticket.route.due_at, route.due_at) {
            (Some(known), Some(other)) => other < known,
            (None, Some(_)) => true,
            _ => false,
        };
    if earlier {
        ticket.route.reasons.push("时限：后来的诉求时限更早，已提前".to_owned());
        ticket.route.due_at = route.due_at;
    }
    more_urgent || earlier
}

/// Makes a granted extension the deadline. It holds until the matter is handled again, whatever joins or leaves the ticket. One that
/// ends earlier than the deadline is taken as it is said, for a platform corrects an extension by another, and a sentence says so.
pub fn grant_extension(ticket: &mut Ticket, until: Timestamp) {
    let is_earlier = ticket.route.due_at.is_some_and(|due| until < due);
    ticket.extended_until = Some(until);
    ticket.route.due_at = Some(until);
    let reason =
        if is_earlier { "时限：所报延期早于原时限，按所报提前" } else { "时限：已批准延期" };
    ticket.route.reasons.push(reason.to_owned());
}
