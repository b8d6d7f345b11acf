use super::*;

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xFF, marker][..], &length.to_be_bytes(), content].concat()
}

/// EXIF with the way up and, in a table of its own, a place.
fn exif(way: u16) -> Vec<u8> {
    let mut tables = vec![b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 2];
    tables.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    tables.extend(way.to_be_bytes());
    tables.extend([0, 0]);
    tables.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0]);
    tables.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    [b"Exif\0\0", tables.as_slice()].concat()
}

/// A photo as a phone takes it: with place, texts, a small copy, a second picture and a film behind it.
fn of_phone(way: u16) -> Vec<u8> {
    let frame = segment(0xC0, &[8, 0x0B, 0xB8, 0x0F, 0xA0, 1, 1, 0x11, 0]);
    [
        vec![0xFF, 0xD8],
        segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01SECRET-COPY"),
        segment(0xE1, &exif(way)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0SECRET-XMP"),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01SECRET-COLOURS"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01SECRET-ADOBE"),
        segment(0xF0, b"SECRET-EXTENSION"),
        segment(0xE2, b"MPF\0SECRET-SECOND"),
        segment(0xED, b"Photoshop 3.0\0SECRET-IPTC"),
        segment(0xFE, b"SECRET-COMMENT"),
        segment(0xDB, &[0; 65]),
        frame,
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4],
        segment(0xFE, b"SECRET-BETWEEN"),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![5, 6, 0xFF, 0xD9],
        b"<script>SECRET-BEHIND</script>".to_vec(),
    ]
    .concat()
}

#[test]
fn a_photo_keeps_the_picture_and_which_way_up_it_is() {
    let photo = read(of_phone(6).into()).unwrap();
    let text = String::from_utf8_lossy(&photo.bytes).into_owned();
    assert!(!text.contains("SECRET") && !text.contains("script"), "{text}");
    assert_eq!(photo.ending, "jpg");
    for kept in [&b"Adobe\0\x64"[..], b"JFIF", &[1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4], &[5, 6, 0xFF, 0xD9]] {
        assert!(photo.bytes.windows(kept.len()).any(|found| found == kept), "{kept:?}");
    }
    let mut reader = std::io::Cursor::new(photo.bytes.to_vec());
    let tables = exif::Reader::new().read_from_container(&mut reader).unwrap();
    let fields: Vec<(exif::Tag, Option<u32>)> =
        tables.fields().map(|field| (field.tag, field.value.get_uint(0))).collect();
    assert_eq!(fields, [(exif::Tag::Orientation, Some(6))], "and nothing else");
    let upright = read(of_phone(1).into()).unwrap();
    assert!(!upright.bytes.windows(4).any(|found| found == b"Exif"), "an upright picture needs no EXIF");
    assert_eq!(read(photo.bytes.clone()), Ok(photo), "what is plain stays as it is");
}

#[test]
fn what_is_no_whole_picture_is_no_photo() {
    let whole = of_phone(6);
    let end = whole.len() - b"<script>SECRET-BEHIND</script>".len();
    for cut in 0..end {
        assert!(read(Bytes::copy_from_slice(whole.get(..cut).unwrap())).is_err(), "{cut}");
    }
    let cases: [(&[u8], NoPhoto); 6] = [
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", NoPhoto::Kind),
        (b"<html><body>", NoPhoto::Kind),
        (b"GIF89a", NoPhoto::Kind),
        (b"%PDF-1.7", NoPhoto::Kind),
        (b"", NoPhoto::Kind),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR", NoPhoto::Damaged),
    ];
    for (sent, reason) in cases {
        assert_eq!(read(Bytes::copy_from_slice(sent)), Err(reason), "{sent:?}");
    }
}

