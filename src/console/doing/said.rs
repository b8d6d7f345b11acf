//! What deeds are called, and why somebody is asked whether they are sure.

use huiliu_domain::catalogue::{Locale, say};
use huiliu_domain::ticket::ActKind;

use super::deeds::Deed;

impl Deed {
    /// What its button says.
    pub(super) fn label(&self, locale: Locale) -> String {
        match self.name() {
            "pin" => say!(in locale; "console-pin"),
            "unpin" => say!(in locale; "console-unpin"),
            "merge" => say!(in locale; "console-merge"),
            "undo" => say!(in locale; "console-undo"),
            "release" => say!(in locale; "console-release"),
            "approve" => say!(in locale; "console-approve"),
            "send-back" => say!(in locale; "console-send-back"),
            "send" => say!(in locale; "console-send"),
            "rate" => say!(in locale; "console-rate"),
            "split" => say!(in locale; "console-split"),
            "move" => say!(in locale; "console-move"),
            "call-back" => say!(in locale; "console-note-call"),
            "not-reached" => say!(in locale; "console-not-reached"),
            "answer-review" => say!(in locale; "console-answer-review"),
            "reply-retry" => say!(in locale; "console-reply-retry"),
            "reply-told" => say!(in locale; "console-reply-told"),
            "delivery-retry" => say!(in locale; "console-delivery-retry"),
            "deliveries-retry" => say!(in locale; "console-deliveries-retry"),
            "deliveries-discard" => say!(in locale; "console-deliveries-discard"),
            "quarantine-replay" => say!(in locale; "console-replay"),
            "quarantine-discard" => say!(in locale; "console-discard"),
            "replay-all" => say!(in locale; "console-replay-all"),
            "channel-pause" => say!(in locale; "console-channel-pause"),
            "channel-resume" => say!(in locale; "console-channel-resume"),
            "channel-pull" => say!(in locale; "console-channel-pull"),
            "topic-new" => say!(in locale; "console-topic-new"),
            "topic-add" => say!(in locale; "console-topic-add"),
            "topic-decide" => say!(in locale; "console-topic-decide"),
            "topic-follow" => say!(in locale; "console-topic-follow"),
            "pack-reload" => say!(in locale; "console-pack-reload"),
            "pack-rollback" => say!(in locale; "console-pack-rollback"),
            "draft-new" => say!(in locale; "console-draft-new"),
            "draft-remove" => say!(in locale; "console-draft-remove"),
            "draft-rebase" => say!(in locale; "console-draft-rebase"),
            "draft-publish" => say!(in locale; "console-draft-publish"),
            "set-status" => say!(in locale; "console-set-status"),
            other => act(locale, other),
        }
    }

    /// Why it is asked about.
    pub(super) fn warning(&self, locale: Locale) -> String {
        match self.name() {
            "release" => say!(in locale; "console-sure-release"),
            "approve" => say!(in locale; "console-sure-approve"),
            "send-back" => say!(in locale; "console-sure-send-back"),
            "send" => say!(in locale; "console-sure-send"),
            "not-reached" => say!(in locale; "console-sure-not-reached"),
            "reply-retry" => say!(in locale; "console-sure-reply-retry"),
            "reply-told" => say!(in locale; "console-sure-reply-told"),
            "deliveries-discard" => say!(in locale; "console-sure-deliveries-discard"),
            "quarantine-discard" => say!(in locale; "console-sure-discard"),
            "replay-all" => say!(in locale; "console-sure-replay-all"),
            "channel-pause" => say!(in locale; "console-sure-channel-pause"),
            "pack-reload" => say!(in locale; "console-sure-reload"),
            "pack-rollback" => say!(in locale; "console-sure-rollback"),
            "draft-remove" => say!(in locale; "console-sure-draft-remove"),
            "draft-publish" => say!(in locale; "console-sure-publish"),
            "set-status" => say!(in locale; "console-sure-status"),
            name if name.starts_with(ACT) => say!(in locale; "console-sure-act"),
            _ => String::new(),
        }
    }
}

/// What deeds that are acts begin with; the rest is the act's own name.
const ACT: &str = "act-";

fn act(locale: Locale, deed: &str) -> String {
    let name = deed.strip_prefix(ACT).unwrap_or(deed);
    let known = ActKind::from_wire(name);
    locale.pick(known.map_or_else(|| name.to_owned(), |known| known.zh().to_owned()), name.replace('_', " "))
}
