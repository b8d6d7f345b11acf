//! Photos that people send: pictures by their content, written anew without what they tell beside the picture. A phone puts the place, the
//! time and its own number into every photo; programs that change them leave texts and small copies of the original. Whatever follows the end
//! of the picture goes too: a file that is a picture for one reader and something else for another is a picture only.

mod jpeg;

use bytes::Bytes;
use img_parts::png::Png;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;

/// Most points of a picture: what opens it needs four bytes for each.
const MAX_POINTS: u64 = 100_000_000;
/// What of a PNG makes the picture: its points, its colours but for profiles, its movement; each with its most bytes.
const PNG_KEPT: [(&[u8; 4], usize); 14] = [
    (b"IHDR", 13),
    (b"PLTE", 768),
    (b"IDAT", usize::MAX),
    (b"IEND", 0),
    (b"tRNS", 256),
    (b"cHRM", 32),
    (b"gAMA", 4),
    (b"sBIT", 4),
    (b"sRGB", 1),
    (b"bKGD", 6),
    (b"pHYs", 9),
    (b"acTL", 8),
    (b"fcTL", 26),
    (b"fdAT", usize::MAX),
];
/// What of a WebP makes the picture.
const WEBP_KEPT: [&[u8; 4]; 6] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"];
/// The marks of `VP8X` that say that a colour profile, EXIF and XMP follow.
const WEBP_METADATA: u8 = 0b0010_1100;

/// A photo without what it tells beside the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The ending of its name.
    pub ending: &'static str,
    /// The picture.
    pub bytes: Bytes,
}

impl Photo {
    /// Its media type.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.ending {
            "png" => "image/png",
            "webp" => "image/webp",
            _ => "image/jpeg",
        }
    }
}

/// Why something is not taken as a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPhoto {
    /// It is no JPEG, PNG or WebP, whatever its name says.
    Kind,
    /// It is damaged.
    Damaged,
    /// It has more points than [`MAX_POINTS`].
    Points,
}

impl NoPhoto {
    /// The same in Chinese and in English, for who sent it.
    #[must_use]
    pub fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Kind => ("照片只收 JPEG、PNG、WebP", "a photo is a JPEG, a PNG or a WebP"),
            Self::Damaged => ("照片已损坏，请重新拍一张", "the photo is damaged; take another"),
            Self::Points => ("照片像素太多，请用普通尺寸", "the photo has too many points; take a smaller one"),
        }
    }
}

/// Reads what was sent as a photo.
///
/// # Errors
/// It is none, is damaged, or is too large.
pub fn read(sent: Bytes) -> Result<Photo, NoPhoto> {
    match sent.as_ref() {
        [0xFF, 0xD8, 0xFF, ..] => {
            let (bytes, size) = jpeg::plain(&sent).ok_or(NoPhoto::Damaged)?;
            bounded(Some(size)).map(|()| Photo { ending: "jpg", bytes })
        }
        [0x89, b'P', b'N', b'G', ..] => png(sent),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(sent),
        _ => Err(NoPhoto::Kind),
    }
}

fn bounded(size: Option<(u32, u32)>) -> Result<(), NoPhoto> {
    let (width, height) = size.filter(|(width, height)| *width > 0 && *height > 0).ok_or(NoPhoto::Damaged)?;
    if u64::from(width) * u64::from(height) > MAX_POINTS { Err(NoPhoto::Points) } else { Ok(()) }
}

fn png(sent: Bytes) -> Result<Photo, NoPhoto> {
    let mut png = Png::from_bytes(sent).map_err(|_damaged| NoPhoto::Damaged)?;
    let is_kept = |kind: [u8; 4], length: usize| PNG_KEPT.iter().any(|(kept, most)| **kept == kind && length <= *most);
    png.chunks_mut().retain(|chunk| is_kept(chunk.kind(), chunk.contents().len()));
    bounded(png.dimensions())?;
    if png.chunks().last().is_none_or(|chunk| &chunk.kind() != b"IEND") {
        return Err(NoPhoto::Damaged);
    }
    Ok(Photo { ending: "png", bytes: png.encoder().bytes() })
}

fn webp(sent: Bytes) -> Result<Photo, NoPhoto> {
    let mut webp = WebP::from_bytes(sent).map_err(|_damaged| NoPhoto::Damaged)?;
    webp.chunks_mut().retain(|chunk| WEBP_KEPT.contains(&&chunk.id()));
    bounded(webp.dimensions())?;
    for chunk in webp.chunks_mut() {
        if &chunk.id() == b"VP8X"
            && let Some(marks) = chunk.content().data()
        {
            let mut marks = marks.to_vec();
            marks.iter_mut().take(1).for_each(|mark| *mark &= !WEBP_METADATA);
            *chunk = RiffChunk::new(*b"VP8X", RiffContent::Data(marks.into()));
        }
    }
    Ok(Photo { ending: "webp", bytes: webp.encoder().bytes() })
}

#[cfg(test)]
mod tests;
