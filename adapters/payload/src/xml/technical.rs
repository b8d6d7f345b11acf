//! What markup says to machines: it is no part of any value.

/// Whether an attribute belongs to one of the technical namespaces: by the namespace that its prefix is bound to, or, where it is bound to
/// none (a fragment taken out of its document), by the prefix that everybody uses.
pub(super) fn is_technical(namespace: Option<&str>, prefix: &str) -> bool {
    match namespace {
        Some(namespace) => {
            is_instance(namespace)
                || matches!(
                    namespace,
                    "http://www.w3.org/XML/1998/namespace"
                        | "http://schemas.xmlsoap.org/soap/envelope/"
                        | "http://schemas.xmlsoap.org/soap/encoding/"
                        | "http://www.w3.org/2003/05/soap-envelope"
                        | "http://www.w3.org/2003/05/soap-encoding"
                        | "http://schemas.microsoft.com/2003/10/Serialization/"
                        | "urn:schemas-microsoft-com:xml-diffgram-v1"
                        | "urn:schemas-microsoft-com:xml-msdata"
                        | "http://www.w3.org/2005/05/xmlmime"
                )
                || (namespace.starts_with("http://docs.oasis-open.org/wss/") && namespace.contains("wssecurity"))
        }
        None => matches!(
            prefix,
            "xsi" | "xml" | "soapenv" | "soap" | "SOAP-ENV" | "soapenc" | "SOAP-ENC" | "diffgr" | "msdata" | "wsu"
        ),
    }
}

/// Whether a namespace is that of XML Schema instances, whose `nil` says that an element has no value.
pub(super) fn is_instance(namespace: &str) -> bool {
    matches!(
        namespace,
        "http://www.w3.org/2001/XMLSchema-instance"
            | "http://www.w3.org/2000/10/XMLSchema-instance"
            | "http://www.w3.org/1999/XMLSchema-instance"
    )
}
