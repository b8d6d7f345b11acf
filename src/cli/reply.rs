//! `huiliu mapping try … --reply`: the request that would carry a reply, written by the code that sends it. Nothing is sent.

use clap::Args;
use huiliu_adapter_api::{RawRecord, RecordBody, Reply, ShownRequest};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{cause, view};
use crate::catalogue::say;
use crate::complaint::Complaint;
use crate::mapping::{Channel, ReplyWay};
use crate::pack::Pack;
use crate::ticket::Status;

/// A reply to try.
#[derive(Debug, Args)]
pub(super) struct TriedReply {
    #[arg(long = "reply", value_name = "STATUS", value_parser = status)]
    status: Option<Status>,
    #[arg(long, requires = "status")]
    words: Option<String>,
    #[arg(long, requires = "status")]
    department: Option<String>,
}

/// A status by its name in status updates.
fn status(name: &str) -> Result<Status, String> {
    let known = || Status::ALL.iter().map(|(.., wire)| *wire).collect::<Vec<_>>().join(", ");
    Status::from_wire(name).ok_or_else(|| say!("usage-statuses", known = known()))
}

/// What a reply came to.
pub(super) enum Tried {
    /// The request, and the channel that would send it.
    Request(ShownRequest, String),
    /// Nothing would be sent, and why.
    Nothing(String),
}

impl TriedReply {
    /// The reply to the citizen of a complaint; none where none is asked for.
    pub(super) fn to(
        &self,
        (record, complaint): (&RawRecord, &Complaint),
        (channel, pack): (&Channel, &Pack),
        now: Timestamp,
    ) -> Option<Tried> {
        let status = self.status?;
        let is_told = status.is_final() || channel.reply.as_ref().is_some_and(|rule| rule.on.contains(&status));
        if !is_told {
            return Some(Tried::Nothing(say!("try-reply-not-told", status = status.wire())));
        }
        let carrier = match &channel.reply_way {
            ReplyWay::Own => channel,
            ReplyWay::ByHand => return Some(Tried::Nothing(say!("try-reply-by-hand"))),
            ReplyWay::Through(_) if complaint.reporter.phone.is_none() => {
                return Some(Tried::Nothing(say!("try-reply-no-phone")));
            }
            ReplyWay::Through(other) => pack.channels.get(other.get_ref())?,
        };
        let tree = match &record.body {
            RecordBody::Tree(tree) => tree.clone(),
            RecordBody::Broken { .. } => Value::Null,
        };
        let reply = Reply {
            key: "reply-1".to_owned(),
            source_number: complaint.number.clone(),
            receipt_number: say!("try-reply-receipt"),
            status: status.wire().to_owned(),
            status_zh: status.zh().to_owned(),
            text: self.words.clone().unwrap_or_else(|| say!("try-reply-words")),
            department: self.department.clone().unwrap_or_else(|| say!("try-reply-department")),
            person: None,
            attachments: Vec::new(),
            at: now.to_string(),
            phone: complaint.reporter.phone.clone(),
            record: tree,
        };
        let reply = match channel.told_by(carrier, reply, &pack.city.name) {
            Ok(reply) => reply,
            Err(error) => return Some(Tried::Nothing(error)),
        };
        let given = Map::from_iter([("reply".to_owned(), reply.to_value()), ("record".to_owned(), reply.record)]);
        Some(match carrier.adapter.request_of("reply", &given) {
            Ok(request) => match carrier.adapter.shown(&request) {
                Some(shown) => Tried::Request(shown, carrier.id.clone()),
                None => Tried::Nothing(say!("try-reply-no-call", channel = carrier.id)),
            },
            Err(error) => Tried::Nothing(cause::foreign("", &error.to_string())),
        })
    }
}

impl Tried {
    /// As `--json` shows it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Request(request, channel) => {
                let fields = request.message.headers.iter();
                let headers: Vec<Value> = fields.map(|(name, value)| json!({ "name": name, "value": value })).collect();
                json!({
                    "channel": channel, "method": request.method, "url": request.url,
                    "headers": headers, "body": request.message.body,
                })
            }
            Self::Nothing(reason) => json!({ "nothing_sent": reason }),
        }
    }

    /// As people are shown it.
    pub(super) fn show(&self) {
        match self {
            Self::Request(request, channel) => {
                view::line(&say!("try-reply-request", channel = channel));
                view::line(&format!("  {} {}", request.method, request.url));
                for (name, value) in &request.message.headers {
                    view::line(&format!("  {name}: {value}"));
                }
                let body = request.message.body.as_deref().unwrap_or_default();
                if !body.is_empty() {
                    view::line("");
                    body.lines().for_each(|line| view::line(&format!("  {line}")));
                }
            }
            Self::Nothing(reason) => view::note(&say!("try-reply-nothing", reason = reason)),
        }
    }
}
