//! Erasing the personal data of one complaint, inside the transaction of a step.

use super::answers::renew;
use super::asking::numbers;
use super::cells::cell;
use super::deliveries::erase_deliveries;
use super::evaluations::erase_evaluations;
use super::link::{Link, Parameter};
use super::rewards::forget_rewards_of;
use super::topics::erase_topics;
use super::words::forget_block;
use crate::StoreError;
use crate::sealed::{Place, SealedErasure, Sealer};

/// The evidence in which a complaint has a part, by table.
const EVIDENCE: [(&str, &str, &str); 2] = [
    (
        "merge_event",
        "SELECT id, evidence FROM merge_event WHERE evidence IS NOT NULL AND (complaint_id = $1 OR to_ticket = ANY($2))",
        "UPDATE merge_event e SET evidence = k.evidence FROM unnest($1::bigint[], $2::bytea[]) AS k(id, evidence) WHERE e.id = k.id",
    ),
    (
        "review",
        "SELECT id, evidence FROM review WHERE complaint_id = $1 OR ticket = ANY($2)",
        "UPDATE review e SET evidence = k.evidence FROM unnest($1::bigint[], $2::bytea[]) AS k(id, evidence) WHERE e.id = k.id",
    ),
];
const TICKETS: &str = "SELECT ticket FROM complaint WHERE id = $1
    UNION SELECT to_ticket FROM merge_event WHERE complaint_id = $1
    UNION SELECT from_ticket FROM merge_event WHERE complaint_id = $1 AND from_ticket IS NOT NULL";
/// What stands where a mark or digest stood.
const NO_MARK: [u8; 16] = [0; 16];

/// Replaces everything of one complaint that could tell who the citizen is.
pub(super) fn erase(link: &mut Link, sealer: &Sealer, erasure: &SealedErasure) -> Result<(), StoreError> {
    let id = erasure.complaint;
    let sql = "SELECT channel, receipt, body FROM complaint WHERE id = $1";
    let found = link.all(sql, &[&id], |row| {
        Ok((sealer.erased_complaint(cell(row, 0)?, cell(row, 2)?)?, cell::<String>(row, 1)?))
    })?;
    let Some((body, receipt)) = found.into_iter().next() else { return Ok(()) };
    let tickets = numbers(link, TICKETS, &[&id])?;
    let sql = "UPDATE complaint SET body = $2, phone_hash = NULL, id_hash = NULL, account_hash = NULL, erased_at = $3
        WHERE id = $1";
    link.run(sql, &[&id, &body, &erasure.at])?;
    link.run_all(&[renew(vec![id])])?;
    take_words(link, sealer, id, &tickets)?;
    erase_deliveries(link, sealer, &tickets, &receipt)?;
    forget_block(link, id)?;
    forget_content(link, erasure)?;
    forget_rewards_of(link, id)?;
    erase_evaluations(link, erasure, &tickets)?;
    erase_topics(link, sealer, id)?;
    forget_occurrences(link, id, &tickets)?;
    link.run("UPDATE review SET answer = coalesce(answer, FALSE) WHERE complaint_id = $1", &[&id])?;
    // What platforms said stands in the replies of those who are behind the same tickets.
    link.run("UPDATE status_update SET body = $2 WHERE ticket = ANY($1)", &[&tickets, &erasure.status_body])?;
    link.run("DELETE FROM outbox WHERE ticket = ANY($1) AND published_at IS NOT NULL", &[&tickets])?;
    Ok(())
}

/// What came with the complaint's records, what was answered, and what its source stated later.
fn forget_content(link: &mut Link, erasure: &SealedErasure) -> Result<(), StoreError> {
    let SealedErasure { complaint, raw_body, raw_label, reply_body, statement_body, .. } = erasure;
    let no_mark = NO_MARK.as_slice();
    let changes: [(&str, &[Parameter<'_>]); 6] = [
        ("DELETE FROM imprint WHERE complaint_id = $1", &[complaint]),
        ("DELETE FROM file WHERE raw_id IN (SELECT id FROM raw_record WHERE complaint_id = $1)", &[complaint]),
        ("DELETE FROM warning WHERE raw_id IN (SELECT id FROM raw_record WHERE complaint_id = $1)", &[complaint]),
        (
            "UPDATE raw_record SET body = $2, label = $3, digest = $4 WHERE complaint_id = $1",
            &[complaint, raw_body, raw_label, &no_mark],
        ),
        (
            "UPDATE reply SET body = $2, error = NULL, told = NULL WHERE complaint_id = $1 AND state <> 'pending'",
            &[complaint, reply_body],
        ),
        ("UPDATE statement SET body = $2, mark = $3 WHERE complaint_id = $1", &[complaint, statement_body, &no_mark]),
    ];
    changes.into_iter().try_for_each(|(sql, parameters)| link.run(sql, parameters).map(drop))
}

/// What was said of the complaint on the way; that something happened, and when, stays.
fn forget_occurrences(link: &mut Link, complaint: i64, tickets: &[i64]) -> Result<(), StoreError> {
    const OF_ITS_REPLIES: &str = "UPDATE occurrence SET body = NULL
        WHERE kind = 'reply_attempt' AND subject IN (SELECT id FROM reply WHERE complaint_id = $1)";
    const OF_ITS_RECORDS: &str = "UPDATE occurrence SET body = NULL
        WHERE kind = 'set_aside' AND subject IN (SELECT id FROM raw_record WHERE complaint_id = $1)";
    const OF_ITS_TICKETS: &str = "UPDATE occurrence SET body = NULL
        WHERE kind IN ('update_refused', 'waiting', 'act', 'rerouted') AND subject = ANY($1)";
    const OF_ITS_DELIVERIES: &str = "UPDATE occurrence SET body = NULL
        WHERE kind = 'delivery_attempt' AND subject IN (SELECT id FROM delivery WHERE ticket = ANY($1))";
    link.run(OF_ITS_REPLIES, &[&complaint])?;
    link.run(OF_ITS_RECORDS, &[&complaint])?;
    link.run(OF_ITS_TICKETS, &[&tickets])?;
    link.run(OF_ITS_DELIVERIES, &[&tickets])?;
    Ok(())
}

/// Takes names and passages out of the evidence: the weights stay.
fn take_words(link: &mut Link, sealer: &Sealer, complaint: i64, tickets: &[i64]) -> Result<(), StoreError> {
    for (table, select, update) in EVIDENCE {
        let worded = link.all(select, &[&complaint, &tickets], |row| {
            let place = Place { table, row: cell(row, 0)? };
            Ok((place.row, sealer.evidence_without_words(place, cell(row, 1)?)?))
        })?;
        let (rows, evidence): (Vec<i64>, Vec<Vec<u8>>) = worded.into_iter().unzip();
        link.run(update, &[&rows, &evidence])?;
    }
    Ok(())
}
