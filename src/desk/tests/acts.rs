//! What platforms do with tickets besides setting their status, through the desk and its store.

use serde_json::json;

use super::super::action::Action;
use super::super::job::{ApplySigned, ApplyUpdate, ApplyWithPhotos};
use super::super::photos::HandlerPhoto;
use super::super::status::{Refusal, Signer};
use super::clocks::rules;
use super::*;
use crate::audit::{Actor, AuditAction, AuditEntry, AuditOutcome};
use crate::handling::ActRefusal;
use crate::people::Scope;
use crate::store::{AuditFilter, HandlerLinks, Occurrence, OccurrenceKind, Page, Verdict};
use crate::ticket::{Act, Score};

const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路。";
const LAMP_AGAIN: &str = "青鱼滩路12号门前路灯不亮，晚上看不清路。";
const MORE: &str = r#"
[returned]
rule = [{ to = "unit:command-center" }]

[extension]
approvers = ["command"]

[[outside]]
code = "petition"
name = "信访"
"#;

impl Town {
    /// A town that says more of acts, with one matter: the matter's ticket.
    fn acting(more: &str) -> (Self, TicketDetail) {
        let mut town = Self::new();
        town.rules = rules(more);
        let receipt = town.complain(&[("1", LAMP)]).remove(0);
        let detail = town.ticket_of(&receipt);
        (town, detail)
    }

    fn act_of(&mut self, ticket: &str, act: Act) -> StatusUpdate {
        let update = self.update(ticket, Status::Accepted);
        StatusUpdate { status: None, result: None, act: Some(act), ..update }
    }

    fn does(&mut self, ticket: &str, act: Act) -> Judged {
        let update = self.act_of(ticket, act);
        self.run(&ApplyUpdates(vec![update])).remove(0)
    }

    /// The kinds of the messages since so many that the public stream got, and those of the feed `urban`.
    fn kinds_since(&mut self, count: usize) -> (Vec<String>, Vec<String>) {
        let kinds = |messages: Vec<moved::Message>| {
            messages
                .into_iter()
                .map(|(.., body)| body["data"]["change"]["event"].as_str().unwrap().to_owned())
                .collect()
        };
        (kinds(self.since(count, None)), kinds(self.since(count, Some("urban"))))
    }

    fn occurred(&mut self, key: TicketKey, kind: OccurrenceKind) -> Vec<Occurrence> {
        self.store.occurrences(kind, &[key.0]).unwrap()
    }
}

fn assign(unit: &str) -> Act {
    let words = Some("产权属水务，13800001111。".to_owned());
    Act::Assign { unit: unit.to_owned(), co_units: Some(vec!["power".to_owned()]), words }
}

fn kinds(of: &[&str]) -> Vec<String> {
    of.iter().map(|kind| (*kind).to_owned()).collect()
}

#[test]
fn an_assignment_is_told_and_outlives_whatever_joins_leaves_and_changes_the_ticket() {
    let (mut town, lamp) = Town::acting("");
    let (id, count) = (lamp.ticket.id.clone(), town.messages().len());
    assert_eq!(town.does(&id, assign("water")), Ok(Verdict::Accepted));
    assert_eq!(town.kinds_since(count), (kinds(&["assigned", "left"]), kinds(&["left"])));
    let public = town.since(count, None).remove(0).2;
    let (data, act) = (&public["data"], &public["data"]["change"]["act"]);
    assert_eq!((&data["status"], &data["department"]), (&json!("open"), &json!("water")), "it keeps its status");
    assert_eq!(
        (&act["kind"], &act["by"], &act["former_unit"]),
        (&json!("assign"), &json!("command"), &json!("urban-management"))
    );
    assert_eq!((&data["co_units"], &data["assignment"]["unit"]), (&json!(["power"]), &json!("water")));
    assert_eq!(data["change"]["note"], "产权属水务，138****1111。", "words are masked as notes are");
    let department = |town: &mut Town| town.ticket(lamp.key).ticket.route.department;
    let again = town.complain(&[("2", LAMP_AGAIN)]).remove(0);
    assert_eq!(town.ticket_of(&again).key, lamp.key, "one matter");
    assert_eq!(department(&mut town), "water", "after a complaint has joined");
    town.act(Action::Split { receipt: again.clone() });
    assert_eq!(town.ticket_of(&again).ticket.route.department, "urban-management", "what is split is its own matter");
    assert_eq!(department(&mut town), "water", "after a split");
    town.act(Action::Undo { ticket: id.clone() });
    town.take(vec![complaint("1", "青鱼滩路12号门前路灯不亮四天了，夜里看不清路。")]);
    assert_eq!(department(&mut town), "water", "after an amendment");
    let reasons = town.ticket(lamp.key).ticket.route.reasons;
    assert_eq!(reasons.iter().filter(|reason| reason.contains("指派")).count(), 1, "{reasons:?}");
    town.set(&id, Status::Resolved).unwrap();
    town.take(vec![dissatisfied("1")]);
    assert_eq!((department(&mut town).as_str(), town.ticket(lamp.key).ticket.status), ("water", Status::Reopened));
    let deeds = town.occurred(lamp.key, OccurrenceKind::Act);
    assert_eq!((deeds.len(), deeds[0].outcome.as_str(), &deeds[0].details["unit"]), (1, "assign", &json!("water")));
}

