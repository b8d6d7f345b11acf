//! The audit log of a gateway, and the versions of its pack.

use huiliu::city::PackFiles;
use serde_json::{Value, json};

use crate::town::Town;

const TITLE: &str = "青鱼滩路路灯不亮";
const TEXT: &str = "青鱼滩路公交站附近的路灯已经一周不亮，联系电话13800001111。";

impl Town {
    /// A token of a role.
    async fn token(&self, name: &str, role: &str) -> String {
        self.sandbox.command(&["token", "new", name, "--role", role]).await.unwrap().trim().to_owned()
    }

    /// The whole audit log, as an auditor reads it.
    async fn audit(&mut self, auditor: &str) -> Vec<Value> {
        let admin = std::mem::replace(&mut self.sandbox.token, auditor.to_owned());
        let page = self.sandbox.get("/api/v1/audit?limit=500&oldest_first=true").await.unwrap();
        self.sandbox.token = admin;
        page["entries"].as_array().unwrap().clone()
    }

    async fn status_of(&mut self, token: &str, path: &str) -> u64 {
        let admin = std::mem::replace(&mut self.sandbox.token, token.to_owned());
        let answer = self.sandbox.get(path).await.unwrap();
        self.sandbox.token = admin;
        answer["status"].as_u64().unwrap_or(200)
    }
}

/// What is said of an action: who, outcome and subject of each entry.
fn of<'a>(log: &'a [Value], action: &str) -> Vec<(&'a str, &'a str, &'a str)> {
    let text = |entry: &'a Value, name: &str| entry[name].as_str().unwrap_or_default();
    let found = log.iter().filter(|entry| entry["action"] == action);
    found.map(|entry| (text(entry, "actor"), text(entry, "outcome"), text(entry, "subject"))).collect()
}

#[tokio::test]
async fn what_people_do_and_look_at_is_in_the_audit_log_and_only_an_auditor_reads_it() {
    let (mut town, platform) = Town::start("audited").await;
    let receipt = town.accept("U1", TITLE, TEXT).await;
    let ticket = town.ticket(&platform, "U1").await;
    let auditor = town.token("inspector", "auditor").await;
    let viewer = town.token("guest", "viewer").await;
    town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    town.sandbox.get("/api/v1/complaints?phone=13800001111").await.unwrap();
    town.sandbox.get(&format!("/api/v1/tickets/{ticket}/life")).await.unwrap();
    town.sandbox.get(&format!("/api/v1/complaints/{receipt}/life/signed")).await.unwrap();
    town.sandbox.post(&format!("/api/v1/tickets/{ticket}/pin"), &json!({ "pinned": true })).await.unwrap();
    town.sandbox.post("/api/v1/complaints/13800001111/split", &json!({})).await.unwrap();
    town.sandbox.post("/api/v1/export", &json!({ "phone": "13800001111" })).await.unwrap();
    for path in ["/api/v1/tickets", "/api/v1/ledger", "/api/v1/quarantine", "/api/v1/pack/versions"] {
        assert_eq!(town.status_of(&auditor, path).await, 403, "an auditor reads nothing else: {path}");
    }
    assert_eq!(town.status_of(&viewer, "/api/v1/audit").await, 403);
    let admin = town.sandbox.token.clone();
    assert_eq!(town.status_of(&admin, "/api/v1/audit").await, 403, "an admin does not read what is said of admins");
    assert_eq!(town.status_of("hl_unknown", "/api/v1/audit").await, 401);
    let erased = town.sandbox.post("/api/v1/erase", &json!({ "phone": "13800001111" })).await.unwrap();
    assert_eq!(erased.status.as_u16(), 200);
    let log = town.audit(&auditor).await;
    let about = format!("ticket:{ticket} receipt:{receipt}");
    let lives = [format!("ticket:{ticket}"), format!("receipt:{receipt}")];
    assert_eq!(of(&log, "ticket.look"), [("city", "done", about.as_str())]);
    let told = [lives[0].as_str(), lives[1].as_str()];
    assert_eq!(of(&log, "life.look"), told.map(|about| ("city", "done", about)));
    assert_eq!(of(&log, "complaint.look"), [("city", "done", format!("by:phone receipt:{receipt}").as_str())]);
    assert_eq!(of(&log, "ticket.pin"), [("city", "done", format!("ticket:{ticket}").as_str())]);
    assert_eq!(of(&log, "ticket.split"), [("city", "refused", "")], "what was typed may be anything");
    assert_eq!(of(&log, "citizen.export"), [("city", "done", format!("receipt:{receipt}").as_str())]);
    assert_eq!(of(&log, "citizen.erase"), [("city", "done", "")]);
    assert_eq!(of(&log, "login"), [("", "refused", "route:/api/v1/audit")]);
    let denied: Vec<&str> = of(&log, "access").into_iter().map(|(who, ..)| who).collect();
    assert_eq!(denied, ["inspector", "inspector", "inspector", "inspector", "guest", "city"]);
    let made: Vec<&str> = of(&log, "token.new").into_iter().map(|(.., subject)| subject).collect();
    assert_eq!(made, ["token:city role:admin", "token:inspector role:auditor", "token:guest role:viewer"]);
    assert_eq!(of(&log, "gateway.start").len(), 1);
    let pinned = log.iter().find(|entry| entry["action"] == "ticket.pin").unwrap();
    assert!(pinned["request_id"].as_str().is_some_and(|id| id.len() == 16) && pinned["role"] == "admin", "{pinned}");
    assert!(!json!(log).to_string().contains("13800001111"), "it outlives an erasure");
    let numbers: Vec<i64> = log.iter().filter_map(|entry| entry["number"].as_i64()).collect();
    assert_eq!(numbers, (1..=i64::try_from(log.len()).unwrap()).collect::<Vec<_>>(), "without a gap");
    checked_and_exported(&mut town, &auditor).await;
    town.sandbox.finish().await.unwrap();
}

