//! What is said of rules by which sources state something later.

use super::*;

const PETITION: &str = "channels/petition.toml";

/// The petition channel with this rule at its end.
fn with(rule: &str) -> Changed {
    let end = "\n[reply]";
    Changed::new().with(PETITION, end, &format!("\n[[statement]]\n{rule}\n{end}"))
}

#[test]
fn a_rule_that_cannot_work_is_refused_with_what_to_do() {
    for (rule, at, said) in [
        ("means = \"urge\"\nwhen = \"record.a\"\nabout = \"record.b\"", "\"urge", "known are: urging"),
        ("means = \"urging\"\nwhen = \"record.a\"", "\"urging", "about is missing"),
        ("means = \"rating\"\nwhen = \"record.a\"\nabout = \"record.b\"", "\"rating", "needs satisfaction"),
        (
            "means = \"closing\"\nwhen = \"record.a\"\nabout = \"record.b\"\nsatisfaction = \"record.c\"",
            "\"record.c",
            "only means",
        ),
        (
            "means = \"withdrawal\"\nwhen = \"record.a\"\nwith_content = true\nof = \"hotline\"",
            "\"hotline",
            "a complaint of this channel",
        ),
        (
            "means = \"urging\"\nwhen = \"record.a\"\nabout = \"record.b\"\nof = \"hotlines\"",
            "\"hotlines",
            "there is no such channel",
        ),
    ] {
        with(rule).refused(&[(PETITION, at, said)]);
    }
}

#[test]
fn a_channel_whose_records_only_state_something_needs_no_mapping() {
    let pack = Changed::new().pack().unwrap();
    let channel = &pack.channels["hotline-urge"];
    assert!(channel.states_later() && channel.field_names().next().is_none());
    let about_replies = |note: &&Problem| note.file == "channels/hotline-urge.toml" && note.en.contains("way back");
    assert!(!pack.notes.iter().any(|note| about_replies(&note)), "it has no citizens to tell");
    Changed::new()
        .with("channels/hotline-urge.toml", "[[statement]]", "[[discard]]\nname = \"x\"\n#")
        .load()
        .unwrap_err();
}
