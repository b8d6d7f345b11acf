//! Lists of tickets, the newest first. A list goes along whatever narrows it most, an index in its own order or several together, and
//! looks at the rest ticket by ticket: so that it costs what it gives.

use std::collections::BTreeSet;

use rusqlite::{named_params, params, params_from_iter};

use super::cells::{TICKET, list, ticket};
use super::legs::{Leg, Order, Stream, TOGETHER, range};
use super::scope::{Asked, Codes, FITS, WITHIN, unfinished};
use super::{SqliteStore, count, limit};
use crate::sealed::ms;
use crate::{Came, Lately, Page, StoreError, TicketDetail, TicketFilter, TicketPart};
use huiliu_domain::key::TicketKey;
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::Status;
use jiff::Timestamp;

/// Most tickets that are looked at for one part of a list, and what makes a way narrow: that it has fewer.
const MAX_LOOKED_AT: usize = 20_000;
/// Most complaints that are counted by hour.
const MAX_COUNTED: usize = 50_000;
const HOUR_MS: i64 = 3_600_000;

/// The ways along which all tickets lie that can fit, each of one leg or several.
fn ways(filter: &TicketFilter, codes: &Codes<'_>) -> Vec<Vec<Leg>> {
    let mut ways = Vec::new();
    if filter.waits || filter.waits_in.is_some() {
        ways.push(vec![Leg::waiting()]);
    }
    if let Some(now) = filter.overdue_at {
        let late = unfinished().map(|(_, name)| Leg::due(name, None, Some(now)));
        ways.push(late.chain([Leg::clocks(now)]).collect());
    }
    if let Some(responsible) = &codes.responsible {
        let helping = codes.units.iter().map(|code| Leg::unit(code));
        ways.push(responsible.iter().map(|code| Leg::department(code)).chain(helping).collect());
    }
    let one = |given: &Option<String>, leg: fn(&str) -> Leg| given.iter().map(|code| vec![leg(code)]).next();
    ways.extend(one(&filter.department, Leg::department));
    ways.extend(one(&filter.district, Leg::district));
    ways.extend(one(&filter.category, Leg::category));
    ways.extend(one(&filter.channel, Leg::channel));
    ways.extend(filter.status.map(|status| vec![Leg::status(status.wire())]));
    ways.extend(codes.channels.map(|ids| ids.iter().map(|id| Leg::channel(id)).collect()));
    ways.extend(codes.categories.map(|codes| codes.iter().map(|code| Leg::category(code)).collect()));
    ways.extend(codes.districts.as_ref().map(|codes| codes.iter().map(|code| Leg::district(code)).collect()));
    if filter.made_from.is_some() || filter.made_before.is_some() {
        ways.push(vec![Leg::made(filter.made_from, filter.made_before)]);
    }
    if filter.due_from.is_some() || filter.due_before.is_some() {
        let statuses = Status::ALL.iter().map(|(status, ..)| *status);
        let wanted = statuses.filter(|status| filter.status.is_none_or(|wanted| wanted == *status));
        ways.push(wanted.map(|status| Leg::due(status.wire(), filter.due_from, filter.due_before)).collect());
    }
    ways
}

impl SqliteStore {
    /// A part of the list of tickets that fit.
    pub(super) fn part(&self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        // What narrows a list and what is looked at are read as of one moment.
        let _snapshot = self.connection.unchecked_transaction()?;
        let codes = self.codes(&filter.reach)?;
        let (lowest, highest) = self.made_between(filter)?;
        let (legs, _) = self.narrowest(filter, &codes)?;
        let below = page.after.unwrap_or(i64::MAX).min(highest.saturating_add(1));
        let mut stream = Stream::new(self, legs, Order::Newest, below)?;
        let asked = Asked::of(filter, &codes)?;
        let sql = format!(
            "SELECT {TICKET} FROM (SELECT key AS place, value AS sought FROM json_each(:keys))
                 JOIN ticket t ON t.seq = sought WHERE {FITS} ORDER BY place"
        );
        let (mut part, mut looked_at, mut most) = (TicketPart::default(), 0, page.limit.saturating_add(1));
        loop {
            let mut keys = stream.take(most.min(TOGETHER))?;
            keys.retain(|key| *key >= lowest);
            let Some(last) = keys.last().copied() else { return Ok(part) };
            looked_at += keys.len();
            let keys = list(&keys)?;
            let parameters = asked.with(&[(":keys", &keys)]);
            let left = page.limit.saturating_sub(part.tickets.len()).saturating_add(1);
            part.tickets.extend(self.readable(&sql, &*parameters, left, |row| {
                let cells = ticket(row)?;
                let key = TicketKey(cells.key);
                Ok(TicketDetail { key, ticket: self.sealer.ticket(cells)?, complaints: Vec::new() })
            })?);
            if part.tickets.len() > page.limit {
                part.tickets.truncate(page.limit);
                part.next = part.tickets.last().map(|last| last.key.0);
                return Ok(part);
            }
            if looked_at >= MAX_LOOKED_AT {
                part.next = Some(last);
                return Ok(part);
            }
            most = TOGETHER;
        }
    }

