//! The reader of status updates and their published schema accept exactly the same documents.
//!
//! Documents are drawn around the schema: valid ones, then members removed, added and replaced by values that real writers send.
//! `HULIU_PROPERTY_CASES` says how many; a failing one is shrunk and printed.

use huiliu::forward::wire::v1::read_status_update;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::contract::published;

const MEMBERS: [&str; 15] = [
    "update_id",
    "platform",
    "ticket_id",
    "sequence",
    "status",
    "act",
    "occurred_at",
    "department",
    "result",
    "satisfaction",
    "due_at",
    "person",
    "attachments",
    "results",
    "surprise",
];

fn cases() -> u32 {
    std::env::var("HULIU_PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256) * 8
}

fn valid() -> impl Strategy<Value = Map<String, Value>> {
    const STATUSES: [&str; 9] = [
        "accepted",
        "in_progress",
        "extension_requested",
        "extended",
        "returned",
        "rejected",
        "resolved",
        "closed",
        "reopened",
    ];
    (select(&STATUSES), time(), any::<bool>(), 0_i64..10).prop_map(|(status, at, told, sequence)| {
        let mut update = json!({
            "update_id": "u1", "platform": "urban", "ticket_id": "RC-20261121-000001", "sequence": sequence,
            "status": status, "occurred_at": at,
        });
        if told && sequence < 5 {
            (update["status"], update["act"]) = (Value::Null, json!({ "kind": "escalate", "words": "办不了" }));
        } else if told || matches!(status, "rejected" | "resolved" | "closed") {
            update["result"] = json!("已修复");
        }
        update.as_object().cloned().unwrap_or_default()
    })
}

/// Times as platforms write them, good and bad.
fn time() -> impl Strategy<Value = String> {
    let drawn = (
        1_990_i32..2_210,
        0..14,
        0..33,
        0..26,
        0..62,
        "(Z|z|[+-][0-2][0-9]:[0-9]{2}|[+-][0-9]{4}|)",
        "(\\.[0-9]{0,11})?",
    );
    let built = drawn.prop_map(|(year, month, day, hour, minute, offset, fraction)| {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00{fraction}{offset}")
    });
    let written = select(vec![
        "2026-11-22T09:00:00+08:00",
        "2026-11-22T09:00:00Z",
        "2024-02-29T09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-11-22 09:00:00",
        "2026/11/22 09:00:00",
        "20261122090000",
        "2026-11-22",
        "1795000000",
        "0001-01-01T00:00:00Z",
        "2026-11-22T09:00:00.0000000+08:00",
        "2026-11-22T24:00:00Z",
        "2026-11-22T09:00:00Z[UTC]",
        "2026-11-22T09:00:60Z",
        "2026-11-22T09:00:00+24:00",
        "2026-11-22T09:00:00,5Z",
        "-2026-11-22T09:00:00Z",
        "+002026-11-22T09:00:00Z",
        "２０２６-11-22T09:00:00Z",
        " 2026-11-22T09:00:00Z",
        "2026-11-22T09:00:00Z\n",
    ]);
    prop_oneof![1 => built, 2 => written.prop_map(str::to_owned)]
}

/// Acts, good and bad.
fn act() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ "kind": "assign", "unit": "housing" }),
        json!({ "kind": "assign", "unit": "housing", "co_units": ["power", "water"], "words": "产权" }),
        json!({ "kind": "assign", "unit": "", "co_units": null }),
        json!({ "kind": "assign", "unit": "字".repeat(201) }),
        json!({ "kind": "assign", "unit": "u", "co_units": [""] }),
        json!({ "kind": "assign", "unit": "u", "co_units": vec!["u"; 20] }),
        json!({ "kind": "assign", "unit": "u", "co_units": vec!["u"; 21] }),
        json!({ "kind": "assign", "unit": 7 }),
        json!({ "kind": "hand_over", "unit": "u", "co_units": [] }),
        json!({ "kind": "hand_over", "unit": "𠮷".repeat(200), "words": null }),
        json!({ "kind": "escalate", "to_level": "", "unit": null }),
        json!({ "kind": "whistle", "units": [] }),
        json!({ "kind": "whistle", "units": ["u", "u"], "words": " " }),
        json!({ "kind": "respond", "unit": "u" }),
        json!({ "kind": "score", "unit": "u", "speed": 1, "quality": 5.0 }),
        json!({ "kind": "score", "unit": "u", "speed": 0, "quality": 5 }),
        json!({ "kind": "score", "unit": "u", "speed": 1.5, "quality": 5 }),
        json!({ "kind": "score", "unit": "u", "speed": "5", "quality": 6 }),
        json!({ "kind": "score", "unit": "u", "speed": 5 }),
        json!({ "kind": "instruct", "author": "王", "words": "办" }),
        json!({ "kind": "instruct", "author": "\u{3000}", "words": "办" }),
        json!({ "kind": "instruct", "author": "王", "words": "x".repeat(20_001) }),
        json!({ "kind": "claim", "leader": "字".repeat(200) }),
        json!({ "kind": "claim", "leader": "王", "words": "字".repeat(20_000) }),
        json!({ "kind": "refuse_extension", "words": "\u{feff}" }),
        json!({ "kind": "refuse_extension", "words": "不同意" }),
        json!({ "kind": "transfer_out", "to": "petition", "number": "x".repeat(200) }),
        json!({ "kind": "transfer_out", "to": null }),
        json!({ "kind": "give_back", "unit": "u" }),
        json!({ "kind": "Assign", "unit": "u" }),
        json!({ "kind": null }),
        json!({ "unit": "u" }),
        json!(["assign", "u"]),
    ])
}

