//! Lists within a scope: what the store gives is what the scope says, whatever narrows the list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huiliu::key::{ComplaintKey, ReplyKey, TicketKey, TopicKey};
use huiliu::people::{Known, Reach, Scope};
use huiliu::store::{
    AlertChange, AlertRow, CallBackChange, CallBackRow, Came, Changes, DeliveryRow, DeliveryState, Lately, Listed,
    NewRaw, Occurrence, OccurrenceKind, Page, QuarantineRow, RawState, ReplyRow, ReplyState, Search, Store,
    TicketFilter, TopicComplaint, Unanswered,
};
use huiliu::ticket::{ActBook, ActKind, AlertKind, Assignment, Status, Ticket, TopicState, Whistle};

use crate::agreement::Dice;
use crate::engine::Engine;
use crate::rows::{alert, at, call_back, complaint, delivery, message, quarantine, raw, reply, review, ticket, topic};

const DISTRICTS: [&str; 8] =
    ["371082", "371082001", "371082001003", "371082002", "371083", "371083001", "other", "371000"];
const UNITS: [&str; 6] = ["city", "water", "street", "grid", "power", "unknown"];
/// The unit above each.
const ABOVE: [(&str, &str); 3] = [("grid", "street"), ("street", "city"), ("water", "city")];
const CATEGORIES: [&str; 4] = ["lighting", "noise", "bribes", "roads"];
const CHANNELS: [&str; 3] = ["c", "sms", "board"];
const TICKETS: i64 = 40;
const SCOPES: usize = 150;

fn above(unit: &str) -> Vec<&'static str> {
    let parent = |unit: &str| ABOVE.iter().find(|(below, _)| *below == unit).map(|(_, above)| *above);
    std::iter::successors(parent(unit), |unit| parent(unit)).collect()
}

/// Tickets of all kinds, each with the channels of its complaints.
fn filled(store: &mut dyn Store, dice: &mut Dice) -> Vec<(TicketKey, Ticket, Vec<&'static str>)> {
    let statuses = [Status::Open, Status::InProgress, Status::Resolved, Status::Closed];
    let (mut filled, mut next) = (Vec::new(), 1);
    for key in 1..=TICKETS {
        let members = 1 + dice.below(2);
        let (key, mut one) = ticket(key, members, dice.one_of(&statuses));
        one.route.district = dice.one_of(&DISTRICTS).into();
        one.route.department = dice.one_of(&UNITS).into();
        one.route.category = dice.one_of(&CATEGORIES).into();
        one.route.due_at = dice.often().then(|| at(dice.row() * 10));
        one.acts = acts(dice);
        let mut changes = Changes { tickets: vec![(key, one.clone())], ..Changes::default() };
        let mut channels = Vec::new();
        for _ in 0..members {
            let mut row = complaint(next, key.0);
            channels.push(dice.one_of(&CHANNELS));
            row.complaint.channel = channels.last().copied().unwrap_or_default().into();
            row.received_at = at(next * 600);
            changes.raw.push(raw(next, &format!("n{next}"), RawState::Complaint));
            changes.complaints.push(row.into());
            next += 1;
        }
        store.commit(changes).unwrap();
        filled.push((key, one, channels));
    }
    filled
}

fn acts(dice: &mut Dice) -> ActBook {
    let mut book = ActBook::default();
    if dice.often() {
        let unit = dice.one_of(&UNITS).into();
        book.assigned = Some(Assignment { unit, kind: ActKind::Assign, by: None, at: at(1), reason: String::new() });
    }
    if dice.often() {
        book.co_units.push(dice.one_of(&UNITS).into());
    }
    if dice.often() {
        let unit = dice.one_of(&UNITS).into();
        book.whistles.push(Whistle { unit, by: "p".into(), at: at(1), responded_at: None, score: None });
    }
    book
}

fn some(dice: &mut Dice, codes: &[&str]) -> Vec<String> {
    let many = if dice.often() { 1 + dice.below(2) } else { 0 };
    (0..many).map(|_| dice.one_of(codes).to_owned()).collect()
}

