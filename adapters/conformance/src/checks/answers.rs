//! Replies: they arrive, under the same key when they are sent again, or there is no way and that is said.

use huiliu_adapter_api::{Reply, Sent, WayBack};
use serde_json::json;

use super::{Exempt, fits, heal, in_time};
use crate::opened::Opened;
use crate::{Behaviour, Exercise, MARKER, Source};

/// A reply about the record with the number 51.
pub(super) fn reply(key: &str) -> Reply {
    Reply {
        key: key.to_owned(),
        source_number: "51".to_owned(),
        receipt_number: "RC0051".to_owned(),
        status: "resolved".to_owned(),
        status_zh: "已办结".to_owned(),
        text: format!("已修复{MARKER}"),
        department: "D01".to_owned(),
        at: "2026-11-21T08:00:00Z".to_owned(),
        phone: None,
        person: None,
        attachments: Vec::new(),
        record: json!({ "number": 51, "item": "51" }),
    }
}

/// A reply is taken once and again, and the source can tell that it is the same; what keeps it from being taken is classified.
pub(super) async fn replies_arrive_under_their_key(source: &dyn Source, exempt: &mut Exempt) {
    heal(source).await;
    let mut adapter = Opened::new(source);
    in_time("the link", adapter.up()).await;
    if let Err(reason) = source.replies() {
        exempt.arranged("replies", Exercise::CannotHappen(reason));
        assert_eq!(adapter.reply(&reply("R-1")).await, Ok(Sent::NoRoute), "without a way back nothing is taken");
        assert_eq!(adapter.way_back(), WayBack::None, "and that is known before");
        return;
    }
    assert_ne!(adapter.way_back(), WayBack::None, "a way back is known before it is taken");
    for _ in 0..2 {
        assert_eq!(in_time("reply", adapter.reply(&reply("R-1"))).await, Ok(Sent::Taken));
    }
    let arrived = source.replies().unwrap_or_default();
    assert!(!arrived.is_empty() && arrived.iter().all(|key| key == "R-1"), "replies by key: {arrived:?}");
    for how in [Behaviour::Busy, Behaviour::Refusing, Behaviour::ComplaintUnknown] {
        if exempt.behaves(source, how).await {
            let answer = in_time("reply", adapter.reply(&reply("R-2"))).await;
            assert!(
                answer.as_ref().is_err_and(|error| fits(how, error)),
                "a reply to a source that is {how:?}: {answer:?}"
            );
        }
        heal(source).await;
    }
    assert_eq!(in_time("reply", adapter.reply(&reply("R-2"))).await, Ok(Sent::Taken), "it works again");
}
