//! SOAP's envelope: 1.1 is spoken (W3C note of 8 May 2000, §4), answers of 1.1 and 1.2 are understood.

mod fault;
mod multi_ref;

use huiliu_adapter_http::{CallError, Envelope};
use serde_json::Value;

/// The envelope around every call.
pub(crate) const SOAP_1_1: Envelope = Envelope {
    before: r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>"#,
    after: "</soap:Body></soap:Envelope>",
    unwrap: body_of,
};

/// The content of `Body`, with the values that it refers to in their places.
///
/// # Errors
/// A fault: transient when the server says that it is its own, refused otherwise. Unreadable when the answer is no envelope.
pub(crate) fn body_of(mut tree: Value) -> Result<Value, CallError> {
    let Some(body) = tree.pointer_mut("/Envelope/Body").map(Value::take) else {
        return Err(CallError::Unreadable("the answer is not a SOAP envelope".to_owned()));
    };
    match body.get("Fault") {
        Some(fault) => Err(fault::error_of(fault).into()),
        None => Ok(multi_ref::resolved(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huiliu_adapter_api::AdapterError;
    use huiliu_payload::parse_xml;

    fn body(xml: &str) -> Result<Value, CallError> {
        body_of(parse_xml(&format!("<S:Envelope xmlns:S=\"u\"><S:Body>{xml}</S:Body></S:Envelope>")).unwrap())
    }

    #[test]
    fn a_body_a_fault_and_anything_else_are_told_apart() {
        assert_eq!(body("<a><return>1</return></a>").unwrap()["a"]["return"], "1");
        let refused = body("<S:Fault><faultcode>S:Client</faultcode><faultstring>x</faultstring></S:Fault>");
        assert!(matches!(refused, Err(CallError::Failed(AdapterError::Refused { .. }))));
        assert!(matches!(body_of(Value::Null), Err(CallError::Unreadable(_))));
    }
}
