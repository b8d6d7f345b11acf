//! `huiliu mapping try` and `huiliu mapping accept`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use huiliu_adapter_api::RecordBody;
use serde_json::{Value, json};

use super::view;
use crate::clock::{Clock as _, SystemClock};
use crate::document::ComplaintDocument;
use crate::mapping::{Applied, Channel, Mapped, NO_RECORDS, Warning, accept_case};
use crate::pack::Pack;

fn channel<'a>(pack: &'a Pack, id: &str) -> anyhow::Result<&'a Arc<Channel>> {
    pack.channels.get(id).ok_or_else(|| {
        let known: Vec<&str> = pack.channels.keys().map(String::as_str).collect();
        anyhow::anyhow!("没有渠道 {id}；有：{}（no such channel）", known.join("、"))
    })
}

pub(super) fn try_file(pack: &Path, id: &str, file: &Path, as_json: bool, most: usize) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(pack)?;
    let channel = channel(&pack, id)?;
    let now = SystemClock.now();
    let (mut found, mut quarantined) = (0, 0);
    let mut documents = Vec::new();
    for record in channel.adapter.read_file(file)?.take(most) {
        let raw = match &record.body {
            RecordBody::Tree(tree) => tree.clone(),
            RecordBody::Broken { text, reason, .. } => json!({ "broken": text, "reason": reason }),
        };
        let Applied { mapped, warnings } = channel.apply(&record, now);
        found += 1;
        quarantined += usize::from(mapped == Mapped::Quarantined);
        let made = match &mapped {
            Mapped::Complaint(complaint) => serde_json::to_value(ComplaintDocument::from(&**complaint))?,
            Mapped::FollowUp(follow_up) => json!({ "跟进": follow_up.about }),
            Mapped::Discarded(rule) => json!({ "按规则舍弃": rule }),
            Mapped::Quarantined => json!("待修复"),
        };
        let problems: Vec<Value> = warnings.iter().map(Warning::to_value).collect();
        if as_json {
            documents.push(json!({ "id": record.id, "raw": raw, "normalized": made, "problems": problems }));
            continue;
        }
        view::line(&format!("记录 {}", record.id));
        view::table(&["原始记录", "诉求"], vec![vec![pretty(&raw), pretty(&made)]]);
        for warning in &warnings {
            let (file, line, column) = &warning.place;
            let value = warning.value.as_ref().map(|value| format!("（值：{value}）")).unwrap_or_default();
            let Warning { field, zh, en, .. } = warning;
            let grave = if mapped == Mapped::Quarantined { "问题" } else { "告警" };
            view::problem(&format!("  {grave} {file}:{line}:{column} {field}：{zh}{value}（{en}）"));
        }
    }
    if as_json {
        view::line(&serde_json::to_string_pretty(&documents)?);
    }
    if found == 0 && most > 0 {
        view::problem(&format!("{}：{}（{}）", file.display(), NO_RECORDS.0, NO_RECORDS.1));
        return Ok(ExitCode::FAILURE);
    }
    Ok(if quarantined == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

pub(super) fn accept(folder: &Path, id: &str, file: &Path, name: Option<&str>) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(folder)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.unwrap_or_else(|| stem.strip_suffix(".in").unwrap_or(&stem));
    let written = accept_case(channel(&pack, id)?, folder, file, name).map_err(|error| anyhow::anyhow!(error))?;
    view::line(&format!("已写入 {}（written; read it before you commit it）", written.display()));
    Ok(ExitCode::SUCCESS)
}
