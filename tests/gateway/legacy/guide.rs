//! The guide for legacy systems says what there is: every example, every setting, and nothing that is not there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn guide() -> String {
    std::fs::read_to_string(at("deploy/guides/legacy-systems.md")).unwrap()
}

/// The words between backquotes.
fn named(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_guide_names_every_example_and_every_example_is_run() {
    let guide = guide();
    let named: BTreeSet<String> =
        named(&guide).into_iter().filter_map(|name| name.strip_suffix(".toml")).map(str::to_owned).collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(at(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let files = stems("mappings/examples/channels");
    assert_eq!(named, files, "the guide's table and mappings/examples/channels");
    assert_eq!(stems("mappings/examples/cases"), files, "every channel has cases");
    let [polled, pushing] = ["polled", "pushing"]
        .map(|name| std::fs::read_to_string(at(&format!("tests/gateway/legacy/{name}.rs"))).unwrap());
    for file in files {
        let started = format!("Connected::start(\"{file}\"");
        assert!(polled.contains(&started) || pushing.contains(&started), "{file} is run by no test");
    }
}

/// The settings that a table of a channel file can have, as the program itself says them of one that it cannot.
fn settings(adapter: &str, kind: &str, table: &str) -> BTreeSet<String> {
    let channel = format!(
        "name = \"x\"\nadapter = \"{adapter}\"\n[format]\nkind = \"{kind}\"\n[mapping]\nnumber = \"record.a\"\ntext = \"record.b\"\n[reply]\non = []\n[{table}]\nno_such = 1\n"
    );
    expected("channels/x.toml", &channel)
}

/// What a file of the pack that has `no_such` in one of its tables could have there.
fn expected(path: &str, text: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path();
    for part in ["channels", "destinations", "tables"] {
        std::fs::create_dir(pack.join(part)).unwrap();
    }
    std::fs::copy(at("mappings/examples/city.toml"), pack.join("city.toml")).unwrap();
    for entry in std::fs::read_dir(at("mappings/examples/tables")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, pack.join("tables").join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(pack.join(path), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_huiliu"))
        .args(["check", &pack.to_string_lossy(), "--away", "--lang", "en"])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let after = |words: &str| Some(said.split_once(words)?.1.lines().next().unwrap_or_default());
    // The settings of one way of several to authenticate are listed in other words.
    match (after("unknown field `no_such`, expected "), after("no_such, available keys: ")) {
        (Some(listed), _) => named(listed).into_iter().map(str::to_owned).collect(),
        (None, Some(listed)) => listed.split(", ").map(str::to_owned).collect(),
        // The caller says which table has none.
        (None, None) => BTreeSet::new(),
    }
}

/// Words of what stands as code in all guides for those who connect systems.
fn words_of_guides() -> BTreeSet<String> {
    let texts = ["legacy-systems", "connect-a-channel", "without-amqp", "table-files", "citizens"]
        .map(|name| std::fs::read_to_string(at(&format!("deploy/guides/{name}.md"))).unwrap());
    let codes = texts.iter().flat_map(|text| named(text));
    let words = codes.flat_map(|code| code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    words.map(str::to_owned).collect()
}

#[test]
fn the_guides_show_every_setting_of_destinations_and_channels() {
    let words = words_of_guides();
    let mut missing = Vec::new();
    let mut look = |what: &str, settings: BTreeSet<String>| {
        assert!(!settings.is_empty(), "{what} has no settings, or they are said in other words");
        missing.extend(settings.into_iter().filter(|name| !words.contains(name)).map(|name| format!("{what}: {name}")));
    };
    let carriers = ["webhook", "http", "soap", "sms", "file", "sftp", "mail"].map(|name| (name, "settings"));
    let parts = [
        ("webhook", "pace"),
        ("webhook", "retry"),
        ("webhook", "settings.tls"),
        ("webhook", "settings.proxy"),
        ("http", "settings.login"),
        ("http", "settings.oauth2"),
        ("soap", "settings.security"),
        ("file", "settings.table"),
        ("sftp", "settings.server"),
        ("mail", "settings.server"),
    ];
    for (carrier, table) in carriers.into_iter().chain(parts) {
        let head = format!("name = \"x\"\ncarrier = \"{carrier}\"\n");
        let head = if table.starts_with("settings") { head } else { format!("{head}[settings]\n") };
        look(
            &format!("{carrier} [{table}]"),
            expected("destinations/x.toml", &format!("{head}[{table}]\nno_such = 1\n")),
        );
    }
    look("a destination", expected("destinations/x.toml", "no_such = 1\nname = \"x\"\n[settings]\n"));
    let calls = "name = \"x\"\ncarrier = \"http\"\n[settings]\n[[settings.call]]\nno_such = 1\n";
    look("[[settings.call]]", expected("destinations/x.toml", calls));
    let head = "name = \"x\"\nadapter = \"http-push\"\n[format]\nkind = \"json\"\n";
    look("a channel", expected("channels/x.toml", &format!("no_such = 1\n{head}")));
    for table in ["pace", "[statement]", "follow_up", "history", "answers", "[discard]"] {
        look(&format!("[{table}]"), expected("channels/x.toml", &format!("{head}[{table}]\nno_such = 1\n")));
    }
    // A table that is not among those of the other tests: it is read again with its place.
    look("[reply]", expected("channels/x.toml", &format!("{head}[reply]\nno_such = 1\n")));
    for part in ["", ".photos", ".limits", ".nearby", ".claims", ".staff"] {
        let table = format!("settings{part}");
        look(&format!("form [{table}]"), settings("form", "json", &table));
    }
    assert!(missing.is_empty(), "no guide shows {missing:#?}");
}

#[test]
fn the_guide_says_every_setting_of_calls_logins_and_callers() {
    let guide = guide();
    let named = named(&guide);
    for (adapter, kind, table) in [
        ("http-poll", "json", "settings"),
        ("http-poll", "json", "settings.list"),
        ("http-poll", "json", "settings.login"),
        ("http-poll", "json", "settings.oauth2"),
        ("http-push", "json", "settings"),
        ("http-push", "json", "settings.auth.signature"),
        ("http-push", "json", "settings.auth.api_key"),
        ("http-push", "json", "settings.auth.addresses"),
        ("http-push", "json", "settings.answer"),
        ("soap", "xml", "settings"),
        ("soap", "xml", "settings.list"),
        ("soap", "xml", "settings.security"),
    ] {
        let settings = settings(adapter, kind, table);
        assert!(settings.len() > 1, "{table}: {settings:?}");
        for setting in settings {
            assert!(named.contains(setting.as_str()), "{adapter} [{table}]: `{setting}` is not in the guide");
        }
    }
}
