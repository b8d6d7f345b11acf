//! `huiliu evaluate merge` and `huiliu tune merge`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use plotters::prelude::{BLUE, ChartBuilder, IntoDrawingArea as _, LineSeries, SVGBackend, WHITE};
use serde_json::json;

use super::view;
use crate::catalogue::{Locale, say};
use crate::config::Config;
use crate::evaluate::{
    CurvePoint, Figures, Labels, Measured, Mistake, Replay, estimate, examples, examples_of_reviews, mistakes,
    read_complaints, replay, score, tune, unlabelled,
};
use crate::merge::{Comparison, MergeSettings};
use crate::pack::Pack;

/// Labelled complaints.
#[derive(Debug, Args)]
pub(super) struct Labelled {
    #[arg(long, value_name = "CSV")]
    messages: PathBuf,
    #[arg(long, value_name = "CSV")]
    labels: Option<PathBuf>,
    #[arg(long, value_name = "CSV")]
    hard_negatives: Option<PathBuf>,
    #[arg(long, value_name = "CSV")]
    ignore_pairs: Option<PathBuf>,
    #[arg(long, value_name = "N")]
    max_cluster: Option<usize>,
    #[arg(long, value_name = "FOLDER", default_value = "mappings/benchmark")]
    pack: PathBuf,
}

impl Labelled {
    fn labels(&self) -> anyhow::Result<Labels> {
        let labels = self.labels.as_deref().with_context(|| say!("evaluate-needs-labels"))?;
        let mut labels = Labels::read(labels, self.hard_negatives.as_deref(), self.ignore_pairs.as_deref())?;
        labels.max_cluster = self.max_cluster;
        Ok(labels)
    }

    fn replay(&self, pack: &Pack, collect: bool) -> anyhow::Result<Replay> {
        let (complaints, left_out) = read_complaints(&pack.channels, &self.messages)?;
        let bar = view::progress(complaints.len());
        let mut run = replay(&pack.rules.routing, &pack.rules.merging, &complaints, collect, || bar.inc(1));
        bar.finish_and_clear();
        run.left_out = left_out;
        Ok(run)
    }
}

/// What to measure.
#[derive(Debug, Args)]
pub(super) struct EvaluateMerge {
    #[command(flatten)]
    labelled: Labelled,
    #[arg(long, value_name = "N", default_value_t = 5)]
    worst: usize,
    #[arg(long, value_name = "CSV")]
    tickets: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

/// What to tune for.
#[derive(Debug, Args)]
pub(super) struct TuneMerge {
    #[command(flatten)]
    labelled: Labelled,
    #[arg(long, default_value_t = 0.98)]
    precision: f64,
    #[arg(long, default_value_t = 0.08)]
    review: f64,
    #[arg(long, requires = "labels")]
    reviews: bool,
    #[arg(long, value_name = "SVG")]
    picture: Option<PathBuf>,
    #[arg(long)]
    write: bool,
}

pub(super) fn merge(arguments: &EvaluateMerge) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(&arguments.labelled.pack)?;
    let labels = arguments.labelled.labels()?;
    let run = arguments.labelled.replay(&pack, false)?;
    let measured = score(&run, &labels);
    if let Some(file) = &arguments.tickets {
        let rows: String = run.steps.iter().map(|step| format!("{},{}\n", step.number, step.ticket)).collect();
        std::fs::write(file, format!("msg_id,ticket\n{rows}"))
            .with_context(|| say!("error-file-write", path = file.display()))?;
    }
    let worst = mistakes(&run, &labels, &pack.rules.merging, arguments.worst);
    if arguments.json {
        let document = json!({ "settings_version": pack.version, "measured": measured, "worst": worst });
        view::line(&serde_json::to_string_pretty(&document)?);
        return Ok(ExitCode::SUCCESS);
    }
    show(&measured);
    show_mistakes(&say!("evaluate-wrong"), &worst.wrong);
    show_mistakes(&say!("evaluate-missed"), &worst.missed);
    Ok(ExitCode::SUCCESS)
}

/// Most points of the curve that are printed.
const SHOWN_POINTS: usize = 12;

