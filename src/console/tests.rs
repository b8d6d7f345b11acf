//! The console over an API that answers as the published description says: every page in both languages, every form.

mod fake;
mod forms;
mod markup;
mod pages;
mod signing;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tower_service::Service as _;

use crate::{Console, Doors};
use fake::{Amount, Fake};

/// What people might write.
const HOSTILE: &str = "<script>alert(1)</script>'\"&amp;";
/// Cookies of somebody who has signed in.
const SIGNED_IN: &str = "huiliu_session=hs_one";
/// Largest page, in bytes, with everything that comes with it at the first look: style and script.
const MAX_FIRST_BYTES: usize = 150 << 10;

fn noon() -> Timestamp {
    "2026-11-27T04:00:00Z".parse().unwrap()
}

/// What came back.
struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Told {
    fn location(&self) -> &str {
        self.headers.get("location").map_or("", |location| location.to_str().unwrap())
    }
}

fn console(api: &Fake) -> Router {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let console = Console {
        api: api.router(),
        zone: Box::new(move || zone.clone()),
        now: Box::new(noon),
        secure: false,
        doors: Doors {
            provider: api.has_provider.then(|| HOSTILE.to_owned()),
            passwords: !api.has_provider,
            public_url: None,
        },
        carry: Clone::clone,
    };
    Router::new().nest(crate::ADDRESS, crate::router(console))
}

async fn ask(api: &Fake, method: Method, path: &str, cookies: &str, body: &str) -> Told {
    let request = Request::builder().method(method).uri(path).header("cookie", cookies);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(body.to_owned()));
    let answer = console(api).call(request.unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = String::from_utf8(to_bytes(body, 8 << 20).await.unwrap().to_vec()).unwrap();
    Told { status: parts.status, headers: parts.headers, body }
}

async fn look(api: &Fake, path: &str, language: &str) -> Told {
    ask(api, Method::GET, &format!("/console{path}"), &format!("{SIGNED_IN}; huiliu_language={language}"), "").await
}

/// What forms of this session carry.
async fn form_token(api: &Fake) -> String {
    let page = look(api, "/tickets", "zh").await.body;
    page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// An API with everything that an answer can have.
fn full() -> Fake {
    Fake::new(Amount::Full { yes: false })
}
