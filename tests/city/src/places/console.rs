//! How people speak at a place without any platform: handlers on the page that their SMS leads to, everybody else at the console.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::gateway::Turned;
use super::log::text;
use super::outside::Call;

/// The token of the discipline commission, which alone may know of its matters.
pub(super) const COMMISSION: &str = "discipline-clerk";
/// The unit of the commission.
const COMMISSION_UNIT: &str = "discipline";
/// What stands before the id of a ticket in a notice.
const BEFORE_ID: &str = "工单 ";

/// The links that handlers have, by ticket: the newest of each.
#[derive(Default)]
pub(super) struct Links(BTreeMap<String, String>);

impl Links {
    /// Takes the link out of an SMS, where it has one.
    pub(super) fn note(&mut self, call: &Call) {
        let word = |rest: &str| -> String {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
        };
        let after = |before: &str| call.body.split_once(before).map(|(_, rest)| word(rest));
        if let (Some(ticket), Some(token)) = (after(BEFORE_ID), after("/h/")) {
            self.0.insert(ticket, format!("/h/{token}"));
        }
    }

    /// Says what an update says: on the phone where its handler can, else at the console. Whether it was on the phone.
    pub(super) async fn speak(&self, gateway: &Turned, (update, unit): (&Value, &str)) -> anyhow::Result<bool> {
        let (ticket, once) = (text(update, "/ticket_id"), text(update, "/update_id"));
        let what = match text(update, "/status") {
            "accepted" => Some("called"),
            "in_progress" => Some("met"),
            "resolved" => Some("resolved"),
            _ => None,
        };
        if let (Some(what), Some(link)) = (what, self.0.get(ticket)) {
            let once = once.rsplit('-').next().unwrap_or_default();
            let fields = [("what", what), ("once", once), ("at", ""), ("words", text(update, "/result"))];
            // A link that holds no more leaves the console.
            if gateway.send_page(link, &fields).await? != 410 {
                return Ok(true);
            }
        }
        let mut body = json!({ "update_id": once, "feed": update["platform"] });
        for member in ["status", "act", "result"] {
            if !update[member].is_null() {
                body[member] = update[member].clone();
            }
        }
        let who = (unit == COMMISSION_UNIT).then_some(COMMISSION);
        gateway.post_as(who, &format!("/api/v1/tickets/{ticket}/updates"), &body).await?;
        Ok(false)
    }
}
