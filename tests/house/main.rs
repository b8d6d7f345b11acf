//! The structure of the code, read from its files: which room may import which, who may see a whole pack, and that nothing is
//! re-exported from where it no longer lives.

#![expect(clippy::unwrap_used, reason = "a test ends where a source cannot be read")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rooms in the order in which they may be built on: each with the rooms it may import. Nouns are open to all.
const ARROWS: &[(&str, &[&str])] = &[
    ("city", &["merge"]),
    ("document", &[]),
    ("mapping", &["city", "document"]),
    ("routing", &["city"]),
    ("merge", &[]),
    ("watch", &["city"]),
    ("handling", &["city", "routing", "watch"]),
    ("destinations", &["city", "mapping"]),
    ("bulletin", &["city"]),
    ("reply_check", &[]),
    ("report", &["bulletin", "city", "reply_check"]),
    ("rewards", &["city", "mapping"]),
    (
        "pack",
        &["city", "destinations", "document", "handling", "mapping", "merge", "report", "rewards", "routing", "watch"],
    ),
    ("store", &["document", "merge", "report"]),
    ("forward", &["city", "store"]),
    ("decide", &["handling", "merge", "routing"]),
    (
        "desk",
        &[
            "decide", "forward", "handling", "mapping", "merge", "pack", "report", "rewards", "routing", "store",
            "watch",
        ],
    ),
    ("channels", &["city", "desk", "mapping", "pack", "store", "telemetry"]),
    ("deliver", &["channels", "destinations", "report", "store"]),
    ("feedback", &["channels", "desk", "forward", "mapping", "pack", "store", "telemetry"]),
    ("schedule", &["channels", "config", "desk", "pack", "report", "store", "watch"]),
    ("evaluate", &["decide", "mapping", "merge", "routing"]),
    ("sign_in", &[]),
    ("console", &["merge", "pack"]),
    ("citizens", &[]),
    ("telemetry", &["store"]),
    ("config", &["city", "forward", "store"]),
    ("registry", &[]),
    (
        "engine",
        &["channels", "config", "deliver", "desk", "feedback", "forward", "pack", "schedule", "store", "telemetry"],
    ),
    (
        "http",
        &[
            "channels",
            "deliver",
            "desk",
            "forward",
            "city",
            "bulletin",
            "handling",
            "mapping",
            "merge",
            "pack",
            "reply_check",
            "report",
            "rewards",
            "sign_in",
            "store",
            "telemetry",
            "watch",
        ],
    ),
    ("node", &["config", "http", "store"]),
    (
        "gateway",
        &[
            "channels", "city", "config", "desk", "engine", "feedback", "forward", "http", "mapping", "node", "pack",
            "registry", "sign_in", "store",
        ],
    ),
];

/// What every room may import.
const NOUNS: &[&str] = &["complaint", "ticket", "people", "audit", "key", "mask", "clock", "catalogue", "page"];

/// Rooms that may import anything.
const TOP: &[&str] = &["cli", "lib", "main"];

/// Whether a file holds unit tests only.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn sources() -> Vec<(PathBuf, String)> {
    let found = sources_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(found.len() > 100, "the sources are read");
    found
}

fn sources_in(folder: &Path) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
                let source = std::fs::read_to_string(&path).unwrap();
                found.push((path, source));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found
}

/// The room of a file: the first part of its path below `src`, or below `src/domain`, whose rooms are those of the whole.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let below = below.strip_prefix("domain").unwrap_or(below);
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The part of a source that ships: comments and unit tests left out.
fn shipped(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = |line: &str| !line.trim_start().starts_with("//");
    source.lines().filter(|line| code(line)).map(|line| format!("{line}\n")).collect()
}

/// Rooms that are crates of their own.
const CRATES: [&str; 3] = ["citizens", "console", "store"];