fn reach(dice: &mut Dice) -> Reach {
    let scope = Scope {
        districts: some(dice, &DISTRICTS),
        departments: some(dice, &UNITS),
        categories: some(dice, &CATEGORIES),
        channels: some(dice, &CHANNELS),
    };
    let is_own = |unit: &&str| scope.departments.iter().any(|own| own == unit);
    let below = UNITS.iter().filter(|unit| above(unit).iter().any(is_own)).map(|unit| (*unit).to_owned());
    let below: Vec<String> = below.collect();
    Reach::new(Arc::new(scope), below, if dice.often() { vec!["bribes".to_owned()] } else { Vec::new() })
}

/// What the scope itself says of a ticket.
fn holds(reach: &Reach, ticket: &Ticket, channels: &[&str]) -> bool {
    let responsible = ticket.route.department.as_str();
    let departments: Vec<&str> =
        [responsible].into_iter().chain(ticket.acts.units()).chain(above(responsible)).collect();
    let (district, category) = (&ticket.route.district, &ticket.route.category);
    let known = Known { district, category, departments: &departments, channels };
    reach.scope().holds(known) && !reach.hidden().contains(category)
}

/// All parts of a list, in small ones.
fn listed(store: &mut dyn Store, filter: &TicketFilter) -> Vec<i64> {
    let (mut listed, mut page) = (Vec::new(), Page::first(3));
    loop {
        let part = store.list_tickets(filter, page).unwrap();
        assert!(part.tickets.len() <= 3);
        listed.extend(part.tickets.iter().map(|detail| detail.key.0));
        match part.next {
            Some(next) => page.after = Some(next),
            None => return listed,
        }
    }
}

pub fn a_list_has_what_the_scope_holds(store: &mut dyn Store) {
    let mut dice = Dice(7);
    let filled = filled(store, &mut dice);
    let keys: Vec<TicketKey> = filled.iter().map(|(key, ..)| *key).chain([TicketKey(9_999)]).collect();
    let mut narrowed = 0;
    for _ in 0..SCOPES {
        let reach = Arc::new(reach(&mut dice));
        let within = |(_, ticket, channels): &&(TicketKey, Ticket, Vec<&str>)| holds(&reach, ticket, channels);
        let expected: Vec<i64> = filled.iter().rev().filter(within).map(|(key, ..)| key.0).collect();
        narrowed += usize::from((1..filled.len()).contains(&expected.len()));
        let filter = TicketFilter { reach: Arc::clone(&reach), ..TicketFilter::default() };
        assert_eq!(listed(store, &filter), expected, "{reach:?}");
        let beyond = store.beyond(&reach, &keys).unwrap();
        let left = keys.iter().rev().filter(|key| !beyond.contains(key)).map(|key| key.0);
        assert_eq!(left.collect::<Vec<_>>(), [&[9_999][..], &expected].concat(), "{reach:?}");
        let found = store.search(&Search { ticket: filter, ..Search::default() }, Page::first(500), &mut |_| true);
        let mut tickets: Vec<i64> = found.unwrap().complaints.iter().map(|view| view.ticket.0).collect();
        tickets.dedup();
        assert_eq!(tickets, expected, "{reach:?}");
        let came: u64 = store.lately(at(0), &reach).unwrap().came.iter().map(|came| came.complaints).sum();
        let members = filled.iter().filter(within).map(|(.., channels)| channels.len() as u64);
        assert_eq!(came, members.sum::<u64>(), "{reach:?}");
    }
    assert!(narrowed > SCOPES / 3, "{narrowed} of them show a part");
}

