//! Searching: what is found is what reading every complaint would find, whatever is indexed.

use std::sync::Arc;

use huiliu::complaint::{Complaint, Place};
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::people::Reach;
use huiliu::store::{
    Amendment, Changes, Database, Erasure, KeyRing, NewRaw, Page, RawState, Search, Store, StoreError, TicketFilter,
    Vault, Words, WordsIndexed, open,
};
use huiliu::ticket::{ClockRun, DayEnd, RunEnd, Status, TimeLimit, TimeUnit};

use crate::engine::Engine;
use crate::rows::{NAME, at, complaint, lone, lones, raw, reply, ticket};
use crate::upkeep::wrong;

/// What tells of one complaint after another.
const TEXTS: [(&str, &str, &str); 5] = [
    ("路灯不亮", "青鱼滩路的路灯，\n不亮三天了", "青鱼滩路18号"),
    ("停水", "聽濤嘉園停水兩天，聯繫138****1111", "听涛嘉园5号楼"),
    ("河水发臭", "河边的路很臭 WiFi也没有", "观海路"),
    ("噪音", "夜里施工，路灯下面有人唱歌", "听涛嘉园2号楼"),
    ("咨询", "不动产登记怎么办", ""),
];

/// Complaint `id`, alone on its ticket, that tells the text of that place.
fn telling(id: i64, (title, text, address): (&str, &str, &str)) -> Changes {
    let mut changes = lone(id);
    let mut row = complaint(id, id);
    row.complaint = said(&row.complaint, title, text, address);
    changes.complaints = vec![row.into()];
    changes
}

fn said(complaint: &Complaint, title: &str, text: &str, address: &str) -> Complaint {
    let address = Some(address.to_owned()).filter(|address| !address.is_empty());
    let place = Place { address, ..Place::default() };
    Complaint { title: title.into(), text: text.into(), place, ..complaint.clone() }
}

fn amended(id: i64, raw: i64, text: &str) -> Amendment {
    Amendment {
        id: ComplaintKey(id),
        raw_id: RawKey(raw),
        district: None,
        category: "road".into(),
        phone_hash: None,
        id_hash: None,
        account_hash: None,
        complaint: said(&complaint(id, id).complaint, "改", text, "改路"),
    }
}

/// All that is found, by pages of two.
fn found(store: &mut dyn Store, search: &Search) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut page = Page::first(2);
    loop {
        let part = store.search(search, page, &mut |_| true).unwrap();
        assert!(part.complaints.len() <= 2);
        ids.extend(part.complaints.iter().map(|view| view.id.0));
        match part.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    ids
}

pub fn words(words: &str) -> Search {
    Search { words: Words::read(words), ..Search::default() }
}

/// Complaints whose tickets fit.
pub fn of(ticket: TicketFilter) -> Search {
    Search { ticket, ..Search::default() }
}

/// Looks before the texts are indexed and after it.
fn both(store: &mut dyn Store, look: impl Fn(&mut dyn Store)) {
    look(store);
    while store.index_words(1).unwrap().indexed > 0 {}
    look(store);
    // Rows of finished tickets without a reply are another finding.
    assert!(!wrong(store, false).contains(&"index of words"));
}

pub fn words_are_found_however_they_are_written(store: &mut dyn Store) {
    for (id, text) in (1..).zip(TEXTS) {
        store.commit(telling(id, text)).unwrap();
    }
    both(store, |store| {
        for (sought, expected) in [
            ("路灯不亮", vec![1]),
            ("路灯", vec![4, 1]),
            ("路", vec![4, 3, 1]),
            ("臭", vec![3]),
            ("听涛嘉园", vec![4, 2]),
            ("聽濤嘉園 停水", vec![2]),
            ("路灯 唱歌", vec![4]),
            ("ｗｉｆｉ", vec![3]),
            ("18号", vec![1]),
            ("1381111", vec![]),
            ("灯路", vec![]),
            ("不亮 停水", vec![]),
            (NAME, vec![]),
        ] {
            assert_eq!(found(store, &words(sought)), expected, "{sought}");
        }
        let place = |sought| Search { place: Words::read(sought), ..Search::default() };
        assert_eq!(found(store, &place("听涛")), [4, 2]);
        assert_eq!(found(store, &place("停水")), [0; 0], "it is no place");
        assert_eq!(found(store, &Search { place: Words::read("嘉园"), ..words("施工") }), [4]);
    });
}

