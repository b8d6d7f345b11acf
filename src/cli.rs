//! The `huiliu` command: what people type.

mod arguments;
mod audit;
mod bulletin;
mod callback;
mod cause;
mod channel;
mod check;
mod citizen;
mod client;
mod deliveries;
mod drafts;
mod evaluate;
mod files;
mod find;
mod help;
mod history;
mod import;
mod mapping;
mod masking;
mod packs;
mod people;
mod person;
mod points;
mod quarantine;
mod replies;
mod reply;
mod report;
mod rewards;
mod run;
mod service_manager;
mod set_aside;
mod status;
mod store;
mod tail;
mod ticket_show;
mod topic;
mod trace;
mod view;
mod warnings;
mod watch;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches as _;

use self::arguments::{
    Cli, Command, EvaluateCommand, KeysCommand, MappingCommand, StoreCommand, TokenCommand, TuneCommand,
};
use self::audit::AuditCommand;
use self::client::Gateway;
use crate::catalogue::{Locale, say};
use crate::city::{Problem, problem_lines};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::forward::SetAsideQueue;
use crate::mapping::{Loading, SecretSource};
use crate::pack::Pack;
use crate::registry::factories;

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(typed) = help::typed_language(std::env::args_os().filter_map(|argument| argument.into_string().ok())) {
        typed.set_for_process();
    }
    let typed = help::command(Locale::of_process()).try_get_matches();
    let cli = match typed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            view::problem(&cause::text(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the command line, or the help that was asked for.
fn refused(error: &clap::Error) -> ExitCode {
    match help::refusal(error) {
        Some(said) => view::problem(&said),
        // Where nobody reads it there is nobody to be told of that either.
        None => drop(error.print()),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::read(cli.config.as_deref())?;
    match cli.command {
        Command::Run(pack) => runtime()?.block_on(run::run(config, pack.folder)),
        Command::Check { pack, away } => check::check(&config, &pack, away),
        Command::Mapping { command } => of_mapping(command),
        Command::Import { pack, channel, file, history: false } => {
            runtime()?.block_on(import::import(config, &pack.folder, &channel, &file))
        }
        Command::Import { pack, channel, file, history: true } => {
            runtime()?.block_on(history::import(config, &pack.folder, &channel, &file))
        }
        Command::Tail { key, count, json } => runtime()?.block_on(tail::tail(&config, &key, count, json)),
        Command::Status { json, gateway } => runtime()?.block_on(status::status(&gateway.client(&config)?, json)),
        Command::Warnings { channel, field, limit, gateway } => runtime()?.block_on(warnings::warnings(
            &gateway.client(&config)?,
            (channel.as_deref(), field.as_deref()),
            limit,
        )),
        Command::Find { wanted, limit, json, gateway } => find::run(&gateway.client(&config)?, &wanted, limit, json),
        Command::Report { wanted, gateway } => runtime()?.block_on(report::run(&gateway.client(&config)?, &wanted)),
        Command::Bulletin { wanted, gateway } => bulletin::run(&gateway.client(&config)?, &wanted),
        Command::Trace { traced, gateway } => trace::run(&gateway.client(&config)?, &traced),
        Command::Files { channel, limit, gateway } => {
            runtime()?.block_on(files::files(&gateway.client(&config)?, channel.as_deref(), limit))
        }
        Command::Quarantine { command, gateway } => {
            runtime()?.block_on(quarantine::run(&gateway.client(&config)?, command))
        }
        Command::Replies { command, gateway } => replies::run(&gateway.client(&config)?, &command),
        Command::Callback { command, gateway } => callback::run(&gateway.client(&config)?, &command),
        Command::Watch { command, gateway } => watch::run(&gateway.client(&config)?, &command),
        Command::Rewards { command, gateway } => rewards::run(&gateway.client(&config)?, command),
        Command::Topic { command, gateway } => topic::run(&gateway.client(&config)?, &command),
        Command::Deliveries { command, gateway } => {
            runtime()?.block_on(deliveries::run(&gateway.client(&config)?, &command))
        }
        Command::Channel { command, gateway } => runtime()?.block_on(channel::run(&gateway.client(&config)?, &command)),
        Command::Explain { a, b, json, gateway } => {
            runtime()?.block_on(people::explain(&gateway.client(&config)?, &a, b.as_deref(), json))
        }
        Command::Review { review: None, limit, gateway, .. } => {
            runtime()?.block_on(people::reviews(&gateway.client(&config)?, limit))
        }
        Command::Review { review: Some(review), same, gateway, .. } => {
            runtime()?.block_on(people::answer_review(&gateway.client(&config)?, review, same))
        }
        Command::Ticket { command, gateway } => people::ticket(&gateway.client(&config)?, &command),
        Command::Unrouted { command, city } => of_queue(&config, city, SetAsideQueue::Unrouted, command),
        Command::Dead { command, city } => of_queue(&config, city, SetAsideQueue::Dead, command),
        Command::Refused { command, city } => of_queue(&config, city, SetAsideQueue::Refused, command),
        Command::Pack { command, gateway } => runtime()?.block_on(packs::run(&gateway.client(&config)?, &command)),
        Command::Audit { command, gateway } => of_audit(&config, command, gateway),
        Command::Keys { command: KeysCommand::New } => store::new_keys(&config),
        Command::Keys { command: KeysCommand::Public } => store::public_key(&config),
        Command::Keys { command: KeysCommand::Rotate } => store::rotate_keys(&config),
        Command::Store { command: StoreCommand::Move { from, undo } } => store::move_from(&config, &from, undo),
        Command::Token { command } => of_token(&config, command),
        Command::People { command } => person::run(&config, command),
        Command::Doctor { repair } => store::doctor(&config, repair),
        Command::Erase { citizen, gateway } => citizen::erase(&config, &citizen.read()?, gateway),
        Command::Export { citizen, gateway } => {
            let named = citizen.read()?;
            runtime()?.block_on(citizen::export(&gateway.client(&config)?, &named))
        }
        Command::Tune { command: TuneCommand::Merge(arguments) } => evaluate::tune_merge(&config, &arguments),
        Command::Evaluate { command: EvaluateCommand::Merge(arguments) } => evaluate::merge(&arguments),
        Command::Evaluate { command: EvaluateCommand::Masking(arguments) } => masking::masking(&arguments),
        Command::Points { command } => points::run(command),
        Command::Schemas { folder } => check::write_schemas(&folder),
    }
}

fn of_queue(
    config: &Config,
    city: set_aside::City,
    which: SetAsideQueue,
    command: set_aside::SetAsideCommand,
) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(set_aside::run(config, city, which, command))
}

fn of_mapping(command: MappingCommand) -> anyhow::Result<ExitCode> {
    match command {
        MappingCommand::Try { pack, channel, file, json, most, reply } => {
            mapping::try_file(&pack, (&channel, &file), json, most, &reply)
        }
        MappingCommand::Accept { pack, channel, file, name } => {
            mapping::accept(&pack, &channel, &file, name.as_deref())
        }
    }
}

fn of_audit(config: &Config, command: AuditCommand, gateway: Gateway) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::List { wanted, oldest_first, limit, json } => {
            runtime()?.block_on(audit::list(&gateway.client(config)?, &wanted, (oldest_first, limit), json))
        }
        AuditCommand::Export { wanted, format } => {
            runtime()?.block_on(audit::export(&gateway.client(config)?, wanted, format))
        }
        AuditCommand::Verify { checkpoint } => audit::verify(config, &checkpoint),
    }
}

fn of_token(config: &Config, command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::New { name, role, replace } => store::new_token(config, &name, role.as_deref(), replace),
        TokenCommand::List => store::list_tokens(config),
        TokenCommand::Remove { name } => store::remove_token(config, &name),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Loads a pack without needing its secrets; prints its problems where it has any.
fn load_pack(folder: &std::path::Path) -> anyhow::Result<Pack> {
    load_pack_with(folder, SecretSource::Optional).map_err(|problems| anyhow::anyhow!(list(&problems)))
}

fn load_pack_with(folder: &std::path::Path, secrets: SecretSource<'_>) -> Result<Pack, Vec<Problem>> {
    let factories = factories();
    Pack::read(folder, &Loading { secrets, ..Loading::away(&factories, Arc::new(SystemClock)) })
}

fn list(problems: &[Problem]) -> String {
    format!("{}\n{}", say!("error-problems", count = problems.len()), problem_lines(problems))
}
