//! Texts in records: of UTF-16 or one byte a character since 1997, in a code page before.

use encoding_rs::Encoding;

use crate::workbook::xls::records::{Record, Slice};

/// How texts are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strings {
    /// BIFF8: texts say themselves how wide their characters are.
    pub is_wide: bool,
    /// Code page of the others; `None`: UTF-8 where they are, else GB18030.
    pub encoding: Option<&'static Encoding>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { is_wide: true, encoding: None }
    }
}

impl Strings {
    /// A text whose length is one byte.
    pub(crate) fn short(self, data: &mut Slice<'_>) -> Option<String> {
        let count = usize::from(data.u8()?);
        self.of(count, data)
    }

    /// A text whose length is two bytes.
    pub(crate) fn long(self, data: &mut Slice<'_>) -> Option<String> {
        let count = usize::from(data.u16()?);
        self.of(count, data)
    }

    fn of(self, count: usize, data: &mut Slice<'_>) -> Option<String> {
        if !self.is_wide {
            let bytes = data.bytes(count.min(data.0.len()))?;
            let guessed = self.encoding.unwrap_or_else(|| huiliu_payload::guess(bytes));
            return Some(guessed.decode_without_bom_handling(bytes).0.into_owned());
        }
        let wide = data.u8()? & 1 == 1;
        let mut units = Vec::new();
        take_units(&mut units, count, wide, data);
        Some(String::from_utf16_lossy(&units))
    }
}

/// Takes up to `count` characters, fewer where the data end.
fn take_units(units: &mut Vec<u16>, count: usize, wide: bool, data: &mut Slice<'_>) {
    for _ in 0..count {
        let unit = if wide { data.u16() } else { data.u8().map(u16::from) };
        match unit {
            Some(unit) => units.push(unit),
            None => return,
        }
    }
}

/// The strings that cells share; those behind a damaged one are missing.
pub(crate) fn read_shared(record: &Record<'_>) -> Vec<Box<str>> {
    let mut parts = Parts { data: Slice(record.data), rest: record.continued.iter() };
    parts.data.skip(8);
    std::iter::from_fn(|| parts.string()).collect()
}

/// The data of a record and those that continue it, one after the other.
struct Parts<'a, 'r> {
    data: Slice<'a>,
    rest: std::slice::Iter<'r, &'a [u8]>,
}

impl Parts<'_, '_> {
    /// Goes on to the next data where these are used up.
    fn go_on(&mut self) -> Option<()> {
        while self.data.0.is_empty() {
            self.data = Slice(self.rest.next()?);
        }
        Some(())
    }

    fn string(&mut self) -> Option<Box<str>> {
        self.go_on()?;
        let count = usize::from(self.data.u16()?);
        let flags = self.data.u8()?;
        let runs = if flags & 8 == 8 { usize::from(self.data.u16()?) } else { 0 };
        let phonetic = if flags & 4 == 4 { usize::try_from(self.data.u32()?).ok()? } else { 0 };
        let (mut units, mut wide) = (Vec::new(), flags & 1 == 1);
        loop {
            let missing = count - units.len();
            take_units(&mut units, missing, wide, &mut self.data);
            if units.len() >= count {
                break;
            }
            // Where a text goes on in the next record, its characters may have another width.
            self.data = Slice(self.rest.next()?);
            wide = self.data.u8()? & 1 == 1;
        }
        let mut aside = runs.saturating_mul(4).saturating_add(phonetic);
        while aside > 0 {
            let here = aside.min(self.data.0.len());
            self.data.skip(here);
            aside -= here;
            if aside > 0 && self.go_on().is_none() {
                break;
            }
        }
        Some(String::from_utf16_lossy(&units).into_boxed_str())
    }
}
