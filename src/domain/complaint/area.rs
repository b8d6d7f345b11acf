//! Areas: the whole city, or all divisions whose codes begin alike.

/// The area of the whole city.
pub const WHOLE_CITY: &str = "";

/// The least and the greatest code of the divisions in an area, as texts are ordered.
#[must_use]
pub fn area_bounds(area: &str) -> (String, String) {
    let is_numeric = !area.is_empty() && area.bytes().all(|byte| byte.is_ascii_digit());
    match area {
        WHOLE_CITY => (String::new(), char::MAX.to_string()),
        _ if is_numeric => (area.to_owned(), format!("{area}~")),
        _ => (area.to_owned(), area.to_owned()),
    }
}

/// Whether a division lies in an area.
#[must_use]
pub fn area_holds(area: &str, district: &str) -> bool {
    let (least, greatest) = area_bounds(area);
    *least <= *district && *district <= *greatest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_holds_what_begins_with_it() {
        assert!(area_holds(WHOLE_CITY, "440308001002") && area_holds(WHOLE_CITY, "harbour"));
        assert!(area_holds("440308001", "440308001") && area_holds("440308001", "440308001002"));
        assert!(!area_holds("440308001", "440308002001") && !area_holds("440308001", "440308"));
        assert!(area_holds("harbour", "harbour") && !area_holds("harbour", "harbour-2"));
    }
}
