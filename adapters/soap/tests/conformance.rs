//! A hotline with list, detail, sign and reply meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use huiliu_adapter_api::{Factory, MAX_BATCH, MAX_PAYLOAD_BYTES, RecordBody};
use huiliu_conformance::{Behaviour, Exemption, Exercise, MARKER, Source, conforms, open};
use huiliu_payload::parse_xml;
use huiliu_soap::SoapFactory;

#[derive(Clone)]
struct Hotline {
    orders: Arc<Mutex<BTreeSet<u64>>>,
    /// Orders whose detail is refused (even) or no SOAP at all (odd).
    unreadable: Arc<Mutex<BTreeSet<u64>>>,
    replies: Arc<Mutex<Vec<String>>>,
    behaviour: Arc<Mutex<Behaviour>>,
    url: String,
}

impl Hotline {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hotline = Self {
            orders: Arc::default(),
            unreadable: Arc::default(),
            replies: Arc::default(),
            behaviour: Arc::new(Mutex::new(Behaviour::Well)),
            url: format!("http://{}/", listener.local_addr().unwrap()),
        };
        let router = Router::new().route("/", post(answer)).with_state(hotline.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hotline
    }

    fn detail(&self, id: &str) -> (StatusCode, String) {
        let number: u64 = id.parse().unwrap();
        match self.unreadable.lock().unwrap().contains(&number) {
            true if number.is_multiple_of(2) => fault("Client"),
            true => (StatusCode::OK, "<html>not SOAP</html>".to_owned()),
            false => (
                StatusCode::OK,
                envelope(&format!("<DetailResponse><id>{id}</id><text>{MARKER}</text></DetailResponse>")),
            ),
        }
    }

    fn sign(&self, id: &str, but: Option<u64>) -> (StatusCode, String) {
        let number: u64 = id.parse().unwrap();
        if but == Some(number) {
            return fault("Server");
        }
        self.orders.lock().unwrap().remove(&number);
        (StatusCode::OK, envelope("<SignResponse>true</SignResponse>"))
    }
}

fn fault(code: &str) -> (StatusCode, String) {
    let body = format!("<s:Fault><faultcode>s:{code}</faultcode><faultstring>no</faultstring></s:Fault>");
    (StatusCode::INTERNAL_SERVER_ERROR, envelope(&body))
}

