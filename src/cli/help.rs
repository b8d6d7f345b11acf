//! The command line in the language of people: help of commands and arguments from the catalogue by their paths, and what is wrong
//! with what was typed.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory as _};

use super::arguments::Cli;
use super::cause;
use crate::catalogue::{Catalogue, Locale, say};

/// The command line with its texts.
pub(super) fn command(locale: Locale) -> Command {
    let texts = Catalogue::of(locale);
    let mut command = described(Cli::command(), "command", texts);
    command.build();
    finished(command, locale)
}

/// The message of an argument: its own, or for one of several commands a shared one.
fn argument_id(command: &str, argument: &Arg) -> String {
    let name = argument.get_id().as_str().replace('_', "-");
    match name.as_str() {
        "pack" if argument.is_global_set() => "command-shared.queue-pack".to_owned(),
        "help" | "version" => format!("command-shared.{name}"),
        _ if argument.is_global_set() => format!("command-shared.{name}"),
        _ => format!("{command}.{name}"),
    }
}

fn described(mut command: Command, id: &str, texts: &Catalogue) -> Command {
    let text = |id: &str| texts.find(id, &[]).unwrap_or_default();
    command = command.about(text(id));
    if let Some(examples) = texts.find(&format!("{id}.example"), &[]) {
        let lines: Vec<String> = examples.lines().map(|line| format!("  {line}")).collect();
        command = command.after_help(format!("{}\n{}", text("help-examples"), lines.join("\n")));
    }
    command = command.mut_args(|argument| {
        let help = text(&argument_id(id, &argument));
        let usual: Vec<String> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        let help = match usual.as_slice() {
            [] => help,
            usual => help + &texts.find("help-default", &[("value", usual.join(" "))]).unwrap_or_default(),
        };
        let takes_value = argument.get_action().takes_values();
        argument.help(help).hide_default_value(takes_value)
    });
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let id = format!("{id}-{name}");
        command = command.mut_subcommand(name, |sub| described(sub, &id, texts));
    }
    command
}

/// What can be said only of a command line that is complete: headings, the way to help, what usage looks like.
fn finished(mut command: Command, locale: Locale) -> Command {
    let texts = Catalogue::of(locale);
    let text = |id: &str| texts.find(id, &[]).unwrap_or_default();
    if command.get_name() == "help" {
        command = command.about(text("command-shared.help-command"));
    }
    command = command.mut_args(|argument| {
        let heading = if argument.is_positional() { "help-arguments" } else { "help-options" };
        let own = ["help", "version"].contains(&argument.get_id().as_str());
        let argument = if own { argument_help(argument, texts) } else { argument };
        argument.help_heading(text(heading))
    });
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let usage = usage.replace("[OPTIONS]", &text("help-some-options")).replace("<COMMAND>", &text("help-a-command"));
    let usage = usage.replace("[COMMAND]", &text("help-a-command"));
    let template = format!("{{about-with-newline}}\n{}{{usage}}\n\n{{all-args}}{{after-help}}", text("help-usage"));
    command = command.override_usage(usage).help_template(template).subcommand_help_heading(text("help-commands"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| finished(sub, locale));
    }
    command
}

fn argument_help(argument: Arg, texts: &Catalogue) -> Arg {
    let help = texts.find(&argument_id("command", &argument), &[]).unwrap_or_default();
    argument.help(help)
}

/// The language that is typed, which the help and what is wrong with the rest are said in; none where there is none.
pub(super) fn typed_language(arguments: impl Iterator<Item = String>) -> Option<Locale> {
    let mut arguments = arguments.skip(1);
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--lang") {
            Some("") => return Locale::named(&arguments.next()?),
            Some(rest) if rest.starts_with('=') => return Locale::named(rest.trim_start_matches('=')),
            _ if argument == "--" => return None,
            _ => {}
        }
    }
    None
}

