//! A hotline with list, detail and sign meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use huiliu_adapter_api::Factory;
use huiliu_conformance::{BreakDown, MARKER, Source, conforms};
use huiliu_payload::parse_xml;
use huiliu_soap::SoapFactory;

#[derive(Clone, Default)]
struct Hotline {
    orders: Arc<Mutex<BTreeSet<u64>>>,
    unreadable: Arc<Mutex<BTreeSet<u64>>>,
    down: Arc<Mutex<Option<BreakDown>>>,
    url: String,
}

impl Hotline {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hotline = Self { url: format!("http://{}/", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().route("/", post(answer)).with_state(hotline.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hotline
    }
}

async fn answer(State(hotline): State<Hotline>, body: String) -> (StatusCode, String) {
    let fault = |code: &str| {
        let body = format!("<s:Fault><faultcode>s:{code}</faultcode><faultstring>no</faultstring></s:Fault>");
        (StatusCode::INTERNAL_SERVER_ERROR, envelope(&body))
    };
    match *hotline.down.lock().unwrap() {
        Some(BreakDown::Busy) => return fault("Server"),
        Some(BreakDown::Refusing) => return fault("Client"),
        None => {}
    }
    let tree = parse_xml(&body).unwrap();
    let call = &tree["Envelope"]["Body"];
    if let Some(id) = call["Detail"]["id"].as_str() {
        if hotline.unreadable.lock().unwrap().contains(&id.parse().unwrap()) {
            return fault("Client");
        }
        return (
            StatusCode::OK,
            envelope(&format!("<DetailResponse><id>{id}</id><text>{MARKER}</text></DetailResponse>")),
        );
    }
    if let Some(id) = call["Sign"]["id"].as_str() {
        hotline.orders.lock().unwrap().remove(&id.parse().unwrap());
        return (StatusCode::OK, envelope("<SignResponse>true</SignResponse>"));
    }
    let offset: usize = call["List"]["offset"].as_str().unwrap().parse().unwrap();
    let orders = hotline.orders.lock().unwrap();
    let entries: String = orders.iter().skip(offset).take(100).map(|id| format!("<order>{id}</order>")).collect();
    (StatusCode::OK, envelope(&format!("<ListResponse>{entries}</ListResponse>")))
}

fn envelope(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>")
}

#[async_trait]
impl Source for Hotline {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(SoapFactory)
    }

    fn channel_file(&self) -> String {
        format!(
            "[format]\nkind = \"xml\"\nrecords = \"payload.DetailResponse\"\nid = \"record.id\"\n[settings]\nendpoint = \"{}\"\n\
             items = \"answer.ListResponse.order\"\n[settings.list]\nbody = \"<List><offset>{{{{ page.offset }}}}</offset></List>\"\n\
             [settings.detail]\nbody = \"<Detail><id>{{{{ item }}}}</id></Detail>\"\n\
             [settings.sign]\nbody = \"<Sign><id>{{{{ item }}}}</id></Sign>\"\nsuccess = \"answer.SignResponse == 'true'\"\n",
            self.url
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        let mut orders = self.orders.lock().unwrap();
        orders.clear();
        orders.extend(numbers);
    }

    async fn give_broken(&self, beside: u64) -> bool {
        *self.orders.lock().unwrap() = BTreeSet::from([beside - 1, beside]);
        self.unreadable.lock().unwrap().insert(beside - 1);
        true
    }

    async fn break_down(&self, how: BreakDown) -> bool {
        *self.down.lock().unwrap() = Some(how);
        true
    }
}

#[tokio::test]
async fn a_hotline_conforms() {
    conforms(&Hotline::start().await).await;
}
