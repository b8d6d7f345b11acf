//! Every page, in both languages.

use axum::http::{Method, StatusCode};

use super::fake::{Amount, Fake};
use super::{HOSTILE, MAX_FIRST_BYTES, SIGNED_IN, ask, form_token, full, look, markup};

/// Every page, and one state of each that has several.
pub(super) const PAGES: [&str; 45] = [
    "",
    "/me",
    "/me?changed=password",
    "/people",
    "/tickets?status=open&waits=true&after=9",
    "/tickets/RC-20261127-000001",
    "/search?words=a&received_from=2026-11-01&received_before=2026-11-30&overdue=true",
    "/matter",
    "/explain",
    "/explain?a=R1&b=R2",
    "/review",
    "/handling?department=housing",
    "/notices",
    "/callbacks",
    "/unanswered",
    "/alerts",
    "/topics?state=open",
    "/topics/3",
    "/channels",
    "/feeds",
    "/replies?state=dead",
    "/replies/3",
    "/deliveries?destination=a",
    "/files",
    "/warnings",
    "/quarantine",
    "/quarantine/3",
    "/reports",
    "/reports/domains",
    "/reports/domains?from=2026-11-01&to=2026-11-27&district=3",
    "/bulletins",
    "/bulletins/board",
    "/reply-checks",
    "/packs",
    "/packs/versions/3",
    "/packs/versions/3?path=city.toml",
    "/packs/difference",
    "/packs/drafts/3",
    "/packs/drafts/3?path=%3Cscript%3Ealert%281%29%3C%2Fscript%3E%27%22%26amp%3B",
    "/packs/drafts/3/tables?path=tables%2Fa.csv&row=0&q=script",
    "/packs/drafts/3/tables?path=city.toml",
    "/rules",
    "/rules?of=units&q=a",
    "/audit?action=ticket.split&from=2026-11-01&to=2026-11-27&check=true",
    "/audit",
];

