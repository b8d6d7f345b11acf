//! Writes a small database that holds some of everything a store can hold, by running a gateway over a short invented history.
//! Kept with a release, it shows later ones what they must still be able to read.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::{Board, Callbacks, Hotline, Order, Platform, Report, Sandbox, Until, Wire, World, eventually};
use crate::{post_generic, post_sms};

/// Keys for everybody to read: what they seal is invented.
const KEYS: &str =
    "hash aHVpbGl1LXRlc3QtaGFzaC1rZXktbm90LXNlY3JldCE=\n1 aHVpbGl1LXRlc3Qtc2VhbC1rZXktbm90LXNlY3JldCE=\n";
/// How long a step may take.
const PATIENCE: Until = Until(Duration::from_secs(60));

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");
const LAMP_AGAIN: (&str, &str) =
    ("反映青鱼滩路路灯故障", "青鱼滩路公交站附近几盏路灯坏了，夜里一片漆黑，希望尽快修好。");
const COVER: (&str, &str) = ("海湾路井盖破损", "海湾路菜市场门口的井盖破损下陷，电动车经过时容易摔倒，请尽快更换。");
const NOISE: (&str, &str) = ("学府街工地夜间施工", "学府街十字路口的工地夜间施工到凌晨两点，噪音太大，孩子无法休息。");

const PARKING: (&str, &str) = ("城铁站前乱停车", "城铁站前的人行道上天天停满汽车，行人只能走机动车道。");
const FITNESS: &str = "斥山街道小公园的健身器材损坏，螺丝外露，孩子容易受伤。";

/// A gateway that has lived through a short history, with its channels and a platform behind it.
pub struct History {
    /// The gateway; it runs.
    pub sandbox: Sandbox,
    hotline: Hotline,
    board: Board,
    callbacks: Callbacks,
    wire: Wire,
    platform: Platform,
    _folder: tempfile::TempDir,
}

/// Runs the gateway over the history and leaves `huiliu.db` and `keys` in a folder.
///
/// # Errors
/// The gateway or the broker fails, or a step of the history does not come out as it is told.
pub async fn write_history(gateway: &Path, pack: &Path, amqp: &str, into: &Path) -> anyhow::Result<()> {
    let mut history = History::live(gateway, pack, amqp).await?;
    history.what_waits().await?;
    std::fs::create_dir_all(into)?;
    for name in ["huiliu.db", "keys"] {
        std::fs::copy(history.sandbox.folder.join("var").join(name), into.join(name))?;
    }
    Ok(())
}

impl History {
    /// Runs the gateway over the history.
    ///
    /// # Errors
    /// The gateway or the broker fails, or a step of the history does not come out as it is told.
    pub async fn live(gateway: &Path, pack: &Path, amqp: &str) -> anyhow::Result<Self> {
        let history = Self::begin(gateway, pack, amqp).await?;
        history.decisions_of_people().await?;
        history.reviews().await?;
        history.channels().await?;
        history.what_platforms_say().await?;
        history.what_is_set_aside_and_erased().await?;
        Ok(history)
    }

    async fn begin(gateway: &Path, pack: &Path, amqp: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (hotline, board, callbacks) = (Hotline::start().await?, Board::start().await?, Callbacks::start().await?);
        let run = format!("history-{}", std::process::id());
        let channels = (&hotline, &board, &callbacks);
        let mut sandbox = Sandbox::prepare(gateway, pack, folder.path(), amqp, &run, channels).await?;
        let host = amqp.rsplit('@').next().and_then(|rest| rest.split('/').next()).context("an AMQP URL")?;
        let wire = Wire::start(host.to_owned()).await?;
        sandbox.set("HULIU_AMQP_URL", &amqp.replace(host, &wire.address.to_string()));
        let var = folder.path().join("var");
        std::fs::write(var.join("keys"), KEYS)?;
        for journal in ["huiliu.db", "huiliu.db-wal", "huiliu.db-shm"] {
            if var.join(journal).exists() {
                std::fs::remove_file(var.join(journal))?;
            }
        }
        sandbox.new_token().await?;
        sandbox.command(&["token", "new", "clerk", "--role", "viewer"]).await?;
        sandbox.start().await?;
        let platform = Platform::start(amqp, &sandbox.feed_queue("command"), sandbox.status_exchange()).await?;
        Ok(Self { sandbox, hotline, board, callbacks, wire, platform, _folder: folder })
    }

