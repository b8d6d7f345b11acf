//! What can be typed: commands and their arguments. What each is for stands in the catalogue (`help.ftl`), by its path.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{
    audit, bulletin, callback, channel, citizen, client, deliveries, evaluate, find, masking, packs, people, person,
    points, quarantine, replies, reply, report, rewards, set_aside, topic, trace, watch,
};
use crate::catalogue::{Locale, say};

/// A command line.
#[derive(Debug, Parser)]
#[command(name = "huiliu", version)]
pub(super) struct Cli {
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    pub(super) lang: Option<Locale>,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// A language that is typed: `zh` or `en`.
fn language(name: &str) -> Result<Locale, String> {
    Locale::named(name).ok_or_else(|| say!("usage-languages"))
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Run(PackArgument),
    Check {
        pack: PathBuf,
        #[arg(long)]
        away: bool,
    },
    Mapping {
        #[command(subcommand)]
        command: MappingCommand,
    },
    Import {
        #[command(flatten)]
        pack: PackArgument,
        channel: String,
        file: PathBuf,
        #[arg(long)]
        history: bool,
    },
    Channel {
        #[command(subcommand)]
        command: channel::ChannelCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Deliveries {
        #[command(subcommand)]
        command: deliveries::DeliveriesCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Tail {
        #[arg(long, default_value = "#")]
        key: String,
        #[arg(long)]
        count: Option<u64>,
        #[arg(long)]
        json: bool,
    },
    Status {
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Warnings {
        #[arg(long)]
        channel: Option<String>,
        #[arg(long)]
        field: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Files {
        #[arg(long)]
        channel: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Quarantine {
        #[command(subcommand)]
        command: quarantine::QuarantineCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Replies {
        #[command(subcommand)]
        command: replies::RepliesCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Callback {
        #[command(subcommand)]
        command: callback::CallbackCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Topic {
        #[command(subcommand)]
        command: topic::TopicCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Rewards {
        #[command(subcommand)]
        command: rewards::RewardsCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Watch {
        #[command(subcommand)]
        command: watch::WatchCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Find {
        #[command(flatten)]
        wanted: find::Wanted,
        #[arg(long, default_value_t = 500)]
        limit: usize,
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Report {
        #[command(flatten)]
        wanted: report::Wanted,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Bulletin {
        #[command(flatten)]
        wanted: bulletin::Wanted,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Trace {
        #[command(flatten)]
        traced: trace::Traced,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Explain {
        a: String,
        b: Option<String>,
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Review {
        #[arg(requires = "answer")]
        review: Option<i64>,
        #[arg(long, group = "answer")]
        same: bool,
        #[arg(long, group = "answer")]
        different: bool,
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Ticket {
        #[command(subcommand)]
        command: people::TicketCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Unrouted {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    Dead {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    Refused {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    Pack {
        #[command(subcommand)]
        command: packs::PackCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    People {
        #[command(subcommand)]
        command: person::PeopleCommand,
    },
    Doctor {
        #[arg(long)]
        repair: bool,
    },
    Erase {
        #[command(flatten)]
        citizen: citizen::CitizenArguments,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Export {
        #[command(flatten)]
        citizen: citizen::CitizenArguments,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    Evaluate {
        #[command(subcommand)]
        command: EvaluateCommand,
    },
    Tune {
        #[command(subcommand)]
        command: TuneCommand,
    },
    Points {
        #[command(subcommand)]
        command: points::PointsCommand,
    },
    Schemas {
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct PackArgument {
    #[arg(long = "pack", value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum MappingCommand {
    Try {
        pack: PathBuf,
        channel: String,
        file: PathBuf,
        #[arg(long)]
        json: bool,
        #[arg(long, default_value_t = 5)]
        most: usize,
        #[command(flatten)]
        reply: reply::TriedReply,
    },
    Accept {
        pack: PathBuf,
        channel: String,
        file: PathBuf,
        #[arg(long)]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EvaluateCommand {
    Merge(evaluate::EvaluateMerge),
    Masking(masking::EvaluateMasking),
}

#[derive(Debug, Subcommand)]
pub(super) enum TuneCommand {
    Merge(evaluate::TuneMerge),
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    New,
    Public,
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    Move {
        #[arg(long)]
        from: PathBuf,
        #[arg(long)]
        undo: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    New {
        name: String,
        #[arg(long)]
        role: Option<String>,
        #[arg(long)]
        replace: bool,
    },
    List,
    Remove {
        name: String,
    },
}
