//! Examination of the whole store, and repair of what needs no decision.

use super::SqliteStore;
use super::cells::optional_blob;
use crate::examination::{self, MAX_NAMED, ORPHANS, SEALED, fine, names, wrong};
use crate::{Audit as _, Finding, Listings as _, Page, StoreError, Unanswered};

impl SqliteStore {
    pub(super) fn run_examination(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let mut findings = vec![self.examine_file()?, self.examine_ledger()?];
        findings.extend(self.examine_orphans()?);
        findings.push(self.examine_ticket_counts(repair)?);
        findings.push(self.examine_leaving("outbox against tickets", "outbox")?);
        findings.push(self.examine_leaving("deliveries against tickets", "delivery")?);
        findings.push(self.examine_answers_kept(repair)?);
        findings.push(self.examine_topics_kept(repair)?);
        findings.push(self.examine_answers()?);
        findings.push(self.examine_by_hand()?);
        findings.push(self.examine_names()?);
        findings.push(self.examine_seals()?);
        findings.push(self.examine_audit()?);
        findings.push(self.examine_words(repair)?);
        Ok(findings)
    }

    fn examine_audit(&mut self) -> Result<Finding, StoreError> {
        Ok(examination::audit(&self.check_audit(&[])?))
    }

    fn examine_file(&self) -> Result<Finding, StoreError> {
        let said: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(match said.as_str() {
            "ok" => fine("database file", "完好", "intact"),
            other => wrong(
                "database file",
                format!("已损坏；请恢复备份，或用 sqlite3 的 .recover\n原文：{other}"),
                format!("damaged: {other}; restore a backup, or use sqlite3 .recover"),
            ),
        })
    }

    fn examine_ledger(&mut self) -> Result<Finding, StoreError> {
        Ok(examination::ledger(&self.ledger()?))
    }

    fn examine_orphans(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::with_capacity(ORPHANS.len());
        for (check, sql) in ORPHANS {
            findings.push(examination::orphans(check, self.connection.query_row(sql, [], |row| row.get(0))?));
        }
        Ok(findings)
    }

    fn examine_ticket_counts(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const DIFFERENT: &str =
            "status <> 'absorbed' AND complaints <> (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq)";
        let sql = format!("SELECT count(*) FROM ticket WHERE {DIFFERENT}");
        let rows: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        if rows > 0 && repair {
            let sql = format!(
                "UPDATE ticket SET complaints = (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq) WHERE {DIFFERENT}"
            );
            self.connection.execute(&sql, [])?;
            self.make_answers_again()?;
        }
        Ok(examination::ticket_counts(rows, repair))
    }

    fn examine_leaving(&self, check: &'static str, table: &str) -> Result<Finding, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM {table} o LEFT JOIN ticket t ON t.seq = o.ticket WHERE t.seq IS NULL OR o.version > t.version"
        );
        Ok(examination::leaving(check, self.connection.query_row(&sql, [], |row| row.get(0))?))
    }

    fn examine_answers(&mut self) -> Result<Finding, StoreError> {
        // What a pack says of channels is not known here, and no fault of the store.
        let sends = |_: &str| true;
        let ledger = self.answer_ledger(&sends)?;
        examination::answers(&ledger, || {
            let missing = self.unanswered(Some(Unanswered::Missing), &sends, Page::first(MAX_NAMED))?;
            Ok(missing.into_iter().map(|view| view.receipt).collect())
        })
    }

    fn examine_by_hand(&mut self) -> Result<Finding, StoreError> {
        Ok(examination::by_hand(&self.queue_counts()?))
    }

    /// Names that this version does not know stand for rows it cannot understand.
    fn examine_names(&self) -> Result<Finding, StoreError> {
        for (table, column, names) in names() {
            let sql = format!("SELECT DISTINCT {column} FROM {table}");
            let found: Vec<String> = self.all(&sql, [], |row| Ok(row.get(0)?))?;
            if let Some(unknown) = found.iter().find(|name| !names.contains(&name.as_str())) {
                return Ok(examination::unknown_name(table, column, unknown));
            }
        }
        Ok(examination::known_names())
    }

    fn examine_words(&self, repair: bool) -> Result<Finding, StoreError> {
        let wrong_block = self.wrong_block();
        if repair && matches!(wrong_block, Ok(Some(_)) | Err(StoreError::Damaged { .. })) {
            self.forget_words()?;
        }
        examination::words(wrong_block, repair)
    }

    fn examine_seals(&self) -> Result<Finding, StoreError> {
        for (table, key, column, kind) in SEALED {
            let mut statement =
                self.connection.prepare(&format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = self.sealer.check(kind, optional_blob(row, 1)?.unwrap_or_default()) {
                    return Ok(examination::unopened((table, row.get(0)?), kind, &error));
                }
            }
        }
        Ok(examination::all_opened())
    }
}
