//! `huiliu check` and `huiliu schemas`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::view;
use crate::forward::wire::v1::{asyncapi, schemas};
use crate::http::openapi;
use crate::mapping::run_cases;

pub(super) fn check(folder: &Path) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(folder)?;
    for note in &pack.notes {
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
