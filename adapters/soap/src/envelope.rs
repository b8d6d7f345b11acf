//! SOAP 1.1: the envelope and its faults (W3C note of 8 May 2000, §4).

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_http::{CallError, Envelope};
use serde_json::Value;

/// The envelope around every call.
pub(crate) const SOAP_1_1: Envelope = Envelope {
    before: r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>"#,
    after: "</soap:Body></soap:Envelope>",
    unwrap: body_of,
};

/// The content of `Body`.
///
/// # Errors
/// A fault: transient when the server says it is its own (`faultcode` Server), refused otherwise. Unreadable when the answer is
/// no envelope.
pub(crate) fn body_of(mut tree: Value) -> Result<Value, CallError> {
    let Some(body) = tree.pointer_mut("/Envelope/Body").map(Value::take) else {
        return Err(CallError::Unreadable("the answer is not a SOAP envelope".to_owned()));
    };
    let Some(fault) = body.get("Fault") else { return Ok(body) };
    let text = |name: &str| match fault.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(members)) => members.get("#text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let code = text("faultcode");
    let reason = format!("SOAP fault {code}: {}", text("faultstring").chars().take(200).collect::<String>());
    let class = code.rsplit(':').next().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
    Err(if class == "Server" { AdapterError::transient(reason) } else { AdapterError::refused(reason) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use huiliu_payload::parse_xml;

    fn body(xml: &str) -> Result<Value, CallError> {
        body_of(parse_xml(&format!("<S:Envelope xmlns:S=\"u\"><S:Body>{xml}</S:Body></S:Envelope>")).unwrap())
    }

    #[test]
    fn faults_are_classified_by_whose_they_are() {
        assert_eq!(body("<a><return>1</return></a>").unwrap()["a"]["return"], "1");
        let fault =
            |code: &str| body(&format!("<S:Fault><faultcode>{code}</faultcode><faultstring>x</faultstring></S:Fault>"));
        assert!(matches!(fault("S:Server"), Err(CallError::Failed(AdapterError::Transient { .. }))));
        assert!(matches!(fault("soap:Server.Busy"), Err(CallError::Failed(AdapterError::Transient { .. }))));
        assert!(matches!(fault("S:Client"), Err(CallError::Failed(AdapterError::Refused { .. }))));
        assert!(matches!(body_of(Value::Null), Err(CallError::Unreadable(_))));
    }
}