pub fn what_changes_is_found_as_it_is(store: &mut dyn Store) {
    for (id, text) in (1..).zip(TEXTS) {
        store.commit(telling(id, text)).unwrap();
    }
    while store.index_words(1).unwrap().indexed > 0 {}
    let of = |id, complaint| NewRaw { complaint: Some(ComplaintKey(complaint)), ..raw(id, "n", RawState::Amendment) };
    let raw = vec![of(11, 1), of(12, 4)];
    let amendments = vec![amended(1, 11, "路面塌陷"), amended(4, 12, "路灯坏了")];
    store.commit(Changes { raw, amendments, ..Changes::default() }).unwrap();
    store.commit(telling(6, ("新的", "路灯坏了", ""))).unwrap();
    both(store, |store| {
        assert_eq!(found(store, &words("路灯")), [6, 4]);
        assert_eq!(found(store, &words("塌陷")), [1]);
        assert_eq!(found(store, &words("青鱼滩")), [0; 0]);
    });
    let erased = [2, 4].map(|id| Erasure { complaint: ComplaintKey(id), at: at(9_000) }).to_vec();
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    both(store, |store| {
        assert_eq!(found(store, &words("路灯")), [6]);
        assert_eq!(found(store, &words("停水")), [0; 0]);
        assert_eq!(found(store, &words("臭")), [3]);
    });
}

pub fn how_tickets_stand_narrows_what_is_found(store: &mut dyn Store) {
    lones(store, 1..=5);
    let mut tickets: Vec<_> =
        [(1, Status::Open), (2, Status::InProgress), (3, Status::Closed), (4, Status::Open), (5, Status::Resolved)]
            .into_iter()
            .map(|(key, status)| ticket(key, 1, status))
            .collect();
    for (key, ticket) in &mut tickets {
        ticket.route.due_at = Some(at(5_000 + key.0));
        ticket.route.department = if key.0 % 2 == 0 { "water" } else { "light" }.into();
        (ticket.route.category, ticket.route.district) = ("noise".into(), "d1".into());
        ticket.route.grade = if key.0 > 2 { "red" } else { "blue" }.into();
    }
    tickets[3].1.route.category = "road".into();
    tickets[3].1.route.due_at = None;
    let replies = [3, 5].map(|id| reply(&format!("r{id}"), id, "c", 10)).to_vec();
    store.commit(Changes { tickets, replies, ..Changes::default() }).unwrap();
    let some = |name: &str| Some(name.to_owned());
    let (all, tickets) = (Search::default, TicketFilter::default);
    let without = |code: &str| Arc::new(Reach::new(Arc::default(), [], [code.to_owned()]));
    both(store, |store| {
        for (search, expected) in [
            (all(), vec![5, 4, 3, 2, 1]),
            (Search { channel: some("c"), ..all() }, vec![5, 4, 3, 2, 1]),
            (Search { channel: some("other"), ..all() }, vec![]),
            (of(TicketFilter { department: some("water"), ..tickets() }), vec![4, 2]),
            (of(TicketFilter { department: some("light"), grade: some("red"), ..tickets() }), vec![5, 3]),
            (of(TicketFilter { category: some("road"), ..tickets() }), vec![4]),
            (of(TicketFilter { reach: without("road"), ..tickets() }), vec![5, 3, 2, 1]),
            (of(TicketFilter { district: some("d2"), ..tickets() }), vec![]),
            (of(TicketFilter { status: Some(Status::Open), ..tickets() }), vec![4, 1]),
            (of(TicketFilter { status: Some(Status::Closed), ..tickets() }), vec![3]),
            (Search { received_from: Some(at(1_002)), received_before: Some(at(1_004)), ..all() }, vec![3, 2]),
            (Search { received_from: Some(at(2_000)), ..all() }, vec![]),
            (of(TicketFilter { overdue_at: Some(at(5_002)), ..tickets() }), vec![1]),
            (of(TicketFilter { overdue_at: Some(at(6_000)), ..tickets() }), vec![2, 1]),
            (of(TicketFilter { overdue_at: Some(at(6_000)), status: Some(Status::InProgress), ..tickets() }), vec![2]),
            (of(TicketFilter { overdue_at: Some(at(6_000)), status: Some(Status::Closed), ..tickets() }), vec![]),
            (Search { among: Some([1, 3, 9].map(ComplaintKey).to_vec()), ..all() }, vec![3, 1]),
            (Search { among: Some(vec![]), ..all() }, vec![]),
            (Search { among: Some([1, 3].map(ComplaintKey).to_vec()), ..words("路灯") }, vec![3, 1]),
            (Search { words: Words::read("（4）"), ..of(TicketFilter { grade: some("red"), ..tickets() }) }, vec![4]),
        ] {
            assert_eq!(found(store, &search), expected, "{search:?}");
        }
    });
}

