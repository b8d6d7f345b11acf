//! `huiliu points`: sheets to print with the QR codes of a form's points.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use huiliu_adapter_api::CitizenForm;
use huiliu_citizens::{Sheet, Sticker};

use super::{load_pack, view};
use crate::catalogue::say;

/// Most codes beside or below each other on a sheet.
const MAX_ACROSS: u64 = 12;

#[derive(Debug, Subcommand)]
pub(super) enum PointsCommand {
    Sheets {
        pack: PathBuf,
        folder: PathBuf,
        #[arg(long, value_name = "URL")]
        address: String,
        #[arg(long)]
        channel: Option<String>,
        #[arg(long)]
        hint: Option<String>,
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=MAX_ACROSS))]
        columns: u64,
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=MAX_ACROSS))]
        rows: u64,
    },
}

/// Draws the sheets of a form's points into a folder.
pub(super) fn run(command: PointsCommand) -> anyhow::Result<ExitCode> {
    let PointsCommand::Sheets { pack, folder, address, channel, hint, columns, rows } = command;
    let is_whole = address.starts_with("https://") || address.starts_with("http://");
    anyhow::ensure!(is_whole, say!("points-address-not-whole", address = address));
    let form = form_of(&pack, channel.as_deref())?;
    let number = |count: u64| usize::try_from(count).unwrap_or(1);
    let sheet = Sheet {
        address: address.trim_end_matches('/').to_owned(),
        hint: hint.unwrap_or_else(|| form.asks().title.clone()),
        columns: number(columns),
        rows: number(rows),
    };
    let stickers: Vec<Sticker> =
        form.points().map(|point| Sticker { code: point.code, name: point.name, address: point.address }).collect();
    anyhow::ensure!(!stickers.is_empty(), say!("points-none"));
    draw(&sheet, &stickers, &folder)?;
    let (points, sheets) = (stickers.len(), stickers.len().div_ceil(sheet.room()));
    view::line(&say!("points-drawn", points = points, sheets = sheets, folder = folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// The form that is named, or the only one that has points.
fn form_of(pack: &Path, channel: Option<&str>) -> anyhow::Result<Arc<dyn CitizenForm>> {
    let pack = load_pack(pack)?;
    let forms = pack.channels.iter().filter(|(id, _)| channel.is_none_or(|named| named == id.as_str()));
    let mut forms = forms.filter_map(|(_, channel)| channel.adapter.form()).filter(|form| form.asks().has_points);
    let found = forms.next().with_context(|| say!("points-no-form"))?;
    anyhow::ensure!(forms.next().is_none(), say!("points-which-form"));
    Ok(found)
}

fn draw(sheet: &Sheet, stickers: &[Sticker], folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| say!("error-folder", path = folder.display()))?;
    let sheets = stickers.chunks(sheet.room());
    let bar = view::progress(sheets.len());
    for (number, stickers) in sheets.enumerate() {
        let drawn = sheet.draw(stickers).with_context(|| say!("points-address-too-long"))?;
        let path = folder.join(format!("sheet-{:05}.svg", number + 1));
        std::fs::write(&path, drawn).with_context(|| say!("error-file-write", path = path.display()))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
