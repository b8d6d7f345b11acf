//! Examination of the whole store, and repair of what needs no decision.

use super::asking::only;
use super::cells::cell;
use super::{PostgresStore, limit};
use crate::examination::{self, MAX_NAMED, ORPHANS, SEALED, fine, names, wrong};
use crate::sealed::Kind;
use crate::{Audit as _, Finding, Listings as _, Page, StoreError, Unanswered, VaultError};

/// Rows that are read together.
const TOGETHER: usize = 1_000;
const DAMAGED_PAGES: &str =
    "SELECT coalesce(max(checksum_failures), 0) FROM pg_stat_database WHERE datname = current_database()";
const INVALID_INDEXES: &str = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace";

impl PostgresStore {
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

    /// What the server says of the pages that it has read, and of the indexes.
    fn examine_file(&mut self) -> Result<Finding, StoreError> {
        const CHECK: &str = "database file";
        let pages: i64 = only(&mut self.link, DAMAGED_PAGES, &[])?;
        let indexes: i64 = only(&mut self.link, INVALID_INDEXES, &[])?;
        if pages + indexes == 0 {
            return Ok(fine(CHECK, "完好", "intact"));
        }
        Ok(wrong(
            CHECK,
            format!("有 {pages} 个数据页校验失败，{indexes} 个索引无效；请恢复备份，或运行 pg_amcheck"),
            format!(
                "{pages} page(s) failed their checksums, {indexes} index(es) are invalid; restore a backup, or run pg_amcheck"
            ),
        ))
    }

    fn examine_ledger(&mut self) -> Result<Finding, StoreError> {
        Ok(examination::ledger(&self.ledger()?))
    }

    fn examine_orphans(&mut self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::with_capacity(ORPHANS.len());
        for (check, sql) in ORPHANS {
            findings.push(examination::orphans(check, only(&mut self.link, sql, &[])?));
        }
        Ok(findings)
    }

    fn examine_ticket_counts(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const DIFFERENT: &str =
            "status <> 'absorbed' AND complaints <> (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq)";
        let sql = format!("SELECT count(*) FROM ticket WHERE {DIFFERENT}");
        let rows: i64 = only(&mut self.link, &sql, &[])?;
        if rows > 0 && repair {
            let sql = format!(
                "UPDATE ticket SET complaints = (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq) WHERE {DIFFERENT}"
            );
            self.link.run(&sql, &[])?;
            self.make_answers_again()?;
        }
        Ok(examination::ticket_counts(rows, repair))
    }

    fn examine_leaving(&mut self, check: &'static str, table: &str) -> Result<Finding, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM {table} o LEFT JOIN ticket t ON t.seq = o.ticket WHERE t.seq IS NULL OR o.version > t.version"
        );
        Ok(examination::leaving(check, only(&mut self.link, &sql, &[])?))
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
    fn examine_names(&mut self) -> Result<Finding, StoreError> {
        for (table, column, names) in names() {
            let sql = format!("SELECT DISTINCT {column} FROM {table}");
            let found: Vec<String> = self.link.all(&sql, &[], |row| cell(row, 0))?;
            if let Some(unknown) = found.iter().find(|name| !names.contains(&name.as_str())) {
                return Ok(examination::unknown_name(table, column, unknown));
            }
        }
        Ok(examination::known_names())
    }

    fn examine_words(&mut self, repair: bool) -> Result<Finding, StoreError> {
        let wrong_block = self.wrong_block();
        if repair && matches!(wrong_block, Ok(Some(_)) | Err(StoreError::Damaged { .. })) {
            self.forget_words()?;
        }
        examination::words(wrong_block, repair)
    }

    fn examine_seals(&mut self) -> Result<Finding, StoreError> {
        for (table, key, column, kind) in SEALED {
            if let Some((id, error)) = self.unopened(table, key, column, kind)? {
                return Ok(examination::unopened((table, id), kind, &error));
            }
        }
        Ok(examination::all_opened())
    }

    /// The first row of a sealed column that does not open, and why.
    fn unopened(
        &mut self,
        table: &str,
        key: &str,
        column: &str,
        kind: Kind,
    ) -> Result<Option<(i64, VaultError)>, StoreError> {
        let sql = format!(
            "SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {key} > $1 ORDER BY {key} LIMIT $2"
        );
        let Self { link, sealer, .. } = self;
        let mut after = i64::MIN;
        loop {
            let rows = link.rows(&sql, &[&after, &limit(TOGETHER)])?;
            for row in &rows {
                after = cell(row, 0)?;
                if let Err(error) = sealer.check(kind, cell(row, 1)?) {
                    return Ok(Some((after, error)));
                }
            }
            if rows.len() < TOGETHER {
                return Ok(None);
            }
        }
    }
}