/// Objects and lists of such, good and bad, also with the members of an object as a list.
fn inner() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ "name": "王工" }),
        json!({ "name": "王工", "unit": null, "phone": "(0631) 7562345-2" }),
        json!({ "name": "王工", "unit": "照明科", "phone": "" }),
        json!({ "name": "\u{3000}" }),
        json!({ "name": "字".repeat(201) }),
        json!({ "unit": "照明科" }),
        json!({ "name": "王工", "post": 1 }),
        json!(["王工"]),
        json!([{ "url": "https://p.example/图.jpg?x=1", "name": null, "media_type": "image/jpeg" }]),
        json!([{ "url": "http://p" }, { "url": "https://p.example/a b" }]),
        json!([{ "url": "https://p.example/a", "media_type": "Image/JPEG" }]),
        json!([{ "url": "" }]),
        json!([["https://p.example/a"]]),
        json!(vec![json!({ "url": "https://p.example/a" }); 10]),
        json!(vec![json!({ "url": "https://p.example/a" }); 11]),
        json!([{ "receipt_number": "R1", "result": "已修复" }]),
        json!([["R1", "已修复"]]),
    ])
}

fn value() -> impl Strategy<Value = Value> {
    let numbers = select(vec![
        json!(0),
        json!(-1),
        json!(-0.0),
        json!(1.0),
        json!(1.5),
        json!(2.0e3),
        json!(1e300),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(9_007_199_254_740_992_i64),
        json!(9_007_199_254_740_993_i64),
        json!(9_007_199_254_740_992.0),
        json!(i64::MIN),
    ]);
    let texts = select(vec![
        "",
        " ",
        "\u{3000}",
        "\u{85}",
        "\u{200b}",
        "\u{feff}",
        "\u{1c}",
        "\u{180e}",
        "a",
        "resolved",
        "Resolved",
        "absorbed",
        "open",
        "closed ",
        "satisfied",
        "fair",
        "dissatisfied",
        "very_satisfied",
        "满意",
        "urban",
        "已修复",
        "𠮷",
    ]);
    // Characters are counted, not bytes: of one, three and four bytes each.
    let long = (select(vec!["x", "字", "𠮷"]), select(vec![199_usize, 200, 201, 20_000, 20_001]));
    prop_oneof![
        3 => numbers,
        4 => texts.prop_map(|text| json!(text)),
        2 => long.prop_map(|(unit, count)| json!(unit.repeat(count))),
        3 => time().prop_map(|time| json!(time)),
        4 => inner(),
        2 => act(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(json!([])),
        1 => Just(json!({})),
        1 => Just(json!(["a"])),
        1 => "\\PC{0,6}".prop_map(Value::String),
    ]
}

fn mutated() -> impl Strategy<Value = Value> {
    let changes = proptest::collection::vec((select(&MEMBERS), proptest::option::weighted(0.85, value())), 0..4);
    let object = (valid(), changes).prop_map(|(mut update, changes)| {
        for (member, value) in changes {
            match value {
                Some(value) => drop(update.insert(member.to_owned(), value)),
                None => drop(update.remove(member)),
            }
        }
        Value::Object(update)
    });
    object.prop_flat_map(|object| {
        let list = object.as_object().map(|members| members.values().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let envelope = json!({ "specversion": "1.0", "id": "1", "data": object });
        prop_oneof![20 => Just(object), 1 => Just(json!(list)), 1 => Just(envelope), 1 => value()]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reader_and_the_schema_accept_the_same(update in mutated()) {
        let schema = published("status-update-v1.schema.json");
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let valid = validator.is_valid(&update);
        let read = read_status_update(update.to_string().as_bytes());
        prop_assert_eq!(valid, read.is_ok(), "{:?}", read);
    }
}

#[test]
fn enough_of_the_drawn_documents_are_valid() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let drawn = (0..2_000).map(|_| mutated().new_tree(&mut runner).unwrap().current());
    let valid = drawn.filter(|update| read_status_update(update.to_string().as_bytes()).is_ok()).count();
    assert!((80..1_900).contains(&valid), "{valid} of 2000: neither side is tested");
}