#[test]
fn a_platform_that_gives_a_ticket_away_is_told_that_it_did_and_has_no_say_after_that() {
    let (mut town, lamp) = Town::acting("");
    let hand_over = Act::HandOver { unit: "water".to_owned(), words: None };
    let update = StatusUpdate { platform: "urban".into(), ..town.act_of(&lamp.ticket.id, hand_over) };
    let applied = town.run(&ApplyUpdate(update.clone())).unwrap();
    assert_eq!((applied.verdict, applied.status, applied.version), (Verdict::Accepted, Status::Open, 2));
    let gone = Refusal::Left { ticket: lamp.ticket.id.clone(), feed: "urban".into() };
    assert_eq!(
        town.run(&ApplyUpdate(update.clone())).unwrap_err(),
        gone,
        "how it stands now is no longer its business"
    );
    let later = StatusUpdate { update_id: "later".into(), sequence: 99, ..update };
    assert_eq!(town.run(&ApplyUpdates(vec![later])).remove(0), Err(gone));
}

#[test]
fn what_cannot_be_done_changes_nothing_and_is_noted_with_its_reason() {
    let (mut town, lamp) = Town::acting("[acts]\nclaim = [\"urban\"]\n");
    let id = &lamp.ticket.id;
    let claim = || Act::Claim { leader: "王副市长".to_owned(), words: None };
    let score = Act::Score { unit: "housing".to_owned(), score: Score { speed: 1, quality: 1 }, words: None };
    for (act, name) in [(assign("nobody"), "no_unit"), (claim(), "not_permitted"), (score, "not_called")] {
        let refused = town.does(id, act).unwrap_err();
        assert_eq!(refused.name(), name);
        let noted = town.occurred(lamp.key, OccurrenceKind::UpdateRefused).pop().unwrap();
        assert_eq!((noted.outcome.as_str(), &noted.details["reason"]), (name, &json!(refused.to_string())));
        assert!(noted.details["act"].is_string() && noted.details["status"].is_null());
    }
    // Half of an update does not happen either.
    let update = StatusUpdate { act: Some(assign("nobody")), ..town.update(id, Status::InProgress) };
    assert!(town.run(&ApplyUpdates(vec![update])).remove(0).is_err());
    assert_eq!(town.ticket(lamp.key).ticket, lamp.ticket);
    assert_eq!(town.does("RC-0", claim()), Err(Refusal::NoTicket("RC-0".into())));
}

