//! Acts as cases write them.

use serde::Deserialize;

use crate::ticket::{Above, Act, Score};

/// An act: its kind, and what goes with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CaseAct {
    Assign { unit: String, co_units: Option<Vec<String>> },
    HandOver { unit: String },
    Escalate { to_level: Option<String>, unit: Option<String> },
    Whistle { units: Vec<String> },
    Respond { unit: String },
    Score { unit: String, speed: u8, quality: u8 },
    Instruct { author: String },
    Claim { leader: String },
    RefuseExtension {},
    TransferOut { to: String, number: Option<String> },
}

impl From<CaseAct> for Act {
    fn from(act: CaseAct) -> Self {
        let words = None;
        match act {
            CaseAct::Assign { unit, co_units } => Self::Assign { unit, co_units, words },
            CaseAct::HandOver { unit } => Self::HandOver { unit, words },
            CaseAct::Escalate { to_level, unit } => {
                let to = match (unit, to_level) {
                    (Some(unit), _) => Above::Unit(unit),
                    (None, Some(level)) => Above::Level(level),
                    (None, None) => Above::Next,
                };
                Self::Escalate { to, words }
            }
            CaseAct::Whistle { units } => Self::Whistle { units, words },
            CaseAct::Respond { unit } => Self::Respond { unit, words },
            CaseAct::Score { unit, speed, quality } => Self::Score { unit, score: Score { speed, quality }, words },
            CaseAct::Instruct { author } => Self::Instruct { author, words: String::new() },
            CaseAct::Claim { leader } => Self::Claim { leader, words },
            CaseAct::RefuseExtension {} => Self::RefuseExtension { words: String::new() },
            CaseAct::TransferOut { to, number } => Self::TransferOut { to, number },
        }
    }
}
