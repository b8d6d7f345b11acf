//! `huiliu check` and `huiliu schemas`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::view;
use crate::city::Problem;
use crate::config::Config;
use crate::forward::wire::v1::{asyncapi, schemas};
use crate::http::openapi;
use crate::mapping::{SecretSource, run_cases};
use crate::pack::Pack;

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
    let mut notes = pack.notes.clone();
    notes.extend(files_without_address(config, &pack));
    for note in &notes {
        view::note(&format!("注意 {note}"));
    }
    let results = run_cases(&pack.channels, folder);
    let failed: Vec<_> = results.iter().filter(|case| !case.difference.is_empty()).collect();
    for case in &failed {
        view::problem(&format!("{}: 用例未通过（the case does not pass）\n{}", case.name, case.difference));
    }
    let rows = pack.channels.values().map(|channel| {
        let cases = results.iter().filter(|case| case.name.starts_with(&format!("cases/{}/", channel.id))).count();
        vec![channel.id.clone(), channel.name.clone(), channel.adapter_name.clone(), cases.to_string()]
    });
    view::table(&["渠道", "名称", "适配器", "用例"], rows.collect());
    view::line(&format!(
        "{}（版本 {}）：{} 个渠道，{} 个用例，{} 个未通过",
        pack.city.name,
        pack.version,
        pack.channels.len(),
        results.len(),
        failed.len()
    ));
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A feed that may fetch files gets none where nobody knows how platforms reach the gateway.
fn files_without_address(config: &Config, pack: &Pack) -> Option<Problem> {
    let feed = pack.city.feeds.iter().find(|feed| feed.files).filter(|_| config.files.public_url.is_none())?;
    let name = feed.name.get_ref();
    let zh = format!("订阅流 {name} 的 files = true 不起作用：网关设置里没有 [files] public_url");
    let en =
        format!("files = true of the feed {name} has no effect: the gateway's settings have no [files] public_url");
    Some(Problem::of_file("city.toml", zh, en))
}

pub(super) fn write_schemas(folder: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let documents = schemas().into_iter().chain([("asyncapi.json", asyncapi()), ("openapi.json", openapi())]);
    for (name, document) in documents {
        let path = folder.join(name);
        let text = serde_json::to_string_pretty(&document)? + "\n";
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        view::line(&path.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
