//! What a life cannot tell, for nothing keeps it: said, so that nobody takes silence for proof.

use schemars::JsonSchema;
use serde::Serialize;

use crate::store::TicketDetail;

/// Something that is not kept, and is told by nobody.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LifeNotKept")]
pub(super) struct NotKept {
    /// What.
    #[schemars(extend("enum" = ["updates_without_ticket", "earlier_routes", "earlier_messages"]))]
    #[schemars(example = &"updates_without_ticket")]
    what: &'static str,
    /// In Chinese.
    #[schemars(example = &"读不出工单号的状态更新不归任何工单，只在死信队列里（huiliu refused list）")]
    zh: String,
    /// In English.
    #[schemars(example = &"a status update in which no ticket can be read belongs to none; it is a dead letter (huiliu refused list)")]
    en: String,
}

impl NotKept {
    /// Of every life.
    pub(super) fn updates() -> Self {
        Self {
            what: "updates_without_ticket",
            zh: "读不出工单号的状态更新不归任何工单，只在死信队列里（huiliu refused list）".to_owned(),
            en: "a status update in which no ticket can be read belongs to none; it is a dead letter (huiliu refused list)"
                .to_owned(),
        }
    }

    /// Of a ticket that has changed and of which no move is known: it may have been made by a release that did not note moves.
    pub(super) fn routes(detail: &TicketDetail) -> Self {
        let id = &detail.ticket.id;
        Self {
            what: "earlier_routes",
            zh: format!("工单 {id} 没有改派记录：没有改派过，或者改派在软件开始记录改派之前"),
            en: format!(
                "no move of the ticket {id} is known: there was none, or it was before the software noted moves"
            ),
        }
    }

    /// Of a ticket whose first messages are gone.
    pub(super) fn messages(detail: &TicketDetail, first: u64) -> Self {
        let id = &detail.ticket.id;
        Self {
            what: "earlier_messages",
            zh: format!("工单 {id} 第 {first} 版以前的消息已不再保存"),
            en: format!("the messages of the ticket {id} before its version {first} are no longer kept"),
        }
    }
}