#[test]
fn a_status_comes_before_the_act_that_needs_it_and_an_act_says_nothing_to_citizens() {
    let (mut town, lamp) = Town::acting(MORE);
    let id = &lamp.ticket.id;
    let complaint = lamp.complaints[0].clone();
    let heard = |town: &mut Town| town.store.replies_of(complaint.id).unwrap().len();
    town.set(id, Status::Resolved).unwrap();
    assert_eq!(heard(&mut town), 1);
    let finished = ActRefusal::Finished(crate::ticket::ActKind::Assign);
    assert_eq!(town.does(id, assign("water")), Err(Refusal::Act(finished)));
    let count = town.messages().len();
    let again = StatusUpdate { act: Some(assign("water")), ..town.update(id, Status::Reopened) };
    town.run(&ApplyUpdates(vec![again])).remove(0).unwrap();
    assert_eq!(town.kinds_since(count).0, kinds(&["reopened", "assigned", "left"]));
    assert_eq!(heard(&mut town), 1);
    // Unless it has words for one of them.
    let text = "已转水务处理".to_owned();
    let results = vec![crate::ticket::OwnResult { receipt: complaint.receipt.clone(), text }];
    for _ in 0..2 {
        let update = StatusUpdate { results: results.clone(), ..town.act_of(id, assign("water")) };
        town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    }
    assert_eq!(heard(&mut town), 3);
    let out = Act::TransferOut { to: "petition".to_owned(), number: Some("XF-1".to_owned()) };
    let count = town.messages().len();
    let update = StatusUpdate { act: Some(out), ..town.update(id, Status::Resolved) };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let mut told = town.since(count, None);
    told.retain(|message| message.2["data"]["change"]["event"] != "callback-due");
    assert_eq!(told.len(), 1, "one event tells both");
    let data = &told[0].2["data"];
    assert_eq!((&data["change"]["event"], &data["change"]["act"]["to"]), (&json!("status"), &json!("petition")));
    assert_eq!(data["outside"]["to_name"], "信访");
    assert_eq!(heard(&mut town), 4, "the citizen is told the result");
}

#[test]
fn a_returned_matter_is_open_with_the_unit_that_the_rules_name_also_after_a_merge() {
    let (mut town, lamp) = Town::acting(MORE);
    let (id, count) = (lamp.ticket.id.clone(), town.messages().len());
    town.set(&id, Status::Accepted).unwrap();
    town.set(&id, Status::Returned).unwrap();
    assert_eq!(town.kinds_since(count).0, kinds(&["status", "status", "assigned", "left"]));
    let data = &town.since(count, None)[2].2["data"];
    assert_eq!((&data["status"], &data["department"]), (&json!("open"), &json!("command-center")));
    assert_eq!((&data["change"]["note"], &data["change"]["act"]["kind"]), (&json!("已处理"), &json!("give_back")));
    assert_eq!(data["change"]["act"].get("by"), None);
    let other = town.complain(&[("2", "人和小区3号楼电梯停了三天，物业没有人来修。")]).remove(0);
    let other = town.ticket_of(&other).ticket.id;
    town.act(Action::Merge { from: id, into: other.clone() });
    assert_eq!(town.ticket(lamp.key).ticket.status, Status::Absorbed);
    town.act(Action::Undo { ticket: other });
    let back = town.ticket(lamp.key).ticket;
    assert_eq!((back.status, back.route.department.as_str()), (Status::Open, "command-center"), "as it was");
    assert_eq!(back.acts.before_absorbed, None);
}

#[test]
fn an_extension_is_asked_for_refused_and_granted() {
    let (mut town, lamp) = Town::acting(MORE);
    let (id, due_at) = (lamp.ticket.id.clone(), lamp.ticket.route.due_at);
    let until = town.now.saturating_add(SignedDuration::from_hours(24 * 30)).unwrap();
    let asks = |town: &mut Town| {
        let asked = StatusUpdate { due_at: Some(until), ..town.update(&id, Status::ExtensionRequested) };
        town.run(&ApplyUpdates(vec![asked])).remove(0).unwrap();
    };
    town.set(&id, Status::InProgress).unwrap();
    asks(&mut town);
    let by_unit = StatusUpdate { platform: "urban".into(), ..town.update(&id, Status::Extended) };
    let refused = town.run(&ApplyUpdates(vec![by_unit])).remove(0).unwrap_err();
    assert_eq!(refused.name(), "not_an_approver");
    let count = town.messages().len();
    town.does(&id, Act::RefuseExtension { words: "请按期办结".to_owned() }).unwrap();
    let told = town.since(count, None).remove(0).2;
    assert_eq!(
        (&told["data"]["status"], &told["data"]["change"]["note"]),
        (&json!("in_progress"), &json!("请按期办结"))
    );
    assert_eq!(
        (&told["data"]["change"]["event"], &told["data"]["extension"]["state"]),
        (&json!("status"), &json!("refused"))
    );
    assert_eq!(town.ticket(lamp.key).ticket.route.due_at, due_at);
    asks(&mut town);
    town.set(&id, Status::Extended).unwrap();
    assert_eq!(town.ticket(lamp.key).ticket.extended_until, Some(until), "what was asked for");
}

