//! Faults of SOAP 1.1 (W3C note of 8 May 2000, §4.4) and 1.2 (part 1, §5.4).

use huiliu_adapter_api::AdapterError;
use serde_json::Value;

/// Most characters of a source's own words.
const MAX_WORDS: usize = 200;

/// The error that a fault stands for: transient where the server says that it is its own, refused otherwise.
pub(super) fn error_of(fault: &Value) -> AdapterError {
    let code = code_of(fault);
    let words = words_of(fault);
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_WORDS).collect();
    let reason = format!("SOAP fault {}: {words}", code.join("/"));
    if code.iter().any(|code| is_servers(code)) {
        AdapterError::transient(reason)
    } else {
        AdapterError::refused(reason)
    }
}

/// The code and, in SOAP 1.2, the codes below it.
fn code_of(fault: &Value) -> Vec<String> {
    /// Most codes below each other that are read.
    const MAX_CODES: usize = 4;
    if let Some(code) = text(&fault["faultcode"]) {
        return vec![code];
    }
    let codes = std::iter::successors(fault.get("Code"), |code| code.get("Subcode"));
    codes.take(MAX_CODES).filter_map(|code| text(&code["Value"])).collect()
}

/// Whether a code says that the server is at fault: `Server` or `Receiver`, with whatever prefix and detail.
fn is_servers(code: &str) -> bool {
    let local = code.rsplit(':').next().unwrap_or_default();
    matches!(local.split('.').next().unwrap_or_default(), "Server" | "Receiver")
}

/// What the source says: its reason, in Chinese where it has one, else the first words of its detail.
fn words_of(fault: &Value) -> String {
    let reasons = match &fault["Reason"]["Text"] {
        Value::Array(texts) => texts.iter().filter_map(text).collect(),
        single => text(single).into_iter().collect::<Vec<_>>(),
    };
    let chinese = reasons.iter().find(|reason| reason.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)));
    let said = text(&fault["faultstring"]).or_else(|| chinese.or(reasons.first()).cloned());
    said.or_else(|| first_words(&fault["detail"])).or_else(|| first_words(&fault["Detail"])).unwrap_or_default()
}

/// The first text in a tree.
fn first_words(tree: &Value) -> Option<String> {
    match tree {
        Value::Array(items) => items.iter().find_map(first_words),
        Value::Object(members) => {
            let elements = members.iter().filter(|(name, _)| !name.starts_with('@'));
            elements.map(|(_, member)| member).find_map(first_words)
        }
        other => text(other),
    }
}

/// The text of an element, if it has one.
fn text(element: &Value) -> Option<String> {
    let text = element.as_str().or_else(|| element.get("#text")?.as_str())?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use huiliu_payload::parse_xml;

    use super::*;

    fn check(xml: &str, wanted: &AdapterError) {
        let tree = parse_xml(&format!("<S:Fault xmlns:S='http://www.w3.org/2003/05/soap-envelope'>{xml}</S:Fault>"));
        assert_eq!(&error_of(&tree.unwrap()["Fault"]), wanted, "{xml}");
    }

    #[test]
    fn faults_are_classified_by_whose_they_are() {
        let transient = |reason: &str| AdapterError::transient(format!("SOAP fault {reason}"));
        let refused = |reason: &str| AdapterError::refused(format!("SOAP fault {reason}"));
        for (xml, wanted) in [
            ("<faultcode>S:Server</faultcode><faultstring>x</faultstring>", transient("S:Server: x")),
            ("<faultcode>soap:Server.Busy</faultcode><faultstring/>", transient("soap:Server.Busy: ")),
            (
                "<faultcode xmlns:n='u'>n:Client</faultcode><faultstring xml:lang='zh'> 参数\n 有误 </faultstring>",
                refused("n:Client: 参数 有误"),
            ),
            (
                "<faultcode>S:Server</faultcode><faultstring/><detail><e a='1'><message>超时</message></e></detail>",
                transient("S:Server: 超时"),
            ),
            (
                "<S:Code><S:Value>S:Receiver</S:Value></S:Code><S:Reason><S:Text xml:lang='zh'>数据库连接超时</S:Text></S:Reason>",
                transient("S:Receiver: 数据库连接超时"),
            ),
            (
                "<Code><Value>env:Sender</Value><Subcode><Value>m:NoRight</Value></Subcode></Code><Reason><Text xml:lang='en'>no right</Text><Text xml:lang='zh-CN'>没有权限</Text></Reason>",
                refused("env:Sender/m:NoRight: 没有权限"),
            ),
            (
                "<Code><Value>S:Sender</Value></Code><Reason><Text>a</Text><Text>b</Text></Reason>",
                refused("S:Sender: a"),
            ),
            (
                "<Code><Value>S:MustUnderstand</Value></Code><Detail><t>头部无法识别</t></Detail>",
                refused("S:MustUnderstand: 头部无法识别"),
            ),
            ("", refused(": ")),
        ] {
            check(xml, &wanted);
        }
    }

    #[test]
    fn a_long_reason_is_cut() {
        let AdapterError::Refused { reason } = error_of(&serde_json::json!({ "faultstring": "错".repeat(1_000) }))
        else {
            panic!("refused")
        };
        assert!(reason.chars().count() < 2 * MAX_WORDS);
    }
}