/// The log is found whole, is exported, and a changed entry is named.
async fn checked_and_exported(town: &mut Town, auditor: &str) {
    let admin = std::mem::replace(&mut town.sandbox.token, auditor.to_owned());
    let check = town.sandbox.get("/api/v1/audit/check").await.unwrap();
    assert_eq!((&check["whole"], &check["broken"]), (&json!(true), &Value::Null), "{check}");
    town.sandbox.set("HULIU_TOKEN", auditor);
    let lines = town.sandbox.command(&["audit", "export"]).await.unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["number"], 1, "{lines}");
    let csv = town.sandbox.command(&["audit", "export", "--format", "csv"]).await.unwrap();
    assert!(csv.contains("number,at,action") && csv.contains("ticket.pin"), "{csv}");
    let row = csv.lines().find(|line| line.contains("gateway.start")).unwrap();
    assert!(row.contains(",,") && !row.contains(",-,"), "what there is none of is an empty cell: {row}");
    listed(town).await;
    town.sandbox.token = admin.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let kept = format!("--checkpoint={}", check["checkpoint"].as_str().unwrap());
    let said = town.sandbox.command(&["audit", "verify", &kept]).await.unwrap();
    assert!(said.contains("whole") || said.contains("完整"), "{said}");
    let database = rusqlite::Connection::open(town.sandbox.folder.join("var/huiliu.db")).unwrap();
    database.execute("UPDATE audit SET at = at - 60000 WHERE number = 5", []).unwrap();
    let (code, _, error) = town.sandbox.ended(&["audit", "verify"]).await.unwrap();
    assert!(code == 1 && error.contains("entry 5"), "{code} {error}");
    database.execute("UPDATE audit SET at = at + 60000 WHERE number = 5", []).unwrap();
    town.sandbox.command(&["audit", "verify"]).await.unwrap();
}

/// The newest first, in words; and by who did what.
async fn listed(town: &Town) {
    let all = town.sandbox.command(&["audit", "list", "--limit", "500"]).await.unwrap();
    let [first, last] = ["started the gateway", "erased personal data"].map(|word| all.find(word));
    assert!(last.is_some() && last < first, "{all}");
    let turned = town.sandbox.command(&["audit", "list", "--limit", "500", "--oldest-first"]).await.unwrap();
    assert!(turned.find("started the gateway") < turned.find("erased personal data"), "{turned}");
    for named in ["ticket.pin", "锁定工单"] {
        let pinned =
            town.sandbox.command(&["audit", "list", "--json", "--actor", "city", "--action", named]).await.unwrap();
        let pinned: Vec<Value> = serde_json::from_str(&pinned).unwrap();
        assert_eq!(of(&pinned, "ticket.pin").len(), pinned.len().max(1), "{named}");
    }
    let (code, _, said) = town.sandbox.ended(&["audit", "list", "--action", "ticket.lock"]).await.unwrap();
    assert!(code == 1 && said.contains("ticket.pin"), "{said}");
    let one = town.sandbox.get("/api/v1/audit?limit=1").await.unwrap();
    let next =
        town.sandbox.get(&format!("/api/v1/audit?limit=1&after={}", one["next"].as_str().unwrap())).await.unwrap();
    let number = |page: &Value| page["entries"][0]["number"].as_i64().unwrap();
    assert_eq!(number(&next), number(&one) - 1);
    let wrong = town.sandbox.get("/api/v1/audit?action=ticket.lock").await.unwrap();
    assert!(wrong["status"] == 400 && wrong["detail"].as_str().unwrap().contains("ticket.pin"), "{wrong}");
}

