//! What people call states, kinds and members, by the names that documents have for them.

use super::columns;
use huiliu_domain::catalogue::{Locale, say, states};
use huiliu_domain::merge::Guard;
use huiliu_domain::ticket::Status;

/// What people call a state or a kind, by the name that it has in documents.
pub(super) fn word(locale: Locale, kind: &str, name: &str) -> String {
    match kind {
        "status" => locale.pick(
            Status::from_wire(name).map_or_else(|| name.to_owned(), |known| known.zh().to_owned()),
            name.replace('_', " "),
        ),
        "reply" => states::reply(locale, name),
        "topic" => states::topic(locale, name),
        "verdict" => states::verdict(locale, name),
        "extension" => extension(locale, name),
        "delivery" => states::delivery(locale, name),
        "merge" => states::merge_event(locale, name),
        "audit" => states::audit_action(locale, name),
        "channel" => channel(locale, name),
        "feed" => feed(locale, name),
        "carrier" => carrier(locale, name),
        "advice" => advice(locale, name),
        "standing" => standing(locale, name),
        "becomes" => becomes(locale, name),
        "role" => states::role(locale, name),
        "scope" => scope(locale, name),
        "unanswered" => states::unanswered(locale, name),
        "guard" => {
            Guard::named(name).map_or_else(|| name.to_owned(), |guard| locale.pick(guard.zh(), guard.en()).to_owned())
        }
        "rating" => rating(locale, name),
        "change" => change(locale, name),
        "rhythm" => rhythm(locale, name),
        "file" => states::file(locale, name),
        "member" => member(locale, name),
        "column" => columns::column(locale, name),
        "preview" => columns::of_preview(locale, name),
        "made" => columns::made(locale, name),
        _ => locale.pick(name.to_owned(), name.replace('_', " ")),
    }
}

/// How a request for a later deadline stands.
fn extension(locale: Locale, name: &str) -> String {
    match name {
        "asked" => say!(in locale; "console-extension-asked"),
        "granted" => say!(in locale; "console-extension-granted"),
        "refused" => say!(in locale; "console-extension-refused"),
        other => other.to_owned(),
    }
}

fn scope(locale: Locale, name: &str) -> String {
    match name {
        "districts" => say!(in locale; "account-scope-districts"),
        "departments" => say!(in locale; "account-scope-departments"),
        "categories" => say!(in locale; "account-scope-categories"),
        "channels" => say!(in locale; "account-scope-channels"),
        other => other.to_owned(),
    }
}

fn channel(locale: Locale, name: &str) -> String {
    match name {
        "starting" => say!(in locale; "console-is-starting"),
        "running" => say!(in locale; "console-is-running"),
        "failing" => say!(in locale; "console-is-failing"),
        "down" => say!(in locale; "console-is-down"),
        "stopped" => say!(in locale; "console-is-stopped"),
        "paused" => say!(in locale; "console-is-paused"),
        other => other.to_owned(),
    }
}

/// How a feed, or the broker, stands.
fn feed(locale: Locale, name: &str) -> String {
    match name {
        "running" => say!(in locale; "console-is-running"),
        "late" => say!(in locale; "console-is-late"),
        "failing" => say!(in locale; "console-is-failing"),
        "stopped" => say!(in locale; "console-is-stopped"),
        "connected" => say!(in locale; "console-is-connected"),
        "blocked" => say!(in locale; "console-is-blocked"),
        "away" => say!(in locale; "console-is-away"),
        other => other.to_owned(),
    }
}

fn carrier(locale: Locale, name: &str) -> String {
    match name {
        "amqp" => say!(in locale; "console-by-broker"),
        "http" => say!(in locale; "console-by-pull"),
        "sent" => say!(in locale; "console-by-sending"),
        "none" => say!(in locale; "console-by-nothing"),
        other => other.to_owned(),
    }
}

/// What to do about an error of a channel's source, by its kind.
fn advice(locale: Locale, kind: &str) -> String {
    match kind {
        "transient" => say!(in locale; "console-advice-transient"),
        "refused" => say!(in locale; "console-advice-refused"),
        "misconfigured" => say!(in locale; "console-advice-misconfigured"),
        "gone" => say!(in locale; "console-advice-gone"),
        _ => String::new(),
    }
}

