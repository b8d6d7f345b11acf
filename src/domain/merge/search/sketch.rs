//! Signatures: a complaint's tokens in one cache line, by which the likeness of two texts is estimated without reading either.

/// Words of a sketch.
const WORDS: usize = 7;
/// Bits of a sketch.
const BITS: usize = WORDS * 64;

/// A set of tokens, hashed to bits (a Bloom filter with one hash function).
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Sketch {
    bits: [u64; WORDS],
    /// How many bits are set.
    count: u32,
    /// One over the root of `count`.
    scale: f32,
}

impl Default for Sketch {
    fn default() -> Self {
        Self::new(std::iter::empty())
    }
}

impl Sketch {
    /// From the fingerprints of all tokens of a complaint: what is rare today may be common in tomorrow's flood.
    pub(super) fn new(fingerprints: impl Iterator<Item = u16>) -> Self {
        let mut bits = [0_u64; WORDS];
        for fingerprint in fingerprints {
            let bit = (usize::from(fingerprint) * BITS) >> u16::BITS;
            if let Some(word) = bits.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        let count: u32 = bits.iter().map(|word| word.count_ones()).sum();
        #[expect(clippy::cast_precision_loss, reason = "a count below 449")]
        let scale = (count.max(1) as f32).sqrt().recip();
        Self { bits, count, scale }
    }

    /// How many bits are set.
    pub(super) fn count(&self) -> u32 {
        self.count
    }
}

/// How alike others are to a complaint, others in their order: the common bits beyond those that chance sets in both, over the
/// root of the other's bits. Orders them about as the cosine does.
#[multiversion::multiversion(targets("x86_64+popcnt"))]
#[expect(clippy::cast_precision_loss, reason = "counts below 449")]
pub(super) fn likenesses(own: &Sketch, others: &[&Sketch]) -> Vec<f32> {
    let likeness = |other: &&Sketch| {
        let both: u32 = own.bits.iter().zip(&other.bits).map(|(ours, theirs)| (ours & theirs).count_ones()).sum();
        let by_chance = own.count as f32 * other.count as f32 / BITS as f32;
        (both as f32 - by_chance) * other.scale
    };
    others.iter().map(likeness).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::reading::{fingerprint, tokens_of};
    use super::*;

    fn sketch(text: &str) -> Sketch {
        Sketch::new(tokens_of(text).into_iter().map(fingerprint))
    }

    #[test]
    fn what_shares_more_is_more_alike() {
        let asked = sketch("丽景花园三栋二单元的电梯从上周起一直停运，老人出不了门，物业不修");
        let others = [
            "丽景花园三栋的电梯从上周起停运，老人出不了门",
            "丽景花园西门外的烧烤摊每晚营业到凌晨，油烟很大",
            "二环路与建设路口的红绿灯坏了两天，早高峰堵得厉害",
            "",
        ]
        .map(sketch);
        let [copy, neighbour, stranger, nothing] = *likenesses(&asked, &others.each_ref()) else {
            panic!("one for each")
        };
        assert!(copy > neighbour && neighbour > stranger, "{copy} {neighbour} {stranger}");
        assert!(nothing <= 0.0, "nothing is like nothing");
    }
}