/// A table that is none carries something else.
#[test]
fn tables_that_are_not_of_their_form_are_no_picture() {
    let frame = segment(0xC0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    let scan = segment(0xDA, &[1, 1, 0, 0, 63, 0]);
    let whole = |tables: Vec<u8>, frame: &[u8], scan: &[u8]| {
        read([&[0xFF, 0xD8][..], &tables, frame, scan, &[1, 0xFF, 0xD9]].concat().into())
    };
    let codes = [&[0_u8][..], &[1], &[0; 15], &[7]].concat();
    let good = [segment(0xDB, &[0; 65]), segment(0xC4, &codes), segment(0xDD, &[0, 8])].concat();
    assert!(whole(good, &frame, &scan).is_ok());
    let payload = b"<script>alert(1)</script>";
    for (marker, content) in [
        (0xDB, payload.to_vec()),
        (0xDB, [&[0; 65][..], payload].concat()),
        (0xC4, [codes.as_slice(), payload].concat()),
        (0xC4, vec![0; 5]),
    ] {
        assert_eq!(whole(segment(marker, &content), &frame, &scan), Err(NoPhoto::Damaged), "{marker:x}");
    }
    let longer = |segment_of: &dyn Fn(&[u8]) -> Vec<u8>, content: &[u8]| segment_of(&[content, payload].concat());
    let frame_with = longer(&|content| segment(0xC0, content), &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    let scan_with = longer(&|content| segment(0xDA, content), &[1, 1, 0, 0, 63, 0]);
    assert_eq!(whole(Vec::new(), &frame_with, &scan), Err(NoPhoto::Damaged));
    assert_eq!(whole(Vec::new(), &frame, &scan_with), Err(NoPhoto::Damaged));
    let dropped = whole(segment(0xDD, payload), &frame, &scan).unwrap();
    assert!(!dropped.bytes.windows(6).any(|found| found == b"script"));
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    let huge = [
        vec![0xFF, 0xD8],
        segment(0xC0, &[8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 0xFF, 0xD9],
    ];
    assert_eq!(read(huge.concat().into()), Err(NoPhoto::Points));
}

#[test]
fn texts_of_a_png_and_of_a_webp_are_gone() {
    use img_parts::png::PngChunk;
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0];
    let chunk =
        |kind: &[u8; 4], content: &[u8]| PngChunk::new(*kind, Bytes::copy_from_slice(content)).encoder().bytes();
    let png = [
        Bytes::from_static(b"\x89PNG\r\n\x1a\n"),
        chunk(b"IHDR", &header),
        chunk(b"tEXt", b"Comment\0SECRET"),
        chunk(b"iCCP", b"SECRET"),
        chunk(b"gAMA", b"\0\0\0\x01SECRET"),
        chunk(b"eXIf", b"MM\0*SECRET"),
        chunk(b"IDAT", b"points"),
        chunk(b"IEND", b""),
        Bytes::from_static(b"SECRET behind"),
    ];
    let photo = read(png.concat().into()).unwrap();
    assert_eq!((photo.ending, photo.bytes.windows(6).any(|found| found == b"SECRET")), ("png", false));
    assert!(photo.bytes.windows(6).any(|found| found == b"points"));

    let part =
        |id: &[u8; 4], content: &[u8]| [id, &u32::try_from(content.len()).unwrap().to_le_bytes()[..], content].concat();
    let parts = [
        part(b"VP8X", &[WEBP_METADATA, 0, 0, 0, 9, 0, 0, 9, 0, 0]),
        part(b"VP8L", b"points"),
        part(b"EXIF", b"SECRET"),
        part(b"XMP ", b"SECRET"),
    ];
    let photo = read(part(b"RIFF", &[&b"WEBP"[..], &parts.concat()].concat()).into()).unwrap();
    assert_eq!((photo.ending, photo.bytes.windows(6).any(|found| found == b"SECRET")), ("webp", false));
    let marks = photo.bytes.windows(4).position(|found| found == b"VP8X").unwrap() + 8;
    assert_eq!(photo.bytes.get(marks), Some(&0));
}
