//! Every shipped pack comes with an example of the environment variables that its files use, and of no others.

use std::collections::BTreeMap;

use super::*;

/// The variables of a TOML file's secrets, wherever they stand in it.
fn variables(value: &toml::Value, found: &mut Vec<String>) {
    let toml::Value::Table(table) = value else { return };
    for (name, inner) in table {
        match inner {
            toml::Value::Table(secrets) if name == "secrets" => {
                let env = |secret: &toml::Value| secret.get("env").and_then(toml::Value::as_str).map(str::to_owned);
                found.extend(secrets.values().filter_map(env));
            }
            _ => variables(inner, found),
        }
    }
}

#[test]
fn the_example_of_secrets_names_what_the_files_of_each_shipped_pack_use() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings");
    let mut seen = 0;
    for pack in std::fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let files = PackFiles::read(&pack).unwrap();
        // By variable, whether a file that is in use wants it.
        let mut wanted: BTreeMap<String, bool> = BTreeMap::new();
        for (_, bytes) in files.iter().filter(|(path, _)| path.ends_with(".toml") && !path.starts_with("cases/")) {
            let value: toml::Value = toml::from_str(std::str::from_utf8(bytes).unwrap()).unwrap();
            let is_on = value.get("enabled").and_then(toml::Value::as_bool).unwrap_or(true);
            let mut found = Vec::new();
            variables(&value, &mut found);
            seen += found.len();
            for variable in found {
                *wanted.entry(variable).or_default() |= is_on;
            }
        }
        let example = std::fs::read_to_string(pack.join("secrets.env.example")).unwrap_or_default();
        let line = |line: &str| {
            let (name, _) = line.trim_start_matches('#').split_once('=')?;
            let is_variable =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            is_variable.then(|| (name.to_owned(), !line.starts_with('#')))
        };
        let named: BTreeMap<String, bool> = example.lines().filter_map(line).collect();
        assert_eq!(named, wanted, "{}: those of what is switched off stand behind a #", pack.display());
    }
    assert!(seen >= 10, "{seen}");
}
