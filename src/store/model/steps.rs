//! Steps.

use super::{Kept, Model};
use crate::{Changes, Corpus, CorpusContent, Counters, Steps, StoreError};
use huiliu_domain::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};
use huiliu_domain::ticket::Ticket;

impl Steps for Model {
    fn counters(&mut self) -> Result<Counters, StoreError> {
        let contents = self.contents();
        Ok(Counters {
            raw: contents.raw.keys().next_back().map_or(RawKey(1), |key| key.next()),
            complaint: contents.complaints.keys().next_back().map_or(ComplaintKey(1), |key| key.next()),
            ticket: contents.tickets.keys().next_back().map_or(TicketKey(1), |key| key.next()),
            decision: contents
                .events
                .iter()
                .map(|event| event.decision)
                .max()
                .map_or(DecisionKey(1), DecisionKey::next),
        })
    }

    fn corpus(
        &mut self,
        after: ComplaintKey,
        limit: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError> {
        let contents = self.contents();
        for kept in contents.complaints.values().filter(|kept| kept.row.id > after && !kept.erased).take(limit) {
            let imprint = contents.imprints.get(&kept.row.id).filter(|(of, _)| Some(*of) == reading);
            if let Some(ticket) = contents.tickets.get(&kept.row.ticket) {
                visit(corpus(kept, ticket, imprint.map(|(_, body)| body.clone())));
            }
        }
        Ok(())
    }

    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        Ok(self.contents().cannot_links.iter().copied().collect())
    }

    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError> {
        self.ahead.push(part);
        Ok(())
    }

    fn commit(&mut self, rest: Changes) -> Result<(), StoreError> {
        let mut parts = std::mem::take(&mut self.ahead);
        parts.push(rest);
        let mut contents = self.contents();
        let mut written = contents.clone();
        parts.into_iter().try_for_each(|part| written.write(part))?;
        *contents = written;
        Ok(())
    }

    fn abandon(&mut self) {
        self.ahead.clear();
    }

    fn probe(&mut self, _bytes: u32) -> Result<(), StoreError> {
        Ok(())
    }
}

fn corpus(kept: &Kept, ticket: &Ticket, imprint: Option<Vec<u8>>) -> Corpus {
    let row = &kept.row;
    Corpus {
        id: row.id,
        ticket: row.ticket,
        open: !ticket.status.is_final(),
        finished_at: ticket.finished_at,
        pinned: ticket.pinned,
        content: match imprint {
            Some(body) => CorpusContent::Imprint(body),
            None => CorpusContent::Whole {
                district: row.district.clone(),
                category: row.category.clone(),
                received_at: row.received_at,
                reporter_hashes: [row.phone_hash, row.id_hash, row.account_hash].into_iter().flatten().collect(),
                complaint: Box::new(row.complaint.clone()),
            },
        },
    }
}
