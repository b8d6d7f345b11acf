//! Making the tables, and bringing them up to date: each step once, in its order, all of them in one transaction.

use super::WRITING;
use super::asking::{first, only};
use super::audit::write_first_ends;
use super::cells::cell;
use super::link::Link;
use crate::StoreError;
use crate::sealed::{Kind, Sealer};

/// The steps that make the tables; a later version adds to them and changes none.
const STEPS: &[&str] = &[include_str!("schema/1-tables.sql")];

const IS_MADE: &str = "SELECT to_regclass('huiliu_schema') IS NOT NULL";
const MADE: &str = "CREATE TABLE IF NOT EXISTS huiliu_schema (
    version BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL DEFAULT now()
)";
/// Whether the keys are those of the database is seen by three rows.
const ENDS: &str = "SELECT body FROM raw_record WHERE length(body) >= 30 AND id IN
    ((SELECT min(id) FROM raw_record), (SELECT max(id) FROM raw_record), (SELECT raw_id FROM complaint ORDER BY id DESC LIMIT 1))";

/// Whether this version knows the tables, and the keys are theirs: hashed with others, nothing in them would be found again. Where there
/// are none, both can be made.
///
/// # Errors
/// The tables were made by a newer version, the keys are others, or the server is away.
pub(super) fn fits(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    if moving(link)? {
        return Err(StoreError::Moving { place: link.place() });
    }
    fits_however(link, sealer)
}

/// Whether another store is being moved into it.
pub(super) fn moving(link: &mut Link) -> Result<bool, StoreError> {
    only(link, "SELECT to_regclass('huiliu_move') IS NOT NULL", &[])
}

/// As [`fits`], also where a store is being moved into it.
fn fits_however(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    if !only::<bool>(link, IS_MADE, &[])? || version(link)? == 0 {
        return Ok(());
    }
    let opened = link.all(ENDS, &[], |row| Ok(sealer.check(Kind::Raw, cell(row, 0)?)))?;
    match opened.into_iter().reduce(Result::or) {
        Some(Err(error)) => Err(StoreError::OtherKeys { reason: error.to_string() }),
        _ => Ok(()),
    }
}

/// How many steps have been carried out.
fn version(link: &mut Link) -> Result<usize, StoreError> {
    let newest: Option<i64> = first(link, "SELECT max(version) FROM huiliu_schema", &[])?.flatten();
    let carried_out = usize::try_from(newest.unwrap_or(0)).unwrap_or(usize::MAX);
    if carried_out > STEPS.len() {
        let known = STEPS.len();
        return Err(StoreError::Newer {
            source: format!("its tables are of step {carried_out}, and this version knows {known}").into(),
        });
    }
    Ok(carried_out)
}

/// Carries out the steps that are left.
///
/// # Errors
/// As [`fits`], or the server refuses a step.
pub(super) fn migrate(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    fits(link, sealer)?;
    migrate_however(link, sealer)
}

/// As [`migrate`], also where a store is being moved into it.
pub(super) fn migrate_however(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    fits_however(link, sealer)?;
    if only::<bool>(link, IS_MADE, &[])? && version(link)? == STEPS.len() {
        return Ok(());
    }
    link.batch(WRITING)?;
    let carried_out = carry_out(link, sealer);
    let end = link.batch(if carried_out.is_ok() { "COMMIT" } else { "ROLLBACK" });
    carried_out.and(end)
}

/// Another process can have done so meanwhile.
fn carry_out(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    link.batch(MADE)?;
    let carried_out = version(link)?;
    for (step, number) in STEPS.iter().zip(1_i64..).skip(carried_out) {
        link.batch(step)?;
        link.run("INSERT INTO huiliu_schema (version) VALUES ($1)", &[&number])?;
    }
    if carried_out == 0 {
        write_first_ends(link, sealer)?;
    }
    Ok(())
}
