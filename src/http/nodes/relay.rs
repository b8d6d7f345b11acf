//! A node that stands by passes on what comes to it, and holds it while nobody decides.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use huiliu_adapter_api::RefusalCode;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::{HEADER, Vouching};
use crate::http::problem::Problem;
use crate::http::server::{Listening, Peer};
use crate::store::{Epoch, Holder, NodeAddress};

/// How long a request is held while nobody decides, or who does cannot be reached.
const HOLD: Duration = Duration::from_secs(25);
/// How soon it is tried again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long it is waited for a connection to the other node.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest answer of the other node to be waited for, in its beginning.
const ANSWER: Duration = Duration::from_secs(130);
/// Largest body that is kept for a second attempt, in bytes; a larger one is passed on once.
const MAX_KEPT_BYTES: usize = 1 << 20;
/// Header of an answer that says that nothing was done, since nobody decides here.
const WAIT: HeaderName = HeaderName::from_static("x-huiliu-wait");
/// Fields that are of one connection (RFC 9110, 7.6.1).
const OF_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Passes on what comes to the sockets of a node.
#[derive(Debug)]
pub struct Relays {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// What one socket passes on, and to whom.
#[derive(Clone)]
struct Relay {
    own: NodeAddress,
    vouching: Vouching,
    holder: watch::Receiver<Option<Holder>>,
    is_management: bool,
    client: Client<HttpConnector, Body>,
}

/// What is passed on, and to whom.
#[derive(Debug, Clone)]
pub struct Passing {
    /// This node.
    pub own: NodeAddress,
    /// Says who has called.
    pub vouching: Vouching,
    /// Most connections of each socket.
    pub max_connections: usize,
    /// The node that decides, as far as that is known.
    pub holder: watch::Receiver<Option<Holder>>,
}

impl Relays {
    /// Passes on what comes to the socket of everything, or to those of the public and of management.
    #[must_use]
    pub fn start(passing: Passing, public: TcpListener, management: Option<TcpListener>) -> Self {
        let Passing { own, vouching, max_connections, holder } = passing;
        let (stop, stopped) = watch::channel(false);
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let relay = Relay { own, vouching, holder, is_management: false, client };
        let serve = |listener: TcpListener, relay: Relay, tells: bool| {
            let listening = Listening { listener, max_connections };
            tokio::spawn(listening.serve(move |_closing| relay.router(tells), None, stopped.clone()))
        };
        let mut running = vec![serve(public, relay.clone(), management.is_none())];
        running.extend(management.map(|listener| serve(listener, Relay { is_management: true, ..relay }, true)));
        Self { stop, running }
    }

    /// Takes nothing any more, and waits for what it has taken.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        for running in self.running.drain(..) {
            drop(running.await);
        }
    }
}

impl Relay {
    /// Everything is passed on, but what is asked of this node itself.
    fn router(self, tells: bool) -> Router {
        let relay = Arc::new(self);
        let own =
            Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics));
        let routes = if tells { own } else { Router::new() };
        routes.fallback(pass).with_state(relay)
    }
}

async fn healthz(State(relay): State<Arc<Relay>>) -> Response {
    let deciding = relay.holder.borrow().as_ref().map(|holder| holder.address.name.clone());
    Json(json!({ "status": "ok", "node": relay.own.name, "role": "standby", "deciding": deciding })).into_response()
}

/// Ready where another node decides, to which what comes is passed on. What comes while nobody does is held, and better sent elsewhere.
async fn readyz(State(relay): State<Arc<Relay>>) -> Response {
    let deciding = relay.holder.borrow().as_ref().map(|holder| holder.address.name.clone());
    let ready = deciding.as_ref().is_some_and(|name| *name != relay.own.name);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = json!({ "ready": ready, "node": relay.own.name, "role": "standby", "deciding": deciding });
    (status, Json(said)).into_response()
}

