//! What states, outcomes and kinds are called by people, by the names that they have in documents. One that is not known here stays as
//! it is.

use super::{Locale, say};

/// How a reply stands.
#[must_use]
pub fn reply(locale: Locale, name: &str) -> String {
    match name {
        "pending" => say!(in locale; "reply-pending"),
        "sent" => say!(in locale; "reply-sent"),
        "dead" => say!(in locale; "reply-dead"),
        "no_route" => say!(in locale; "reply-no-route"),
        "held" => say!(in locale; "reply-held"),
        "by_hand" => say!(in locale; "reply-by-hand"),
        "told" => say!(in locale; "reply-told"),
        other => other.to_owned(),
    }
}

/// Where a topic stands.
#[must_use]
pub fn topic(locale: Locale, name: &str) -> String {
    match name {
        "open" => say!(in locale; "topic-is-open"),
        "consulted" => say!(in locale; "topic-is-consulted"),
        "decided" => say!(in locale; "topic-is-decided"),
        "adopted" => say!(in locale; "topic-is-adopted"),
        "rejected" => say!(in locale; "topic-is-rejected"),
        "closed" => say!(in locale; "topic-is-closed"),
        other => other.to_owned(),
    }
}

/// How a delivery stands.
#[must_use]
pub fn delivery(locale: Locale, name: &str) -> String {
    match name {
        "pending" => say!(in locale; "delivery-is-pending"),
        "sent" => say!(in locale; "delivery-is-sent"),
        "dead" => say!(in locale; "delivery-is-dead"),
        other => other.to_owned(),
    }
}

/// How a status update was judged.
#[must_use]
pub fn verdict(locale: Locale, name: &str) -> String {
    match name {
        "accepted" => say!(in locale; "verdict-accepted"),
        "submitted" => say!(in locale; "verdict-submitted"),
        "repeated" => say!(in locale; "verdict-repeated"),
        "late" => say!(in locale; "verdict-late"),
        other => other.to_owned(),
    }
}

/// Why a status update was refused.
#[must_use]
pub fn refusal(locale: Locale, name: &str) -> String {
    match name {
        "unreadable" => say!(in locale; "refusal-unreadable"),
        "no_feed" => say!(in locale; "refusal-no-feed"),
        "read_only" => say!(in locale; "refusal-read-only"),
        "other_user" => say!(in locale; "refusal-other-user"),
        "other_unit" => say!(in locale; "refusal-other-unit"),
        "own_unit" => say!(in locale; "refusal-own-unit"),
        "other_token" => say!(in locale; "refusal-other-token"),
        "ahead" => say!(in locale; "refusal-ahead"),
        "deadline" => say!(in locale; "refusal-deadline"),
        "not_sent" => say!(in locale; "refusal-not-sent"),
        "left" => say!(in locale; "refusal-left"),
        "no_ticket" => say!(in locale; "refusal-no-ticket"),
        "absorbed" => say!(in locale; "refusal-absorbed"),
        "not_behind" => say!(in locale; "refusal-not-behind"),
        "not_allowed" => say!(in locale; "refusal-not-allowed"),
        "damaged" => say!(in locale; "refusal-damaged"),
        other => other.to_owned(),
    }
}

/// What became of a record.
#[must_use]
pub fn became(locale: Locale, name: &str) -> String {
    match name {
        "received" => say!(in locale; "became-received"),
        "complaint" => say!(in locale; "became-complaint"),
        "amendment" => say!(in locale; "became-amendment"),
        "follow_up" => say!(in locale; "became-follow-up"),
        "discarded" => say!(in locale; "discarded"),
        "erased" => say!(in locale; "became-erased"),
        "quarantined" => say!(in locale; "quarantined"),
        other => other.to_owned(),
    }
}

/// What put a complaint to a ticket or took it away.
#[must_use]
pub fn merge_event(locale: Locale, name: &str) -> String {
    match name {
        "auto" => say!(in locale; "merge-auto"),
        "merge" => say!(in locale; "merge-merge"),
        "split" => say!(in locale; "merge-split"),
        "pin" => say!(in locale; "merge-pin"),
        "unpin" => say!(in locale; "merge-unpin"),
        "move" => say!(in locale; "merge-move"),
        "undo" => say!(in locale; "merge-undo"),
        other => other.to_owned(),
    }
}

