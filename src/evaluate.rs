//! Measuring on labelled complaints: what `huiliu evaluate` does.
//!
//! The complaints go in the order of their times through the mapping, routing and merging that run in the gateway; what
//! comes out is compared with the labels.

mod estimate;
mod labels;
mod masking;
mod replay;
mod score;
mod tune;

pub use estimate::estimate;
pub use labels::{Labels, Pair, Truth};
pub use masking::{MaskFigures, MaskLabel, MaskMeasured, MaskedText, measure_masking, read_masking_rows};
pub use replay::{Replay, ReplayError, Step, read_complaints, replay};
pub use score::{Figures, Measured, Mistake, Mistakes, mistakes, score};
pub use tune::{CurvePoint, Example, Proposal, examples, examples_of_reviews, tune, unlabelled};
