//! Upkeep.

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{Finding, FindingState, Listings as _, PauseRow, StoreError, StoreSize, TokenRow, Upkeep};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::ticket::Status;

impl Upkeep for Model {
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        Ok(self.contents().tokens.values().cloned().collect())
    }

    fn put_token(&mut self, token: &TokenRow, entry: &AuditEntry) -> Result<(), StoreError> {
        let token = TokenRow { created_at: kept(token.created_at), ..token.clone() };
        let mut contents = self.contents();
        contents.tokens.insert(token.name.clone(), token);
        contents.note_audit(entry);
        Ok(())
    }

    fn remove_token(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let removed = contents.tokens.remove(name).is_some();
        if removed {
            contents.note_audit(entry);
        }
        Ok(removed)
    }

    fn pauses(&mut self) -> Result<Vec<PauseRow>, StoreError> {
        Ok(self.contents().pauses.values().cloned().collect())
    }

    fn pause(&mut self, pause: &PauseRow, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        if contents.pauses.contains_key(&pause.channel) {
            return Ok(false);
        }
        contents.pauses.insert(pause.channel.clone(), PauseRow { at: kept(pause.at), ..pause.clone() });
        contents.note_audit(entry);
        Ok(true)
    }

    fn resume(&mut self, channel: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let resumed = contents.pauses.remove(channel).is_some();
        if resumed {
            contents.note_audit(entry);
        }
        Ok(resumed)
    }

    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let balances = self.ledger()?.balances();
        let mut contents = self.contents();
        Ok(vec![
            finding("ledger", balances),
            finding("complaints without ticket", contents.orphans() == 0),
            contents.count_again(repair),
            finding("answers", contents.answer_ledger(&|_| true).balances()),
        ])
    }

    fn size(&mut self) -> Result<StoreSize, StoreError> {
        Ok(StoreSize::default())
    }

    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let messages = contents.outbox.len();
        contents.outbox.retain(|_, (_, published)| published.is_none_or(|at| at >= kept(before)));
        Ok(messages - contents.outbox.len())
    }

    fn forget_warnings(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let warnings = contents.warnings.len();
        contents.warnings.retain(|_, row| row.at >= kept(before));
        Ok(warnings - contents.warnings.len())
    }

    fn forget_source_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let files = contents.source_files.len();
        contents.source_files.retain(|_, file| file.last_at >= kept(before));
        Ok(files - contents.source_files.len())
    }

    /// Nothing is sealed.
    fn reseal(&mut self, _limit: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

impl Contents {
    fn orphans(&self) -> usize {
        self.complaints.values().filter(|kept| !self.tickets.contains_key(&kept.row.ticket)).count()
    }

    fn count_again(&mut self, repair: bool) -> Finding {
        const CHECK: &str = "complaint counts of tickets";
        let mut different = 0;
        for (key, ticket) in self.tickets.iter_mut().filter(|(_, ticket)| ticket.status != Status::Absorbed) {
            let members = self.complaints.values().filter(|kept| kept.row.ticket == *key).count();
            let members = u64::try_from(members).unwrap_or(u64::MAX);
            if ticket.complaints != members {
                different += 1;
                ticket.complaints = if repair { members } else { ticket.complaints };
            }
        }
        let state = match (different, repair) {
            (0, _) => FindingState::Fine,
            (_, true) => FindingState::Repaired,
            (_, false) => FindingState::Wrong,
        };
        Finding {
            check: CHECK,
            message: format!("{different} ticket(s) count wrongly"),
            zh: format!("{different} 张工单的诉求数不对"),
            state,
        }
    }
}

fn finding(check: &'static str, fine: bool) -> Finding {
    let (state, zh, message) = match fine {
        true => (FindingState::Fine, "正常", "in order"),
        false => (FindingState::Wrong, "不成立", "does not hold"),
    };
    Finding { check, message: message.to_owned(), zh: zh.to_owned(), state }
}
