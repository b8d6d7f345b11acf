//! The listener, with limits on connections and on slow callers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::openapi::OpenApi;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use huiliu_adapter_api::RefusalCode;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use super::nodes::{HEADER, Right};
use super::openapi::pushed;
use super::problem::Problem;
use super::{
    Site, api, citizens, export, files, handlers, health, identity, intake, metrics, pages, readiness, schemas,
};
use crate::clock::stopped;

/// Longest time to send a request's head, and to keep an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Longest time of a call to the API, its body included.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);
/// Longest wait for a caller to take some of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests under way may go on while stopping, before they are answered with 503.
const GRACE: Duration = Duration::from_secs(1);
/// How long their callers may then take to read that answer.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// What a caller is told to wait before it asks the gateway that comes next, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");
/// Pause after the machine refused a connection, e.g. for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Everything.
    Whole,
    /// The endpoints of channels, the forms of citizens and their pages, and files, feeds and status updates of platforms: what has to be reached
    /// from outside.
    Public,
    /// Health, metrics and the API.
    Management,
}

/// Who has connected: a caller, or the proxy before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// A listener.
#[derive(Debug)]
pub struct HttpServer {
    /// Bound already.
    pub listener: TcpListener,
    /// What it answers.
    pub door: Door,
    /// What the handlers share.
    pub site: Arc<Site>,
    /// Most connections at a time; more wait.
    pub max_connections: usize,
}

/// What answers at a listener. The OpenAPI document is made of all of it.
pub(super) fn routes(door: Door) -> ApiRouter<Arc<Site>> {
    match door {
        Door::Whole => public_routes().merge(management_routes()),
        Door::Public => public_routes(),
        Door::Management => management_routes(),
    }
}

fn public_routes() -> ApiRouter<Arc<Site>> {
    ApiRouter::new()
        .api_route_docs("/in/{channel}", pushed("pushToChannel"))
        .api_route_docs("/in/{channel}/{rest}", pushed("pushToChannelPath"))
        .route("/in/{channel}", any(intake::channel))
        .route("/in/{channel}/{*rest}", any(intake::channel_path))
        .route("/files/{raw}/{number}", get(files::file))
        .route("/h/{token}/{place}", get(handlers::photo))
        .route("/h/photos/{raw}/{number}/{tag}", get(handlers::taken_photo))
        .route("/schemas/{name}", get(schemas::document))
        .nest("/api/v1", api::platform_router().layer(from_fn(within_time)))
        .nest(citizens::ADDRESS, citizens::router().layer(from_fn(within_time)))
}

fn management_routes() -> ApiRouter<Arc<Site>> {
    ApiRouter::new()
        .api_route(
            "/healthz",
            get_with(health::healthz, api::named("health", "getHealth", "Alive, and how everything stands.")),
        )
        .api_route(
            "/readyz",
            get_with(readiness::readyz, |operation| {
                readiness::answers(api::named(
                    "health",
                    "getReadiness",
                    "Whether everything works that a gateway is for.",
                )(operation))
            }),
        )
        .route("/metrics", get(metrics::metrics))
        .nest("/api/v1", api::router().layer(from_fn(within_time)))
}

fn router(door: Door, site: Arc<Site>, closing: watch::Receiver<bool>) -> Router {
    let (mut document, counters) = (OpenApi::default(), Arc::clone(&site.metrics));
    let routes = routes(door).finish_api(&mut document);
    metrics::know_routes(&counters, &document);
    let lines = identity::refusal_lines();
    let routes = match door {
        Door::Public => routes.merge(pages::of_citizens(&site, Arc::clone(&lines)).with_state(())),
        Door::Management => routes.merge(pages::router(&site, Arc::clone(&lines)).with_state(())),
        Door::Whole => {
            let console = pages::router(&site, Arc::clone(&lines)).with_state(());
            routes.merge(console).merge(pages::of_citizens(&site, Arc::clone(&lines)).with_state(()))
        }
    };
    routes
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || {
            Problem::new(
                RefusalCode::MethodNotAllowed,
                "不支持这种方法",
                "this method is not supported here; see the header allow",
            )
        })
        .layer(from_fn_with_state(Arc::clone(&site), export::as_file))
        .layer(from_fn_with_state(closing, until_closing))
        .layer(from_fn_with_state(Arc::clone(&site), pages::for_browsers))
        .layer(from_fn_with_state((lines, Arc::clone(&site)), identity::identified))
        .layer(from_fn_with_state(counters, metrics::counted))
        .with_state(site)
}

