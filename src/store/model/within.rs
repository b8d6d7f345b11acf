//! Lists whose rows tell of tickets, as far as these lie in a reach.

use super::Contents;
use crate::{Listed, Numbers, OccurrenceKind, Page};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::CallBackState;

/// A part of the numbers that come.
fn part(numbers: impl Iterator<Item = i64>, page: Page) -> Numbers {
    let mut numbers: Vec<i64> = numbers.collect();
    let is_cut = numbers.len() > page.limit;
    numbers.truncate(page.limit);
    let next = numbers.last().copied().filter(|_| is_cut);
    Numbers { numbers, next }
}

impl Contents {
    pub(super) fn numbers(&self, list: &Listed<'_>, reach: &Reach, page: Page) -> Numbers {
        match list {
            Listed::Reviews => return self.reviews_within(reach, page),
            Listed::Quarantine(channel) => return self.quarantine_within(*channel, reach, page),
            _ => {}
        }
        let mut rows = self.rows(list);
        rows.sort_unstable_by_key(|(number, _)| *number);
        if !list.is_ascending() {
            rows.reverse();
        }
        let comes_later = |number: i64| match (page.after, list.is_ascending()) {
            (None, _) => true,
            (Some(after), true) => number > after,
            (Some(after), false) => number < after,
        };
        let is_without_any = |tickets: &[TicketKey]| matches!(list, Listed::Topics(_)) && tickets.is_empty();
        let is_meant = |(number, tickets): &(i64, Vec<TicketKey>)| {
            let is_inside = tickets.iter().any(|ticket| self.is_within(reach, *ticket));
            comes_later(*number) && (is_inside || reach.is_whole() || is_without_any(tickets))
        };
        part(rows.into_iter().filter(is_meant).map(|(number, _)| number), page)
    }

    fn reviews_within(&self, reach: &Reach, page: Page) -> Numbers {
        let is_beyond = |ticket: TicketKey| self.tickets.contains_key(&ticket) && !self.is_within(reach, ticket);
        let open = self.open(page.after).into_iter();
        let seen =
            open.filter(|view| reach.is_whole() || ![view.ticket, view.current_ticket].into_iter().any(is_beyond));
        part(seen.map(|view| view.id.0), page)
    }

    fn quarantine_within(&self, channel: Option<&str>, reach: &Reach, page: Page) -> Numbers {
        let listed = self.quarantine.iter().filter(|(key, row)| {
            key.0 > page.after.unwrap_or(0) && channel.is_none_or(|channel| channel == row.channel)
        });
        let is_seen = |key: &RawKey, channel: &str| {
            let number = self.raw.get(key).map(|raw| raw.record_id.as_str());
            let about = self.complaints.values().find(|kept| {
                kept.row.complaint.channel == channel && Some(kept.row.complaint.number.as_str()) == number
            });
            about.map_or_else(|| reach.scope().holds_unplaced(channel), |kept| self.is_within(reach, kept.row.ticket))
        };
        let seen = listed.filter(|(key, row)| reach.is_whole() || is_seen(key, &row.channel));
        part(seen.map(|(key, _)| key.0), page)
    }

    /// The numbers of a list with the tickets of which each row tells.
    fn rows(&self, list: &Listed<'_>) -> Vec<(i64, Vec<TicketKey>)> {
        let of = |complaints: &mut dyn Iterator<Item = ComplaintKey>| -> Vec<TicketKey> {
            complaints.filter_map(|key| self.ticket_of(key)).collect()
        };
        match *list {
            Listed::Replies(state) => {
                let listed = self.replies.iter().filter(|(_, reply)| reply.state == state);
                listed.map(|(key, reply)| (key.0, vec![reply.row.ticket])).collect()
            }
            Listed::Deliveries(state, destination) => {
                let listed = self.deliveries.iter().filter(|(_, delivery)| {
                    delivery.state == state
                        && destination.is_none_or(|destination| destination == delivery.row.destination)
                });
                listed.map(|(key, delivery)| (key.0, vec![delivery.row.ticket])).collect()
            }
            Listed::Notices => {
                let notices = self.occurrences.iter().filter(|(_, row)| row.kind == OccurrenceKind::Notice);
                notices.map(|(number, row)| (*number, vec![TicketKey(row.subject)])).collect()
            }
            Listed::CallBacks => {
                let due = self.call_backs.iter().filter(|view| view.state == CallBackState::Due);
                due.map(|view| (view.id, vec![view.ticket])).collect()
            }
            Listed::Unanswered(reason, sending) => {
                let views = self.unanswered(&|channel| sending.iter().any(|known| known == channel)).into_iter();
                let wanted = views.filter(|view| reason.is_none_or(|reason| reason == view.reason));
                wanted.map(|view| (view.complaint.0, of(&mut [view.complaint].into_iter()))).collect()
            }
            Listed::Alerts(kind) => {
                let of_kind = self.alerts.iter().filter(|(view, _)| view.kind == kind);
                let tickets =
                    |ticket, behind: &mut dyn Iterator<Item = ComplaintKey>| [of(behind), vec![ticket]].concat();
                of_kind.map(|(view, behind)| (view.id, tickets(view.ticket, &mut behind.iter().copied()))).collect()
            }
            Listed::Topics(state) => {
                let listed = self.topics.iter().filter(|(_, topic)| state.is_none_or(|state| state == topic.state));
                let complaints = |topic| {
                    let had = self.topic_complaints.iter().filter(move |(of, _)| *of == topic);
                    had.map(|(_, complaint)| *complaint)
                };
                listed.map(|(key, _)| (key.0, of(&mut complaints(*key)))).collect()
            }
            // They are listed by what else is said of them.
            Listed::Reviews | Listed::Quarantine(_) => Vec::new(),
        }
    }
}
