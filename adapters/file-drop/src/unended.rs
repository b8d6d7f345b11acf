//! A text file whose last line has no end although the lines before it have one: its writer may only have paused.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Times the settling time that a file without its last line end is left alone before it is taken as it is.
pub(crate) const UNENDED_SETTLE_TIMES: i64 = 7;
/// How much of its beginning is looked at for a line end, in bytes.
const SAMPLE_BYTES: u64 = 64 << 10;

/// Whether the last line has no end and another one has. A file that cannot be read is not waited for.
pub(crate) fn is_unended(path: &Path) -> bool {
    unended(path).unwrap_or(false)
}

fn unended(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size < 2 {
        return Ok(false);
    }
    let (mut beginning, mut end) = (Vec::new(), [0; 2]);
    file.by_ref().take(SAMPLE_BYTES).read_to_end(&mut beginning)?;
    file.seek(SeekFrom::End(-2))?;
    file.read_exact(&mut end)?;
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r' | 0x1A);
    // The line end of UTF-16 in either order; 0x1A is the end of file of DOS.
    let ended = is_end(end[1]) || (end[1] == 0 && is_end(end[0]));
    Ok(!ended && beginning.into_iter().any(|byte| matches!(byte, b'\n' | b'\r')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_last_line_without_an_end_below_lines_with_one_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for (content, expected) in [
            (&b"a,b\n1,2\n"[..], false),
            (b"a,b\r\n1,2", true),
            (b"a,b\r1,2", true),
            (b"a,b", false),
            (b"", false),
            (b"a\n\x1A", false),
            (b"a\0\n\0b\0\n\0", false),
            (b"\0a\0\n\0b\0\n", false),
            (b"a\0\n\0b\0", true),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(is_unended(&path), expected, "{content:?}");
        }
        assert!(!is_unended(&folder.path().join("none.csv")));
    }
}
