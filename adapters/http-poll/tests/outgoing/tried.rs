//! Templates that can only come out wrong are refused with their place; those that may be right are not.

use super::opened;

fn problems(settings: &str) -> Vec<String> {
    let list = "[settings.list]\nurl = \"http://source.example/list\"\n";
    let settings = if settings.contains("[settings.list]") { settings.to_owned() } else { format!("{list}{settings}") };
    let found = opened("http://source.example", &settings).err().unwrap_or_default();
    found.into_iter().map(|problem| problem.en).collect()
}

fn body(content_type: &str, body: &str) -> String {
    format!(
        "[settings.reply]\nurl = \"http://source.example\"\nheaders = {{ content-type = \"{content_type}\" }}\nbody = '''{body}'''\n"
    )
}

#[test]
fn what_can_only_come_out_wrong_is_refused() {
    for (settings, said) in [
        (body("application/json", r#"{"id": {{ record.id }} "text": {{ reply.text }}}"#), "does not give JSON"),
        (body("application/json", r#"{"text": "{{ reply.text }}"}"#), "does not give JSON"),
        (body("application/json", r#"{"id": {{ record.id }},}"#), "does not give JSON"),
        (body("application/json; charset=utf-8", "id={{ record.id }}"), "does not give JSON"),
        (body("text/xml", "<a><id>{{ record.id }}</a>"), "well-formed XML"),
        (body("application/soap+xml", "<web:a>{{ record.id }}</web:a>"), "prefix web is not declared"),
        (body("text/xml", "<a b={{ record.id }}/>"), "well-formed XML"),
        ("[settings.list]\nurl = \"{{ 'source.example' }}/list\"\n".to_owned(), "this is no URL"),
        ("[settings.list]\nurl = \"http:///list\"\n".to_owned(), "this is no URL"),
        (
            "[settings.list]\nurl = \"http://source.example\"\nheaders = { x-unit = \"a\\nb\" }\n".to_owned(),
            "this gives no header value",
        ),
    ] {
        let found = problems(&settings);
        assert!(found.len() == 1 && found[0].contains(said), "{settings}\n{found:?}");
    }
}

#[test]
fn what_may_come_out_right_is_not_refused() {
    for settings in [
        // Numbers and texts, lists and objects, members that are missing.
        body("application/json", r#"{"id": {{ record.id }}, "rows": {{ record.rows }}, "none": {{ record.a.b.c }}}"#),
        body("application/json", r#"{"ids": [{% for row in record.rows %}{{ row.id }}{% if not loop.last %},{% endif %}{% endfor %}]}"#),
        // Right where the number is one.
        body("application/json", r#"{"id": "{{ record.id }}"}"#),
        body("application/json", "{{ record.raw | safe }}"),
        body("application/json", "{% if record.id %}{\"id\": {{ record.id }}}{% endif %}"),
        // A key that no sample is.
        body("application/json", "{{ reply.text | sm4_encrypt(secrets.key) }}"),
        body("application/x-ndjson", "{{ record.id }}\n{{ record.id }}"),
        body("text/xml", "<?xml version=\"1.0\" encoding=\"GBK\"?><a>{{ record.id }}</a>"),
        body("text/xml", "<id>{{ record.id }}</id><text>{{ reply.text }}</text>"),
        body("text/xml", "<w:a xmlns:w=\"urn:w\">{{ record.id }}</w:a>"),
        body("application/x-www-form-urlencoded", "data={\"id\": 1"),
        body("application/json", "{{ reply.text }}") + "escape = \"none\"\n",
        // The address is a secret, comes from the source, or is made of parts.
        "[settings.list]\nurl = \"{{ secrets.url }}/list\"\n".to_owned(),
        "[settings.list]\nurl = \"{% if secrets.url %}{{ secrets.url }}{% else %}http://source.example{% endif %}/list\"\n".to_owned(),
        "[settings.list]\nurl = \"http://source.example\"\n[settings.detail]\nurl = \"{{ record.links.self }}\"\n".to_owned(),
        "[settings.list]\nurl = \"https://{{ secrets.url }}/list\"\n".to_owned(),
        "[settings.list]\nurl = \"http://source.example\"\nheaders = { x-time = \"{{ now | localtime('%s') }}\" }\n".to_owned(),
    ] {
        assert_eq!(problems(&settings), [""; 0], "{settings}");
    }
}

#[test]
fn a_problem_stands_at_its_template() {
    let settings = format!(
        "[settings.list]\nurl = \"http://source.example\"\n{}",
        body("application/json", r#"{"id": {{ record.id }} "text": 1}"#)
    );
    let found = opened("http://source.example", &settings).err().unwrap();
    assert!(found[0].zh.contains("得到的不是 JSON") && found[0].zh.contains("附近"), "{}", found[0].zh);
    assert!(found[0].en.contains("near `{\"id\":"), "{}", found[0].en);
    assert!(!found[0].span.is_empty());
}
