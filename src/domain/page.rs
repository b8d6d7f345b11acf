//! Pages of HTML for people: one frame, one style, one policy. Without scripts, pictures or anything from elsewhere, so that a page can be
//! opened as a file, printed, and shown under the strictest policy. What a template does not mark as safe is escaped.

mod origin;

pub use origin::is_from_here;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::catalogue::Locale;

/// What is around every page.
const FRAME: &str = include_str!("page/frame.html");
/// How pages look.
const STYLE: &str = include_str!("page/style.css");
/// By the ending of this name everything that is not marked as safe is escaped.
const NAME: &str = "page.html";

/// What a browser may do with a page: show it in its own style, and nothing else.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'")
});

/// A page could not be made of its template.
#[derive(Debug, thiserror::Error)]
#[error("页面写不成：{0} (the page cannot be written: {0})")]
pub struct PageError(#[from] Error);

#[derive(Serialize)]
struct Frame<'a> {
    language: &'static str,
    policy: &'static str,
    style: &'static str,
    title: &'a str,
    body: &'a str,
}

/// A whole page: the template of its body, filled in, in the frame.
///
/// # Errors
/// The template names what the view does not have.
pub fn page(title: &str, locale: Locale, template: &str, view: &impl Serialize) -> Result<String, PageError> {
    let body = filled(template, view)?;
    let language = locale.pick("zh-CN", "en");
    Ok(filled(FRAME, &Frame { language, policy: &POLICY, style: STYLE, title, body: &body })?)
}

fn filled(template: &str, view: &impl Serialize) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template(NAME, template)?;
    environment.get_template(NAME)?.render(Serde(view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct View {
        said: &'static str,
    }

    #[test]
    fn what_people_wrote_is_text_and_nothing_else() {
        let view = View { said: "<script>alert('x')</script>" };
        let page = page("<b>", Locale::Zh, "<p title=\"{{ said }}\">{{ said }}</p>", &view).unwrap();
        assert!(!page.contains("<script") && !page.contains("<b>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(super::page("", Locale::Zh, "{{ unknown }}", &view).is_err());
    }

    #[test]
    fn the_policy_allows_the_style_of_the_page_and_nothing_else() {
        let page = page("a", Locale::En, "", &View { said: "" }).unwrap();
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}'")) && POLICY.starts_with("default-src 'none';"));
        let told = page.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&#x3d;", "=");
        assert!(told.contains(&*POLICY), "the page brings it where no server does: {page}");
    }
}
