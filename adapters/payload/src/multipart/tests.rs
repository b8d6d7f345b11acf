use serde_json::json;

use super::*;
use crate::{Format, FormatKind};

fn check(payload: &[u8], content_type: Option<&str>, wanted: &Value) {
    let parsed = Format::new(FormatKind::Xml).parse_as(payload, content_type).map(|parsed| parsed.tree);
    assert_eq!(parsed.as_ref(), Ok(wanted), "{}", String::from_utf8_lossy(payload));
}

const XOP: &str =
    "<a><photo><x:Include xmlns:x='http://www.w3.org/2004/08/xop/include' href='cid:p1%40h'/></photo></a>";

#[test]
fn a_document_with_its_attachments_is_read_as_one() {
    let binary = [
        format!("--b 1\r\nContent-Type: application/xop+xml\r\nContent-ID: <root>\r\n\r\n{XOP}\r\n").as_bytes(),
        b"--b 1 \r\nContent-Id:\r\n <p1@h>\r\nContent-Transfer-Encoding: BINARY\r\n\r\n\xFF\xD8\r\n--b 10\r\n\r\n--b 1--\r\n",
    ]
    .concat();
    let wanted = json!({"a": {"photo": STANDARD.encode(b"\xFF\xD8\r\n--b 10\r\n")}});
    check(&binary, None, &wanted);
    check(&[b"preamble\r\n", &binary[..]].concat(), Some("Multipart/Related; type=\"a;b\"; boundary=\"b 1\""), &wanted);
}

#[test]
fn the_start_parameter_names_the_document() {
    let payload = "--b\nContent-ID: <p1@h>\nContent-Transfer-Encoding: base64\n\n/9\n g=\n--b\nContent-ID: <r>\n\n<a><photo href=\"cid:p1@h\"/></a>\n--b--";
    check(payload.as_bytes(), Some("multipart/related; start=\"<r>\";boundary=b"), &json!({"a": {"photo": "/9g="}}));
}

#[test]
fn transfer_encodings_of_the_document_are_undone() {
    let wanted = json!({"a": "路=灯"});
    for (encoding, content) in [
        ("quoted-printable", "<a>=E8=B7=AF=3D=\r\n=E7=81=AF</a>"),
        ("Base64", "PGE+6Lev\r\nPeeBrzwvYT4="),
        ("base64", "PGE+6LevPeeBrzwvYT4"),
        ("8bit", "<a>路=灯</a>"),
        ("", "\u{FEFF}<a>路=灯</a>"),
    ] {
        let payload = format!("--b\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}\r\n--b--\r\n");
        check(payload.as_bytes(), None, &wanted);
    }
    check("--b\r\n\r\n<a>路=灯</a>".as_bytes(), None, &wanted);
}

#[test]
fn parts_that_are_not_there_and_too_much_of_them_stay_references() {
    check(b"--b\n\n<a><p href='cid:x'/></a>\n--b--", None, &json!({"a": {"p": {"@href": "cid:x"}}}));
    let many = "<p href='cid:x'/>".repeat(100);
    let payload = format!("--b\n\n<a>{many}</a>\n--b\nContent-ID: x\n\n{}\n--b--", "x".repeat(6_000));
    let tree = Format::new(FormatKind::Xml).parse(payload.as_bytes()).map(|parsed| parsed.tree).unwrap_or_default();
    assert!(tree.to_string().len() < 3 * payload.len());
}

#[test]
fn what_has_no_parts_is_malformed() {
    for (payload, content_type) in [
        (&b"<a/>"[..], Some("multipart/related; boundary=b")),
        (b"--b--", Some("multipart/related; boundary=b")),
        (b"--b\nContent-ID: x", None),
    ] {
        assert!(Format::new(FormatKind::Xml).parse_as(payload, content_type).is_err());
    }
    let many = "--b\n\n\n".repeat(MAX_PARTS + 2);
    assert!(Format::new(FormatKind::Xml).parse(many.as_bytes()).is_err());
}
