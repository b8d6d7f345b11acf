//! An engine and the model that are given the same steps say the same of everything, whatever the steps are.

use std::fmt::Write as _;
use std::sync::Arc;

use huiliu::audit::AuditAction;
use huiliu::complaint::{AccountHash, Complaint, ComplaintState, RewardEntry};
use huiliu::key::{ComplaintKey, DeliveryKey, RawKey, ReminderKey, ReplyKey, ReviewKey, TicketKey, TopicKey};
use huiliu::people::{Reach, Scope};
use huiliu::report::FactKind;
use huiliu::store::TopicComplaint;
use huiliu::store::{
    AlarmPlan, AlertChange, Amendment, AuditFilter, CallBackChange, CannotLink, Changes, DeliveryResult, DeliveryState,
    Erasure, FileMark, ImprintRow, Listed, MergeKind, Occurrence, OccurrenceKind, PackCause, Page, PauseRow, Placement,
    RawState, ReminderRow, ReplyState, RetriedReply, ReviewAnswer, RewardChange, Search, SeenAgain, SourceFileState,
    StatusRow, Store, TicketFilter, Unanswered, Verdict,
};
use huiliu::ticket::{Act, AlertKind, CallBackState, Counted, Rater, Status, TopicState};
use jiff::civil::date;
use serde_json::json;

use crate::audit::entry;
use crate::editions::edition;
use crate::engine::Engine;
use crate::facts::fact;
use crate::files::file;
use crate::packs::{drafted, live};
use crate::remarks::{source_file, warning};
use crate::rows::{
    NAME, alert, at, call_back, complaint, delivery, event, message, quarantine, rating, raw, reply, review, reward,
    sighting, statement, ticket, told, topic, update,
};
use crate::search::{of, said_of, words};
use crate::upkeep::wrong;

/// Numbers of rows that steps speak of.
const ROWS: u64 = 9;
const STEPS: u64 = 60;
/// What amendments tell.
const TOLD: [&str; 4] = ["路灯又亮了", "门口停水", "河水发臭，门口路灯不亮", "联系138****1111"];

/// A linear congruential generator (Knuth's MMIX): the same seed gives the same steps.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub fn row(&mut self) -> i64 {
        i64::try_from(self.below(ROWS)).unwrap() + 1
    }

    pub fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::try_from(self.below(things.len() as u64)).unwrap()]
    }

    pub fn often(&mut self) -> bool {
        self.below(3) == 0
    }
}

/// A part of a step that may contradict itself and what is stored.
fn part(dice: &mut Dice) -> Changes {
    let mut changes = Changes::default();
    let states: Vec<RawState> = RawState::ALL.iter().map(|(state, _)| *state).collect();
    if dice.often() {
        let record = format!("n{}", dice.row());
        changes.raw.push(raw(dice.row(), &record, dice.one_of(&states)));
    }
    if dice.often() {
        changes.files.push(file(dice.row(), u16::try_from(dice.below(2)).unwrap()));
    }
    if dice.often() {
        changes.complaints.push(complaint(dice.row(), dice.row()).into());
    }
    for _ in 0..dice.below(3) {
        let statuses = [Status::Open, Status::Resolved, Status::Absorbed, Status::Closed, Status::Reopened];
        changes.tickets.push(ticket(dice.row(), dice.below(4), dice.one_of(&statuses)));
    }
    rest(dice, &mut changes, &states);
    changes
}

/// Reminders and alarms of a ticket.
fn planned(dice: &mut Dice, changes: &mut Changes, ticket: TicketKey, second: i64) {
    changes.replanned.push(ticket);
    changes.reminders.push(ReminderRow { ticket, percent: 80, at: at(second) });
    changes.reminded.push(ReminderKey(dice.row()));
    let clocks = ["sign", "finish"].into_iter().take(usize::try_from(dice.below(3)).unwrap());
    let alarms = clocks.map(|clock| (clock.to_owned(), at(second))).collect();
    changes.alarms.push(AlarmPlan { ticket, alarms });
    changes.noticed.push(("h1".to_owned(), date(2026, 11, i8::try_from(20 + dice.below(2)).unwrap())));
}