    async fn post(&self, complaint: Value) -> anyhow::Result<Value> {
        let body = serde_json::to_vec(&json!([complaint]))?;
        let answer = post_generic(&self.sandbox.url, Sandbox::GENERIC_KEY, body).await?;
        Ok(serde_json::from_slice::<Value>(&answer.body)?["outcomes"][0].clone())
    }

    /// A complaint over the generic channel; its receipt number.
    async fn take(&self, number: &str, (title, text): (&str, &str)) -> anyhow::Result<String> {
        let phone = format!("1380000{:04}", number.bytes().fold(0_u32, |sum, byte| sum * 7 + u32::from(byte)) % 10_000);
        let complaint = json!({ "number": number, "kind": "投诉", "title": title, "text": text, "phone": phone });
        let outcome = self.post(complaint).await?;
        Ok(outcome["receipt_number"].as_str().with_context(|| outcome.to_string())?.to_owned())
    }

    async fn ticket_on(&self, channel: &str, number: &str) -> anyhow::Result<String> {
        let key = (channel.to_owned(), number.to_owned());
        eventually(number, PATIENCE, || async { self.platform.ticket_of().get(&key).cloned() }).await
    }

    async fn ticket(&self, number: &str) -> anyhow::Result<String> {
        self.ticket_on("generic", number).await
    }

