//! JPEG (ITU-T T.81): the segments that make the picture are kept where they are of the form that the standard gives them, and which way up
//! it is; nothing else. What is of an application is written anew.

use bytes::{BufMut as _, Bytes, BytesMut};
use exif::{In, Reader, Tag};

const START: [u8; 2] = [0xFF, 0xD8];
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
/// JFIF's segment of version 1.1 with square points, and without a small copy of the picture.
const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
/// Adobe's segment before the byte that says how colours are transformed.
const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0";
const EXIF: &[u8] = b"Exif\0\0";
/// EXIF with nothing but which way up the picture is, whose value stands at the end: TIFF's head, one entry of tag 0x0112, a short.
const TURNED: [u8; 18] = [b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1];
/// What follows that value: the rest of its four bytes, and no further table.
const TURNED_END: [u8; 6] = [0; 6];

/// The plain picture with its width and height; none where it is damaged.
pub(super) fn plain(sent: &[u8]) -> Option<(Bytes, (u32, u32))> {
    let mut rest = sent.strip_prefix(&START)?;
    let (mut kept, mut turned, mut size) = (BytesMut::with_capacity(sent.len()), None, None);
    loop {
        let (marker, behind) = marker(rest)?;
        rest = behind;
        if marker == END {
            break;
        }
        if is_bare(marker) {
            continue;
        }
        let (content, behind) = content(rest)?;
        rest = behind;
        match marker {
            0xE0 if content.starts_with(b"JFIF\0") => put(&mut kept, marker, JFIF)?,
            0xE1 if content.starts_with(EXIF) => turned = turned.or_else(|| way_up(content)),
            0xEE if content.starts_with(b"Adobe") => {
                let transform = content.get(ADOBE.len()).copied().filter(|transform| *transform <= 2)?;
                put(&mut kept, marker, &[ADOBE, &[transform]].concat())?;
            }
            SCAN => {
                has_form(1, 2, 3, content)?;
                put(&mut kept, marker, content)?;
                let (points, behind) = rest.split_at_checked(scan_length(rest))?;
                kept.put_slice(points);
                rest = behind;
            }
            marker if is_frame(marker) => {
                has_form(6, 3, 0, content)?;
                size = size.or(frame_size(content));
                put(&mut kept, marker, content)?;
            }
            0xDB => put(&mut kept, marker, quantization(content)?)?,
            0xC4 => put(&mut kept, marker, codes(content)?)?,
            // Conditions of arithmetic codes, lines, and the distance of restarts.
            0xCC if content.len() <= 64 && content.len() % 2 == 0 => put(&mut kept, marker, content)?,
            0xDC | 0xDD if content.len() == 2 => put(&mut kept, marker, content)?,
            // Comments, colours by profile, and whatever else is beside the picture.
            _ => {}
        }
    }
    let mut whole = BytesMut::with_capacity(kept.len() + 64);
    whole.put_slice(&START);
    if let Some(turned) = turned {
        put(&mut whole, 0xE1, &[EXIF, &TURNED[..], &turned.to_be_bytes(), &TURNED_END].concat())?;
    }
    whole.put_slice(&kept);
    whole.put_slice(&[0xFF, END]);
    Some((whole.freeze(), size?))
}

/// The next marker, and what follows it.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let rest = bytes.strip_prefix(&[0xFF])?;
    // Any number of fill bytes.
    let at = rest.iter().position(|byte| *byte != 0xFF)?;
    Some((*rest.get(at)?, rest.get(at + 1..)?))
}

/// Whether a marker has no content.
fn is_bare(marker: u8) -> bool {
    matches!(marker, 0x01 | 0xD0..=0xD8)
}

/// Whether a marker begins a frame, which says how large the picture is.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// The content of a segment, and what follows it.
fn content(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}

/// Bytes of points until the next marker that is none of the points' own.
fn scan_length(bytes: &[u8]) -> usize {
    let ends = |pair: &[u8]| matches!(pair, [0xFF, second] if !matches!(second, 0 | 0xD0..=0xD7 | 0xFF));
    bytes.windows(2).position(ends).unwrap_or(bytes.len())
}

/// Whether a segment has as many bytes as its count of parts says: so many before and with the count, for each part, and behind.
fn has_form(before: usize, each: usize, behind: usize, content: &[u8]) -> Option<()> {
    let parts = usize::from(*content.get(before - 1)?);
    (content.len() == before + parts * each + behind).then_some(())
}

/// Tables of quantization, where there is nothing else (B.2.4.1).
fn quantization(content: &[u8]) -> Option<&[u8]> {
    let mut rest = content;
    while let Some((head, behind)) = rest.split_first() {
        let length = match (head >> 4, head & 15) {
            (0, 0..=3) => 64,
            (1, 0..=3) => 128,
            _ => return None,
        };
        rest = behind.get(length..)?;
    }
    Some(content)
}

/// Tables of Huffman codes, where there is nothing else (B.2.4.2).
fn codes(content: &[u8]) -> Option<&[u8]> {
    let mut rest = content;
    while let Some((head, behind)) = rest.split_first() {
        let (counts, symbols) = behind.split_at_checked(16)?;
        let length = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        if head >> 4 > 1 || head & 15 > 3 || length > 256 {
            return None;
        }
        rest = symbols.get(length..)?;
    }
    Some(content)
}

/// Width and height of a frame.
fn frame_size(content: &[u8]) -> Option<(u32, u32)> {
    match content {
        [_, h1, h2, w1, w2, ..] => Some((u16::from_be_bytes([*w1, *w2]).into(), u16::from_be_bytes([*h1, *h2]).into())),
        _ => None,
    }
}

/// Which way up the picture is, where it is turned: 2 to 8.
fn way_up(content: &[u8]) -> Option<u16> {
    let tables = Reader::new().read_raw(content.strip_prefix(EXIF)?.to_vec()).ok()?;
    let way = tables.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    u16::try_from(way).ok().filter(|way| (2..=8).contains(way))
}

fn put(to: &mut BytesMut, marker: u8, content: &[u8]) -> Option<()> {
    let length = u16::try_from(content.len() + 2).ok()?;
    to.put_slice(&[0xFF, marker]);
    to.put_u16(length);
    to.put_slice(content);
    Some(())
}
