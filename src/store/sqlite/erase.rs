//! Erasing the personal data of one complaint, inside the transaction of a step.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::answers::renew;
use super::cells::{blob, list};
use super::deliveries::erase_deliveries;
use super::evaluations::erase_evaluations;
use super::rewards::forget_rewards_of;
use super::topics::erase_topics;
use super::words::forget_block;
use crate::StoreError;
use crate::sealed::{Place, SealedErasure, Sealer};

/// The evidence in which a complaint has a part, by table.
const EVIDENCE: [(&str, &str, &str); 2] = [
    (
        "merge_event",
        "SELECT id, evidence FROM merge_event WHERE evidence IS NOT NULL AND (complaint_id = ?1
             OR to_ticket IN (SELECT value FROM json_each(?2)))",
        "UPDATE merge_event SET evidence = ?2 WHERE id = ?1",
    ),
    (
        "review",
        "SELECT id, evidence FROM review WHERE complaint_id = ?1 OR ticket IN (SELECT value FROM json_each(?2))",
        "UPDATE review SET evidence = ?2 WHERE id = ?1",
    ),
];

/// Replaces everything of one complaint that could tell who the citizen is.
pub(super) fn erase(tx: &Transaction<'_>, sealer: &Sealer, erasure: &SealedErasure) -> Result<(), StoreError> {
    let id = erasure.complaint;
    let found: Option<(String, String, Vec<u8>)> = tx
        .prepare_cached("SELECT channel, receipt, body FROM complaint WHERE id = ?1")?
        .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((channel, receipt, body)) = found else { return Ok(()) };
    let tickets = tickets(tx, id)?;
    let run = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| -> Result<(), StoreError> {
        tx.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    };
    run(
        "UPDATE complaint SET body = ?2, phone_hash = NULL, id_hash = NULL, account_hash = NULL, erased_at = ?3
         WHERE id = ?1",
        params![id, sealer.erased_complaint(&channel, &body)?, erasure.at],
    )?;
    renew(tx, id)?;
    take_words(tx, sealer, id, &tickets)?;
    erase_deliveries(tx, sealer, &tickets, &receipt)?;
    forget_block(tx, id)?;
    run("DELETE FROM imprint WHERE complaint_id = ?1", params![id])?;
    run("DELETE FROM file WHERE raw_id IN (SELECT id FROM raw_record WHERE complaint_id = ?1)", params![id])?;
    run("DELETE FROM warning WHERE raw_id IN (SELECT id FROM raw_record WHERE complaint_id = ?1)", params![id])?;
    run(
        "UPDATE raw_record SET body = ?2, label = ?3, digest = zeroblob(16) WHERE complaint_id = ?1",
        params![id, erasure.raw_body, erasure.raw_label],
    )?;
    run(
        "UPDATE reply SET body = ?2, error = NULL, told = NULL WHERE complaint_id = ?1 AND state <> 'pending'",
        params![id, erasure.reply_body],
    )?;
    run(
        "UPDATE statement SET body = ?2, mark = zeroblob(16) WHERE complaint_id = ?1",
        params![id, erasure.statement_body],
    )?;
    forget_rewards_of(tx, id)?;
    erase_evaluations(tx, erasure, &tickets)?;
    erase_topics(tx, sealer, id)?;
    forget_occurrences(tx, id, &tickets)?;
    run("UPDATE review SET answer = coalesce(answer, 0) WHERE complaint_id = ?1", params![id])?;
    // What platforms said stands in the replies of those who are behind the same tickets.
    run(
        "UPDATE status_update SET body = ?2 WHERE ticket IN (SELECT value FROM json_each(?1))",
        params![tickets, erasure.status_body],
    )?;
    run(
        "DELETE FROM outbox WHERE ticket IN (SELECT value FROM json_each(?1)) AND published_at IS NOT NULL",
        params![tickets],
    )
}

/// What was said of the complaint on the way; that something happened, and when, stays.
fn forget_occurrences(tx: &Transaction<'_>, complaint: i64, tickets: &str) -> Result<(), StoreError> {
    const OF_THE_COMPLAINT: [(&str, &str); 2] = [
        ("reply_attempt", "SELECT id FROM reply WHERE complaint_id = ?1"),
        ("set_aside", "SELECT id FROM raw_record WHERE complaint_id = ?1"),
    ];
    const OF_ITS_TICKETS: [(&str, &str); 5] = [
        ("update_refused", "SELECT value FROM json_each(?1)"),
        ("waiting", "SELECT value FROM json_each(?1)"),
        ("act", "SELECT value FROM json_each(?1)"),
        ("rerouted", "SELECT value FROM json_each(?1)"),
        ("delivery_attempt", "SELECT id FROM delivery WHERE ticket IN (SELECT value FROM json_each(?1))"),
    ];
    let sql = |(kind, subjects): (&str, &str)| {
        format!("UPDATE occurrence SET body = NULL WHERE kind = '{kind}' AND subject IN ({subjects})")
    };
    for of in OF_THE_COMPLAINT {
        tx.prepare_cached(&sql(of))?.execute(params![complaint])?;
    }
    for of in OF_ITS_TICKETS {
        tx.prepare_cached(&sql(of))?.execute(params![tickets])?;
    }
    Ok(())
}

/// The tickets that a complaint is or was on, as a list in one parameter.
fn tickets(tx: &Transaction<'_>, complaint: i64) -> Result<String, StoreError> {
    let sql = "SELECT ticket FROM complaint WHERE id = ?1
        UNION SELECT to_ticket FROM merge_event WHERE complaint_id = ?1
        UNION SELECT from_ticket FROM merge_event WHERE complaint_id = ?1 AND from_ticket IS NOT NULL";
    let mut statement = tx.prepare_cached(sql)?;
    let found: Vec<i64> = statement.query_map(params![complaint], |row| row.get(0))?.collect::<Result<_, _>>()?;
    list(&found)
}

/// Takes names and passages out of the evidence: the weights stay.
fn take_words(tx: &Transaction<'_>, sealer: &Sealer, complaint: i64, tickets: &str) -> Result<(), StoreError> {
    for (table, select, update) in EVIDENCE {
        let mut worded = Vec::new();
        {
            let mut statement = tx.prepare_cached(select)?;
            let mut rows = statement.query(params![complaint, tickets])?;
            while let Some(row) = rows.next()? {
                let place = Place { table, row: row.get(0)? };
                worded.push((place.row, sealer.evidence_without_words(place, blob(row, 1)?)?));
            }
        }
        for (row, evidence) in worded {
            tx.prepare_cached(update)?.execute(params![row, evidence])?;
        }
    }
    Ok(())
}
