//! A whole city pack.

mod difference;
mod draft;
mod grid;
mod preview;
mod rules;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::{Factory, Problems, Settings, SettingsProblem, WayBack};
use huiliu_expression::{CodeTable, Language};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::city::{City, Feeds, Grades, Names, Numbering, PackFiles, Problem, Table, toml_problems};
use crate::complaint::{Complaint, ComplaintState};
use crate::destinations::Destination;
use crate::handling::{HANDLING_FILE, Handling, JOINT_TABLE, run_handling_cases};
use crate::mapping::{
    Answering, CaseParts, CaseResult, Channel, Known, Loading, Normalized, SameNumber, check_answers, check_statements,
    check_ways, normalize, record_of, run_cases,
};
use crate::merge::{Areas, Merging};
use crate::report::Reports;
use crate::rewards::{Around, REWARDS_FILE, Rewards, run_reward_cases};
use crate::routing::{Routing, run_routing_cases};
use crate::ticket::Status;
use crate::watch::{WATCH_FILE, Watch, run_watch_cases};

pub use difference::{FileChange, FileDifference, difference};
pub use draft::{EditRefusal, FileEdit, edited, rebased};
pub use grid::{Grid, GridEdit, GridRefusal, GridRow, grids, is_tabular, regridded};
pub use preview::{KeptRecord, MadeOtherwise, made_otherwise};
pub use rules::Rules;

/// A city pack that was checked whole. It is composed of parts; whoever decides something is handed [`Rules`], or less.
#[derive(Debug)]
pub struct Pack {
    /// Digest of its files; the settings' version stored with every decision.
    pub version: String,
    /// `city.toml`.
    pub city: City,
    /// The expression language with the pack's tables.
    pub language: Language,
    /// The channels by id.
    pub channels: BTreeMap<String, Arc<Channel>>,
    /// What tickets are sent to by other ways than AMQP, by name; without those that are not enabled.
    pub destinations: BTreeMap<String, Arc<Destination>>,
    /// What deciding needs.
    pub rules: Arc<Rules>,
    /// The files, for running the cases.
    pub files: PackFiles,
    /// Remarks that do not keep it from running.
    pub notes: Vec<Problem>,
}

impl Pack {
    /// Reads and checks the pack in a folder.
    ///
    /// # Errors
    /// All problems of all files.
    pub fn read(folder: &Path, loading: &Loading<'_>) -> Result<Self, Vec<Problem>> {
        Self::load(PackFiles::read(folder)?, loading)
    }

    /// Checks a pack whose files were read.
    ///
    /// # Errors
    /// All problems of all files.
    pub fn load(files: PackFiles, loading: &Loading<'_>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut notes = Vec::new();
        let tables = load_tables(&files, &mut problems);
        let (city, source) = load_city(&files, &mut problems)?;
        let zone = city.time_zone().unwrap_or(jiff::tz::TimeZone::UTC);
        let language = Language::new(zone.clone(), Arc::new(code_tables(&tables, &mut problems)));
        let grades = Arc::new(Grades::new(&city.grades));
        let routing = Routing::load(&city, &source, Arc::clone(&grades), zone.clone(), &tables, &mut problems);
        let mut names = routing.names(&city.name);
        let watch = Watch::load(files.get(WATCH_FILE), &language, (&city, &names), &mut problems);
        names.tags = watch.names();
        let file = files.get(HANDLING_FILE);
        let destinations = files.in_folder("destinations", ".toml").map(|(_, stem, _)| stem);
        let feeds = city.feeds.iter().map(|feed| feed.name.get_ref().as_str());
        let known = (&city, &names, feeds.chain(destinations).collect::<Vec<_>>());
        let handling = Handling::load(file, &language, known, &routing, &tables, (&mut notes, &mut problems));
        check_roles(&watch, &files, &handling, &mut problems);
        let names = Arc::new(with_names_of(&handling, names));
        let (mut city_problems, mut city_notes) = (Problems::new(), Problems::new());
        city.check(&mut city_problems);
        let found = (&mut city_problems, &mut city_notes);
        let mut feeds = Feeds::compile(&city, &source, &language, zone.clone(), Arc::clone(&names), found);
        notes.extend(city_notes.iter().map(|note| Problem::at_span("city.toml", &source, note)));
        problems.extend(city_problems.iter().map(|problem| Problem::at_span("city.toml", &source, problem)));
        let known = held_against(&city, &tables, &handling);
        let loading = &Loading { ratings: handling.form_ratings(), ..loading.clone() };
        let channels = load_channels(&files, &language, loading, &mut notes, &mut problems, &Arc::new(known));
        let mut names = names.as_ref().clone();
        names.channels = channels.iter().map(|(id, channel)| (id.clone(), channel.name.clone())).collect();
        let destinations =
            load_destinations((&files, &city), &language, loading, &mut feeds, (&mut notes, &mut problems));
        check_confidential((&city, &source), &names, (&files, &tables), &mut problems);
        let reports = load_reports(&files, &language, &names, &mut problems);
        let unread = unread(&files, &channels);
        let confidential = feeds.confidential.categories();
        let around = Around { channels: &channels, unread: &unread, names: &names, confidential };
        let rewards = Rewards::load(files.get(REWARDS_FILE), &around, &mut problems);
        if problems.is_empty() {
            check_ways(&channels, &mut problems);
            check_statements(&channels, &mut problems);
            check_carriers(&channels, &destinations, &files, &mut problems);
            check_places(&reports, &destinations, &files, &mut problems);
            check_answers(&channels, |name| answering(&destinations, &feeds, name), &mut problems);
        }
        refused(problems)?;
        notes.extend(routing.calendar_remark(city.calendar.table.get_ref(), loading.clock.now()));
        let version = files.version();
        let areas = Areas::new(routing.area_names());
        let category = routing.default_category().to_owned();
        let merging = Merging::new(city.merge.clone(), version.clone(), areas, category)
            .keeping_apart(feeds.confidential.categories().clone());
        let rules = Rules {
            version: version.clone(),
            numbering: Numbering { prefix: city.prefix.get_ref().clone(), zone },
            grades,
            routing: Arc::new(routing),
            handling: Arc::new(handling),
            watch: Arc::new(watch),
            names: Arc::new(names),
            feeds: Arc::new(feeds),
            merging: Arc::new(merging),
            reports: Arc::new(reports),
            rewards: Arc::new(rewards),
            told: told(&channels),
            also_told: also_told(&channels),
            amending: amending(&channels),
            stating: stating(&channels),
            reopen_on_dissatisfied: city.reopen_on_dissatisfied,
        };
        Ok(Self { version, city, language, channels, destinations, rules: Arc::new(rules), files, notes })
    }
}