/// What happened to a ticket, in a word.
#[must_use]
pub fn event(locale: Locale, name: &str) -> String {
    match name {
        "created" => say!(in locale; "event-created"),
        "joined" => say!(in locale; "event-joined"),
        "amended" => say!(in locale; "event-amended"),
        "split" => say!(in locale; "event-split"),
        "absorbed" => say!(in locale; "event-absorbed"),
        "left" => say!(in locale; "event-left"),
        "status" => say!(in locale; "event-status"),
        "notice" => say!(in locale; "event-notice"),
        "callback-due" => say!(in locale; "event-callback-due"),
        "surge" => say!(in locale; "event-surge"),
        "warned" => say!(in locale; "event-warned"),
        "topic" => say!(in locale; "event-topic"),
        "held" => say!(in locale; "event-held"),
        "submitted" => say!(in locale; "event-submitted"),
        "sent_back" => say!(in locale; "event-sent-back"),
        "assigned" => say!(in locale; "event-assigned"),
        "escalated" => say!(in locale; "event-escalated"),
        "whistled" => say!(in locale; "event-whistled"),
        "responded" => say!(in locale; "event-responded"),
        "scored" => say!(in locale; "event-scored"),
        "instructed" => say!(in locale; "event-instructed"),
        "claimed" => say!(in locale; "event-claimed"),
        "reminder" => say!(in locale; "event-reminder"),
        "rated" => say!(in locale; "event-rated"),
        "reopened" => say!(in locale; "event-reopened"),
        "urged" => say!(in locale; "event-urged"),
        "withdrawn" => say!(in locale; "event-withdrawn"),
        "closed" => say!(in locale; "event-closed"),
        other => other.to_owned(),
    }
}

/// What of a matter there can be too much of to be told.
#[must_use]
pub fn life(locale: Locale, name: &str) -> String {
    match name {
        "message" => say!(in locale; "life-message"),
        "delivery" => say!(in locale; "life-delivery"),
        "update" => say!(in locale; "life-update"),
        "refused_update" => say!(in locale; "life-refused-update"),
        "rerouted" => say!(in locale; "life-rerouted"),
        "notice" => say!(in locale; "life-notice"),
        "complaint" => say!(in locale; "life-complaint"),
        other => other.to_owned(),
    }
}

/// What somebody did, as the audit log names it.
#[must_use]
pub fn audit_action(locale: Locale, name: &str) -> String {
    match name {
        "ticket.split" => say!(in locale; "audit-ticket-split"),
        "ticket.merge" => say!(in locale; "audit-ticket-merge"),
        "ticket.move" => say!(in locale; "audit-ticket-move"),
        "ticket.undo" => say!(in locale; "audit-ticket-undo"),
        "ticket.pin" => say!(in locale; "audit-ticket-pin"),
        "ticket.unpin" => say!(in locale; "audit-ticket-unpin"),
        "review.answer" => say!(in locale; "audit-review-answer"),
        "citizen.erase" => say!(in locale; "audit-citizen-erase"),
        "citizen.export" => say!(in locale; "audit-citizen-export"),
        "ticket.send" => say!(in locale; "audit-ticket-send"),
        "ticket.rate" => say!(in locale; "audit-ticket-rate"),
        "callback.note" => say!(in locale; "audit-callback-note"),
        "topic.new" => say!(in locale; "audit-topic-new"),
        "topic.add" => say!(in locale; "audit-topic-add"),
        "topic.decide" => say!(in locale; "audit-topic-decide"),
        "topic.follow_up" => say!(in locale; "audit-topic-follow-up"),
        "topic.look" => say!(in locale; "audit-topic-look"),
        "reward.look" => say!(in locale; "audit-reward-look"),
        "callback.look" => say!(in locale; "audit-callback-look"),
        "ticket.release" => say!(in locale; "audit-ticket-release"),
        "answer.approve" => say!(in locale; "audit-answer-approve"),
        "answer.send_back" => say!(in locale; "audit-answer-send-back"),
        "reply.retry" => say!(in locale; "audit-reply-retry"),
        "reply.told" => say!(in locale; "audit-reply-told"),
        "quarantine.replay" => say!(in locale; "audit-quarantine-replay"),
        "quarantine.discard" => say!(in locale; "audit-quarantine-discard"),
        "delivery.retry" => say!(in locale; "audit-delivery-retry"),
        "delivery.discard" => say!(in locale; "audit-delivery-discard"),
        "channel.follow" => say!(in locale; "audit-channel-follow"),
        "channel.pause" => say!(in locale; "audit-channel-pause"),
        "channel.resume" => say!(in locale; "audit-channel-resume"),
        "channel.pull" => say!(in locale; "audit-channel-pull"),
        "channel.test" => say!(in locale; "audit-channel-test"),
        "channel.import" => say!(in locale; "audit-channel-import"),
        other => audit_upkeep(locale, other),
    }
}

