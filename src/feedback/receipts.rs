//! What became of a complaint, looked up for channels whose citizens ask.

use std::sync::OnceLock;

use async_trait::async_trait;
use huiliu_adapter_api::{AdapterError, AskedNumber, Progress, Receipts};

use crate::store::{ComplaintView, ReceiptCodes, Store, StoreError, StoreHandle};

/// Looks complaints up in the store. A pack is opened before its store: until [`StoredReceipts::ask`], and for good where there is
/// no gateway, every number is unknown.
#[derive(Debug, Default)]
pub struct StoredReceipts(OnceLock<(StoreHandle, ReceiptCodes)>);

impl StoredReceipts {
    /// Answers from a store from now on, and knows the second secrets of its receipt numbers; the first one that is given stays.
    pub fn ask(&self, store: StoreHandle, codes: ReceiptCodes) {
        drop(self.0.set((store, codes)));
    }
}

#[async_trait]
impl Receipts for StoredReceipts {
    async fn progress(&self, asked: &AskedNumber) -> Result<Option<Progress>, AdapterError> {
        let Some((store, _)) = self.0.get() else { return Ok(None) };
        let asked = asked.clone();
        let found = store.ask(move |store| progress(store, &asked)).await;
        found.map_err(|error| AdapterError::transient(format!("the complaint cannot be looked up: {error}")))
    }

    fn code(&self, receipt_number: &str) -> Option<String> {
        self.0.get().map(|(_, codes)| codes.code(receipt_number))
    }

    fn opens(&self, receipt_number: &str, code: &str) -> bool {
        self.0.get().is_some_and(|(_, codes)| codes.opens(receipt_number, code))
    }
}

fn progress(store: &mut dyn Store, asked: &AskedNumber) -> Result<Option<Progress>, StoreError> {
    let Some(view) = find(store, asked)? else { return Ok(None) };
    let Some(detail) = store.tickets(&[view.ticket], 0)?.pop() else { return Ok(None) };
    let ticket = detail.ticket;
    let answer = store.last_answer(view.id)?;
    Ok(Some(Progress {
        receipt_number: view.receipt,
        status: ticket.status.wire(),
        status_zh: ticket.status.zh(),
        at: answer.as_ref().map(|answer| answer.at).or(ticket.finished_at).unwrap_or(view.received_at),
        text: answer.map(|answer| answer.text).filter(|text| !text.is_empty()),
    }))
}

/// The complaint, unless it is erased: nobody is told of one that must be forgotten.
fn find(store: &mut dyn Store, asked: &AskedNumber) -> Result<Option<ComplaintView>, StoreError> {
    let view = match asked {
        AskedNumber::Receipt(receipt) => store.complaints_by_receipt(&[receipt])?.pop(),
        AskedNumber::Source { channel, number } => {
            let key = (channel.clone(), crate::mapping::number::bare(number));
            match store.heads_by_number(std::slice::from_ref(&key))?.remove(&key) {
                Some(head) => store.complaints(&[head.id])?.pop(),
                None => None,
            }
        }
    };
    Ok(view.filter(|view| !view.erased))
}
