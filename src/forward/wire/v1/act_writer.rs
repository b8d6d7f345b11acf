//! Writing what was done with a ticket, as its audience may know it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::act::{AssignmentV1, DeedV1, ExtensionV1, InstructionV1, OutsideV1, WhistleV1};
use super::ticket_writer::rfc3339;
use crate::city::Names;
use crate::ticket::{ActBook, Deed, Score};

/// What was done, with what was written by hand as `text` shows it.
pub(super) fn deed(deed: &Deed, names: &Names, text: &impl Fn(&str) -> String) -> DeedV1 {
    let (speed, quality) = marks(deed.score);
    DeedV1 {
        kind: deed.kind.wire().to_owned(),
        by: deed.by.clone(),
        unit: deed.unit.clone(),
        unit_name: deed.unit.as_deref().map(|unit| unit_name(unit, names)),
        former_unit: deed.former_unit.clone(),
        units: deed.units.clone(),
        speed,
        quality,
        in_time: deed.in_time,
        leader: deed.leader.as_deref().map(text),
        to: deed.outside.clone(),
        number: deed.number.as_deref().map(text),
    }
}

fn marks(score: Option<Score>) -> (Option<u8>, Option<u8>) {
    score.map(|score| (score.speed, score.quality)).unzip()
}

fn unit_name(unit: &str, names: &Names) -> String {
    names.department(unit).unwrap_or(unit).to_owned()
}

/// What a ticket keeps of acts, as documents have it.
#[derive(Debug)]
pub struct Kept {
    /// The unit that is responsible by an act or a rule.
    pub assignment: Option<AssignmentV1>,
    /// The units that were called.
    pub whistles: Vec<WhistleV1>,
    /// Leaders' instructions.
    pub instructions: Vec<InstructionV1>,
    /// Name of the leader who has taken the matter on.
    pub claimed_by: Option<String>,
    /// The extension that was asked for last.
    pub extension: Option<ExtensionV1>,
    /// Where the matter goes on outside.
    pub outside: Option<OutsideV1>,
}

impl Kept {
    /// What a ticket keeps, with what was written by hand as `text` shows it.
    pub fn of(acts: &ActBook, names: &Names, zone: &TimeZone, text: &impl Fn(&str) -> String) -> Self {
        let time = |at: Timestamp| rfc3339(at, zone);
        let assignment = acts.assigned.as_ref().map(|assigned| AssignmentV1 {
            unit: assigned.unit.clone(),
            act: assigned.kind.wire().to_owned(),
            by: assigned.by.clone(),
            at: time(assigned.at),
        });
        let whistles = acts.whistles.iter().map(|call| {
            let (speed, quality) = marks(call.score);
            let unit_name = unit_name(&call.unit, names);
            let (unit, by, responded_at) = (call.unit.clone(), call.by.clone(), call.responded_at.map(time));
            WhistleV1 { unit, unit_name, by, at: time(call.at), responded_at, speed, quality }
        });
        let instructions =
            acts.instructions.iter().map(|one| InstructionV1 { author: text(&one.author), at: time(one.at) });
        let extension = acts.extension.as_ref().map(|asked| ExtensionV1 {
            state: asked.state.name().to_owned(),
            at: time(asked.at),
            until: asked.until.map(time),
        });
        let outside = acts.outside.as_ref().map(|outside| OutsideV1 {
            to: outside.to.clone(),
            to_name: names.outside(&outside.to).unwrap_or(&outside.to).to_owned(),
            number: outside.number.as_deref().map(text),
            at: time(outside.at),
        });
        Self {
            assignment,
            whistles: whistles.collect(),
            instructions: instructions.collect(),
            claimed_by: acts.claim.as_ref().map(|claim| text(&claim.leader)),
            extension,
            outside,
        }
    }
}
