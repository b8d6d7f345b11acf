//! Records, complaints, and what belongs to them.

use super::super::answers::{enter, renew};
use super::super::link::Order;
use super::super::rows::{column, every, turns};
use super::super::topics;
use super::super::words::note_changes;
use crate::SeenAgain;
use crate::sealed::{
    SealedAmendment, SealedComplaint, SealedFile, SealedImprint, SealedPlacement, SealedPosition, SealedRaw,
    SealedStatement, hash_out,
};
use huiliu_domain::complaint::ComplaintState;
use huiliu_domain::key::{ComplaintKey, RawKey};

const RAW: &str = "INSERT INTO raw_record (id, channel, record_mark, label, digest, state, complaint_id, rule, received_at,
        settings_version, source_file, body)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::bigint[], $8::bytea[],
        $9::bigint[], $10::text[], $11::bigint[], $12::bytea[])";
const FILES: &str = "INSERT INTO file (raw_id, number, size_bytes, label, body)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])";
const SEEN_AGAIN: &str =
    "UPDATE raw_record r SET source_file = k.file FROM unnest($1::bigint[], $2::bigint[]) AS k(id, file)
    WHERE r.id = k.id";
const COMPLAINTS: &str = "INSERT INTO complaint (id, channel, number_mark, receipt, raw_id, ticket, district, category, received_at,
        phone_hash, id_hash, account_hash, body, revision)
    SELECT k.*, 1 FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bytea[]) AS k";
const AMENDMENTS: &str = "UPDATE complaint c SET revision = c.revision + 1, raw_id = k.raw, district = k.district,
        category = k.category, phone_hash = k.phone, id_hash = k.id_number, account_hash = k.account, body = k.body
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[])
        AS k(id, raw, district, category, phone, id_number, account, body)
    WHERE c.id = k.id";
const STATEMENTS: &str = "INSERT INTO statement (complaint_id, raw_id, mark, kind, at, received_at, body)
    SELECT k.complaint, k.raw, k.mark, k.kind, k.at, k.received_at, k.body
    FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[])
        WITH ORDINALITY AS k(complaint, raw, mark, kind, at, received_at, body, place)
    WHERE NOT EXISTS (SELECT 1 FROM statement s WHERE s.complaint_id = k.complaint AND s.mark = k.mark) ORDER BY k.place";
const STATES: &str =
    "UPDATE complaint c SET state = k.state FROM unnest($1::bigint[], $2::text[]) AS k(id, state) WHERE c.id = k.id";
const IMPRINTS: &str = "INSERT INTO imprint (complaint_id, reading, body)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
    ON CONFLICT (complaint_id) DO UPDATE SET reading = excluded.reading, body = excluded.body";
const LEFT_QUARANTINE: &str = "DELETE FROM quarantine WHERE raw_id = ANY($1)";
const ERASED: &str = "UPDATE raw_record r SET body = k.body, label = k.label
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS k(id, body, label) WHERE r.id = k.id";
const WITHOUT_FILES: &str = "DELETE FROM file WHERE raw_id = ANY($1)";
const WITHOUT_WARNINGS: &str = "DELETE FROM warning WHERE raw_id = ANY($1)";
const WITHOUT_WORDS: &str = "UPDATE occurrence SET body = NULL WHERE kind = 'set_aside' AND subject = ANY($1)";
const PLACED: &str = "UPDATE raw_record r SET state = k.state, complaint_id = k.complaint, rule = k.rule,
        settings_version = k.settings
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[], $5::text[]) AS k(id, state, complaint, rule, settings)
    WHERE r.id = k.id";
const FILES_GONE: &str = "DELETE FROM file f USING unnest($1::bigint[], $2::bigint[]) AS k(raw, number)
    WHERE f.raw_id = k.raw AND f.number = k.number";
const POSITIONS: &str =
    "INSERT INTO position (channel, at, body) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])
    ON CONFLICT (channel) DO UPDATE SET body = excluded.body, at = excluded.at";

