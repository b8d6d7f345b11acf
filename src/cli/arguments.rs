//! What can be typed: commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{citizen, client, evaluate, find, masking, people, quarantine, set_aside};

const EXAMPLES: &str = "Examples:
  huiliu keys new
  huiliu check mappings/rongcheng --away
  huiliu run --pack mappings/rongcheng
  huiliu mapping try mappings/rongcheng hotline sample.xml
  huiliu import --pack mappings/rongcheng petition letters.xlsx
  huiliu tail
  HULIU_TOKEN=hl_… huiliu status
  huiliu evaluate merge --messages messages.csv --labels clusters.csv";

/// Huiliu (汇流): many complaint channels in, one stream of unified tickets out, every answer carried back.
#[derive(Debug, Parser)]
#[command(name = "huiliu", version, after_help = EXAMPLES)]
pub(super) struct Cli {
    /// Settings file (TOML); default: huiliu.toml in the current folder, where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the gateway until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reloads the city pack.
    #[command(after_help = "Example:\n  huiliu run --pack mappings/rongcheng --config huiliu.toml")]
    Run(PackArgument),
    /// Check the settings and a city pack whole, run its cases, and list everything that is wrong with file, line and column. Fails
    /// exactly where `huiliu run` would not start.
    #[command(
        after_help = "Examples:\n  huiliu check mappings/rongcheng --away\n  huiliu --config /etc/huiliu/huiliu.toml check /etc/huiliu/pack"
    )]
    Check {
        /// Folder of the city pack.
        pack: PathBuf,
        /// Away from the gateway's machine: secrets, keys and certificates may be missing.
        #[arg(long)]
        away: bool,
    },
    /// Try a mapping, or make a case of a sample.
    Mapping {
        #[command(subcommand)]
        command: MappingCommand,
    },
    /// Load a file through a channel of the pack, with a progress bar. The gateway must not be running on the same database.
    #[command(after_help = "Example:\n  huiliu import --pack mappings/rongcheng petition letters.xlsx")]
    Import {
        #[command(flatten)]
        pack: PackArgument,
        /// Channel.
        channel: String,
        /// File in the channel's format.
        file: PathBuf,
    },
    /// Show tickets as they leave.
    #[command(after_help = "Examples:\n  huiliu tail\n  huiliu tail --key 'created.#' --count 10")]
    Tail {
        /// Routing key pattern: <event>.<district>.<department>.<grade>.
        #[arg(long, default_value = "#")]
        key: String,
        /// Stop after so many events.
        #[arg(long)]
        count: Option<u64>,
        /// Print the events as JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// Show channels with their alarms, queues, ledger and the last source files of a running gateway. Exits with 1 where the
    /// gateway is not ready, e.g. because the broker is away.
    #[command(
        after_help = "Examples:\n  HULIU_TOKEN=hl_… huiliu status   (or set HULIU_TOKEN)\n  huiliu status --json"
    )]
    Status {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// List the warnings of records that were accepted all the same, by channel and field, with samples.
    #[command(after_help = "Examples:\n  huiliu warnings\n  huiliu warnings --channel hotline --field occurred_at")]
    Warnings {
        /// Only of this channel.
        #[arg(long)]
        channel: Option<String>,
        /// Only of this field of a complaint.
        #[arg(long)]
        field: Option<String>,
        /// Show at most so many groups.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// List the files that were read as sources, newest first: rows and what became of them, and what was not read.
    #[command(after_help = "Example:\n  huiliu files --channel petition")]
    Files {
        /// Only of this channel.
        #[arg(long)]
        channel: Option<String>,
        /// Show at most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// List records that could not be taken, have them mapped again, or discard them.
    #[command(
        after_help = "Examples:\n  huiliu quarantine list --channel hotline\n  huiliu quarantine replay 120\n  huiliu quarantine discard 120 --reason 测试数据"
    )]
    Quarantine {
        #[command(subcommand)]
        command: quarantine::QuarantineCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Find complaints by receipt number, the source's number or telephone number.
    #[command(
        after_help = "Examples:\n  huiliu find --phone '+86 138-0000-1111'\n  huiliu find --source-number 2611220001 --json"
    )]
    Find {
        #[command(flatten)]
        wanted: find::Wanted,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Say why two complaints are or are not one matter, or why each complaint is on a ticket.
    #[command(
        after_help = "Examples:\n  huiliu explain RC2611220000001 RC2611220000007\n  huiliu explain RC-20261122-000001 --json"
    )]
    Explain {
        /// Receipt number of a complaint, or a ticket.
        a: String,
        /// Receipt number of another complaint.
        b: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// List the open questions whether two belong together, the heaviest first, or answer one.
    #[command(after_help = "Examples:\n  huiliu review\n  huiliu review 12 --same\n  huiliu review 12 --different")]
    Review {
        /// Number of the question to answer.
        #[arg(requires = "answer")]
        review: Option<i64>,
        /// It is the same matter: the tickets become one.
        #[arg(long, group = "answer")]
        same: bool,
        /// They are two matters, for good.
        #[arg(long, group = "answer")]
        different: bool,
        /// Show at most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Split, move, merge, pin; and take it back.
    #[command(after_help = "Examples:\n  huiliu ticket split RC2611220000007\n  huiliu ticket undo RC-20261122-000001")]
    Ticket {
        #[command(subcommand)]
        command: people::TicketCommand,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Messages of the public stream that had no queue: look into them, give them back, throw them away.
    #[command(
        after_help = "Examples:\n  huiliu unrouted --pack mappings/rongcheng list\n  huiliu unrouted --pack mappings/rongcheng discard --all"
    )]
    Unrouted {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    /// Messages that consumers of feeds gave up: look into them, give them back, throw them away.
    #[command(
        after_help = "Examples:\n  huiliu dead --pack mappings/rongcheng list\n  huiliu dead --pack mappings/rongcheng return --all"
    )]
    Dead {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    /// Status updates that were refused, with the reasons: look into them, throw them away.
    #[command(after_help = "Examples:\n  huiliu refused list\n  huiliu refused show 1\n  huiliu refused discard --all")]
    Refused {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
        #[command(flatten)]
        city: set_aside::City,
    },
    /// Make keys, or rotate them.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Make and remove access tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Check the store: file, ledger, orphans, outbox, answers, seals.
    #[command(after_help = "Example:\n  huiliu doctor --repair")]
    Doctor {
        /// Mend what can be mended without a decision.
        #[arg(long)]
        repair: bool,
    },
    /// Erase one citizen's personal data; counts and routing of tickets stay. Exits with 3 where nobody was found. Where the
    /// gateway is running it is asked, with a token of role admin; else the store is opened.
    #[command(
        after_help = "Examples:\n  huiliu erase --phone '+86 138-0000-1111'\n  huiliu erase --phone - < number.txt   (a command line is visible to other users)"
    )]
    Erase {
        #[command(flatten)]
        citizen: citizen::CitizenArguments,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Print everything that a running gateway keeps of one citizen as JSON, for the citizen who asks for it; needs a token of role
    /// admin. Exits with 3 where nobody was found.
    #[command(after_help = "Example:\n  huiliu export --phone - < number.txt > citizen.json")]
    Export {
        #[command(flatten)]
        citizen: citizen::CitizenArguments,
        #[command(flatten)]
        gateway: client::Gateway,
    },
    /// Measure merging and masking on labelled complaints.
    Evaluate {
        #[command(subcommand)]
        command: EvaluateCommand,
    },
    /// Propose match weights and thresholds from complaints, labelled or not, and answered reviews; write them only when told.
    Tune {
        #[command(subcommand)]
        command: TuneCommand,
    },
    /// Write the JSON Schemas, the AsyncAPI and the OpenAPI document into a folder.
    #[command(after_help = "Example:\n  huiliu schemas deploy/schemas")]
    Schemas {
        /// Folder.
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct PackArgument {
    /// Folder of the city pack.
    #[arg(long = "pack", value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum MappingCommand {
    /// Show what a channel makes of a file: raw beside normalized, problems inline.
    Try {
        /// Folder of the city pack.
        pack: PathBuf,
        /// Channel.
        channel: String,
        /// A payload as the source would deliver it.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Show at most so many records.
        #[arg(long, default_value_t = 5)]
        most: usize,
    },
    /// Make a case of a sample: what the mapping makes of it now is what it must make of it from now on.
    Accept {
        /// Folder of the city pack.
        pack: PathBuf,
        /// Channel.
        channel: String,
        /// A payload as the source would deliver it, free of real personal data.
        file: PathBuf,
        /// Name of the case; default: the file's name.
        #[arg(long)]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EvaluateCommand {
    /// Feed labelled complaints through mapping and merging in the order of time, and compare the tickets with the labels:
    /// pairs, clusters, blocking, review, speed, and the worst mistakes with their evidence.
    #[command(
        after_help = "Example:\n  huiliu evaluate merge --messages messages.csv --labels clusters.csv --hard-negatives pairs.csv"
    )]
    Merge(evaluate::EvaluateMerge),
    /// Mask labelled texts and compare: recall and precision of each kind of personal data.
    #[command(
        after_help = "Example:\n  huiliu evaluate masking --texts tests/masking/texts.csv --labels tests/masking/labels.csv"
    )]
    Masking(masking::EvaluateMasking),
}

#[derive(Debug, Subcommand)]
pub(super) enum TuneCommand {
    /// Fit the weights of all comparisons together, show the cross-validated precision-recall curve, propose thresholds. Without
    /// labels, estimate the weights by expectation maximization.
    #[command(
        after_help = "Examples:\n  huiliu tune merge --messages messages.csv --labels clusters.csv --picture curve.svg\n  huiliu tune merge --messages messages.csv"
    )]
    Merge(evaluate::TuneMerge),
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Write a new key file. Refuses to replace one.
    New,
    /// Add a new sealing key and seal everything again with it. The gateway must not be running.
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token; it is shown once. Refuses to replace one.
    #[command(after_help = "Examples:\n  huiliu token new clerk --role operator\n  huiliu token new clerk --replace")]
    New {
        /// Who it is for.
        name: String,
        /// viewer, operator or admin; default viewer, and of a token that is replaced the role that it has.
        #[arg(long)]
        role: Option<String>,
        /// Replace the token of this name: the old one no longer opens anything.
        #[arg(long)]
        replace: bool,
    },
    /// List tokens.
    List,
    /// Remove a token.
    Remove {
        /// Who it was for.
        name: String,
    },
}
