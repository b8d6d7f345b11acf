//! Citizens who never stop complaining, over every channel, and send again until they are acknowledged.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huiliu_city::{Board, Callbacks, Channel, Hotline, Report, World};
use tokio::sync::watch;
use tokio::time::sleep;

/// When a caller without an acknowledgement sends again.
const AGAIN: Duration = Duration::from_millis(400);
/// Matters in one round of reports.
const MATTERS: usize = 30;

/// The systems over which the crowd complains. They live on when the gateway dies.
#[derive(Clone)]
pub struct Sources {
    pub hotline: Hotline,
    pub board: Board,
    pub callbacks: Callbacks,
    pub petitions: PathBuf,
    pub url: String,
}

/// What the crowd has reported so far.
#[derive(Clone, Default)]
pub struct Crowd(Arc<Mutex<Vec<Report>>>);

impl Crowd {
    /// All reports that were made; those that are pushed are acknowledged.
    pub fn reports(&self) -> Vec<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Complains until told to stop, `pause` between two.
    pub async fn complain(self, sources: Sources, pause: Duration, stop: watch::Receiver<bool>) {
        for round in 0_usize.. {
            for report in round_of(round) {
                if *stop.borrow() {
                    return;
                }
                make(&sources, &report).await;
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                sleep(pause).await;
            }
        }
    }
}

/// Reports of a round, with numbers and telephone numbers that no other round has.
fn round_of(round: usize) -> Vec<Report> {
    let mut reports = World::new(u64::try_from(round).unwrap_or(0) + 1).reports(MATTERS);
    for (index, report) in reports.iter_mut().enumerate() {
        let serial = round * 1_000 + index + 1;
        report.matter += round * MATTERS;
        report.phone = format!("139{serial:08}");
        report.number = match report.channel {
            Channel::Hotline => format!("20261122{serial:07}"),
            Channel::Board => (90_000_000 + serial).to_string(),
            Channel::Petition => format!("RCXF2026{serial:07}"),
            Channel::Sms => (1_300_000_000 + serial).to_string(),
            Channel::Snapshot => format!("ssp-{serial:07}"),
        };
    }
    reports
}

/// Hands a report in until it is acknowledged: callers of a gateway that is being killed send again.
async fn make(sources: &Sources, report: &Report) {
    let Sources { hotline, board, petitions, url, .. } = sources;
    while report.hand_in(hotline, board, petitions, url).await.is_err() {
        // The nonce of the mini-program holds the second: a request whose answer was lost is signed anew.
        sleep(AGAIN).await;
    }
}
