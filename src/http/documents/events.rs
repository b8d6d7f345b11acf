//! The events of a feed that is pulled: a batch of CloudEvents 1.0 in the JSON batch format.

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode as Statuses};
use aide::operation::OperationOutput;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::forward::wire::v1::TicketV1;
use crate::key::DeliveryKey;
use crate::store::PendingDelivery;

/// Media type of a batch of CloudEvents in JSON.
const BATCH_JSON: &str = "application/cloudevents-batch+json";
/// Digits of a cursor: texts of one length are ordered as their numbers.
const CURSOR_DIGITS: usize = 18;

/// A cursor as it is shown.
pub(in crate::http) fn cursor(id: DeliveryKey) -> String {
    format!("{:0width$}", id.0, width = CURSOR_DIGITS)
}

/// An event of a ticket: CloudEvents 1.0 with the extension `sequence`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it describes what the store keeps as JSON")]
struct TicketEvent {
    /// `1.0`.
    specversion: String,
    /// The ticket, its version, and the feed: the same whenever the event is given.
    #[schemars(example = &"RC-20261122-000001.2.county")]
    id: String,
    /// The gateway.
    source: String,
    /// `cn.huiliu.ticket.`, what happened, and `.v1`.
    #[schemars(example = &"cn.huiliu.ticket.status.v1")]
    r#type: String,
    /// Id of the ticket.
    subject: String,
    /// When it happened.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    /// `application/json`.
    datacontenttype: String,
    /// The schema of `data`.
    dataschema: String,
    /// The trace that it belongs to.
    traceparent: String,
    /// The cursor: what `after` and `through` name. It grows from event to event, as a number and as a text.
    #[schemars(regex(pattern = r"^[0-9]{18}$"))]
    sequence: String,
    /// The ticket, without what the city leaves out for this feed.
    data: TicketV1,
}

/// A batch of events.
pub(in crate::http) struct EventBatch(Vec<Value>);

impl EventBatch {
    /// These events, each with its cursor.
    pub(in crate::http) fn of(deliveries: &[PendingDelivery]) -> Self {
        Self(deliveries.iter().map(event).collect())
    }
}

fn event(delivery: &PendingDelivery) -> Value {
    let mut event: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
    if let Some(members) = event.as_object_mut() {
        let data = members.shift_remove("data");
        members.insert("sequence".to_owned(), json!(cursor(delivery.id)));
        members.extend(data.map(|data| ("data".to_owned(), data)));
    }
    event
}

impl IntoResponse for EventBatch {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(BATCH_JSON)),
            (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ];
        (headers, Value::Array(self.0).to_string()).into_response()
    }
}

impl OperationOutput for EventBatch {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, _operation: &mut Operation) -> Option<Described> {
        let json_schema = context.schema.subschema_for::<Vec<TicketEvent>>();
        let media = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            ..MediaType::default()
        };
        Some(Described {
            description: "Events that are not acknowledged, the oldest first; none where nothing waits.".to_owned(),
            content: [(BATCH_JSON.to_owned(), media)].into_iter().collect(),
            ..Described::default()
        })
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Statuses>, Described)> {
        let described = Self::operation_response(context, operation);
        described.into_iter().map(|described| (Some(Statuses::Code(200)), described)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::key::TicketKey;

    #[test]
    fn an_event_has_its_cursor_before_its_data() {
        let delivery = PendingDelivery {
            id: DeliveryKey(42),
            ticket: TicketKey(1),
            ticket_id: "T1".to_owned(),
            version: 1,
            message_id: "T1.1.county".to_owned(),
            kind: String::new(),
            at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            is_repeated: false,
            body: br#"{"id":"T1.1.county","data":{"a":1},"time":"t"}"#.to_vec(),
        };
        let expected = r#"{"id":"T1.1.county","time":"t","sequence":"000000000000000042","data":{"a":1}}"#;
        assert_eq!(event(&delivery).to_string(), expected);
    }
}