/// A run of a clock that is due at a second.
fn run(clock: &str, due: i64) -> ClockRun {
    let limit = TimeLimit { amount: 10, unit: TimeUnit::Minutes, until: DayEnd::default(), counts_first_day: false };
    ClockRun {
        clock: clock.to_owned(),
        started_at: at(1_000),
        limit,
        pauses: Vec::new(),
        paused_at: None,
        due_at: at(due),
        told: Vec::new(),
        ended: None,
        reasons: Vec::new(),
    }
}

pub fn clocks_that_go_on_past_due_are_found_and_counted(store: &mut dyn Store) {
    lones(store, 1..=5);
    let with = |key: i64, status: Status, runs: Vec<ClockRun>| {
        let (key, mut ticket) = ticket(key, 1, status);
        (ticket.route.due_at, ticket.clocks.runs) = (None, runs);
        (key, ticket)
    };
    let stopped = ClockRun { ended: Some((at(5_500), RunEnd::Stopped)), ..run("sign", 5_001) };
    let standing = ClockRun { paused_at: Some(at(4_000)), ..run("finish", 5_001) };
    let tickets = vec![
        with(1, Status::InProgress, vec![run("sign", 5_001), run("finish", 7_000)]),
        with(2, Status::Resolved, vec![run("visit", 5_003)]),
        with(3, Status::Open, vec![stopped.clone()]),
        with(4, Status::Open, vec![standing]),
        with(5, Status::Absorbed, vec![run("sign", 5_001)]),
    ];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    let overdue = |second: i64| of(TicketFilter { overdue_at: Some(at(second)), ..TicketFilter::default() });
    let counts = |store: &mut dyn Store, second: i64| {
        let counts = store.overdue_clocks(at(second)).unwrap();
        counts.into_iter().map(|(clock, count)| format!("{clock} {count}")).collect::<Vec<_>>()
    };
    assert_eq!(found(store, &overdue(5_001)), Vec::<i64>::new(), "due, not past due");
    assert_eq!(found(store, &overdue(5_002)), [1]);
    assert_eq!(found(store, &overdue(6_000)), [2, 1], "also of a ticket that is finished");
    let late = TicketFilter { overdue_at: Some(at(6_000)), ..TicketFilter::default() };
    let resolved = of(TicketFilter { status: Some(Status::Resolved), ..late });
    assert_eq!(found(store, &resolved), [2]);
    assert_eq!(counts(store, 6_000), ["sign 1", "visit 1"]);
    assert_eq!(counts(store, 7_001), ["finish 1", "sign 1", "visit 1"]);
    let ended = with(1, Status::InProgress, vec![stopped]);
    store.commit(Changes { tickets: vec![ended], ..Changes::default() }).unwrap();
    assert_eq!(counts(store, 7_001), ["visit 1"]);
    assert_eq!(found(store, &overdue(6_000)), [2]);
}

