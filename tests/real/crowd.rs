//! Citizens who never stop complaining, over every channel, and send again until they are acknowledged.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huiliu_adapter_api::{Clock as _, SystemClock};
use huiliu_city::{
    Board, Callbacks, Channel, Hotline, Order, Report, Sandbox, World, post_sms, post_snapshot, write_petitions,
};
use tokio::sync::watch;
use tokio::time::sleep;

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

async fn make(sources: &Sources, report: &Report) {
    let url = &sources.url;
    match report.channel {
        Channel::Hotline => sources.hotline.take(Order {
            order_id: report.number.clone(),
            title: report.title.clone(),
            content: report.text.clone(),
            name: report.name.clone(),
            phone: report.phone.clone(),
            address: report.address.clone(),
            kind: "投诉".to_owned(),
        }),
        Channel::Board => sources.board.put(report.number.parse().unwrap(), &report.title, &report.text, &report.name),
        Channel::Petition => {
            let row = [
                report.number.as_str(),
                "2026-11-21 09:20:31",
                "求决",
                &report.title,
                &report.text,
                &report.name,
                &report.phone,
                "",
                &report.address,
            ];
            write_petitions(&sources.petitions, &format!("{}.xlsx", report.number), &[row.map(str::to_owned)]).unwrap();
        }
        Channel::Sms => loop {
            let answer = post_sms(url, Sandbox::SMS_TOKEN, std::slice::from_ref(report)).await;
            if answer.is_ok_and(|answer| answer.status.is_success()) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        },
        Channel::Snapshot => loop {
            let time = SystemClock.now().as_second();
            let answer = post_snapshot(url, Sandbox::SNAPSHOT_KEY, report, time).await;
            if answer.is_ok_and(|answer| answer.status.is_success()) {
                return;
            }
            // The nonce holds the second: a request whose answer was lost is signed anew.
            sleep(Duration::from_millis(400)).await;
        },
    }
}
