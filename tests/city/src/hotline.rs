//! The 12345 hotline: SOAP 1.1 with list, detail, sign and reply. An order leaves the list when it is signed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use huiliu_payload::parse_xml;
use serde_json::Value;
use tokio::net::TcpListener;

/// One order.
#[derive(Debug, Clone)]
pub struct Order {
    /// Number that the citizen knows.
    pub order_id: String,
    /// Title.
    pub title: String,
    /// Text.
    pub content: String,
    /// Name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// Where.
    pub address: String,
    /// Kind, e.g. 投诉.
    pub kind: String,
}

#[derive(Debug, Default)]
struct Desk {
    orders: BTreeMap<u64, Order>,
    signed: BTreeMap<u64, u32>,
    replies: BTreeMap<String, Vec<String>>,
    faults: u32,
}

/// A running hotline.
#[derive(Debug, Clone)]
pub struct Hotline {
    desk: Arc<Mutex<Desk>>,
    /// Its endpoint.
    pub url: String,
}

/// The credential that callers must show.
const DELEGATE: &str = "city-delegate-0001";

impl Hotline {
    /// The secret that the gateway needs.
    pub const DELEGATE: &str = DELEGATE;

    /// Starts a hotline on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let hotline = Self { desk: Arc::default(), url: format!("http://{}/hotline", listener.local_addr()?) };
        let router = Router::new().route("/hotline", post(answer)).with_state(hotline.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(hotline)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen calls.
    pub fn take(&self, order: Order) {
        let mut desk = self.desk();
        let process = 90_000_000 + u64::try_from(desk.orders.len()).unwrap_or_default();
        desk.orders.insert(process, order);
    }

    /// The next `count` calls end in a fault of the server.
    pub fn fail_next(&self, count: u32) {
        self.desk().faults = count;
    }

    /// How often each order was signed, by order id.
    #[must_use]
    pub fn signed(&self) -> BTreeMap<String, u32> {
        let desk = self.desk();
        desk.signed
            .iter()
            .filter_map(|(process, times)| Some((desk.orders.get(process)?.order_id.clone(), *times)))
            .collect()
    }

    /// The replies by order id.
    #[must_use]
    pub fn replies(&self) -> BTreeMap<String, Vec<String>> {
        self.desk().replies.clone()
    }
}

async fn answer(State(hotline): State<Hotline>, body: String) -> Response {
    let mut desk = hotline.desk();
    if desk.faults > 0 {
        desk.faults -= 1;
        return fault("soap:Server", "busy");
    }
    let Ok(tree) = parse_xml(&body) else { return fault("soap:Client", "not XML") };
    let Some((name, call)) =
        tree.pointer("/Envelope/Body").and_then(Value::as_object).and_then(|body| body.iter().next())
    else {
        return fault("soap:Client", "no operation");
    };
    if call.pointer("/arg0/delegateUUID").and_then(Value::as_str) != Some(DELEGATE) {
        return fault("soap:Client", "unknown delegate");
    }
    let text = |path: &str| call.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let content = match name.as_str() {
        "A5QueryNewOrder" => list(&desk, text("/arg1").parse().unwrap_or(0), text("/arg2").parse().unwrap_or(0)),
        "A5QueryOrder" => {
            match text("/arg1").parse().ok().and_then(|process: u64| Some((process, desk.orders.get(&process)?))) {
                Some((process, order)) => detail(process, order),
                None => "<return><errorNum>1</errorNum></return>".to_owned(),
            }
        }
        "A5SignOrder" => {
            let process = text("/arg1/ID").parse().unwrap_or_default();
            let known = desk.orders.contains_key(&process);
            if known {
                *desk.signed.entry(process).or_default() += 1;
            }
            format!("<return>{known}</return>")
        }
        "A5ReplyResult" => {
            let process: u64 = text("/arg1/ID").parse().unwrap_or_default();
            let order = desk.orders.get(&process).map(|order| order.order_id.clone());
            if let Some(order) = &order {
                desk.replies.entry(order.clone()).or_default().push(text("/arg1/handleResult"));
            }
            format!("<return>{}</return>", order.is_some())
        }
        _ => return fault("soap:Client", "unknown operation"),
    };
    envelope(
        StatusCode::OK,
        &format!("<ns2:{name}Response xmlns:ns2=\"http://webservice/\">{content}</ns2:{name}Response>"),
    )
}

fn list(desk: &Desk, size: usize, offset: usize) -> String {
    let open = desk.orders.keys().filter(|process| !desk.signed.contains_key(process));
    open.skip(offset)
        .take(size.min(100))
        .map(|process| {
            format!("<return><caseID>C{process}</caseID><st>1</st><ticketName>待签收</ticketName><userObjectsID>A5ProcessInfo,{process}</userObjectsID></return>")
        })
        .collect()
}

fn detail(process: u64, order: &Order) -> String {
    format!(
        "<return><errorNum>0</errorNum><orderInfo><callDate>2026-11-21 09:12:40</callDate><callerNumber>{phone}</callerNumber>\
         <content>{content}</content><createTime>2026-11-21 09:13:05</createTime><customer_ContactInfo>{phone}</customer_ContactInfo>\
         <customer_IsSecret>否</customer_IsSecret><customer_Name>{name}</customer_Name><ID>{process}</ID><isReduplicate>0</isReduplicate>\
         <level>一般</level><orderID>{order_id}</orderID><orderType>{kind}</orderType><requestAddress>{address}</requestAddress>\
         <requestType></requestType><title>{title}</title><workID>1024</workID></orderInfo>\
         <processInfo><ID>{process}</ID><orderUnitID>U01</orderUnitID></processInfo></return>",
        phone = escape(&order.phone),
        content = escape(&order.content),
        name = escape(&order.name),
        order_id = escape(&order.order_id),
        kind = escape(&order.kind),
        address = escape(&order.address),
        title = escape(&order.title),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn fault(code: &str, reason: &str) -> Response {
    let body = format!("<soap:Fault><faultcode>{code}</faultcode><faultstring>{reason}</faultstring></soap:Fault>");
    envelope(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

fn envelope(status: StatusCode, body: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{body}</soap:Body></soap:Envelope>"
    );
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}
