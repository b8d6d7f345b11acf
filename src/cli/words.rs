//! Names that stand in documents, as people read them. One that is not known here stays as it is.

use crate::catalogue::{Locale, say, states};
use crate::ticket::Status;

/// How a channel stands.
pub(super) fn channel_state(name: &str) -> String {
    match name {
        "starting" => say!("state-starting"),
        "running" => say!("state-running"),
        "failing" => say!("state-failing"),
        "down" => say!("state-down"),
        "stopped" => say!("state-stopped"),
        "paused" => say!("state-paused"),
        other => other.to_owned(),
    }
}

/// What kind of error a channel met.
pub(super) fn error_kind(name: &str) -> String {
    match name {
        "transient" => say!("kind-transient"),
        "refused" => say!("kind-refused"),
        "misconfigured" => say!("kind-misconfigured"),
        "gone" => say!("kind-gone"),
        _ => say!("kind-other"),
    }
}

/// How the answer to a call was judged.
pub(super) fn judged(name: &str) -> String {
    match name {
        "success" => say!("judged-success"),
        "not_modified" => say!("judged-not-modified"),
        "busy" => say!("judged-busy"),
        "refused" => say!("judged-refused"),
        "misconfigured" => say!("judged-misconfigured"),
        "gone" => say!("judged-gone"),
        "login_expired" => say!("judged-login-expired"),
        "unreadable" => say!("judged-unreadable"),
        "no_answer" => say!("judged-no-answer"),
        other => other.to_owned(),
    }
}

/// What became of a record.
pub(super) fn became(name: &str) -> String {
    states::became(Locale::of_process(), name)
}

/// What put a complaint to a ticket or took it away.
pub(super) fn merge_event(name: &str) -> String {
    states::merge_event(Locale::of_process(), name)
}

/// Why a city pack went live.
pub(super) fn pack_cause(name: &str) -> String {
    match name {
        "start" => say!("pack-start"),
        "reload" => say!("pack-reload"),
        "rollback" => say!("pack-rollback"),
        "publish" => say!("pack-publish"),
        other => other.to_owned(),
    }
}

/// How a file of a city pack differs.
pub(super) fn file_change(name: &str) -> String {
    match name {
        "added" => say!("pack-added"),
        "removed" => say!("pack-removed"),
        "changed" => say!("pack-changed"),
        other => other.to_owned(),
    }
}

/// How something in the audit log ended.
pub(super) fn audit_outcome(name: &str) -> String {
    match name {
        "done" => say!("audit-done"),
        "refused" => say!("audit-refused"),
        other => other.to_owned(),
    }
}

/// What is wrong with the audit log.
pub(super) fn audit_break(name: &str) -> String {
    match name {
        "changed" => say!("audit-changed"),
        "missing" => say!("audit-missing"),
        "unreadable" => say!("audit-unreadable"),
        "cut_off" => say!("audit-cut-off"),
        "ends_forged" => say!("audit-ends-forged"),
        "not_of_checkpoint" => say!("audit-not-of-checkpoint"),
        other => other.to_owned(),
    }
}

/// What a ticket waits for.
pub(super) fn waits_before(name: &str) -> String {
    match name {
        "dispatch" => say!("waits-before-dispatch"),
        "closing" => say!("waits-before-closing"),
        other => other.to_owned(),
    }
}

/// What happened to a ticket, in a word.
pub(super) fn event(name: &str) -> String {
    states::event(Locale::of_process(), name)
}