pub fn a_page_has_what_is_admitted(store: &mut dyn Store) {
    lones(store, 1..=6);
    let page = Page { after: Some(6), limit: 2 };
    let part = store.search(&words("路灯"), page, &mut |view| view.id.0 != 4).unwrap();
    assert_eq!(part.complaints.iter().map(|view| view.id.0).collect::<Vec<_>>(), [5, 3]);
    assert_eq!(part.next, Some(3));
    let part = store.search(&words("路灯"), Page { after: Some(3), limit: 2 }, &mut |_| true).unwrap();
    assert_eq!((part.complaints.len(), part.next), (2, None));
    let moved = Changes { moves: vec![(ComplaintKey(1), TicketKey(99))], ..Changes::default() };
    store.commit(moved).unwrap();
    assert!(!found(store, &Search::default()).contains(&1), "a complaint without ticket is none");
    assert_eq!(store.index_words(99).unwrap().indexed, 0, "few are not worth it");
}

/// Many complaints of several blocks on one ticket, the last text on the oldest one.
fn many(store: &mut dyn Store, ids: std::ops::RangeInclusive<i64>) {
    let first = *ids.start();
    let complaints = ids.clone().map(|id| {
        let (title, text, address) = if id == first { TEXTS[4] } else { TEXTS[usize::try_from(id % 4).unwrap()] };
        let mut row = complaint(id, 1);
        row.complaint = said(&row.complaint, title, text, address);
        row.into()
    });
    let count = u64::try_from(ids.clone().count()).unwrap();
    let changes = Changes {
        raw: ids.clone().map(|id| raw(id, &format!("n{id}"), RawState::Complaint)).collect(),
        complaints: complaints.collect(),
        tickets: vec![ticket(1, count, Status::Open)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
}

#[test]
fn blocks_that_are_and_are_not_indexed_give_the_same() {
    for mut engine in Engine::with_words() {
        indexed_or_not_is_the_same(&mut *engine.writer);
    }
}

fn indexed_or_not_is_the_same(store: &mut dyn Store) {
    many(store, 8_000..=12_500);
    let sought = ["路灯", "听涛嘉园", "臭", "不动产", "路"];
    let before: Vec<_> = sought.iter().map(|sought| all(store, &words(sought))).collect();
    assert_eq!(store.index_words(1).unwrap(), WordsIndexed { indexed: 4_096, left: 405 });
    let between: Vec<_> = sought.iter().map(|sought| all(store, &words(sought))).collect();
    assert_eq!(store.index_words(1_000).unwrap(), WordsIndexed { indexed: 0, left: 405 });
    while store.index_words(1).unwrap().indexed > 0 {}
    let after: Vec<_> = sought.iter().map(|sought| all(store, &words(sought))).collect();
    assert_eq!((&between, &after), (&before, &before));
    assert_eq!((before[3].as_slice(), before[1].len()), ([8_000].as_slice(), 2_250));
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

fn all(store: &mut dyn Store, search: &Search) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut page = Page::first(Page::MAX);
    loop {
        let part = store.search(search, page, &mut |_| true).unwrap();
        ids.extend(part.complaints.iter().map(|view| view.id.0));
        match part.next {
            Some(next) => page.after = Some(next),
            None => return ids,
        }
    }
}

#[test]
fn what_is_read_for_one_page_is_limited_and_nothing_is_passed_over() {
    for mut engine in Engine::with_words() {
        nothing_is_passed_over(&mut *engine.writer);
    }
}

fn nothing_is_passed_over(store: &mut dyn Store) {
    many(store, 1..=20_500);
    let part = store.search(&words("不动产"), Page::first(9), &mut |_| true).unwrap();
    assert_eq!((part.complaints.len(), part.next), (0, Some(3 * 4_096)), "nothing is indexed");
    assert_eq!(all(store, &words("不动产")), [1]);
    while store.index_words(1).unwrap().indexed > 0 {}
    let part = store.search(&words("不动产"), Page::first(9), &mut |_| true).unwrap();
    assert_eq!((part.complaints.len(), part.next), (1, None));
}

/// What a search gives, for comparing engines.
pub fn said_of(store: &mut dyn Store, search: &Search) -> String {
    let part = store.search(search, Page::first(3), &mut |view| view.id.0 != 5).unwrap();
    format!("{:?} {:?}", part.complaints, part.next)
}

#[test]
fn an_index_that_does_not_say_what_the_texts_say_is_found_and_made_again() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let database = folder.path().join("test.db");
    let mut opened = open(&Database::Sqlite(database.clone()), Vault::new(&ring).unwrap()).unwrap();
    let store = &mut *opened.writer;
    for (id, text) in (1..).zip(TEXTS) {
        store.commit(telling(id, text)).unwrap();
    }
    store.index_words(1).unwrap();
    let change = |sql: &str| rusqlite::Connection::open(&database).unwrap().execute_batch(sql).unwrap();
    let empty = "(SELECT body FROM word_bucket ORDER BY length(body) LIMIT 1)";
    let full = "(SELECT id FROM word_bucket ORDER BY length(body) DESC LIMIT 1)";
    for (forged, expected) in [
        (format!("UPDATE word_bucket SET body = {empty} WHERE id = {full}"), vec!["index of words"]),
        ("DELETE FROM word_bucket WHERE id = 7".to_owned(), vec!["index of words"]),
        ("DELETE FROM word_block".to_owned(), vec!["index of words"]),
        ("UPDATE word_bucket SET body = x'0001' WHERE id = 9".to_owned(), vec!["sealed content", "index of words"]),
    ] {
        change(&forged);
        assert_eq!(wrong(store, false), expected, "{forged}");
        store.examine(true).unwrap();
        assert_eq!(wrong(store, false), Vec::<&str>::new(), "{forged}");
        assert_eq!(found(store, &words("路灯")), [4, 1]);
        store.index_words(1).unwrap();
        assert_eq!(found(store, &words("路灯")), [4, 1]);
    }
    // Making it was begun and not ended: its texts are read, and it is made then.
    change("UPDATE word_block SET made = 0; DELETE FROM word_bucket");
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    assert_eq!(found(store, &words("路灯")), [4, 1]);
    assert_eq!(store.index_words(1).unwrap(), WordsIndexed { indexed: 5, left: 0 });
    let mut beside = opened.beside().unwrap();
    assert_eq!(beside.index_words(1).unwrap(), WordsIndexed { indexed: 0, left: 0 });
    assert_eq!(found(&mut *opened.reader().unwrap(), &words("路灯")), [4, 1]);
}

#[test]
fn a_damaged_text_is_told_by_the_search_that_meets_it() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let database = folder.path().join("test.db");
    let mut opened = open(&Database::Sqlite(database.clone()), Vault::new(&ring).unwrap()).unwrap();
    let store = &mut *opened.writer;
    for (id, text) in (1..).zip(TEXTS) {
        store.commit(telling(id, text)).unwrap();
    }
    let sql = "UPDATE complaint SET body = zeroblob(40) WHERE id = 2";
    rusqlite::Connection::open(&database).unwrap().execute_batch(sql).unwrap();
    assert_eq!(store.index_words(1).unwrap().indexed, 4);
    let refused = store.search(&words("路灯"), Page::first(9), &mut |_| true).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { table: "complaint", row: 2, .. }), "{refused}");
    assert_eq!(wrong(store, false), ["sealed content"]);
}