#[test]
fn an_alarm_gives_a_ticket_to_the_unit_above() {
    let more = "[[clock]]\ncode = \"rise\"\nname = \"上报\"\nstart = [\"created\"]\nstop = [\"finished\"]\n\
        limit = [{ hours = 1 }]\nalarm = [{ share = 100, escalate = true }]\n";
    let (mut town, lamp) = Town::acting(more);
    town.wait_hours(2);
    let count = town.messages().len();
    town.ring();
    assert_eq!(town.ticket(lamp.key).ticket.route.department, "command-center");
    let told = town.since(count, None);
    let risen = told.iter().find(|(.., body)| body["data"]["change"]["event"] == "escalated").unwrap();
    assert!(risen.2["data"]["change"]["note"].as_str().unwrap().contains("上报时限已于"), "{}", risen.2);
    town.wait_hours(24);
    town.ring();
    assert_eq!(town.occurred(lamp.key, OccurrenceKind::Act).len(), 1, "once");
}

#[test]
fn units_that_are_called_are_counted_with_their_marks() {
    let (mut town, lamp) = Town::acting("[whistle]\nwithin = { minutes = 30 }\n");
    let id = &lamp.ticket.id;
    town.does(id, Act::Whistle { units: vec!["housing".into(), "power".into()], words: None }).unwrap();
    town.does(id, Act::Respond { unit: "housing".into(), words: None }).unwrap();
    town.wait_hours(1);
    town.does(id, Act::Respond { unit: "power".into(), words: None }).unwrap();
    let score = Score { speed: 5, quality: 3 };
    town.does(id, Act::Score { unit: "housing".into(), score, words: None }).unwrap();
    let days = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2026, 12, 31));
    let cells = town.store.facts(days.0, days.1).unwrap();
    let of = |unit: &str, count| {
        let cells = cells.iter().filter(|cell| cell.key.department == unit);
        cells.map(|cell| cell.tally.get(count)).sum::<i64>()
    };
    use crate::report::Count::{QualityMarks, Responses, ResponsesInTime, Scores, SpeedMarks};
    let counts =
        |unit: &str| [Responses, ResponsesInTime, Scores, SpeedMarks, QualityMarks].map(|count| of(unit, count));
    assert_eq!((counts("housing"), counts("power")), ([1, 1, 1, 5, 3], [1, 0, 0, 0, 0]));
}

#[test]
fn what_leaders_instruct_and_take_on_is_counted_with_the_unit_that_has_the_matter() {
    let (mut town, lamp) = Town::acting("");
    let id = &lamp.ticket.id;
    for words in ["请限三日内办结", "请报告进展"] {
        let author = "王副市长".to_owned();
        town.does(id, Act::Instruct { author, words: words.to_owned() }).unwrap();
    }
    town.does(id, Act::Claim { leader: "王副市长".to_owned(), words: None }).unwrap();
    let days = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2026, 12, 31));
    let cells = town.store.facts(days.0, days.1).unwrap();
    let own = cells.iter().filter(|cell| cell.key.department == lamp.ticket.route.department);
    let (instructions, claims) = own.fold((0, 0), |(instructions, claims), cell| {
        use crate::report::Count::{Claims, Instructions};
        (instructions + cell.tally.get(Instructions), claims + cell.tally.get(Claims))
    });
    assert_eq!((instructions, claims), (2, 1));
}

#[test]
fn a_matter_that_was_handed_over_counts_with_the_unit_that_has_it() {
    let (mut town, lamp) = Town::acting("");
    let id = lamp.ticket.id.clone();
    town.does(&id, Act::Assign { unit: "housing".into(), co_units: None, words: None }).unwrap();
    town.set(&id, Status::Resolved).unwrap();
    let days = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2026, 12, 31));
    let cells = town.store.facts(days.0, days.1).unwrap();
    let mut whole = crate::report::Tally::default();
    cells.iter().for_each(|cell| whole.merge(&cell.tally));
    let figures = |unit: &str| {
        let mut tally = crate::report::Tally::default();
        cells.iter().filter(|cell| cell.key.department == unit).for_each(|cell| tally.merge(&cell.tally));
        use crate::report::Figure::{Closed, Tickets};
        [Tickets, Closed].map(|figure| figure.of(&tally, &whole))
    };
    assert_eq!(figures(&lamp.ticket.route.department), [Some(0.0), None], "it did not leave anything undone");
    assert_eq!(figures("housing"), [Some(1.0), Some(1.0)]);
    assert_eq!(crate::report::Figure::Tickets.of(&whole, &whole), Some(1.0));
}

