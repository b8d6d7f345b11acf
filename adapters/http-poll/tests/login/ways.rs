//! Ways in which logins give what later calls need.

use crate::{Channel, file, page, pulled};
use huiliu_conformance::scripted::{Scripted, json, login_page};

#[tokio::test]
async fn a_page_with_a_hidden_field_and_cookies_as_java_portals_have_them() {
    let portal = Scripted::start(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/login.do") => {
            let (status, mut headers, body) = login_page();
            headers.push(("set-cookie", "JSESSIONID=first; Path=/; HttpOnly".to_owned()));
            (status, headers, body)
        }
        ("POST", "/login.do") => {
            assert_eq!(
                (asked.text().as_str(), asked.header("cookie")),
                ("_csrf=c-7&pw=pass-word-1", "JSESSIONID=first")
            );
            let headers = vec![
                ("location", "/index.do".to_owned()),
                ("set-cookie", "JSESSIONID=second; Path=/; HttpOnly".to_owned()),
                ("set-cookie", "XSRF-TOKEN=x-9; Path=/".to_owned()),
            ];
            (302, headers, String::new())
        }
        _ => {
            assert_eq!(asked.header("cookie"), "JSESSIONID=second; XSRF-TOKEN=x-9");
            assert_eq!(asked.header("x-token"), "x-9");
            page()
        }
    })
    .await;
    let adapter = Channel::of(&portal).open(&file(
        r#"
[[settings.login.step]]
url = "{{ secrets.url }}/login.do"
answer = "text"
names = { csrf = "answer | match('name=\"_csrf\" value=\"([^\"]+)\"')" }
[[settings.login.step]]
url = "{{ secrets.url }}/login.do"
headers = { content-type = "application/x-www-form-urlencoded" }
body = "_csrf={{ session.csrf }}&pw={{ secrets.password }}"
answer = "text"
success = "status == 302"
names = { token = "cookies['XSRF-TOKEN']" }
"#,
    ));
    assert_eq!(pulled(&adapter).await, Ok(1));
}

#[tokio::test]
async fn names_come_from_headers_and_xml_and_build_on_each_other() {
    let portal = Scripted::start(|asked, _| match asked.path.as_str() {
        "/challenge" => (200, vec![("x-challenge", "abc".to_owned())], String::new()),
        "/login" => {
            // MD5 of `abcpass-word-1`.
            assert_eq!(asked.text(), "<login><p>4b36f8514886eb53db7586d5a68a6604</p></login>");
            (200, Vec::new(), "<r><ticket>t-1</ticket></r>".to_owned())
        }
        _ => {
            assert_eq!(asked.header("x-token"), "gw:t-1");
            page()
        }
    })
    .await;
    let adapter = Channel::of(&portal).open(&file(
        r#"
[[settings.login.step]]
url = "{{ secrets.url }}/challenge"
answer = "text"
names = { challenge = "headers['x-challenge']" }
[[settings.login.step]]
url = "{{ secrets.url }}/login"
body = "<login><p>{{ (session.challenge ~ secrets.password) | md5 }}</p></login>"
answer = "xml"
names = { token = "secrets.user ~ ':' ~ answer.r.ticket" }
"#,
    ));
    assert_eq!(pulled(&adapter).await, Ok(1));
}

#[tokio::test]
async fn oauth2_client_credentials_by_header_and_by_body() {
    for (credentials, authorization, body) in [
        ("", "Basic YyUzQTE6ayUyRjI=", "grant_type=client_credentials&scope=read%20reply"),
        (
            "credentials = \"body\"",
            "",
            "grant_type=client_credentials&scope=read%20reply&client_id=c%3A1&client_secret=k%2F2",
        ),
    ] {
        let portal = Scripted::start(move |asked, before| match asked.path.as_str() {
            "/oauth/token" => {
                assert_eq!((asked.header("authorization"), asked.text().as_str()), (authorization, body));
                let token = before + 1;
                json(&format!(r#"{{"access_token":"at-{token}","token_type":"Bearer","expires_in":"3600"}}"#))
            }
            _ if asked.header("authorization") == "Bearer at-2" => page(),
            _ => (401, vec![("www-authenticate", "Bearer error=\"invalid_token\"".to_owned())], String::new()),
        })
        .await;
        let adapter = Channel::of(&portal).open(&file(&format!(
            "[settings.oauth2]\ntoken_url = \"{{{{ secrets.url }}}}/oauth/token\"\nclient_id = \"id\"\nclient_secret = \
             \"key\"\nscope = \"read reply\"\n{credentials}\n"
        )));
        assert_eq!(pulled(&adapter).await, Ok(1));
        assert_eq!(portal.asked("/oauth/token").len(), 2, "the first token was taken back");
    }
}

#[test]
fn settings_that_cannot_work_are_told() {
    let url = "http://127.0.0.1:9".to_owned();
    let problems = |login: &str| {
        let secrets = [("url", url.clone())];
        let opened = huiliu_conformance::open(&huiliu_http_poll::HttpPollFactory::default(), &file(login), &secrets);
        let told = opened.err().unwrap_or_default().into_iter().map(|problem| problem.en);
        told.collect::<Vec<_>>().join("; ")
    };
    let step = "[[settings.login.step]]\nurl = \"{{ secrets.url }}\"\nnames = { token = \"answer.t\" }\n";
    assert_eq!(problems(step), "");
    assert!(problems("").contains("session"), "without a login nothing is known of session: {}", problems(""));
    assert!(problems(&step.replace("token", "tokn")).contains("tokn"));
    assert!(problems("[settings.login]\nvalid_s = 5\n").contains("without step"));
    assert!(problems(&format!("[settings.login]\nvalid_s = 0\n{step}")).contains("valid_s must be"));
    assert!(
        problems(&format!("[settings.login]\nrenew_before_s = 9\n{step}")).contains("renew_before_s has no effect")
    );
    let oauth2 = "[settings.oauth2]\ntoken_url = \"http://x\"\nclient_id = \"nobody\"\nclient_secret = \"url\"\n";
    assert!(problems(oauth2).contains("no such secret"));
    assert!(problems(&format!("{step}{}", oauth2.replace("nobody", "url"))).contains("only one of"));
    let list = file(step).replace("[settings.reply]", "names = { a = \"answer.b\" }\n[settings.reply]");
    let secrets = [("url", url.clone())];
    let opened = huiliu_conformance::open(&huiliu_http_poll::HttpPollFactory::default(), &list, &secrets);
    assert!(opened.err().unwrap()[0].en.contains("by a login only"));
}
