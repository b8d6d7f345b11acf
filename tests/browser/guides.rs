//! The pictures of the guides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Guides that show pages.
const GUIDES: [&str; 2] = ["console.md", "citizens.md"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/guides")
}

/// The pictures that the guides show.
fn shown() -> BTreeSet<String> {
    let texts: String = GUIDES.map(|guide| std::fs::read_to_string(folder().join(guide)).unwrap()).concat();
    let after = texts.split("](pictures/").skip(1);
    after.filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// Keeps a picture for the guides that show it, where `HULIU_PICTURES=write` is set.
pub fn keep(name: &str, picture: &[u8]) {
    if std::env::var("HULIU_PICTURES").is_ok_and(|what| what == "write") && shown().contains(name) {
        std::fs::write(folder().join("pictures").join(name), picture).unwrap();
    }
}

#[test]
fn every_picture_of_the_guides_is_there_and_shown() {
    let entries = std::fs::read_dir(folder().join("pictures")).unwrap();
    let there: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!there.is_empty());
    assert_eq!(shown(), there);
}