fn rest(dice: &mut Dice, changes: &mut Changes, states: &[RawState]) {
    let (complaint_key, ticket_key) = (ComplaintKey(dice.row()), TicketKey(dice.row()));
    let second = dice.row() * 10;
    match dice.below(29) {
        0 => changes.moves.push((complaint_key, ticket_key)),
        1 => changes.merge_events.push(event(dice.row(), MergeKind::Merge, dice.row(), Some(dice.row()), dice.row())),
        2 => changes.reviews.push(review(dice.row(), dice.row(), 10.0 + second as f64)),
        3 => changes.review_answers.push(ReviewAnswer {
            review: ReviewKey(dice.row()),
            same: dice.often(),
            actor: "ann".into(),
            at: at(second),
        }),
        4 => changes.quarantine.push(quarantine(dice.row())),
        5 => changes.placed.push(Placement {
            raw_id: RawKey(dice.row()),
            state: dice.one_of(states),
            complaint: dice.often().then_some(complaint_key),
            rule: None,
            settings_version: "w".into(),
        }),
        6 => changes.outbox.push(message(&format!("m{second}"), dice.row())),
        7 => changes.statuses.push(reported(dice, second)),
        8 => changes.replies.push(reply(&format!("k{}", dice.row()), dice.row(), "c", second)),
        9 => changes.retried_replies.push(RetriedReply { reply: ReplyKey(dice.row()), at: at(second), answer: None }),
        21 => changes.occurrences.push(happened(dice, second)),
        22 => {
            let (kind, _) = dice.one_of(&FactKind::ALL);
            let unit = dice.one_of(&["urban", "water"]);
            changes.facts.push(fact(date(2026, 11, 29), unit, kind, u32::try_from(second).unwrap()));
        }
        23 | 24 => evaluated(dice, changes, complaint_key, second),
        26 => watched(dice, changes, second),
        27 => gathered(dice, changes, second),
        28 => rewarded(dice, changes, second),
        18 => changes.statements.push(statement(dice.row(), u8::try_from(dice.below(4)).unwrap())),
        19 => changes.states.push((complaint_key, dice.one_of(&[ComplaintState::Withdrawn, ComplaintState::Open]))),
        20 => changes.audit.push(entry(AuditAction::Split, "ann", second)),
        17 => changes.told_replies.push(told(dice.row(), second)),
        10 => planned(dice, changes, ticket_key, second),
        11 => changes.erased.push(Erasure { complaint: complaint_key, at: at(second) }),
        12 => {
            let (a, b) = (ComplaintKey(dice.row()), complaint_key);
            changes.cannot_links.push(CannotLink { a, b, at: at(1), actor: "ann".into() });
            changes.lifted_links.push((ComplaintKey(dice.row()), b));
            changes.positions.push(("c".into(), json!(second), at(1)));
        }
        13 => changes.warnings.push(warning(dice.row(), "title", dice.one_of(&["太长", "不懂"]))),
        14 => {
            let state = dice.one_of(&[SourceFileState::Reading, SourceFileState::Done, SourceFileState::Failed]);
            changes.source_files.push(source_file(dice.below(3), second, state));
        }
        16 => changes.deliveries.push(delivery(dice.one_of(&["county", "other"]), &format!("d{second}"), dice.row())),
        15 => changes.seen_again.push(SeenAgain { raw_id: RawKey(dice.row()), file: FileMark(dice.below(3)) }),
        _ => {
            let row = complaint(complaint_key.0, 1);
            changes.imprints.push(ImprintRow { complaint: complaint_key, reading: 1, body: vec![7] });
            changes.amendments.push(Amendment {
                id: complaint_key,
                raw_id: RawKey(dice.row()),
                district: None,
                category: "road".into(),
                phone_hash: Some(dice.below(3)),
                id_hash: None,
                account_hash: None,
                complaint: Complaint { text: dice.one_of(&TOLD).into(), ..row.complaint },
            });
        }
    }
}

/// What a platform reports: a status, or an act alone.
fn reported(dice: &mut Dice, second: i64) -> StatusRow {
    let mut row = update(dice.row(), "u", second, Status::Accepted, Verdict::Accepted);
    if dice.often() {
        let claim = Act::Claim { leader: NAME.into(), words: None };
        (row.update.status, row.update.act) = (None, Some(claim));
    }
    row
}