/// What `huiliu doctor` looked at.
pub(super) fn check(name: &str) -> String {
    match name {
        "database file" => say!("check-database-file"),
        "ledger" => say!("check-ledger"),
        "complaints without ticket" => say!("check-complaints-without-ticket"),
        "complaints in absorbed tickets" => say!("check-complaints-in-absorbed-tickets"),
        "complaints without raw record" => say!("check-complaints-without-raw-record"),
        "raw records without their complaint" => say!("check-raw-records-without-their-complaint"),
        "quarantine entries without raw record" => say!("check-quarantine-entries-without-raw-record"),
        "quarantined records without entry" => say!("check-quarantined-records-without-entry"),
        "files without raw record" => say!("check-files-without-raw-record"),
        "warnings without raw record" => say!("check-warnings-without-raw-record"),
        "replies without complaint" => say!("check-replies-without-complaint"),
        "complaint counts of tickets" => say!("check-complaint-counts-of-tickets"),
        "outbox against tickets" => say!("check-outbox-against-tickets"),
        "answers" => say!("check-answers"),
        "answers kept" => say!("check-answers-kept"),
        "topics kept" => say!("check-topics-kept"),
        "deliveries against tickets" => say!("check-deliveries-against-tickets"),
        "audit log" => say!("check-audit-log"),
        "answers by hand" => say!("check-answers-by-hand"),
        "stored names" => say!("check-stored-names"),
        "index of words" => say!("check-index-of-words"),
        "sealed content" => say!("check-sealed-content"),
        other => other.to_owned(),
    }
}

/// Why a citizen behind a finished ticket was not answered.
pub(super) fn why_unanswered(name: &str) -> String {
    match name {
        "waiting" => say!("unanswered-waiting"),
        "channel_off" => say!("unanswered-channel-off"),
        "held" => say!("unanswered-held"),
        "dead" => say!("unanswered-dead"),
        "by_hand" => say!("unanswered-by-hand"),
        "no_route" => say!("unanswered-no-route"),
        "erased" => say!("unanswered-erased"),
        "withdrawn" => say!("unanswered-withdrawn"),
        "closed" => say!("unanswered-closed"),
        "past" => say!("unanswered-past"),
        "missing" => say!("unanswered-missing"),
        other => other.to_owned(),
    }
}

/// How a citizen is called back.
pub(super) fn call_back_way(name: &str) -> String {
    match name {
        "page" => say!("callback-page"),
        "sms" => say!("callback-sms"),
        "person" => say!("callback-person"),
        other => other.to_owned(),
    }
}

/// Where a topic stands.
pub(super) fn topic(name: &str) -> String {
    states::topic(Locale::of_process(), name)
}

/// Whether something grows.
pub(super) fn trend(name: &str) -> String {
    match name {
        "new" => say!("watch-trend-new"),
        "up" => say!("watch-trend-up"),
        "down" => say!("watch-trend-down"),
        _ => say!("watch-trend-level"),
    }
}

/// Why a citizen has to be told by a person.
pub(super) fn why_by_hand(name: &str) -> String {
    match name {
        "by_setting" => say!("by-hand-by-setting"),
        "no_telephone" => say!("by-hand-no-telephone"),
        "no_way_back" => say!("by-hand-no-way"),
        other => other.to_owned(),
    }
}

/// On what way events reach a feed or destination.
pub(super) fn carrier(name: &str) -> String {
    match name {
        "http" => say!("carrier-pulled"),
        "sent" => say!("carrier-sent"),
        other => other.to_owned(),
    }
}

/// Where a ticket stands.
pub(super) fn status(name: &str) -> String {
    let known = Status::from_wire(name).filter(|_| Locale::of_process() == Locale::Zh);
    known.map_or_else(|| name.replace('_', " "), |status| status.zh().to_owned())
}

/// What somebody did.
pub(super) fn audit_action(name: &str) -> String {
    states::audit_action(Locale::of_process(), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::store::{Database, KeyRing, Vault, open};

    #[test]
    fn every_check_of_a_store_has_a_name_of_its_own() {
        let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
        let mut store = open(&Database::SqliteInMemory, vault).unwrap().writer;
        let found = store.examine(false).unwrap();
        assert!(found.len() > 15, "{found:?}");
        for finding in found {
            let id = format!("check-{}", finding.check.replace(' ', "-"));
            let named = Catalogue::of(Locale::of_process()).find(&id, &[]);
            assert_eq!(named, Some(check(finding.check)), "{id}");
        }
    }
}
