//! What the terminal says is in one language: its main commands run in Chinese and in English, well and badly.

use std::process::{Command, Output};

use huiliu_city::eventually;
use serde_json::json;

use crate::town::{PATIENCE, Town};

/// More English words than these in a row are a sentence.
const SENTENCE_WORDS: usize = 3;

fn typed(town: &Town, language: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiliu"));
    command.arg("--config").arg(town.sandbox.folder.join("huiliu.toml")).args(arguments);
    command.current_dir(&town.sandbox.folder).env("HULIU_AMQP_URL", AWAY).env("HULIU_TOKEN", &town.sandbox.token);
    let Output { stdout, stderr, .. } = command.env("HULIU_LANG", language).output().unwrap();
    String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr)
}

/// A broker that is not there: what its absence looks like is said too.
const AWAY: &str = "amqp://guest:guest@127.0.0.1:1/%2f";

/// Whether a line that should be Chinese has an English sentence. Commands, paths and what stands in quotes may be there, and what
/// others say of themselves behind its mark.
fn has_english_sentence(line: &str) -> bool {
    if line.contains("原文：") || line.contains(['"', '{']) {
        return false;
    }
    let is_word = |word: &str| {
        let word = word.trim_matches([',', '.', ':', ';', '(', ')']);
        !word.is_empty() && word != "huiliu" && word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'')
    };
    // What Chinese signs part are names in a row.
    line.split(['│', '┆', '：', '，', '；', '（', '）', '、', '。']).any(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        words.windows(SENTENCE_WORDS + 1).any(|run| run.iter().all(|word| is_word(word)))
    })
}

/// Runs of Chinese characters in a text.
fn chinese_runs(text: &str) -> Vec<String> {
    let is = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    text.split(|c| !is(c)).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// What may be Chinese in English lines: names and codes of the pack, and what citizens wrote.
fn values(town: &Town) -> String {
    let mut found = "青鱼滩路路灯不亮青鱼滩路公交站附近的路灯已经一周不亮晚上走路看不清请安排维修汇流".to_owned();
    found.push_str(OTHER.0);
    found.push_str(OTHER.1);
    let mut folders = vec![town.sandbox.pack.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                // Comments say what the program must not.
                for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
                    found.push_str(line);
                    found.push('\n');
                }
            }
        }
    }
    found
}

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");
const OTHER: (&str, &str) = ("反映青鱼滩路路灯故障", "青鱼滩路公交站附近几盏路灯坏了，夜里一片漆黑，希望尽快修好。");

/// A gateway without a broker, with something to see everywhere: a question, a quarantined record, a warning, an alarm.
async fn busy() -> (Town, String, String) {
    let mut town = Town::prepare("languages").await;
    town.sandbox.set("HULIU_AMQP_URL", AWAY);
    town.sandbox.launch().unwrap();
    let answers = || async { town.sandbox.get("/healthz").await.ok() };
    eventually("the gateway answers", PATIENCE, answers).await.unwrap();
    let first = town.accept("L1", LAMP.0, LAMP.1).await;
    let found = town.sandbox.get(&format!("/api/v1/complaints?receipt={first}")).await.unwrap();
    let ticket = found["complaints"][0]["ticket"].as_str().unwrap().to_owned();
    town.sandbox.post(&format!("/api/v1/tickets/{ticket}/pin"), &json!({ "pinned": true })).await.unwrap();
    town.accept("L2", OTHER.0, OTHER.1).await;
    // A number is missing: quarantined; a time that is none: a warning.
    town.post(&json!({ "kind": "投诉", "title": LAMP.0, "text": LAMP.1 })).await;
    town.post(&json!({ "number": "L3", "kind": "投诉", "title": LAMP.0, "text": LAMP.1, "occurred_at": "soon" })).await;
    (town, first, ticket)
}

/// What is typed, with names in the place of files and numbers.
const COMMANDS: [&str; 105] = [
    "check PACK --away",
    "check FAULTY --away",
    "check no/such/folder",
    "run --pack FAULTY",
    "status",
    "status --url http://127.0.0.1:1",
    "status --token wrong",
    "find --receipt RECEIPT",
    "find --receipt none",
    "find --phone nonsense",
    "find --words 路灯 --limit 1",
    "find --words ，",
    "review",
    "review 99999 --same",
    "explain TICKET",
    "explain none",
    "explain RECEIPT none",
    "trace none",
    "find --category nowhere",
    "quarantine list",
    "quarantine replay 1",
    "warnings",
    "files",
    "ticket show TICKET",
    "ticket undo TICKET",
    "ticket move RECEIPT none",
    "mapping try PACK generic SAMPLE",
    "mapping try PACK generic BROKEN",
    "mapping try PACK generic EMPTY",
    "mapping try PACK generic no-such-file.json",
    "mapping try PACK none SAMPLE",
    "mapping accept PACK generic EMPTY",
    "import --pack PACK generic SAMPLE",
    "import --history --pack PACK generic SAMPLE",
    "import --history --pack PACK ledger no-such-file.csv",
    "people add ann --role king",
    "people add ann --role clerk --department urban-management",
    "people add ann",
    "people list",
    "people bar ann",
    "people reset nobody",
    "people remove nobody",
    "token list",
    "token new BLANK",
    "token new x --role king",
    "token remove nobody",
    "keys new",
    "keys rotate",
    "store move --from nowhere.db",
    "doctor",
    "erase --receipt none",
    "erase --phone nonsense",
    "export --receipt none",
    "tail --count 1",
    "unrouted list",
    "refused list",
    "deliveries list",
    "deliveries retry 99999",
    "deliveries discard nobody",
    "replies list",
    "replies told 99999 --how 已电话告知",
    "replies check --from 2020-01-01 --to 2020-01-02",
    "report none --from 2020-01-01 --to 2020-01-02",
    "report units --kept",
    "bulletin none",
    "rewards show --phone 13800009999",
    "rewards show --phone 138****",
    "topic list",
    "topic list --state adopted",
    "topic new 灯 RC-none",
    "topic show 9",
    "topic add 9 RC-none",
    "topic decide 9 --state decided --words 好",
    "topic adopt 9 --words 好",
    "topic follow-up 9 --every monthly",
    "topic rank",
    "watch surges",
    "watch warnings",
    "watch ranking --from 2026-01-01 --to 2026-01-31",
    "callback list",
    "callback note none --rating satisfied",
    "ticket rate none --rating satisfied",
    "dead list",
    "channel trace nobody --count 1",
    "audit list",
    "audit verify",
    "pack list",
    "pack diff",
    "pack show 99999",
    "pack rollback 99999",
    "pack draft list",
    "pack draft check 99999",
    "pack draft preview 99999",
    "pack draft push no/such/folder",
    "pack draft try 99999 generic SAMPLE",
    "--config SETTINGS status",
    "evaluate merge --messages no-such.csv --labels no-such.csv --pack PACK",
    "--help",
    "help find",
    "find --help",
    "find",
    "fnid",
    "status --jsn",
    "review --limit many",
    "status --lang klingon",
];