#[test]
fn what_a_person_does_is_in_the_audit_log_with_it_and_what_is_refused_as_refused() {
    let (mut town, lamp) = Town::acting("");
    let entry = AuditEntry::done(AuditAction::Update, Actor::new("li", "clerk"), town.now);
    let update = town.update(&lamp.ticket.id, Status::Accepted);
    let signer = Signer { scope: Arc::default(), is_center: false };
    let signed =
        |update: &StatusUpdate| ApplySigned { update: update.clone(), signer: signer.clone(), entry: entry.clone() };
    town.run(&signed(&update)).unwrap();
    let by_nobodys_feed = StatusUpdate { platform: "nobody".to_owned(), ..update };
    town.run(&signed(&by_nobodys_feed)).unwrap_err();
    let found = town.store.audit(&AuditFilter::default(), Page::first(10)).unwrap().entries;
    let ended: Vec<_> = found.iter().map(|view| (view.entry.action, view.entry.outcome)).collect();
    assert_eq!(ended, [(AuditAction::Update, AuditOutcome::Done), (AuditAction::Update, AuditOutcome::Refused)]);
}

#[test]
fn photos_of_a_handler_are_kept_with_what_was_accepted_and_with_nothing_else() {
    let (mut town, lamp) = Town::acting("");
    let vault = Arc::new(town.state.vault().clone());
    let links = HandlerLinks::new("https://a.example", SignedDuration::from_hours(1), vault);
    let entry = AuditEntry::done(AuditAction::Update, Actor::new("h", "handler"), town.now);
    let signer = Signer { scope: Arc::default(), is_center: true };
    let photo = |byte| HandlerPhoto { media_type: "image/jpeg", ending: "jpg", bytes: vec![byte; 9] };
    let update = town.update(&lamp.ticket.id, Status::Accepted);
    let job = ApplyWithPhotos {
        update,
        signer: signer.clone(),
        entry: entry.clone(),
        photos: vec![photo(1), photo(2)],
        links: links.clone(),
    };
    town.run(&job).unwrap();
    let (raw, complaint) = (lamp.complaints[0].raw_id, lamp.complaints[0].id);
    let kept = |town: &mut Town| town.store.files_of(complaint).unwrap();
    let names: Vec<(u16, String)> = kept(&mut town).into_iter().map(|file| (file.number, file.name)).collect();
    let id = &lamp.ticket.id;
    assert_eq!(names, [(10_000, format!("{id}-10000.jpg")), (10_001, format!("{id}-10001.jpg"))]);
    assert_eq!(town.store.file(raw, 10_001).unwrap().unwrap().bytes, [2; 9]);
    let told = town.store.updates_of(lamp.key, 9).unwrap();
    let addresses: Vec<String> = told[0].said.attachments.iter().map(|file| file.url.clone()).collect();
    assert_eq!(addresses, [links.photo_address(raw, 10_000), links.photo_address(raw, 10_001)]);
    // The same again, and what is refused, leave none.
    assert_eq!(town.run(&job).unwrap().verdict, Verdict::Repeated);
    let update = StatusUpdate { platform: "nobody".to_owned(), ..town.update(id, Status::Resolved) };
    let by_nobody = ApplyWithPhotos { update, photos: vec![photo(3)], ..job.clone() };
    town.run(&by_nobody).unwrap_err();
    assert_eq!(kept(&mut town).len(), 2);
    // There is a limit, which nothing that is said goes around; what was noted stays noted.
    let said = |town: &mut Town, photos: usize| {
        let update = town.update(id, Status::InProgress);
        ApplyWithPhotos { update, photos: vec![photo(4); photos], ..job.clone() }
    };
    let (last, over) = (said(&mut town, 58), said(&mut town, 1));
    town.run(&last).unwrap();
    assert_eq!(town.run(&over).unwrap_err(), Refusal::TooManyPhotos(60));
    assert_eq!(town.run(&last).unwrap().verdict, Verdict::Repeated);
    assert_eq!(kept(&mut town).len(), 60);
    town.run(&ApplyWithPhotos { photos: Vec::new(), ..over }).unwrap();
    // They go with the citizen's data.
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(lamp.complaints[0].receipt.clone()) });
    assert_eq!((kept(&mut town).len(), town.store.file(raw, 10_000).unwrap()), (0, None));
}

