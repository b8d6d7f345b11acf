//! A form meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use huiliu_adapter_api::{Adapter, Factory, PushRequest};
use huiliu_conformance::{Behaviour, Exemption, Exercise, MARKER, Source, conforms, open};
use huiliu_form::FormFactory;
use tokio::sync::Notify;

const FILE: &str =
    "[format]\nkind = \"json\"\n[settings]\ntitle = \"反映\"\nconsent = \"同意\"\ntold_elsewhere = true\n";

/// Citizens who send forms to the adapter that is open, or keep them until one is.
#[derive(Clone, Default)]
struct Citizens(Arc<Inner>);

#[derive(Default)]
struct Inner {
    adapter: Mutex<Option<Weak<dyn Adapter>>>,
    kept: Mutex<Vec<PushRequest>>,
    /// Forms that were answered with 503, to be sent again when a check says so.
    refused: Mutex<Vec<PushRequest>>,
    told: Notify,
    /// Counts what was given: what came before is of no interest any more.
    given: Mutex<u64>,
}

impl Citizens {
    /// Sends from a task of its own, as a citizen does.
    fn send(&self, request: PushRequest) {
        let open = self.0.adapter.lock().unwrap().as_ref().and_then(Weak::upgrade);
        let Some(endpoint) = open.and_then(|adapter| adapter.endpoint()) else {
            return self.0.kept.lock().unwrap().push(request);
        };
        let (citizens, given) = (self.clone(), *self.0.given.lock().unwrap());
        tokio::spawn(async move {
            let response = endpoint.handle(request.clone()).await;
            if response.status() == 503 && given == *citizens.0.given.lock().unwrap() {
                citizens.0.refused.lock().unwrap().push(request);
                citizens.0.told.notify_one();
            }
        });
    }
}

fn form(number: u64) -> PushRequest {
    let body = format!("{{\"id\":\"form-{number}\",\"text\":\"{MARKER} {number}\",\"consent\":true}}");
    let headers = [(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"))];
    PushRequest {
        method: http::Method::POST,
        path: String::new(),
        query: String::new(),
        headers: headers.into_iter().collect(),
        peer: None,
        body: Bytes::from(body),
    }
}

#[async_trait]
impl Source for Citizens {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(FormFactory)
    }

    fn channel_file(&self) -> String {
        FILE.to_owned()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        *self.0.given.lock().unwrap() += 1;
        self.0.refused.lock().unwrap().clear();
        self.0.kept.lock().unwrap().clear();
        numbers.iter().for_each(|number| self.send(form(*number)));
    }

    async fn give_more(&self, number: u64) {
        self.send(form(number));
    }

    async fn send_again(&self) {
        while self.0.refused.lock().unwrap().is_empty() {
            self.0.told.notified().await;
        }
        *self.0.adapter.lock().unwrap() = None;
        let refused = std::mem::take(&mut *self.0.refused.lock().unwrap());
        self.0.kept.lock().unwrap().extend(refused);
    }

    async fn give_broken(&self, _before: u64, _after: u64) -> Exercise {
        Exercise::CannotHappen("a form is one record, and whoever sends a broken one is told at once")
    }

    async fn give_file(&self, _number: u64) -> Exercise {
        Exercise::CannotHappen("photos are written anew")
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        if how == Behaviour::Well { Exercise::Arranged } else { Exercise::CannotHappen("nobody is called") }
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        Err("replies go another way")
    }

    fn open(&self) -> Arc<dyn Adapter> {
        let adapter = open(self.factory().as_ref(), &self.channel_file(), &self.secrets()).unwrap();
        *self.0.adapter.lock().unwrap() = Some(Arc::downgrade(&adapter));
        let kept = std::mem::take(&mut *self.0.kept.lock().unwrap());
        kept.into_iter().for_each(|request| self.send(request));
        adapter
    }
}

#[tokio::test]
async fn a_form_conforms() {
    let exempt = conforms(&Citizens::default()).await;
    let nobody = "nobody is called";
    let expected = [
        ("broken record", "a form is one record, and whoever sends a broken one is told at once"),
        ("files", "photos are written anew"),
        ("partial confirmation", nobody),
        ("replies", "replies go another way"),
        ("busy", nobody),
        ("refusing", nobody),
        ("hanging", nobody),
        ("oversized", nobody),
    ];
    assert_eq!(exempt, expected.map(|(asked, reason)| Exemption { asked, reason }));
}