/// The files of commands by the names that stand for them: samples, good and bad, and a pack with faults of all kinds.
fn files(town: &Town) -> Vec<(&'static str, String)> {
    let folder = &town.sandbox.folder;
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_string_lossy().into_owned()
    };
    let faulty = folder.join("faulty");
    assert!(Command::new("cp").arg("-r").arg(&town.sandbox.pack).arg(&faulty).status().unwrap().success());
    for (file, from, to) in [
        ("city.toml", "ticket.department in", "ticket.deparment in"),
        ("channels/generic.toml", "by_hand = true", "by_hund = true"),
        ("channels/sms.toml", "adapter = ", "adaptor = "),
    ] {
        let path = faulty.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    std::fs::write(faulty.join("tables/districts.csv"), "code,name\n1,\"x\n").unwrap();
    let sample = "[{ \"number\": \"1\", \"title\": \"青鱼滩路路灯不亮\", \"occurred_at\": \"soon\" }, { }]";
    vec![
        ("PACK", town.sandbox.pack.to_string_lossy().into_owned()),
        ("FAULTY", faulty.to_string_lossy().into_owned()),
        ("SAMPLE", write("sample.json", sample)),
        ("BROKEN", write("broken.json", "[{ \"number\": ")),
        ("EMPTY", write("empty.json", "[]")),
        ("SETTINGS", write("bad.toml", "listen = 5\n")),
        ("BLANK", " ".to_owned()),
    ]
}

#[tokio::test]
async fn every_command_speaks_one_language() {
    let (mut town, receipt, ticket) = busy().await;
    let mut named = files(&town);
    named.extend([("RECEIPT", receipt), ("TICKET", ticket)]);
    let value =
        |word: &'static str| named.iter().find(|(name, _)| *name == word).map_or(word, |(_, value)| value.as_str());
    let values = values(&town);
    let mut wrong = Vec::new();
    for shown in COMMANDS {
        let arguments: Vec<&str> = shown.split(' ').map(value).collect();
        let chinese = typed(&town, "zh", &arguments);
        assert!(!chinese.trim().is_empty(), "{shown} says something");
        let bad = chinese.lines().filter(|line| has_english_sentence(line));
        wrong.extend(bad.map(|line| format!("zh {shown}: {line}")));
        for line in typed(&town, "en", &arguments).lines() {
            if let Some(run) = chinese_runs(line).into_iter().find(|run| !values.contains(run.as_str())) {
                wrong.push(format!("en {shown}: {run} in {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines\n{}", wrong.len(), wrong.join("\n"));
    // The option goes before the environment.
    assert!(typed(&town, "en", &["--lang", "zh", "find", "--receipt", "none"]).contains("没有找到"));
    assert!(typed(&town, "zh", &["find", "--receipt", "none", "--lang", "en"]).contains("nothing found"));
    town.sandbox.stop().await.unwrap();
}

/// The log of a gateway names remarks on its pack in one language.
#[tokio::test]
async fn the_log_is_in_one_language() {
    for (language, chinese) in [("zh", true), ("en", false)] {
        let mut town = Town::prepare(&format!("log-{language}")).await;
        town.sandbox.set("HULIU_AMQP_URL", AWAY);
        town.sandbox.set("HULIU_LANG", language);
        town.sandbox.launch().unwrap();
        let remarked = || async { Some(town.sandbox.log()).filter(|log| log.contains("The gateway runs")) };
        let log = eventually("the gateway runs", PATIENCE, remarked).await.unwrap();
        let remarks: Vec<&str> = log.lines().filter(|line| line.contains("A remark on the city pack")).collect();
        assert!(!remarks.is_empty(), "{log}");
        for remark in remarks {
            assert_eq!(!chinese_runs(remark).is_empty(), chinese, "{remark}");
        }
        town.sandbox.stop().await.unwrap();
    }
}
