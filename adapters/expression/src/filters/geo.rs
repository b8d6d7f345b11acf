//! Coordinates become WGS-84.

use minijinja::Value;
use minijinja::value::{Kwargs, ValueKind};

use super::plane::{Local, Plane};
use super::text::plain;
use crate::Fault;

/// Names of the systems, for `check`.
const SYSTEMS: [&str; 6] = ["wgs84", "cgcs2000", "gcj02", "bd09", "gk", "local"];
/// Names of the options of plane systems.
pub(super) const OPTIONS: [&str; 5] = ["meridian", "offset_north", "offset_east", "scale", "rotation"];
/// China with its seas, in degrees: latitude, longitude.
const CHINA: (std::ops::RangeInclusive<f64>, std::ops::RangeInclusive<f64>) = (3.0..=54.0, 73.0..=136.0);

/// What a point is given in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Source {
    /// Degrees of WGS-84, or of CGCS2000, which differs by centimetres.
    Wgs84,
    /// Degrees of WeChat, Amap, Tencent.
    Gcj02,
    /// Degrees of Baidu.
    Bd09,
    /// Metres.
    Plane(Plane),
}

impl Source {
    /// The system of this name with its options: `gk` (Gauss-Krüger on the ellipsoid of CGCS2000, 3° and 6° zones), `local` (a
    /// city's own plane, turned, scaled and moved into Gauss-Krüger).
    pub(crate) fn read(system: &str, options: &Kwargs) -> Result<Self, Fault> {
        let option = |name: &str| {
            options.get::<Option<f64>>(name).map_err(|error| {
                Fault::new(
                    format!("参数 {name} 应为数字\n原文：{error}"),
                    format!("the option {name} must be a number: {error}"),
                )
            })
        };
        let meridian = option("meridian")?;
        if meridian.is_some_and(|meridian| !CHINA.1.contains(&meridian)) {
            return Err(Fault::new(
                "中央子午线应在 73 到 136 度之间",
                "the central meridian must lie between 73 and 136 degrees",
            ));
        }
        let local = Local {
            offset_north: option("offset_north")?.unwrap_or_default(),
            offset_east: option("offset_east")?.unwrap_or_default(),
            scale: option("scale")?.unwrap_or(1.0),
            rotation_degrees: option("rotation")?.unwrap_or_default(),
        };
        match (system.to_ascii_lowercase().as_str(), meridian) {
            ("wgs84" | "cgcs2000", _) => Ok(Self::Wgs84),
            ("gcj02", _) => Ok(Self::Gcj02),
            ("bd09", _) => Ok(Self::Bd09),
            ("gk", meridian) => Ok(Self::Plane(Plane::GaussKruger { meridian })),
            ("local", Some(meridian)) => Ok(Self::Plane(Plane::Local { meridian, local })),
            ("local", None) => Err(Fault::new(
                "地方坐标系要写中央子午线：wgs84('local', meridian=120, offset_north=…, offset_east=…)",
                "a local plane needs its central meridian: wgs84('local', meridian=120, offset_north=…, offset_east=…)",
            )),
            (other, _) => check_system(other).map(|()| Self::Wgs84),
        }
    }

    /// Converts a point to `{lat, lng}` in degrees of WGS-84. Degrees come as `lat` and `lng` (also `lon`, `latitude`,
    /// `longitude`), metres as `north` and `east`, or as `x` (north) and `y` (east) as surveyors write them.
    pub(crate) fn to_wgs84(self, point: &Value) -> Result<Value, Fault> {
        if point.kind() != ValueKind::Map {
            return Err(Fault::new(
                "坐标应为 {lat, lng} 或 {north, east}",
                "a point must be {lat, lng} or {north, east}",
            )
            .with_value(&point.to_string()));
        }
        let (first, second): (&[&str], &[&str]) = match self {
            Self::Plane(_) => (&["north", "x"], &["east", "y"]),
            _ => (&["lat", "latitude"], &["lng", "lon", "longitude", "long"]),
        };
        let (first, second) = match (coordinate(point, first)?, coordinate(point, second)?) {
            (Some(first), Some(second)) => (first, second),
            (None, None) => return Ok(Value::from("")),
            _ => return Err(Fault::new("坐标缺一半", "half of the point is missing").with_value(&point.to_string())),
        };
        let named =
            ["north", "east"].iter().any(|name| point.get_attr(name).is_ok_and(|value| !super::is_empty(&value)));
        let (lat, lng) = match self {
            Self::Plane(plane) => plane.to_degrees(first, second, named)?,
            _ => (first, second),
        };
        self.check(lat, lng).map_err(|fault| fault.with_value(&format!("{first},{second}")))?;
        let (lng, lat) = match self {
            Self::Gcj02 => coordtransform::gcj02_to_wgs84(lng, lat),
            Self::Bd09 => {
                let (lng, lat) = coordtransform::bd09_to_gcj02(lng, lat);
                coordtransform::gcj02_to_wgs84(lng, lat)
            }
            Self::Wgs84 | Self::Plane(_) => (lng, lat),
        };
        Ok(Value::from_pairs([("lat", round(lat)), ("lng", round(lng))]))
    }

    /// Degrees that cannot be meant: beyond the earth, zero, outside China where the system ends there, or in China only with
    /// latitude and longitude exchanged.
    fn check(self, lat: f64, lng: f64) -> Result<(), Fault> {
        let in_china = |lat: f64, lng: f64| CHINA.0.contains(&lat) && CHINA.1.contains(&lng);
        let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng) && !(lat == 0.0 && lng == 0.0);
        let exchanged = in_china(lng, lat) && !in_china(lat, lng);
        if !on_earth || exchanged || (self != Self::Wgs84 && !in_china(lat, lng)) {
            return Err(Fault::new(
                "坐标超出范围或为零；注意纬度、经度（北、东）的顺序和坐标系",
                "coordinates are out of range or zero; mind the order of latitude and longitude, and the system",
            ));
        }
        Ok(())
    }
}