/// Nothing where there are no problems, else all of them.
fn refused(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

impl Pack {
    /// Runs all its cases, which lie in `folder`: of its channels, its routing, its handling rules, its tags
    /// and its points.
    #[must_use]
    pub fn run_cases(&self, folder: &Path, factories: &[Box<dyn Factory>]) -> Vec<CaseResult> {
        let mut results = run_cases(&self.channels, folder, self.case_parts(factories));
        let routing = run_routing_cases(&self.rules.routing, folder);
        results.extend(routing.into_iter().map(|case| CaseResult { name: case.name, failure: case.failure }));
        let handling = run_handling_cases(&self.rules.handling, folder);
        results.extend(handling.into_iter().map(|case| CaseResult { name: case.name, failure: case.failure }));
        // No rule of a tag asks for a time.
        let route = |complaint: &Complaint| self.rules.routing.route(complaint, jiff::Timestamp::UNIX_EPOCH);
        let watch = run_watch_cases(&self.rules.watch, &route, folder);
        results.extend(watch.into_iter().map(|case| CaseResult { name: case.name, failure: case.failure }));
        let rewards = run_reward_cases(&self.rules.rewards, &self.rules.numbering.zone, folder);
        results.extend(rewards.into_iter().map(|case| CaseResult { name: case.name, failure: case.failure }));
        results
    }

    /// What the cases of its channels need.
    #[must_use]
    pub fn case_parts<'a>(&'a self, factories: &'a [Box<dyn Factory>]) -> CaseParts<'a> {
        CaseParts { language: &self.language, city: &self.city.name, factories }
    }

    /// Maps a record again that is kept in the store since `received_at`; `None` when the pack has no such channel.
    #[must_use]
    pub fn map_kept(
        &self,
        channel: &str,
        record_id: String,
        body: Value,
        received_at: jiff::Timestamp,
    ) -> Option<Normalized> {
        let channel = self.channels.get(channel)?;
        Some(normalize(channel, &record_of(record_id, body), received_at))
    }
}

/// Whether the channels that send for destinations can.
fn check_carriers(
    channels: &BTreeMap<String, Arc<Channel>>,
    destinations: &BTreeMap<String, Arc<Destination>>,
    files: &PackFiles,
    problems: &mut Vec<Problem>,
) {
    for (path, stem, bytes) in files.in_folder("destinations", ".toml") {
        let Some(named) = destinations.get(stem).and_then(|destination| destination.way.channel()) else { continue };
        let carrier = channels.get(named.get_ref()).filter(|channel| channel.enabled);
        if !carrier.is_some_and(|channel| channel.adapter.way_back() == WayBack::AnyPhone) {
            let problem = SettingsProblem::new(
                named.span(),
                "channel 应为已启用、能向任意电话号码发送的渠道（其 reply 用到 reply.phone，且不用 record、reply.source_number）",
                "channel must be an enabled channel that can send to any telephone number: its reply uses reply.phone, and neither \
                 record nor reply.source_number",
            );
            problems.push(Problem::at_span(path, &String::from_utf8_lossy(bytes), &problem));
        }
    }
}

/// Whether reports go where files go.
fn check_places(
    reports: &Reports,
    destinations: &BTreeMap<String, Arc<Destination>>,
    files: &PackFiles,
    problems: &mut Vec<Problem>,
) {
    let source = files.get(REPORTS).map(String::from_utf8_lossy).unwrap_or_default();
    let schedules = reports.reports.iter().filter_map(|report| report.schedule.as_ref());
    for place in schedules.flat_map(|schedule| &schedule.to) {
        let takes_files = |destination: &Arc<Destination>| destination.way.collected().is_some();
        if !destinations.get(place.get_ref()).is_some_and(takes_files) {
            let (zh, en) = (
                format!(
                    "{} 应是 destinations/ 里已启用、按设定时刻投送文件的目的地（文件夹、SFTP 或带 at、every 的邮件）",
                    place.get_ref()
                ),
                format!(
                    "{} must be an enabled destination that gets files at set times: a folder, SFTP, or mail with at or every",
                    place.get_ref()
                ),
            );
            problems.push(Problem::at_span(REPORTS, &source, &SettingsProblem::new(place.span(), zh, en)));
        }
    }
}

/// What channels' words are held against.
fn held_against(city: &City, tables: &BTreeMap<String, Table>, handling: &Handling) -> Known {
    let names = [city.name.as_str(), &city.code];
    Known::of(tables.get("districts"), tables.get("categories"), names, handling.scale())
}

/// Channel files that could not be read.
fn unread(files: &PackFiles, channels: &BTreeMap<String, Arc<Channel>>) -> BTreeSet<String> {
    let stems = files.in_folder("channels", ".toml").map(|(_, stem, _)| stem.to_owned());
    stems.filter(|stem| !channels.contains_key(stem)).collect()
}

/// The names with those of `handling.toml`.
fn with_names_of(handling: &Handling, names: Names) -> Names {
    Names {
        clocks: handling.clock_names(),
        holds: handling.hold_names(),
        outside: handling.outside_names(),
        levels: handling.levels().iter().cloned().collect(),
        ..names
    }
}

/// Whether somebody has the roles that `watch.toml` names. A `handling.toml` that cannot be read names nobody.
fn check_roles(watch: &Watch, files: &PackFiles, handling: &Handling, problems: &mut Vec<Problem>) {
    if !problems.iter().any(|problem| problem.file == HANDLING_FILE) {
        watch.check_roles(files.get(WATCH_FILE), &|role| handling.fault_of_role(role), problems);
    }
}

/// Whether what `[confidential]` names is there.
fn check_confidential(
    (city, source): (&City, &str),
    names: &Names,
    (files, tables): (&PackFiles, &BTreeMap<String, Table>),
    problems: &mut Vec<Problem>,
) {
    let is_destination = |name: &str| files.in_folder("destinations", ".toml").any(|(_, stem, _)| stem == name);
    let is_known = |name: &str| city.feeds.iter().any(|feed| feed.name.get_ref() == name) || is_destination(name);
    let mut found = Problems::new();
    let handlers = tables.get("handlers").into_iter().flat_map(Table::rows);
    let codes: BTreeSet<&str> = handlers.map(|row| row.get("code")).collect();
    city.confidential.check(&names.categories, is_known, |code| codes.contains(code), &mut found);
    problems.extend(found.iter().map(|problem| Problem::at_span("city.toml", source, problem)));
}

/// What a destination can be answered for; none where there is none of this name that is enabled.
fn answering(destinations: &BTreeMap<String, Arc<Destination>>, feeds: &Feeds, name: &str) -> Option<Answering> {
    let destination = destinations.get(name)?;
    let by_rest = feeds.get(name).is_some_and(|feed| feed.token.is_some());
    Some(Answering { knows_numbers: destination.way.knows_numbers(), by_rest })
}

/// By channel, the statuses that its citizens are told of.
fn told(channels: &BTreeMap<String, Arc<Channel>>) -> BTreeMap<String, Vec<Status>> {
    let of = |(id, channel): (&String, &Arc<Channel>)| Some((id.clone(), channel.reply.as_ref()?.on.clone()));
    channels.iter().filter_map(of).collect()
}

/// By channel, whose citizens are told besides those who wait for an answer.
fn also_told(channels: &BTreeMap<String, Arc<Channel>>) -> BTreeMap<String, Vec<ComplaintState>> {
    let of = |(id, channel): (&String, &Arc<Channel>)| Some((id.clone(), channel.reply.as_ref()?.also.clone()));
    channels.iter().filter_map(of).collect()
}

/// Channels whose records may state something later of complaints.
fn stating(channels: &BTreeMap<String, Arc<Channel>>) -> BTreeSet<String> {
    channels.values().filter(|channel| channel.states_later()).map(|channel| channel.id.clone()).collect()
}

/// Channels whose file says that records with one number that come at once amend each other.
fn amending(channels: &BTreeMap<String, Arc<Channel>>) -> BTreeSet<String> {
    let amending = channels.values().filter(|channel| channel.same_number == SameNumber::Amend);
    amending.map(|channel| channel.id.clone()).collect()
}

fn load_tables(files: &PackFiles, problems: &mut Vec<Problem>) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for (path, stem, bytes) in files.in_folder("tables", ".csv") {
        match Table::read(path, bytes) {
            Ok(table) => drop(tables.insert(stem.to_owned(), table)),
            Err(found) => problems.extend(found),
        }
    }
    tables
}