/// The rooms that a source names: by `crate::`, and in a room that is a crate, by the crate below it.
fn imports(room: &str, source: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    let before = if CRATES.contains(&room) { "huiliu_domain::" } else { "crate::" };
    source.split(before).skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn rooms_import_only_what_they_are_built_on() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(room, rooms)| (*room, rooms.iter().chain(NOUNS).copied().collect())).collect();
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let room = room(&path);
        if TOP.contains(&room.as_str()) {
            continue;
        }
        let nouns: BTreeSet<&str> = NOUNS.iter().copied().collect();
        let allowed = allowed.get(room.as_str()).unwrap_or(&nouns);
        assert!(allowed.len() >= NOUNS.len());
        let rooms = imports(&room, &shipped(&source));
        let strangers = rooms.iter().filter(|other| **other != room && !allowed.contains(other.as_str()));
        wrong.extend(strangers.map(|other| format!("{} imports {other}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_arrows_have_no_circle() {
    let mut built: BTreeSet<&str> = NOUNS.iter().copied().collect();
    let mut left: Vec<_> = ARROWS.to_vec();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(room, rooms)| {
            let ready = rooms.iter().all(|other| built.contains(other));
            if ready {
                built.insert(room);
            }
            !ready
        });
        assert!(left.len() < before, "these rooms stand in a circle: {left:?}");
    }
}

#[test]
fn nobody_who_decides_sees_a_whole_pack() {
    for (path, source) in sources() {
        let deciding =
            ["decide", "desk", "evaluate", "merge", "routing", "handling", "report", "watch", "forward", "store"]
                .contains(&room(&path).as_str());
        let code = shipped(&source);
        let whole = code.lines().find(|line| line.contains("&Pack") || line.contains("Arc<Pack>"));
        assert!(!deciding || whole.is_none(), "{}: {whole:?}", path.display());
    }
}

#[test]
fn only_the_owners_name_their_libraries() {
    let owners =
        [("lapin", "src/forward/amqp"), ("rusqlite", "src/store/sqlite"), ("tokio_postgres", "src/store/postgres")];
    for (path, source) in sources() {
        let code = shipped(&source);
        for (library, owner) in owners {
            let named = code.contains(&format!("{library}::")) || code.contains(&format!("use {library}"));
            assert!(!named || path.to_string_lossy().contains(owner), "{} names {library}", path.display());
        }
    }
}

#[test]
fn nothing_is_reexported_from_another_room() {
    for (path, source) in sources() {
        let through = shipped(&source);
        let through = through.lines().find(|line| line.trim_start().starts_with("pub use crate::"));
        assert!(through.is_none(), "{}: {through:?}", path.display());
    }
}

/// Tests build with more features of libraries than the program has alone; an expression that needs one of those would fail only there.
#[test]
fn regular_expressions_need_only_the_features_that_the_program_has() {
    const PROPERTIES: &[(&str, &str)] = &[
        ("Han", "unicode-script"),
        ("N", "unicode-gencat"),
        ("L", "unicode-gencat"),
        ("P", "unicode-gencat"),
        ("Alphabetic", "unicode-bool"),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let declared = manifest.lines().find(|line| line.starts_with("regex = {")).unwrap();
    let mut all = sources();
    for folder in ["adapters/expression/src", "adapters/table/src", "adapters/payload/src"] {
        all.extend(sources_in(&root.join(folder)));
    }
    let mut found = 0;
    for (path, source) in all {
        for named in shipped(&source).split("\\p{").skip(1) {
            let property = named.split('}').next().unwrap_or_default();
            let needed = PROPERTIES.iter().find(|(name, _)| *name == property).map(|(_, feature)| *feature);
            let needed = needed.unwrap_or_else(|| panic!("{}: which feature has \\p{{{property}}}?", path.display()));
            assert!(declared.contains(needed), "{}: \\p{{{property}}} needs {needed}", path.display());
            found += 1;
        }
    }
    assert!(found > 5, "the expressions are read");
}
