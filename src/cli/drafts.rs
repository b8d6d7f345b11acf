//! `huiliu pack draft`: copies of the city pack that are edited in a folder or by the API, checked and tried without being live, and
//! published. Two editors never overwrite each other: whoever pushes must have pulled the last change.

mod tried;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Refused, in_query};
use super::status::{items, text};
use super::{packs, view};
use crate::audit::hex;
use crate::catalogue::{Locale, say};
use crate::channels::write_folder;
use crate::city::PackFiles;

/// Says which draft a folder holds, and at which revision.
const STATE: &str = ".huiliu-draft.json";
/// HTTP status of a change that another one came before.
const CONFLICT: u16 = 409;
/// Most folders beside one that keep what was replaced in it.
const MAX_KEPT: usize = 100;

/// What is done with drafts.
#[derive(Debug, Subcommand)]
pub(super) enum DraftCommand {
    New {
        label: String,
        #[arg(long)]
        from: Option<String>,
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Pull {
        id: u64,
        folder: PathBuf,
        #[arg(long)]
        force: bool,
    },
    Push {
        folder: PathBuf,
    },
    Diff {
        id: u64,
        #[arg(long)]
        json: bool,
    },
    Check {
        id: u64,
    },
    Try {
        id: u64,
        channel: String,
        file: PathBuf,
    },
    Preview {
        id: u64,
        #[arg(long)]
        channel: Option<String>,
        #[arg(long)]
        records: Option<u16>,
        #[arg(long)]
        json: bool,
    },
    Rebase {
        id: u64,
        #[arg(long)]
        keep: Vec<String>,
    },
    Publish {
        id: u64,
        #[arg(long)]
        reason: Option<String>,
        #[arg(long)]
        revision: Option<u64>,
        #[arg(long)]
        force: bool,
    },
    Remove {
        id: u64,
    },
}

pub(super) async fn run(client: &Client, command: &DraftCommand) -> anyhow::Result<ExitCode> {
    match command {
        DraftCommand::New { label, from, folder } => {
            let draft = client.post("/api/v1/pack/drafts", &json!({ "label": label, "from": from })).await?;
            view::line(&say!("draft-made", id = text(&draft, "/id"), base = text(&draft, "/base")));
            if let Some(folder) = folder {
                pull(client, draft["id"].as_u64().unwrap_or_default(), folder, false).await?;
            }
        }
        DraftCommand::List { json } => list(client, *json).await?,
        DraftCommand::Pull { id, folder, force } => pull(client, *id, folder, *force).await?,
        DraftCommand::Push { folder } => push(client, folder).await?,
        DraftCommand::Diff { id, json } => {
            packs::show_difference(client, &format!("to=draft:{id}"), *json).await?;
        }
        DraftCommand::Check { id } => tried::check(client, *id).await?,
        DraftCommand::Try { id, channel, file } => tried::try_file(client, *id, channel, file).await?,
        DraftCommand::Preview { id, channel, records, json } => {
            tried::preview(client, *id, (channel.as_deref(), *records), *json).await?;
        }
        DraftCommand::Rebase { id, keep } => {
            let body = json!({ "revision": revision(client, *id).await?, "keep": keep });
            let draft = client.post(&format!("/api/v1/pack/drafts/{id}/rebase"), &body).await?;
            view::line(&say!("draft-rebased", id = id, base = text(&draft, "/base")));
        }
        DraftCommand::Publish { id, reason, revision: seen, force } => {
            let revision = match seen {
                Some(seen) => *seen,
                None => revision(client, *id).await?,
            };
            let body = json!({ "revision": revision, "reason": reason, "force": force });
            let answer = client.post(&format!("/api/v1/pack/drafts/{id}/publish"), &body).await?;
            view::line(&say!("pack-live", version = text(&answer, "/version")));
        }
        DraftCommand::Remove { id } => {
            let body = json!({ "revision": revision(client, *id).await? });
            client.post(&format!("/api/v1/pack/drafts/{id}/remove"), &body).await?;
            view::line(&say!("draft-removed", id = id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn revision(client: &Client, id: u64) -> anyhow::Result<u64> {
    let draft = client.get(&format!("/api/v1/pack/drafts/{id}")).await?;
    Ok(draft["revision"].as_u64().unwrap_or_default())
}

async fn list(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let found = client.get("/api/v1/pack/drafts").await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&found["drafts"])?);
        return Ok(());
    }
    let zone = client.zone().await?;
    let row = |draft: &Value| {
        vec![
            text(draft, "/id"),
            text(draft, "/label"),
            text(draft, "/revision"),
            text(draft, "/base"),
            view::time(&text(draft, "/changed_at"), &zone),
            text(draft, "/changed_by"),
        ]
    };
    let headings = [
        say!("number"),
        say!("draft-label"),
        say!("draft-revision"),
        say!("draft-base"),
        say!("time"),
        say!("explain-actor"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&found, "/drafts").map(row).collect());
    Ok(())
}

/// The files of a draft, and its revision.
async fn files(client: &Client, id: u64) -> anyhow::Result<(PackFiles, u64)> {
    let draft = client.get(&format!("/api/v1/pack/drafts/{id}")).await?;
    let mut files = PackFiles::default();
    for path in items(&draft, "/files").map(|file| text(file, "/path")) {
        let one = client.get(&format!("/api/v1/pack/drafts/{id}?path={}", in_query(&path))).await?;
        // Somebody who pushes meanwhile must not mix two revisions into one folder.
        anyhow::ensure!(one["revision"] == draft["revision"], say!("draft-moved", id = id));
        let file = &one["files"][0];
        let bytes = match (file["text"].as_str(), file["base64"].as_str()) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, base64) => STANDARD.decode(base64.unwrap_or_default())?,
        };
        files.put(&path, bytes).map_err(|_refusal| anyhow::anyhow!(say!("draft-path", path = path)))?;
    }
    Ok((files, draft["revision"].as_u64().unwrap_or_default()))
}

async fn pull(client: &Client, id: u64, folder: &Path, by_force: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    anyhow::ensure!(is_empty || by_force, say!("draft-folder-in-use", folder = folder.display()));
    let (files, revision) = files(client, id).await?;
    let now = read(folder)?;
    keep_beside(folder, &now, &files)?;
    write_folder(folder, &now, &files)?;
    note(folder, id, revision)?;
    view::line(&say!("draft-pulled", id = id, revision = revision, folder = folder.display()));
    Ok(())
}

/// Keeps the files of a folder that are about to be replaced or removed in a folder beside it, and says so.
fn keep_beside(folder: &Path, now: &PackFiles, files: &PackFiles) -> anyhow::Result<()> {
    let goes = |(path, bytes): &(&str, &[u8])| files.get(path) != Some(*bytes);
    let gone: Vec<(&str, &[u8])> = now.iter().filter(goes).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let beside = beside(folder)?;
    for (path, bytes) in &gone {
        let kept = beside.join(path);
        if let Some(parent) = kept.parent() {
            std::fs::create_dir_all(parent).with_context(|| say!("error-folder", path = parent.display()))?;
        }
        std::fs::write(&kept, bytes).with_context(|| say!("error-file-write", path = kept.display()))?;
    }
    let paths = gone.iter().map(|(path, _)| *path).collect::<Vec<_>>().join(&say!("list-comma"));
    view::note(&say!("draft-replaced", count = gone.len(), paths = paths, beside = beside.display()));
    Ok(())
}

/// The first name for a folder beside another that is free: `draft.kept`, `draft.kept-2`, …
fn beside(folder: &Path) -> anyhow::Result<PathBuf> {
    let name = |number: usize| {
        let end = if number == 1 { ".kept".to_owned() } else { format!(".kept-{number}") };
        let mut name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let free = (1..=MAX_KEPT).map(name).find(|path| !path.exists());
    free.with_context(|| say!("draft-kept-full", folder = folder.display(), count = MAX_KEPT))
}

fn read(folder: &Path) -> anyhow::Result<PackFiles> {
    PackFiles::read(folder).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| problem.shown(Locale::of_process())).collect();
        anyhow::anyhow!(lines.join("\n"))
    })
}

