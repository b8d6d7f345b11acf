//! What members of the API's documents look like, by their names: one invented matter of an invented city. A member that means something
//! else than the others of its name says so with an `example` of its own.

/// Texts, and of members that are choices the one that is shown.
const TEXTS: &[(&str, &str)] = &[
    ("a", "RC2611220000001"),
    ("account", "user-20817"),
    ("action", "ticket.merge"),
    ("actor", "zhang"),
    ("adapter", "http-push"),
    ("address", "青鱼滩路12号"),
    ("after", "42"),
    ("algorithm", "Ed25519"),
    ("attachment_urls", "https://files.example.com/1.jpg"),
    ("attachments", "https://files.example.com/1.jpg"),
    ("b", "RC2611220000017"),
    ("base64", "Tm8K"),
    ("became", "complaint"),
    ("beginning", "{\"number\":\"2611220001\",\"te"),
    ("body", "{\"code\":0}"),
    ("broken", "changed"),
    ("by", "zhang"),
    ("call", "list"),
    ("card", "   0.4  起点\n  +3.9  同一地点：青鱼滩路\n   4.3  合计（自动 ≥ 3.8，人工 ≥ 0.2）"),
    ("carrier", "sent"),
    ("category", "lighting"),
    ("category_name", "公共照明"),
    ("cause", "reload"),
    ("change", "changed"),
    ("changed_by", "zhang"),
    ("channel", "generic"),
    ("checkpoint", "1742:9b1f0c5a7de3486201fb93ac5d7e8046c2a1b3d4e5f60718293a4b5c6d7e8f90"),
    ("city", "荣成市"),
    ("community", "青鱼滩社区"),
    ("comparison", "place"),
    ("content_base64", "/9j/4AAQSkZJRg=="),
    ("created_by", "zhang"),
    ("current_ticket", "RC-20261122-000009"),
    ("datacontenttype", "application/json"),
    ("dataschema", "urn:huiliu:schema:ticket-v1"),
    ("department", "urban-management"),
    ("department_name", "综合行政执法局"),
    ("destination", "county"),
    ("detail", "there is no such ticket"),
    ("digest", "5f0d9c1b7a3e48620f1b93ac5d7e8046c2a1b3d4e5f60718293a4b5c6d7e8f90"),
    ("district", "371082001"),
    ("district_name", "崖头街道"),
    ("document", "{\"complaints\":[],\"tickets\":[],\"entries\":[],\"cut\":[],\"masked\":false}"),
    ("error_zh", "没有这个工单"),
    ("failure", "the file is no workbook"),
    ("failure_zh", "文件不是工作簿"),
    ("field", "occurred_at"),
    ("foreign_number", "XJ-2026-0815"),
    ("from_ticket", "RC-20261122-000009"),
    ("grade", "green"),
    ("guard", "different_districts"),
    ("how", "电话告知本人"),
    ("id_number", "3710**********0011"),
    ("into", "RC-20261122-000001"),
    ("judged", "success"),
    ("keep", "channels/generic.toml"),
    ("key", "4f1c9a0b7d2e6385"),
    ("kind", "complaint"),
    ("kind_zh", "投诉"),
    ("label", "夏季防汛调整"),
    ("last_error", "the other side answered 503"),
    ("last_error_kind", "transient"),
    ("left_out", "the sheet is hidden"),
    ("left_out_zh", "工作表是隐藏的"),
    ("level", "same"),
    ("lines", "-on = [\"resolved\"]"),
    ("link", "9b1f0c5a7de3486201fb93ac5d7e8046c2a1b3d4e5f60718293a4b5c6d7e8f90"),
    ("matched_receipt_number", "RC2611220000001"),
    ("media_type", "image/jpeg"),
    ("message_id", "RC-20261122-000001.2.county"),
    ("method", "GET"),
    ("name", "王**"),
    ("next", "42"),
    ("note", "维修人员已到现场"),
    ("other_ticket", "RC-20261122-000009"),
    ("passages", "青鱼滩路路灯不亮"),
    ("path", "channels/generic.toml"),
    ("phone", "138****1111"),
    ("place", "channels/generic.toml:31:15"),
    ("platform", "command"),
    ("proof", "{\"code\":0}"),
    (
        "public_key_pem",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
    ),
    ("reason", "waiting"),
    ("reasons", "事项：含有“路灯”"),
    ("receipt", "RC2611220000001"),
    ("receipt_number", "RC2611220000001"),
    ("record_id", "2611220001"),
    ("recurrence_of", "RC-20261022-000004"),
    ("request_id", "0af7651916cd43dd8448eb211c80319c"),
    ("rest", "orders"),
    ("result", "路灯已于今日修复。"),
    ("role", "operator"),
    ("rule", "by_hand"),
    ("satisfaction", "satisfied"),
    ("sequence", "000000000000000042"),
    ("settings_version", "5f0d9c1b7a3e"),
    ("signature", "6Xh0yT4mK1vQ8bJ2nR7sW3cL9dF5gZ0pA6eU4iO1xY8tB2kM7jH3qV9wS5rN0lCfDzGhPaEuIoXyTbKmJqVwSg=="),
    ("source", "/huiliu/371082"),
    ("source_number", "2611220001"),
    ("specversion", "1.0"),
    ("status", "in_progress"),
    ("status_zh", "办理中"),
    ("stopped_feeds", "urban"),
    ("street", "崖头街道"),
    ("subject", "RC-20261122-000001"),
    ("successor", "RC-20261122-000001"),
    ("text", "青鱼滩路12号门前路灯不亮，夜里看不清路。"),
    ("through", "000000000000000042"),
    ("ticket", "RC-20261122-000001"),
    ("ticket_id", "RC-20261122-000001"),
    ("ticket_status", "in_progress"),
    ("ticket_status_zh", "办理中"),
    ("tickets", "RC-20261122-000001"),
    ("title", "青鱼滩路路灯不亮"),
    ("to", "county"),
    ("to_ticket", "RC-20261122-000001"),
    ("told_how", "电话告知本人"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("type", "urn:huiliu:problem:not_found"),
    ("unit", "照明管理所"),
    ("update_id", "20261123-000017"),
    ("url", "https://files.example.com/1.jpg"),
    ("version", "5f0d9c1b7a3e"),
    ("words", "路灯 不亮"),
    ("zone", "Asia/Shanghai"),
];

/// Whole numbers.
const NUMBERS: &[(&str, i64)] = &[
    ("acknowledged", 17),
    ("alarms", 0),
    ("amended", 3),
    ("amendments", 22),
    ("answered", 930),
    ("attempts", 1),
    ("base", 7),
    ("begins_after", 0),
    ("broken_at", 1203),
    ("bytes", 10),
    ("complaint_count", 1),
    ("complaint_records", 1180),
    ("complaints", 1),
    ("complaints_in_tickets", 1180),
    ("count", 2),
    ("dead", 0),
    ("discarded", 24),
    ("entries", 1742),
    ("erased", 0),
    ("erased_complaints", 2),
    ("failures", 0),
    ("finished", 934),
    ("follow_ups", 13),
    ("found_complaints", 2),
    ("id", 17),
    ("kept", 0),
    ("key", 1),
    ("lag_s", 12),
    ("last", 311),
    ("last_reload_problems", 0),
    ("limit", 50),
    ("matched_complaint", 1),
    ("min_complaints", 2),
    ("number", 8),
    ("oldest_age_s", 0),
    ("outbox", 0),
    ("pending", 0),
    ("percent_of_time", 75),
    ("quarantine", 1),
    ("quarantined", 1),
    ("raw_id", 4711),
    ("received", 1240),
    ("records", 1240),
    ("refused", 0),
    ("released", 1),
    ("repeated", 11),
    ("replies_by_hand", 2),
    ("replies_dead", 0),
    ("replies_held", 0),
    ("replies_pending", 1),
    ("reply", 17),
    ("retried", 3),
    ("reviews", 1),
    ("revision", 1),
    ("rows", 120),
    ("sequence", 2),
    ("set_aside", 1),
    ("size_bytes", 18_342),
    ("status", 200),
    ("taken", 103),
    ("ticket_version", 3),
    ("told", 100),
    ("took_ms", 84),
    ("undecided", 0),
    ("unrouted", 0),
    ("version", 2),
    ("wait_s", 30),
];

/// Numbers that need not be whole.
const FRACTIONS: &[(&str, f64)] = &[
    ("auto_weight", 3.8),
    ("core_weight", 4.3),
    ("lat", 37.16),
    ("lng", 122.42),
    ("prior", 0.4),
    ("review_weight", 0.2),
    ("support", 0.0),
    ("weight", 4.3),
];

/// Times that are not the usual one.
const TIMES: &[(&str, &str)] = &[
    ("changed_at", "2026-11-23T02:20:00Z"),
    ("done_at", "2026-11-22T01:31:00Z"),
    ("due_at", "2026-11-27T09:30:00Z"),
    ("finished_at", "2026-11-24T03:00:00Z"),
    ("from", "2026-11-01T00:00:00Z"),
    ("last_at", "2026-11-23T02:20:00Z"),
    ("next_at", "2026-11-22T01:32:00Z"),
    ("occurred_at", "2026-11-21T12:40:00Z"),
    ("on_until", "2026-11-22T01:35:00Z"),
    ("received_before", "2026-12-01T00:00:00Z"),
    ("received_from", "2026-11-01T00:00:00Z"),
    ("source_deadline", "2026-11-29T01:30:00Z"),
    ("source_received_at", "2026-11-22T01:28:00Z"),
    ("stated_at", "2026-11-24T02:00:00Z"),
    ("to", "2026-12-01T00:00:00Z"),
    ("told_at", "2026-11-24T03:01:00Z"),
];
/// The usual time.
const USUAL_TIME: &str = "2026-11-22T01:30:00Z";

/// What is true in an ordinary document.
const TRUE: &[&str] = &[
    "balances",
    "channel_runs",
    "connected",
    "consuming",
    "done",
    "intake",
    "live",
    "masked",
    "overdue",
    "publish",
    "pushed",
    "ready",
    "same",
    "whole",
];

/// What an ordinary document lacks.
const RARE: &[&str] = &[
    "alarms",
    "broken",
    "broken_at",
    "by_hand_reason",
    "by_hand_since",
    "cut",
    "dead_only",
    "entered",
    "extra",
    "failure",
    "failure_zh",
    "former",
    "guard",
    "last_error",
    "last_error_at",
    "last_error_kind",
    "last_reload_failed_at",
    "left_out",
    "left_out_zh",
    "missing",
    "next_at",
    "notices",
    "other_ticket",
    "percent_of_time",
    "recurrence_of",
    "remove",
    "stopped_feeds",
    "successor",
];

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// The text of a member.
pub(super) fn text(name: &str) -> Option<&'static str> {
    find(TEXTS, name)
}

