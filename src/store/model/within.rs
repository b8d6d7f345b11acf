//! Lists whose rows tell of tickets, as far as these lie in a reach.

use super::Contents;
use crate::{Listed, Numbers, Page};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::CallBackState;

impl Contents {
    pub(super) fn numbers(&self, list: &Listed<'_>, reach: &Reach, page: Page) -> Numbers {
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
        let mut numbers: Vec<i64> = rows.into_iter().filter(is_meant).map(|(number, _)| number).collect();
        let is_cut = numbers.len() > page.limit;
        numbers.truncate(page.limit);
        let next = numbers.last().copied().filter(|_| is_cut);
        Numbers { numbers, next }
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
        }
    }
}
