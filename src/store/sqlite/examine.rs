//! Examination of the whole store, and repair of what needs no decision.

use super::SqliteStore;
use super::cells::{finished, optional_blob};
use crate::store::sealed::Kind;
use crate::store::{
    Finding, FindingState, Listings as _, MergeKind, RawState, ReplyState, SourceFileState, StoreError,
};
use crate::ticket::Status;

/// Every sealed column: table, key column, column, kind.
pub(super) const SEALED: [(&str, &str, &str, Kind); 18] = [
    ("raw_record", "id", "body", Kind::Raw),
    ("complaint", "id", "body", Kind::Complaint),
    ("ticket", "seq", "body", Kind::Ticket),
    ("merge_event", "id", "evidence", Kind::Evidence),
    ("review", "id", "evidence", Kind::Evidence),
    ("quarantine", "raw_id", "problems", Kind::Problems),
    ("outbox", "id", "body", Kind::Message),
    ("status_update", "id", "body", Kind::Status),
    ("reply", "id", "body", Kind::Reply),
    ("imprint", "complaint_id", "body", Kind::Imprint),
    ("file", "id", "label", Kind::File),
    ("file", "id", "body", Kind::File),
    ("warning", "id", "body", Kind::Warning),
    ("source_file", "id", "body", Kind::SourceFile),
    ("raw_record", "id", "label", Kind::Label),
    ("raw_record", "id", "rule", Kind::Rule),
    ("reply", "id", "error", Kind::Error),
    ("position", "id", "body", Kind::Position),
];

impl SqliteStore {
    pub(super) fn run_examination(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let mut findings = vec![self.examine_file()?, self.examine_ledger()?];
        findings.extend(self.examine_orphans()?);
        findings.push(self.examine_ticket_counts(repair)?);
        findings.push(self.examine_outbox()?);
        findings.push(self.examine_answers()?);
        findings.push(self.examine_names()?);
        findings.push(self.examine_seals()?);
        Ok(findings)
    }

    fn examine_file(&self) -> Result<Finding, StoreError> {
        let said: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(match said.as_str() {
            "ok" => fine("database file", "intact"),
            other => wrong("database file", format!("damaged: {other}; restore a backup, or use sqlite3 .recover")),
        })
    }

    fn examine_ledger(&mut self) -> Result<Finding, StoreError> {
        let ledger = self.ledger()?;
        let equation = format!(
            "received {} = complaints {} + amendments {} + follow-ups {} + quarantined {} + discarded {} + erased {} + undecided {}; complaints stored {} = in tickets {}",
            ledger.received,
            ledger.complaint_records,
            ledger.amendments,
            ledger.follow_ups,
            ledger.quarantined,
            ledger.discarded,
            ledger.erased,
            ledger.undecided,
            ledger.complaints,
            ledger.complaints_in_tickets
        );
        Ok(if ledger.balances() {
            fine("ledger", &equation)
        } else {
            wrong("ledger", format!("does not balance: {equation}"))
        })
    }

    fn examine_orphans(&self) -> Result<Vec<Finding>, StoreError> {
        const CHECKS: [(&str, &str); 9] = [
            (
                "complaints without ticket",
                "SELECT count(*) FROM complaint c WHERE NOT EXISTS (SELECT 1 FROM ticket t WHERE t.seq = c.ticket)",
            ),
            (
                "complaints in absorbed tickets",
                "SELECT count(*) FROM complaint c JOIN ticket t ON t.seq = c.ticket WHERE t.status = 'absorbed'",
            ),
            (
                "complaints without raw record",
                "SELECT count(*) FROM complaint c WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = c.raw_id)",
            ),
            (
                "raw records without their complaint",
                "SELECT count(*) FROM raw_record r WHERE r.state IN ('complaint', 'amendment') AND NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = r.complaint_id)",
            ),
            (
                "quarantine entries without raw record",
                "SELECT count(*) FROM quarantine q WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = q.raw_id AND r.state = 'quarantined')",
            ),
            (
                "quarantined records without entry",
                "SELECT count(*) FROM raw_record r WHERE r.state = 'quarantined' AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id)",
            ),
            (
                "files without raw record",
                "SELECT count(*) FROM file f WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = f.raw_id)",
            ),
            (
                "warnings without raw record",
                "SELECT count(*) FROM warning w WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = w.raw_id)",
            ),
            (
                "replies without complaint",
                "SELECT count(*) FROM reply r WHERE NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = r.complaint_id)",
            ),
        ];
        CHECKS
            .iter()
            .map(|(check, sql)| {
                let rows: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
                Ok(match rows {
                    0 => fine(check, "none"),
                    rows => wrong(check, format!("{rows} row(s); restore a backup or report this as a defect")),
                })
            })
            .collect()
    }

