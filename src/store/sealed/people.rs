//! People: what is known of them, sealed; their sessions.

use huiliu_domain::people::{Attempts, Person};

use super::{Kind, Place, Sealer};
use crate::{PersonRow, SessionRow, StoreError};

pub(crate) struct PersonCells<'r> {
    pub id: i64,
    pub name: String,
    pub failures: i64,
    pub failed_at: Option<i64>,
    pub used_step: Option<i64>,
    pub created_at: i64,
    pub body: &'r [u8],
}

pub(crate) struct SessionCells {
    pub id: i64,
    pub hash: Vec<u8>,
    pub person: String,
    pub began_at: i64,
    pub seen_at: i64,
}

impl Sealer {
    pub(crate) fn person(&self, person: &Person) -> Result<Vec<u8>, StoreError> {
        self.document(Kind::Person, person)
    }

    pub(crate) fn opened_person(&self, cells: PersonCells<'_>) -> Result<PersonRow, StoreError> {
        let place = Place { table: "person", row: cells.id };
        let attempts = Attempts {
            failures: u32::try_from(cells.failures).map_err(|error| place.damaged(error))?,
            failed_at: cells.failed_at.map(|at| place.time(at)).transpose()?,
            used_step: cells.used_step.map(|step| place.count(step)).transpose()?,
        };
        let person = self.opened(place, Kind::Person, cells.body)?;
        Ok(PersonRow { name: cells.name, person, attempts, created_at: place.time(cells.created_at)? })
    }
}

pub(crate) fn session(cells: SessionCells) -> Result<SessionRow, StoreError> {
    let place = Place { table: "session", row: cells.id };
    let (began_at, seen_at) = (place.time(cells.began_at)?, place.time(cells.seen_at)?);
    Ok(SessionRow { hash: cells.hash, person: cells.person, began_at, seen_at })
}
