//! Lists of tickets, the newest first. A list goes along whatever narrows it most, an index in its own order or several together, and
//! looks at the rest ticket by ticket: so that it costs what it gives.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{numbers, readable};
use super::cells::{Given, TICKET, cell, small, ticket};
use super::legs::{Leg, Order, Stream, TOGETHER, length, range};
use super::scope::{Codes, WHOLE, fits, unfinished};
use super::{PostgresStore, count, limit};
use crate::sealed::ms;
use crate::{Came, Lately, Page, StoreError, TicketDetail, TicketFilter, TicketPart};
use huiliu_domain::key::TicketKey;
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::Status;

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
        let late = unfinished().map(|name| Leg::due(name, None, Some(now)));
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

impl PostgresStore {
    /// A part of the list of tickets that fit.
    pub(super) fn part(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        // What narrows a list and what is looked at are read as of one moment.
        self.snapshot(|store| store.part_now(filter, page))
    }

    fn part_now(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        let codes = self.codes(&filter.reach)?;
        let (lowest, highest) = self.made_between(filter)?;
        let (legs, _) = self.narrowest(filter, &codes)?;
        let below = page.after.unwrap_or(i64::MAX).min(highest.saturating_add(1));
        let Self { link, sealer, .. } = self;
        let mut stream = Stream::new(link, legs, Order::Newest, below)?;
        let mut given = Given::behind(1);
        let fits = fits(filter, &codes, &mut given);
        let sql = format!(
            "SELECT {TICKET} FROM unnest($1::bigint[]) WITH ORDINALITY AS k(sought, place)
                 JOIN ticket t ON t.seq = k.sought WHERE {fits} ORDER BY k.place"
        );
        let read = |row: &Row| {
            let cells = ticket(row)?;
            let key = TicketKey(cells.key);
            Ok(TicketDetail { key, ticket: sealer.ticket(cells)?, complaints: Vec::new() })
        };
        let (mut part, mut looked_at, mut most) = (TicketPart::default(), 0, page.limit.saturating_add(1));
        loop {
            let mut keys = stream.take(link, most.min(TOGETHER))?;
            keys.retain(|key| *key >= lowest);
            let Some(last) = keys.last().copied() else { return Ok(part) };
            looked_at += keys.len();
            let left = page.limit.saturating_sub(part.tickets.len()).saturating_add(1);
            part.tickets.extend(readable(link, &sql, &given.with(&[&keys]), left, read)?);
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
    pub(super) fn narrow(&mut self, filter: &TicketFilter) -> Result<Option<BTreeSet<i64>>, StoreError> {
        let codes = self.codes(&filter.reach)?;
        let (legs, is_narrow) = self.narrowest(filter, &codes)?;
        if !is_narrow {
            return Ok(None);
        }
        let mut found = BTreeSet::new();
        for leg in legs {
            let sql = format!("SELECT {} FROM {}", leg.key, leg.from);
            found.extend(numbers(&mut self.link, &sql, &leg.parameters())?);
        }
        Ok(Some(found))
    }

    /// The way with the fewest tickets, and whether it is narrow.
    fn narrowest(&mut self, filter: &TicketFilter, codes: &Codes<'_>) -> Result<(Vec<Leg>, bool), StoreError> {
        let (mut best, mut fewest) = (None, MAX_LOOKED_AT);
        for way in ways(filter, codes) {
            let tickets = length(&mut self.link, &way, MAX_LOOKED_AT, fewest)?;
            if tickets < fewest {
                (best, fewest) = (Some(way), tickets);
            } else if best.is_none() && way.iter().all(|leg| leg.in_order) {
                best = Some(way);
            }
        }
        Ok((best.unwrap_or_else(|| vec![Leg::all()]), fewest < MAX_LOOKED_AT))
    }

    /// The lowest and the highest ticket that was made in the time of a filter.
    fn made_between(&mut self, filter: &TicketFilter) -> Result<(i64, i64), StoreError> {
        if filter.made_from.is_none() && filter.made_before.is_none() {
            return Ok((i64::MIN, i64::MAX));
        }
        // By time first: the ends of all tickets would be gone along until one is of that time.
        let sql = "SELECT min(m.seq), max(m.seq) FROM
            (SELECT seq FROM ticket WHERE created_at >= $1 AND created_at < $2 OFFSET 0) m";
        let [from, before] = range(filter.made_from, filter.made_before);
        let read = |row: &Row| Ok(cell::<Option<i64>>(row, 0)?.zip(cell(row, 1)?));
        // Where there is none, nothing lies between the two.
        let ends = self.link.all(sql, &[&from, &before], read)?.into_iter().flatten().next();
        Ok(ends.unwrap_or((i64::MAX, i64::MIN)))
    }

    /// Those of some tickets that lie beyond a reach.
    pub(super) fn tickets_beyond(
        &mut self,
        reach: &Reach,
        tickets: &[TicketKey],
    ) -> Result<BTreeSet<TicketKey>, StoreError> {
        if reach.is_whole() || tickets.is_empty() {
            return Ok(BTreeSet::new());
        }
        let keys: Vec<i64> = tickets.iter().map(|key| key.0).collect();
        let codes = self.codes(reach)?;
        let mut given = Given::behind(1);
        let within = codes.bounds(&mut given).within;
        let sql = format!("SELECT t.seq FROM ticket t WHERE t.seq = ANY($1) AND NOT {within}");
        Ok(numbers(&mut self.link, &sql, &given.with(&[&keys]))?.into_iter().map(TicketKey).collect())
    }

    /// What came and went since a moment.
    pub(super) fn since(&mut self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError> {
        self.snapshot(|store| store.since_now(ms(since), reach))
    }

    fn since_now(&mut self, since: i64, reach: &Reach) -> Result<Lately, StoreError> {
        let codes = self.codes(reach)?;
        let link = &mut self.link;
        let newest = "SELECT received_at FROM complaint WHERE received_at >= $1
            ORDER BY received_at DESC LIMIT 1 OFFSET $2";
        let beyond = numbers(link, newest, &[&since, &limit(MAX_COUNTED)])?.pop();
        let from = beyond.map_or(since, |at| at.saturating_add(1));
        let (within, given) = lies(&codes, "c.ticket", 2);
        let sql = format!(
            "SELECT (c.received_at - $1) / {HOUR_MS}, c.channel, count(*),
                 count(*) FILTER (WHERE EXISTS (SELECT 1 FROM complaint f WHERE f.ticket = c.ticket AND f.id < c.id))
             FROM complaint c WHERE c.received_at >= $2 AND {within} GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let came = link.all(&sql, &given.with(&[&since, &from]), |row| {
            let (complaints, joined) = (count(cell(row, 2)?), count(cell(row, 3)?));
            Ok(Came { hour: small(row, 0)?, channel: cell(row, 1)?, complaints, joined })
        })?;
        let (within, given) = lies(&codes, "r.ticket", 1);
        let sql = format!(
            "SELECT (r.done_at - $1) / {HOUR_MS}, r.channel, count(*) FROM reply r
             WHERE r.done_at >= $1 AND r.state IN ('sent', 'told') AND {within} GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let read = |row: &Row| Ok((small(row, 0)?, cell(row, 1)?, count(cell(row, 2)?)));
        let answered = link.all(&sql, &given.with(&[&since]), read)?;
        let (within, given) = lies(&codes, "o.ticket", 1);
        let sql = format!(
            "SELECT (o.published_at - $1) / {HOUR_MS}, count(*) FROM outbox o
             WHERE o.published_at >= $1 AND {within} GROUP BY 1 ORDER BY 1"
        );
        let left = link.all(&sql, &given.with(&[&since]), |row| Ok((small(row, 0)?, count(cell(row, 1)?))))?;
        Ok(Lately { came, answered, left, cut: beyond.is_some() })
    }
}

/// Whether the ticket of a row lies in a reach, with the parameters of that, behind some others.
fn lies<'g>(codes: &'g Codes<'_>, ticket: &str, behind: usize) -> (String, Given<'g>) {
    let mut given = Given::behind(behind);
    let within = codes.bounds(&mut given).within;
    let lies = match within == WHOLE {
        true => within,
        false => format!("EXISTS (SELECT 1 FROM ticket t WHERE t.seq = {ticket} AND {within})"),
    };
    (lies, given)
}
