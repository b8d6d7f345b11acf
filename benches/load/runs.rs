//! The measurements.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use huiliu_city::{Platform, Until, World, eventually};
use tokio::time::sleep;

use crate::drive::{Drive, Supply, complaint};
use crate::stream::Stream;
use crate::target::Target;
use crate::{Arguments, bare};

/// How long the gateway may take to publish what it has accepted.
const DRAIN: Until = Until(Duration::from_secs(600));

fn quantile(sorted: &[Duration], per_mille: usize) -> f64 {
    sorted
        .get((sorted.len() * per_mille / 1_000).min(sorted.len().saturating_sub(1)))
        .map_or(0.0, |at| at.as_secs_f64() * 1e3)
}

/// Latencies from request to consumer, and from request to acknowledgement, in ms.
fn latencies(drive: &Drive, stream: &Stream) -> (Vec<Duration>, Vec<Duration>) {
    let met = drive.met.lock().unwrap_or_else(PoisonError::into_inner);
    let arrived = stream.arrived.lock().unwrap_or_else(PoisonError::into_inner);
    let mut whole: Vec<Duration> =
        met.sent.iter().filter_map(|(receipt, at)| Some(*arrived.at.get(receipt)? - *at)).collect();
    let mut answers = met.answers.clone();
    whole.sort_unstable();
    answers.sort_unstable();
    (whole, answers)
}

#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
async fn measure(name: &str, arguments: &Arguments, rate: Option<f64>, expected: f64) -> anyhow::Result<f64> {
    let target = Target::start(arguments, name.split(' ').next().unwrap_or("run")).await?;
    let stream = Stream::open(&arguments.amqp, &target.tickets_exchange()).await?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of calls")]
    let calls = (expected * arguments.length().as_secs_f64() / arguments.batch as f64) as usize + 64;
    let drive = Drive::new(Supply::new(arguments.seed, calls, arguments.batch, 0), &target.sandbox);
    let (processor, began) = (target.processor_s(), Instant::now());
    let per_call = rate.map(|rate| rate / arguments.batch as f64);
    let callers = if rate.is_some() { arguments.callers * 8 } else { arguments.callers };
    let length = drive.run(callers, arguments.length(), per_call).await;
    let accepted = drive.accepted();
    eventually("everything accepted is at the consumer", DRAIN, || async {
        (stream.count() >= accepted).then_some(())
    })
    .await?;
    let drained = began.elapsed();
    let (whole, answers) = latencies(&drive, &stream);
    let throughput = accepted as f64 / drained.as_secs_f64();
    let (refused, impolite) = {
        let met = drive.met.lock().unwrap_or_else(PoisonError::into_inner);
        (met.refused.clone(), met.impolite)
    };
    println!(
        "{name:<28} {:>9.0} {throughput:>9.0} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8} {:>7.0} {:>6}  {:?}{}",
        accepted as f64 / length.as_secs_f64(),
        quantile(&answers, 500),
        quantile(&answers, 990),
        quantile(&whole, 500),
        quantile(&whole, 990),
        accepted,
        (target.processor_s() - processor) * 100.0 / drained.as_secs_f64(),
        target.memory_mib(),
        refused,
        if impolite > 0 { " WITHOUT Retry-After" } else { "" },
    );
    let ledger = target.sandbox.get("/api/v1/ledger").await?;
    anyhow::ensure!(ledger["balances"] == true, "the ledger does not balance: {ledger}");
    anyhow::ensure!(ledger["complaints"].as_u64() >= u64::try_from(accepted).ok(), "something was lost: {ledger}");
    stream.close().await?;
    target.sandbox.finish().await?;
    Ok(throughput)
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn headings() {
    println!(
        "{:<28} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>6}  refused",
        "run", "taken/s", "through/s", "ack p50", "p99 ms", "all p50", "p99 ms", "records", "cpu %", "MiB"
    );
}

/// As much as it takes; half of that, for the latency; three times that; a bare publisher before and after.
#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
pub async fn peak(arguments: &Arguments) -> anyhow::Result<()> {
    let before = bare::rate(arguments).await?;
    headings();
    let peak = measure("peak", arguments, None, 12_000.0).await?;
    measure("half of it", arguments, Some(peak / 2.0), peak / 2.0).await?;
    measure("three times it", arguments, Some(peak * 3.0), peak * 3.0).await?;
    let after = bare::rate(arguments).await?;
    println!(
        "bare publisher: {before:.0}/s before, {after:.0}/s after; peak is {:.2} of their mean",
        2.0 * peak / (before + after)
    );
    Ok(())
}

/// A steady rate for a long time; memory should be flat.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub async fn soak(arguments: &Arguments) -> anyhow::Result<()> {
    let target = Target::start(arguments, "soak").await?;
    let stream = Stream::open(&arguments.amqp, &target.tickets_exchange()).await?;
    let began = Instant::now();
    let mut points: Vec<(f64, f64, f64, f64)> = Vec::new();
    let slice = Duration::from_secs(10);
    println!(
        "{:>7} {:>9} {:>9} {:>8} {:>8} {:>8} {:>6}",
        "s", "records", "taken/s", "p50 ms", "p99 ms", "backlog", "MiB"
    );
    let (mut taken, mut before) = (0_usize, 0);
    while began.elapsed() < arguments.length() {
        let calls = usize::try_from(arguments.rate * slice.as_secs()).unwrap_or(0) / arguments.batch;
        let drive =
            Drive::new(Supply::new(arguments.seed + taken as u64, calls, arguments.batch, taken), &target.sandbox);
        let rate = arguments.rate as f64 / arguments.batch as f64;
        let length = drive.run(arguments.callers * 4, slice * 2, Some(rate)).await;
        sleep(Duration::from_millis(300)).await;
        taken += drive.accepted().max(calls * drive.batch());
        let (whole, _) = latencies(&drive, &stream);
        let backlog = taken.saturating_sub(stream.count() + before);
        let memory = target.memory_mib() as f64;
        points.push((began.elapsed().as_secs_f64(), memory, quantile(&whole, 990), taken as f64));
        println!(
            "{:>7.0} {taken:>9} {:>9.0} {:>8.1} {:>8.1} {backlog:>8} {memory:>6}",
            began.elapsed().as_secs_f64(),
            drive.accepted() as f64 / length.as_secs_f64(),
            quantile(&whole, 500),
            quantile(&whole, 990),
        );
        // What has been seen is forgotten, so that the measurement itself does not grow.
        let mut arrived = stream.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        before += arrived.at.len();
        arrived.at.clear();
        arrived.tickets.clear();
    }
    if let Some(path) = &arguments.plot {
        plot(path, &points)?;
        println!("picture: {}", path.display());
    }
    let ledger = target.sandbox.get("/api/v1/ledger").await?;
    println!("{ledger}");
    anyhow::ensure!(ledger["balances"] == true, "the ledger does not balance");
    stream.close().await?;
    target.sandbox.finish().await
}

