//! Bytes as text without loss: what is UTF-8 reads as what it says, and every other byte becomes a character of its own that stands for it.
//! Signatures are computed over bytes, of which a decoding that mends damage or drops a byte order mark would make others.

/// Before the first character that stands for a byte; bytes below 0x80 are always UTF-8. The last of plane 16, which nobody writes.
const BASE: u32 = 0x10_FF00;

/// The text that stands for the bytes. A byte order mark stays; where real text has a character that stands for a byte, its own bytes are
/// stood for, so that `raw_bytes` gives back what came in any case.
#[must_use]
pub fn raw_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte_of(c) {
                None => text.push(c),
                Some(_) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.extend(stand_in(byte))),
            }
        }
        text.extend(chunk.invalid().iter().filter_map(|byte| stand_in(*byte)));
    }
    text
}

/// The bytes that a text stands for.
pub(crate) fn raw_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The byte that a character stands for.
pub(crate) fn byte_of(c: char) -> Option<u8> {
    let byte = u32::from(c).checked_sub(BASE).and_then(|byte| u8::try_from(byte).ok())?;
    (byte >= 0x80).then_some(byte)
}

fn stand_in(byte: u8) -> Option<char> {
    char::from_u32(BASE + u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_comes_back_as_it_came() {
        let stands_in = "\u{10FFC2}\u{10FFFF}";
        for bytes in [
            &b""[..],
            b"a=1&b=2",
            "\u{FEFF}{\"t\":\"路灯\"}".as_bytes(),
            b"\xC2\xB7\xB5\xC6",
            b"\xE8\xB7\xAF\xE7\x81",
            b"\xFF\xFE\x00\x80\xED\xA0\xBD",
            stands_in.as_bytes(),
            &(0..=255).collect::<Vec<u8>>(),
        ] {
            assert_eq!(raw_bytes(&raw_text(bytes)), bytes, "{bytes:x?}");
        }
        assert_eq!(raw_text("路灯\r\n".as_bytes()), "路灯\r\n");
    }
}
