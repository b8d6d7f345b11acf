//! Functions of SQL by which migrations hash and seal what earlier schemas had in clear.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::cells::list;
use crate::sealed::{Chain, Kind, Sealer};
use crate::{StoreError, VaultError};

/// Kinds that migrations seal.
const SEALED: [(&str, Kind); 4] =
    [("label", Kind::Label), ("rule", Kind::Rule), ("error", Kind::Error), ("position", Kind::Position)];

/// Gives a connection `huiliu_mark(kind, part, …)`, a keyed hash, `huiliu_seal(kind, content)`, which of NULL is NULL,
/// `huiliu_audit_seal()`, the keyed hash of an audit log without entries, `huiliu_units(key, body)`, a list of the units that a
/// ticket's sealed acts name; of a damaged one none, and `huiliu_number_mark(id, channel, label)`, the mark that a complaint with the
/// number of a raw record has; NULL of a damaged one.
pub(super) fn register(connection: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let marking = sealer.clone();
    connection.create_scalar_function("huiliu_mark", -1, FunctionFlags::SQLITE_UTF8, move |context| {
        let parts = (1..context.len()).map(|index| bytes(context, index)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(marking.mark(context.get_raw(0).as_str().map_err(unusable)?, &parts).to_vec())
    })?;
    let sealing = sealer.clone();
    connection.create_scalar_function("huiliu_seal", 2, FunctionFlags::SQLITE_UTF8, move |context| {
        if context.get_raw(1) == ValueRef::Null {
            return Ok(None);
        }
        let name = context.get_raw(0).as_str().map_err(unusable)?;
        let known = SEALED.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let kind = known.ok_or_else(|| unusable(VaultError::Unusable))?;
        sealing.sealed_bytes(kind, bytes(context, 1)?).map(Some).map_err(unusable)
    })?;
    let ending = sealer.clone();
    connection.create_scalar_function("huiliu_audit_seal", 0, FunctionFlags::SQLITE_UTF8, move |_context| {
        Ok(ending.audit_seal(&Chain::EMPTY))
    })?;
    let opening = sealer.clone();
    connection.create_scalar_function("huiliu_units", 2, FunctionFlags::SQLITE_UTF8, move |context| {
        let units = opening.units_of(context.get(0)?, bytes(context, 1)?).unwrap_or_default();
        list(&units).map_err(unusable)
    })?;
    let naming = sealer.clone();
    connection.create_scalar_function("huiliu_number_mark", 3, FunctionFlags::SQLITE_UTF8, move |context| {
        let channel = context.get_raw(1).as_str().map_err(unusable)?;
        Ok(naming.mark_of_number(context.get(0)?, channel, bytes(context, 2)?).ok().map(|mark| mark.to_vec()))
    })?;
    Ok(())
}

fn bytes<'c>(context: &'c Context<'_>, index: usize) -> rusqlite::Result<&'c [u8]> {
    context.get_raw(index).as_bytes().map_err(unusable)
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}