/// What somebody says of a result, or what becomes of a call-back.
fn evaluated(dice: &mut Dice, changes: &mut Changes, complaint: ComplaintKey, second: i64) {
    if dice.often() {
        let about = dice.often().then(|| dice.row());
        let rater = dice.one_of(&[Rater::Citizen, Rater::Supervisor, Rater::CallBack]);
        return changes.ratings.push(rating(dice.row(), about, rater));
    }
    changes.call_backs.push(match dice.one_of(&CallBackState::ALL) {
        (CallBackState::Due, _) => CallBackChange::Due(call_back(dice.row(), second)),
        (state, _) => CallBackChange::Done { complaint, state, at: at(second) },
    });
}

/// What becomes of points.
fn rewarded(dice: &mut Dice, changes: &mut Changes, second: i64) {
    if dice.often() {
        return changes.rewards.push(RewardChange::Gone(ComplaintKey(dice.row())));
    }
    let taken_back_at = dice.often().then(|| at(second + 5));
    let rule = dice.one_of(&["report", "rate"]);
    let entry = reward(dice.row(), rule, 0, dice.below(2), second);
    changes.rewards.push(RewardChange::Is(RewardEntry { taken_back_at, ..entry }));
}

/// What becomes of topics.
fn gathered(dice: &mut Dice, changes: &mut Changes, second: i64) {
    let (state, ..) = dice.one_of(&TopicState::ALL);
    let id = dice.row();
    changes.topics.push(topic(id, state, dice.often().then_some(second)));
    if dice.below(4) == 0 {
        changes.put_off_topics.push((TopicKey(dice.row()), at(second)));
    }
    changes.topic_complaints.push(TopicComplaint { topic: TopicKey(id), complaint: ComplaintKey(dice.row()) });
}

/// What watching sees and tells. Of a rule at most one alert stands in an area: each one that is told ends what stood.
fn watched(dice: &mut Dice, changes: &mut Changes, second: i64) {
    let (subject, area) = (dice.one_of(&["tag:a", "tag:b"]), dice.one_of(&["", "440308"]));
    let district = dice.one_of(&["440308001", "440308002", "440307001"]);
    changes.sightings.push(sighting(subject, dice.row(), district, second));
    let (kind, ..) = dice.one_of(&AlertKind::ALL);
    changes.alerts.push(AlertChange::Ended { kind, code: "rule".into(), area: area.to_owned(), at: at(second) });
    if dice.often() {
        changes.alerts.push(AlertChange::Told(alert(kind, area, second, &[dice.row(), dice.row()])));
    }
}

fn happened(dice: &mut Dice, second: i64) -> Occurrence {
    // Attempts are the store's own.
    let kind = dice.one_of(&[
        OccurrenceKind::ReplyRetried,
        OccurrenceKind::UpdateRefused,
        OccurrenceKind::Act,
        OccurrenceKind::SetAside,
        OccurrenceKind::Replayed,
        OccurrenceKind::Rerouted,
        OccurrenceKind::Notice,
    ]);
    let details = if dice.often() { json!(null) } else { json!({ "said": NAME }) };
    Occurrence { kind, subject: dice.row(), at: at(second), outcome: "not_sent".into(), details }
}

