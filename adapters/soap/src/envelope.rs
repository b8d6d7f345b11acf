//! SOAP's envelope: 1.1 (W3C note of 8 May 2000, §4) and 1.2 (part 1, §5) are spoken and understood.

mod fault;
mod multi_ref;

use huiliu_adapter_http::{CallError, Envelope};
use huiliu_expression::{FormCharset, Template};
use serde::Deserialize;
use serde_json::Value;

/// The version of SOAP that is spoken; answers of both are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(crate) enum Version {
    /// 1.1: `text/xml`, the action in `SOAPAction`.
    #[default]
    #[serde(rename = "1.1")]
    V1_1,
    /// 1.2: `application/soap+xml`, the action in the content type.
    #[serde(rename = "1.2")]
    V1_2,
}

impl Version {
    /// The envelope around every call, with these headers, written in `charset`.
    pub(crate) fn envelope(self, headers: Vec<Template>, charset: FormCharset) -> Envelope {
        let namespace = match self {
            Self::V1_1 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V1_2 => "http://www.w3.org/2003/05/soap-envelope",
        };
        Envelope {
            open: format!(
                r#"<?xml version="1.0" encoding="{}"?><soap:Envelope xmlns:soap="{namespace}">"#,
                charset.label()
            ),
            headers,
            around_headers: ("<soap:Header>", "</soap:Header>"),
            before: "<soap:Body>",
            after: "</soap:Body></soap:Envelope>",
            unwrap: body_of,
        }
    }

    /// The header fields that say what is sent, and to which action.
    pub(crate) fn http_headers(self, action: &str, charset: FormCharset) -> Vec<(&'static str, String)> {
        let charset = charset.label().to_ascii_lowercase();
        match self {
            Self::V1_1 => {
                vec![("content-type", format!("text/xml; charset={charset}")), ("soapaction", format!("\"{action}\""))]
            }
            Self::V1_2 if action.is_empty() => {
                vec![("content-type", format!("application/soap+xml; charset={charset}"))]
            }
            Self::V1_2 => {
                vec![("content-type", format!("application/soap+xml; charset={charset}; action=\"{action}\""))]
            }
        }
    }
}

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
