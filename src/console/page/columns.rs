//! What people call the columns of rules, and what differs where a draft is tried on records.

use huiliu_domain::catalogue::{Locale, say};

/// What begins the name of a clock among what differs.
const CLOCK: &str = "clock:";
/// What begins the name of another member of a complaint.
const OF_COMPLAINT: &str = "complaint.";

/// A column of a table of rules, with the name that files have for it.
pub(super) fn column(locale: Locale, name: &str) -> String {
    let called = match name {
        "code" => say!(in locale; "rules-column-code"),
        "name" => say!(in locale; "rules-column-name"),
        "due" => say!(in locale; "rules-column-due"),
        "words" => say!(in locale; "rules-column-words"),
        "without" => say!(in locale; "rules-column-without"),
        "remind_percent" => say!(in locale; "rules-column-remind-percent"),
        "start" => say!(in locale; "rules-column-start"),
        "stop" => say!(in locale; "rules-column-stop"),
        "pause" => say!(in locale; "rules-column-pause"),
        "resume" => say!(in locale; "rules-column-resume"),
        "again" => say!(in locale; "rules-column-again"),
        "limit" => say!(in locale; "rules-column-limit"),
        "alarm" => say!(in locale; "rules-column-alarm"),
        "title" => say!(in locale; "rules-column-title"),
        "to" => say!(in locale; "rules-column-to"),
        "copy" => say!(in locale; "rules-column-copy"),
        "quiet" => say!(in locale; "rules-column-quiet"),
        "when" => say!(in locale; "rules-column-when"),
        "before" => say!(in locale; "rules-column-before"),
        "inhibits" => say!(in locale; "rules-column-inhibits"),
        "always" => say!(in locale; "rules-column-always"),
        "group_minutes" => say!(in locale; "rules-column-group-minutes"),
        "categories" => say!(in locale; "rules-column-categories"),
        "parent" => say!(in locale; "rules-column-parent"),
        "level" => say!(in locale; "rules-column-level"),
        "group" => say!(in locale; "rules-column-group"),
        "basis" => say!(in locale; "rules-column-basis"),
        "department" => say!(in locale; "rules-column-department"),
        "grade" => say!(in locale; "rules-column-grade"),
        "keywords" => say!(in locale; "rules-column-keywords"),
        "domain" => say!(in locale; "rules-column-domain"),
        "aliases" => say!(in locale; "rules-column-aliases"),
        "role" => say!(in locale; "rules-column-role"),
        "unit" => say!(in locale; "rules-column-unit"),
        "district" => say!(in locale; "rules-column-district"),
        "phone" => say!(in locale; "rules-column-phone"),
        "category" => say!(in locale; "rules-column-category"),
        "date" => say!(in locale; "rules-column-date"),
        "day" => say!(in locale; "rules-column-day"),
        _ => return name.to_owned(),
    };
    format!("{called} {name}")
}

/// What differs of a record.
pub(super) fn of_preview(locale: Locale, member: &str) -> String {
    if let Some(clock) = member.strip_prefix(CLOCK) {
        return say!(in locale; "rules-differs-clock", clock = clock);
    }
    if let Some(member) = member.strip_prefix(OF_COMPLAINT) {
        return say!(in locale; "rules-differs-complaint", member = member);
    }
    match member {
        "becomes" => say!(in locale; "rules-differs-becomes"),
        "problems" => say!(in locale; "rules-differs-problems"),
        "kind" => say!(in locale; "rules-differs-kind"),
        "category" => say!(in locale; "rules-differs-category"),
        "district" => say!(in locale; "rules-differs-district"),
        "department" => say!(in locale; "rules-differs-department"),
        "grade" => say!(in locale; "rules-differs-grade"),
        "due_at" => say!(in locale; "rules-differs-due-at"),
        "tags" => say!(in locale; "rules-differs-tags"),
        other => other.to_owned(),
    }
}

/// What a pack makes of a record, by the word that the API has for it; codes and times stay as they are.
pub(super) fn made(locale: Locale, said: &str) -> String {
    match said {
        "complaint" => say!(in locale; "console-becomes-complaint"),
        "follow_up" => say!(in locale; "console-becomes-follow-up"),
        "stated" => say!(in locale; "rules-becomes-stated"),
        "set_aside" => say!(in locale; "console-becomes-set-aside"),
        "no_channel" => say!(in locale; "rules-becomes-no-channel"),
        other => other.to_owned(),
    }
}
