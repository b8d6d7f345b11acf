//! A form on its way to its channel, as a page or a program sends it.

use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, SchemaObject};
use aide::operation::OperationInput;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_ENCODING;
use bytes::Bytes;
use huiliu_adapter_api::{PushRequest, Refusal, RefusalCode};
use schemars::{JsonSchema, Schema};

use super::documents::Filed;
use crate::http::Site;
use crate::http::body;
use crate::http::intake;
use crate::http::problem::Problem;

/// A request whose body is a form, described as `T`.
pub(in crate::http) struct Sent<T> {
    request: Request,
    described: std::marker::PhantomData<T>,
}

impl<T, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        Ok(Self { request, described: std::marker::PhantomData })
    }
}

impl<T: JsonSchema> OperationInput for Sent<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let json_schema: Schema = context.schema.subschema_for::<T>();
        let media = || MediaType {
            schema: Some(SchemaObject { json_schema: json_schema.clone(), external_docs: None, example: None }),
            ..MediaType::default()
        };
        let body = RequestBody {
            description: Some(
                "A page sends the same members as the parts of multipart/form-data, and each photo as a part named `photo`.".to_owned(),
            ),
            content: [("application/json".to_owned(), media())].into_iter().collect(),
            required: true,
            ..RequestBody::default()
        };
        operation.request_body = Some(ReferenceOr::Item(body));
    }
}

impl<T> Sent<T> {
    /// Hands the form in to its channel, below which it goes to `path`.
    pub(super) async fn hand_in(self, site: &Arc<Site>, channel: &str, path: &str) -> Result<Filed, Problem> {
        self.hand_in_after(site, channel, path, |_body| std::future::ready(Ok(()))).await.map(|(filed, ())| filed)
    }

    /// The same, with what is asked of the body before it is handed in.
    pub(super) async fn hand_in_after<B, F>(
        self,
        site: &Arc<Site>,
        channel: &str,
        path: &str,
        before: impl FnOnce(Bytes) -> F,
    ) -> Result<(Filed, B), Problem>
    where
        F: Future<Output = Result<B, Problem>>,
    {
        let running = site.supervisor.channel(channel).ok_or_else(Problem::not_found)?;
        running.channel.adapter.form().ok_or_else(Problem::not_found)?;
        let endpoint = running.channel.adapter.endpoint().ok_or_else(Problem::not_found)?;
        let (parts, sent) = self.request.into_parts();
        let peer = site.citizens.proxies.address(&parts.extensions, &parts.headers);
        let (method, headers) = (parts.method, parts.headers);
        let mut push =
            PushRequest { method, path: path.to_owned(), query: String::new(), headers, peer, body: Bytes::new() };
        if let Err(refusal) = endpoint.admit(&push).and_then(|()| intake::open(&running)) {
            body::turn_away(&push.headers, sent).await;
            return Err(Problem::from(refusal));
        }
        push.body = body::read(&push.headers, sent, endpoint.max_body_bytes()).await?;
        push.headers.remove(CONTENT_ENCODING);
        let known = before(push.body.clone()).await?;
        let mut answered = endpoint.handle(push).await;
        if let Some(refusal) = answered.extensions_mut().remove::<Refusal>() {
            return Err(Problem::from(refusal));
        }
        let filed = serde_json::from_slice(answered.body()).map_err(|_unreadable| {
            let (zh, en) = ("应答读不了", "the answer of the channel cannot be read; what was sent is stored");
            Problem::new(RefusalCode::Internal, zh, en)
        })?;
        Ok((filed, known))
    }
}