    async fn act(&self, path: &str, body: Value) -> anyhow::Result<()> {
        let answer = self.sandbox.post(&format!("/api/v1/{path}"), &body).await?;
        anyhow::ensure!(answer.status.is_success(), "{path}: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let look = || async { self.sandbox.get(&format!("/api/v1/{path}")).await.ok().filter(|found| wanted(found)) };
        eventually(path, PATIENCE, look).await
    }

    /// Sends a status and waits until the ticket has it.
    async fn say(&self, ticket: &str, status: &str, result: Option<&str>) -> anyhow::Result<()> {
        self.platform.send(ticket, status, result).await?;
        self.until(&format!("tickets/{ticket}"), |found| found["status"] == status).await.map(drop)
    }

    /// Joined by themselves, one split off; a person's merge with an absorbed ticket; a pin; an amendment.
    async fn decisions_of_people(&self) -> anyhow::Result<()> {
        self.take("L1", LAMP).await?;
        self.take("L2", LAMP_AGAIN).await?;
        let third = self.take("L3", ("青鱼滩路没有路灯", LAMP.1)).await?;
        self.act(&format!("complaints/{third}/split"), json!({})).await?;
        self.take("M1", ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。")).await?;
        self.take("M2", ("物业不管电梯", "听涛嘉园5号楼电梯停运三天，物业一直不来人。")).await?;
        let (water, lift) = (self.ticket("M1").await?, self.ticket("M2").await?);
        self.act(&format!("tickets/{lift}/merge"), json!({ "into": water })).await?;
        self.take("M1", ("听涛嘉园停水三天", "听涛嘉园5号楼从大前天开始停水，仍然没有通知。")).await?;
        self.take("P1", PARKING).await?;
        let parking = self.ticket("P1").await?;
        self.act(&format!("tickets/{parking}/pin"), json!({ "pinned": true })).await
    }

    /// Three questions because tickets are pinned: one answered with yes, one with no, one open.
    async fn reviews(&self) -> anyhow::Result<()> {
        for (first, again, numbers) in
            [(COVER, "海湾路菜市场井盖坏了", ["C1", "C2"]), (NOISE, "学府街夜间施工噪音", ["N1", "N2"])]
        {
            self.take(numbers[0], first).await?;
            let ticket = self.ticket(numbers[0]).await?;
            self.act(&format!("tickets/{ticket}/pin"), json!({ "pinned": true })).await?;
            self.take(numbers[1], (again, first.1)).await?;
            let asked = self.until("reviews", |found| found["reviews"][0].is_object()).await;
            let asked = asked.with_context(|| format!("{again}: nobody is asked"))?;
            let same = json!({ "same": numbers[0] == "C1" });
            self.act(&format!("reviews/{}", asked["reviews"][0]["id"]), same).await?;
        }
        self.take("P2", ("城铁站前人行道停满汽车", PARKING.1)).await?;
        self.until("reviews", |found| found["reviews"][0].is_object()).await.map(drop)
    }

    /// The hotline, the board with its position, SMS with a rating that opens the ticket again, and one to be discarded.
    async fn channels(&self) -> anyhow::Result<()> {
        self.board.put(7, "寻山街道道路坑洼", "寻山街道中心小学门口道路坑洼不平，下雨积水，请修补。", "网友甲");
        self.hotline.take(order("H1", "市民被电话诈骗", "有人冒充社区干部诈骗老人，已有三户受骗，请尽快查处。"));
        let (thread, fraud) = (self.ticket_on("board", "7").await?, self.ticket_on("hotline", "H1").await?);
        self.until("replies?state=dead", |_| true).await?;
        for ticket in [&thread, &fraud] {
            self.say(ticket, "accepted", None).await?;
        }
        self.say(&thread, "resolved", Some("已修补完毕。")).await?;
        self.until("replies?state=sent", |found| found["replies"][0].is_object()).await?;
        let reports = World::new(3).reports(1);
        let message = |number: &str, text: &str| {
            let report = reports.first().cloned().context("a report")?;
            let (number, text, phone) = (number.to_owned(), text.to_owned(), "13800007777".to_owned());
            anyhow::Ok(Report { number, text, phone, ..report })
        };
        self.sms(&message("77001", "桃园街道垃圾三天没有清运，异味很大。")?).await?;
        let garbage = self.ticket_on("sms", "77001").await?;
        self.say(&garbage, "resolved", Some("已清运。")).await?;
        let told = || async { self.callbacks.told().get("13800007777").cloned() };
        eventually("told by SMS", PATIENCE, told).await?;
        self.sms(&message("77002", "3")?).await?;
        self.until(&format!("tickets/{garbage}"), |found| found["status"] == "reopened").await?;
        self.sms(&message("77003", "TD")?).await
    }

    async fn sms(&self, report: &Report) -> anyhow::Result<()> {
        let answer = post_sms(&self.sandbox.url, Sandbox::SMS_TOKEN, std::slice::from_ref(report)).await?;
        anyhow::ensure!(answer.status.is_success(), "SMS: {}", answer.status);
        Ok(())
    }

    /// Signed, extended, refused, answered and come again; repeated and late updates; a dead reply and one that waits.
    async fn what_platforms_say(&self) -> anyhow::Result<()> {
        self.take("E1", ("港湾街道自来水发黄", "港湾街道渔港小区自来水发黄，水质很差。")).await?;
        let water = self.ticket("E1").await?;
        let update = json!({
            "update_id": "x1", "platform": self.platform.feed(), "ticket_id": water, "sequence": 5, "status": "extended",
            "occurred_at": "2026-11-22T16:20:00+08:00", "due_at": "2027-03-01T09:00:00+08:00", "result": "管网改造",
        });
        self.platform.send_raw(&update).await?;
        self.until(&format!("tickets/{water}"), |found| found["status"] == "extended").await?;
        let mut late = update.clone();
        (late["update_id"], late["sequence"], late["status"]) = (json!("x0"), json!(2), json!("accepted"));
        for again in [&update, &late] {
            self.platform.send_raw(again).await?;
        }
        self.take("R1", ("要求给本人安排工作", "本人待业在家，要求政府直接安排一份工作。")).await?;
        self.say(&self.ticket("R1").await?, "rejected", Some("不属于受理范围。")).await?;
        self.take("F1", ("斥山街道小公园健身器材损坏", FITNESS)).await?;
        let first = self.ticket("F1").await?;
        self.say(&first, "resolved", Some("已修复。")).await?;
        self.until("replies?state=by_hand", |found| found["replies"][1].is_object()).await?;
        self.take("F2", ("斥山街道小公园健身器材又坏了", FITNESS)).await?;
        let again = self.ticket("F2").await?;
        self.until(&format!("tickets/{again}"), |found| found["recurrence_of"] == first.as_str()).await?;
        self.hotline.take(order("H2", "王连街道公交站牌歪倒", "王连街道政府门口公交站牌歪倒，遮挡视线。"));
        let sign = self.ticket_on("hotline", "H2").await?;
        self.hotline.fail_next(u32::MAX);
        self.say(&sign, "resolved", Some("已扶正。")).await?;
        self.until("replies?state=pending", |found| found["replies"][0]["attempts"].as_u64() > Some(0)).await.map(drop)
    }

    /// Quarantined, and one released; erased with its evidence; urgent, so that reminders are planned.
    async fn what_is_set_aside_and_erased(&self) -> anyhow::Result<()> {
        for title in ["没有编号", "仍然没有编号"] {
            self.post(json!({ "kind": "投诉", "title": title, "text": "建设路路面塌陷" })).await?;
        }
        let listed = self.until("quarantine", |found| found["quarantine"][1].is_object()).await?;
        let record = json!({ "number": "Q1", "kind": "投诉", "title": "补上编号", "text": "建设路路面塌陷" });
        let path = format!("quarantine/{}/replay", listed["quarantine"][0]["raw_id"]);
        self.act(&path, json!({ "record": record })).await?;
        let text = "崂山街道幼儿园门口小广告很多，联系电话13900001234。";
        let complaint = |number: &str, title: &str| json!({ "number": number, "title": title, "text": text, "phone": "13900001234" });
        self.post(complaint("X1", "幼儿园门口小广告")).await?;
        self.post(complaint("X2", "幼儿园门口又有小广告")).await?;
        self.ticket("X2").await?;
        self.act("erase", json!({ "phone": "13900001234" })).await?;
        let urgent = json!({
            "number": "U1", "title": "热电厂附近有爆炸声", "text": "热电厂附近有爆炸声，居民聚集。", "urgency": "特急",
        });
        self.post(urgent).await?;
        self.ticket("U1").await.map(drop)
    }

    /// The broker is away: messages wait. Then the gateway stops.
    async fn what_waits(&mut self) -> anyhow::Result<()> {
        let drained = || async {
            let health = self.sandbox.get("/healthz").await.ok()?;
            (health["queues"]["outbox"] == 0).then_some(())
        };
        eventually("the outbox is empty", PATIENCE, drained).await?;
        self.wire.cut();
        self.take("Z1", ("邱家社区下水道堵塞", "邱家社区3号楼下水道堵塞，污水外溢。")).await?;
        self.take("Z2", ("成山镇公交班车减少", "成山镇到市区的班车从一天八趟减到三趟，老人看病不便。")).await?;
        self.sandbox.stop().await?;
        self.sandbox.command(&["doctor"]).await.map(drop)
    }
}

fn order(number: &str, title: &str, content: &str) -> Order {
    Order {
        order_id: number.to_owned(),
        title: title.to_owned(),
        content: content.to_owned(),
        name: "张某某".to_owned(),
        phone: "13800001111".to_owned(),
        address: String::new(),
        kind: "投诉".to_owned(),
    }
}