pub(super) fn raw<'a>(rows: &'a [SealedRaw<'_>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: RAW,
        parameters: vec![
            column(&rows, |row| row.id),
            column(&rows, |row| row.channel),
            column(&rows, |row| row.record_mark.as_slice()),
            column(&rows, |row| row.label.as_slice()),
            column(&rows, |row| row.digest),
            column(&rows, |row| row.state),
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.rule.as_deref()),
            column(&rows, |row| row.received_at),
            column(&rows, |row| row.settings_version),
            column(&rows, |row| row.source_file),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

pub(super) fn files(rows: &[SealedFile]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: FILES,
        parameters: vec![
            column(&rows, |row| row.raw),
            column(&rows, |row| i64::from(row.number)),
            column(&rows, |row| row.size_bytes),
            column(&rows, |row| row.label.as_slice()),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

pub(super) fn seen_again(rows: &[SeenAgain]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |row| row.raw_id.0).into_iter().map(|rows| Order {
        sql: SEEN_AGAIN,
        parameters: vec![column(&rows, |row| row.raw_id.0), column(&rows, |row| hash_out(row.file.0))],
    })
}

/// New complaints, on tickets that may be finished, and that topics may have waited for.
pub(super) fn complaints<'a>(rows: &'a [SealedComplaint<'_>]) -> Vec<Order<'a>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let rows = every(rows);
    let [phone, id_number, account] = hashes(&rows, |row| row.hashes);
    let written = Order {
        sql: COMPLAINTS,
        parameters: vec![
            column(&rows, |row| row.id),
            column(&rows, |row| row.channel),
            column(&rows, |row| row.number_mark.as_slice()),
            column(&rows, |row| row.receipt),
            column(&rows, |row| row.raw),
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.district),
            column(&rows, |row| row.category),
            column(&rows, |row| row.received_at),
            Box::new(phone),
            Box::new(id_number),
            Box::new(account),
            column(&rows, |row| row.body.as_slice()),
        ],
    };
    let numbers: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut orders = vec![written, enter(numbers.clone()), topics::come(&rows)];
    orders.extend(note_changes(numbers));
    orders
}

/// The hashes of telephone, identity number and account, each as a column.
fn hashes<R>(rows: &[&R], of: impl Fn(&R) -> [Option<i64>; 3]) -> [Vec<Option<i64>>; 3] {
    let mut columns = [const { Vec::new() }; 3];
    for row in rows {
        for (column, hash) in columns.iter_mut().zip(of(row)) {
            column.push(hash);
        }
    }
    columns
}

pub(super) fn amendments<'a>(rows: &'a [SealedAmendment<'_>]) -> Vec<Order<'a>> {
    let mut orders = Vec::new();
    for rows in turns(rows, |row| row.id) {
        let [phone, id_number, account] = hashes(&rows, |row| row.hashes);
        orders.push(Order {
            sql: AMENDMENTS,
            parameters: vec![
                column(&rows, |row| row.id),
                column(&rows, |row| row.raw),
                column(&rows, |row| row.district),
                column(&rows, |row| row.category),
                Box::new(phone),
                Box::new(id_number),
                Box::new(account),
                column(&rows, |row| row.body.as_slice()),
            ],
        });
        orders.extend(note_changes(rows.iter().map(|row| row.id).collect()));
    }
    orders
}

pub(super) fn statements(rows: &[SealedStatement]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |row| (row.complaint, row.mark)).into_iter().map(|rows| Order {
        sql: STATEMENTS,
        parameters: vec![
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.raw),
            column(&rows, |row| row.mark.as_slice()),
            column(&rows, |row| row.kind),
            column(&rows, |row| row.at),
            column(&rows, |row| row.received_at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

/// Whether citizens wait for answers.
pub(super) fn states(rows: &[(ComplaintKey, ComplaintState)]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |(complaint, _)| complaint.0).into_iter().flat_map(|rows| {
        let complaints = rows.iter().map(|(complaint, _)| complaint.0).collect();
        let parameters = vec![column(&rows, |row| row.0.0), column(&rows, |row| row.1.name())];
        [Order { sql: STATES, parameters }, renew(complaints)]
    })
}

pub(super) fn imprints(rows: &[SealedImprint]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |row| row.complaint).into_iter().map(|rows| Order {
        sql: IMPRINTS,
        parameters: vec![
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.reading),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

/// Where records are that were kept before; content, files and words of those that are erased go.
pub(super) fn placements<'a>(rows: &'a [SealedPlacement<'_>]) -> Vec<Order<'a>> {
    let mut orders = Vec::new();
    for rows in turns(rows, |row| row.raw) {
        let left: Vec<i64> = rows.iter().filter(|row| row.leaves_quarantine).map(|row| row.raw).collect();
        orders.extend((!left.is_empty()).then(|| Order { sql: LEFT_QUARANTINE, parameters: vec![Box::new(left)] }));
        let erased: Vec<(i64, &[u8], &[u8])> = rows
            .iter()
            .filter_map(|row| row.erased.as_ref().map(|(body, label)| (row.raw, body.as_slice(), label.as_slice())))
            .collect();
        if !erased.is_empty() {
            let numbers: Vec<i64> = erased.iter().map(|(raw, ..)| *raw).collect();
            let bodies: Vec<&[u8]> = erased.iter().map(|(_, body, _)| *body).collect();
            let labels: Vec<&[u8]> = erased.iter().map(|(.., label)| *label).collect();
            let parameters = vec![Box::new(numbers.clone()) as _, Box::new(bodies) as _, Box::new(labels) as _];
            orders.push(Order { sql: ERASED, parameters });
            orders.extend(
                [WITHOUT_FILES, WITHOUT_WARNINGS, WITHOUT_WORDS]
                    .map(|sql| Order { sql, parameters: vec![Box::new(numbers.clone())] }),
            );
        }
        orders.push(Order {
            sql: PLACED,
            parameters: vec![
                column(&rows, |row| row.raw),
                column(&rows, |row| row.state),
                column(&rows, |row| row.complaint),
                column(&rows, |row| row.rule.as_deref()),
                column(&rows, |row| row.settings_version),
            ],
        });
    }
    orders
}

pub(super) fn files_gone(rows: &[(RawKey, u16)]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: FILES_GONE,
        parameters: vec![column(&rows, |row| row.0.0), column(&rows, |row| i64::from(row.1))],
    })
}

pub(super) fn positions<'a>(rows: &'a [SealedPosition<'_>]) -> impl Iterator<Item = Order<'a>> {
    turns(rows, |row| row.channel).into_iter().map(|rows| Order {
        sql: POSITIONS,
        parameters: vec![
            column(&rows, |row| row.channel),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}
