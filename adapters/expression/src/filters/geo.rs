//! Coordinates become WGS-84.

use minijinja::Value;

use crate::Fault;

/// Converts a point `{lat, lng}` (also `lon`, `latitude`, `longitude`), in degrees, from a coordinate system to WGS-84.
///
/// Systems: `wgs84` (also CGCS2000, which differs by centimetres), `gcj02` (WeChat, Amap, Tencent), `bd09` (Baidu).
/// City plane coordinates cannot be converted without the city's parameters: keep them in an extra field.
pub(crate) fn to_wgs84(point: &Value, system: &str) -> Result<Value, Fault> {
    let lat = coordinate(point, &["lat", "latitude"])?;
    let lng = coordinate(point, &["lng", "lon", "longitude", "long"])?;
    let (Some(lat), Some(lng)) = (lat, lng) else { return Ok(Value::from(())) };
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lng) || (lat == 0.0 && lng == 0.0) {
        return Err(Fault::new(
            "经纬度超出范围或为零；注意纬度、经度的顺序",
            "coordinates are out of range or zero; mind the order of latitude and longitude",
        )
        .with_value(&format!("{lat},{lng}")));
    }
    let (lng, lat) = match system.to_ascii_lowercase().as_str() {
        "gcj02" => coordtransform::gcj02_to_wgs84(lng, lat),
        "bd09" => {
            let (lng, lat) = coordtransform::bd09_to_gcj02(lng, lat);
            coordtransform::gcj02_to_wgs84(lng, lat)
        }
        other => check_system(other).map(|()| (lng, lat))?,
    };
    Ok(Value::from_pairs([("lat", round(lat)), ("lng", round(lng))]))
}

pub(crate) fn check_system(system: &str) -> Result<(), Fault> {
    match system.to_ascii_lowercase().as_str() {
        "wgs84" | "cgcs2000" | "gcj02" | "bd09" => Ok(()),
        other => Err(Fault::new(
            format!("未知的坐标系 {other}；可用 wgs84、cgcs2000、gcj02、bd09"),
            format!("unknown coordinate system {other}; use wgs84, cgcs2000, gcj02 or bd09"),
        )),
    }
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
        let number = value.as_str().map_or_else(|| f64::try_from(value.clone()).ok(), |text| text.trim().parse().ok());
        return number
            .map(Some)
            .ok_or_else(|| Fault::new("坐标不是数字", "a coordinate is not a number").with_value(&value.to_string()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(lat: f64, lng: f64, system: &str) -> (f64, f64) {
        let point = to_wgs84(&Value::from_pairs([("lat", lat), ("lng", lng)]), system).unwrap();
        let get = |name| f64::try_from(point.get_attr(name).unwrap()).unwrap();
        (get("lat"), get("lng"))
    }

    #[test]
    fn known_points_agree_to_a_metre() {
        for (lat, lng, system) in [
            (31.228_457_74, 121.478_223_06, "gcj02"),
            (31.234_310_59, 121.484_781_47, "bd09"),
            (31.2304, 121.4737, "wgs84"),
        ] {
            let (lat, lng) = convert(lat, lng, system);
            assert!((lat - 31.2304).abs() < 1e-5 && (lng - 121.4737).abs() < 1e-5, "{system}: {lat},{lng}");
        }
    }

    #[test]
    fn swapped_or_missing_coordinates_are_told() {
        assert!(to_wgs84(&Value::from_pairs([("lat", 121.47), ("lng", 31.23)]), "gcj02").is_err());
        assert!(to_wgs84(&Value::from_pairs([("lat", 31.2)]), "gcj02").unwrap().is_none());
    }
}