/// How something that was tried stands.
fn standing(locale: Locale, name: &str) -> String {
    match name {
        "works" => say!(in locale; "console-test-works"),
        "note" => say!(in locale; "console-test-note"),
        "fails" => say!(in locale; "console-test-fails"),
        other => other.to_owned(),
    }
}

fn becomes(locale: Locale, name: &str) -> String {
    match name {
        "complaint" => say!(in locale; "console-becomes-complaint"),
        "follow_up" => say!(in locale; "console-becomes-follow-up"),
        "discarded" => say!(in locale; "console-becomes-discarded"),
        "set_aside" => say!(in locale; "console-becomes-set-aside"),
        other => other.to_owned(),
    }
}

fn rating(locale: Locale, name: &str) -> String {
    match name {
        "satisfied" => say!(in locale; "console-satisfied"),
        "fair" => say!(in locale; "console-fair"),
        "dissatisfied" => say!(in locale; "console-dissatisfied"),
        "citizen" => say!(in locale; "console-by-citizen"),
        "supervisor" => say!(in locale; "console-by-supervisor"),
        "call_back" => say!(in locale; "console-by-call-back"),
        "restarted" => say!(in locale; "console-restarted"),
        "too_often" => say!(in locale; "console-too-often"),
        "too_late" => say!(in locale; "console-too-late"),
        "noted" => say!(in locale; "console-noted"),
        other => other.to_owned(),
    }
}

fn change(locale: Locale, name: &str) -> String {
    match name {
        "added" => say!(in locale; "console-added"),
        "removed" => say!(in locale; "console-removed"),
        "changed" => say!(in locale; "console-changed"),
        "start" => say!(in locale; "console-cause-start"),
        "reload" => say!(in locale; "console-cause-reload"),
        "rollback" => say!(in locale; "console-cause-rollback"),
        "publish" => say!(in locale; "console-cause-publish"),
        "done" | "refused" => states::outcome(locale, name),
        "new" => say!(in locale; "console-trend-new"),
        "up" => say!(in locale; "console-trend-up"),
        "level" => say!(in locale; "console-trend-level"),
        "down" => say!(in locale; "console-trend-down"),
        other => other.to_owned(),
    }
}

fn rhythm(locale: Locale, name: &str) -> String {
    match name {
        "day" => say!(in locale; "console-day"),
        "week" => say!(in locale; "console-week"),
        "month" => say!(in locale; "console-month"),
        "quarter" => say!(in locale; "console-quarter"),
        "half" => say!(in locale; "console-half"),
        "year" => say!(in locale; "console-year"),
        "weekly" => say!(in locale; "console-weekly"),
        "monthly" => say!(in locale; "console-monthly"),
        "quarterly" => say!(in locale; "console-quarterly"),
        "half_yearly" => say!(in locale; "console-half-yearly"),
        "yearly" => say!(in locale; "console-yearly"),
        other => other.to_owned(),
    }
}

/// What a form calls its members; those that say nothing to people have no name.
fn member(locale: Locale, name: &str) -> String {
    match name {
        "ticket" => say!(in locale; "console-ticket"),
        "receipt" => say!(in locale; "console-receipt"),
        "reason" => say!(in locale; "console-reason"),
        "to" => say!(in locale; "console-send-to"),
        "feed" => say!(in locale; "console-in-name-of"),
        "status" => say!(in locale; "console-status"),
        "result" => say!(in locale; "console-tell-citizen"),
        "unit" => say!(in locale; "console-unit"),
        "units" => say!(in locale; "console-units"),
        "words" => say!(in locale; "console-words-of"),
        "due_at" => say!(in locale; "console-until"),
        "how" => say!(in locale; "console-how-told"),
        "text" => say!(in locale; "console-other-words"),
        "destination" => say!(in locale; "console-destination"),
        "channel" => say!(in locale; "console-channel"),
        "raw" => say!(in locale; "console-quarantine"),
        "draft" => say!(in locale; "console-drafts"),
        "revision" => say!(in locale; "console-revision"),
        _ => String::new(),
    }
}
