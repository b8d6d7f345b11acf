//! What leaves a channel can be seen before and while it leaves: cases of calls and answers, a reply that is tried, a live trace.

use std::path::Path;
use std::process::Command;

use huiliu_city::Sandbox;
use serde_json::{Value, json};

use crate::town::{Town, pack};

fn copied(to: &Path) {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    copy(&pack(), to);
}

/// What a command says, in a language, with secrets of the hotline and the board.
fn said(language: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_huiliu"))
        .args(arguments)
        .env("HULIU_LANG", language)
        .env("HULIU_BOARD_URL", "http://board.example/api")
        .env("HULIU_BOARD_TOKEN", "geheim-1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

const BOARD: &str = "cases/board/outgoing.calls.toml";

#[test]
fn a_case_that_fails_shows_expected_and_made_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    copied(folder.path());
    let path = folder.path().to_string_lossy().into_owned();
    let (good, text) = said("en", &["check", &path, "--away"]);
    assert!(good && text.contains("0 not passed"), "{text}");
    let file = folder.path().join(BOARD);
    let right = std::fs::read_to_string(&file).unwrap();
    let failing = |from: &str, to: &str, language: &str| {
        assert!(right.contains(from), "{from}");
        std::fs::write(&file, right.replacen(from, to, 1)).unwrap();
        let (good, text) = said(language, &["check", &path, "--away"]);
        std::fs::write(&file, &right).unwrap();
        assert!(!good, "{text}");
        text
    };
    let text = failing("lastItem=41", "lastItem=40", "en");
    assert!(text.contains(&format!("{BOARD}:6:1 list: the case does not pass")), "{text}");
    assert!(
        text.contains("- \"fid=900&state=1&lastItem=40\"") && text.contains("+ \"fid=900&state=1&lastItem=41\""),
        "{text}"
    );
    let text = failing("tid = 42, organization", "tid = 43, organization", "zh");
    assert!(text.contains("用例未通过") && text.contains(".body.tid") && text.contains("- 43"), "{text}");
    let text = failing("name = \"reply\"", "name = \"replly\"", "en");
    assert!(text.contains("there is no call replly; there are: list, reply"), "{text}");
    let text = failing("name = \"reply\"", "name = \"reply\"\nnow = \"morgen\"", "zh");
    assert!(text.contains("now 应为"), "{text}");
    let text = failing("given = {", "gven = {", "en");
    assert!(text.contains(&format!("{BOARD}:")) && text.contains("gven"), "{text}");
}

#[test]
fn a_case_without_expectation_shows_what_to_expect() {
    let folder = tempfile::tempdir().unwrap();
    copied(folder.path());
    let file = folder.path().join("cases/board/new.calls.toml");
    std::fs::write(file, "[secrets]\nendpoint = \"http://b.example\"\n[[call]]\nname = \"list\"\n").unwrap();
    let (good, text) = said("en", &["check", &folder.path().to_string_lossy(), "--away"]);
    assert!(!good && text.contains("there is no expect"), "{text}");
    assert!(text.contains("url = \"http://b.example/threads/queryThreadsList\""), "{text}");
    assert!(text.contains("\"authorization\" = \"Bearer secret-token\""), "{text}");
}

#[test]
fn a_reply_that_is_tried_is_shown_without_secrets_and_not_sent() {
    let (pack, folder) = (pack().to_string_lossy().into_owned(), tempfile::tempdir().unwrap());
    let sample = folder.path().join("sample.json");
    let record = json!({ "tid": 42, "subject": "路灯不亮", "content": "青鱼滩路路灯不亮" });
    std::fs::write(&sample, json!({ "responseData": [record] }).to_string()).unwrap();
    let sample = sample.to_string_lossy().into_owned();
    let tried = ["mapping", "try", &pack, "board", &sample, "--reply", "resolved", "--words", "已换灯"];
    let (_, text) = said("en", &tried);
    assert!(
        text.contains("(nothing was sent)") && text.contains("POST http://board.example***/threads/reply"),
        "{text}"
    );
    assert!(
        text.contains("authorization: Bearer ***") && text.contains("已换灯") && !text.contains("geheim-1"),
        "{text}"
    );
    let (_, document) = said("zh", &[&tried[..], &["--json"]].concat());
    let document: Value = serde_json::Deserializer::from_str(&document).into_iter().next().unwrap().unwrap();
    assert_eq!(document[0]["reply"]["channel"], "board");
    let (_, text) = said("zh", &["mapping", "try", &pack, "board", &sample, "--reply", "in_progress"]);
    assert!(text.contains("不会发出答复"), "{text}");
    let (good, text) = said("en", &["mapping", "try", &pack, "board", &sample, "--reply", "done"]);
    assert!(!good && text.contains("no such status"), "{text}");
}

/// A channel that brings answers of a destination, and nothing else.
const ANSWERS: &str = r#"
name = "12345 回流"
adapter = "http-poll"
[format]
kind = "json"
records = "payload.rows"
id = "record.no"
[settings]
paging = { number = { size = 10 } }
[settings.list]
url = "http://orders.example/orders"
[answers]
destination = "orders"
only = true
number = "record.no"
mark = "record.mark"
status = "record.state"
result = "record.reply"
at = "record.at | datetime"
[reply]
by_hand = true
"#;

#[test]
fn what_is_read_of_answers_can_be_tried_and_is_part_of_cases() {
    let folder = tempfile::tempdir().unwrap();
    copied(folder.path());
    let path = folder.path().to_string_lossy().into_owned();
    std::fs::create_dir_all(folder.path().join("destinations")).unwrap();
    let destination = "name = \"12345\"\ncarrier = \"file\"\n[settings]\nfolder = \"/srv/out\"\nevery = \"1h\"\n";
    std::fs::write(folder.path().join("destinations/orders.toml"), destination).unwrap();
    std::fs::write(folder.path().join("channels/answers.toml"), ANSWERS).unwrap();
    let sample = folder.path().join("sample.json");
    let write = |state: &str, at: &str| {
        let row = json!({ "no": "A-1", "mark": "RC-1", "state": state, "reply": "已修好", "at": at });
        std::fs::write(&sample, json!({ "rows": [row] }).to_string()).unwrap();
    };
    let sample_path = sample.to_string_lossy().into_owned();
    let tried = ["mapping", "try", &path, "answers", &sample_path];
    write("resolved", "2026-11-26 08:00:00");
    let (good, text) = said("en", &tried);
    assert!(good && text.contains("number A-1 or mark RC-1: resolved, at 2026-11-26T00:00:00Z"), "{text}");
    let (_, document) = said("zh", &[&tried[..], &["--json"]].concat());
    let document: Value = serde_json::Deserializer::from_str(&document).into_iter().next().unwrap().unwrap();
    assert_eq!((&document[0]["answered"]["status"], &document[0]["normalized"]), (&json!("resolved"), &Value::Null));
    let (good, text) = said("en", &["mapping", "accept", &path, "answers", &sample_path, "--name", "one"]);
    assert!(good, "{text}");
    let case = folder.path().join("cases/answers/one.out.json");
    let kept = std::fs::read_to_string(&case).unwrap();
    assert!(kept.contains("\"answered\"") && !kept.contains("quarantined"), "{kept}");
    assert!(said("en", &["check", &path, "--away"]).1.contains("0 not passed"));
    std::fs::write(&case, kept.replace("\"resolved\"", "\"closed\"")).unwrap();
    let (good, text) = said("en", &["check", &path, "--away"]);
    assert!(!good && text.contains(".answered.status"), "{text}");
    for (state, at, told) in [("erledigt", "2026-11-26 08:00:00", "answers.status"), ("resolved", "昨天", "answers.at")]
    {
        write(state, at);
        let (good, text) = said("en", &tried);
        assert!(!good && text.contains(told), "{text}");
    }
}

#[tokio::test]
async fn a_channel_is_followed_by_api_and_terminal_as_far_as_its_reader_may_see() {
    let mut town = Town::prepare("trace").await;
    town.sandbox.start().await.unwrap();
    let path = "/api/v1/channels/generic/trace";
    let first = town.sandbox.get(path).await.unwrap();
    assert_eq!(first["calls"], json!([]));
    town.accept("T1", "路灯不亮", "青鱼滩路路灯不亮，请联系13800001111").await;
    let seen = town.until("the push is seen", path, |page| page["calls"][0].is_object()).await;
    let call = &seen["calls"][0];
    assert_eq!(
        (call["call"].as_str(), call["judged"].as_str(), call["status"].as_u64()),
        (Some("push"), Some("success"), Some(200))
    );
    let body = call["request"]["body"].as_str().unwrap();
    assert!(body.contains("13800001111") && !call.to_string().contains(Sandbox::GENERIC_KEY), "{call}");
    let after = seen["after"].as_str().unwrap();
    let rest = town.sandbox.get(&format!("{path}?after={after}")).await.unwrap();
    assert_eq!((rest["calls"].clone(), rest["after"].as_str()), (json!([]), Some(after)));
    let follow = ["channel", "trace", "generic", "--count", "1", "--json", "--token", &town.sandbox.token];
    let line = town.sandbox.command(&follow).await.unwrap();
    assert!(line.contains("\"push\""), "{line}");
    let hotline = town.until("the hotline is asked", "/api/v1/channels/hotline/trace", |page| {
        page["calls"].as_array().is_some_and(|calls| calls.iter().any(|call| call["call"] == "list"))
    });
    hotline.await;
    let viewer = town.sandbox.command(&["token", "new", "clerk", "--role", "viewer"]).await.unwrap();
    town.sandbox.token = viewer.trim().to_owned();
    let less = town.sandbox.get(path).await.unwrap();
    let call = &less["calls"][0];
    assert_eq!((&call["request"]["body"], &call["answer"]["headers"]), (&Value::Null, &Value::Null), "{less}");
    assert!(call["request"]["bytes"].as_u64() > Some(0) && !less.to_string().contains("13800001111"), "{less}");
    for (channel, code) in [("ledger", "conflict"), ("nobody", "not_found")] {
        let refused = town.sandbox.get(&format!("/api/v1/channels/{channel}/trace")).await.unwrap();
        assert_eq!(refused["code"], code, "{channel}");
    }
    town.sandbox.finish().await.unwrap();
}
