//! Systems that are asked for what is new.

use huiliu_city::{Matter, Portal, Signed, Tokened, eventually};
use serde_json::json;

use super::{Connected, RESULT};
use crate::town::PATIENCE;

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上很黑。");
const WATER: (&str, &str) = ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水 & 没有通知，a=b。");

fn two(first: u64) -> [Matter; 2] {
    [Matter::of(first, LAMP.0, LAMP.1), Matter::of(first + 1, WATER.0, WATER.1)]
}

#[tokio::test]
async fn a_session_cookie_behind_a_login_form() {
    // Four requests: the list, two details, and one more.
    let portal = Portal::start(4).await.unwrap();
    two(7001).into_iter().for_each(|letter| portal.put(letter));
    let secrets =
        [("PORTAL_URL", portal.url.as_str()), ("PORTAL_USER", Portal::USER), ("PORTAL_PASSWORD", Portal::PASSWORD)];
    let connected = Connected::start("portal", &secrets).await;
    assert_eq!(connected.complaint("7002").await["text"], WATER.1);
    let ended = || async { (portal.logins() >= 3).then_some(()) };
    eventually("sessions end and are made again", PATIENCE, ended).await.unwrap();
    connected.resolve(&portal.notes, &["7001", "7002"], RESULT).await;
    assert_eq!(portal.notes.refused(), Vec::<String>::new());
    assert!(!connected.sandbox.log().contains(Portal::PASSWORD));
    connected.finish().await;
}

#[tokio::test]
async fn a_token_that_ends_by_its_uses_and_by_its_time() {
    let platform = Tokened::start(3, 2).await.unwrap();
    two(501).into_iter().for_each(|appeal| platform.put(appeal));
    let secrets =
        [("TOKEN_URL", platform.url.as_str()), ("TOKEN_APP", Tokened::APP), ("TOKEN_SECRET", Tokened::SECRET)];
    let connected = Connected::start("token", &secrets).await;
    assert_eq!(connected.complaint("501").await["reporter"]["phone"], "13800001111");
    let renewed = || async { (platform.tokens().0 >= 4).then_some(()) };
    eventually("tokens end and are drawn again", PATIENCE, renewed).await.unwrap();
    connected.resolve(&platform.notes, &["501", "502"], RESULT).await;
    assert_eq!(platform.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn every_request_signed_over_its_sorted_parameters() {
    let platform = Signed::start().await.unwrap();
    two(9_000_001).into_iter().for_each(|event| platform.put(event));
    let secrets = [("SIGNED_URL", platform.url.as_str()), ("SIGNED_APP", Signed::APP), ("SIGNED_KEY", Signed::KEY)];
    let connected = Connected::start("signed", &secrets).await;
    let complaint = connected.complaint("9000002").await;
    assert_eq!(complaint["occurred_at"], json!("2026-11-21T09:12:40+08:00"), "{complaint}");
    connected.resolve(&platform.notes, &["9000001", "9000002"], RESULT).await;
    assert_eq!(platform.signed_by(), ["HMAC-SHA256", "MD5", "SM3"]);
    assert_eq!(platform.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}
