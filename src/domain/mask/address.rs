//! Addresses of files: people's telephone numbers and names stand in them as names of files, as they are or percent-encoded. What is
//! masked leads nowhere, so that less counts as somebody's number than in a text: systems name files by times and numbers of their own.

use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};

use super::{Found, Mask, PersonalData, find, shown};

impl Mask<'_> {
    /// The address of a file as the reader may see it.
    #[must_use]
    pub fn address(&self, url: &str) -> String {
        let as_written = self.hidden(url);
        if as_written != url {
            return as_written;
        }
        let decoded = percent_decode_str(url).decode_utf8_lossy();
        let masked = self.hidden(&decoded);
        if masked == decoded { url.to_owned() } else { utf8_percent_encode(&masked, CONTROLS).to_string() }
    }

    fn hidden(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for found in find(text, self.known) {
            let piece = text.get(found.range.clone()).unwrap_or_default();
            if self.shown.contains(&found.kind) || !is_somebodys(text, &found, piece) {
                continue;
            }
            masked.push_str(text.get(end..found.range.start).unwrap_or_default());
            masked.push_str(&shown::shown(found.kind, piece));
            end = found.range.end;
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        masked
    }
}

/// Whether what was found is somebody's in an address, too: a name, or a telephone number as it is written in full.
fn is_somebodys(text: &str, found: &Found, piece: &str) -> bool {
    match found.kind {
        PersonalData::Name => true,
        PersonalData::Phone => {
            let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let before = text.get(..found.range.start).and_then(|before| before.chars().next_back());
            let after = text.get(found.range.end..).and_then(|after| after.chars().next());
            !is_digit(before) && !is_digit(after) && is_written_in_full(piece)
        }
        _ => false,
    }
}

/// Whether these are the eleven digits of a mobile number, or an area code, a sign, and a number.
fn is_written_in_full(piece: &str) -> bool {
    let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
    let own = digits.strip_prefix("86").filter(|own| own.len() == 11).unwrap_or(&digits);
    let is_mobile = own.len() == 11 && own.starts_with('1');
    is_mobile || (digits.starts_with('0') && digits.len() < piece.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_name_is_hidden_and_any_other_address_leads_to_its_file() {
        let names = ["张小三"];
        let mask = Mask { shown: &[], known: &names };
        for (url, hidden) in [
            ("https://f.example/13800001111.jpg", "13800001111"),
            ("https://f.example/up/13800001111_2.jpg?tel=13800001111", "13800001111"),
            ("https://f.example/up/8613800001111.jpg", "0000"),
            ("https://f.example/138-0000-1111.jpg", "0000"),
            ("https://f.example/138%2D0000%2D1111.jpg", "0000"),
            ("https://f.example/0631-7562345.wav", "7562345"),
            ("https://f.example/%E5%BC%A0%E5%B0%8F%E4%B8%89.jpg", "%E5%B0%8F%E4%B8%89"),
            ("https://f.example/张小三.jpg", "小三"),
        ] {
            let shown = mask.address(url);
            assert!(!shown.contains(hidden) && shown.starts_with("https://f.example/"), "{url}: {shown}");
        }
        for url in [
            "https://f.example/2026/11/26/1764123456789.jpg",
            "https://f.example/upload/20261126083000123456.png",
            "https://f.example/a?id=202611260001&v=3",
            "https://f.example/6217994510001234566.pdf",
            "https://f.example/8f14e45f-ceea-467f-a9d5-6b1c1f0e13f0.mp4",
            "https://f.example/1幢501室.jpg",
            "https://f.example/%E7%8E%B0%E5%9C%BA.jpg",
        ] {
            assert_eq!(mask.address(url), url);
        }
        let phone = "https://f.example/13800001111.jpg";
        assert_eq!(Mask { shown: &[PersonalData::Phone], known: &names }.address(phone), phone, "who sees numbers");
    }
}
