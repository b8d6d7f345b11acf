//! `huiliu evaluate masking`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::view;
use crate::evaluate::{MaskLabel, MaskedText, measure_masking, read_masking_rows};

/// Labelled texts.
#[derive(Debug, Args)]
pub(super) struct EvaluateMasking {
    /// Texts: `id,text[,reporter_name]`.
    #[arg(long, value_name = "CSV")]
    texts: PathBuf,
    /// Pieces of them that are personal data: `id,kind,text`, a row for each time one stands there.
    #[arg(long, value_name = "CSV")]
    labels: PathBuf,
    /// Show at most so many missed labels, and as many pieces without a label. They are personal data, so the default is none.
    #[arg(long, value_name = "N", default_value_t = 0)]
    examples: usize,
}

pub(super) fn masking(arguments: &EvaluateMasking) -> anyhow::Result<ExitCode> {
    let read = |file: &PathBuf| format!("{} cannot be read", file.display());
    let texts: Vec<MaskedText> = read_masking_rows(&arguments.texts).with_context(|| read(&arguments.texts))?;
    let labels: Vec<MaskLabel> = read_masking_rows(&arguments.labels).with_context(|| read(&arguments.labels))?;
    let measured = measure_masking(&texts, &labels);
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    let rows = measured.kinds.iter().map(|(kind, figures)| {
        let counts = [figures.labels, figures.hidden, figures.found, figures.unlabelled].map(|count| count.to_string());
        let [labels, hidden, found, unlabelled] = counts;
        vec![kind.clone(), labels, hidden, share(figures.recall()), found, unlabelled, share(figures.precision())]
    });
    view::table(&["kind", "labels", "hidden", "recall", "found", "without a label", "precision"], rows.collect());
    for (what, pieces) in [
        ("missed", &measured.missed),
        ("without a label", &measured.unlabelled),
        ("not in its text", &measured.strange),
    ] {
        for label in pieces.iter().take(arguments.examples) {
            view::line(&format!("{what}: {} {} {}", label.id, label.kind, label.text));
        }
    }
    if !measured.strange.is_empty() {
        view::note(&format!("{} labels do not stand in their text", measured.strange.len()));
    }
    Ok(ExitCode::SUCCESS)
}