fn note(folder: &Path, id: u64, revision: u64) -> anyhow::Result<()> {
    Ok(std::fs::write(folder.join(STATE), json!({ "draft": id, "revision": revision }).to_string())?)
}

async fn push(client: &Client, folder: &Path) -> anyhow::Result<()> {
    let known = std::fs::read_to_string(folder.join(STATE)).ok();
    let state: Value = known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let (Some(id), Some(seen)) = (state["draft"].as_u64(), state["revision"].as_u64()) else {
        anyhow::bail!(say!("draft-no-folder", folder = folder.display()));
    };
    let draft = client.get(&format!("/api/v1/pack/drafts/{id}")).await?;
    let files = read(folder)?;
    let edits = edits(&files, &draft);
    if edits.is_empty() && draft["revision"].as_u64() == Some(seen) {
        view::line(&say!("pack-same"));
        return Ok(());
    }
    let count = edits.len();
    let body = json!({ "revision": seen, "files": edits });
    let changed = match client.post(&format!("/api/v1/pack/drafts/{id}/files"), &body).await {
        // Somebody else was faster: what was changed here is not lost.
        Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == CONFLICT) => {
            let mine = folder.display().to_string();
            let folder = mine.trim_end_matches('/');
            return Err(error.context(say!("draft-overtaken", id = id, folder = folder)));
        }
        changed => changed?,
    };
    let revision = changed["revision"].as_u64().unwrap_or_default();
    note(folder, id, revision)?;
    view::line(&say!("draft-pushed", id = id, count = count, revision = revision));
    Ok(())
}

/// What makes the files of a draft those of a folder.
fn edits(files: &PackFiles, draft: &Value) -> Vec<Value> {
    let there = |path: &str| items(draft, "/files").find(|file| file["path"] == path);
    let differs = |(path, bytes): &(&str, &[u8])| {
        let digest = hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
        there(path).is_none_or(|file| file["digest"] != digest.as_str())
    };
    let put = |(path, bytes): (&str, &[u8])| match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "path": path, "text": text }),
        Err(_) => json!({ "path": path, "base64": STANDARD.encode(bytes) }),
    };
    let gone = items(draft, "/files").map(|file| text(file, "/path")).filter(|path| files.get(path).is_none());
    let gone = gone.map(|path| json!({ "path": path, "remove": true }));
    files.iter().filter(differs).map(put).chain(gone).collect()
}
