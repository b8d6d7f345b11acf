//! Examination of the whole store, and repair of what needs no decision.

use super::asking::only;
use super::cells::cell;
use super::{PostgresStore, limit};
use crate::sealed::{Kind, NO_STATUS};
use crate::{
    Audit as _, DeliveryState, Finding, FindingState, Listings as _, MergeKind, OccurrenceKind, Page, RawState,
    ReplyState, SourceFileState, StoreError, Unanswered, VaultError,
};
use huiliu_domain::complaint::{ComplaintState, RewardBasis, Satisfaction, StatementKind};
use huiliu_domain::ticket::{AlertKind, CallBackState, CallBackWay, Consequence, Rater, Status, TopicState};

/// Most receipt numbers that a finding names.
const MAX_NAMED: usize = 10;
/// Rows that are read together.
const TOGETHER: usize = 1_000;

const DAMAGED_PAGES: &str =
    "SELECT coalesce(max(checksum_failures), 0) FROM pg_stat_database WHERE datname = current_database()";
const INVALID_INDEXES: &str = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace";

/// Every sealed column: table, key column, column, kind.
pub(super) const SEALED: [(&str, &str, &str, Kind); 37] = [
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
    ("reply", "id", "told", Kind::Told),
    ("position", "id", "body", Kind::Position),
    ("delivery", "id", "body", Kind::Delivery),
    ("delivery", "id", "error", Kind::Error),
    ("delivery", "id", "proof", Kind::Proof),
    ("statement", "id", "body", Kind::Statement),
    ("foreign_number", "id", "body", Kind::ForeignNumber),
    ("audit", "number", "body", Kind::Audit),
    ("pack_content", "id", "body", Kind::Pack),
    ("pack_draft", "id", "body", Kind::Pack),
    ("pack_draft", "id", "label", Kind::Reason),
    ("pack_version", "number", "reason", Kind::Reason),
    ("word_bucket", "id", "body", Kind::Words),
    ("occurrence", "id", "body", Kind::Occurrence),
    ("edition_file", "id", "name", Kind::EditionName),
    ("edition_file", "id", "body", Kind::Edition),
    ("rating", "id", "body", Kind::Rating),
    ("topic", "id", "body", Kind::Topic),
    ("person", "id", "body", Kind::Person),
    ("pause", "id", "reason", Kind::Reason),
];

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
        let check = self.check_audit(&[])?;
        let (entries, last) = (check.entries, check.end.number);
        Ok(match check.broken {
            None => fine(
                "audit log",
                &format!("{entries} 条，到第 {last} 条，完整"),
                &format!("{entries} entries up to {last}, whole"),
            ),
            Some((number, broken)) => wrong(
                "audit log",
                format!("第 {number} 条有问题（{}）；请运行 huiliu audit verify", broken.name()),
                format!("entry {number} is wrong ({}); run huiliu audit verify", broken.name()),
            ),
        })
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
        let zh = format!(
            "收到 {} = 诉求 {} + 修改 {} + 跟进 {} + 待修复 {} + 舍弃 {} + 已删除 {} + 未决定 {}；库中诉求 {} = 工单里的 {}",
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
            fine("ledger", &zh, &equation)
        } else {
            wrong("ledger", format!("不平衡：{zh}"), format!("does not balance: {equation}"))
        })
    }

    fn examine_orphans(&mut self) -> Result<Vec<Finding>, StoreError> {
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
                let rows: i64 = only(&mut self.link, sql, &[])?;
                Ok(match rows {
                    0 => fine(check, "没有", "none"),
                    rows => wrong(
                        check,
                        format!("{rows} 行；请恢复备份，或作为缺陷报告"),
                        format!("{rows} row(s); restore a backup or report this as a defect"),
                    ),
                })
            })
            .collect()
    }

    fn examine_ticket_counts(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const DIFFERENT: &str =
            "status <> 'absorbed' AND complaints <> (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq)";
        let sql = format!("SELECT count(*) FROM ticket WHERE {DIFFERENT}");
        let rows: i64 = only(&mut self.link, &sql, &[])?;
        if rows == 0 {
            return Ok(fine("complaint counts of tickets", "一致", "agree"));
        }
        if !repair {
            return Ok(wrong(
                "complaint counts of tickets",
                format!("{rows} 张工单的诉求数不对；请加 --repair 运行"),
                format!("{rows} ticket(s) count wrongly; run with --repair"),
            ));
        }
        let sql = format!(
            "UPDATE ticket SET complaints = (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq) WHERE {DIFFERENT}"
        );
        self.link.run(&sql, &[])?;
        self.make_answers_again()?;
        Ok(Finding {
            check: "complaint counts of tickets",
            message: format!("{rows} ticket(s) counted again"),
            zh: format!("已重新计数 {rows} 张工单"),
            state: FindingState::Repaired,
        })
    }

    fn examine_leaving(&mut self, check: &'static str, table: &str) -> Result<Finding, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM {table} o LEFT JOIN ticket t ON t.seq = o.ticket WHERE t.seq IS NULL OR o.version > t.version"
        );
        let ahead: i64 = only(&mut self.link, &sql, &[])?;
        Ok(match ahead {
            0 => fine(check, "一致", "agree"),
            rows => wrong(
                check,
                format!("{rows} 条消息所说的工单或版本不存在"),
                format!("{rows} message(s) speak of a ticket or version that does not exist"),
            ),
        })
    }

    /// The ledger per citizen: whoever is behind a finished ticket was answered, or is listed with a reason why not.
    fn examine_answers(&mut self) -> Result<Finding, StoreError> {
        // What a pack says of channels is not known here, and no fault of the store.
        let sends = |_: &str| true;
        let ledger = self.answer_ledger(&sends)?;
        let listed: Vec<String> =
            ledger.unanswered.iter().map(|(reason, complaints)| format!("{} {complaints}", reason.name())).collect();
        let listed = if listed.is_empty() { "0".to_owned() } else { listed.join(" + ") };
        let zh = format!("办结工单的诉求 {} = 已答复 {} + 未答复：{listed}", ledger.finished, ledger.answered);
        let en = format!(
            "complaints behind finished tickets {} = answered {} + not answered: {listed}",
            ledger.finished, ledger.answered
        );
        if ledger.balances() {
            return Ok(fine("answers", &zh, &en));
        }
        let missing = self.unanswered(Some(Unanswered::Missing), &sends, Page::first(MAX_NAMED))?;
        let named: Vec<String> = missing.into_iter().map(|view| view.receipt).collect();
        let (missing, named) = (ledger.missing(), named.join(", "));
        Ok(wrong(
            "answers",
            format!(
                "不平衡：{zh}；{missing} 件既没有答复也没有原因（{named}）；见 huiliu replies unanswered，请作为缺陷报告"
            ),
            format!(
                "does not balance: {en}; {missing} without an answer or a reason ({named}); see `huiliu replies unanswered`, and report this as a defect"
            ),
        ))
    }

    /// What waits for people is nothing wrong, and worth being said.
    fn examine_by_hand(&mut self) -> Result<Finding, StoreError> {
        let counts = self.queue_counts()?;
        let (zh, en) = match counts.by_hand_since {
            None => ("没有市民等待人工告知".to_owned(), "no citizen waits to be told by hand".to_owned()),
            Some(since) => {
                let waiting = counts.replies_by_hand;
                (
                    format!("有 {waiting} 位市民等待人工告知，最早自 {since}；见 huiliu replies list"),
                    format!(
                        "{waiting} citizen(s) wait to be told by hand, the first since {since}; see `huiliu replies list`"
                    ),
                )
            }
        };
        Ok(fine("answers by hand", &zh, &en))
    }

    /// Names that this version does not know stand for rows it cannot understand.
    fn examine_names(&mut self) -> Result<Finding, StoreError> {
        let statuses: Vec<&str> = Status::ALL.iter().map(|(.., name)| *name).collect();
        let set: Vec<&str> = statuses.iter().copied().chain([NO_STATUS]).collect();
        let named: [(&str, &str, Vec<&str>); 19] = [
            ("complaint", "state", ComplaintState::ALL.iter().map(|(_, name)| *name).collect()),
            ("occurrence", "kind", OccurrenceKind::ALL.iter().map(|(_, name)| *name).collect()),
            ("statement", "kind", StatementKind::ALL.iter().map(|(.., name)| *name).collect()),
            ("rating", "rater", Rater::ALL.iter().map(|(.., name)| *name).collect()),
            ("rating", "value", Satisfaction::ALL.iter().map(|value| value.wire()).collect()),
            ("rating", "consequence", Consequence::ALL.iter().map(|(.., name)| *name).collect()),
            ("call_back", "way", CallBackWay::ALL.iter().map(|(.., name)| *name).collect()),
            ("call_back", "state", CallBackState::ALL.iter().map(|(_, name)| *name).collect()),
            ("alert", "kind", AlertKind::ALL.iter().map(|(.., name)| *name).collect()),
            ("topic", "state", TopicState::ALL.iter().map(|(.., name)| *name).collect()),
            ("reward", "basis", RewardBasis::ALL.iter().map(|(_, name)| *name).collect()),
            ("delivery", "state", DeliveryState::ALL.iter().map(|(_, name)| *name).collect()),
            ("raw_record", "state", RawState::ALL.iter().map(|(_, name)| *name).collect()),
            ("source_file", "state", SourceFileState::ALL.iter().map(|(_, name)| *name).collect()),
            ("ticket", "status", statuses.clone()),
            ("status_update", "status", set),
            ("reply", "status", statuses),
            ("reply", "state", ReplyState::ALL.iter().map(|(_, name)| *name).collect()),
            ("merge_event", "kind", MergeKind::ALL.iter().map(|(_, name)| *name).collect()),
        ];
        for (table, column, names) in named {
            let sql = format!("SELECT DISTINCT {column} FROM {table}");
            let found: Vec<String> = self.link.all(&sql, &[], |row| cell(row, 0))?;
            if let Some(unknown) = found.iter().find(|name| !names.contains(&name.as_str())) {
                let message = format!("{table}: {column} {unknown:?} is not known; restore a backup");
                let zh = format!("{table}：不认识 {column} 的值 {unknown:?}；请恢复备份");
                return Ok(wrong("stored names", zh, message));
            }
        }
        Ok(fine("stored names", "全部认识", "all of them are known"))
    }

    /// Whether the index of words says what the texts say. What does not open is found with the seals.
    fn examine_words(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const CHECK: &str = "index of words";
        match self.wrong_block() {
            Ok(None) => Ok(fine(CHECK, "与诉求的文字一致", "agrees with the texts")),
            Ok(Some(_)) | Err(StoreError::Damaged { .. }) if repair => {
                self.forget_words()?;
                Ok(Finding {
                    check: CHECK,
                    message: "taken away; the gateway makes it again while it runs".to_owned(),
                    zh: "已清除；网关运行时会重新生成".to_owned(),
                    state: FindingState::Repaired,
                })
            }
            Ok(Some(block)) => Ok(wrong(
                CHECK,
                format!("第 {block} 块与诉求的文字不一致；请加 --repair 运行"),
                format!("block {block} does not agree with the texts; run with --repair"),
            )),
            Err(StoreError::Damaged { row, reason, .. }) => Ok(wrong(
                CHECK,
                format!("第 {row} 行打不开：{reason}；请加 --repair 运行"),
                format!("row {row} cannot be read: {reason}; run with --repair"),
            )),
            Err(error) => Err(error),
        }
    }

    fn examine_seals(&mut self) -> Result<Finding, StoreError> {
        for (table, key, column, kind) in SEALED {
            let Some((id, error)) = self.unopened(table, key, column, kind)? else { continue };
            let (mend_zh, mend) = match kind {
                Kind::Imprint => ("网关启动时会重新生成", "it is made again when the gateway is started"),
                _ => ("请检查密钥文件，或恢复备份", "check the key file, or restore a backup"),
            };
            return Ok(wrong(
                "sealed content",
                format!("{table} {id} 打不开；{mend_zh}"),
                format!("{table} {id}: {error}; {mend}"),
            ));
        }
        Ok(fine("sealed content", "全部能打开", "all of it opens"))
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

/// That something is in order.
pub(super) fn fine(check: &'static str, zh: &str, message: &str) -> Finding {
    Finding { check, message: message.to_owned(), zh: zh.to_owned(), state: FindingState::Fine }
}

/// That something is not.
pub(super) fn wrong(check: &'static str, zh: String, message: String) -> Finding {
    Finding { check, message, zh, state: FindingState::Wrong }
}
