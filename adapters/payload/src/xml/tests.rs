use super::*;
use serde_json::json;

fn check(xml: &str, expected: Value) {
    assert_eq!(parse_xml(xml), Ok(expected));
}

#[test]
fn the_rule_of_the_tree() {
    check(
        r#"<?xml version="1.0" encoding="gb2312"?><n:a xmlns:n="u" n:k="v"><b> 1 </b><b>2</b><c/>t</n:a>"#,
        json!({"a": {"@k": "v", "b": ["1", "2"], "c": "", "#text": "t"}}),
    );
}

#[test]
fn cdata_and_escaped_text_are_the_same() {
    check("<a>&lt;p&gt;路&#x706F;</a>", json!({"a": "<p>路灯"}));
    check("<a><![CDATA[<p>路灯]]></a>", json!({"a": "<p>路灯"}));
}

#[test]
fn what_is_damaged_is_read_leniently() {
    for (xml, wanted) in [
        ("<a>好&#55357;&#56911;&#55357;</a>", json!({"a": "好🙏\u{FFFD}"})),
        ("<a>&nbsp;&unknown;&#0; A&B & C</a>", json!({"a": "&unknown;\u{FFFD} A&B & C"})),
        ("<a k='&#55357;&#56911;&nbsp;&x; & 1'/>", json!({"a": {"@k": "🙏\u{A0}&x; & 1"}})),
        ("<a>面积<50平米，< 3 天</a>", json!({"a": "面积<50平米，< 3 天"})),
        ("<a><b>第一行<br>第二行<急></b><c>1</c></a>", json!({"a": {"b": "第一行<br>第二行<急>", "c": "1"}})),
        ("<a><b>一</p>二</b></a>", json!({"a": {"b": "一</p>二"}})),
        ("<a><b k=1 x>一</b></a>", json!({"a": {"b": "一"}})),
        ("Warning: x\n<?xml version='1.0'?><a>1</a>\0\0 trailing", json!({"a": "1"})),
        ("\u{FEFF}\n <?xml version='1.0'?>\n<a>1</a>", json!({"a": "1"})),
        ("<a>一\u{B}二<![CDATA[<b> & <3]]> & 三</a>", json!({"a": "一\u{B}二<b> & <3 & 三"})),
        ("<!DOCTYPE a SYSTEM 'http://example.org/x.dtd'><a>&x;</a>", json!({"a": "&x;"})),
    ] {
        check(xml, wanted);
    }
}

#[test]
fn technical_markup_changes_no_value() {
    let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";
    for (inside, wanted) in [
        ("<b xsi:nil='true'/>", json!({"b": null})),
        ("<b xsi:nil=' 1 '> </b>", json!({"b": null})),
        ("<b xsi:nil='false'/>", json!({"b": ""})),
        ("<b xsi:nil='true'>1</b>", json!({"b": "1"})),
        ("<b i:nil='true' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'/>", json!({"b": null})),
        ("<b p2:nil='1' xmlns:p2='http://www.w3.org/1999/XMLSchema-instance'/>", json!({"b": null})),
        ("<b xsi:nil='true'/><b xsi:nil='true'/><b>1</b>", json!({"b": [null, null, "1"]})),
        ("<b xsi:type='xsd:string' xml:lang='zh' xml:space='preserve'>1</b>", json!({"b": "1"})),
        ("<b xmlns='u' xmlns:n='v'>1</b>", json!({"b": "1"})),
        ("<b e:encodingStyle='x' xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>1</b>", json!({"b": "1"})),
        (
            "<b d:id='T1' m:rowOrder='0' xmlns:d='urn:schemas-microsoft-com:xml-diffgram-v1' xmlns:m='urn:schemas-microsoft-com:xml-msdata'><c>1</c></b>",
            json!({"b": {"c": "1"}}),
        ),
        ("<b nil='true' id='5'/>", json!({"b": {"@nil": "true", "@id": "5"}})),
        ("<b x:nil='true' xmlns:x='urn:own'/>", json!({"b": {"@nil": "true"}})),
    ] {
        check(&format!("<a {xsi}>{inside}</a>"), json!({ "a": wanted }));
    }
    // A fragment that was taken out of its document has lost the binding.
    check("<a><b xsi:nil='true'/><c xsi:type='x'>1</c></a>", json!({"a": {"b": null, "c": "1"}}));
}

#[test]
fn hostile_documents_are_refused_with_a_reason() {
    let deep = "<a>".repeat(200_000);
    assert_eq!(parse_xml(&deep), Err(PayloadError::TooDeep { format: "XML" }));
    let lists = format!("{}{}", "<a><a/>".repeat(40), "</a>".repeat(40));
    assert_eq!(parse_xml(&lists), Err(PayloadError::TooDeep { format: "XML" }), "lists are levels too");
    for (xml, reason) in [
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type declaration"),
        ("<a><b><c/></a>", "line 1"),
        ("<a><b>x</b><c>y", "not closed"),
        ("<a>", "not closed"),
        ("", "no element"),
        ("<a/><b/>", "second root"),
    ] {
        let error = parse_xml(xml).unwrap_err().to_string();
        assert!(error.contains(reason), "{xml}: {error}");
    }
}
