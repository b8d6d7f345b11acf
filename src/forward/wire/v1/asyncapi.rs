//! The AsyncAPI document of the AMQP contract.

use serde_json::{Value, json};

use super::{CONFIDENTIAL_SCHEMA, CONFIDENTIAL_TYPE, TICKET_SCHEMA, event_type};
use crate::ticket::EventKind;

/// Where a schema of its own stands.
const DRAFT: &str = "application/schema+json;version=draft-2020-12";

/// The AsyncAPI document of the AMQP contract, with the names of the default settings and a city of code `371082`.
#[must_use]
pub fn asyncapi() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Huiliu", "version": "1.0.0",
            "description": "Unified tickets out, status updates in. At least once: every message has a stable message id, every ticket a version.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "id": "urn:huiliu:asyncapi:v1",
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": {
            "host": "127.0.0.1:5672", "protocol": "amqp", "protocolVersion": "0.9.1",
            "description": "RabbitMQ; amqps where certificates are configured. Each platform has a user of its own.",
            "security": [{"$ref": "#/components/securitySchemes/user"}, {"$ref": "#/components/securitySchemes/certificate"}],
        }},
        "channels": channels(),
        "operations": operations(),
        "components": {
            "securitySchemes": {
                "user": {"type": "userPassword", "description": "SASL PLAIN over TLS. Status updates carry the user in the property user_id, which the broker checks."},
                "certificate": {"type": "X509", "description": "A client certificate for amqps, beside the user."},
            },
            "messages": {"ticket": ticket(), "confidentialCount": confidential_count(), "statusUpdate": status_update(), "refusedUpdate": refused_update()},
        },
    })
}

fn exchange(name: &str, kind: &str) -> Value {
    json!({"amqp": {"is": "routingKey", "exchange": {"name": name, "type": kind, "durable": true, "autoDelete": false}}})
}

fn queue(name: &str) -> Value {
    json!({"amqp": {"is": "queue", "queue": {"name": name, "durable": true, "exclusive": false, "autoDelete": false}}})
}

fn message(name: &str) -> Value {
    json!({ name: {"$ref": format!("#/components/messages/{name}")} })
}

fn channels() -> Value {
    let events: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.word()).collect();
    let part = |what: &str| json!({"description": what});
    let (district, department, grade) = (part("District code."), part("Department code."), part("Grade code."));
    json!({
        "tickets": {
            "address": "{event}.{district}.{department}.{grade}",
            "description": "Durable topic exchange huiliu.tickets; alternate exchange huiliu.unrouted.<city code>. Contacts are masked. An event that changes district, department or grade goes under the new key, and with the same version as left under the key before.",
            "parameters": {"event": {"enum": events}, "district": district, "department": department, "grade": grade},
            "messages": message("ticket"), "bindings": exchange("huiliu.tickets", "topic"),
        },
        "confidential": {
            "address": "confidential",
            "description": "The same exchange huiliu.tickets. Of matters of the kinds that the city pack declares confidential it has nothing but their counts by day; the matters themselves go to the feeds that are named for them.",
            "messages": message("confidentialCount"), "bindings": exchange("huiliu.tickets", "topic"),
        },
        "feeds": {
            "address": "{feed}.{event}.{district}.{department}.{grade}",
            "description": "Durable topic exchange huiliu.feeds; each feed of the city pack has a quorum queue huiliu.feed.<name>, which dead-letters to huiliu.dead.<city code>. A feed whose filter no longer wants a ticket that it has gets left once, without the matter.",
            "parameters": {
                "feed": part("Name of the feed."), "event": {"enum": events}, "district": district, "department": department,
                "grade": grade,
            },
            "messages": message("ticket"), "bindings": exchange("huiliu.feeds", "topic"),
        },
        "status": {
            "address": "huiliu.status",
            "description": "Durable topic exchange and quorum queue huiliu.status for status updates of platforms; any routing key, which a refused update keeps.",
            "messages": message("statusUpdate"), "bindings": exchange("huiliu.status", "topic"),
        },
        "unrouted": {
            "address": "huiliu.unrouted.371082",
            "description": "What of the public stream had no queue: quorum queue named after the city, at most 100,000 messages or 512 MiB, the oldest go first.",
            "messages": message("ticket"), "bindings": queue("huiliu.unrouted.371082"),
        },
        "dead": {
            "address": "huiliu.dead.371082",
            "description": "What consumers of feeds rejected or were given 20 times: topic exchange and quorum queue named after the city, bounded likewise.",
            "messages": message("ticket"), "bindings": queue("huiliu.dead.371082"),
        },
        "refused": {
            "address": "huiliu.status.dead",
            "description": "Status updates that were refused, with the reasons: topic exchange and quorum queue, bounded likewise. Bind a queue with your own routing key.",
            "messages": message("refusedUpdate"), "bindings": exchange("huiliu.status.dead", "topic"),
        },
    })
}