/// The whole number of a member.
pub(super) fn number(name: &str) -> Option<i64> {
    find(NUMBERS, name)
}

/// The number of a member.
pub(super) fn fraction(name: &str) -> Option<f64> {
    find(FRACTIONS, name)
}

/// The time of a member.
pub(super) fn time(name: &str) -> &'static str {
    find(TIMES, name).unwrap_or(USUAL_TIME)
}

/// Whether a member is true in an ordinary document.
pub(super) fn holds(name: &str) -> bool {
    TRUE.contains(&name)
}

/// Whether an ordinary document lacks a member, unless it is required.
pub(super) fn is_rare(name: &str) -> bool {
    RARE.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    /// Names of all members and parameters.
    fn named(document: &Value, found: &mut HashSet<String>) {
        match document {
            Value::Array(items) => items.iter().for_each(|item| named(item, found)),
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                if let (Some(Value::String(name)), true) = (members.get("name"), members.contains_key("in")) {
                    found.insert(name.clone());
                }
                members.values().for_each(|member| named(member, found));
            }
            _ => {}
        }
    }

    #[test]
    fn every_word_is_a_name_of_the_document_and_stands_once() {
        let mut known = HashSet::new();
        named(&crate::http::openapi(), &mut known);
        let texts = TEXTS.iter().map(|(name, _)| *name);
        let numbers = NUMBERS.iter().map(|(name, _)| *name);
        let fractions = FRACTIONS.iter().map(|(name, _)| *name);
        let times = TIMES.iter().map(|(name, _)| *name);
        let tables =
            [texts.collect(), numbers.collect(), fractions.collect(), times.collect(), TRUE.to_vec(), RARE.to_vec()];
        for names in tables {
            let strange: Vec<&&str> = names.iter().filter(|name| !known.contains(**name)).collect();
            assert!(strange.is_empty(), "{strange:?}");
            assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
        }
    }
}
