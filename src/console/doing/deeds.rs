//! The table of deeds: what the API is asked for each.

use std::collections::BTreeMap;

use huiliu_domain::catalogue::{Locale, say};
use serde_json::{Map, Value, json};

use crate::api::Address;

/// Something that a person does.
#[derive(Debug)]
pub(crate) struct Deed {
    name: &'static str,
    /// Parts of the operation's address; what begins with `:` is a member of the form, with `*` one of its words after the other.
    parts: &'static [&'static str],
    body: &'static [Member],
    ends: End,
    /// Whether it is asked about first: what nobody can take back.
    asks: bool,
}

/// A member of a body, and how a form has it.
#[derive(Debug, Clone, Copy)]
enum Member {
    /// Text, always.
    Text(&'static str),
    /// Text where there is some.
    Maybe(&'static str),
    /// A whole number.
    Number(&'static str),
    /// A document, where there is one.
    Document(&'static str),
    /// Whether it is `true`.
    Flag(&'static str),
    /// `true`, or nothing is said.
    Wish(&'static str),
    /// Words with blanks or commas between.
    List(&'static str),
    /// Always this.
    Is(&'static str, bool),
}

use Member::{Document, Flag, Is, List, Maybe, Number, Text, Wish};

/// Where somebody is afterwards.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Where the form was.
    Back,
    /// At a page.
    At(&'static str),
    /// At the page of what was made, by its number.
    Made(&'static str),
}

use End::{At, Back, Made};

const fn deed(
    name: &'static str,
    parts: &'static [&'static str],
    body: &'static [Member],
    ends: End,
    asks: bool,
) -> Deed {
    Deed { name, parts, body, ends, asks }
}

/// All deeds.
const DEEDS: [Deed; 32] = [
    deed("pin", &["tickets", ":ticket", "pin"], &[Is("pinned", true)], Back, false),
    deed("unpin", &["tickets", ":ticket", "pin"], &[Is("pinned", false)], Back, false),
    deed("merge", &["tickets", ":ticket", "merge"], &[Text("into")], Back, false),
    deed("undo", &["tickets", ":ticket", "undo"], &[], Back, false),
    deed("release", &["tickets", ":ticket", "release"], &[], Back, true),
    deed("approve", &["tickets", ":ticket", "approve"], &[Text("update_id")], Back, true),
    deed("send-back", &["tickets", ":ticket", "send-back"], &[Text("update_id"), Text("reason")], Back, true),
    deed("send", &["tickets", ":ticket", "send"], &[Text("to")], Back, true),
    deed("rate", &["tickets", ":ticket", "rating"], &[Text("rating"), Maybe("words")], Back, false),
    deed("split", &["complaints", ":receipt", "split"], &[], Back, false),
    deed("move", &["complaints", ":receipt", "move"], &[Text("into")], Back, false),
    deed("call-back", &["callbacks", ":receipt"], &[Text("rating"), Maybe("words")], Back, false),
    deed("not-reached", &["callbacks", ":receipt"], &[], Back, true),
    deed("answer-review", &["reviews", ":review"], &[Flag("same")], Back, false),
    deed("reply-retry", &["replies", ":reply", "retry"], &[Maybe("text")], Back, true),
    deed("reply-told", &["replies", ":reply", "told"], &[Text("how")], Back, true),
    deed("delivery-retry", &["deliveries", ":delivery", "retry"], &[], Back, false),
    deed("deliveries-retry", &["deliveries", "retry"], &[Text("destination")], Back, false),
    deed(
        "deliveries-discard",
        &["deliveries", "discard"],
        &[Text("destination"), Text("reason"), Wish("dead_only")],
        Back,
        true,
    ),
    deed("quarantine-replay", &["quarantine", "*raw", "replay"], &[Document("record")], At("/quarantine"), false),
    deed("quarantine-discard", &["quarantine", "*raw", "discard"], &[Text("reason")], At("/quarantine"), true),
    deed("topic-new", &["topics"], &[Text("title"), List("tickets")], Made("/topics/"), false),
    deed("topic-add", &["topics", ":topic", "tickets"], &[List("tickets")], Back, false),
    deed("topic-decide", &["topics", ":topic", "decision"], &[Text("state"), Text("words")], Back, false),
    deed("topic-follow", &["topics", ":topic", "follow-up"], &[Maybe("every"), Maybe("words")], Back, false),
    deed("pack-reload", &["pack", "reload"], &[Maybe("reason")], Back, true),
    deed("pack-rollback", &["pack", "rollback"], &[Text("to"), Maybe("reason"), Wish("force")], At("/packs"), true),
    deed("draft-new", &["pack", "drafts"], &[Text("label"), Maybe("from")], Made("/packs/drafts/"), false),
    deed("draft-remove", &["pack", "drafts", ":draft", "remove"], &[Number("revision")], At("/packs"), true),
    deed("draft-rebase", &["pack", "drafts", ":draft", "rebase"], &[Number("revision"), List("keep")], Back, false),
    deed(
        "draft-publish",
        &["pack", "drafts", ":draft", "publish"],
        &[Number("revision"), Maybe("reason"), Wish("force")],
        At("/packs"),
        true,
    ),
    deed("replay-all", &["quarantine", "replay", "?channel"], &[], At("/quarantine"), true),
];

/// What a form says.
pub(super) type Given = BTreeMap<String, String>;

impl Deed {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.name == name)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is asked about first.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// The form for each thing that it is done to: one, but where the form names several.
    pub(super) fn each(&self, given: &Given) -> Vec<Given> {
        let Some(several) = self.parts.iter().find_map(|part| part.strip_prefix('*')) else {
            return vec![given.clone()];
        };
        let words = given.get(several).map(String::as_str).unwrap_or_default().split_whitespace();
        words.map(|word| given.clone().into_iter().chain([(several.to_owned(), word.to_owned())]).collect()).collect()
    }

    pub(super) fn address(&self, given: &Given) -> Address {
        let member = |name: &str| given.get(name).map(|value| value.trim()).unwrap_or_default();
        let parts = self.parts.iter().filter(|part| !part.starts_with('?'));
        let parts = parts.map(|part| part.strip_prefix([':', '*']).map_or(*part, member));
        let asked = self.parts.iter().filter_map(|part| part.strip_prefix('?'));
        Address::of(parts).with_all(asked.map(|name| (name, member(name))))
    }

    /// What is said to the API; none where a member is not what it is to be.
    pub(super) fn body(&self, given: &Given) -> Option<Value> {
        let mut body = Map::new();
        for member in self.body {
            let of = |name: &str| given.get(name).map(|value| value.trim()).unwrap_or_default();
            let (name, value) = match *member {
                Text(name) => (name, Some(json!(of(name)))),
                Maybe(name) => (name, Some(of(name)).filter(|value| !value.is_empty()).map(|value| json!(value))),
                Number(name) => (name, Some(json!(of(name).parse::<i64>().ok()?))),
                Document(name) if of(name).is_empty() => (name, None),
                Document(name) => (name, Some(serde_json::from_str(of(name)).ok()?)),
                Flag(name) => (name, Some(json!(of(name) == "true"))),
                Wish(name) => (name, (of(name) == "true").then(|| json!(true))),
                List(name) => {
                    let words = of(name).split(|char: char| char.is_whitespace() || matches!(char, ',' | '，' | '、'));
                    (name, Some(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().into()))
                }
                Is(name, value) => (name, Some(json!(value))),
            };
            body.extend(value.map(|value| (name.to_owned(), value)));
        }
        Some(Value::Object(body))
    }

    /// The page where its outcome is; none where that is the one with the form.
    pub(super) fn then(&self, answer: &Value) -> Option<String> {
        match self.ends {
            Back => None,
            At(_) if answer["kept"].as_u64().is_some_and(|kept| kept > 0) => None,
            At(page) => Some(page.to_owned()),
            Made(page) => Some(
                answer["id"].as_i64().map_or_else(|| page.trim_end_matches('/').to_owned(), |id| format!("{page}{id}")),
            ),
        }
    }

    /// What its button says.
    pub(super) fn label(&self, locale: Locale) -> String {
        match self.name {
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
            other => other.to_owned(),
        }
    }

    /// Why it is asked about.
    pub(super) fn warning(&self, locale: Locale) -> String {
        match self.name {
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
            "pack-reload" => say!(in locale; "console-sure-reload"),
            "pack-rollback" => say!(in locale; "console-sure-rollback"),
            "draft-remove" => say!(in locale; "console-sure-draft-remove"),
            "draft-publish" => say!(in locale; "console-sure-publish"),
            _ => String::new(),
        }
    }
}
