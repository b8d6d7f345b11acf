//! `huiliu check` and `huiliu schemas`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::view;
use crate::catalogue::{Locale, say};
use crate::city::{Carrier, FeedSettings, Problem};
use crate::config::Config;
use crate::forward::wire::v1::{asyncapi, schemas};
use crate::http::openapi;
use crate::mapping::SecretSource;
use crate::pack::Pack;
use crate::registry::factories;
use crate::store::{Vault, probe};

/// Checks settings and pack as `huiliu run` would, and fails where that would not start; `away` from the gateway its secrets, keys and
/// certificates may be missing.
pub(super) fn check(config: &Config, folder: &Path, away: bool) -> anyhow::Result<ExitCode> {
    let problems = if away { config.problems_away() } else { config.problems() };
    let secrets = if away { SecretSource::Optional } else { SecretSource::Required };
    let pack = match super::load_pack_with(folder, secrets) {
        Ok(pack) if problems.is_empty() => pack,
        loaded => {
            let found = loaded.map_or_else(|found| found, |_pack| Vec::new());
            let all: Vec<Problem> = problems.into_iter().chain(found).collect();
            anyhow::bail!(super::list(&all));
        }
    };
    if !away {
        let ring = config.key_ring().with_context(|| say!("error-keys"))?;
        let opened = probe(&config.database, Vault::new(&ring)?);
        opened.with_context(|| say!("error-database", database = config.database))?;
    }
    let mut notes = pack.notes.clone();
    notes.extend(files_without_address(config, &pack));
    notes.extend(phones_without_address(config, &pack));
    for note in &notes {
        view::note(&say!("check-note", problem = note.shown(Locale::of_process())));
    }
    let factories = factories();
    let results = pack.run_cases(folder, &factories);
    let failed: Vec<_> = results.iter().filter_map(|case| Some((&case.name, case.failure.as_ref()?))).collect();
    for (name, (zh, en)) in &failed {
        view::problem(&say!("check-case", name = name));
        view::problem(Locale::of_process().pick(zh, en));
    }
    let rows = pack.channels.values().map(|channel| {
        let cases = results.iter().filter(|case| case.name.starts_with(&format!("cases/{}/", channel.id))).count();
        vec![channel.id.clone(), channel.name.clone(), channel.adapter_name.clone(), cases.to_string()]
    });
    view::table(&[&say!("channel"), &say!("name"), &say!("adapter"), &say!("cases")], rows.collect());
    let done = say!(
        "check-done",
        city = pack.city.name,
        version = pack.version,
        channels = pack.channels.len(),
        cases = results.len(),
        failed = failed.len(),
        notes = notes.len()
    );
    // Last, and by itself: notes and cases above it can be many.
    view::line(&match failed.is_empty() {
        true => view::color(&say!("check-passed", done = done), "32"),
        false => view::color(&say!("check-failed", done = done), "31"),
    });
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A feed that may fetch files gets none where nobody knows how platforms reach the gateway.
fn files_without_address(config: &Config, pack: &Pack) -> Option<Problem> {
    let fetches = |feed: &&FeedSettings| feed.files && feed.carrier != Carrier::Console;
    let feed = pack.city.feeds.iter().find(fetches).filter(|_| config.files.public_url.is_none())?;
    let name = feed.name.get_ref();
    let zh = format!("订阅流 {name} 的 files = true 不起作用：网关设置里没有 [files] public_url");
    let en =
        format!("files = true of the feed {name} has no effect: the gateway's settings have no [files] public_url");
    Some(Problem::of_file("city.toml", zh, en))
}

/// Texts to handlers have no links where nobody knows how their phones reach the gateway.
fn phones_without_address(config: &Config, pack: &Pack) -> Option<Problem> {
    let feed = pack.city.feeds.iter().find(|feed| feed.phone.is_some());
    let name = feed.filter(|_| config.handlers.public_url.is_none())?.name.get_ref();
    let zh = format!("订阅流 {name} 的 phone 不起作用：网关设置里没有 [handlers] public_url，短信里没有链接");
    let en = format!(
        "phone of the feed {name} has no effect: the gateway's settings have no [handlers] public_url, so texts have no links"
    );
    Some(Problem::of_file("city.toml", zh, en))
}

pub(super) fn write_schemas(folder: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder).with_context(|| say!("error-folder", path = folder.display()))?;
    let documents = schemas().into_iter().chain([("asyncapi.json", asyncapi()), ("openapi.json", openapi())]);
    for (name, document) in documents {
        let path = folder.join(name);
        let text = serde_json::to_string_pretty(&document)? + "\n";
        std::fs::write(&path, text).with_context(|| say!("error-file-write", path = path.display()))?;
        view::line(&path.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
