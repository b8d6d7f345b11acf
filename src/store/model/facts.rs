//! Facts: each is counted when it is written; sums are for engines.

use jiff::civil::Date;

use super::{Contents, Model};
use crate::{Facts, StoreError};
use huiliu_domain::report::{Cell, Fact};

impl Contents {
    pub(super) fn count(&mut self, fact: &Fact) {
        self.cells.entry((fact.day, fact.key.clone())).or_default().add(fact);
        self.fact_rows.push((fact.day, false));
    }
}

impl Facts for Model {
    fn facts(&mut self, from: Date, to: Date) -> Result<Vec<Cell>, StoreError> {
        let contents = self.contents();
        let meant = contents.cells.iter().filter(|((day, _), _)| (from..=to).contains(day));
        Ok(meant.map(|((day, key), tally)| Cell { day: *day, key: key.clone(), tally: tally.clone() }).collect())
    }

    fn sum_facts(&mut self, limit: usize) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let open = contents.fact_rows.iter_mut().filter(|(_, summed)| !summed).take(limit);
        Ok(open.map(|(_, summed)| *summed = true).count())
    }

    fn forget_facts(&mut self, before: Date) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let rows = contents.fact_rows.len();
        contents.fact_rows.retain(|(day, summed)| !(*summed && *day < before));
        Ok(rows - contents.fact_rows.len())
    }
}
