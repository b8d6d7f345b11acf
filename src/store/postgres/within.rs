//! Lists whose rows tell of tickets, as far as these lie in a reach. Where few tickets do, their rows are looked up; else the list is gone
//! along, and the tickets of each row are looked at: so that it costs what it gives.

use std::sync::Arc;

use tokio_postgres::Row;

use super::asking::{first, numbers};
use super::cells::{Given, cell, parameters};
use super::legs::{Order, Stream, TOGETHER, length};
use super::link::{Link, Parameter};
use super::scope::WHOLE;
use super::ways::{LIGHTER, Way};
use super::{PostgresStore, limit};
use crate::{Listed, Numbers, Page, StoreError, TicketFilter};
use huiliu_domain::people::Reach;

/// Up to which the rows of a list are counted.
const MAX_COUNTED: usize = 20_000;

impl PostgresStore {
    /// Numbers of a list's rows, as the contract says.
    pub(super) fn numbers(&mut self, listed: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        // What narrows a list and what is looked at are read as of one moment.
        self.snapshot(|store| store.numbers_within(listed, reach, page))
    }

    fn numbers_within(&mut self, listed: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        let codes = self.codes(reach)?;
        let mut given = Given::behind(1);
        let bounds = codes.bounds(&mut given);
        let way = self.way(listed, reach, &bounds)?;
        let inside = if reach.is_whole() { WHOLE } else { &way.inside };
        let sql = format!(
            "SELECT k.number FROM unnest($1::bigint[]) WITH ORDINALITY AS k(number, place) WHERE {inside} ORDER BY k.place"
        );
        let most = way.most;
        let mut rows = self.rows(way, reach, page.after)?;
        let (mut found, mut looked_at, mut at_once) = (Numbers::default(), 0, page.limit.saturating_add(1));
        loop {
            let looked = rows.take(&mut self.link, at_once.min(TOGETHER))?;
            let Some(last) = looked.last().copied() else { return Ok(found) };
            looked_at += looked.len();
            found.numbers.extend(numbers(&mut self.link, &sql, &given.with(&[&looked]))?);
            if found.numbers.len() > page.limit {
                found.numbers.truncate(page.limit);
                found.next = found.numbers.last().copied();
                return Ok(found);
            }
            if looked_at >= most {
                found.next = Some(last);
                return Ok(found);
            }
            at_once = TOGETHER;
        }
    }
}

impl PostgresStore {
    /// The rows behind a number in the order of their list: those of the tickets in a reach where these are fewer, else all.
    fn rows(&mut self, way: Way, reach: &Reach, after: Option<i64>) -> Result<Rows, StoreError> {
        let Way { legs, order, of_tickets, .. } = way;
        let rows = length(&mut self.link, &legs, MAX_COUNTED, MAX_COUNTED)?;
        let filter = TicketFilter { reach: Arc::new(reach.clone()), ..TicketFilter::default() };
        let few = match &of_tickets {
            Some(_) if !reach.is_whole() => self.narrow(&filter)?.filter(|tickets| tickets.len() < rows),
            _ => None,
        };
        let link = &mut self.link;
        let looked_up = match few.zip(of_tickets) {
            Some((tickets, (sql, codes))) => {
                let tickets: Vec<i64> = tickets.into_iter().collect();
                let given: Vec<Parameter<'_>> =
                    [&tickets as Parameter<'_>].into_iter().chain(parameters(&codes)).collect();
                Some(numbers(link, sql, &given)?)
            }
            None => None,
        };
        Ok(match (order, looked_up) {
            (Some(order), None) => {
                Rows::Along(Stream::new(link, legs, order, after.unwrap_or_else(|| order.beginning()))?)
            }
            (Some(order), Some(numbers)) => Rows::LookedUp(in_order(numbers, order, after).into_iter()),
            (None, None) => Rows::Lighter(heavier(link, after)?),
            (None, Some(numbers)) => Rows::LookedUp(by_weight(link, &numbers, after)?.into_iter()),
        })
    }
}

/// The weight and the number behind which a part of the open questions begins; none where it has none, as the one is not there.
fn heavier(link: &mut Link, after: Option<i64>) -> Result<Option<(f64, i64)>, StoreError> {
    let Some(after) = after else { return Ok(Some((f64::INFINITY, i64::MAX))) };
    let weight: Option<f64> = first(link, "SELECT weight FROM review WHERE id = $1", &[&after])?;
    Ok(weight.map(|weight| (weight, after)))
}

/// Some open questions, those behind a number, the heaviest first.
fn by_weight(link: &mut Link, questions: &[i64], after: Option<i64>) -> Result<Vec<i64>, StoreError> {
    let Some((weight, number)) = heavier(link, after)? else { return Ok(Vec::new()) };
    let sql = "SELECT v.id FROM review v WHERE v.id = ANY($1) AND (v.weight < $2 OR (v.weight = $2 AND v.id > $3))
        ORDER BY v.weight DESC, v.id";
    numbers(link, sql, &[&questions, &weight, &number])
}

/// Numbers that come after one, each once, in the order of a list.
fn in_order(mut numbers: Vec<i64>, order: Order, after: Option<i64>) -> Vec<i64> {
    let after = after.unwrap_or_else(|| order.beginning());
    numbers.retain(|number| order.rank(*number) < order.rank(after));
    numbers.sort_unstable_by_key(|number| std::cmp::Reverse(order.rank(*number)));
    numbers.dedup();
    numbers
}

/// Where the numbers come from.
enum Rows {
    Along(Stream),
    LookedUp(std::vec::IntoIter<i64>),
    /// Open questions that are lighter than one with a weight and a number; none where nothing is left.
    Lighter(Option<(f64, i64)>),
}

impl Rows {
    fn take(&mut self, link: &mut Link, most: usize) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Along(stream) => stream.take(link, most),
            Self::LookedUp(numbers) => Ok(numbers.by_ref().take(most).collect()),
            Self::Lighter(last) => {
                let Some((weight, number)) = *last else { return Ok(Vec::new()) };
                let read = |row: &Row| Ok((cell::<i64>(row, 0)?, cell::<f64>(row, 1)?));
                let found = link.all(LIGHTER, &[&weight, &number, &limit(most)], read)?;
                *last = found.last().map(|(number, weight)| (*weight, *number));
                Ok(found.into_iter().map(|(number, _)| number).collect())
            }
        }
    }
}
