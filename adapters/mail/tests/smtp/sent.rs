//! A mail, and a sender made of settings.

use std::collections::BTreeMap;

use huiliu_adapter_api::{Problems, Secrets};
use huiliu_mail::{Attachment, Mail, MailSender, MailSettings};

/// A mail with everything that is Chinese in it.
pub fn mail() -> Mail {
    Mail {
        id: "T-20261126-0001.2@huiliu.example".to_owned(),
        date: "2026-11-26T01:00:00Z".parse().unwrap(),
        to: vec!["张三 <zhang.san@city.example>".to_owned()],
        cc: vec!["li.si@city.example".to_owned()],
        subject: "【汇流】工单 T-20261126-0001 已派发，请于三个工作日内办结并回复诉求人，逾期将自动催办".to_owned(),
        text: "您好：\n解放路12号路灯不亮。\n.\n以点开头的一行在上面。".to_owned(),
        attachments: vec![
            Attachment {
                name: "工单清单（二〇二六年十一月二十六日 上午 城市管理局）.csv".to_owned(),
                media_type: "text/csv; charset=utf-8".to_owned(),
                content: "编号,内容\r\n1,路灯\n".as_bytes().to_vec(),
            },
            Attachment { name: "照片.jpg".to_owned(), media_type: "none".to_owned(), content: (0..=255).collect() },
        ],
    }
}

/// What settings make, with secrets `ca`, `password` and `wrong`.
pub fn compile(settings: &str, ca: &str) -> Result<MailSender, Problems> {
    let secrets = Secrets::new(BTreeMap::from([
        ("ca".to_owned(), ca.to_owned()),
        ("password".to_owned(), "geheim-7".to_owned()),
        ("wrong".to_owned(), "falsch-7".to_owned()),
    ]));
    let text = format!("from = \"汇流 <gateway@city.example>\"\n{settings}");
    let read: MailSettings = toml::from_str(&text).unwrap();
    let mut problems = Problems::new();
    read.compile(&secrets, &(0..text.len()), &mut problems).ok_or(problems)
}

/// A sender to a port of this machine, without encryption.
pub fn plain_sender(port: u16, settings: &str) -> MailSender {
    compile(&format!("host = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n{settings}"), "").unwrap()
}