fn audit_upkeep(locale: Locale, name: &str) -> String {
    match name {
        "gateway.start" => say!(in locale; "audit-gateway-start"),
        "pack.reload" => say!(in locale; "audit-pack-reload"),
        "pack.rollback" => say!(in locale; "audit-pack-rollback"),
        "pack.draft" => say!(in locale; "audit-pack-draft"),
        "pack.draft_removed" => say!(in locale; "audit-pack-draft-removed"),
        "pack.publish" => say!(in locale; "audit-pack-publish"),
        "pack.look" => say!(in locale; "audit-pack-look"),
        "list.export" => say!(in locale; "audit-list-export"),
        "ticket.look" => say!(in locale; "audit-ticket-look"),
        "complaint.look" => say!(in locale; "audit-complaint-look"),
        "life.look" => say!(in locale; "audit-life-look"),
        "reply.look" => say!(in locale; "audit-reply-look"),
        "review.look" => say!(in locale; "audit-review-look"),
        "quarantine.look" => say!(in locale; "audit-quarantine-look"),
        "warning.look" => say!(in locale; "audit-warning-look"),
        "report.look" => say!(in locale; "audit-report-look"),
        "file.fetch" => say!(in locale; "audit-file-fetch"),
        "token.new" => say!(in locale; "audit-token-new"),
        "token.replace" => say!(in locale; "audit-token-replace"),
        "token.remove" => say!(in locale; "audit-token-remove"),
        "keys.rotate" => say!(in locale; "audit-keys-rotate"),
        "store.move" => say!(in locale; "audit-store-move"),
        "store.repair" => say!(in locale; "audit-store-repair"),
        "ticket.update" => say!(in locale; "audit-ticket-update"),
        "person.new" => say!(in locale; "audit-person-new"),
        "person.change" => say!(in locale; "audit-person-change"),
        "person.remove" => say!(in locale; "audit-person-remove"),
        "person.look" => say!(in locale; "audit-person-look"),
        "password.change" => say!(in locale; "audit-password-change"),
        "logout" => say!(in locale; "audit-logout"),
        "login" => say!(in locale; "audit-login"),
        "access" => say!(in locale; "audit-access"),
        "audit.read" => say!(in locale; "audit-audit-read"),
        other => other.to_owned(),
    }
}

/// What a token or a person may do.
#[must_use]
pub fn role(locale: Locale, name: &str) -> String {
    match name {
        "auditor" => say!(in locale; "account-role-auditor"),
        "security" => say!(in locale; "account-role-security"),
        "platform" => say!(in locale; "account-role-platform"),
        "viewer" => say!(in locale; "account-role-viewer"),
        "clerk" => say!(in locale; "account-role-clerk"),
        "operator" => say!(in locale; "account-role-operator"),
        "admin" => say!(in locale; "account-role-admin"),
        other => other.to_owned(),
    }
}

/// Why a complaint that is finished was not answered.
#[must_use]
pub fn unanswered(locale: Locale, name: &str) -> String {
    match name {
        "waiting" => say!(in locale; "console-why-waiting"),
        "channel_off" => say!(in locale; "console-why-channel-off"),
        "held" => say!(in locale; "console-why-held"),
        "dead" => say!(in locale; "console-why-dead"),
        "by_hand" => say!(in locale; "console-why-by-hand"),
        "no_route" => say!(in locale; "console-why-no-route"),
        "erased" => say!(in locale; "console-why-erased"),
        "withdrawn" => say!(in locale; "console-why-withdrawn"),
        "closed" => say!(in locale; "console-why-closed"),
        "past" => say!(in locale; "console-why-past"),
        "missing" => say!(in locale; "console-why-missing"),
        other => other.to_owned(),
    }
}

/// How the reading of a source file stands.
#[must_use]
pub fn file(locale: Locale, name: &str) -> String {
    match name {
        "reading" => say!(in locale; "console-file-reading"),
        "done" => say!(in locale; "console-file-done"),
        "failed" => say!(in locale; "console-file-failed"),
        other => other.to_owned(),
    }
}

/// How something that was done ended.
#[must_use]
pub fn outcome(locale: Locale, name: &str) -> String {
    match name {
        "done" => say!(in locale; "console-outcome-done"),
        "refused" => say!(in locale; "console-outcome-refused"),
        other => other.to_owned(),
    }
}

/// What watching tells of.
#[must_use]
pub fn alert(locale: Locale, name: &str) -> String {
    match name {
        "surge" => say!(in locale; "console-surges"),
        "warning" => say!(in locale; "console-keyword-warnings"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditAction;
    use crate::ticket::EventKind;

    #[test]
    fn every_action_and_event_has_a_name_in_both_languages() {
        for (_, name) in AuditAction::ALL {
            let [zh, en] = [Locale::Zh, Locale::En].map(|locale| audit_action(locale, name));
            assert!(zh != *name && en != *name && zh != en, "{name}: {zh}, {en}");
        }
        for word in EventKind::ALL.map(EventKind::word) {
            let [zh, en] = [Locale::Zh, Locale::En].map(|locale| event(locale, word));
            assert!(zh != word && zh != en, "{word}: {zh}, {en}");
        }
        assert_eq!(event(Locale::Zh, "of a later version"), "of a later version");
    }
}
