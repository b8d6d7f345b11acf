//! What can be known of a complaint before the ones in front of it are decided: its route, and what merging reads of it. Done
//! before the desk is asked, so that it does not wait for that.

use jiff::Timestamp;

use super::citizen::{hash_of_account, hash_of_id_number, hash_of_phone};
use super::threads::on_threads;
use crate::complaint::Complaint;
use crate::decide::Reading;
use crate::mapping::Mapped;
use crate::mapping::Normalized;
use crate::pack::Rules;
use crate::store::Vault;

/// Records read before other tasks get their turn.
const AT_ONCE: usize = 64;

/// A complaint that was read.
#[derive(Debug)]
pub(super) struct Prepared {
    pub hashes: ReporterHashes,
    pub reading: Reading,
}

impl Prepared {
    pub(super) fn new(complaint: &Complaint, vault: &Vault, rules: &Rules, received_at: Timestamp) -> Self {
        let hashes = ReporterHashes::of(complaint, vault);
        let reading = Reading::of(complaint, &rules.routing, &rules.merging, hashes.all(), received_at);
        Self { hashes, reading }
    }
}

/// Keyed hashes of a reporter.
#[derive(Debug)]
pub(super) struct ReporterHashes {
    pub phone: Option<u64>,
    pub id_number: Option<u64>,
    pub account: Option<u64>,
}

impl ReporterHashes {
    pub(super) fn of(complaint: &Complaint, vault: &Vault) -> Self {
        let reporter = &complaint.reporter;
        let account = reporter.account.as_ref();
        Self {
            phone: reporter.phone.as_ref().map(|phone| hash_of_phone(vault, phone)),
            id_number: reporter.id_number.as_ref().map(|number| hash_of_id_number(vault, number)),
            account: account.map(|account| hash_of_account(vault, &complaint.channel, account)),
        }
    }

    pub(super) fn all(&self) -> Vec<u64> {
        [self.phone, self.id_number, self.account].into_iter().flatten().collect()
    }
}

/// Reads the complaints among the records of a batch, in their order, on several threads when there are many.
pub(super) async fn prepare(
    records: &[Normalized],
    vault: &Vault,
    rules: &Rules,
    received_at: Timestamp,
) -> Vec<Option<Prepared>> {
    let read = |record: &Normalized| match &record.applied.mapped {
        Mapped::Complaint(complaint) => Some(Prepared::new(complaint, vault, rules, received_at)),
        _ => None,
    };
    let mut prepared = Vec::with_capacity(records.len());
    for chunk in records.chunks(AT_ONCE) {
        prepared.extend(on_threads(chunk, read));
        tokio::task::yield_now().await;
    }
    prepared
}
