//! The records of a stream.

/// A record with those that continue it.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub kind: u16,
    pub data: &'a [u8],
    pub continued: Vec<&'a [u8]>,
}

/// Kind of a record that continues the one before.
const CONTINUE: u16 = 0x003C;

/// The records of a stream, until it ends or breaks off.
pub(crate) struct Records<'a> {
    stream: Slice<'a>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(stream: &'a [u8]) -> Self {
        Self { stream: Slice(stream) }
    }

    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (self.stream.u16()?, self.stream.u16()?);
        Some((kind, self.stream.bytes(usize::from(length))?))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, data) = self.one()?;
        let mut continued = Vec::new();
        while self.stream.clone().u16() == Some(CONTINUE) {
            match self.one() {
                Some((_, more)) => continued.push(more),
                None => break,
            }
        }
        Some(Record { kind, data, continued })
    }
}

/// Bytes that are taken from the front.
#[derive(Debug, Clone)]
pub(crate) struct Slice<'a>(pub &'a [u8]);

impl<'a> Slice<'a> {
    /// The next bytes; `None`, and nothing taken, where there are fewer.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.0 = self.0.get(count..).unwrap_or_default();
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(*self.bytes(2)?.first_chunk()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.bytes(4)?.first_chunk()?))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.bytes(8)?.first_chunk()?))
    }
}