fn operations() -> Value {
    let operation = |action: &str, channel: &str, what: &str| json!({"action": action, "channel": {"$ref": format!("#/channels/{channel}")}, "summary": what});
    json!({
        "sendTicket": operation("send", "tickets", "Every event of every ticket, for whoever binds a queue."),
        "sendConfidential": operation("send", "confidential", "That a confidential matter came, and on which day."),
        "sendFeed": operation("send", "feeds", "The events that a feed wants, as it may see them."),
        "sendUnrouted": operation("send", "unrouted", "What had no queue."),
        "sendDead": operation("send", "dead", "What a consumer gave up."),
        "sendRefused": operation("send", "refused", "Updates that cannot be used."),
        "receiveStatus": operation("receive", "status", "What a platform says of a ticket that was sent to its feed."),
    })
}

fn ticket() -> Value {
    let types: Vec<String> = EventKind::ALL.iter().map(|kind| event_type(*kind)).collect();
    let trace = json!({"type": "string", "description": "W3C Trace Context: that of the call or update it comes from, else one that is made from ticket and version."});
    json!({
        "name": "ticket",
        "title": "An event of a ticket",
        "contentType": "application/cloudevents+json",
        "summary": "Property message_id: <ticket>.<version>, in feeds followed by .<feed>, under the routing key that a ticket leaves followed by -left; the same however often it is published, and the event's id. Property type: the event's type. Property timestamp: the event's time.",
        "headers": {"type": "object", "properties": {
            "ticket_id": {"type": "string"}, "ticket_version": {"type": "integer", "minimum": 1}, "traceparent": trace,
        }},
        "payload": {"schemaFormat": DRAFT, "schema": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "traceparent", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "description": "The message id."},
                "source": {"type": "string", "format": "uri-reference", "description": "/huiliu/<city code>"},
                "type": {"enum": types},
                "subject": {"type": "string", "description": "The ticket id."},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"const": "application/json"},
                "dataschema": {"const": TICKET_SCHEMA},
                "traceparent": trace,
                "hops": {"type": "integer", "minimum": 1, "maximum": 99, "description": "How many gateways the matter has passed through before this one; missing where it is none. A gateway that takes tickets from here maps it as the extra field `hops`."},
                "data": {"$ref": "ticket-v1.schema.json"},
            },
        }},
    })
}

fn confidential_count() -> Value {
    json!({
        "name": "confidentialCount",
        "title": "A count of confidential matters",
        "contentType": "application/cloudevents+json",
        "summary": "One event for each, without subject and headers. Property message_id: leads to no ticket; the same however often it is published, and the event's id. The time is the beginning of the day.",
        "payload": {"schemaFormat": DRAFT, "schema": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "time", "datacontenttype", "dataschema", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "description": "The message id."},
                "source": {"type": "string", "format": "uri-reference", "description": "/huiliu/<city code>"},
                "type": {"const": CONFIDENTIAL_TYPE},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"const": "application/json"},
                "dataschema": {"const": CONFIDENTIAL_SCHEMA},
                "data": {"$ref": "confidential-count-v1.schema.json"},
            },
        }},
    })
}

fn status_update() -> Value {
    json!({
        "name": "statusUpdate",
        "title": "A status update",
        "contentType": "application/json",
        "summary": "Property user_id: the broker's user, where the feed names one. Property message_id: free; it is in the log of a refusal. Header traceparent is handed on to what follows. The same update_id again changes nothing.",
        "headers": {"type": "object", "properties": {"traceparent": {"type": "string"}}},
        "payload": {"schemaFormat": DRAFT, "schema": {"$ref": "status-update-v1.schema.json"}},
    })
}

fn refused_update() -> Value {
    json!({
        "name": "refusedUpdate",
        "title": "A status update that was refused",
        "summary": "Body, message id and other properties as they were sent.",
        "headers": {"type": "object", "required": ["x-huiliu-reasons", "x-huiliu-exchange"], "properties": {
            "x-huiliu-reasons": {"type": "string", "description": "One reason a line."},
            "x-huiliu-exchange": {"type": "string", "description": "The exchange that it was published to."},
            "x-huiliu-user-id": {"type": "string", "description": "The user that published it."},
            "x-huiliu-expiration": {"type": "string", "description": "The expiration that it had."},
            "x-huiliu-headers-left-out": {"type": "string", "description": "Set where its own headers were too large to be kept."},
        }},
        "payload": {"description": "Whatever was sent."},
    })
}
