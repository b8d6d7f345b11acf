//! `huiliu tail`: tickets as they leave.

use std::process::ExitCode;

use serde_json::Value;

use super::{view, words};
use crate::catalogue::say;
use crate::config::Config;
use crate::forward::Tap;

/// Columns of a row without its title.
const LEAST_ROW: usize = 84;
/// Columns of a title that says something.
const LEAST_TITLE: usize = 16;

pub(super) async fn tail(config: &Config, key: &str, count: Option<u64>, json: bool) -> anyhow::Result<ExitCode> {
    view::end_with_reader()?;
    let mut tap = Tap::open(&config.amqp, key).await?;
    view::note(&say!("tail-waits", url = config.amqp.shown_url()));
    let mut seen = 0;
    while count.is_none_or(|count| seen < count) {
        let event = tokio::select! {
            event = tap.next() => event,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let Some(event) = event else { anyhow::bail!(say!("tail-closed")) };
        view::line(&if json { event.to_string() } else { row(&event, usize::from(view::width())) });
        seen += 1;
    }
    Ok(ExitCode::SUCCESS)
}

/// One event in one line, columns of fixed width on the screen; in two lines where it is narrow.
fn row(event: &Value, width: usize) -> String {
    let data = event.get("data").cloned().unwrap_or_default();
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = data.pointer("/change/event").and_then(Value::as_str).unwrap_or_default();
    let kind = view::color(&fit(&words::event(kind), 8), tint(kind));
    let count = data.get("complaint_count").and_then(Value::as_u64).unwrap_or_default();
    let time = event.get("time").and_then(Value::as_str).unwrap_or_default();
    let time: String = time.split_once('T').map_or("", |(_, time)| time).chars().take(8).collect();
    let piece = say!("tail-complaints");
    let begins = format!("{time} {kind} {}", fit(&text("ticket_id"), 20));
    let grade = view::color(&fit(&text("grade"), 7), grade_tint(&text("grade")));
    if width < LEAST_ROW + LEAST_TITLE {
        let title = fit(&text("title"), width.saturating_sub(16));
        return format!("{}\n  {grade} {count:>3}{piece} {}", begins.trim_end(), title.trim_end());
    }
    format!(
        "{begins} {grade} {} {} {count:>3}{piece} {}",
        fit(&text("district_name"), 10),
        fit(&text("department_name"), 18),
        fit(&text("title"), (width - LEAST_ROW).min(44)).trim_end(),
    )
}

fn tint(kind: &str) -> &'static str {
    match kind {
        "created" => "32",
        "joined" => "36",
        "notice" | "reminder" | "reopened" => "31",
        "split" | "absorbed" => "35",
        _ => "37",
    }
}

fn grade_tint(grade: &str) -> &'static str {
    match grade {
        "red" => "31",
        "orange" | "yellow" => "33",
        "blue" => "34",
        "green" => "32",
        _ => "37",
    }
}

/// Text cut or padded to a width in columns; a Chinese character takes two.
fn fit(text: &str, width: usize) -> String {
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        let columns = if c.is_ascii() { 1 } else { 2 };
        if used + columns > width {
            break;
        }
        used += columns;
        out.push(c);
    }
    out + &" ".repeat(width - used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let event = serde_json::json!({ "time": "2026-11-22T09:02:03.123456+08:00", "data": {
            "ticket_id": "RC-20261122-000001", "grade": "orange", "district_name": "青鱼滩街道", "complaint_count": 3,
            "department_name": "城市管理综合执法局", "title": "青鱼滩路公交站附近的路灯已经一周不亮了请尽快安排人员维修",
            "change": { "event": "created" },
        } });
        for width in [40, 60, 99, 100, 140, 200] {
            let row = row(&event, width);
            assert!(row.lines().all(|line| console::measure_text_width(line) <= width), "{width}\n{row}");
            let event = words::event("created");
            assert!(row.contains(&format!("09:02:03 {event}")) && row.contains("青鱼滩"), "{row}");
        }
    }

    #[test]
    fn columns_are_equally_wide_with_chinese_and_without() {
        assert_eq!(fit("路灯不亮", 6), "路灯不");
        assert_eq!(fit("路a", 6), "路a   ");
        assert_eq!(fit("路灯", 3), "路 ");
    }
}