/// What is wrong with what was typed. Help and version are no errors and are said as they are.
pub(super) fn refusal(error: &clap::Error) -> Option<String> {
    let part = |kind| error.get(kind).map(shown).unwrap_or_default();
    let (argument, value) = (part(ContextKind::InvalidArg), part(ContextKind::InvalidValue));
    let said = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => say!("usage-unknown-argument", argument = argument),
        ErrorKind::InvalidSubcommand => {
            say!("usage-unknown-command", command = part(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => say!("usage-missing-argument", argument = argument),
        ErrorKind::MissingSubcommand => say!("usage-missing-command"),
        ErrorKind::ArgumentConflict => {
            say!("usage-conflict", argument = argument, other = part(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => say!("usage-no-value", argument = argument),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            say!("usage-bad-value", argument = argument, value = value)
        }
        _ => say!("usage-wrong"),
    };
    let mut lines = vec![say!("usage-error", said = said)];
    if let Some(reason) = std::error::Error::source(error) {
        lines.push(cause::foreign("", &reason.to_string()));
    }
    let alike = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(alike) = alike.into_iter().find_map(|kind| error.get(kind)) {
        lines.push(say!("usage-alike", alike = shown(alike)));
    }
    let usage = part(ContextKind::Usage);
    let usage = usage.trim_start_matches("Usage:").trim();
    if !usage.is_empty() {
        lines.push(format!("\n{}{usage}", say!("help-usage")));
    }
    lines.push(format!("\n{}", say!("usage-help")));
    Some(lines.join("\n"))
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(many) => many.join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huiliu_adapter_api::wording::has_chinese;

    fn every(command: &Command, id: &str, see: &mut impl FnMut(&str)) {
        see(id);
        command.get_arguments().for_each(|argument| see(&argument_id(id, argument)));
        for sub in command.get_subcommands() {
            every(sub, &format!("{id}-{}", sub.get_name()), see);
        }
    }

    #[test]
    fn every_command_and_argument_is_described_in_both_languages() {
        let mut seen = 0;
        every(&Cli::command(), "command", &mut |id| {
            seen += 1;
            for locale in [Locale::Zh, Locale::En] {
                let text = Catalogue::of(locale).find(id, &[]).unwrap_or_else(|| panic!("{id} in {locale:?}"));
                assert_eq!(has_chinese(&text.replace("汇流", "")), locale == Locale::Zh, "{id}: {text}");
                assert!(!text.contains("{ "), "a reference leads nowhere: {id}: {text}");
            }
        });
        assert!(seen > 150, "{seen}");
    }

    /// Nothing in the catalogue is about a command or an argument that is no longer there.
    #[test]
    fn no_description_is_left_over() {
        let mut known = std::collections::BTreeSet::new();
        every(&Cli::command(), "command", &mut |id| {
            known.insert(id.to_owned());
        });
        let file = include_str!("../domain/catalogue/en/help.ftl");
        let mut message = String::new();
        for line in file.lines().filter(|line| line.contains(" =")) {
            let name = line.split(" =").next().unwrap().trim();
            match name.strip_prefix('.') {
                None if line.starts_with(' ') => {}
                None => message = name.to_owned(),
                Some("example") => {}
                Some(attribute) if message == "command-shared" => {
                    let used = file.contains(&format!("{{ command-shared.{attribute} }}"));
                    let id = format!("command-shared.{attribute}");
                    let built_in = ["help", "version", "help-command"].contains(&attribute);
                    assert!(used || built_in || known.contains(&id), "{id}");
                }
                Some(attribute) => assert!(known.contains(&format!("{message}.{attribute}")), "{message}.{attribute}"),
            }
            assert!(message == "command-shared" || known.contains(&message), "{message}");
        }
    }

    #[test]
    fn help_is_in_one_language() {
        for locale in [Locale::Zh, Locale::En] {
            let mut all = Vec::new();
            helps(command(locale), &mut all);
            assert!(all.len() > 40, "{}", all.len());
            for help in all {
                for foreign in ["Usage:", "Options:", "Commands:", "Arguments:", "Print ", "[default"] {
                    assert!(locale == Locale::En || !help.contains(foreign), "{foreign} in\n{help}");
                }
                let without_names = help.replace("汇流", "");
                assert_eq!(has_chinese(&without_names), locale == Locale::Zh, "{help}");
            }
        }
    }

    fn helps(mut command: Command, all: &mut Vec<String>) {
        all.push(command.render_help().to_string());
        let subs: Vec<Command> = command.get_subcommands().cloned().collect();
        subs.into_iter().for_each(|sub| helps(sub, all));
    }

    #[test]
    fn the_language_is_known_before_the_rest_is_read() {
        let typed = |line: &str| typed_language(line.split(' ').map(str::to_owned));
        assert_eq!(typed("huiliu status --lang en"), Some(Locale::En));
        assert_eq!(typed("huiliu --lang=zh status"), Some(Locale::Zh));
        assert_eq!(typed("huiliu status --language en"), None);
        assert_eq!(typed("huiliu status --lang"), None);
        assert_eq!(typed("huiliu x -- --lang en"), None);
    }
}
