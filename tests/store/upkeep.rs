//! Upkeep.

use huiliu::audit::AuditAction;
use huiliu::store::{Changes, FindingState, PauseRow, Store, TokenRow};
use huiliu::ticket::Status;

use crate::audit::entry;
use crate::rows::{at, lones, message, reply, ticket};

/// Checks that did not find things in order.
pub fn wrong(store: &mut dyn Store, repair: bool) -> Vec<&'static str> {
    let findings = store.examine(repair).unwrap();
    let wrong = findings.into_iter().filter(|finding| finding.state == FindingState::Wrong);
    wrong.map(|finding| finding.check).collect()
}

pub fn tokens_are_replaced_and_removed_by_name(store: &mut dyn Store) {
    let token =
        |name: &str, role: &str| TokenRow { name: name.into(), role: role.into(), hash: vec![1, 2], created_at: at(1) };
    for row in [token("b", "viewer"), token("a", "viewer"), token("b", "admin")] {
        store.put_token(&row, &entry(AuditAction::NewToken, "ann", 1)).unwrap();
    }
    assert_eq!(store.tokens().unwrap(), [token("a", "viewer"), token("b", "admin")]);
    let gone = entry(AuditAction::RemoveToken, "ann", 1);
    assert!(store.remove_token("a", &gone).unwrap() && !store.remove_token("a", &gone).unwrap());
    assert_eq!(store.tokens().unwrap().len(), 1);
}

pub fn a_channel_is_paused_once_and_goes_on(store: &mut dyn Store) {
    let pause = |channel: &str, reason: &str| PauseRow {
        channel: channel.into(),
        at: at(7),
        actor: "ann".into(),
        reason: reason.into(),
    };
    let (on, off) = (entry(AuditAction::PauseChannel, "ann", 7), entry(AuditAction::ResumeChannel, "bob", 8));
    assert!(store.pause(&pause("sms", "升级"), &on).unwrap() && store.pause(&pause("hotline", ""), &on).unwrap());
    assert!(!store.pause(&pause("sms", "又一次"), &on).unwrap(), "who paused it first, and why, stays");
    assert_eq!(store.pauses().unwrap(), [pause("hotline", ""), pause("sms", "升级")]);
    assert!(store.resume("sms", &off).unwrap() && !store.resume("sms", &off).unwrap());
    assert_eq!(store.pauses().unwrap(), [pause("hotline", "")]);
    assert_eq!(store.check_audit(&[]).unwrap().entries, 3, "what changed nothing is not in the log");
}

pub fn a_whole_store_is_found_to_be_fine(store: &mut dyn Store) {
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    lones(store, 1..=3);
    let changes = Changes {
        tickets: vec![ticket(1, 1, Status::Resolved)],
        replies: vec![reply("r", 1, "c", 2_000)],
        outbox: vec![message("m", 1)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    assert_eq!(store.reseal(10).unwrap(), 0, "all of it is sealed with the current key");
}

pub fn a_wrong_count_is_found_and_mended(store: &mut dyn Store) {
    lones(store, [1]);
    store.commit(Changes { tickets: vec![ticket(1, 5, Status::Open)], ..Changes::default() }).unwrap();
    assert_eq!(wrong(store, false), ["ledger", "complaint counts of tickets"]);
    store.examine(true).unwrap();
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

pub fn a_lost_answer_is_found(store: &mut dyn Store) {
    lones(store, [1]);
    store.commit(Changes { tickets: vec![ticket(1, 1, Status::Closed)], ..Changes::default() }).unwrap();
    assert_eq!(wrong(store, false), ["answers"]);
}

pub fn published_messages_are_forgotten_in_time(store: &mut dyn Store) {
    lones(store, [1]);
    let outbox = ["a", "b", "c"].map(|id| message(id, 1)).to_vec();
    store.commit(Changes { outbox, ..Changes::default() }).unwrap();
    store.mark_published(&[1], at(10)).unwrap();
    store.mark_published(&[2], at(20)).unwrap();
    assert_eq!(store.forget_published(at(20)).unwrap(), 1, "before, not at");
    assert_eq!(store.queue_counts().unwrap().outbox, 1);
}
