//! Reports (报表): what happened is counted as facts without anybody's words, and figures, scores and rankings are made of the
//! counts, by the city's `reports.toml`. Pure: facts, settings and a range of days go in, lines come out.

mod bytes;
mod fact;
mod figure;
mod histogram;
mod key;
mod period;
mod score;
mod settings;
mod table;
mod tally;

pub use bytes::NotATally;
pub use fact::{Fact, FactKind};
pub use figure::{Figure, Measure};
pub use histogram::Histogram;
pub use key::{Dimension, Key};
pub use period::Period;
pub use score::{Group, Line, Mark, Score, Standing};
pub use settings::{LIST, Report, Reports};
pub use table::{Cell, Row, Table};
pub use tally::{Count, Tally};
