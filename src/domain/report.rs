//! Reports (报表): what happened is counted as facts without anybody's words, and figures, scores and rankings are made of the
//! counts, by the city's `reports.toml`. Pure: facts, settings and a range of days go in, lines come out.

mod bytes;
mod chart;
mod edition;
mod fact;
mod figure;
mod format;
mod histogram;
mod key;
mod page;
mod period;
mod schedule;
mod score;
mod settings;
mod table;
mod tally;

pub use bytes::NotATally;
pub use edition::{Edition, named};
pub use fact::{Fact, FactKind};
pub use figure::{Figure, Measure};
pub use format::{Format, NotWritten};
pub use histogram::Histogram;
pub use key::{Dimension, Key};
pub use page::NotDrawn;
pub use period::Period;
pub use schedule::Schedule;
pub use score::{Group, Line, MAX_IN_A_ROW, Mark, Score, ScoreStep, Standing};
pub use settings::{Chart, LIST, Report, Reports};
pub use table::{Cell, Row, Table};
pub use tally::{Count, Tally};
