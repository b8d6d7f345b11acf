//! Call-backs that are due, as those see them who make them.

use huiliu_adapter_api::FormRating;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::city::Names;
use crate::store::{CallBackView, ComplaintView, TicketDetail};
use crate::ticket::{CallBackWay, ScaleStep};

/// Call-backs.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct CallBackPage {
    /// Those that wait longest first.
    pub call_backs: Vec<CallBackDocument>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

/// A call-back that is due.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallBack")]
pub(in crate::http) struct CallBackDocument {
    /// Number of the row.
    id: i64,
    /// Receipt number of the complaint whose citizen is called back.
    receipt_number: String,
    /// Id of the ticket whose result is meant.
    ticket: String,
    /// Which result, from 1.
    #[schemars(example = 1)]
    round: u32,
    /// page, sms: the citizen is asked so; person: somebody calls.
    #[schemars(extend("enum" = CallBackWay::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"person")]
    way: &'static str,
    /// Since when it is due.
    at: Timestamp,
    /// Name of the citizen, where it is known.
    #[schemars(example = &"王女士")]
    name: Option<String>,
    /// Telephone number of the citizen, where it is known.
    #[schemars(example = &"13800001111")]
    phone: Option<String>,
    /// Title of the complaint.
    #[schemars(example = &"路灯不亮")]
    title: String,
    /// Code of the unit that handled it.
    #[schemars(example = &"urban-management")]
    department: String,
    /// Its name, or the code again.
    #[schemars(example = &"综合行政执法局")]
    department_name: String,
}

impl CallBackDocument {
    /// Those of which complaint and ticket can be read, in their order.
    pub(in crate::http) fn all(
        due: &[CallBackView],
        complaints: &[ComplaintView],
        tickets: &[TicketDetail],
        names: &Names,
    ) -> Vec<Self> {
        let of = |view: &CallBackView| {
            let complaint = complaints.iter().find(|complaint| complaint.id == view.complaint)?;
            let ticket = &tickets.iter().find(|detail| detail.key == view.ticket)?.ticket;
            let reporter = &complaint.complaint.reporter;
            Some(Self {
                id: view.id,
                receipt_number: complaint.receipt.clone(),
                ticket: ticket.id.clone(),
                round: view.round,
                way: view.way.name(),
                at: view.at,
                name: reporter.name.clone(),
                phone: reporter.phone.clone(),
                title: complaint.complaint.title.clone(),
                department_name: names
                    .department(&ticket.route.department)
                    .unwrap_or(&ticket.route.department)
                    .to_owned(),
                department: ticket.route.department.clone(),
            })
        };
        due.iter().filter_map(of).collect()
    }
}

/// A step of the city's scale.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RatingStep {
    /// Code.
    #[schemars(example = &"satisfied")]
    code: String,
    /// What the city calls it.
    #[schemars(example = &"满意")]
    name: String,
}

impl RatingStep {
    /// As a form has it.
    pub(in crate::http) fn of(rating: &FormRating) -> Self {
        Self { code: rating.code.clone(), name: rating.name.clone() }
    }
}

impl From<&ScaleStep> for RatingStep {
    fn from(step: &ScaleStep) -> Self {
        Self { code: step.code.clone(), name: step.name.clone() }
    }
}
