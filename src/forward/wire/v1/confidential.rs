//! What everybody hears of matters of a confidential kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// CloudEvents type of a count of confidential matters.
pub const CONFIDENTIAL_TYPE: &str = "cn.huiliu.confidential.v1";
/// Id of the schema of what these events carry: their `dataschema`.
pub const CONFIDENTIAL_SCHEMA: &str = "urn:huiliu:schema:confidential-count-v1";

/// How many matters of a confidential kind (保密类事项) came, and on which day: nothing else is told to everybody. The sum of a day is that of
/// its events, each counted once by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfidentialCountV1 {
    /// The day by the city's clock, `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"))]
    #[schemars(example = &"2026-11-27")]
    pub day: String,
    /// How many.
    #[schemars(range(min = 1))]
    #[schemars(example = 1)]
    pub count: u64,
}