async fn answer(State(hotline): State<Hotline>, body: String) -> (StatusCode, String) {
    let behaviour = *hotline.behaviour.lock().unwrap();
    let but = match behaviour {
        Behaviour::Well => None,
        Behaviour::ConfirmsAllBut(number) => Some(number),
        Behaviour::Busy => return fault("Server"),
        Behaviour::Refusing => return fault("Client"),
        Behaviour::ComplaintUnknown => return (StatusCode::OK, envelope("<ReplyResponse>unknown</ReplyResponse>")),
        Behaviour::Hanging => std::future::pending().await,
        Behaviour::Oversized => return (StatusCode::OK, envelope(&"x".repeat(MAX_PAYLOAD_BYTES))),
    };
    let tree = parse_xml(&body).unwrap();
    let call = &tree["Envelope"]["Body"];
    if let Some(id) = call["Detail"]["id"].as_str() {
        return hotline.detail(id);
    }
    if let Some(id) = call["Sign"]["id"].as_str() {
        return hotline.sign(id, but);
    }
    if let Some(key) = call["Reply"]["key"].as_str() {
        hotline.replies.lock().unwrap().push(key.to_owned());
        return (StatusCode::OK, envelope("<ReplyResponse>true</ReplyResponse>"));
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
        Box::new(SoapFactory::default())
    }

    fn channel_file(&self) -> String {
        format!(
            "[format]\nkind = \"xml\"\nrecords = \"payload.DetailResponse\"\nid = \"record.id\"\n[settings]\nendpoint = \"{}\"\n\
             items = \"answer.ListResponse.order\"\n[settings.list]\nbody = \"<List><offset>{{{{ page.offset }}}}</offset></List>\"\n\
             [settings.detail]\nbody = \"<Detail><id>{{{{ item }}}}</id></Detail>\"\n\
             [settings.sign]\nbody = \"<Sign><id>{{{{ item }}}}</id></Sign>\"\nsuccess = \"answer.SignResponse == 'true'\"\n\
             [settings.reply]\nbody = \"<Reply><key>{{{{ reply.key }}}}</key></Reply>\"\n\
             success = \"answer.ReplyResponse == 'true'\"\ngone = \"answer.ReplyResponse == 'unknown'\"\n",
            self.url
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        *self.orders.lock().unwrap() = numbers.iter().copied().collect();
    }

    async fn give_more(&self, number: u64) {
        self.orders.lock().unwrap().insert(number);
    }

    async fn give_broken(&self, before: u64, after: u64) -> Exercise {
        *self.orders.lock().unwrap() = (before..=after).collect();
        self.unreadable.lock().unwrap().extend(before + 1..after);
        Exercise::Arranged
    }

    async fn give_file(&self, _number: u64) -> Exercise {
        Exercise::CannotHappen("attachments are addresses in the record")
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        *self.behaviour.lock().unwrap() = how;
        Exercise::Arranged
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        Ok(self.replies.lock().unwrap().clone())
    }
}

#[tokio::test]
async fn a_hotline_conforms() {
    let exempt = conforms(&Hotline::start().await).await;
    assert_eq!(exempt, [Exemption { asked: "files", reason: "attachments are addresses in the record" }]);
}

#[tokio::test]
async fn details_that_are_refused_or_no_soap_make_broken_records_and_are_not_signed() {
    let hotline = Hotline::start().await;
    assert_eq!(hotline.give_broken(90, 93).await, Exercise::Arranged);
    let adapter = hotline.open();
    let batch = adapter.pull(None, MAX_BATCH).await.unwrap();
    let broken: Vec<bool> =
        batch.records.iter().map(|record| matches!(record.body, RecordBody::Broken { .. })).collect();
    assert_eq!(broken, [false, true, true, false]);
    adapter.confirm(&batch.receipt, &[]).await.unwrap();
    assert_eq!(*hotline.orders.lock().unwrap(), BTreeSet::from([91, 92]), "the source keeps what was not understood");
}

#[tokio::test]
async fn a_list_that_does_not_heed_the_offset_is_told_and_does_not_run_for_ever() {
    let hotline = Hotline::start().await;
    hotline.give(&[1, 2]).await;
    let file = format!(
        "[format]\nkind = \"xml\"\n[settings]\nendpoint = \"{}\"\nitems = \"answer.ListResponse.order\"\npage_size = 2\n\
         [settings.list]\nbody = \"<List><offset>0</offset></List>\"\n",
        hotline.url
    );
    let adapter = open(&SoapFactory::default(), &file, &[]).unwrap();
    let first = adapter.pull(None, MAX_BATCH).await.unwrap();
    assert_eq!((first.records.len(), first.more), (2, true));
    let again = adapter.pull(first.position.as_ref(), MAX_BATCH).await.unwrap();
    assert_eq!((again.records.len(), again.more, again.position.unwrap().0["offset"].as_u64()), (0, false, Some(0)));
    assert_eq!(again.alarms.len(), 1);
}

#[tokio::test]
async fn a_list_without_details_that_is_longer_than_a_batch_is_delivered_whole() {
    let hotline = Hotline::start().await;
    hotline.give(&[1, 2, 3, 4, 5]).await;
    let file = format!(
        "[format]\nkind = \"xml\"\nrecords = \"payload.ListResponse.order\"\n[settings]\nendpoint = \"{}\"\n\
         [settings.list]\nbody = \"<List><offset>0</offset></List>\"\n",
        hotline.url
    );
    let adapter = open(&SoapFactory::default(), &file, &[]).unwrap();
    let (mut ids, mut position) = (BTreeSet::new(), None);
    for more in [true, true, false] {
        let batch = adapter.pull(position.as_ref(), 2).await.unwrap();
        ids.extend(batch.records.into_iter().map(|record| record.id));
        assert_eq!(batch.more, more);
        position = batch.position;
    }
    assert_eq!(ids.len(), 5);
}
