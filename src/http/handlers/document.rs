//! What the page of a handler shows: the ticket as the feed may know it, how long each clock still runs, and what can be said now.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Opened;
use crate::city::{Feed, PhonePages};
use crate::complaint::AttachmentSource;
use crate::forward::document_for;
use crate::key::RawKey;
use crate::store::TicketDetail;
use crate::ticket::Status;

/// The document; none where the feed is gone.
pub(super) fn document(opened: &Opened, now: Timestamp) -> Option<Value> {
    let Opened { rules, detail, handler, pages, .. } = opened;
    let (ticket, names, feed) = (&detail.ticket, &rules.names, opened.feed()?);
    let data = document_for(feed, detail, &rules.feeds, now);
    let clocks: Vec<Value> = ticket
        .running_clocks()
        .map(|run| {
            let name = names.clock(&run.clock).unwrap_or(&run.clock);
            json!({ "name": name, "due_at": run.due_at.to_string(), "is_late": run.due_at < now })
        })
        .collect();
    let reporters: Vec<&Value> = complaints(&data).map(|complaint| &complaint["reporter"]).collect();
    let said: Vec<&Value> = complaints(&data).map(|complaint| &complaint["text"]).skip(1).collect();
    let unit = names.department(&ticket.route.department).unwrap_or(&ticket.route.department);
    Some(json!({
        "ticket_id": ticket.id, "version": ticket.version, "status": ticket.status.wire(), "status_word": ticket.status.zh(),
        "title": data["title"], "text": data["text"], "others": said, "address": data["place"]["address"],
        "category_name": data["category_name"], "district_name": data["district_name"], "reporters": reporters,
        "created_at": data["created_at"], "due_at": data["due_at"], "clocks": clocks, "waits": data["hold"]["name"],
        "photos": photos(detail, feed).len(), "steps": steps(opened, *pages, now), "handler": handler.name, "unit": unit,
    }))
}

fn complaints(data: &Value) -> impl Iterator<Item = &Value> {
    data["complaints"].as_array().into_iter().flatten()
}

/// What can be said as the ticket stands, each with its status.
fn steps(opened: &Opened, pages: PhonePages, at: Timestamp) -> Vec<Value> {
    let now = opened.detail.ticket.status;
    let (called, met) = (Status::from(pages.called), Status::from(pages.met));
    let follows =
        |status: Status| !pages.was_said(now, status) && opened.rules.handling.instead_of(now, status).is_none();
    let steps = [
        ("called", called),
        ("met", met),
        ("resolved", Status::Resolved),
        ("extension", Status::ExtensionRequested),
        ("returned", Status::Returned),
    ];
    let may = |status: Status| {
        let (ticket, feed) = (&opened.detail.ticket, opened.feed.as_str());
        opened.rules.handling.may_extend(ticket, (feed, status), None, at).is_ok()
    };
    let steps = steps.iter().filter(|(_, status)| follows(*status) && may(*status));
    steps.map(|(what, _)| json!(what)).collect()
}

/// The photos that citizens sent, as far as the feed may have them: each with its record and its place there.
pub(super) fn photos(detail: &TicketDetail, feed: &Feed) -> Vec<(RawKey, u16)> {
    let readable = |reporter: &crate::complaint::Reporter| feed.files && (!reporter.confidential || feed.secret);
    let complaints = detail.complaints.iter().filter(|view| readable(&view.complaint.reporter));
    let attachments = complaints.flat_map(|view| &view.complaint.attachments);
    attachments
        .filter_map(|attachment| match &attachment.source {
            AttachmentSource::File { raw, number, media_type } if media_type.starts_with("image/") => {
                Some((*raw, *number))
            }
            AttachmentSource::File { .. } | AttachmentSource::Url(_) => None,
        })
        .collect()
}
