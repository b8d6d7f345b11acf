//! Lists whose rows tell of tickets, as far as these lie in a reach. Where few tickets do, their rows are looked up; else the list is gone
//! along, and the tickets of each row are looked at: so that it costs what it gives.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, named_params, params, params_from_iter};

use super::cells::list;
use super::legs::{Order, Stream, TOGETHER};
use super::ways::{LIGHTER, Way};
use super::{SqliteStore, limit};
use crate::{Listed, Numbers, Page, StoreError, TicketFilter};
use huiliu_domain::people::Reach;

/// Up to which the rows of a list are counted.
const MAX_COUNTED: usize = 20_000;

impl SqliteStore {
    /// Numbers of a list's rows, as the contract says.
    pub(super) fn numbers(&self, listed: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        // What narrows a list and what is looked at are read as of one moment.
        let _snapshot = self.connection.unchecked_transaction()?;
        let way = self.way(listed, reach)?;
        let sql =
            format!("SELECT k.value FROM json_each(:rows) k WHERE :reach IS NULL OR {} ORDER BY k.key", way.inside);
        let most = way.most;
        let mut rows = self.rows(way, reach, page.after)?;
        let reach = self.codes(reach)?.parameter(reach)?;
        let (mut found, mut looked_at, mut at_once) = (Numbers::default(), 0, page.limit.saturating_add(1));
        loop {
            let looked = rows.take(at_once.min(TOGETHER))?;
            let Some(last) = looked.last().copied() else { return Ok(found) };
            looked_at += looked.len();
            let parameters = named_params! { ":rows": list(&looked)?, ":reach": reach };
            found.numbers.extend(self.all(&sql, parameters, |row| Ok(row.get::<_, i64>(0)?))?);
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

    /// The rows behind a number in the order of their list: those of the tickets in a reach where these are fewer, else all.
    fn rows(&self, way: Way, reach: &Reach, after: Option<i64>) -> Result<Rows<'_>, StoreError> {
        let Way { legs, order, of_tickets, .. } = way;
        let rows = self.length(&legs, MAX_COUNTED, MAX_COUNTED)?;
        let filter = TicketFilter { reach: Arc::new(reach.clone()), ..TicketFilter::default() };
        let few = match &of_tickets {
            Some(_) if !reach.is_whole() => self.narrow(&filter)?.filter(|tickets| tickets.len() < rows),
            _ => None,
        };
        let looked_up = match few.zip(of_tickets) {
            Some((tickets, (sql, codes))) => Some(self.looked_up(&list(&tickets)?, sql, codes)?),
            None => None,
        };
        Ok(match (order, looked_up) {
            (Some(order), None) => {
                Rows::Along(Stream::new(self, legs, order, after.unwrap_or_else(|| order.beginning()))?)
            }
            (Some(order), Some(numbers)) => Rows::LookedUp(in_order(numbers, order, after).into_iter()),
            (None, None) => Rows::Lighter(self, self.heavier(after)?),
            (None, Some(numbers)) => Rows::LookedUp(self.by_weight(&numbers, after)?.into_iter()),
        })
    }

    /// The rows of some tickets, in any order.
    fn looked_up(&self, tickets: &str, sql: &str, codes: Vec<Value>) -> Result<Vec<i64>, StoreError> {
        let given = [Value::Text(tickets.to_owned())].into_iter().chain(codes);
        self.all(sql, params_from_iter(given), |row| Ok(row.get::<_, i64>(0)?))
    }

    /// The weight and the number behind which a part of the open questions begins; none where it has none, as the one is not there.
    fn heavier(&self, after: Option<i64>) -> Result<Option<(f64, i64)>, StoreError> {
        let Some(after) = after else { return Ok(Some((f64::INFINITY, i64::MAX))) };
        let sql = "SELECT weight FROM review WHERE id = ?1";
        let weight = self.connection.prepare_cached(sql)?.query_row(params![after], |row| row.get(0)).optional()?;
        Ok(weight.map(|weight| (weight, after)))
    }

    /// Some open questions, those behind a number, the heaviest first.
    fn by_weight(&self, numbers: &[i64], after: Option<i64>) -> Result<Vec<i64>, StoreError> {
        let Some((weight, number)) = self.heavier(after)? else { return Ok(Vec::new()) };
        let sql = "SELECT v.id FROM json_each(?1) k JOIN review v ON v.id = k.value
            WHERE v.weight < ?2 OR (v.weight = ?2 AND v.id > ?3) ORDER BY v.weight DESC, v.id";
        self.all(sql, params![list(&numbers)?, weight, number], |row| Ok(row.get(0)?))
    }
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
enum Rows<'s> {
    Along(Stream<'s>),
    LookedUp(std::vec::IntoIter<i64>),
    /// Open questions that are lighter than one with a weight and a number; none where nothing is left.
    Lighter(&'s SqliteStore, Option<(f64, i64)>),
}

impl Rows<'_> {
    fn take(&mut self, most: usize) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Along(stream) => stream.take(most),
            Self::LookedUp(numbers) => Ok(numbers.by_ref().take(most).collect()),
            Self::Lighter(store, last) => {
                let Some((weight, number)) = *last else { return Ok(Vec::new()) };
                let parameters = params![weight, number, limit(most)];
                let found = store.all(LIGHTER, parameters, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))?;
                *last = found.last().map(|(number, weight)| (*weight, *number));
                Ok(found.into_iter().map(|(number, _)| number).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use huiliu_domain::people::Scope;
    use huiliu_domain::ticket::{AlertKind, TopicState};

    use super::*;
    use crate::sqlite::legs::Leg;
    use crate::{DeliveryState, KeyRing, ReplyState, Unanswered, Vault};

    fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
        let filled = (1..=5).rev().fold(sql.to_owned(), |sql, number| sql.replace(&format!("?{number}"), "'[]'"));
        let filled = [":rows", ":reach"].iter().fold(filled, |sql, name| sql.replace(name, "'{}'"));
        let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {filled}")).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<_, _>>().unwrap()
    }

    /// A part of a list must not read a table from end to end, nor sort more than it takes.
    #[test]
    fn lists_go_along_their_indexes() {
        let store = SqliteStore::in_memory(Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap();
        let told = "INSERT INTO answer_count VALUES ('dead', 'c', 1), ('waiting', 'd', 1);
            INSERT INTO delivery (destination, ticket, ticket_id, version, message_id, kind, at, state, attempts, next_at, body)
                VALUES ('county', 1, 'T', 1, 'm', 'k', 0, 'sent', 0, 0, x'00')";
        store.connection.execute_batch(told).unwrap();
        for listed in [
            Listed::Replies(ReplyState::Sent),
            Listed::Deliveries(DeliveryState::Sent, None),
            Listed::Deliveries(DeliveryState::Dead, Some("county")),
            Listed::Notices,
            Listed::CallBacks,
            Listed::Unanswered(None, &[]),
            Listed::Unanswered(Some(Unanswered::Dead), &[]),
            Listed::Alerts(AlertKind::Surge),
            Listed::Topics(None),
            Listed::Topics(Some(TopicState::Open)),
            Listed::Quarantine(None),
            Listed::Quarantine(Some("c")),
            Listed::Reviews,
        ] {
            let reach = Reach::new(Arc::new(Scope { districts: vec!["a".to_owned()], ..Scope::default() }), [], []);
            let Way { legs, inside, of_tickets, .. } = store.way(&listed, &reach).unwrap();
            let of_tickets = of_tickets.unwrap();
            assert!(!legs.is_empty(), "{listed:?}");
            // Of topics there are few: those without tickets are looked for among all of them.
            let may_scan = |step: &str| step.contains("VIRTUAL TABLE") || step.starts_with("SCAN g");
            let steps = plan(&store, of_tickets.0);
            let first = steps.iter().find(|step| step.starts_with("SCAN") || step.starts_with("SEARCH"));
            assert!(first.is_some_and(|step| step.starts_with("SCAN k ")), "{listed:?}: {}", steps.join("\n"));
            for sql in [of_tickets.0.to_owned(), format!("SELECT k.value FROM json_each(:rows) k WHERE {inside}")] {
                let steps = plan(&store, &sql);
                let scans = steps.iter().filter(|step| step.starts_with("SCAN") && !may_scan(step));
                assert_eq!(scans.count(), 0, "{listed:?}: {sql}\n{}", steps.join("\n"));
            }
            for Leg { key, from, .. } in &legs {
                let steps = plan(
                    &store,
                    &format!("SELECT DISTINCT {key} FROM {from} AND {key} < 9 ORDER BY {key} DESC LIMIT 9"),
                );
                let is_bounded = steps.iter().all(|step| step.starts_with("SEARCH"));
                // Questions go by their weight, as is seen below.
                let by_weight = matches!(listed, Listed::Reviews);
                assert!(is_bounded || by_weight, "{listed:?}: {from}\n{}", steps.join("\n"));
            }
        }
        let steps = plan(&store, LIGHTER);
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{}", steps.join("\n"));
    }
}
