//! What examining a store says, whichever engine looks.

mod subjects;

use super::sealed::Kind;
use super::{AnswerLedger, Finding, FindingState, Ledger, QueueCounts, StoreError, VaultError};
use huiliu_domain::audit::AuditCheck;

pub(super) use subjects::{ORPHANS, SEALED, names};

/// Most receipt numbers that a finding names.
pub(super) const MAX_NAMED: usize = 10;

/// Whether every record that came in is accounted for.
pub(super) fn ledger(ledger: &Ledger) -> Finding {
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
    if ledger.balances() {
        fine("ledger", &zh, &equation)
    } else {
        wrong("ledger", format!("不平衡：{zh}"), format!("does not balance: {equation}"))
    }
}

/// What checking the audit log has come to.
pub(super) fn audit(check: &AuditCheck) -> Finding {
    const CHECK: &str = "audit log";
    let (entries, last) = (check.entries, check.end.number);
    match check.broken {
        None => fine(
            CHECK,
            &format!("{entries} 条，到第 {last} 条，完整"),
            &format!("{entries} entries up to {last}, whole"),
        ),
        Some((number, broken)) => wrong(
            CHECK,
            format!("第 {number} 条有问题（{}）；请运行 huiliu audit verify", broken.name()),
            format!("entry {number} is wrong ({}); run huiliu audit verify", broken.name()),
        ),
    }
}

/// How many rows are there that must not be.
pub(super) fn orphans(check: &'static str, rows: i64) -> Finding {
    match rows {
        0 => fine(check, "没有", "none"),
        rows => wrong(
            check,
            format!("{rows} 行；请恢复备份，或作为缺陷报告"),
            format!("{rows} row(s); restore a backup or report this as a defect"),
        ),
    }
}

/// How many tickets count their complaints wrongly, and whether they were counted again.
pub(super) fn ticket_counts(rows: i64, repair: bool) -> Finding {
    const CHECK: &str = "complaint counts of tickets";
    match rows {
        0 => fine(CHECK, "一致", "agree"),
        rows if repair => {
            repaired(CHECK, format!("已重新计数 {rows} 张工单"), format!("{rows} ticket(s) counted again"))
        }
        rows => wrong(
            CHECK,
            format!("{rows} 张工单的诉求数不对；请加 --repair 运行"),
            format!("{rows} ticket(s) count wrongly; run with --repair"),
        ),
    }
}

/// How many messages are ahead of their tickets.
pub(super) fn leaving(check: &'static str, ahead: i64) -> Finding {
    match ahead {
        0 => fine(check, "一致", "agree"),
        rows => wrong(
            check,
            format!("{rows} 条消息所说的工单或版本不存在"),
            format!("{rows} message(s) speak of a ticket or version that does not exist"),
        ),
    }
}

/// The ledger per citizen: whoever is behind a finished ticket was answered, or is listed with a reason why not. Where it does not
/// balance, some of those who are missing are named.
pub(super) fn answers(
    ledger: &AnswerLedger,
    missing: impl FnOnce() -> Result<Vec<String>, StoreError>,
) -> Result<Finding, StoreError> {
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
    let (missing, named) = (ledger.missing(), missing()?.join(", "));
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
pub(super) fn by_hand(counts: &QueueCounts) -> Finding {
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
    fine("answers by hand", &zh, &en)
}

/// The first name of a column that this version does not know stands for rows that it cannot understand.
pub(super) fn unknown_name(table: &str, column: &str, unknown: &str) -> Finding {
    let message = format!("{table}: {column} {unknown:?} is not known; restore a backup");
    let zh = format!("{table}：不认识 {column} 的值 {unknown:?}；请恢复备份");
    wrong("stored names", zh, message)
}

/// All names are known.
pub(super) fn known_names() -> Finding {
    fine("stored names", "全部认识", "all of them are known")
}

/// Sealed content that does not open.
pub(super) fn unopened((table, id): (&str, i64), kind: Kind, error: &VaultError) -> Finding {
    let (mend_zh, mend) = match kind {
        Kind::Imprint => ("网关启动时会重新生成", "it is made again when the gateway is started"),
        _ => ("请检查密钥文件，或恢复备份", "check the key file, or restore a backup"),
    };
    wrong("sealed content", format!("{table} {id} 打不开；{mend_zh}"), format!("{table} {id}: {error}; {mend}"))
}

/// All sealed content opens.
pub(super) fn all_opened() -> Finding {
    fine("sealed content", "全部能打开", "all of it opens")
}

/// Whether the index of words says what the texts say, by the first block that does not, and whether it was taken away. What does not
/// open is found with the seals.
pub(super) fn words(wrong_block: Result<Option<i64>, StoreError>, repair: bool) -> Result<Finding, StoreError> {
    const CHECK: &str = "index of words";
    match wrong_block {
        Ok(None) => Ok(fine(CHECK, "与诉求的文字一致", "agrees with the texts")),
        Ok(Some(_)) | Err(StoreError::Damaged { .. }) if repair => Ok(repaired(
            CHECK,
            "已清除；网关运行时会重新生成".to_owned(),
            "taken away; the gateway makes it again while it runs".to_owned(),
        )),
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

/// How many rows that are kept along are not what they follow from, and whether they were made again.
pub(super) fn kept(check: &'static str, agree: (&str, &str), wrong_rows: u64, repair: bool) -> Finding {
    match wrong_rows {
        0 => fine(check, agree.0, agree.1),
        rows if repair => {
            repaired(check, format!("已重新生成；{rows} 处不一致"), format!("made again; {rows} did not agree"))
        }
        rows => wrong(
            check,
            format!("{rows} 处不一致；请加 --repair 运行"),
            format!("{rows} do not agree; run with --repair"),
        ),
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

/// That something was not, and is now.
fn repaired(check: &'static str, zh: String, message: String) -> Finding {
    Finding { check, message, zh, state: FindingState::Repaired }
}