    fn examine_ticket_counts(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const DIFFERENT: &str =
            "status <> 'absorbed' AND complaints <> (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq)";
        let rows: i64 =
            self.connection
                .query_row(&format!("SELECT count(*) FROM ticket WHERE {DIFFERENT}"), [], |row| row.get(0))?;
        if rows == 0 {
            return Ok(fine("complaint counts of tickets", "agree"));
        }
        if !repair {
            return Ok(wrong(
                "complaint counts of tickets",
                format!("{rows} ticket(s) count wrongly; run with --repair"),
            ));
        }
        let sql = format!(
            "UPDATE ticket SET complaints = (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq) WHERE {DIFFERENT}"
        );
        self.connection.execute(&sql, [])?;
        Ok(Finding {
            check: "complaint counts of tickets",
            message: format!("{rows} ticket(s) counted again"),
            state: FindingState::Repaired,
        })
    }

    fn examine_outbox(&self) -> Result<Finding, StoreError> {
        let ahead: i64 = self.connection.query_row(
            "SELECT count(*) FROM outbox o LEFT JOIN ticket t ON t.seq = o.ticket WHERE t.seq IS NULL OR o.version > t.version",
            [],
            |row| row.get(0),
        )?;
        Ok(match ahead {
            0 => fine("outbox against tickets", "agree"),
            rows => wrong(
                "outbox against tickets",
                format!("{rows} message(s) speak of a ticket or version that does not exist"),
            ),
        })
    }

    fn examine_answers(&self) -> Result<Finding, StoreError> {
        let unanswered: i64 = self.connection.query_row(
            &format!(
                "SELECT count(*) FROM complaint c JOIN ticket t ON t.seq = c.ticket WHERE t.status IN ({finished})
                     AND NOT EXISTS (SELECT 1 FROM reply r WHERE r.complaint_id = c.id AND r.status IN ({finished}))",
                finished = finished()
            ),
            [],
            |row| row.get(0),
        )?;
        Ok(match unanswered {
            0 => fine("answers", "every complaint behind a finished ticket has a reply"),
            rows => wrong(
                "answers",
                format!("{rows} complaint(s) behind finished tickets have no reply; report this as a defect"),
            ),
        })
    }

    /// Names that this version does not know stand for rows it cannot understand.
    fn examine_names(&self) -> Result<Finding, StoreError> {
        let statuses: Vec<&str> = Status::ALL.iter().map(|(.., name)| *name).collect();
        let named: [(&str, &str, Vec<&str>); 7] = [
            ("raw_record", "state", RawState::ALL.iter().map(|(_, name)| *name).collect()),
            ("source_file", "state", SourceFileState::ALL.iter().map(|(_, name)| *name).collect()),
            ("ticket", "status", statuses.clone()),
            ("status_update", "status", statuses.clone()),
            ("reply", "status", statuses),
            ("reply", "state", ReplyState::ALL.iter().map(|(_, name)| *name).collect()),
            ("merge_event", "kind", MergeKind::ALL.iter().map(|(_, name)| *name).collect()),
        ];
        for (table, column, names) in named {
            let found: Vec<String> =
                self.all(&format!("SELECT DISTINCT {column} FROM {table}"), [], |row| Ok(row.get(0)?))?;
            if let Some(unknown) = found.iter().find(|name| !names.contains(&name.as_str())) {
                let message = format!("{table}: {column} {unknown:?} is not known; restore a backup");
                return Ok(wrong("stored names", message));
            }
        }
        Ok(fine("stored names", "all of them are known"))
    }

    fn examine_seals(&self) -> Result<Finding, StoreError> {
        for (table, key, column, kind) in SEALED {
            let mut statement =
                self.connection.prepare(&format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = self.sealer.check(kind, optional_blob(row, 1)?.unwrap_or_default()) {
                    let id: i64 = row.get(0)?;
                    let mend = match kind {
                        Kind::Imprint => "it is made again when the gateway is started",
                        _ => "check the key file, or restore a backup",
                    };
                    return Ok(wrong("sealed content", format!("{table} {id}: {error}; {mend}")));
                }
            }
        }
        Ok(fine("sealed content", "all of it opens"))
    }
}

fn fine(check: &'static str, message: &str) -> Finding {
    Finding { check, message: message.to_owned(), state: FindingState::Fine }
}

fn wrong(check: &'static str, message: String) -> Finding {
    Finding { check, message, state: FindingState::Wrong }
}