#[tokio::test]
async fn a_pack_is_kept_compared_and_rolled_back_byte_for_byte() {
    let (mut town, platform) = Town::start("versions").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let folder = town.sandbox.folder.join("pack");
    let first = PackFiles::read(&folder).unwrap();
    let table = folder.join("tables/notes.csv");
    std::fs::write(&table, "code,name\r\n1,一\r\n").unwrap();
    std::fs::write(folder.join("tables/more.csv"), "code,name\n2,二\n").unwrap();
    let differs = town.sandbox.get("/api/v1/pack/difference").await.unwrap();
    assert_eq!(differs["files"][1]["path"], "tables/notes.csv", "{differs}");
    let refused = town.sandbox.post("/api/v1/pack/rollback", &json!({ "to": "1" })).await.unwrap();
    assert_eq!(refused.status.as_u16(), 409, "changes that never went live are not given up unasked");
    assert!(table.exists());
    town.sandbox.command(&["pack", "reload", "--reason", "对照表，电话13800001111"]).await.unwrap();
    town.accept("V1", TITLE, TEXT).await;
    town.ticket(&platform, "V1").await;
    let versions = town.sandbox.get("/api/v1/pack/versions").await.unwrap();
    let newest = &versions["versions"][0];
    assert_eq!((&newest["number"], &newest["cause"], &newest["live"]), (&json!(2), &json!("reload"), &json!(true)));
    assert!(
        newest["reason"].as_str().is_some_and(|reason| reason.contains("对照表") && !reason.contains("13800001111"))
    );
    let shown = town.sandbox.command(&["pack", "show", "2", "tables/notes.csv"]).await.unwrap();
    assert!(shown.contains("1,一"), "{shown}");
    let between = town.sandbox.command(&["pack", "diff", "1", "2"]).await.unwrap();
    assert!(between.contains("tables/more.csv") && between.contains("+2,二"), "{between}");
    std::fs::write(&table, "never live").unwrap();
    let (code, _, said) = town.sandbox.ended(&["pack", "rollback", "1"]).await.unwrap();
    assert!(code == 1 && said.contains("tables/notes.csv"), "{said}");
    town.sandbox.command(&["pack", "rollback", "1", "--force", "--reason", "有误"]).await.unwrap();
    let back = PackFiles::read(&folder).unwrap();
    assert_eq!((back.digest(), back.to_bytes()), (first.digest(), first.to_bytes()), "byte for byte");
    let versions = town.sandbox.get("/api/v1/pack/versions").await.unwrap();
    let newest = &versions["versions"][0];
    assert_eq!(
        (&newest["number"], &newest["cause"], &newest["reason"]),
        (&json!(3), &json!("rollback"), &json!("有误"))
    );
    assert_eq!(newest["digest"], versions["versions"][2]["digest"]);
    assert_eq!(town.sandbox.get("/healthz").await.unwrap()["pack"]["version"], newest["version"]);
    explained(&town, newest["version"].as_str().unwrap()).await;
    let listed = town.sandbox.command(&["pack", "list"]).await.unwrap();
    assert!(listed.contains("有误"), "{listed}");
    // The files of the first are live again; the version that is live is the third, and to its files nothing leads back.
    let versions = town.sandbox.get("/api/v1/pack/versions").await.unwrap();
    let standing = |version: &Value| [&version["number"], &version["live"], &version["same_as_live"]].map(Value::clone);
    let standing: Vec<_> = versions["versions"].as_array().unwrap().iter().map(standing).collect();
    let expected = [json!([3, true, true]), json!([2, false, false]), json!([1, false, true])];
    assert_eq!(json!(standing), json!(expected));
    let (code, _, said) = town.sandbox.ended(&["pack", "rollback", "1", "--force"]).await.unwrap();
    assert!(code == 1 && said.contains("nothing to go back to"), "{said}");
    std::fs::write(&table, "never live").unwrap();
    let (code, _, said) = town.sandbox.ended(&["pack", "rollback", "3"]).await.unwrap();
    assert!(code == 1 && said.contains("--force"), "{said}");
    let versions = town.sandbox.get("/api/v1/pack/versions").await.unwrap();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3, "no version was made");
    let auditor = town.token("inspector", "auditor").await;
    let log = town.audit(&auditor).await;
    let rolled: Vec<(&str, &str)> = of(&log, "pack.rollback").into_iter().map(|(who, how, _)| (who, how)).collect();
    let refused = ("city", "refused");
    assert_eq!(rolled, [refused, refused, ("city", "done"), refused, refused]);
    assert_eq!(of(&log, "pack.reload"), [("city", "done", "pack:2")]);
    town.sandbox.finish().await.unwrap();
}

/// A decision names the pack that made it, and that pack is found by the name.
async fn explained(town: &Town, live: &str) {
    let receipt = town.accept("V2", TITLE, "青鱼滩路公交站附近几盏路灯坏了，夜里一片漆黑，希望尽快修好。").await;
    let found = town.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
    let ticket = found["complaints"][0]["ticket"].as_str().unwrap();
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(document["merge_events"][0]["settings_version"], live, "{document}");
    let said = town.sandbox.command(&["explain", ticket]).await.unwrap();
    assert!(said.contains(live), "{said}");
    let named = town.sandbox.get(&format!("/api/v1/pack/versions/{live}")).await.unwrap();
    assert_eq!((&named["number"], &named["kept"]), (&json!(3), &json!(true)), "{named}");
}
