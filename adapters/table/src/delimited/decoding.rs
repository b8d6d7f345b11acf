//! Bytes of a file become UTF-8 while they are read.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use huiliu_payload::Charset;

/// How much of a file is looked at to find its encoding.
const SAMPLE_BYTES: usize = 64 << 10;
/// Bytes from the first that is not ASCII on by which an encoding is told.
const TELLING_BYTES: usize = 4 << 10;

/// Decodes what it reads. Sequences that are not text become U+FFFD, which marks their row as broken.
pub(crate) struct DecodingReader<R> {
    source: R,
    decoder: Decoder,
    /// While all was ASCII, which encodings do not differ in: bytes from the first other one on, too few to tell an encoding by.
    undecided: Option<Vec<u8>>,
    pending: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: BufRead> DecodingReader<R> {
    /// Finds the encoding (byte order mark, else as declared, else by the first bytes that are not ASCII: UTF-8 where they are, else GB18030).
    pub(crate) fn new(mut source: R, declared: Charset) -> io::Result<Self> {
        let sample = source.fill_buf()?;
        let encoding = Encoding::for_bom(sample).map(|(encoding, _)| encoding).or_else(|| said(sample, declared));
        Ok(Self {
            source,
            decoder: encoding.unwrap_or(UTF_8).new_decoder_with_bom_removal(),
            undecided: encoding.is_none().then(Vec::new),
            pending: Vec::new(),
            given: 0,
            ended: false,
        })
    }

    fn refill(&mut self) -> io::Result<()> {
        let Some(mut held) = self.undecided.take() else { return self.decode() };
        let input = self.source.fill_buf()?;
        let last = input.is_empty();
        let ascii = if held.is_empty() { Encoding::ascii_valid_up_to(input) } else { 0 };
        let (ascii, other) = input.split_at_checked(ascii).unwrap_or((input, &[]));
        (self.pending, self.given) = (ascii.to_vec(), 0);
        held.extend(other);
        let read = input.len();
        self.source.consume(read);
        if !last && held.len() < TELLING_BYTES {
            self.undecided = Some(held);
            return Ok(());
        }
        self.decoder = guess(&held).new_decoder_without_bom_handling();
        let mut output = vec![0; held.len() * 3 + 16];
        let (_, _, written, _) = self.decoder.decode_to_utf8(&held, &mut output, last);
        output.truncate(written);
        self.pending.extend(output);
        self.ended = last;
        Ok(())
    }

    fn decode(&mut self) -> io::Result<()> {
        let input = self.source.fill_buf()?;
        let last = input.is_empty();
        let mut output = vec![0; input.len() * 3 + 16];
        let (result, read, written, _) = self.decoder.decode_to_utf8(input, &mut output, last);
        output.truncate(written);
        self.source.consume(read);
        (self.pending, self.given) = (output, 0);
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: BufRead> Read for DecodingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.pending.len() && !self.ended {
            self.refill()?;
        }
        let rest = self.pending.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

/// The encoding as declared, or as NULs show it.
fn said(sample: &[u8], declared: Charset) -> Option<&'static Encoding> {
    match declared {
        Charset::Utf8 => Some(UTF_8),
        Charset::Gb18030 => Some(GB18030),
        Charset::Utf16Be => Some(UTF_16BE),
        Charset::Utf16Le => Some(UTF_16LE),
        Charset::Auto => unmarked_utf16(sample),
    }
}

/// The encoding that text seems to be in.
fn guess(sample: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(sample) {
        Err(error) if error.error_len().is_some() => huiliu_payload::guess(sample),
        // The sample may end inside a character.
        _ => UTF_8,
    }
}

/// UTF-16 without a mark: commas, digits and line ends leave NULs on one side, which no text of other encodings has. A text of another encoding
/// may have some NULs where a program wrote the padding of its fields.
fn unmarked_utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let nuls = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let few = sample.len() / 100;
    let is_utf8 = std::str::from_utf8(sample).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_utf8 && (even + odd) * 4 < sample.len() {
        return None;
    }
    let parts = |mark: usize| {
        let pairs = sample.chunks_exact(2).filter_map(|pair| Some((pair.get(1 - mark)?, pair.get(mark)?)));
        let marks = pairs.filter(|(_, nul)| **nul == 0).map(|(byte, _)| *byte);
        marks.clone().all(|byte| byte.is_ascii()) && marks.into_iter().any(|byte| b",;|\t\r\n".contains(&byte))
    };
    match (even, odd) {
        (even, odd) if odd > few && odd > 8 * even && parts(1) => Some(UTF_16LE),
        (even, odd) if even > few && even > 8 * odd && parts(0) => Some(UTF_16BE),
        _ => None,
    }
}

/// Size of the buffer under a [`DecodingReader`], which is also the sample.
pub(crate) const BUFFER_BYTES: usize = SAMPLE_BYTES;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], capacity: usize) -> String {
        let source = io::BufReader::with_capacity(capacity, bytes);
        let mut text = String::new();
        DecodingReader::new(source, Charset::Auto).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn characters_cut_by_the_buffer_are_whole_again() {
        let text = "工单编号,内容\n1,建设路路灯不亮\n".repeat(50);
        let (gb, ..) = GB18030.encode(&text);
        for capacity in [7, 64, 4096] {
            assert_eq!(read(&gb, capacity), text, "GB18030, {capacity}");
            assert_eq!(read(format!("\u{FEFF}{text}").as_bytes(), capacity), text, "UTF-8 with mark, {capacity}");
        }
        assert_eq!(read(b"", 64), "");
        assert_eq!(read("a路".as_bytes(), 2), "a路");
        assert_eq!(read(b"a,\xC2", 2), "a,\u{FFFD}");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&utf16, 4096), text, "UTF-16 without mark");
    }

    #[test]
    fn the_encoding_is_told_where_text_is_no_longer_ascii() {
        for before in [SAMPLE_BYTES - 1, SAMPLE_BYTES, 3 * SAMPLE_BYTES + 7] {
            let text = format!("{}建设路路灯不亮\n{}", "a".repeat(before), "文化路井盖丢失\n".repeat(2_000));
            let (gb, ..) = GB18030.encode(&text);
            assert!(read(&gb, BUFFER_BYTES) == text, "GB18030, {before}");
            assert!(read(text.as_bytes(), BUFFER_BYTES) == text, "UTF-8, {before}");
        }
    }
}
