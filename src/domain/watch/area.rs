//! Where something is counted: in the whole city, or in each division of one level.

use serde::Deserialize;

use crate::complaint::{Division, WHOLE_CITY};

/// The level of the divisions in which something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaLevel {
    /// 全域: the whole city.
    #[default]
    City,
    /// 区县: the first six digits of a division's code (GB/T 2260).
    County,
    /// 街道、乡镇: the first nine (GB/T 10114).
    Street,
    /// 社区、村: all twelve.
    Community,
}

impl AreaLevel {
    /// How many digits of a division's code say which one it is; none for the whole city.
    fn digits(self) -> Option<u8> {
        match self {
            Self::City => None,
            Self::County => Some(6),
            Self::Street => Some(9),
            Self::Community => Some(12),
        }
    }

    /// The area of this level in which a division lies: the beginning of its code, or a code of another kind whole. None where the
    /// division is wider than that.
    #[must_use]
    pub fn area(self, district: &str) -> Option<String> {
        let Some(digits) = self.digits() else { return Some(WHOLE_CITY.to_owned()) };
        match Division::of(district).depth() {
            0 => (!district.is_empty()).then(|| district.to_owned()),
            depth if depth >= digits => Some(district.chars().take(usize::from(digits)).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_lies_in_one_area_of_each_level_above_it() {
        let of = |level: AreaLevel, code: &str| level.area(code);
        let community = "440308001002";
        assert_eq!(of(AreaLevel::City, community).as_deref(), Some(WHOLE_CITY));
        assert_eq!(of(AreaLevel::County, community).as_deref(), Some("440308"));
        assert_eq!(of(AreaLevel::Street, community).as_deref(), Some("440308001"));
        assert_eq!(of(AreaLevel::Community, community).as_deref(), Some(community));
        assert_eq!(of(AreaLevel::Street, "440308001000").as_deref(), Some("440308001"), "filled up with noughts");
        assert_eq!(of(AreaLevel::Community, "440308001"), None, "the street alone says no community");
        assert_eq!(of(AreaLevel::Street, ""), None);
        assert_eq!(of(AreaLevel::Street, "harbour").as_deref(), Some("harbour"));
    }
}