pub(crate) fn check_system(system: &str) -> Result<(), Fault> {
    let system = system.to_ascii_lowercase();
    if SYSTEMS.contains(&system.as_str()) {
        return Ok(());
    }
    Err(Fault::new(
        format!("未知的坐标系 {system}；可用 {}（北京54、西安80 要先用本市的七参数转换）", SYSTEMS.join("、")),
        format!(
            "unknown coordinate system {system}; use {} (Beijing 54 and Xi'an 80 need the city's own seven parameters first)",
            SYSTEMS.join(", ")
        ),
    ))
}

/// Seven decimals are about a centimetre.
fn round(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

fn coordinate(point: &Value, names: &[&str]) -> Result<Option<f64>, Fault> {
    for name in names {
        let value = point.get_attr(name).unwrap_or_default();
        if super::is_empty(&value) {
            continue;
        }
        let number = value.as_str().map_or_else(|| f64::try_from(value.clone()).ok(), |text| plain(text).parse().ok());
        return number
            .filter(|number: &f64| number.is_finite())
            .map(Some)
            .ok_or_else(|| Fault::new("坐标不是数字", "a coordinate is not a number").with_value(&value.to_string()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(first: (&str, f64), second: (&str, f64), system: &str, options: &[(&str, f64)]) -> Option<(f64, f64)> {
        let options: Kwargs = options.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        let point = Value::from_pairs([(first.0, first.1), (second.0, second.1)]);
        let point = Source::read(system, &options).unwrap().to_wgs84(&point).ok()?;
        let get = |name| f64::try_from(point.get_attr(name).unwrap()).unwrap();
        Some((get("lat"), get("lng")))
    }

    fn check(found: Option<(f64, f64)>, lat: f64, lng: f64) {
        let (found_lat, found_lng) = found.unwrap();
        assert!((lat - found_lat).abs() < 1e-5 && (lng - found_lng).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn known_points_agree_to_a_metre() {
        for (lat, lng, system) in [
            (31.228_457_74, 121.478_223_06, "gcj02"),
            (31.234_310_59, 121.484_781_47, "bd09"),
            (31.2304, 121.4737, "wgs84"),
        ] {
            check(convert(("lat", lat), ("lng", lng), system, &[]), 31.2304, 121.4737);
        }
    }

    #[test]
    fn gauss_kruger_zones_are_told_by_prefix_or_meridian() {
        // Length of the meridian of GRS 80 from the equator to 45° (Moritz 2000), and 500 km for the meridian itself.
        let (north, east) = (4_984_944.378, 500_000.0);
        check(convert(("x", north), ("y", east), "gk", &[("meridian", 120.0)]), 45.0, 120.0);
        check(convert(("x", north), ("y", 40.0e6 + east), "gk", &[]), 45.0, 120.0);
        check(convert(("x", north), ("y", 20.0e6 + east), "gk", &[]), 45.0, 117.0);
        check(convert(("x", 40.0e6 + east), ("y", north), "gk", &[]), 45.0, 120.0);
        check(convert(("north", north), ("east", east), "gk", &[("meridian", 122.25)]), 45.0, 122.25);
        assert_eq!(convert(("x", north), ("y", east), "gk", &[]), None, "no zone");
        assert_eq!(convert(("x", north), ("y", 40.0e6 + east), "gk", &[("meridian", 117.0)]), None, "two zones");
        assert_eq!(
            convert(("east", north), ("north", east), "gk", &[("meridian", 120.0)]),
            None,
            "named the wrong way round"
        );
        assert_eq!(convert(("x", 4984.9), ("y", 500.0), "gk", &[("meridian", 120.0)]), None, "kilometres");
    }

    #[test]
    fn a_local_plane_is_turned_scaled_and_moved() {
        let (north, east) = (4_984_944.378, 500_000.0);
        let local = [("meridian", 120.0), ("offset_north", 4_980_000.0), ("offset_east", 480_000.0)];
        check(convert(("x", north - 4_980_000.0), ("y", east - 480_000.0), "local", &local), 45.0, 120.0);
        let mut turned = local.to_vec();
        turned.extend([("rotation", 90.0), ("scale", 2.0)]);
        // A quarter turn: its east is north, its north is west.
        check(convert(("x", 20_000.0 / 2.0), ("y", -(north - 4_980_000.0) / 2.0), "local", &turned), 45.0, 120.0);
        assert!(Source::read("local", &std::iter::empty::<(&str, Value)>().collect()).is_err());
    }

    #[test]
    fn swapped_or_missing_coordinates_are_told() {
        assert_eq!(convert(("lat", 121.47), ("lng", 31.23), "gcj02", &[]), None);
        assert_eq!(convert(("lat", 87.6), ("lng", 43.8), "wgs84", &[]), None);
        assert_eq!(convert(("lat", 31.2), ("no", 1.0), "gcj02", &[]), None);
        assert!(Source::Wgs84.to_wgs84(&Value::from("121.47,31.23")).is_err());
        let empty = Value::from_pairs([("lat", ""), ("lng", "")]);
        assert_eq!(Source::Wgs84.to_wgs84(&empty).unwrap().as_str(), Some(""));
        assert!(check_system("beijing54").is_err());
    }
}
