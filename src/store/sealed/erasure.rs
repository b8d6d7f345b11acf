//! What is sealed in place of what is erased.

use super::{Kind, Place, Sealer, ms};
use crate::{Erasure, StoreError};
use huiliu_domain::complaint::Complaint;
use huiliu_domain::document::ComplaintDocument;
use huiliu_domain::merge::Evidence;

/// An erasure with what stands in place of records and replies.
pub(crate) struct SealedErasure {
    pub complaint: i64,
    pub at: i64,
    pub raw_body: Vec<u8>,
    pub raw_label: Vec<u8>,
    pub status_body: Vec<u8>,
    pub reply_body: Vec<u8>,
    pub statement_body: Vec<u8>,
    pub rating_body: Vec<u8>,
}

impl Sealer {
    pub(super) fn erasure(&self, erasure: Erasure) -> Result<SealedErasure, StoreError> {
        Ok(SealedErasure {
            complaint: erasure.complaint.0,
            at: ms(erasure.at),
            raw_body: self.erased_mark(Kind::Raw)?,
            raw_label: self.text(Kind::Label, "")?,
            status_body: self.erased_mark(Kind::Status)?,
            reply_body: self.erased_mark(Kind::Reply)?,
            statement_body: self.erased_mark(Kind::Statement)?,
            rating_body: self.erased_mark(Kind::Rating)?,
        })
    }

    /// The content of a complaint without what could say who the citizen is. Damaged content is erased like any other.
    pub(crate) fn erased_complaint(&self, channel: &str, body: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: "complaint", row: 0 };
        let known = self.opened::<ComplaintDocument>(place, Kind::Complaint, body);
        let known = known.ok().and_then(|document| document.into_complaint(channel).ok()).unwrap_or_default();
        let known = Complaint { channel: channel.to_owned(), ..known };
        self.document(Kind::Complaint, &ComplaintDocument::from(&known.without_personal_data()))
    }

    /// Evidence without names and passages: the weights stay.
    pub(crate) fn evidence_without_words(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let evidence: Evidence = self.opened(place, Kind::Evidence, sealed)?;
        self.document(Kind::Evidence, &evidence.without_words())
    }
}