/// The file of the reports.
const REPORTS: &str = "reports.toml";

/// Tables that routing reads by their headings; every other one is a code table for the `table` filter.
const STRUCTURED: [&str; 4] = ["calendar", "handlers", JOINT_TABLE, "responsibility"];

fn code_tables(tables: &BTreeMap<String, Table>, problems: &mut Vec<Problem>) -> HashMap<String, CodeTable> {
    let mut codes = HashMap::new();
    for (name, table) in tables.iter().filter(|(name, _)| !STRUCTURED.contains(&name.as_str())) {
        match table.to_code_table() {
            Ok(table) => drop(codes.insert(name.clone(), table)),
            Err(found) => problems.extend(found),
        }
    }
    codes
}

fn load_city(files: &PackFiles, problems: &mut Vec<Problem>) -> Result<(City, String), Vec<Problem>> {
    let Some(source) = files.get("city.toml").map(|bytes| String::from_utf8_lossy(bytes).into_owned()) else {
        problems.push(Problem::of_file("city.toml", "缺少这个文件", "the file is missing"));
        return Err(std::mem::take(problems));
    };
    let read = DeTable::parse(&source).map_err(toml_problems).and_then(|table| {
        let value = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        Settings::new(&source, value).read::<City>()
    });
    match read {
        Ok(city) => Ok((city, source.clone())),
        Err(found) => {
            problems.extend(found.iter().map(|problem| Problem::at_span("city.toml", &source, problem)));
            Err(std::mem::take(problems))
        }
    }
}

