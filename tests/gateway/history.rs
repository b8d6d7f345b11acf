//! Matters of before the gateway: taken in silently, and found when they come again.

use huiliu::clock::{Clock as _, SystemClock};
use jiff::SignedDuration;
use serde_json::json;

use crate::town::Town;

const LAMP: &str = "青鱼滩路与松涛街交叉口东侧第三盏路灯已经三天不亮，晚上行人看不清路面，请尽快维修";

#[tokio::test]
async fn past_matters_are_imported_once_without_a_word_and_known_when_they_come_again() {
    let mut town = Town::prepare("history").await;
    let file = town.sandbox.folder.join("old.csv");
    let now = SystemClock.now();
    let ago =
        |days: i64| now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap().strftime("%Y-%m-%d %H:%M:%S");
    let (received, ended, before) = (ago(9), ago(5), ago(12));
    let old = format!(
        "工单编号,受理时间,工单类型,标题,内容,诉求地址,办件状态,办结时间\n\
         OLD20260001,{received},投诉,路灯不亮,{LAMP},青鱼滩路,已办结,{ended}\n\
         OLD20260002,{received},投诉,工地夜间施工,望海路八号工地夜间十一点以后仍在施工,望海路,办理中,\n\
         OLD20260003,{received},投诉,垃圾,成山大道菜市场门口垃圾堆积多日无人清运,成山大道,已结案,{before}\n"
    );
    std::fs::write(&file, old).unwrap();
    let path = file.display().to_string();
    let pack = town.sandbox.pack.to_string_lossy().into_owned();
    let import = ["import", "--history", "--pack", pack.as_str(), "ledger", path.as_str()];
    for taken in ["1", "0"] {
        let (code, said, _) = town.sandbox.ended(&import).await.unwrap();
        assert_eq!(code, 1, "two were refused: {said}");
        assert!(
            said.contains("OLD20260002") && said.contains("OLD20260003") && !said.contains("OLD20260001"),
            "{said}"
        );
        assert!(said.contains("channels/ledger.toml:"), "the place in the pack: {said}");
        let counts: Vec<&str> =
            said.lines().find(|line| line.contains('2')).unwrap_or_default().split_whitespace().collect();
        assert!(counts.contains(&taken) && counts.contains(&"2"), "{said}");
    }
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    let again = json!({ "number": "NEW-1", "kind": "投诉", "title": "路灯不亮", "text": LAMP, "address": "青鱼滩路" });
    let (status, answer) = town.post(&again).await;
    assert_eq!(status, 200, "{answer}");
    let ticket = town.ticket(&platform, "NEW-1").await;
    let seen = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let old = seen["recurrence_of"].as_str().unwrap_or_default().to_owned();
    let past = town.sandbox.get(&format!("/api/v1/tickets/{old}")).await.unwrap();
    assert_eq!(
        (past["status"].as_str(), past["complaint_list"][0]["state"].as_str()),
        (Some("resolved"), Some("past"))
    );
    assert_eq!(past["complaint_list"][0]["source_number"], "OLD20260001");
    let of_old = platform.ticket_of().into_iter().filter(|((channel, _), _)| channel == "ledger").count();
    assert_eq!(of_old, 0, "no event of what is past");
    assert_eq!(town.sandbox.get("/api/v1/replies?state=by_hand").await.unwrap()["replies"], json!([]), "no reply");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}
