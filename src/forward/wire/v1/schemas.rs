//! The published schemas, made from the types that the code reads and writes.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{StatusUpdateV1, TicketV1, event_type};
use crate::ticket::EventKind;

fn schema<T: schemars::JsonSchema>(id: &str, title: &str) -> Value {
    let mut value = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    if let Some(members) = value.as_object_mut() {
        members.insert("$id".to_owned(), json!(id));
        members.insert("title".to_owned(), json!(title));
    }
    value
}

/// JSON Schemas by file name.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("ticket-v1.schema.json", schema::<TicketV1>("urn:huiliu:schema:ticket-v1", "TicketV1")),
        (
            "status-update-v1.schema.json",
            schema::<StatusUpdateV1>("urn:huiliu:schema:status-update-v1", "StatusUpdateV1"),
        ),
    ]
}

/// The AsyncAPI document of the AMQP contract.
#[must_use]
pub fn asyncapi() -> Value {
    let types: Vec<String> = EventKind::ALL.iter().map(|kind| event_type(*kind)).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Huiliu", "version": "1.0.0",
            "description": "Unified tickets out, status updates in. At least once: every message has a stable message id, every ticket a version.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": {"host": "127.0.0.1:5672", "protocol": "amqp", "protocolVersion": "0.9.1"}},
        "channels": {
            "tickets": {
                "address": "{event}.{district}.{department}.{grade}",
                "description": "Durable topic exchange huiliu.tickets; alternate exchange huiliu.unrouted.",
                "parameters": {
                    "event": {"enum": EventKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>()},
                    "district": {}, "department": {}, "grade": {},
                },
                "messages": {"ticket": {"$ref": "#/components/messages/ticket"}},
                "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "huiliu.tickets", "type": "topic", "durable": true, "autoDelete": false}}},
            },
            "feeds": {
                "address": "{feed}.{event}.{district}.{department}.{grade}",
                "description": "Durable topic exchange huiliu.feeds; each feed of the city pack has a quorum queue huiliu.feed.<name>.",
                "parameters": {"feed": {}, "event": {}, "district": {}, "department": {}, "grade": {}},
                "messages": {"ticket": {"$ref": "#/components/messages/ticket"}},
                "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "huiliu.feeds", "type": "topic", "durable": true, "autoDelete": false}}},
            },
            "status": {
                "address": "huiliu.status",
                "description": "Durable topic exchange and quorum queue huiliu.status for status updates of platforms; any routing key.",
                "messages": {"statusUpdate": {"$ref": "#/components/messages/statusUpdate"}},
                "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "huiliu.status", "type": "topic", "durable": true, "autoDelete": false}}},
            },
        },
        "operations": {
            "sendTicket": {"action": "send", "channel": {"$ref": "#/channels/tickets"}},
            "sendFeed": {"action": "send", "channel": {"$ref": "#/channels/feeds"}},
            "receiveStatus": {"action": "receive", "channel": {"$ref": "#/channels/status"}},
        },
        "components": {"messages": {
            "ticket": {
                "contentType": "application/cloudevents+json",
                "headers": {"type": "object", "properties": {
                    "ticket_id": {"type": "string"}, "ticket_version": {"type": "integer"},
                }},
                "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {
                    "type": "object",
                    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
                    "properties": {
                        "specversion": {"const": "1.0"}, "id": {"type": "string"}, "source": {"type": "string"},
                        "type": {"enum": types}, "subject": {"type": "string"},
                        "time": {"type": "string", "format": "date-time"},
                        "datacontenttype": {"const": "application/json"},
                        "data": {"$ref": "ticket-v1.schema.json"},
                    },
                }},
            },
            "statusUpdate": {
                "contentType": "application/json",
                "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {"$ref": "status-update-v1.schema.json"}},
            },
        }},
    })
}