#[tokio::test]
async fn every_page_is_written_in_both_languages_and_what_people_wrote_is_text() {
    for amount in [Amount::Full { yes: false }, Amount::Full { yes: true }, Amount::Least] {
        for page in PAGES {
            for (language, own) in [("zh", "退出"), ("en", "Sign out")] {
                let told = look(&Fake::new(amount), page, language).await;
                assert_eq!(told.status, StatusCode::OK, "{page}: {}", told.body);
                assert!(told.body.contains(own), "{page}: {}", told.body);
                assert!(!told.body.contains("<script>") && !told.body.contains(HOSTILE), "{page}: {}", told.body);
                assert!(
                    !told.body.contains("style=") && !told.body.contains("onclick"),
                    "the policy would refuse it: {page}"
                );
                if let Some(wrong) = markup::wrong(&told.body) {
                    panic!("{page} in {language}, {amount:?}: {wrong}\n{}", told.body);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_people_wrote_is_shown() {
    for page in PAGES.into_iter().filter(|page| !["/matter", "/explain"].contains(page)) {
        let told = look(&full(), page, "zh").await;
        assert!(told.body.contains("&lt;script&gt;alert(1)"), "{page}: {}", told.body);
    }
}

#[tokio::test]
async fn a_channel_is_worked_at_by_those_who_may_and_tried_on_its_page() {
    let page = "/channels/%3Cscript%3Ealert%281%29%3C%2Fscript%3E%27%22%26amp%3B";
    let api = full();
    for (language, own) in [("zh", "恢复"), ("en", "Go on")] {
        let told = look(&api, page, language).await;
        assert!(told.body.contains("value=\"channel-resume\"") && told.body.contains(own), "{}", told.body);
        assert_eq!(markup::wrong(&told.body), None, "{}", told.body);
    }
    let told = look(&full().of("viewer"), page, "zh").await.body;
    assert!(
        !told.contains("channel-resume") && !told.contains("method=\"post\" action=\"/console/channels/"),
        "{told}"
    );
    let form = format!("form_token={}", form_token(&api).await);
    let told = ask(&api, Method::POST, &format!("/console{page}"), SIGNED_IN, &form).await;
    assert!(told.status == StatusCode::OK && told.body.contains("试读结果"), "{}", told.body);
    assert!(!told.body.contains(HOSTILE) && markup::wrong(&told.body).is_none(), "{}", told.body);
    assert!(api.calls().iter().any(|call| call.method == "POST" && call.path.ends_with("/test")));
    let strange = ask(&api, Method::POST, &format!("/console{page}"), SIGNED_IN, "form_token=x").await;
    assert_ne!(strange.status, StatusCode::OK, "from elsewhere nothing is asked");
}

#[tokio::test]
async fn a_page_may_load_nothing_from_elsewhere_and_is_kept_by_nobody() {
    let told = look(&full(), "", "zh").await;
    let policy = told.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(told.headers["cache-control"], "no-store");
    assert!(told.body.contains("lang=\"zh-CN\"") && !told.body.contains("http://") && !told.body.contains("https://"));
}

#[tokio::test]
async fn a_first_look_is_small() {
    let told = look(&full(), "", "zh").await;
    let assets = include_str!("../assets/console.css").len() + include_str!("../assets/console.js").len();
    assert!(told.body.len() + assets < MAX_FIRST_BYTES, "{} + {assets}", told.body.len());
}

#[tokio::test]
async fn days_are_the_citys_from_their_first_moment_to_their_last() {
    let api = full();
    look(&api, "/search?received_from=2026-11-01&received_before=2026-11-30", "zh").await;
    let asked = api.calls().into_iter().find(|call| call.path.ends_with("/complaints")).unwrap().query;
    assert!(asked.contains("received_from=2026-10-31T16%3A00%3A00Z"), "{asked}");
    assert!(asked.contains("received_before=2026-11-30T16%3A00%3A00Z"), "{asked}");
    assert_eq!(look(&full(), "/search?received_from=soon", "zh").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn moments_are_the_citys_with_what_is_left() {
    let told = look(&full(), "/tickets/T1", "zh").await.body;
    assert!(told.contains("2026-11-27 09:00") && told.contains("3 小时前"), "{told}");
}

#[tokio::test]
async fn who_may_not_see_a_section_is_not_led_there_and_nothing_is_asked_in_vain() {
    let api = full().of("viewer");
    let told = look(&api, "", "zh").await.body;
    for hidden in ["/console/quarantine\"", "/console/packs\"", "/console/audit\""] {
        assert!(!told.contains(hidden), "{hidden}");
    }
    assert!(told.contains("/console/reports\""));
    let asked: Vec<String> = api.calls().into_iter().map(|call| call.path).collect();
    assert!(!asked.iter().any(|path| path.ends_with("/quarantine") || path.ends_with("/callbacks")), "{asked:?}");
    let ticket = look(&full().of("viewer"), "/tickets/T1", "zh").await.body;
    assert!(!ticket.contains("/console/do\""), "a viewer is offered nothing that only operators may do");
    let ticket = look(&full().of("clerk"), "/tickets/T1", "zh").await.body;
    assert!(
        ticket.contains("value=\"act-whistle\"") && !ticket.contains("value=\"merge\""),
        "a clerk acts for a unit, no more"
    );
    let told = look(&full().of("auditor"), "/audit", "zh").await.body;
    assert!(told.contains("/console/audit\"") && !told.contains("/console/tickets\""));
}

#[tokio::test]
async fn the_citys_words_are_offered_where_somebody_types_one() {
    let api = full();
    let told = look(&api, "/tickets", "zh").await.body;
    for name in ["department", "district", "category", "grade"] {
        assert!(told.contains(&format!("list=\"offered-{name}\"")) && told.contains(&format!("id=\"offered-{name}\"")));
    }
    let people = look(&full().of("security"), "/people", "zh").await.body;
    assert!(people.contains("list=\"offered-departments\"") && people.contains("id=\"offered-departments\""));
}

#[tokio::test]
async fn lists_go_on_where_they_ended_with_the_same_filters() {
    let told = look(&full(), "/tickets?status=open&min_complaints=2", "zh").await.body;
    let pager = told.split("class=\"pager\"").nth(1).unwrap().split("</form>").next().unwrap();
    for part in ["name=\"status\" value=\"open\"", "name=\"min_complaints\" value=\"2\"", "name=\"after\""] {
        assert!(pager.contains(part), "{part}: {pager}");
    }
    let file = "/console/export/tickets?status=open&min_complaints=2&format=csv\"";
    assert!(told.replace("&#x2f;", "/").contains(&file.replace('&', "&amp;")), "{told}");
    let api = full();
    look(&api, "/export/tickets?status=open&received_before=2026-11-27&format=csv", "en").await;
    let asked = api.calls().into_iter().find(|call| call.path.ends_with("/tickets")).unwrap().query;
    assert_eq!(asked, "language=en&format=csv&received_before=2026-11-27T16%3A00%3A00Z&status=open");
    for (list, expected) in
        [("people", StatusCode::OK), ("answers/missing", StatusCode::OK), ("me", StatusCode::NOT_FOUND)]
    {
        assert_eq!(look(&api, &format!("/export/{list}?format=xlsx"), "zh").await.status, expected, "{list}");
    }
    let told = look(&Fake::new(Amount::Least), "/tickets?status=open", "zh").await.body;
    assert!(told.contains("没有符合条件的工单") && told.contains("清除条件"), "{told}");
}

#[tokio::test]
async fn a_number_leads_to_its_ticket_or_to_those_it_may_mean() {
    let told = look(&full(), "/matter?number=RC2611270000001", "zh").await;
    assert_eq!(told.status, StatusCode::SEE_OTHER);
    assert!(told.location().starts_with("/console/tickets/%3Cscript%3E"), "{}", told.location());
    let told = look(&full().of("auditor"), "/matter?number=1", "zh").await;
    assert!(
        told.status == StatusCode::OK && told.body.contains("class=\"life\"") || told.body.contains("对应几件"),
        "{}",
        told.body
    );
}

#[tokio::test]
async fn files_are_saved_and_shown_nowhere() {
    for path in ["/reports/domains/file?format=csv", "/editions/3/file?format=xlsx"] {
        let told = ask(&full(), Method::GET, &format!("/console{path}"), SIGNED_IN, "").await;
        assert_eq!(told.status, StatusCode::OK, "{path}: {}", told.body);
        assert!(told.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
        assert!(told.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    }
    let told = ask(&full(), Method::GET, "/console/reports/domains/file?format=exe", SIGNED_IN, "").await;
    assert_eq!(told.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn calls_of_a_channel_are_asked_for_only_where_somebody_wants_them() {
    // The only channel that the description lets be has hostile words for an id.
    let id = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E%27%22%26amp%3B";
    for (query, asked) in [("", false), ("?calls=true", true)] {
        let api = full();
        let told = look(&api, &format!("/channels/{id}{query}"), "en").await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        assert_eq!(markup::wrong(&told.body), None);
        assert_eq!(api.calls().iter().any(|call| call.path.ends_with("/trace")), asked);
    }
}

#[tokio::test]
async fn a_filter_that_the_api_refuses_stays_on_its_page_with_what_was_typed_and_why() {
    for (page, other) in [
        ("/tickets?department=nowhere&words=lamp", "lamp"),
        ("/search?district=nowhere&words=lamp", "lamp"),
        ("/handling?grade=nowhere&district=371082", "371082"),
        ("/unanswered?reason=nowhere", "nowhere"),
        ("/quarantine?channel=nowhere", "console"),
        ("/audit?actor=nowhere&from=2026-11-01", "2026-11-01"),
        ("/reply-checks?department=nowhere&from=2026-11-01", "2026-11-01"),
    ] {
        for (language, own) in [("zh", "退出"), ("en", "Sign out")] {
            let told = look(&full(), page, language).await;
            assert_eq!(told.status, StatusCode::BAD_REQUEST, "{page}: {}", told.body);
            // One list is narrowed by links: it has no form.
            let mut forms =
                told.body.split("class=\"filters\"").skip(1).filter_map(|rest| rest.split("</form>").next());
            let is_kept = page.starts_with("/unanswered") || forms.any(|form| form.contains(other));
            assert!(is_kept && told.body.contains(own), "{page}: {}", told.body);
            assert!(told.body.contains("the city has no such code &lt;script&gt;"), "{page}: {}", told.body);
            assert_eq!(markup::wrong(&told.body), None, "{page}: {}", told.body);
        }
    }
    let told = look(&full(), "/tickets?department=nowhere", "zh").await.body;
    assert!(told.contains("value=\"nowhere\"") && !told.contains("/console/export/"), "{told}");
}
