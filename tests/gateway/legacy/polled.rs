//! Systems that are asked for what is new.

use huiliu_city::{Matter, Orders, Portal, Secured, Signed, Tokened, eventually};
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
    let occurred: jiff::Timestamp = complaint["occurred_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(occurred, "2026-11-21T09:12:40+08:00".parse().unwrap(), "{complaint}");
    connected.resolve(&platform.notes, &["9000001", "9000002"], RESULT).await;
    assert_eq!(platform.signed_by(), ["HMAC-SHA256", "MD5", "SM3"]);
    assert_eq!(platform.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn soap_1_2_with_ws_security_and_headers_of_its_own() {
    let service = Secured::start().await.unwrap();
    two(301).into_iter().for_each(|petition| service.put(petition));
    let secrets = [
        ("SECURED_URL", service.url.as_str()),
        ("SECURED_USER", Secured::USER),
        ("SECURED_PASSWORD", Secured::PASSWORD),
    ];
    let connected = Connected::start("soap-secured", &secrets).await;
    assert_eq!(connected.complaint("302").await["text"], WATER.1);
    let signed = || async { (service.notes.signed() == ["301", "302"]).then_some(()) };
    eventually("both are signed for", PATIENCE, signed).await.unwrap();
    connected.resolve(&service.notes, &["301", "302"], RESULT).await;
    assert_eq!(service.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn orders_of_12345_are_signed_for_and_answered_when_they_were_looked_at() {
    let system = Orders::start().await.unwrap();
    two(11).into_iter().for_each(|call| system.put(call));
    let secrets = [("ORDERS_URL", system.url.as_str()), ("ORDERS_TOKEN", Orders::TOKEN)];
    let connected = Connected::start("orders", &secrets).await;
    let receipt = connected.complaint("202611210012").await["receipt_number"].clone();
    let signed = || async { (system.notes.signed().len() == 2).then_some(()) };
    eventually("both are signed for", PATIENCE, signed).await.unwrap();
    assert_eq!(json!(system.accepted()["202611210012"]), receipt, "with our number");
    // One that comes after the list was empty.
    system.put(Matter::of(13, "井盖缺失", "松涛街与文化路口的井盖缺失，有人差点掉下去。"));
    connected.resolve(&system.notes, &["202611210011", "202611210012", "202611210013"], RESULT).await;
    assert_eq!(system.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}
