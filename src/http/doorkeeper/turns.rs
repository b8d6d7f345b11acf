//! Whose password is tried next. One is tried at a time, so that none is tried, and no code taken, on what was known before; whoever came in
//! before from where they are does not wait behind a crowd of strangers.

use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::http::at_once::{AtOnce, Share};

/// Passwords that are tried at a time.
const MAX_AT_ONCE: usize = 1;
/// Longest wait of one more, before it is told to come again.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Most strangers' tries from one address that wait at a time: they hold up other strangers no longer than that.
const MAX_WAITING: usize = 10;
/// Most tries of one name that wait at a time where its owner came in before.
const MAX_WAITING_OF_KNOWN: usize = 3;

/// Who waits to be tried.
#[derive(Debug)]
pub(super) struct Turns {
    place: Semaphore,
    /// Before the place: one stranger at a time asks for it, so that however many there are, whoever is known waits behind one of them.
    strangers: Semaphore,
    /// Strangers that wait, by address.
    waiting: AtOnce,
    /// Who waits and is known, by name and address: what else comes from there takes nothing of theirs.
    known: AtOnce<(u64, u64)>,
}

/// Somebody's turn. Its place is given back first: whoever is known comes before the next stranger.
pub(super) struct Turn<'t> {
    _place: SemaphorePermit<'t>,
    _stranger: Option<(SemaphorePermit<'t>, Share)>,
    _known: Option<Share<(u64, u64)>>,
}

impl Default for Turns {
    fn default() -> Self {
        let [place, strangers] = [MAX_AT_ONCE; 2].map(Semaphore::new);
        Self { place, strangers, waiting: AtOnce::new(MAX_WAITING), known: AtOnce::new(MAX_WAITING_OF_KNOWN) }
    }
}

impl Turns {
    /// The turn of a name whose owner came in before from where it is tried; none where too many wait.
    pub(super) async fn of_known(&self, pair: (u64, u64)) -> Option<Turn<'_>> {
        let share = self.known.take(Some(pair), 1)?;
        Some(Turn { _known: Some(share), ..self.of_session().await? })
    }

    /// The turn of a name that nobody of it came in with from this address; none where too many wait.
    pub(super) async fn of_stranger(&self, address: Option<IpAddr>) -> Option<Turn<'_>> {
        let share = self.waiting.take(address, 1)?;
        let waiting = async {
            let stranger = self.strangers.acquire().await.ok()?;
            Some((self.place.acquire().await.ok()?, stranger))
        };
        let (place, stranger) = tokio::time::timeout(MAX_WAIT, waiting).await.ok()??;
        Some(Turn { _place: place, _stranger: Some((stranger, share)), _known: None })
    }

    /// The turn of somebody with a session that goes on; none where too many wait.
    pub(super) async fn of_session(&self) -> Option<Turn<'_>> {
        let place = tokio::time::timeout(MAX_WAIT, self.place.acquire()).await.ok()?.ok()?;
        Some(Turn { _place: place, _stranger: None, _known: None })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// What has come of something that was asked for, without waiting for it.
    fn now<F: Future>(asked: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        asked.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some([10, 0, 0, last].into())
    }

    #[tokio::test]
    async fn who_is_known_waits_behind_one_stranger_however_many_there_are() {
        let turns = Turns::default();
        let tried = turns.of_stranger(address(1)).await.unwrap();
        let mut strangers: Vec<_> = (0..100).map(|last| Box::pin(turns.of_stranger(address(last)))).collect();
        assert!(strangers.iter_mut().all(|one| now(one.as_mut()).is_pending()));
        let mut known = pin!(turns.of_known((1, 1)));
        let mut session = pin!(turns.of_session());
        assert!(now(known.as_mut()).is_pending() && now(session.as_mut()).is_pending());
        drop(tried);
        let Poll::Ready(Some(turn)) = now(known.as_mut()) else { unreachable!("known, and still waiting") };
        assert!(now(session.as_mut()).is_pending(), "one at a time");
        drop(turn);
        assert!(now(session.as_mut()).is_ready());
        let next: Vec<_> = strangers.iter_mut().map(|one| now(one.as_mut())).filter(Poll::is_ready).collect();
        assert_eq!(next.len(), 1, "strangers have their turns too, one at a time");
    }

    #[tokio::test]
    async fn one_address_has_its_share_of_the_wait_and_takes_nothing_of_those_who_are_known_there() {
        let turns = Turns::default();
        let tried = turns.of_stranger(address(2)).await.unwrap();
        let mut strangers: Vec<_> = (0..=MAX_WAITING).map(|_| Box::pin(turns.of_stranger(address(1)))).collect();
        let waits: Vec<_> = strangers.iter_mut().map(|one| now(one.as_mut()).is_pending()).collect();
        assert_eq!(waits.iter().filter(|waits| **waits).count(), MAX_WAITING);
        let mut known: Vec<_> = (0..=MAX_WAITING_OF_KNOWN).map(|_| Box::pin(turns.of_known((1, 1)))).collect();
        let waits: Vec<_> = known.iter_mut().map(|one| now(one.as_mut()).is_pending()).collect();
        assert_eq!(waits, [true, true, true, false]);
        assert!(now(pin!(turns.of_known((2, 1)))).is_pending(), "of another name");
        drop(tried);
        assert!(now(known.first_mut().unwrap().as_mut()).is_ready());
    }
}