/// Everything that lives are told from.
fn lives(store: &mut dyn Store, key: i64, said: &mut String) {
    let (ticket, complaint, raws) = (TicketKey(key), ComplaintKey(key), [RawKey(key), RawKey(key + 1)]);
    writeln!(said, "{:?}", store.messages_of(ticket, 2).unwrap()).unwrap();
    writeln!(said, "{:?}", store.deliveries_of(ticket, 2).unwrap()).unwrap();
    writeln!(said, "{:?}", store.updates_of(ticket, 2).unwrap()).unwrap();
    writeln!(said, "{:?}", store.reminders_of(ticket).unwrap()).unwrap();
    writeln!(said, "{:?}", store.reviews_of(complaint).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.warnings_of(&raws).unwrap(), store.versions_of(&raws).unwrap()).unwrap();
    writeln!(said, "{:?}", store.reply_times(complaint).unwrap()).unwrap();
    writeln!(said, "{:?}", store.facts(date(2026, 1, 1), date(2026, 12, 31)).unwrap()).unwrap();
    writeln!(said, "{:?}", store.ratings_of(&[TicketKey(key), TicketKey(key + 1)]).unwrap()).unwrap();
    for complaint in [None, Some(ComplaintKey(key))] {
        writeln!(said, "{:?}", store.ratings_about(TicketKey(key), complaint).unwrap()).unwrap();
    }
    writeln!(said, "{:?}", store.call_backs_of(&[ComplaintKey(key)]).unwrap()).unwrap();
    writeln!(said, "{:?}", store.due_call_backs(Page::first(2)).unwrap()).unwrap();
    let accounts = [AccountHash(0), AccountHash(1)];
    writeln!(said, "{:?}", store.rewards_of_complaint(complaint).unwrap()).unwrap();
    writeln!(said, "{:?}", store.rewards_of(&accounts, 4).unwrap()).unwrap();
    writeln!(said, "{:?}", store.reward_points(&accounts, Some("rate"), at(30)).unwrap()).unwrap();
    for (kind, ..) in AlertKind::ALL {
        writeln!(said, "{:?}", store.alerts(kind, Page::first(2)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.standing_alert((kind, "rule"), "440308").unwrap()).unwrap();
        writeln!(said, "{:?}", store.was_alerted((kind, "rule"), ticket, &[]).unwrap()).unwrap();
    }
    writeln!(said, "{:?}", store.tickets_of_alert(key, 3).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.topic(TopicKey(key)).unwrap(), store.last_topic().unwrap()).unwrap();
    writeln!(said, "{:?}", store.topics_of_ticket(ticket).unwrap()).unwrap();
    writeln!(said, "{:?}", store.tickets_of_topic(TopicKey(key), 2).unwrap()).unwrap();
    writeln!(said, "{:?}", store.due_topics(at(30), 3).unwrap()).unwrap();
    for without in [&[][..], &["light"]] {
        writeln!(said, "{:?}", store.count_topic(TopicKey(key), without).unwrap()).unwrap();
        writeln!(said, "{:?}", store.rank_topics((at(0), at(2_000), at(1_000_000)), without, 3).unwrap()).unwrap();
    }
    for counted in [Counted::Complaints, Counted::Tickets] {
        let span = (at(0), at(1_000_000));
        writeln!(said, "{:?}", store.count_sightings(("tag:a", "440308"), span, counted).unwrap()).unwrap();
        writeln!(said, "{:?}", store.sightings(("tag:a", ""), span, 5).unwrap()).unwrap();
        writeln!(said, "{:?}", store.count_each(("tag:", "440308"), span).unwrap()).unwrap();
    }
    for (kind, _) in OccurrenceKind::ALL {
        writeln!(said, "{:?}", store.occurrences(kind, &[key, key + 1]).unwrap()).unwrap();
    }
    writeln!(said, "{:?}", store.notices(Page { after: Some(key), limit: 3 }).unwrap()).unwrap();
}

/// What the queues' consumers do between steps.
fn consume(store: &mut dyn Store, choice: u64) {
    let (messages, _) = store.pending_messages(0, 2, &mut |_| true).unwrap();
    let due = store.due_replies(at(50), 1).unwrap();
    store.sum_facts(usize::try_from(choice).unwrap()).unwrap();
    match choice {
        0 => store.mark_published(&messages.iter().map(|message| message.id).collect::<Vec<_>>(), at(40)).unwrap(),
        1 => drop(store.forget_published(at(41)).unwrap()),
        7 => {
            store.note_audit(&[entry(AuditAction::LookTicket, "bob", 8)]).unwrap();
            store.forget_audit(at(20)).unwrap();
            let (content, cause) =
                if messages.is_empty() { ("a", PackCause::Reload) } else { ("bb", PackCause::Rollback) };
            store.note_live_pack(&live(content, cause, 9), &entry(AuditAction::Reload, "bob", 9)).unwrap();
            let draft = entry(AuditAction::Draft, "bob", 9);
            store.new_draft(content, &drafted(content, "bob", 9), &draft).unwrap();
            store.change_draft((2, 1), &drafted("cc", "ann", 9), &draft).unwrap();
            store.remove_draft((1, 1), &entry(AuditAction::RemoveDraft, "bob", 9)).unwrap();
        }
        4 => {
            store.forget_warnings(at(1_003)).unwrap();
            store.forget_source_files(at(25)).unwrap();
            store.forget_rewards(at(15)).unwrap();
            let day = date(2026, 11, if messages.is_empty() { 1 } else { 2 });
            store.keep_edition(&edition("daily", day, &["county", "archive"])).unwrap();
            for id in store.waiting_editions("county", 1).unwrap() {
                store.note_edition_sent(id, "county", at(26)).unwrap();
            }
            store.note_board("village", "board", at(27)).unwrap();
            let (channel, actor, reason) = ("a".to_owned(), "ann".to_owned(), "x".to_owned());
            let pause = PauseRow { channel, at: at(9), actor, reason };
            if !store.pause(&pause, &entry(AuditAction::PauseChannel, "ann", 9)).unwrap() {
                store.resume("a", &entry(AuditAction::ResumeChannel, "bob", 9)).unwrap();
            }
        }
        2 | 3 => {
            let state = if choice == 2 { ReplyState::Dead } else { ReplyState::Sent };
            for reply in due {
                store.mark_reply(reply.id, state, Some("x"), None, at(5)).unwrap();
            }
        }
        5 => {
            let due = store.due_deliveries("county", true, at(9_000), 1).unwrap();
            store.acknowledge_deliveries("other", DeliveryKey(3), at(42)).unwrap();
            for one in due {
                let (error, state) = (Some("x".to_owned()), DeliveryState::Dead);
                store
                    .mark_deliveries(&[one.id], &DeliveryResult { state, error, proof: None, next_at: None }, at(6))
                    .unwrap();
            }
        }
        6 => {
            store.forget_delivered(at(43)).unwrap();
            store.retry_deliveries(Some("county"), None, at(7), &entry(AuditAction::RetryDelivery, "ann", 7)).unwrap();
            store.discard_deliveries("other", true, &entry(AuditAction::DiscardDelivery, "ann", 7)).unwrap();
        }
        8 | 9 => drop(store.index_words(choice - 7).unwrap()),
        _ => {}
    }
}

/// What it says of citizens behind finished tickets, where replies leave on some channels alone.
fn answered(store: &mut dyn Store, page: Page, said: &mut String) {
    let sends = |channel: &str| channel != "c";
    let (ledger, missing) = (store.answer_ledger(&sends).unwrap(), store.unanswered(None, &sends, page).unwrap());
    writeln!(said, "{ledger:?} {missing:?}").unwrap();
    for (reason, _) in Unanswered::ALL {
        writeln!(said, "{:?}", store.unanswered(Some(reason), &sends, page).unwrap()).unwrap();
    }
}

/// Lists of what tells of tickets, within a reach.
fn within(store: &mut dyn Store, page: Page, said: &mut String) {
    let hidden = Reach::new(Arc::new(Scope::default()), [], ["light".to_owned()]);
    let scope = Scope { channels: vec!["c".to_owned()], ..Scope::default() };
    let sending = ["d".to_owned()];
    for reach in [Reach::default(), hidden, Reach::new(Arc::new(scope), [], [])] {
        let replies = ReplyState::ALL.map(|(state, _)| Listed::Replies(state));
        let deliveries = DeliveryState::ALL.map(|(state, _)| Listed::Deliveries(state, None));
        let alerts = AlertKind::ALL.map(|(kind, ..)| Listed::Alerts(kind));
        let others = [Listed::Notices, Listed::CallBacks, Listed::Unanswered(None, &sending), Listed::Topics(None)];
        for list in replies.into_iter().chain(deliveries).chain(alerts).chain(others) {
            writeln!(said, "{list:?} {:?}", store.within(&list, &reach, page).unwrap()).unwrap();
        }
    }
}

/// What it says of the audit log and of packs.
fn audited(store: &mut dyn Store, said: &mut String) {
    let page = Page { after: None, limit: 500 };
    for view in store.audit(&AuditFilter::default(), page).unwrap().entries {
        writeln!(said, "{} {:?}", view.number, view.entry).unwrap();
    }
    let by_ann = AuditFilter { actor: Some("ann".into()), newest_first: true, ..AuditFilter::default() };
    let part = store.audit(&by_ann, Page::first(3)).unwrap();
    let numbers: Vec<i64> = part.entries.iter().map(|view| view.number).collect();
    writeln!(said, "{numbers:?} {:?}", part.next).unwrap();
    writeln!(said, "{:?} {:?}", store.pack_versions(page).unwrap(), store.pack_named("v-a").unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.pack_version(1).unwrap(), store.pack_content(2).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.drafts().unwrap(), store.draft(2).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.editions(None, page).unwrap(), store.edition(1).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.last_edition("daily").unwrap(), store.boards("village").unwrap()).unwrap();
    writeln!(said, "{:?}", store.pauses().unwrap()).unwrap();
    let check = store.check_audit(&[]).unwrap();
    writeln!(said, "{} {} {} {:?}", check.entries, check.begins_after, check.end.number, check.broken).unwrap();
}

/// What has to be told, and how much was.
fn due(store: &mut dyn Store, said: &mut String) {
    let (reminders, alarms) = (store.due_reminders(at(60), 99).unwrap(), store.due_alarms(at(60), 99).unwrap());
    let noticed = [20, 21].map(|day| store.notices_on("h1", date(2026, 11, day)).unwrap());
    writeln!(said, "{:?} {reminders:?} {alarms:?} {noticed:?}", store.due_replies(at(60), 99).unwrap()).unwrap();
}

/// What searches find.
fn searched(store: &mut dyn Store, said: &mut String) {
    for sought in ["路灯", "门", "停水 门口", "发臭门口", "1381111", NAME] {
        writeln!(said, "{sought}: {}", said_of(store, &words(sought))).unwrap();
    }
    let tickets = TicketFilter::default;
    let open = TicketFilter { status: Some(Status::Open), overdue_at: Some(at(9)), ..tickets() };
    let narrow = Search { ticket: open, ..words("门口") };
    for search in [narrow, of(TicketFilter { status: Some(Status::Closed), ..tickets() })] {
        writeln!(said, "{}", said_of(store, &search)).unwrap();
    }
}

/// Everything that a store says.
pub fn said(store: &mut dyn Store) -> String {
    let mut said = String::new();
    let all: Vec<i64> = (1..=i64::try_from(ROWS).unwrap()).collect();
    let (page, all_tickets) =
        (Page { after: None, limit: 500 }, all.iter().map(|key| TicketKey(*key)).collect::<Vec<_>>());
    let complaints: Vec<ComplaintKey> = all.iter().map(|key| ComplaintKey(*key)).collect();
    writeln!(said, "{:?}", store.counters().unwrap()).unwrap();
    store.corpus(ComplaintKey(0), 99, Some(1), &mut |row| writeln!(said, "{row:?}").unwrap()).unwrap();
    let mut links = store.cannot_links().unwrap();
    links.sort_unstable();
    writeln!(said, "{links:?} {:?} {:?}", store.ledger().unwrap(), store.queue_counts().unwrap()).unwrap();
    for destination in ["county", "other"] {
        writeln!(said, "{:?}", store.pending_deliveries(destination, DeliveryKey(1), 9, 1_000).unwrap()).unwrap();
        writeln!(said, "{:?}", store.due_deliveries(destination, false, at(3_500), 9).unwrap()).unwrap();
    }
    for (state, _) in DeliveryState::ALL {
        writeln!(said, "{:?}", store.list_deliveries(None, state, page).unwrap()).unwrap();
    }
    writeln!(said, "{:?}", store.delivery_counts().unwrap()).unwrap();
    audited(store, &mut said);
    writeln!(said, "{:?}", store.complaints(&complaints).unwrap()).unwrap();
    writeln!(said, "{:?}", store.tickets(&all_tickets, 2).unwrap()).unwrap();
    answered(store, page, &mut said);
    within(store, page, &mut said);
    for key in all {
        lives(store, key, &mut said);
        let record = ("c".to_owned(), format!("n{key}"));
        writeln!(said, "{:?}", store.latest_raw(std::slice::from_ref(&record)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.heads_by_number(std::slice::from_ref(&record)).unwrap()).unwrap();
        let contents: Vec<_> = (0..9).map(|digest| ("c".to_owned(), format!("n{key}"), [digest; 16])).collect();
        let mut contents: Vec<_> = store.raw_with_content(&contents).unwrap().into_iter().collect();
        contents.sort_by_key(|(_, view)| view.id);
        writeln!(said, "{contents:?} {:?}", store.came_with(ComplaintKey(key), FileMark(1)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.members(TicketKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.merge_events(TicketKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.statements_of(&[ComplaintKey(key), ComplaintKey(key + 1)]).unwrap()).unwrap();
        writeln!(said, "{:?} {:?}", store.review(ReviewKey(key)).unwrap(), store.quarantined(RawKey(key)).unwrap())
            .unwrap();
        writeln!(said, "{:?}", store.files_of(ComplaintKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.files_of_records(&[RawKey(key), RawKey(key + 1)]).unwrap()).unwrap();
        writeln!(said, "{:?}", store.last_answer(ComplaintKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.complaint_about("c", &format!("n{key}"), 1).unwrap()).unwrap();
        writeln!(said, "{:?}", store.last_statuses(&[TicketKey(key)]).unwrap()).unwrap();
        writeln!(said, "{:?}", store.last_said(TicketKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.reply_view(ReplyKey(key)).unwrap()).unwrap();
        writeln!(said, "{:?}", store.statuses_known(&[(TicketKey(key), "p", "u")]).unwrap()).unwrap();
    }
    writeln!(said, "{:?}", store.undecided(RawKey(0), 9).unwrap()).unwrap();
    writeln!(said, "{:?}", store.complaints_of_person(&[1, 7_001, 7_002]).unwrap()).unwrap();
    writeln!(said, "{:?}", store.finished_before(at(9_999), 9).unwrap()).unwrap();
    due(store, &mut said);
    writeln!(said, "{:?}", store.list_tickets(&TicketFilter::default(), page).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.open_reviews(page).unwrap(), store.answered_reviews(page).unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.quarantine(None, page).unwrap(), store.position("c").unwrap()).unwrap();
    writeln!(said, "{:?} {:?}", store.warnings(None, None, page).unwrap(), store.source_files(None, page).unwrap())
        .unwrap();
    searched(store, &mut said);
    for (state, _) in ReplyState::ALL {
        writeln!(said, "{:?}", store.list_replies(state, page).unwrap()).unwrap();
    }
    for message in store.pending_messages(0, 99, &mut |_| true).unwrap().0 {
        let body: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        writeln!(said, "{} {} {} {body}", message.id, message.message_id, message.ticket).unwrap();
    }
    said
}

/// Takes steps of which nothing is known but that most are possible.
pub fn filled(store: &mut dyn Store) {
    let mut dice = Dice(7);
    for _ in 0..2 * STEPS {
        // A step that is not possible changes nothing.
        drop(store.commit(part(&mut dice)));
        consume(store, dice.below(10));
    }
}

/// Has an engine and the model take the same steps, and holds all that they say against each other.
fn agrees_with_the_model(seeds: u64, open: impl Fn() -> Engine) {
    let mut commits = 0;
    for seed in 0..seeds {
        let (mut dice, mut engine, mut model) = (Dice(seed), open(), Engine::model());
        for step in 0..STEPS {
            engine.number_alike(true);
            if dice.often() {
                let ahead = part(&mut dice);
                for engine in [&mut engine, &mut model] {
                    engine.writer.write_ahead(ahead.clone()).unwrap();
                    if step % 5 == 0 {
                        engine.writer.abandon();
                        // What writes hears of it later; it has when another step is there.
                        engine.writer.commit(Changes::default()).unwrap();
                        engine.number_alike(false);
                    }
                }
            }
            let (changes, choice) = (part(&mut dice), dice.below(10));
            let [of_engine, of_model] = [&mut engine, &mut model].map(|engine| {
                let committed = engine.writer.commit(changes.clone()).is_ok();
                engine.number_alike(committed);
                consume(&mut *engine.writer, choice);
                (committed, said(&mut *engine.writer))
            });
            commits += u64::from(of_engine.0);
            if of_engine != of_model {
                let lines = of_engine.1.lines().zip(of_model.1.lines());
                let different = lines.filter(|(a, b)| a != b).map(|(a, b)| format!("- {a}\n+ {b}\n"));
                let (a, b) = (of_engine.0, of_model.0);
                panic!("seed {seed}, step {step}: {a}, {b}\n{changes:#?}\n{}", different.collect::<String>());
            }
            let kept = wrong(&mut *engine.writer, false);
            for derived in ["index of words", "answers kept", "topics kept"] {
                assert!(!kept.contains(&derived), "seed {seed}, step {step}: {derived}: {changes:#?}");
            }
        }
    }
    assert!(commits > seeds * STEPS / 3, "most steps must be possible: {commits}");
}

#[test]
fn sqlite_and_the_model_agree_on_random_steps() {
    agrees_with_the_model(20, Engine::sqlite_in_memory);
}

#[test]
fn postgresql_and_the_model_agree_on_random_steps() {
    // What all is asked for after each step takes a server a hundred times as long.
    if Engine::postgres().is_some() {
        agrees_with_the_model(2, || Engine::postgres().unwrap());
    }
}
