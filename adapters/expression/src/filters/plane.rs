//! Plane coordinates in metres become degrees. The projection is `proj4rs`'s transverse Mercator (Poder and Engsager's series)
//! with scale 1 and a false easting of 500 km on the ellipsoid of CGCS2000 (GRS 80 to a tenth of a millimetre), as GB 22021-2008
//! lays down for Gauss-Krüger; a city's plane is joined to it by the four parameters of a plane similarity (四参数).

use proj4rs::Proj;

use crate::Fault;

/// Northings of China, in metres: 16° to 54°.
const NORTH: std::ops::RangeInclusive<f64> = 1_800_000.0..=6_000_000.0;
/// Eastings within a zone, in metres.
const EAST: std::ops::RangeInclusive<f64> = 100_000.0..=900_000.0;
/// Zone numbers before an easting: 6° zones have their meridian at 6z - 3, 3° zones at 3z. China has 13 to 23 and 24 to 45.
const SIX_DEGREES: std::ops::RangeInclusive<f64> = 13.0..=23.0;
const THREE_DEGREES: std::ops::RangeInclusive<f64> = 24.0..=45.0;

/// A plane system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Plane {
    /// Gauss-Krüger; without a meridian the easting begins with its zone.
    GaussKruger { meridian: Option<f64> },
    /// A city's own, joined to Gauss-Krüger at this meridian.
    Local { meridian: f64, local: Local },
}

/// How a city's plane lies in Gauss-Krüger: scaled, turned, then moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Local {
    /// Metres added to the north.
    pub offset_north: f64,
    /// Metres added to the east.
    pub offset_east: f64,
    /// Factor.
    pub scale: f64,
    /// Angle in degrees from north over east.
    pub rotation_degrees: f64,
}

impl Local {
    fn to_gauss_kruger(self, north: f64, east: f64) -> (f64, f64) {
        let (sin, cos) = self.rotation_degrees.to_radians().sin_cos();
        (
            self.offset_north + self.scale * (north * cos - east * sin),
            self.offset_east + self.scale * (north * sin + east * cos),
        )
    }
}

impl Plane {
    /// Latitude and longitude of a point. Where its parts are `named` north and east, they are not exchanged; `x` and `y` are,
    /// where only that makes a point in China.
    pub(crate) fn to_degrees(self, north: f64, east: f64, named: bool) -> Result<(f64, f64), Fault> {
        let outside = || {
            Fault::new(
                "平面坐标不在中国范围内；注意北、东的顺序，带号和中央子午线",
                "the plane coordinates are not in China; mind the order of north and east, zone number and central meridian",
            )
            .with_value(&format!("{north},{east}"))
        };
        let (north, east, meridian) = match self {
            Self::Local { meridian, local } => {
                let (north, east) = local.to_gauss_kruger(north, east);
                (north, east, Some(meridian))
            }
            Self::GaussKruger { meridian } => {
                let exchanged = !named && !NORTH.contains(&north) && NORTH.contains(&east);
                if exchanged { (east, north, meridian) } else { (north, east, meridian) }
            }
        };
        let (east, meridian) = in_zone(east, meridian).ok_or_else(outside)?;
        if !NORTH.contains(&north) || !EAST.contains(&east) {
            return Err(outside());
        }
        inverse(north, east, meridian).ok_or_else(outside)
    }
}

/// The easting without its zone, and the meridian; `None` when they contradict or both are missing.
fn in_zone(east: f64, meridian: Option<f64>) -> Option<(f64, f64)> {
    let zone = (east / 1e6).floor();
    let of_zone = match zone {
        0.0 => return meridian.map(|meridian| (east, meridian)),
        six if SIX_DEGREES.contains(&six) => 6.0 * six - 3.0,
        three if THREE_DEGREES.contains(&three) => 3.0 * three,
        _ => return None,
    };
    let agrees = meridian.is_none_or(|meridian| (meridian - of_zone).abs() < 1e-9);
    agrees.then_some((east - zone * 1e6, of_zone))
}

/// Latitude and longitude in degrees.
fn inverse(north: f64, east: f64, meridian: f64) -> Option<(f64, f64)> {
    let gauss = format!("+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +no_defs");
    let gauss = Proj::from_proj_string(&gauss).ok()?;
    let degrees = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +no_defs").ok()?;
    let mut point = (east, north, 0.0);
    proj4rs::transform::transform(&gauss, &degrees, &mut point).ok()?;
    Some((point.1.to_degrees(), point.0.to_degrees()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_point_beside_the_meridian_agrees() {
        // 33.3°N 44.4°E is 38SMB4414084706 (the example in the manual of GeographicLib's GeoConvert), so 444140.5 m east and
        // 3684706.5 m north in a zone around 45° whose scale is 0.9996; here it is 1.
        let at_scale_one = |utm: f64, origin: f64| (utm - origin) / 0.9996 + origin;
        let (lat, lng) = inverse(at_scale_one(3_684_706.5, 0.0), at_scale_one(444_140.5, 500_000.0), 45.0).unwrap();
        assert!((lat - 33.3).abs() < 1e-5 && (lng - 44.4).abs() < 1e-5, "{lat},{lng}");
    }

    #[test]
    fn a_zone_number_gives_its_meridian() {
        assert_eq!(in_zone(40_500_000.0, None), Some((500_000.0, 120.0)));
        assert_eq!(in_zone(20_500_000.0, Some(117.0)), Some((500_000.0, 117.0)));
        assert_eq!(in_zone(46_500_000.0, None), None);
    }
}
