//! Sightings and alerts: codes and numbers, of which nothing is sealed.

use super::Place;
use crate::{AlertView, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{AlertKind, Seen};

pub(crate) struct AlertCells<'r> {
    pub id: i64,
    pub kind: &'r str,
    pub code: String,
    pub area: String,
    pub at: i64,
    pub count: i64,
    pub usual_tenths: Option<i64>,
    pub ticket: i64,
    pub stands: bool,
    pub ended_at: Option<i64>,
}

/// What the cells of an alert mean.
pub(crate) fn alert(cells: AlertCells<'_>) -> Result<AlertView, StoreError> {
    let place = Place { table: "alert", row: cells.id };
    Ok(AlertView {
        id: cells.id,
        kind: place.name(AlertKind::from_name(cells.kind), cells.kind)?,
        code: cells.code,
        area: cells.area,
        at: place.time(cells.at)?,
        count: place.count(cells.count)?,
        usual_tenths: cells.usual_tenths.map(|tenths| place.count(tenths)).transpose()?,
        ticket: TicketKey(cells.ticket),
        stands: cells.stands,
        ended_at: cells.ended_at.map(|at| place.time(at)).transpose()?,
    })
}

/// What the cells of a sighting mean.
pub(crate) fn seen((complaint, ticket, at): (i64, i64, i64)) -> Result<Seen, StoreError> {
    let at = Place { table: "sighting", row: complaint }.time(at)?;
    Ok(Seen { complaint: ComplaintKey(complaint), ticket: TicketKey(ticket), at })
}