async fn metrics() -> Response {
    let text = "# HELP huiliu_node_decides Whether this node has the lease.\n# TYPE huiliu_node_decides gauge\nhuiliu_node_decides 0\n# EOF\n";
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// A body: as a whole, as far as it may be kept, or passed on as it comes.
enum Kept {
    Whole(Bytes),
    Once(Option<Body>),
}

/// Reads a body as far as it may be kept.
async fn kept(body: Body) -> Result<Kept, axum::Error> {
    let (mut stream, mut parts, mut length) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = stream.next().await {
        let part = part?;
        length += part.len();
        parts.push(part);
        if length > MAX_KEPT_BYTES {
            let first = futures_util::stream::iter(parts.into_iter().map(Ok));
            return Ok(Kept::Once(Some(Body::from_stream(first.chain(stream)))));
        }
    }
    Ok(Kept::Whole(parts.concat().into()))
}

/// Whether doing it twice is doing it once: what channels hand in is known by its number, and what is read changes nothing.
fn may_repeat(method: &Method, uri: &Uri) -> bool {
    method.is_safe() || uri.path().starts_with("/in/")
}

fn refused(zh: &str, en: &str) -> Response {
    let mut response = Problem::new(RefusalCode::Unavailable, zh, en).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Passes a request on to the node that decides, as if its caller had called there.
async fn pass(State(relay): State<Arc<Relay>>, Extension(Peer(peer)): Extension<Peer>, request: Request) -> Response {
    if request.headers().contains_key(HEADER) {
        let mut response = refused("这个节点还没有接管，请稍后重发", "this node does not decide yet; send it again");
        response.headers_mut().insert(WAIT, HeaderValue::from_static("1"));
        return response;
    }
    let (head, body) = request.into_parts();
    let Ok(mut body) = kept(body).await else {
        return Problem::new(RefusalCode::InvalidRequest, "请求没有发完", "the request has not come whole")
            .into_response();
    };
    let (deadline, may_repeat) = (Instant::now() + HOLD, may_repeat(&head.method, &head.uri));
    let mut headers = head.headers;
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    loop {
        let holder = relay.holder.borrow().clone();
        let Some(holder) = holder else {
            if Instant::now() >= deadline {
                return refused("暂时没有节点在处理，请稍后重发", "no node decides at the moment; send it again");
            }
            sleep(AGAIN).await;
            continue;
        };
        let Some(uri) = relay.at(&holder, &head.uri) else {
            let name = &holder.address.name;
            return refused(
                &format!("正在处理的节点 {name} 没有说明怎样访问，请设置它的 node.url"),
                &format!("the node that decides, {name}, does not say how it is reached: set its node.url"),
            );
        };
        if let Ok(value) = HeaderValue::from_str(&relay.vouching.sign(peer, holder.epoch)) {
            headers.insert(HEADER, value);
        }
        let given = match &mut body {
            Kept::Whole(bytes) => Body::from(bytes.clone()),
            Kept::Once(body) => body.take().unwrap_or_default(),
        };
        let is_whole = matches!(body, Kept::Whole(_));
        match relay.send((&head.method, uri, &headers), (holder.epoch, given)).await {
            Ok(response) if is_whole && Instant::now() < deadline && is_to_repeat(&response, may_repeat) => {}
            Ok(response) => return response,
            Err(failure) => {
                let was_sent = !failure.is_some_and(|error| error.is_connect());
                if !is_whole || was_sent && !may_repeat || Instant::now() >= deadline {
                    return refused(
                        "正在处理的节点没有答复，不知道是否已办；请查看后再重发",
                        "the node that decides has not answered, so that it is not known whether it was done: look, then send it again",
                    );
                }
            }
        }
        sleep(AGAIN).await;
    }
}

/// Whether an answer says that the request has to come again: nothing was done, or doing it twice is doing it once.
fn is_to_repeat(response: &Response, may_repeat: bool) -> bool {
    let is_away = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    response.headers().contains_key(WAIT)
        || is_away && may_repeat && response.headers().contains_key(header::RETRY_AFTER)
}

/// Waits until the epoch is not that of whoever decides any more.
async fn is_past(holder: &mut watch::Receiver<Option<Holder>>, epoch: Epoch) {
    let is_last = holder.wait_for(|holder| holder.as_ref().map(|holder| holder.epoch) != Some(epoch)).await.is_err();
    // Nobody looks any more: this node decides.
    if is_last {
        std::future::pending().await
    }
}

impl Relay {
    /// The address at the node that decides.
    fn at(&self, holder: &Holder, uri: &Uri) -> Option<Uri> {
        let NodeAddress { url, management_url, .. } = &holder.address;
        let base = if self.is_management && !management_url.is_empty() { management_url } else { url };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        (!base.is_empty()).then(|| format!("{}{path}", base.trim_end_matches('/')).parse().ok()).flatten()
    }

    /// Sends a request; none as an error: no answer in time, or another node decides before there is one.
    async fn send(
        &self,
        (method, uri, headers): (&Method, Uri, &HeaderMap),
        (epoch, body): (Epoch, Body),
    ) -> Result<Response, Option<hyper_util::client::legacy::Error>> {
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers.clone();
        let mut holder = self.holder.clone();
        let answered = tokio::select! {
            answered = timeout_at(Instant::now() + ANSWER, self.client.request(request)) => answered.map_err(|_elapsed| None)?,
            () = is_past(&mut holder, epoch) => return Err(None),
        };
        let mut response = answered.map_err(Some)?.map(Body::new);
        OF_CONNECTION.iter().for_each(|name| drop(response.headers_mut().remove(name)));
        Ok(response)
    }
}
