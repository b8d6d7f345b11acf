//! A call centre's system of 2004 (ASP), which knows GBK and nothing else.
//!
//! **What it posts**: a form, `application/x-www-form-urlencoded` without a charset, whose names and values are the percent-encoded bytes of GBK: `口令`,
//! `编号`, `类别`, `内容`, `来电人`, `电话`. A space is `+`.
//!
//! **What it wants**: HTTP 200 and text in GBK: `成功|` and the number of receipt, or `失败|` and the reason. It shows the reason to its agents.
//!
//! **Replies** go to `POST /reply.asp` as a form of the same kind, with `user`, `pwd`, `编号`, `结果` and `部门`. Every byte beyond ASCII is percent-encoded, and what is
//! decoded has to be GBK: text in UTF-8 would be read as other characters, and is refused. It answers in XML that is declared, and is, GB2312:
//! `<结果><代码>1</代码></结果>`, or `<代码>0</代码>` with a `<说明>`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use encoding_rs::GBK;
use huiliu_payload::{Charset, parse_form};

use super::{Matter, Notes, header, serve};

const PASSWORD: &str = "热线2004";
const USER: &str = "指挥中心";

/// A call centre that posts forms in GBK.
#[derive(Debug, Clone)]
pub struct GbkForms {
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Where it takes replies.
    pub url: String,
}

impl GbkForms {
    /// The password that both sides show.
    pub const PASSWORD: &str = PASSWORD;
    /// The user of replies.
    pub const USER: &str = USER;

    /// Starts its reply page on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut centre = Self { notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/reply.asp", axum::routing::post(reply)).with_state(centre.clone());
        centre.url = serve(router).await?;
        Ok(centre)
    }

    /// Posts a call; what its agents are shown.
    ///
    /// # Errors
    /// No answer came, or one that is not GBK.
    pub async fn post(&self, gateway: &str, password: &str, call: &Matter) -> anyhow::Result<String> {
        let number = format!("HJ{}", call.number);
        let fields = [
            ("口令", password),
            ("编号", &number),
            ("类别", "投诉举报"),
            ("内容", &call.text),
            ("来电人", &call.name),
            ("电话", &call.phone),
        ];
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = super::post(&format!("{gateway}/in/gbk-form"), &headers, pairs.join("&").into_bytes()).await?;
        anyhow::ensure!(answer.status.as_u16() == 200, "HTTP {}", answer.status);
        let (text, _, broken) = GBK.decode(&answer.body);
        anyhow::ensure!(!broken && (text.starts_with("成功|") || text.starts_with("失败|")), "not understood: {text}");
        Ok(text.into_owned())
    }
}

/// Percent-encoded bytes of GBK.
fn encoded(text: &str) -> String {
    let (bytes, ..) = GBK.encode(text);
    let written = bytes.iter().map(|byte| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    written.collect()
}

async fn reply(State(centre): State<GbkForms>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = fault_of(&headers, &body);
    let said = match &fault {
        None => "<代码>1</代码>".to_owned(),
        Some(why) => format!("<代码>0</代码><说明>{why}</说明>"),
    };
    match fault {
        Some(why) => centre.notes.refuse(format!("{why}: {}", String::from_utf8_lossy(&body))),
        None => {
            let form = parse_form(&body, Charset::Gb18030).unwrap_or_default();
            let text = |name: &str| form[name].as_str().unwrap_or_default();
            centre.notes.replied(text("编号"), &format!("{}（{}）", text("结果"), text("部门")));
        }
    }
    let page = format!("<?xml version=\"1.0\" encoding=\"GB2312\"?><结果>{said}</结果>");
    ([(CONTENT_TYPE, "text/xml")], GBK.encode(&page).0.into_owned()).into_response()
}

/// What is wrong with a reply.
fn fault_of(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    if !header(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Some("不是表单");
    }
    if !body.is_ascii() {
        return Some("有未编码的字节");
    }
    let Ok(form) = parse_form(body, Charset::Gb18030) else { return Some("编码错误") };
    let text = |name: &str| form[name].as_str().unwrap_or_default();
    if text("user") != USER || text("pwd") != PASSWORD {
        return Some("用户或口令错误");
    }
    if !text("编号").starts_with("HJ") || text("结果").is_empty() || text("部门").is_empty() {
        return Some("缺少参数");
    }
    // What is UTF-8 reads as GBK, too, but as characters that nobody writes: of those used here all are among the commonest 3,755.
    let common = |c: char| {
        GBK.encode(c.encode_utf8(&mut [0; 4]))
            .0
            .first()
            .is_none_or(|byte| *byte <= 0xD7 && *byte >= 0xA1 || byte.is_ascii())
    };
    (!text("结果").chars().all(common)).then_some("乱码")
}
