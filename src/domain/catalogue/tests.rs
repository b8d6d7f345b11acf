//! The two languages say the same, and exactly what the code asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Resource};
use fluent_syntax::parser::parse;
use huiliu_adapter_api::wording::has_chinese;
use regex::Regex;

use super::*;

/// Messages and attributes by their ids, with the arguments that each wants.
fn messages(files: [&str; 9]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in files {
        let Resource { body } = parse(file).unwrap_or_else(|(_, faults)| panic!("{faults:?}"));
        for entry in body {
            match entry {
                Entry::Message(message) => {
                    let id = message.id.name;
                    let mut patterns: Vec<(String, Pattern<&str>)> =
                        message.value.into_iter().map(|value| (id.to_owned(), value)).collect();
                    patterns.extend(
                        message.attributes.into_iter().map(|part| (format!("{id}.{}", part.id.name), part.value)),
                    );
                    for (id, pattern) in patterns {
                        assert!(found.insert(id.clone(), arguments(&pattern)).is_none(), "{id} is there twice");
                    }
                }
                Entry::Junk { content } => panic!("not read: {content}"),
                _ => {}
            }
        }
    }
    found
}

fn arguments(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let named = |element: &PatternElement<&str>| match element {
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            Some(id.name.to_owned())
        }
        _ => None,
    };
    pattern.elements.iter().filter_map(named).collect()
}

/// What the code says: ids with the names of their arguments.
fn used() -> BTreeSet<(String, BTreeSet<String>)> {
    let call = Regex::new(r#"say!\(\s*(?:in [\w:.]+;\s*)?"([a-z-]+)"([^;]*)"#).unwrap();
    // In templates no argument calls anything.
    let in_template = Regex::new(r"\bt\('([a-z-]+)'((?:, \w+=[^()]*)?)\)").unwrap();
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let template = std::fs::read_to_string(&path).unwrap();
                for said in in_template.captures_iter(&template) {
                    let names = said[2].split(", ").filter_map(|part| part.split_once('='));
                    found.insert((said[1].to_owned(), names.map(|(name, _)| name.trim().to_owned()).collect()));
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("catalogue.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                // Calls stand in calls: each begins a search of its own.
                for at in source.match_indices("say!(").map(|(at, _)| at) {
                    let rest = source.get(at..).unwrap();
                    let Some(groups) = call.captures_at(rest, 0).filter(|groups| groups.get(0).unwrap().start() == 0)
                    else {
                        continue;
                    };
                    found.insert((groups[1].to_owned(), names(rest)));
                }
            }
        }
    }
    found
}

/// Names of the arguments of a call, those of calls in it left out.
fn names(call: &str) -> BTreeSet<String> {
    let (mut depth, mut quoted, mut escaped, mut found) = (0_usize, false, false, BTreeSet::new());
    let mut part = String::new();
    for c in call.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        let ends = depth == 0 && c == ')';
        if ends || (depth == 1 && c == ',' && !quoted) {
            if let Some((name, _)) = part.split_once(" = ").filter(|(name, _)| !name.contains(['"', '('])) {
                found.insert(name.trim().to_owned());
            }
            part.clear();
            if ends {
                break;
            }
        } else {
            part.push(c);
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    assert_eq!(messages(ZH), messages(EN));
}

/// Help is asked for by the paths of commands: its own test says whether it is whole.
#[test]
fn what_the_code_says_is_there_and_nothing_else() {
    let known: BTreeMap<String, BTreeSet<String>> =
        messages(EN).into_iter().filter(|(id, _)| !id.starts_with("command")).collect();
    let used = used();
    for (id, names) in &used {
        assert_eq!(known.get(id), Some(names), "{id}");
    }
    let by_name = include_str!("../../cli/help.rs");
    for id in known.keys() {
        let said = used.iter().any(|(used, _)| used == id);
        assert!(said || (id.starts_with("help-") && by_name.contains(&format!("\"{id}\""))), "{id} is said nowhere");
    }
}

#[test]
fn chinese_messages_are_chinese_and_english_ones_are_not() {
    let names = ["list-", "named", "explain-ticket", "tune-share", "error-refused", "console-name"];
    for (locale, files) in [(Locale::Zh, ZH), (Locale::En, EN)] {
        for id in messages(files).into_keys().filter(|id| !id.contains('.') && id != "command-shared") {
            let text = Catalogue::of(locale).find(&id, &[]).unwrap();
            let neutral = names.iter().any(|name| id.starts_with(name))
                || text.starts_with('[')
                || !text.chars().any(char::is_alphabetic);
            let of_arguments = text.contains('$') && !text.contains(' ');
            // English says 汇流 too.
            let told = locale.pick(text.clone(), text.replace("汇流", ""));
            assert!(neutral || of_arguments || has_chinese(&told) == (locale == Locale::Zh), "{id}: {text}");
        }
    }
}

#[test]
fn a_message_is_said_with_its_arguments() {
    let said = Catalogue::of(Locale::En).find("no-channel", &[("id", "a".to_owned()), ("known", "b, c".to_owned())]);
    assert_eq!(said.as_deref(), Some("there is no channel a; there are: b, c"));
    let said = Catalogue::of(Locale::Zh).find("mapping-record", &[("id", "00123".to_owned())]);
    assert_eq!(said.as_deref(), Some("记录 00123"), "numbers stay as they are");
    assert_eq!(Catalogue::of(Locale::Zh).find("no-such-message", &[]), None);
}
