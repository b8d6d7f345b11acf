//! What is looked at in a store: its sealed columns, what must not be there, and the names that rows may have.

use crate::sealed::{Kind, NO_STATUS};
use crate::{DeliveryState, MergeKind, OccurrenceKind, RawState, ReplyState, SourceFileState};
use huiliu_domain::complaint::{ComplaintState, RewardBasis, Satisfaction, StatementKind};
use huiliu_domain::ticket::{AlertKind, CallBackState, CallBackWay, Consequence, Rater, Status, TopicState};

/// Every sealed column: table, key column, column, kind.
pub(crate) const SEALED: [(&str, &str, &str, Kind); 37] = [
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

/// What must not be there: the name of each check, and how many rows are.
pub(crate) const ORPHANS: [(&str, &str); 9] = [
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

/// The names that rows may have, by table and column.
pub(crate) fn names() -> [(&'static str, &'static str, Vec<&'static str>); 19] {
    let statuses: Vec<&str> = Status::ALL.iter().map(|(.., name)| *name).collect();
    let set: Vec<&str> = statuses.iter().copied().chain([NO_STATUS]).collect();
    [
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
    ]
}
