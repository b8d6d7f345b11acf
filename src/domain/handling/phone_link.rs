//! Links by which handlers open a ticket on their phones: for whom one is, and whether it still holds.

use jiff::Timestamp;

use super::units::{Handler, Units};
use crate::ticket::{Status, Ticket};

/// Why a link holds no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// Its time is over.
    Expired,
    /// The ticket went to another unit, or whoever had the link is no handler of the unit any more.
    HandedOver,
    /// The ticket is finished.
    Finished,
    /// The ticket was absorbed by another one, which whoever had the link does not have.
    Merged,
}

/// When a link was given, and until when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTimes {
    /// When it was given.
    pub given_at: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
}

impl Units {
    /// The handlers of the unit that is responsible for a ticket who may know of it and have a telephone, each with its number.
    pub fn on_phones<'a>(&'a self, ticket: &'a Ticket) -> impl Iterator<Item = (&'a Handler, &'a str)> {
        self.there(&ticket.route.department)
            .filter(|handler| self.may_hear(handler, &ticket.route))
            .filter_map(|handler| Some((handler, handler.phone.as_deref()?)))
    }
}

/// Why a link of a handler holds no more; `handler` is none where nobody of the responsible unit is meant by it. `is_followed` where the
/// ticket is not the one for which the link was given, but the one that absorbed it.
///
/// # Errors
/// Why it does not.
pub fn holds(
    (ticket, is_followed): (&Ticket, bool),
    times: LinkTimes,
    handler: Option<&Handler>,
    now: Timestamp,
) -> Result<(), Void> {
    if now > times.until {
        return Err(Void::Expired);
    }
    // What came back to the unit is told to it again, with another link.
    let was_given_away =
        ticket.acts.assigned.as_ref().is_some_and(|assigned| assigned.at.as_second() > times.given_at.as_second());
    if handler.is_none() || was_given_away {
        return Err(if is_followed { Void::Merged } else { Void::HandedOver });
    }
    match ticket.status {
        Status::Absorbed => Err(Void::Merged),
        status if status.is_final() => Err(Void::Finished),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{ActKind, Assignment};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn handler() -> Handler {
        let text = |text: &str| text.to_owned();
        Handler {
            code: text("h"),
            name: text("王"),
            role: text("handler"),
            unit: text("u"),
            district: None,
            phone: None,
        }
    }

    fn judged(ticket: &Ticket, handler: Option<&Handler>, now: i64) -> Result<(), Void> {
        holds((ticket, false), LinkTimes { given_at: at(100), until: at(200) }, handler, at(now))
    }

    #[test]
    fn a_link_holds_for_its_time_its_handler_and_its_assignment() {
        let (handler, mut ticket) = (handler(), Ticket::default());
        assert_eq!(
            (judged(&ticket, Some(&handler), 200), judged(&ticket, Some(&handler), 201)),
            (Ok(()), Err(Void::Expired))
        );
        assert_eq!(judged(&ticket, None, 150), Err(Void::HandedOver));
        let assigned = |second| {
            Some(Assignment {
                unit: "u".to_owned(),
                kind: ActKind::Assign,
                by: None,
                at: at(second),
                reason: String::new(),
            })
        };
        ticket.acts.assigned = assigned(100);
        assert_eq!(judged(&ticket, Some(&handler), 150), Ok(()), "given with the assignment");
        ticket.acts.assigned = assigned(120);
        assert_eq!(judged(&ticket, Some(&handler), 150), Err(Void::HandedOver), "it went away and came back");
    }

    #[test]
    fn a_finished_ticket_is_opened_by_no_link() {
        let handler = handler();
        for (status, ..) in Status::ALL {
            let ticket = Ticket { status, ..Ticket::default() };
            let ends = status.is_final() || status == Status::Absorbed;
            assert_eq!(judged(&ticket, Some(&handler), 150).is_err(), ends, "{status:?}");
        }
    }

    #[test]
    fn the_ticket_that_absorbed_another_is_opened_by_whoever_has_it() {
        let (handler, mut ticket) = (handler(), Ticket { status: Status::Absorbed, ..Ticket::default() });
        assert_eq!(judged(&ticket, Some(&handler), 150), Err(Void::Merged));
        ticket.status = Status::Open;
        let times = LinkTimes { given_at: at(100), until: at(200) };
        let followed = |handler, now| holds((&ticket, true), times, handler, at(now));
        assert_eq!(followed(Some(&handler), 150), Ok(()));
        assert_eq!(followed(None, 150), Err(Void::Merged), "of another unit");
        assert_eq!(followed(Some(&handler), 201), Err(Void::Expired));
    }

    #[test]
    fn each_thing_is_said_once_and_in_its_order() {
        let pages = crate::city::PhonePages::default();
        let may = |now| {
            let said = [Status::Accepted, Status::InProgress, Status::Resolved];
            said.map(|status| !pages.was_said(now, status))
        };
        assert_eq!(may(Status::Open), [true; 3]);
        assert_eq!(may(Status::Accepted), [false, true, true]);
        assert_eq!(may(Status::InProgress), [false, false, true]);
        assert_eq!((may(Status::Resolved), may(Status::Closed)), ([false; 3], [false; 3]));
        assert_eq!(may(Status::Reopened), [true; 3]);
    }
}
