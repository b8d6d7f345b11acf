//! `huiliu evaluate masking`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::view;
use crate::catalogue::say;
use crate::evaluate::{MaskLabel, MaskedText, measure_masking, read_masking_rows};

/// Labelled texts.
#[derive(Debug, Args)]
pub(super) struct EvaluateMasking {
    #[arg(long, value_name = "CSV")]
    texts: PathBuf,
    #[arg(long, value_name = "CSV")]
    labels: PathBuf,
    #[arg(long, value_name = "N", default_value_t = 0)]
    examples: usize,
}

pub(super) fn masking(arguments: &EvaluateMasking) -> anyhow::Result<ExitCode> {
    let read = |file: &PathBuf| say!("error-file", path = file.display());
    let texts: Vec<MaskedText> = read_masking_rows(&arguments.texts).with_context(|| read(&arguments.texts))?;
    let labels: Vec<MaskLabel> = read_masking_rows(&arguments.labels).with_context(|| read(&arguments.labels))?;
    let measured = measure_masking(&texts, &labels);
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    let rows = measured.kinds.iter().map(|(kind, figures)| {
        let counts = [figures.labels, figures.hidden, figures.found, figures.unlabelled].map(|count| count.to_string());
        let [labels, hidden, found, unlabelled] = counts;
        vec![kind.clone(), labels, hidden, share(figures.recall()), found, unlabelled, share(figures.precision())]
    });
    let headings = [
        say!("kind"),
        say!("masking-labels"),
        say!("masking-hidden"),
        say!("recall"),
        say!("masking-found"),
        say!("masking-unlabelled"),
        say!("precision"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows.collect());
    for (what, pieces) in [
        (say!("masking-missed"), &measured.missed),
        (say!("masking-unlabelled"), &measured.unlabelled),
        (say!("masking-strange"), &measured.strange),
    ] {
        for label in pieces.iter().take(arguments.examples) {
            view::line(&say!("named", name = what, said = format!("{} {} {}", label.id, label.kind, label.text)));
        }
    }
    if !measured.strange.is_empty() {
        view::note(&say!("masking-strange-labels", count = measured.strange.len()));
    }
    Ok(ExitCode::SUCCESS)
}
