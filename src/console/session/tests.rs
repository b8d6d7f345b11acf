use axum::http::Request;

use super::*;

fn session(token: &str) -> Session {
    Session { token: token.to_owned(), locale: Locale::Zh, carried: Extensions::new() }
}

#[test]
fn a_form_belongs_to_one_session() {
    let (one, other) = (session("hs_one"), session("hs_other"));
    assert!(one.check(&one.form_token()).is_ok());
    assert!(one.check(&other.form_token()).is_err() && one.check("").is_err());
    assert!(!one.form_token().contains("hs_one"));
}

#[test]
fn the_cookie_is_read_by_no_script_and_sent_by_no_other_site() {
    let cookie = Keeper::new(true).session("hs_one");
    for part in ["huiliu_session=hs_one", "HttpOnly", "SameSite=Strict", "Secure", "Path=/console"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!Keeper::new(false).session("hs_one").contains("Secure"));
    assert!(Keeper::new(true).ended().contains("Max-Age=0"));
}

#[test]
fn the_language_is_that_of_the_cookie_else_of_the_browser_else_chinese() {
    let of = |headers: &[(&str, &str)]| {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        locale(request.body(()).unwrap().headers())
    };
    assert_eq!(of(&[]), Locale::Zh);
    assert_eq!(of(&[("accept-language", "fr, en-GB;q=0.8, zh;q=0.5")]), Locale::En);
    assert_eq!(of(&[("accept-language", "en"), ("cookie", "a=b; huiliu_language=zh")]), Locale::Zh);
}