/// The photos of a ticket are kept with a complaint that is taken out of it; then the other one's citizen wants everything gone.
#[test]
fn photos_of_a_handler_go_with_the_last_complaint_of_their_ticket_wherever_they_are_kept() {
    let mut town = Town::new();
    town.rules = rules("");
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP_AGAIN)]);
    let lamp = town.ticket_of(&receipts[0]);
    let vault = Arc::new(town.state.vault().clone());
    let links = HandlerLinks::new("https://a.example", SignedDuration::from_hours(1), vault);
    let job = |town: &mut Town, id: &str| ApplyWithPhotos {
        update: town.update(id, Status::Accepted),
        signer: Signer { scope: Arc::default(), is_center: true },
        entry: AuditEntry::done(AuditAction::Update, Actor::new("h", "handler"), town.now),
        photos: vec![HandlerPhoto { media_type: "image/jpeg", ending: "jpg", bytes: vec![1; 9] }],
        links: links.clone(),
    };
    let said = job(&mut town, &lamp.ticket.id);
    town.run(&said).unwrap();
    let holder = lamp.complaints[0].clone();
    town.act(Action::Split { receipt: holder.receipt.clone() });
    let parted = town.ticket_of(&holder.receipt);
    assert_ne!(parted.key, lamp.key, "the complaint that has the photos is on another ticket");
    let said = job(&mut town, &parted.ticket.id);
    town.run(&said).unwrap();
    let kept = |town: &mut Town| -> Vec<u16> {
        town.store.files_of(holder.id).unwrap().into_iter().map(|file| file.number).collect()
    };
    assert_eq!(kept(&mut town), [10_000, 10_001]);
    let other = receipts.into_iter().find(|receipt| *receipt != holder.receipt).unwrap();
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(other) });
    assert_eq!(kept(&mut town), [10_001], "of the ticket behind which nobody is left");
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(holder.receipt.clone()) });
    assert_eq!(kept(&mut town), [0_u16; 0]);
}

/// Somebody opens the page of a ticket of their unit; before they send it, it goes to another one.
#[test]
fn whether_somebody_may_act_is_looked_at_on_the_ticket_as_it_is_then() {
    let (mut town, lamp) = Town::acting("");
    let (id, own) = (lamp.ticket.id.clone(), lamp.ticket.route.department.clone());
    let entry = AuditEntry::done(AuditAction::Update, Actor::new("li", "clerk"), town.now);
    let scope = Arc::new(Scope { departments: vec![own], ..Scope::default() });
    let signer = Signer { scope, is_center: false };
    let signed = |update: StatusUpdate| ApplySigned { update, signer: signer.clone(), entry: entry.clone() };
    let accepted = town.update(&id, Status::Accepted);
    town.run(&signed(accepted)).unwrap();
    let late = town.update(&id, Status::Resolved);
    town.does(&id, Act::Assign { unit: "housing".into(), co_units: None, words: None }).unwrap();
    assert_eq!(town.run(&signed(late)).unwrap_err(), Refusal::OtherUnit);
    assert_ne!(town.ticket(lamp.key).ticket.status, Status::Resolved);
    let found = town.store.audit(&AuditFilter::default(), Page::first(10)).unwrap().entries;
    assert_eq!(found[1].entry.outcome, AuditOutcome::Refused);
    let act = Act::Respond { unit: "housing".into(), words: None };
    let other = StatusUpdate { act: Some(act), status: None, ..town.update(&id, Status::Accepted) };
    assert_eq!(town.run(&signed(other)).unwrap_err(), Refusal::OwnUnit);
}
