//! `huiliu status`: channels, queues and ledger of a running gateway.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::client::{Client, zone_of};
use super::{files, view};

/// Succeeds where the gateway is ready: the store takes, the broker is there, platforms are heard.
pub(super) async fn status(client: &Client, as_json: bool) -> anyhow::Result<ExitCode> {
    let health = client.get("/healthz").await?;
    let readiness = client.readiness().await?;
    let channels = client.get("/api/v1/channels").await?;
    let ledger = client.get("/api/v1/ledger").await?;
    if as_json {
        let document =
            json!({ "readiness": readiness, "health": health, "channels": channels["channels"], "ledger": ledger });
        view::line(&serde_json::to_string_pretty(&document)?);
    } else {
        show(&health, &channels, &ledger);
        files::show_last(client).await?;
        for part in items(&readiness, "/missing") {
            view::problem(&format!("未就绪：{}（not ready: {}）", text(part, "/zh"), text(part, "/en")));
        }
    }
    Ok(if readiness["ready"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A member of a document as it is shown.
pub(super) fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A list in a document.
pub(super) fn items<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// What somebody has to look at although the channels go on.
fn show_alarms(channels: &Value, zone: &TimeZone) {
    for channel in items(channels, "/channels") {
        for alarm in items(channel, "/health/alarms") {
            view::problem(&format!(
                "{} 告警（{} 次，最近 {}）：{}",
                text(channel, "/id"),
                text(alarm, "/count"),
                view::time(&text(alarm, "/last_at"), zone),
                text(alarm, "/zh")
            ));
        }
    }
}

fn show(health: &Value, channels: &Value, ledger: &Value) {
    let zone = zone_of(health);
    view::line(&format!(
        "{}  配置版本 {}  自 {}",
        text(health, "/pack/city"),
        text(health, "/pack/version"),
        view::time(&text(health, "/pack/live_since"), &zone)
    ));
    if text(health, "/pack/last_reload_failed_at") != "-" {
        let at = view::time(&text(health, "/pack/last_reload_failed_at"), &zone);
        view::problem(&format!(
            "{at} 的重新加载失败，旧版本继续生效（{} 个问题）",
            text(health, "/pack/last_reload_problems")
        ));
    }
    let rows = items(channels, "/channels").map(|channel| {
        let state = text(channel, "/health/state");
        let tint = if state == "running" { "32" } else { "31" };
        vec![
            text(channel, "/id"),
            text(channel, "/name"),
            text(channel, "/adapter"),
            view::color(&state, tint),
            text(channel, "/health/records"),
            text(channel, "/lag_s"),
            text(channel, "/health/last_error"),
        ]
    });
    view::table(&["渠道", "名称", "适配器", "状态", "记录", "距上次成功(秒)", "最近错误"], rows.collect());
    show_alarms(channels, &zone);
    for alarm in items(health, "/broker/alarms") {
        view::problem(&format!("AMQP 告警：{}", text(alarm, "/zh")));
    }
    show_queues(health);
    show_ledger(ledger);
}

fn show_queues(health: &Value) {
    view::table(
        &[
            "AMQP",
            "待发送",
            "无人接收",
            "订阅方放弃",
            "被拒状态",
            "待答复",
            "答复失败",
            "待审答复",
            "待确认归并",
            "待修复",
        ],
        vec![vec![
            if text(health, "/broker/connected") == "true" {
                "已连接".to_owned()
            } else {
                text(health, "/broker/last_error")
            },
            text(health, "/queues/outbox"),
            text(health, "/broker/unrouted"),
            text(health, "/broker/dead"),
            text(health, "/broker/refused"),
            text(health, "/queues/replies_pending"),
            text(health, "/queues/replies_dead"),
            text(health, "/queues/replies_held"),
            text(health, "/queues/reviews"),
            text(health, "/queues/quarantine"),
        ]],
    );
}

fn show_ledger(ledger: &Value) {
    view::table(
        &["收到", "诉求", "修改", "跟进", "待修复", "舍弃", "工单", "总账"],
        vec![vec![
            text(ledger, "/received"),
            text(ledger, "/complaints"),
            text(ledger, "/amendments"),
            text(ledger, "/follow_ups"),
            text(ledger, "/quarantined"),
            text(ledger, "/discarded"),
            text(ledger, "/tickets"),
            if text(ledger, "/balances") == "true" {
                "平衡".to_owned()
            } else {
                "不平衡！请运行 huiliu doctor".to_owned()
            },
        ]],
    );
}
