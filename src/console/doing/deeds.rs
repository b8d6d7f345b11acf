//! The table of deeds: what the API is asked for each.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::members::Member::{self, Document, Flag, Is, Kind, List, Maybe, Moment, Number, Text, Wish, Within};
use super::members::{Given, object};
use crate::api::Address;

/// Something that a person does.
#[derive(Debug)]
pub(crate) struct Deed {
    name: &'static str,
    /// Parts of the operation's address; what begins with `:` is a member of the form, with `*` one of its words after the other.
    parts: &'static [&'static str],
    body: &'static [Member],
    /// Members of the act in the body, where it is one.
    act: Option<&'static [Member]>,
    ends: End,
    /// Whether it is asked about first: what nobody can take back.
    asks: bool,
}

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
    Deed { name, parts, body, act: None, ends, asks }
}

/// Where what is done in the name of a unit goes.
const UPDATES: &[&str] = &["tickets", ":ticket", "updates"];

/// An act in the name of a unit.
const fn act(name: &'static str, said: &'static [Member]) -> Deed {
    Deed { name, parts: UPDATES, body: &[Text("update_id"), Text("feed")], act: Some(said), ends: Back, asks: true }
}

/// All deeds.
const DEEDS: [Deed; 46] = [
    deed("pin", &["tickets", ":ticket", "pin"], &[Is("pinned", true)], Back, false),
    deed("unpin", &["tickets", ":ticket", "pin"], &[Is("pinned", false)], Back, false),
    deed("merge", &["tickets", ":ticket", "merge"], &[Text("into")], Back, false),
    deed("undo", &["tickets", ":ticket", "undo"], &[], Back, false),
    deed("release", &["tickets", ":ticket", "release"], &[], Back, true),
    deed("approve", &["tickets", ":ticket", "approve"], &[Text("update_id")], Back, true),
    deed("send-back", &["tickets", ":ticket", "send-back"], &[Text("update_id"), Text("reason")], Back, true),
    deed("send", &["tickets", ":ticket", "send"], &[Text("to")], Back, true),
    deed("rate", &["tickets", ":ticket", "rating"], &[Text("rating"), Maybe("words")], Back, false),
    deed(
        "set-status",
        UPDATES,
        &[
            Text("update_id"),
            Text("feed"),
            Text("status"),
            Maybe("result"),
            Moment("due_at"),
            Within("person", &[Maybe("name"), Maybe("phone")]),
        ],
        Back,
        true,
    ),
    act("act-assign", &[Kind("assign"), Text("unit"), List("co_units"), Maybe("words")]),
    act("act-hand_over", &[Kind("hand_over"), Text("unit"), Maybe("words")]),
    act("act-escalate", &[Kind("escalate"), Maybe("to_level"), Maybe("unit"), Maybe("words")]),
    act("act-whistle", &[Kind("whistle"), List("units"), Maybe("words")]),
    act("act-respond", &[Kind("respond"), Text("unit"), Maybe("words")]),
    act("act-score", &[Kind("score"), Text("unit"), Number("speed"), Number("quality"), Maybe("words")]),
    act("act-instruct", &[Kind("instruct"), Text("author"), Text("words")]),
    act("act-claim", &[Kind("claim"), Text("leader"), Maybe("words")]),
    act("act-refuse_extension", &[Kind("refuse_extension"), Text("words")]),
    act("act-transfer_out", &[Kind("transfer_out"), Text("to"), Maybe("number")]),
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
    deed("channel-pause", &["channels", ":channel", "pause"], &[Maybe("reason")], Back, true),
    deed("channel-resume", &["channels", ":channel", "resume"], &[], Back, false),
    deed("channel-pull", &["channels", ":channel", "pull"], &[], Back, false),
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
    pub(super) fn body(&self, given: &Given, zone: &TimeZone) -> Option<Value> {
        let mut body = object(self.body, given, zone)?;
        if let Some(act) = self.act {
            body.insert("act".to_owned(), Value::Object(object(act, given, zone)?));
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
}
