//! Times as people read them: to the second, in the time zone of the city.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time of a document in the city's zone; what is no time as it stands.
pub(in crate::cli) fn time(text: &str, zone: &TimeZone) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| seconds(at, zone))
}

/// A time to the second. Where the zone is not known, UTC is said to be it.
pub(in crate::cli) fn seconds(at: Timestamp, zone: &TimeZone) -> String {
    let form = if *zone == TimeZone::UTC { "%Y-%m-%d %H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%S" };
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_city_to_the_second() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(time("2026-11-22T01:02:03.123456789Z", &zone), "2026-11-22 09:02:03");
        assert_eq!(time("2026-11-22T09:02:03+08:00", &zone), "2026-11-22 09:02:03");
        assert_eq!(time("2026-11-22T01:02:03.9Z", &TimeZone::UTC), "2026-11-22 01:02:03Z");
        assert_eq!(time("-", &zone), "-");
    }
}