pub(super) fn tune_merge(config: &Config, arguments: &TuneMerge) -> anyhow::Result<ExitCode> {
    for share in [arguments.precision, arguments.review] {
        anyhow::ensure!((0.0..=1.0).contains(&share), say!("tune-shares"));
    }
    let pack = super::load_pack(&arguments.labelled.pack)?;
    let labels = arguments.labelled.labels.is_some().then(|| arguments.labelled.labels()).transpose()?;
    let run = arguments.labelled.replay(&pack, true)?;
    let mut learned = labels.as_ref().map_or_else(|| unlabelled(&run), |labels| examples(&run, labels));
    if arguments.reviews {
        let answered = super::store::answered_reviews(config)?;
        view::note(&say!("tune-reviews", count = answered.len()));
        let pairs = answered.iter().filter_map(|review| Some((&review.evidence, review.answer?)));
        learned.extend(examples_of_reviews(pairs));
    }
    let learn = if labels.is_some() { tune } else { estimate };
    let proposal = learn(&learned, &pack.rules.merging.settings, arguments.precision, arguments.review);
    let (pairs, same) = proposal.examples;
    anyhow::ensure!(same >= 1.0, say!("tune-nothing"));
    view::line(&match labels {
        Some(_) => say!("tune-labelled", pairs = pairs, same = same),
        None => say!("tune-unlabelled", pairs = pairs, same = format!("{same:.0}")),
    });
    show_weights(&pack.rules.merging.settings, &proposal.settings);
    show_curve(&proposal.curve);
    if let Some(file) = &arguments.picture {
        let caption = match labels {
            // The picture has no font with Chinese characters.
            Some(_) => "Precision and recall, cross-validated by cluster",
            None => "Precision and recall as the model believes, without labels",
        };
        draw_curve(&proposal.curve, caption, file)?;
        view::line(&say!("tune-picture", path = file.display()));
    }
    let table = merge_table(&proposal.settings);
    if arguments.write {
        let file = arguments.labelled.pack.join("city.toml");
        let text = std::fs::read_to_string(&file).with_context(|| say!("error-file", path = file.display()))?;
        std::fs::write(&file, replace_table(&text, &table))
            .with_context(|| say!("error-file-write", path = file.display()))?;
        view::line(&say!("tune-written", path = file.display()));
    } else {
        view::line(&format!("{}\n\n{table}", say!("tune-proposal")));
    }
    Ok(ExitCode::SUCCESS)
}

fn show_weights(now: &MergeSettings, proposed: &MergeSettings) {
    let mut rows = vec![
        vec!["prior".to_owned(), String::new(), now.prior.to_string(), proposed.prior.to_string()],
        vec!["auto_weight".to_owned(), String::new(), now.auto_weight.to_string(), proposed.auto_weight.to_string()],
        vec![
            "review_weight".to_owned(),
            String::new(),
            now.review_weight.to_string(),
            proposed.review_weight.to_string(),
        ],
    ];
    for comparison in Comparison::ALL {
        let weights = now.weights.of(comparison).iter().zip(proposed.weights.of(comparison));
        for (level, (old, new)) in comparison.levels().iter().zip(weights) {
            rows.push(vec![comparison.name().to_owned(), level.name.to_owned(), old.to_string(), new.to_string()]);
        }
    }
    let headings = [say!("tune-comparison"), say!("tune-level"), say!("tune-now"), say!("tune-proposed")];
    view::table(&headings.each_ref().map(String::as_str), rows);
}

