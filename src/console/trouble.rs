//! What keeps a page from being shown.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use huiliu_domain::catalogue::{Locale, say};
use serde_json::Value;

use crate::page;
use crate::to;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nobody has signed in, or the session is over.
    SignIn,
    /// There is no such page, or nothing that this person may see.
    NotFound,
    /// The API refuses it.
    Refused(Refused),
    /// The form does not come from a page of this session.
    Forged,
    /// The answer is longer than a page can be, or no document.
    TooLong,
    /// A template and its data do not fit each other.
    Broken,
}

/// What the API says to what it refuses.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    /// Code of the reason.
    pub(crate) code: String,
    reasons: Vec<String>,
    zh: String,
    en: String,
}

impl Refused {
    pub(crate) fn of(status: StatusCode, document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let reasons = document["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let reasons = reasons.map(str::to_owned).collect();
        Self { status, code: text("code"), reasons, zh: text("error_zh"), en: text("detail") }
    }

    /// What a form says and nothing can be made of.
    pub(crate) fn unreadable() -> Self {
        let [zh, en] = [Locale::Zh, Locale::En].map(|locale| say!(in locale; "console-unreadable"));
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, code: String::new(), reasons: Vec::new(), zh, en }
    }

    /// Whether something of one's own has to be done first: another password, a second factor.
    pub(crate) fn is_of_oneself(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
            && self.reasons.iter().any(|reason| matches!(reason.as_str(), "password" | "second_factor"))
    }

    /// Whether somebody on the way in has to type a code of their second factor.
    pub(crate) fn needs_code(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && self.reasons.iter().any(|reason| reason == "code")
    }

    /// Whether another question would be answered: a filter has a value that the API does not take.
    pub(crate) fn is_of_what_was_asked(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
    }

    /// What is wrong and what to do.
    pub(crate) fn said(&self, locale: Locale) -> &str {
        locale.pick(&self.zh, &self.en)
    }
}

impl Trouble {
    /// Status, heading and words of the page that says it.
    pub(crate) fn told(&self, locale: Locale) -> (StatusCode, String, String) {
        match self {
            Self::SignIn => (StatusCode::UNAUTHORIZED, say!(in locale; "console-sign-in"), String::new()),
            Self::NotFound => {
                (StatusCode::NOT_FOUND, say!(in locale; "console-not-found"), say!(in locale; "console-not-found-do"))
            }
            Self::Refused(refused) => {
                (refused.status, say!(in locale; "console-refused"), refused.said(locale).to_owned())
            }
            Self::Forged => {
                (StatusCode::FORBIDDEN, say!(in locale; "console-forged"), say!(in locale; "console-forged-do"))
            }
            Self::TooLong => {
                (StatusCode::BAD_GATEWAY, say!(in locale; "console-too-long"), say!(in locale; "console-too-long-do"))
            }
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                say!(in locale; "console-broken"),
                say!(in locale; "console-broken-do"),
            ),
        }
    }

    /// The page that says it, in a language.
    pub(crate) fn page(&self, locale: Locale) -> Response {
        if matches!(self, Self::SignIn) {
            return to("/sign-in").into_response();
        }
        let (status, heading, said) = self.told(locale);
        let mut response = page::plain(locale, &heading, &said);
        *response.status_mut() = status;
        response
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        self.page(Locale::default())
    }
}
