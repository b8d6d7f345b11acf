//! Kinds that are confidential (干部作风): nobody hears of such a matter but those who are named, whatever happens to it.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::city::PackFiles;
use crate::forward::wire::v1::{CONFIDENTIAL_TYPE, event_type};
use crate::forward::{Event, messages};
use crate::store::{OutboxRow, Page, PendingMessage};
use crate::ticket::{
    ActKind, Addressee, CallBack, CallBackWay, Change, Consequence, Deed, EventKind, Handler, Notice, Rater, Rating,
    RouteKey, Score,
};

const BRIBE: &str = "巡场镇某村干部办事时吃拿卡要，收受两条烟才肯盖章，请查处";
const ROAD: &str = "巡场镇东街村的通村路塌方了，护栏也掉了，车辆过不去，请尽快来修";
/// Who may know of it, of all feeds and destinations of the city.
const NAMED: [&str; 2] = ["discipline", "discipline-sms"];

/// The county, with a platform of the commission for discipline: what it reads leaves by AMQP.
fn county() -> Town {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/gongxian")).unwrap();
    let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap();
    let desk = "name = \"discipline\"\ncarrier = \"console\"\n";
    assert!(city.contains(desk), "the commission works at the console");
    let files = files.with("city.toml", city.replace(desk, "name = \"discipline\"\n").into_bytes());
    let pack = Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap();
    Town { rules: Arc::clone(&pack.rules), ..Town::new() }
}

/// Everything that an event can carry.
fn change() -> Change {
    let clerk = || Addressee {
        code: "discipline-handler".to_owned(),
        name: "纪委经办".to_owned(),
        role: "handler".to_owned(),
        unit: "discipline".to_owned(),
        phone: Some("13900030003".to_owned()),
        is_copy: false,
    };
    Change {
        receipt: Some("受理号".to_owned()),
        other_ticket: Some("另一张".to_owned()),
        percent_of_time: Some(80),
        satisfaction: Some(Satisfaction::Fair),
        note: Some("已约谈村干部".to_owned()),
        person: Some(Handler { name: "纪委经办".to_owned(), unit: None, phone: Some("13900030003".to_owned()) }),
        notice: Some(Notice {
            code: "confidential".to_owned(),
            title: "作风问题待签收".to_owned(),
            clock: None,
            text: "作风问题待签收".to_owned(),
            round: 1,
            to: vec![clerk()],
            tickets: Vec::new(),
        }),
        deed: Some(Deed {
            by: Some("discipline".to_owned()),
            unit: Some("discipline".to_owned()),
            units: vec!["command-center".to_owned()],
            score: Some(Score { speed: 1, quality: 1 }),
            leader: Some("纪委领导".to_owned()),
            ..Deed::of(ActKind::Assign)
        }),
        rating: Some(Rating {
            rater: Rater::Citizen,
            round: 1,
            step: "fair".to_owned(),
            step_name: "基本满意".to_owned(),
            value: Satisfaction::Fair,
            points: Some(50),
            instead_of: None,
            consequence: Consequence::Nothing,
        }),
        call_back: Some(CallBack { way: CallBackWay::Person, round: 1, to: vec![clerk()] }),
        ..Change::default()
    }
}

/// What would lead to the matter.
fn traces(ticket: &TicketDetail) -> Vec<String> {
    let of_ticket = [&ticket.ticket.id, &ticket.ticket.route.category, &ticket.ticket.route.department];
    let words = ["吃拿卡要", "干部", "纪委", "1390003", "13800001111", "511526100", "作风"];
    let receipts = ticket.complaints.iter().map(|view| &view.receipt);
    of_ticket.into_iter().chain(receipts).cloned().chain(words.map(str::to_owned)).collect()
}

fn written(row: &OutboxRow) -> String {
    format!("{} {} {} {} {}", row.routing_key, row.message_id, row.kind, row.ticket_id, row.body)
}

#[test]
fn whatever_happens_to_it_everybody_hears_at_most_that_there_was_one_more_on_a_day() {
    let mut town = county();
    let receipt = town.complain(&[("1", BRIBE)]).remove(0);
    let (mut detail, about) = (town.ticket_of(&receipt), town.store_view(&receipt));
    assert_eq!(detail.ticket.route.category, "cadre-conduct");
    let feeds = &town.rules.feeds;
    for kind in EventKind::ALL {
        for version in [1, 2] {
            detail.ticket.version = version;
            let former = RouteKey { department: "command-center".to_owned(), ..RouteKey::from(&detail.ticket.route) };
            for former in [None, Some(former)] {
                let event = Event {
                    kind,
                    detail: &detail,
                    about: Some(&about),
                    change: change(),
                    former,
                    at: town.now,
                    trace: None,
                };
                let told = messages(&event, feeds, &town.outlets);
                let (public, by_feeds): (Vec<_>, Vec<_>) =
                    told.outbox.iter().partition(|row| row.exchange == town.outlets.tickets);
                let counted = usize::from(kind == EventKind::Created || version == 1);
                assert_eq!(public.len(), counted, "{kind:?} {version}");
                for row in public {
                    assert_eq!((row.kind.as_str(), row.routing_key.as_str()), (CONFIDENTIAL_TYPE, "confidential"));
                    assert_eq!(row.body["data"], json!({ "day": "2025-11-25", "count": 1 }));
                    let written = written(row);
                    assert!(!traces(&detail).iter().any(|trace| written.contains(trace)), "{kind:?}: {written}");
                }
                let to = by_feeds.iter().filter_map(|row| row.routing_key.split('.').next());
                let to = to.chain(told.deliveries.iter().map(|row| row.destination.as_str()));
                let strangers: Vec<&str> = to.filter(|name| !NAMED.contains(name)).collect();
                assert!(strangers.is_empty(), "{kind:?}: {strangers:?}");
                assert!(by_feeds.iter().any(|row| row.routing_key.starts_with("discipline.")), "{kind:?}");
            }
        }
    }
}