fn plot(path: &std::path::Path, points: &[(f64, f64, f64, f64)]) -> anyhow::Result<()> {
    use plotters::prelude::*;
    let end = points.last().map_or(1.0, |point| point.0);
    let most = |of: fn(&(f64, f64, f64, f64)) -> f64| points.iter().map(of).fold(1.0, f64::max) * 1.2;
    let area = SVGBackend::new(path, (900, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let (top, bottom) = area.split_vertically(210);
    for (part, caption, highest, of) in [
        (&top, "resident memory, MiB", most(|p| p.1), (|p: &(f64, f64, f64, f64)| p.1) as fn(&_) -> f64),
        (&bottom, "latency p99, ms", most(|p| p.2), |p: &(f64, f64, f64, f64)| p.2),
    ] {
        let mut chart = ChartBuilder::on(part)
            .margin(8)
            .caption(caption, ("sans-serif", 14))
            .x_label_area_size(22)
            .y_label_area_size(46)
            .build_cartesian_2d(0.0..end, 0.0..highest)?;
        chart.configure_mesh().x_desc("s").light_line_style(WHITE).draw()?;
        chart.draw_series(LineSeries::new(points.iter().map(|point| (point.0, of(point))), &BLUE))?;
    }
    area.present()?;
    Ok(())
}

/// One day of a city of ten million: complaints over HTTP, and status updates beside them.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub async fn day(arguments: &Arguments) -> anyhow::Result<()> {
    let count = arguments.count.unwrap_or(100_000);
    let updates = count * 6 / 5;
    let with_feeds = Arguments {
        feeds: true,
        amqp: arguments.amqp.clone(),
        only: String::new(),
        plot: None,
        texts: None,
        ..*arguments
    };
    let target = Target::start(&with_feeds, "day").await?;
    let stream = Stream::open(&arguments.amqp, &target.tickets_exchange()).await?;
    let platform =
        Platform::start(&arguments.amqp, &target.sandbox.feed_queue("command"), target.sandbox.status_exchange())
            .await?;
    let drive = Drive::new(Supply::new(arguments.seed, count / arguments.batch, arguments.batch, 0), &target.sandbox);
    let began = Instant::now();
    let calling = {
        let drive = std::sync::Arc::clone(&drive);
        let callers = arguments.callers;
        tokio::spawn(async move { drive.run(callers, Duration::from_secs(3_600), None).await })
    };
    let (mut sent, mut at) = (0, 0);
    while sent < updates && !(calling.is_finished() && at >= stream.count()) {
        let tickets: Vec<String> = {
            let arrived = stream.arrived.lock().unwrap_or_else(PoisonError::into_inner);
            arrived.tickets.iter().skip(at).take(200).cloned().collect()
        };
        if tickets.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
        at += tickets.len();
        for ticket in tickets.iter().take(updates - sent) {
            platform.send(ticket, if sent % 4 == 3 { "resolved" } else { "in_progress" }, Some("已处理。")).await?;
            sent += 1;
        }
    }
    calling.await?;
    let accepted = drive.accepted();
    eventually("everything accepted is at the consumer", DRAIN, || async {
        (stream.count() >= accepted).then_some(())
    })
    .await?;
    let drained = || async { (target.sandbox.get("/healthz").await.ok()?["queues"]["outbox"] == 0).then_some(()) };
    eventually("the outbox is empty", DRAIN, drained).await?;
    let took = began.elapsed().as_secs_f64();
    let ledger = target.sandbox.get("/api/v1/ledger").await?;
    let messages = stream.arrived.lock().unwrap_or_else(PoisonError::into_inner).messages;
    println!(
        "a day: {accepted} complaints and {sent} status updates in {took:.0} s ({:.0} and {:.0} a second), {messages} messages on the public stream, {} MiB; a day has 86,400 s: {:.0} times as fast\n{ledger}",
        accepted as f64 / took,
        f64::from(u32::try_from(sent)?) / took,
        target.memory_mib(),
        86_400.0 / took
    );
    anyhow::ensure!(ledger["balances"] == true, "the ledger does not balance");
    platform.close().await?;
    stream.close().await?;
    target.sandbox.finish().await
}

/// A large table through the watched folder.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub async fn file(arguments: &Arguments) -> anyhow::Result<()> {
    let count = arguments.count.unwrap_or(1_000_000);
    let target = Target::start(arguments, "file").await?;
    let mut text = String::from("12345工单编号,12345受理时间,12345工单类型,12345内容描述,12345诉求地址\n");
    let mut world = World::new(arguments.seed);
    for serial in 0..count {
        let record = complaint(&mut world, serial);
        text.push_str(&format!(
            "SH{serial:09},2026/11/21 09:12,投诉举报类,{},\n",
            record["text"].as_str().unwrap_or_default().replace([',', '\n', '"'], "，")
        ));
    }
    let folder = target.sandbox.folder.join("var/ledger");
    std::fs::write(folder.join(".part"), &text)?;
    let bytes = text.len();
    drop(text);
    std::fs::rename(folder.join(".part"), folder.join("rows.csv"))?;
    let (began, mut most) = (Instant::now(), 0);
    println!("{count} rows, {} MB", bytes / 1_000_000);
    loop {
        sleep(Duration::from_secs(5)).await;
        most = most.max(target.memory_mib());
        let ledger = target.sandbox.get("/api/v1/ledger").await?;
        let received = ledger["received"].as_u64().unwrap_or(0);
        println!("{:>7.0} s {received:>9} rows {most:>6} MiB", began.elapsed().as_secs_f64());
        if received >= u64::try_from(count)? {
            break;
        }
    }
    println!("{:.0} rows a second", count as f64 / began.elapsed().as_secs_f64());
    target.sandbox.finish().await
}
