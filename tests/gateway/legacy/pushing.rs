//! Systems that post to the gateway, and insist on how they are answered.

use huiliu_city::{Caller, Fault, GbkForms, Matter};

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
    assert!(said.starts_with("失败|") && said.is_ascii() == false, "{said}");
    assert_eq!(connected.complaint("HJ31").await["text"], call.text);
    connected.resolve(&centre.notes, &["HJ31"], &format!("{RESULT}（综合行政执法局）")).await;
    assert_eq!(centre.notes.refused(), Vec::<String>::new());
    connected.finish().await;
}