/// A request that is not answered when the gateway closes is told to come again. What it handed in may have been stored all the
/// same; then it is recognized when it comes again.
async fn until_closing(State(mut closing): State<watch::Receiver<bool>>, request: Request, next: Next) -> Response {
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = stopped(&mut closing) => {
            let en = "the gateway is stopping; send the request again";
            let mut response = Problem::new(RefusalCode::Unavailable, "网关正在停止，请稍后重发", en).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S);
            response
        }
    }
}

/// An API call that takes too long, most likely because its body never comes, is given up.
pub(super) async fn within_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => {
            Problem::new(RefusalCode::RequestTimeout, "请求超时", "the call took too long").into_response()
        }
    }
}

impl HttpServer {
    /// Serves until `stop` turns true. Then no connection is taken and none kept; requests under way are finished, or told to
    /// come again: whoever can answer them has to run until this returns.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let Self { listener, door, site, max_connections } = self;
        let right = site.right.clone();
        let listening = Listening { listener, max_connections };
        listening.serve(move |closing| router(door, site, closing), right, stop).await;
    }
}

/// A socket, and how many connections it takes.
pub(super) struct Listening {
    /// Bound already.
    pub listener: TcpListener,
    /// Most connections at a time; more wait.
    pub max_connections: usize,
}

/// Who has called: whoever has connected, or whom another node has vouched for.
fn caller(request: &hyper::Request<Incoming>, peer: IpAddr, right: Option<&Right>) -> Peer {
    let passed_on = request.headers().get(HEADER).and_then(|header| header.to_str().ok());
    let behind = right.zip(passed_on).and_then(|(right, header)| right.vouching.peer(header, right.epoch));
    Peer(behind.unwrap_or(peer))
}

impl Listening {
    /// As [`HttpServer::run`], with any router; it hears when what is under way is to end. Other nodes are believed by a `right`.
    pub(super) async fn serve(
        self,
        router: impl FnOnce(watch::Receiver<bool>) -> Router,
        right: Option<Right>,
        mut stop: watch::Receiver<bool>,
    ) {
        let (close, closing) = watch::channel(false);
        let router = router(closing);
        let connections = Arc::new(Semaphore::new(self.max_connections.max(1)));
        let graceful = GracefulShutdown::new();
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .keep_alive(true)
            // A caller that has sent all it will send still gets its answers.
            .half_close(true);
        loop {
            let permit = tokio::select! {
                permit = Arc::clone(&connections).acquire_owned() => permit,
                () = stopped(&mut stop) => break,
            };
            let Ok(permit) = permit else { break };
            let stream = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stopped(&mut stop) => break,
            };
            let Ok((stream, peer)) = stream else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let service = TowerToHyperService::new(router.clone());
            let right = right.clone();
            let service = service_fn(move |mut request: hyper::Request<Incoming>| {
                let caller = caller(&request, peer.ip(), right.as_ref());
                request.extensions_mut().insert(caller);
                service.call(request)
            });
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(WRITE_TIMEOUT));
            let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                let _permit = permit;
                // A caller that breaks off has nothing that needs telling.
                drop(connection.await);
            });
        }
        drop(self.listener);
        let shutdown = graceful.shutdown();
        tokio::pin!(shutdown);
        if tokio::time::timeout(GRACE, &mut shutdown).await.is_ok() {
            return;
        }
        close.send_replace(true);
        if tokio::time::timeout(LAST_ANSWERS, shutdown).await.is_err() {
            tracing::warn!("Some callers did not read their answers while stopping; they were cut off.");
        }
    }
}
