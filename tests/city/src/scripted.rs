//! A source that answers as its script says: for what no real system can be made to send.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// One answer of a script.
#[derive(Debug, Clone)]
pub struct Scene {
    /// A piece of the request (method, path and query, line break, body) for which this is the answer; empty for any.
    pub when: String,
    /// How often it is given; the next scene that fits follows. `None`: always.
    pub times: Option<usize>,
    /// Status code.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// Body.
    pub body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Stage {
    scenes: Vec<Scene>,
    asked: Vec<String>,
}

/// A running source.
#[derive(Debug, Clone)]
pub struct Scripted {
    stage: Arc<Mutex<Stage>>,
    /// Its endpoint; every path below it is answered.
    pub url: String,
}

impl Scripted {
    /// Starts a source on a free port. What no scene fits is answered with 404.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(scenes: Vec<Scene>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let stage = Stage { scenes, asked: Vec::new() };
        let source =
            Self { stage: Arc::new(Mutex::new(stage)), url: format!("http://{}/source", listener.local_addr()?) };
        let router = Router::new().fallback(answer).with_state(source.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(source)
    }

    /// The requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).asked.clone()
    }

    fn next(&self, request: String) -> Option<Scene> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |scene: &&mut Scene| scene.times != Some(0) && request.contains(&scene.when);
        let found = stage.scenes.iter_mut().find(fits).map(|scene| {
            scene.times = scene.times.map(|times| times - 1);
            scene.clone()
        });
        stage.asked.push(request);
        found
    }
}

async fn answer(State(source): State<Scripted>, method: Method, uri: Uri, body: Bytes) -> Response {
    let request = format!("{method} {uri}\n{}", String::from_utf8_lossy(&body));
    let Some(scene) = source.next(request) else { return StatusCode::NOT_FOUND.into_response() };
    let status = StatusCode::from_u16(scene.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, scene.content_type)], scene.body).into_response()
}
