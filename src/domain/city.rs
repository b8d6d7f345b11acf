//! What an admin's files say of the city itself: `city.toml`, tables, and the problems found in them. Each part (grades, feeds,
//! names, numbering) is handed to whoever needs it, and not the whole.

mod bounds;
mod codes;
mod confidential;
mod feeds;
mod files;
mod grades;
mod names;
mod numbering;
mod problem;
mod settings;
mod table;

pub use bounds::UnknownBound;
pub use codes::meant_code;
pub use confidential::Confidential;
pub use feeds::members::ticket as ticket_shape;
pub use feeds::{Carrier, Contact, ContactStatus, Feed, FeedSettings, Feeds, PhonePages, Speaker};
pub use files::{FileRefusal, PackFiles};
pub use grades::{DueRule, Grade, GradeSettings, Grades};
pub use names::Names;
pub use numbering::Numbering;
pub use problem::{Problem, line_and_column, problem_lines};
pub(crate) use problem::{toml_problems, toml_words};
pub use settings::City;
pub(crate) use settings::is_key_word;
pub use table::{Row, Table};
