//! Systems that post to the gateway, and insist on how they are answered.

use huiliu_city::{Caller, Created, Fault, GbkForms, Matter, RepeatedKeys, Rows};

use super::{Connected, RESULT};

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上很黑。");

#[tokio::test]
async fn a_caller_that_signs_and_must_not_be_repeated() {
    let caller = Caller::start().await.unwrap();
    let secrets = [("CALLER_KEY", Caller::KEY), ("CALLER_CALLBACK", caller.url.as_str())];
    let connected = Connected::start("signing-caller", &secrets).await;
    let gateway = connected.sandbox.url.clone();
    let post = async |number, fault| {
        let report = Matter::of(number, LAMP.0, &format!("{}第{number}号灯杆。", LAMP.1));
        caller.post(&gateway, &report, fault).await.unwrap()
    };
    for (number, fault, code) in [
        (1, Fault::WrongKey, "4001"),
        (1, Fault::Late, "4001"),
        (1, Fault::Changed, "4001"),
        (1, Fault::None, "0000"),
        (2, Fault::None, "0000"),
    ] {
        assert_eq!(post(number, fault).await, code, "{fault:?}");
    }
    assert_eq!(caller.repeat(&gateway).await.unwrap(), "4009", "what was intercepted");
    assert_eq!(post(2, Fault::None).await, "0000", "signed anew it is the same report");
    connected.resolve(&caller.notes, &["OP1", "OP2"], RESULT).await;
    assert_eq!(caller.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn forms_and_answers_in_gbk_both_ways() {
    let centre = GbkForms::start().await.unwrap();
    let secrets =
        [("GBK_PASSWORD", GbkForms::PASSWORD), ("GBK_USER", GbkForms::USER), ("GBK_CALLBACK", centre.url.as_str())];
    let connected = Connected::start("gbk-form", &secrets).await;
    let gateway = connected.sandbox.url.clone();
    let call = Matter::of(31, LAMP.0, "青鱼滩路 路灯不亮 & 没人管，a=b+c 100%");
    assert_eq!(centre.post(&gateway, "错的", &call).await.unwrap(), "失败|密钥缺失或错误");
    let said = centre.post(&gateway, GbkForms::PASSWORD, &call).await.unwrap();
    assert!(said.starts_with("成功|SL"), "{said}");
    let empty = Matter { text: String::new(), ..Matter::of(32, "", "") };
    let said = centre.post(&gateway, GbkForms::PASSWORD, &empty).await.unwrap();
    assert!(said.starts_with("失败|") && !said.is_ascii(), "{said}");
    assert_eq!(connected.complaint("HJ31").await["text"], call.text);
    connected.resolve(&centre.notes, &["HJ31"], &format!("{RESULT}（综合行政执法局）")).await;
    assert_eq!(centre.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn one_field_name_none_one_and_several_times() {
    let site = RepeatedKeys::start().await.unwrap();
    let secrets = [("REPEATED_TOKEN", RepeatedKeys::TOKEN), ("REPEATED_CALLBACK", site.url.as_str())];
    let connected = Connected::start("repeated-keys", &secrets).await;
    let gateway = connected.sandbox.url.clone();
    let photos = ["http://10.0.0.1/p/1.jpg?a=1&b=2", "http://10.0.0.1/p/2.jpg"];
    for (number, text, kinds, photos) in [
        (1, "青鱼滩路路灯不亮，晚上很黑。", &[][..], &photos[..0]),
        (2, "松涛街与文化路口的井盖缺失。", &["市政"], &photos[..1]),
        (3, "听涛嘉园5号楼从前天开始停水。", &["供水", "物业&管理"], &photos[..]),
    ] {
        site.post(&gateway, &Matter::of(number, "", text), kinds, photos).await.unwrap();
        let complaint = connected.sent(&format!("P{number}")).await;
        let attached = complaint["attachments"].as_array().map_or(0, Vec::len);
        assert_eq!(attached, photos.len(), "{complaint}");
    }
    connected.resolve(&site.notes, &["P1", "P2", "P3"], RESULT).await;
    assert_eq!(site.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn every_row_of_a_batch_is_answered() {
    let grid = Rows::start().await.unwrap();
    let secrets = [("ROWS_KEY", Rows::KEY), ("ROWS_CALLBACK", grid.url.as_str())];
    let connected = Connected::start("row-answers", &secrets).await;
    let gateway = connected.sandbox.url.clone();
    let case = |number, text: &str| Matter::of(number, "", text);
    let mut batch = vec![case(1, "青鱼滩路路灯不亮。"), case(2, ""), case(3, "听涛嘉园5号楼停水，说\"明天\"来。")];
    assert_eq!(grid.post(&gateway, "B1", &batch).await.unwrap(), [true, false, true]);
    batch[1] = case(2, "松涛街与文化路口的井盖缺失。");
    assert_eq!(grid.post(&gateway, "B1", &batch).await.unwrap(), [true, true, true], "mended, and come again whole");
    connected.resolve(&grid.notes, &["G1", "G2", "G3"], RESULT).await;
    assert_eq!(grid.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}

#[tokio::test]
async fn an_answer_of_201_in_the_callers_envelope() {
    let exchange = Created::start().await.unwrap();
    let credentials = Created::credentials();
    let secrets = [("CREATED_AUTHORIZATION", credentials.as_str()), ("CREATED_CALLBACK", exchange.url.as_str())];
    let connected = Connected::start("created", &secrets).await;
    let gateway = connected.sandbox.url.clone();
    let appeal = Matter::of(5, LAMP.0, LAMP.1);
    for (appeal, answered) in
        [(Some(&appeal), (201, "000000")), (None, (200, "E00400")), (Some(&appeal), (201, "000000"))]
    {
        let (status, code) = exchange.post(&gateway, appeal).await.unwrap();
        assert_eq!((status, code.as_str()), answered, "{appeal:?}");
    }
    connected.resolve(&exchange.notes, &["S5"], RESULT).await;
    assert_eq!(exchange.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}