fn show_curve(curve: &[CurvePoint]) {
    let every = (curve.len() / SHOWN_POINTS).max(1);
    let rows = curve.iter().skip(every - 1).step_by(every).map(|point| {
        let bar = "█".repeat(bar_length(point.precision));
        let share = |value: f64| format!("{value:.3}");
        vec![format!("{:.1}", point.threshold), share(point.precision), share(point.recall), share(point.share), bar]
    });
    let headings = [say!("tune-threshold"), say!("precision"), say!("recall"), say!("tune-share"), String::new()];
    view::table(&headings.each_ref().map(String::as_str), rows.collect());
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1 as a bar of 20")]
fn bar_length(share: f64) -> usize {
    (share * 20.0).round() as usize
}

/// Precision over recall, as SVG.
fn draw_curve(curve: &[CurvePoint], caption: &str, file: &Path) -> anyhow::Result<()> {
    let area = SVGBackend::new(file, (720, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().x_desc("recall").y_desc("precision").draw()?;
    chart.draw_series(LineSeries::new(curve.iter().map(|point| (point.recall, point.precision)), &BLUE))?;
    area.present()?;
    Ok(())
}

/// The `[merge]` table of settings.
fn merge_table(settings: &MergeSettings) -> String {
    let mut lines = vec![
        "[merge]".to_owned(),
        format!("prior = {:?}", settings.prior),
        format!("auto_weight = {:?}", settings.auto_weight),
        format!("review_weight = {:?}", settings.review_weight),
        format!("core_weight = {:?}", settings.core_weight),
        format!("candidates = {}", settings.candidates),
        format!("window_days = {}", settings.window_days),
        format!("category_window_days = {}", inline(&settings.category_window_days)),
        format!("recurrence_days = {}", settings.recurrence_days),
        format!("most_open = {}", settings.most_open),
        format!("partition_by_district = {}", settings.partition_by_district),
        format!("support = {:?}", settings.support),
        format!("support_limit = {:?}", settings.support_limit),
        String::new(),
        "[merge.weights]".to_owned(),
    ];
    for comparison in Comparison::ALL {
        let name = comparison.name();
        lines.push(match settings.weights.of(comparison) {
            [only] => format!("{name} = {only:?}"),
            many => format!("{name} = {many:?}"),
        });
    }
    lines.join("\n") + "\n"
}

/// Windows by category as an inline table.
fn inline(days: &BTreeMap<String, u32>) -> String {
    let pairs: Vec<String> = days.iter().map(|(code, days)| format!("{code:?} = {days}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A settings file with its `[merge]` tables replaced; everything else, comments too, stays.
fn replace_table(text: &str, table: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        let heading = line.trim_start();
        if heading.starts_with('[') {
            inside = heading.starts_with("[merge]") || heading.starts_with("[merge.");
        }
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    format!("{}\n\n{table}", kept.trim_end())
}

fn show(measured: &Measured) {
    view::line(&say!(
        "evaluate-done",
        complaints = measured.complaints,
        left = measured.left_out,
        tickets = measured.tickets
    ));
    let row = |name: &str, figures: &Figures| {
        let share = |value: f64| format!("{value:.3}");
        let counts = [figures.right, figures.wrong, figures.missed].map(|count| count.to_string());
        let shares = [figures.precision, figures.recall, figures.f1, figures.f05].map(share);
        [vec![name.to_owned()], counts.to_vec(), shares.to_vec()].concat()
    };
    let (f1, f05) = ("F1".to_owned(), "F0.5".to_owned());
    let headings = [
        say!("evaluate-pairs"),
        say!("evaluate-right"),
        say!("evaluate-wrong-count"),
        say!("evaluate-missed-count"),
        say!("precision"),
        say!("recall"),
        f1,
        f05,
    ];
    view::table(
        &headings.each_ref().map(String::as_str),
        vec![
            row(&say!("evaluate-auto"), &measured.auto),
            row(&say!("evaluate-auto-and-review"), &measured.auto_and_review),
        ],
    );
    show_more(measured);
}

fn show_more(measured: &Measured) {
    let sizes = measured.by_ticket_size.iter();
    view::table(
        &[&say!("evaluate-size"), &say!("evaluate-pair-count"), &say!("precision")],
        sizes
            .map(|(size, pairs, precision)| vec![size.to_string(), pairs.to_string(), format!("{precision:.3}")])
            .collect(),
    );
    let [precision, recall, f1] = measured.b_cubed;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let (hard, merged) = measured.hard_negatives;
    let (p50, p99) = measured.p50_p99_us;
    view::table(
        &[&say!("evaluate-more"), ""],
        [
            ("B-cubed P / R / F1".to_owned(), format!("{precision:.3} / {recall:.3} / {f1:.3}")),
            (say!("evaluate-hard-negatives"), format!("{merged} / {hard}")),
            (say!("evaluate-blocking-pairs"), percent(measured.blocking_pairs)),
            (say!("evaluate-blocking-complaints"), percent(measured.blocking_complaints)),
            (say!("evaluate-review-share"), percent(measured.review_share)),
            (say!("evaluate-review-right"), percent(measured.review_right)),
            (say!("evaluate-speed"), format!("{:.0}", measured.decisions_per_s)),
            ("p50 / p99".to_owned(), format!("{p50} / {p99} µs")),
            (say!("evaluate-memory"), format!("{} B", measured.bytes_per_complaint)),
        ]
        .into_iter()
        .map(|(name, value)| vec![name, value])
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
        let card = mistake.evidence.as_ref().map(|evidence| evidence.card(Locale::of_process())).unwrap_or_default();
        vec![format!("{}\n{}", name(&mistake.earlier), name(&mistake.later)), card]
    });
    view::table(&[&say!("complaints"), &say!("evidence")], rows.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merge_table_is_replaced_and_reads_back() {
        let text = "name = \"x\" # kept\n\n[merge]\nwindow_days = 3\n\n[merge.weights]\ntopic = [0.0, 1.0]\n\n[[feed]]\nname = \"y\"\n";
        let mut settings = MergeSettings { auto_weight: 4.5, ..MergeSettings::default() };
        settings.weights.of_mut(Comparison::Topic).copy_from_slice(&[0.0, 2.5]);
        settings.category_window_days.insert("heating".to_owned(), 120);
        let replaced = replace_table(text, &merge_table(&settings));
        assert!(replaced.starts_with("name = \"x\" # kept\n") && replaced.contains("[[feed]]\nname = \"y\"\n"));
        let read: toml::Table = toml::from_str(&replaced).unwrap();
        let merge: MergeSettings = read["merge"].clone().try_into().unwrap();
        assert_eq!(merge, settings);
        assert_eq!(replace_table(&replaced, &merge_table(&settings)), replaced, "a second time changes nothing");
    }
}