/// One reply, delivery, call-back, alert, notice and topic for the first complaint of each ticket, and of some two; each with the tickets that it
/// tells of, by its number.
fn told(store: &mut dyn Store, filled: &[(TicketKey, Ticket, Vec<&'static str>)]) -> Vec<(i64, Vec<i64>)> {
    let (mut told, mut complaint, mut before) = (Vec::new(), 1, None);
    for (key, one, channels) in filled {
        let number = key.0;
        let behind: Vec<(i64, i64)> =
            [(complaint, number)].into_iter().chain(before.filter(|_| number % 3 == 0)).collect();
        let complaints: Vec<ComplaintKey> = behind.iter().map(|(complaint, _)| ComplaintKey(*complaint)).collect();
        let (call_back, alerted) = (call_back(complaint, 10), alert(AlertKind::Warning, "", number, &[]));
        let sent_to = if number % 2 == 0 { "county" } else { "other" };
        let changes = Changes {
            replies: vec![ReplyRow {
                ticket: *key,
                status: Status::Closed,
                ..reply(&format!("r{number}"), complaint, "c", 4_000)
            }],
            deliveries: vec![DeliveryRow { ticket: *key, ..delivery(sent_to, &format!("d{number}"), number) }],
            call_backs: vec![CallBackChange::Due(CallBackRow { ticket: *key, ..call_back })],
            alerts: vec![AlertChange::Told(AlertRow { ticket: *key, complaints: complaints.clone(), ..alerted })],
            occurrences: vec![Occurrence {
                kind: OccurrenceKind::Notice,
                subject: number,
                at: at(10),
                outcome: "urge".to_owned(),
                details: serde_json::Value::Null,
            }],
            topics: vec![topic(number, TopicState::Open, None)],
            topic_complaints: complaints
                .iter()
                .map(|key| TopicComplaint { topic: TopicKey(number), complaint: *key })
                .collect(),
            ..Changes::default()
        };
        store.commit(changes).unwrap();
        told.push((number, behind.iter().map(|(_, ticket)| *ticket).collect()));
        before = Some((complaint, number));
        complaint += i64::try_from(channels.len()).unwrap();
        assert!(one.complaints > 0);
    }
    told
}

/// All numbers of a list within a reach, in small parts.
fn numbers(store: &mut dyn Store, list: &Listed<'_>, reach: &Reach) -> Vec<i64> {
    let (mut found, mut page) = (Vec::new(), Page::first(3));
    loop {
        let part = store.within(list, reach, page).unwrap();
        assert!(part.numbers.len() <= 3);
        found.extend(part.numbers);
        match part.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

pub fn a_list_of_what_tells_of_tickets_has_what_the_scope_holds(store: &mut dyn Store) {
    let mut dice = Dice(21);
    let filled = filled(store, &mut dice);
    let told = told(store, &filled);
    let sending = ["c".to_owned()];
    let waiting = store.unanswered(None, &|channel| channel == "c", Page::first(Page::MAX)).unwrap();
    let waiting: Vec<(i64, i64, Unanswered)> = waiting
        .iter()
        .map(|view| (view.complaint.0, view.ticket_id.trim_start_matches('T').parse().unwrap(), view.reason))
        .collect();
    assert!(waiting.len() > 10 && waiting.iter().any(|(.., reason)| *reason == Unanswered::ChannelOff), "{waiting:?}");
    let mut narrowed = 0;
    for _ in 0..SCOPES {
        let reach = reach(&mut dice);
        let held: Vec<i64> = filled
            .iter()
            .filter(|(_, ticket, channels)| holds(&reach, ticket, channels))
            .map(|(key, ..)| key.0)
            .collect();
        let one = |number: &i64| held.contains(number);
        let newest: Vec<i64> = told.iter().rev().map(|(number, _)| *number).filter(one).collect();
        let any: Vec<i64> =
            told.iter().rev().filter(|(_, tickets)| tickets.iter().any(one)).map(|(number, _)| *number).collect();
        narrowed += usize::from((1..filled.len()).contains(&newest.len()));
        let odd: Vec<i64> = newest.iter().copied().filter(|number| number % 2 == 1).collect();
        let oldest: Vec<i64> = newest.iter().rev().copied().collect();
        let of = |reason: Option<Unanswered>| -> Vec<i64> {
            let wanted =
                waiting.iter().filter(|(_, ticket, known)| one(ticket) && reason.is_none_or(|one| one == *known));
            wanted.map(|(complaint, ..)| *complaint).collect()
        };
        for (list, expected) in [
            (Listed::Replies(ReplyState::Pending), newest.clone()),
            (Listed::Replies(ReplyState::Dead), Vec::new()),
            (Listed::Deliveries(DeliveryState::Pending, None), newest.clone()),
            (Listed::Deliveries(DeliveryState::Pending, Some("other")), odd),
            (Listed::Deliveries(DeliveryState::Dead, None), Vec::new()),
            (Listed::Notices, newest.clone()),
            (Listed::CallBacks, oldest),
            (Listed::Unanswered(None, &sending), of(None)),
            (Listed::Unanswered(Some(Unanswered::ChannelOff), &sending), of(Some(Unanswered::ChannelOff))),
            (Listed::Unanswered(Some(Unanswered::Missing), &sending), of(Some(Unanswered::Missing))),
            (Listed::Alerts(AlertKind::Warning), any.clone()),
            (Listed::Alerts(AlertKind::Surge), Vec::new()),
            (Listed::Topics(None), any.clone()),
            (Listed::Topics(Some(TopicState::Open)), any),
            (Listed::Topics(Some(TopicState::Closed)), Vec::new()),
        ] {
            assert_eq!(numbers(store, &list, &reach), expected, "{list:?} {reach:?}");
        }
        let notices = store.notices(Page { after: newest.first().copied(), limit: 2 }).unwrap();
        let before = newest.first().map_or(told.len(), |first| usize::try_from(*first - 1).unwrap());
        assert_eq!(notices.len(), before.min(2), "the newest before one: {notices:?}");
        assert!(notices.iter().all(|(number, row)| row.subject == *number), "{notices:?}");
        let topics: Vec<TopicKey> = told.iter().map(|(number, _)| TopicKey(*number)).collect();
        let seen = told.iter().filter(|(_, tickets)| reach.is_whole() || tickets.iter().any(one));
        let seen: BTreeSet<TopicKey> = seen.map(|(number, _)| TopicKey(*number)).collect();
        assert_eq!(store.topics_within(&reach, &topics).unwrap(), seen, "{reach:?}");
    }
    assert!(narrowed > SCOPES / 3, "{narrowed} of them show a part");
}

/// A record in quarantine for each ticket: most have the number of its first complaint, each third that of nothing known.
fn set_aside(
    store: &mut dyn Store,
    filled: &[(TicketKey, Ticket, Vec<&'static str>)],
) -> Vec<(i64, String, Option<i64>)> {
    let (mut aside, mut complaint) = (Vec::new(), 1);
    for (key, _, channels) in filled {
        let (id, is_known) = (1_000 + key.0, key.0 % 3 > 0);
        let channel = channels.first().copied().unwrap_or_default().to_owned();
        let number = if is_known { format!("n{complaint}") } else { format!("x{complaint}") };
        let record = NewRaw { channel: channel.clone(), ..raw(id, &number, RawState::Quarantined) };
        let row = QuarantineRow { channel: channel.clone(), ..quarantine(id) };
        store.commit(Changes { raw: vec![record], quarantine: vec![row], ..Changes::default() }).unwrap();
        aside.push((id, channel, is_known.then_some(key.0)));
        complaint += i64::try_from(channels.len()).unwrap();
    }
    aside
}

/// Questions whether the first complaint of each ticket belongs to the one before; by number, the heaviest first.
fn questions(store: &mut dyn Store, filled: &[(TicketKey, Ticket, Vec<&'static str>)]) -> Vec<(i64, [i64; 2])> {
    let (mut asked, mut complaint, mut before) = (Vec::new(), 1, None);
    for (key, _, channels) in filled {
        if let Some(before) = before {
            let weight = f64::from(u32::try_from(key.0 * 7 % 11).unwrap());
            let reviews = vec![review(complaint, before, weight)];
            store.commit(Changes { reviews, ..Changes::default() }).unwrap();
            asked.push((weight, i64::try_from(asked.len()).unwrap() + 1, [before, key.0]));
        }
        before = Some(key.0);
        complaint += i64::try_from(channels.len()).unwrap();
    }
    asked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    asked.into_iter().map(|(_, id, tickets)| (id, tickets)).collect()
}

pub fn records_and_questions_are_seen_as_far_as_the_scope_holds_their_tickets(store: &mut dyn Store) {
    let mut dice = Dice(31);
    let filled = filled(store, &mut dice);
    let (aside, asked) = (set_aside(store, &filled), questions(store, &filled));
    let all: Vec<i64> = store.open_reviews(Page::first(500)).unwrap().iter().map(|view| view.id.0).collect();
    assert_eq!(all, asked.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let (mut narrowed, mut unplaced) = (0, 0);
    for _ in 0..SCOPES {
        let reach = reach(&mut dice);
        let within = |(_, ticket, channels): &&(TicketKey, Ticket, Vec<&str>)| holds(&reach, ticket, channels);
        let held: Vec<i64> = filled.iter().filter(within).map(|(key, ..)| key.0).collect();
        let expected: Vec<i64> = asked
            .iter()
            .filter(|(_, tickets)| tickets.iter().all(|ticket| held.contains(ticket)))
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(numbers(store, &Listed::Reviews, &reach), expected, "{reach:?}");
        narrowed += usize::from((1..asked.len()).contains(&expected.len()));
        for channel in [None, Some("sms")] {
            let is_meant = |(_, of, about): &&(i64, String, Option<i64>)| {
                channel.is_none_or(|channel| channel == of)
                    && about.map_or_else(|| reach.scope().holds_unplaced(of), |ticket| held.contains(&ticket))
            };
            let expected: Vec<&(i64, String, Option<i64>)> = aside.iter().filter(is_meant).collect();
            unplaced += expected.iter().filter(|(.., about)| about.is_none()).count();
            let expected: Vec<i64> = expected.iter().map(|(id, ..)| *id).collect();
            assert_eq!(numbers(store, &Listed::Quarantine(channel), &reach), expected, "{channel:?} {reach:?}");
        }
        let keys: Vec<TopicKey> = vec![TopicKey(9)];
        assert_eq!(store.topics_within(&reach, &keys).unwrap(), keys.into_iter().collect(), "one without tickets");
    }
    assert!(narrowed > SCOPES / 5 && unplaced > SCOPES / 5, "{narrowed} {unplaced}");
}

pub fn what_has_to_do_with_a_ticket_changes_with_it(store: &mut dyn Store) {
    let (key, mut one) = ticket(1, 1, Status::Open);
    one.route.department = "street".into();
    one.acts.co_units = vec!["power".into(), "power".into()];
    let changes = Changes {
        raw: vec![raw(1, "n1", RawState::Complaint)],
        complaints: vec![complaint(1, 1).into()],
        tickets: vec![(key, one.clone())],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    let of = |unit: &str| {
        let scope = Scope { departments: vec![unit.to_owned()], ..Scope::default() };
        let reach = Arc::new(Reach::new(Arc::new(scope), [], []));
        TicketFilter { reach, ..TicketFilter::default() }
    };
    assert_eq!(["street", "power", "water"].map(|unit| listed(store, &of(unit)).len()), [1, 1, 0]);
    (one.acts.co_units, one.route.department) = (vec!["water".into()], "city".into());
    store.commit(Changes { tickets: vec![(key, one)], ..Changes::default() }).unwrap();
    assert_eq!(["street", "power", "water", "city"].map(|unit| listed(store, &of(unit)).len()), [0, 0, 1, 1]);
}

pub fn what_came_lately_is_counted_by_hour_and_channel(store: &mut dyn Store) {
    for (id, of, channel, second) in
        [(1, 1, "c", 100), (2, 2, "sms", 3_599), (3, 1, "c", 3_600), (4, 4, "c", 3_700), (5, 2, "sms", 3_800)]
    {
        let mut row = complaint(id, of);
        (row.complaint.channel, row.received_at) = (channel.to_owned(), at(second));
        let changes = Changes {
            raw: vec![raw(id, &format!("n{id}"), RawState::Complaint)],
            complaints: vec![row.into()],
            tickets: if id == of { vec![ticket(of, 1, Status::Open)] } else { Vec::new() },
            ..Changes::default()
        };
        store.commit(changes).unwrap();
    }
    let replies = vec![reply("r1", 1, "c", 10), reply("r2", 2, "sms", 10), reply("r3", 4, "c", 10)];
    store.commit(Changes { replies, outbox: vec![message("m1", 1), message("m2", 2)], ..Changes::default() }).unwrap();
    let mut done = |key, state, second| store.mark_reply(ReplyKey(key), state, None, None, at(second)).unwrap();
    done(1, ReplyState::Sent, 3_700);
    done(2, ReplyState::Sent, 100);
    done(3, ReplyState::Dead, 100);
    store.mark_published(&[1], at(200)).unwrap();
    store.mark_published(&[2], at(3_650)).unwrap();
    let came = |hour, channel: &str, complaints, joined| Came { hour, channel: channel.into(), complaints, joined };
    let answered = |hour, channel: &str, count| (hour, channel.to_owned(), count);
    let whole = Reach::default();
    let expected = Lately {
        came: vec![came(0, "c", 1, 0), came(0, "sms", 1, 0), came(1, "c", 2, 1), came(1, "sms", 1, 1)],
        answered: vec![answered(0, "sms", 1), answered(1, "c", 1)],
        left: vec![(0, 1), (1, 1)],
        cut: false,
    };
    assert_eq!(store.lately(at(0), &whole).unwrap(), expected);
    let expected = Lately {
        came: vec![came(0, "c", 2, 1), came(0, "sms", 1, 1)],
        answered: vec![answered(0, "c", 1)],
        left: vec![(0, 1)],
        cut: false,
    };
    assert_eq!(store.lately(at(3_600), &whole).unwrap(), expected);
    let scope = Scope { channels: vec!["sms".into()], ..Scope::default() };
    let expected = Lately {
        came: vec![came(0, "sms", 1, 0), came(1, "sms", 1, 1)],
        answered: vec![answered(0, "sms", 1)],
        left: vec![(1, 1)],
        cut: false,
    };
    assert_eq!(store.lately(at(0), &Reach::new(Arc::new(scope), [], [])).unwrap(), expected);
}

/// A filter of any kind.
fn filter(dice: &mut Dice) -> TicketFilter {
    let code = |dice: &mut Dice, codes: &[&str]| (dice.below(5) == 0).then(|| dice.one_of(codes).to_owned());
    let time = |dice: &mut Dice, most: u64| (dice.below(5) == 0).then(|| at(i64::try_from(dice.below(most)).unwrap()));
    TicketFilter {
        status: (dice.below(4) == 0).then(|| dice.one_of(&[Status::Open, Status::InProgress, Status::Closed])),
        category: code(dice, &CATEGORIES),
        department: code(dice, &UNITS),
        district: code(dice, &DISTRICTS),
        channel: code(dice, &CHANNELS),
        min_complaints: (dice.below(5) == 0).then_some(2),
        made_from: time(dice, 50).map(|at| at + std::time::Duration::from_secs(1_000)),
        made_before: time(dice, 50).map(|at| at + std::time::Duration::from_secs(1_000)),
        due_from: time(dice, 100),
        due_before: time(dice, 100),
        overdue_at: time(dice, 100),
        reach: if dice.often() { Arc::new(reach(dice)) } else { Arc::default() },
        ..TicketFilter::default()
    }
}

#[test]
fn engines_list_the_same_by_every_filter() {
    let mut engines = vec![Engine::model(), Engine::sqlite(), Engine::sqlite_in_memory()];
    engines.extend(Engine::postgres());
    engines.iter_mut().for_each(|engine| {
        filled(&mut *engine.writer, &mut Dice(11));
    });
    let mut dice = Dice(12);
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for _ in 0..400 {
        let filter = filter(&mut dice);
        let lists: Vec<Vec<i64>> = engines.iter_mut().map(|engine| listed(&mut *engine.writer, &filter)).collect();
        assert!(lists.iter().all(|list| *list == lists[0]), "{filter:?}: {lists:?}");
        *lengths.entry(lists[0].len()).or_default() += 1;
        let search = Search { ticket: filter, ..Search::default() };
        let found = |engine: &mut Engine| {
            let found = engine.writer.search(&search, Page::first(500), &mut |_| true).unwrap().complaints;
            found.iter().map(|view| view.id).collect::<Vec<ComplaintKey>>()
        };
        let found: Vec<_> = engines.iter_mut().map(found).collect();
        assert!(found.iter().all(|ids| *ids == found[0]), "{search:?}: {found:?}");
    }
    assert!(lengths.len() > 10, "lists of many lengths: {lengths:?}");
}