/// The reports of a city; without the file none, and the usual time to sign.
fn load_reports(files: &PackFiles, language: &Language, names: &Names, problems: &mut Vec<Problem>) -> Reports {
    let Some(source) = files.get(REPORTS).map(String::from_utf8_lossy) else { return Reports::default() };
    Reports::load(&source, language, names).unwrap_or_else(|found| {
        problems.extend(found.iter().map(|problem| Problem::at_span(REPORTS, &source, problem)));
        Reports::default()
    })
}

fn load_channels(
    files: &PackFiles,
    language: &Language,
    loading: &Loading<'_>,
    notes: &mut Vec<Problem>,
    problems: &mut Vec<Problem>,
    known: &Arc<Known>,
) -> BTreeMap<String, Arc<Channel>> {
    let mut channels = BTreeMap::new();
    for (path, stem, bytes) in files.in_folder("channels", ".toml") {
        let source = String::from_utf8_lossy(bytes);
        match Channel::load(stem, path, &source, language, loading, notes) {
            Ok(channel) => drop(channels.insert(stem.to_owned(), Arc::new(channel.knowing(known)))),
            Err(found) => problems.extend(found),
        }
    }
    channels
}

/// Reads the destinations, and has the events made that they want.
fn load_destinations(
    (files, city): (&PackFiles, &City),
    language: &Language,
    loading: &Loading<'_>,
    feeds: &mut Feeds,
    (notes, problems): (&mut Vec<Problem>, &mut Vec<Problem>),
) -> BTreeMap<String, Arc<Destination>> {
    let variables = feeds.variables(city);
    let mut destinations = BTreeMap::new();
    for (path, stem, bytes) in files.in_folder("destinations", ".toml") {
        let source = String::from_utf8_lossy(bytes);
        let loaded = match Destination::load(stem, path, &source, (language, &variables), loading, notes) {
            Ok(loaded) => loaded,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        let mut found = Problems::new();
        feeds.add(&loaded.feed, loaded.destination.is_some(), city, (&source, language), &mut found);
        problems.extend(found.iter().map(|problem| Problem::at_span(path, &source, problem)));
        destinations.extend(loaded.destination.map(|destination| (stem.to_owned(), destination)));
    }
    destinations
}

#[cfg(test)]
mod tests;
