//! Documents of markup that programs write as `.xls`: read whole, within bounds.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use encoding_rs::Encoding;

use crate::event::Reason;

/// Largest document, in bytes.
const MAX_MARKUP_BYTES: u64 = 64 << 20;
/// How much of a document is looked at to find its encoding, in bytes.
const HEAD_BYTES: usize = 4 << 10;

/// The text of a document, in the encoding of its mark, else as its head says where that is true of it, else as it seems.
///
/// # Errors
/// It cannot be read, or is too large.
pub(crate) fn read_markup(path: &Path) -> Result<String, Reason> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| Reason::of(&error))?;
    file.take(MAX_MARKUP_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Reason::of(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_MARKUP_BYTES {
        return Err(Reason::new(
            format!("超过 {MAX_MARKUP_BYTES} 字节；请另存为 .xlsx 或 CSV"),
            format!("larger than {MAX_MARKUP_BYTES} bytes; save it as .xlsx or CSV"),
        ));
    }
    let encoding = Encoding::for_bom(&bytes).map_or_else(|| stated(&bytes), |(encoding, _)| encoding);
    Ok(encoding.decode(&bytes).0.into_owned())
}

fn stated(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return encoding_rs::UTF_8;
    }
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).to_ascii_lowercase();
    let label = head.split_once("charset=").or_else(|| head.split_once("encoding=")).map(|(_, rest)| rest);
    let label: Option<String> = label.map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
    });
    let named = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    match named {
        Some(named) if named != encoding_rs::UTF_8 => named,
        _ => huiliu_payload::guess(bytes),
    }
}