    /// All tickets along the narrowest way, where it is narrow.
    pub(super) fn narrow(&self, filter: &TicketFilter) -> Result<Option<BTreeSet<i64>>, StoreError> {
        let codes = self.codes(&filter.reach)?;
        let (legs, is_narrow) = self.narrowest(filter, &codes)?;
        if !is_narrow {
            return Ok(None);
        }
        let mut found = BTreeSet::new();
        for leg in legs {
            let sql = format!("SELECT {} FROM {}", leg.key, leg.from);
            found.extend(self.all(&sql, params_from_iter(&leg.values), |row| Ok(row.get::<_, i64>(0)?))?);
        }
        Ok(Some(found))
    }

    /// The way with the fewest tickets, and whether it is narrow.
    fn narrowest(&self, filter: &TicketFilter, codes: &Codes<'_>) -> Result<(Vec<Leg>, bool), StoreError> {
        let (mut best, mut fewest) = (None, MAX_LOOKED_AT);
        for way in ways(filter, codes) {
            let tickets = self.length(&way, MAX_LOOKED_AT, fewest)?;
            if tickets < fewest {
                (best, fewest) = (Some(way), tickets);
            } else if best.is_none() && way.iter().all(|leg| leg.in_order) {
                best = Some(way);
            }
        }
        Ok((best.unwrap_or_else(|| vec![Leg::all()]), fewest < MAX_LOOKED_AT))
    }

    /// The lowest and the highest ticket that was made in the time of a filter.
    fn made_between(&self, filter: &TicketFilter) -> Result<(i64, i64), StoreError> {
        if filter.made_from.is_none() && filter.made_before.is_none() {
            return Ok((i64::MIN, i64::MAX));
        }
        let sql = "SELECT min(seq), max(seq) FROM ticket INDEXED BY ticket_by_creation
            WHERE created_at >= ?1 AND created_at < ?2";
        let given = params_from_iter(range(filter.made_from, filter.made_before));
        let read = |row: &rusqlite::Row<'_>| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?));
        // Where there is none, nothing lies between the two.
        Ok(self.connection.prepare_cached(sql)?.query_row(given, read)?.unwrap_or((i64::MAX, i64::MIN)))
    }

    /// Those of some tickets that lie beyond a reach.
    pub(super) fn tickets_beyond(
        &self,
        reach: &Reach,
        tickets: &[TicketKey],
    ) -> Result<BTreeSet<TicketKey>, StoreError> {
        if reach.is_whole() || tickets.is_empty() {
            return Ok(BTreeSet::new());
        }
        let keys = list(&tickets.iter().map(|key| key.0).collect::<Vec<_>>())?;
        let reach = self.codes(reach)?.parameter(reach)?;
        let sql = format!("SELECT t.seq FROM json_each(:keys) k JOIN ticket t ON t.seq = k.value WHERE NOT ({WITHIN})");
        let parameters = named_params! { ":keys": keys, ":reach": reach };
        Ok(self.all(&sql, parameters, |row| Ok(TicketKey(row.get(0)?)))?.into_iter().collect())
    }

    /// What came and went since a moment.
    pub(super) fn since(&self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let newest = "SELECT received_at FROM complaint INDEXED BY complaint_by_time WHERE received_at >= ?1
            ORDER BY received_at DESC LIMIT 1 OFFSET ?2";
        let beyond = self.all(newest, params![ms(since), limit(MAX_COUNTED)], |row| Ok(row.get::<_, i64>(0)?))?.pop();
        let within = |ticket: &str| match reach.is_whole() {
            true => "(:reach IS NULL)".to_owned(),
            false => format!("EXISTS (SELECT 1 FROM ticket t WHERE t.seq = {ticket} AND {WITHIN})"),
        };
        let parameter = self.codes(reach)?.parameter(reach)?;
        let (from, reach) = (ms(since), &parameter);
        let sql = format!(
            "SELECT (c.received_at - :since) / {HOUR_MS}, c.channel, count(*),
                 sum(EXISTS (SELECT 1 FROM complaint f WHERE f.ticket = c.ticket AND f.id < c.id))
             FROM complaint c INDEXED BY complaint_by_time
             WHERE c.received_at >= :from AND {} GROUP BY 1, 2 ORDER BY 1, 2",
            within("c.ticket")
        );
        let newest = beyond.map_or(from, |at| at.saturating_add(1));
        let given = named_params! { ":since": from, ":from": newest, ":reach": reach };
        let came = self.all(&sql, given, |row| {
            let (complaints, joined) = (count(row.get(2)?), count(row.get(3)?));
            Ok(Came { hour: row.get(0)?, channel: row.get(1)?, complaints, joined })
        })?;
        let sql = format!(
            "SELECT (r.done_at - :since) / {HOUR_MS}, r.channel, count(*) FROM reply r INDEXED BY reply_done
             WHERE r.done_at >= :since AND r.state IN ('sent', 'told') AND {} GROUP BY 1, 2 ORDER BY 1, 2",
            within("r.ticket")
        );
        let given = named_params! { ":since": from, ":reach": reach };
        let answered = self.all(&sql, given, |row| Ok((row.get(0)?, row.get(1)?, count(row.get(2)?))))?;
        let sql = format!(
            "SELECT (o.published_at - :since) / {HOUR_MS}, count(*) FROM outbox o INDEXED BY outbox_published
             WHERE o.published_at >= :since AND {} GROUP BY 1 ORDER BY 1",
            within("o.ticket")
        );
        let given = named_params! { ":since": from, ":reach": reach };
        let left = self.all(&sql, given, |row| Ok((row.get(0)?, count(row.get(1)?))))?;
        Ok(Lately { came, answered, left, cut: beyond.is_some() })
    }
}
