//! Which messages may go out now: of each lane the oldest, none of a lane that is stuck, none of a feed that is stopped.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::key::TicketKey;
use crate::store::PendingMessage;

/// How long a lane whose message was refused is passed over.
const STUCK_PAUSE: Duration = Duration::from_secs(5);

/// Ticket, exchange and feed: messages of one lane go out one after the other.
pub(super) type Lane = (TicketKey, String, Option<String>);

/// The lane of a message.
pub(super) fn lane(message: &PendingMessage) -> Lane {
    (message.ticket, message.exchange.clone(), feed(message).map(str::to_owned))
}

/// The feed of a message; none for the public stream. It is the first word of the key where the message id ends in it; the public stream has none.
pub fn feed(message: &PendingMessage) -> Option<&str> {
    let first_word = message.routing_key.split('.').next().unwrap_or_default();
    let rest = message.message_id.strip_suffix(first_word)?;
    rest.ends_with('.').then_some(first_word)
}

/// Lanes whose message was refused. They are passed over for a while, so that the others go on.
#[derive(Debug, Default)]
pub(super) struct Stuck {
    pub lanes: HashSet<Lane>,
    until: Option<Instant>,
}

impl Stuck {
    pub(super) fn add(&mut self, lanes: impl Iterator<Item = Lane>, now: Instant) {
        self.lanes.extend(lanes);
        if !self.lanes.is_empty() {
            self.until.get_or_insert(now + STUCK_PAUSE);
        }
    }

    pub(super) fn release(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            *self = Self::default();
        }
    }
}

/// Feeds that are stopped, and up to which number the outbox holds only messages of theirs: what stands before it need not be
/// read again for every window.
#[derive(Debug, Default)]
pub(super) struct Stopped {
    feeds: Arc<HashSet<String>>,
    pub only_theirs_until: i64,
}

impl Stopped {
    /// Stops these feeds and no others.
    pub(super) fn set(&mut self, feeds: HashSet<String>) {
        if *self.feeds != feeds {
            *self = Self { feeds: Arc::new(feeds), only_theirs_until: 0 };
        }
    }
}

/// Chooses a window.
pub(super) struct Choice {
    taken: HashSet<Lane>,
    stuck: Arc<HashSet<Lane>>,
    stopped: Arc<HashSet<String>>,
    room: usize,
    /// The last message of those that were looked at before any of a feed that is not stopped.
    pub only_stopped_until: i64,
    other_seen: bool,
}

impl Choice {
    pub(super) fn new(room: usize, stuck: Arc<HashSet<Lane>>, stopped: &Stopped) -> Self {
        let (stopped, until) = (Arc::clone(&stopped.feeds), stopped.only_theirs_until);
        Self { taken: HashSet::new(), stuck, stopped, room, only_stopped_until: until, other_seen: false }
    }

    pub(super) fn takes(&mut self, message: &PendingMessage) -> bool {
        if feed(message).is_some_and(|feed| self.stopped.contains(feed)) {
            if !self.other_seen {
                self.only_stopped_until = message.id;
            }
            return false;
        }
        self.other_seen = true;
        let lane = lane(message);
        let takes = self.room > 0 && !self.stuck.contains(&lane) && self.taken.insert(lane);
        self.room -= usize::from(takes);
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: i64, ticket: i64, exchange: &str, key: &str, message_id: &str) -> PendingMessage {
        PendingMessage {
            id,
            ticket: TicketKey(ticket),
            ticket_id: format!("T{ticket}"),
            version: 1,
            exchange: exchange.to_owned(),
            routing_key: key.to_owned(),
            message_id: message_id.to_owned(),
            kind: String::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            body: Vec::new(),
        }
    }

    fn pending() -> [PendingMessage; 6] {
        [
            message(1, 7, "feeds", "urban.created.a.b.c", "T7.1.urban"),
            message(2, 7, "tickets", "created.a.b.c", "T7.1"),
            message(3, 7, "feeds", "wages.created.a.b.c", "T7.1.wages"),
            message(4, 7, "tickets", "joined.a.b.c", "T7.2"),
            message(5, 7, "feeds", "urban.joined.a.b.c", "T7.2.urban"),
            message(6, 8, "tickets", "created.a.b.c", "T8.1"),
        ]
    }

    fn window(room: usize, stuck: HashSet<Lane>, stopped: &Stopped) -> (Vec<i64>, i64) {
        let mut choice = Choice::new(room, Arc::new(stuck), stopped);
        let taken = pending().iter().filter(|message| choice.takes(message)).map(|message| message.id).collect();
        (taken, choice.only_stopped_until)
    }

    #[test]
    fn a_window_holds_one_message_per_ticket_and_destination() {
        let none = Stopped::default();
        assert_eq!(window(10, HashSet::new(), &none).0, [1, 2, 3, 6]);
        assert_eq!(window(2, HashSet::new(), &none).0, [1, 2]);
        let stuck = HashSet::from([lane(&pending()[0])]);
        assert_eq!(window(10, stuck, &none).0, [2, 3, 6], "a stuck lane lets the others pass");
    }

    #[test]
    fn a_stopped_feed_lets_all_others_pass_and_is_not_read_again_from_the_front() {
        let mut stopped = Stopped::default();
        stopped.set(HashSet::from(["urban".to_owned()]));
        assert_eq!(window(10, HashSet::new(), &stopped), (vec![2, 3, 6], 1));
        stopped.only_theirs_until = 1;
        stopped.set(HashSet::from(["urban".to_owned()]));
        assert_eq!(stopped.only_theirs_until, 1, "the same feeds change nothing");
        stopped.set(HashSet::new());
        assert_eq!((stopped.only_theirs_until, window(10, HashSet::new(), &stopped).0), (0, vec![1, 2, 3, 6]));
    }
}