impl Town {
    /// Everything that was told by AMQP so far.
    fn all_told(&mut self) -> Vec<PendingMessage> {
        self.store.pending_messages(0, 1_000, &mut |_| true).unwrap().0
    }
}

fn body(message: &PendingMessage) -> String {
    String::from_utf8(message.body.clone()).unwrap()
}

#[test]
fn two_of_a_day_are_two_events_of_one_day_whose_ids_lead_to_no_ticket() {
    let mut town = county();
    town.complain(&[("1", BRIBE), ("2", "县里某干部收受礼品，态度恶劣，请核查后答复我")]);
    let counts: Vec<PendingMessage> =
        town.all_told().into_iter().filter(|message| message.kind == CONFIDENTIAL_TYPE).collect();
    let [one, other] = &counts[..] else { panic!("{counts:?}") };
    assert_ne!(one.message_id, other.message_id);
    for count in [one, other] {
        let body: Value = serde_json::from_slice(&count.body).unwrap();
        assert_eq!((&body["time"], &body["subject"]), (&json!("2025-11-25T00:00:00+08:00"), &Value::Null));
        assert_eq!(count.ticket_id, "", "no header says it");
    }
}

#[test]
fn it_joins_no_other_matter_by_itself_or_by_a_person() {
    let mut town = county();
    let [bribe, road] = &town.complain(&[("1", BRIBE), ("2", ROAD)])[..] else { panic!("two") };
    let (hidden, open) = (town.ticket_of(bribe).ticket.id, town.ticket_of(road).ticket.id);
    for (from, into) in [(&hidden, &open), (&open, &hidden)] {
        let merged = town.act(Action::Merge { from: from.clone(), into: into.clone() });
        assert!(matches!(merged, Acted::Refused(..)), "{merged:?}");
        let receipt = if from == &hidden { bribe.clone() } else { road.clone() };
        assert!(matches!(town.act(Action::Move { receipt, into: into.clone() }), Acted::Refused(..)));
    }
    let sent = town.act(Action::Send { ticket: hidden, to: "center".to_owned() });
    assert!(matches!(sent, Acted::Refused(..)), "{sent:?}");
}

#[test]
fn a_copy_of_it_in_a_category_that_is_open_is_a_matter_of_its_own() {
    let mut town = county();
    let told = |number: &str, category: &str| {
        let Mapped::Complaint(mut one) = complaint(number, ROAD) else { panic!("a complaint") };
        one.category_hint = Some(category.to_owned());
        Mapped::Complaint(one)
    };
    let hidden = receipt_of(town.take(vec![told("1", "cadre-conduct")]).remove(0));
    let open = receipt_of(town.take(vec![told("2", "village-road")]).remove(0));
    assert_ne!(town.store_view(&hidden).ticket, town.store_view(&open).ticket);
    let other = receipt_of(town.take(vec![told("3", "cadre-conduct")]).remove(0));
    assert_eq!(town.store_view(&hidden).ticket, town.store_view(&other).ticket);
    assert_eq!(town.store.open_reviews(Page::first(9)).unwrap().len(), 0, "whoever was asked would learn of it");
}

#[test]
fn what_becomes_such_a_matter_leaves_all_who_had_it_and_says_nothing_of_it() {
    for others in [0, 1] {
        let mut town = county();
        let receipt = town.complain(&[("1", ROAD)]).remove(0);
        let before = town.ticket_of(&receipt);
        if others == 1 {
            town.complain(&[("2", ROAD)]);
            assert_eq!(town.ticket_of(&receipt).ticket.complaints, 2);
        }
        let seen = town.all_told().len();
        town.take(vec![complaint("1", BRIBE)]);
        let after = town.ticket_of(&receipt);
        assert_eq!(after.ticket.route.category, "cadre-conduct");
        assert_eq!(after.ticket.id == before.ticket.id, others == 0, "among others it goes to a ticket of its own");
        let told: Vec<PendingMessage> = town.all_told().into_iter().skip(seen).collect();
        let strangers = told.iter().filter(|message| !message.routing_key.starts_with("discipline."));
        let mut left = 0;
        for message in strangers.filter(|message| message.kind != CONFIDENTIAL_TYPE) {
            let body = body(message);
            for word in ["吃拿卡要", "cadre-conduct", "discipline", "作风", "纪委"] {
                let own = others == 1 && body.contains(&after.ticket.id);
                assert!(!own, "its ticket is named: {body}");
                assert!(!body.contains(word) && !message.routing_key.contains(word), "{word}: {body}");
            }
            left += usize::from(message.kind == event_type(EventKind::Left));
        }
        assert_eq!(left > 0, others == 0, "public stream and feeds let it go");
    }
}
