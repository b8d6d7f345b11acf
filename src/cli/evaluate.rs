//! `huiliu evaluate merge`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::view;
use crate::evaluate::{Figures, Labels, Measured, Mistake, mistakes, read_complaints, replay, score};

/// What to measure.
#[derive(Debug, Args)]
pub(super) struct EvaluateMerge {
    /// Complaints as a file that the pack's channel reads; times decide the order.
    #[arg(long, value_name = "CSV")]
    messages: PathBuf,
    /// What is known: `msg_id,cluster_id[,type,confidence]`. Who is not listed is alone.
    #[arg(long, value_name = "CSV")]
    labels: PathBuf,
    /// Pairs `a,b` that look alike and are two matters.
    #[arg(long, value_name = "CSV")]
    hard_negatives: Option<PathBuf>,
    /// Pairs `a,b` that are not scored.
    #[arg(long, value_name = "CSV")]
    ignore_pairs: Option<PathBuf>,
    /// Leave clusters of more members out of the pairs.
    #[arg(long, value_name = "N")]
    max_cluster: Option<usize>,
    /// City pack with one channel that reads the messages, and the merge settings to measure.
    #[arg(long, value_name = "FOLDER", default_value = "mappings/benchmark")]
    pack: PathBuf,
    /// How many of the worst mistakes of either kind are shown.
    #[arg(long, value_name = "N", default_value_t = 5)]
    worst: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn merge(arguments: &EvaluateMerge) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(&arguments.pack)?;
    let mut labels =
        Labels::read(&arguments.labels, arguments.hard_negatives.as_deref(), arguments.ignore_pairs.as_deref())?;
    labels.max_cluster = arguments.max_cluster;
    let (complaints, left_out) = read_complaints(&pack, &arguments.messages)?;
    let bar = view::progress(complaints.len());
    let mut run = replay(&pack, &complaints, &pack.city.merge, || bar.inc(1));
    bar.finish_and_clear();
    run.left_out = left_out;
    let measured = score(&run, &labels);
    let worst = mistakes(&run, &labels, &pack.city.merge, arguments.worst);
    if arguments.json {
        let document = json!({ "settings_version": pack.version, "measured": measured, "worst": worst });
        view::line(&serde_json::to_string_pretty(&document)?);
        return Ok(ExitCode::SUCCESS);
    }
    show(&measured);
    show_mistakes("错误归并，最有把握的在前（wrong merges）", &worst.wrong);
    show_mistakes("漏掉的归并，最不相似的在前（missed pairs）", &worst.missed);
    Ok(ExitCode::SUCCESS)
}

fn show(measured: &Measured) {
    view::line(&format!(
        "{} 件诉求（另有 {} 条未成为诉求）→ {} 张工单",
        measured.complaints, measured.left_out, measured.tickets
    ));
    let row = |name: &str, figures: &Figures| {
        let share = |value: f64| format!("{value:.3}");
        let counts = [figures.right, figures.wrong, figures.missed].map(|count| count.to_string());
        let shares = [figures.precision, figures.recall, figures.f1, figures.f05].map(share);
        [vec![name.to_owned()], counts.to_vec(), shares.to_vec()].concat()
    };
    view::table(
        &["成对指标 pairs", "对 right", "错 wrong", "漏 missed", "precision", "recall", "F1", "F0.5"],
        vec![row("自动 auto", &measured.auto), row("自动＋人工 auto + review", &measured.auto_and_review)],
    );
    let sizes = measured.by_ticket_size.iter();
    view::table(
        &["工单至少含 tickets of", "对数 pairs", "precision"],
        sizes
            .map(|(size, pairs, precision)| vec![size.to_string(), pairs.to_string(), format!("{precision:.3}")])
            .collect(),
    );
    let [precision, recall, f1] = measured.b_cubed;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let (hard, merged) = measured.hard_negatives;
    let (p50, p99) = measured.p50_p99_us;
    view::table(
        &["其他指标 more", ""],
        [
            ("B-cubed P / R / F1", format!("{precision:.3} / {recall:.3} / {f1:.3}")),
            ("易混淆对被归并 hard negatives merged", format!("{merged} / {hard}")),
            ("候选召回：对 blocking recall, pairs", percent(measured.blocking_pairs)),
            ("候选召回：件 blocking recall, complaints", percent(measured.blocking_complaints)),
            ("送人工 to review", percent(measured.review_share)),
            ("其中问对的 of these rightly asked", percent(measured.review_right)),
            ("每秒决定 decisions/s, one core", format!("{:.0}", measured.decisions_per_s)),
            ("p50 / p99", format!("{p50} / {p99} µs")),
            ("每件内存 index per complaint", format!("{} B", measured.bytes_per_complaint)),
        ]
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect(),
    );
}

fn show_mistakes(heading: &str, mistakes: &[Mistake]) {
    if mistakes.is_empty() {
        return;
    }
    view::line(heading);
    let rows = mistakes.iter().map(|mistake| {
        let name = |(number, title): &(String, String)| format!("{number} {title}");
        let card = mistake.evidence.as_ref().map(crate::merge::Evidence::card).unwrap_or_default();
        vec![format!("{}\n{}", name(&mistake.earlier), name(&mistake.later)), card]
    });
    view::table(&["诉求 complaints", "依据 evidence"], rows.collect());
}
