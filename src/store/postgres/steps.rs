//! Writing steps, and what the desk reads when it starts.

use super::asking::only;
use super::cells::cell;
use super::scribe::written;
use super::{PostgresStore, WRITING, limit};
use crate::sealed::{CorpusCells, hash_out};
use crate::{Changes, Corpus, Counters, Steps, StoreError};
use huiliu_domain::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};

/// A complaint whose imprint is there is not read.
const CORPUS: &str =
    "SELECT c.id, c.ticket, t.status, t.pinned, t.finished_at, i.body, CASE WHEN i.body IS NULL THEN c.body END,
        c.channel, c.district, c.category, c.received_at, c.phone_hash, c.id_hash, c.account_hash
    FROM complaint c JOIN ticket t ON t.seq = c.ticket LEFT JOIN imprint i ON i.complaint_id = c.id AND i.reading = $3
    WHERE c.id > $1 AND c.erased_at IS NULL ORDER BY c.id LIMIT $2";
/// Most complaints that are read at once.
const AT_ONCE: usize = 2_000;

impl Steps for PostgresStore {
    fn counters(&mut self) -> Result<Counters, StoreError> {
        let mut next = |sql: &str| only::<i64>(&mut self.link, sql, &[]);
        Ok(Counters {
            raw: RawKey(next("SELECT coalesce(max(id), 0) + 1 FROM raw_record")?),
            complaint: ComplaintKey(next("SELECT coalesce(max(id), 0) + 1 FROM complaint")?),
            ticket: TicketKey(next("SELECT coalesce(max(seq), 0) + 1 FROM ticket")?),
            decision: DecisionKey(next("SELECT coalesce(max(decision), 0) + 1 FROM merge_event")?),
        })
    }

    fn corpus(
        &mut self,
        after: ComplaintKey,
        most: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError> {
        let (mut last, mut left, reading) = (after.0, most, reading.map(hash_out));
        while left > 0 {
            let wanted = left.min(AT_ONCE);
            let rows = self.link.rows(CORPUS, &[&last, &limit(wanted), &reading])?;
            for row in &rows {
                last = cell(row, 0)?;
                visit(self.sealer.corpus(CorpusCells {
                    id: last,
                    ticket: cell(row, 1)?,
                    status: cell(row, 2)?,
                    pinned: cell(row, 3)?,
                    finished_at: cell(row, 4)?,
                    imprint: cell(row, 5)?,
                    body: cell(row, 6)?,
                    channel: cell(row, 7)?,
                    district: cell(row, 8)?,
                    category: cell(row, 9)?,
                    received_at: cell(row, 10)?,
                    hashes: [cell(row, 11)?, cell(row, 12)?, cell(row, 13)?],
                })?);
            }
            if rows.len() < wanted {
                break;
            }
            left -= rows.len();
        }
        Ok(())
    }

    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        self.link.all("SELECT a, b FROM cannot_link ORDER BY a, b", &[], |row| {
            Ok((ComplaintKey(cell(row, 0)?), ComplaintKey(cell(row, 1)?)))
        })
    }

    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError> {
        match &self.scribe {
            Some(scribe) => scribe.write_ahead(part)?,
            None => self.ahead.push(part),
        }
        Ok(())
    }

    fn commit(&mut self, rest: Changes) -> Result<(), StoreError> {
        if let Some(scribe) = &self.scribe {
            return scribe.commit(rest);
        }
        let mut parts = std::mem::take(&mut self.ahead);
        parts.push(rest);
        let Self { link, sealer, .. } = self;
        link.batch(WRITING)?;
        let all = parts.iter().try_for_each(|part| written(link, sealer, part));
        let end = link.batch(if all.is_ok() { "COMMIT" } else { "ROLLBACK" });
        all.and(end)
    }

    fn abandon(&mut self) {
        self.ahead.clear();
        if let Some(scribe) = &self.scribe {
            scribe.abandon();
        }
    }

    /// Commits a filled table, then an empty one.
    fn probe(&mut self, bytes: u32) -> Result<(), StoreError> {
        let filling = vec![0_u8; usize::try_from(bytes).unwrap_or(usize::MAX)];
        self.link.run("INSERT INTO probe VALUES ($1)", &[&filling])?;
        self.link.run("DELETE FROM probe", &[])?;
        Ok(())
    }
}
