//! What browsers send: read, and only from pages of the console.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::page::is_from_here;
use serde::de::DeserializeOwned;

use crate::Site;
use crate::session::locale;
use crate::trouble::{Refused, Trouble};

/// A form. One that lacks something, or has what it should not have, is refused with words.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let locale = locale(request.headers());
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(_unreadable) => Err(Trouble::Refused(Refused::unreadable()).page(locale)),
        }
    }
}

/// Lets what a form sends in, if the form stands on a page of the console: also those that need no session, and so have no token.
pub(crate) async fn from_here(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_read || is_from_here(request.headers(), site.doors.public_url.as_deref()) {
        return next.run(request).await;
    }
    Trouble::Forged.page(locale(request.headers())).into_response()
}
