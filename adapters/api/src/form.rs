//! What a form asks of citizens, for the pages and programs that show it.

use crate::Refusal;

/// Whether something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asked {
    /// It is not.
    No,
    /// It may be left empty.
    #[default]
    Optional,
    /// Without it the form is not taken.
    Required,
}

impl Asked {
    /// All with their names in channel files and in the API.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::No, "no"), (Self::Optional, "optional"), (Self::Required, "required")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(asked, _)| *asked == self).map_or("no", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(asked, _)| *asked)
    }
}

/// What a form asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its heading.
    pub title: String,
    /// What people agree to.
    pub consent: String,
    /// What the matter can be about, in the order of the city's table.
    pub categories: Vec<FormCategory>,
    /// Whether one of them has to be chosen.
    pub category: Asked,
    /// Whether it asks for the name.
    pub name: Asked,
    /// Whether it asks for the telephone number.
    pub phone: Asked,
    /// Most photos.
    pub photos: usize,
    /// Largest photo, in bytes.
    pub photo_bytes: usize,
    /// Most characters of the text.
    pub text_chars: usize,
    /// Whether it is for staff who enter what others say; they show a key.
    pub for_staff: bool,
    /// Whether its points have QR codes.
    pub has_points: bool,
    /// Which open matters near a point are counted for everybody.
    pub nearby: Option<Nearby>,
    /// What can be said of a result, the best first.
    pub ratings: Vec<FormRating>,
}

/// Which open matters near a point are counted: of them nothing is told but how many there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// How far from the point, in metres.
    pub metres: u32,
    /// Codes of the kinds.
    pub only: Vec<String>,
}

/// A kind of matter that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormCategory {
    /// Code in the city's table.
    pub code: String,
    /// What the city calls it.
    pub name: String,
    /// What it is listed below; empty: nothing.
    pub group: String,
}

/// What a citizen can say of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRating {
    /// Code of the step on the city's scale.
    pub code: String,
    /// What the city calls it.
    pub name: String,
    /// The words that mean it.
    pub words: Vec<String>,
}

impl FormRating {
    /// The steps of a city without a scale of its own, the best first.
    #[must_use]
    pub fn common() -> Vec<Self> {
        let step = |(code, name): (&str, &str)| {
            let words = vec![code.to_owned(), name.to_owned()];
            Self { code: code.to_owned(), name: name.to_owned(), words }
        };
        [("satisfied", "满意"), ("fair", "基本满意"), ("dissatisfied", "不满意")].into_iter().map(step).collect()
    }
}

/// A place with a QR code.
#[derive(Debug, Clone, PartialEq)]
pub struct FormPoint {
    /// Code, as it stands in addresses.
    pub code: String,
    /// Name.
    pub name: String,
    /// Address; empty where the table has none.
    pub address: String,
    /// District code; empty where the table has none.
    pub district: String,
    /// Latitude and longitude in degrees, WGS-84.
    pub at: Option<(f64, f64)>,
}

/// What the city's own program says of who uses it, checked by its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Account, as the channel's records have it.
    pub account: String,
    /// Real name, where the program knows it.
    pub name: Option<String>,
    /// Telephone number, where the program knows it.
    pub phone: Option<String>,
    /// Whether the program says that it has made sure that the number is theirs. A number of which it says nothing is one to call, as one that
    /// is typed; whoever has it is told nothing because of it.
    pub phone_is_sure: bool,
}

/// A form of the city.
pub trait CitizenForm: Send + Sync {
    /// What it asks.
    fn asks(&self) -> &Form;

    /// A point by its code.
    fn point(&self, code: &str) -> Option<FormPoint>;

    /// All points, in the order of the table.
    fn points(&self) -> Box<dyn Iterator<Item = FormPoint> + '_>;

    /// What the city calls a status, where it has words of its own.
    fn status_word(&self, status: &str) -> Option<String>;

    /// Who is meant by a signed claim.
    ///
    /// # Errors
    /// It is forged, too old, or the form takes none.
    fn check_claim(&self, token: &str) -> Result<Claim, Refusal>;
}
