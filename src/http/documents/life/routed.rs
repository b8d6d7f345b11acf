//! Where a ticket was sent and why, first and each time that it went elsewhere.

use serde_json::{Value, json};

use super::Telling;
use super::not_kept::NotKept;
use crate::catalogue::{Locale, states};
use crate::store::{Occurrence, OccurrenceKind, StoreError, TicketDetail};

impl Telling<'_> {
    /// The ticket as it was made, and how it went elsewhere since.
    pub(super) fn routes(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let moves = self.happened(OccurrenceKind::Rerouted, detail, "rerouted")?;
        if moves.is_empty() && detail.ticket.version > 1 {
            self.not_kept.push(NotKept::routes(detail));
        }
        self.made(detail, moves.first());
        for row in &moves {
            if self.stays.has(detail.key, row.at) {
                self.rerouted(detail, row);
            }
        }
        Ok(())
    }

    fn made(&mut self, detail: &TicketDetail, first_move: Option<&Occurrence>) {
        let ticket = &detail.ticket;
        if !self.stays.has(detail.key, ticket.created_at) {
            return;
        }
        let route = &ticket.route;
        let now = json!({
            "category": route.category, "district": route.district, "department": route.department,
            "grade": route.grade, "due_at": route.due_at, "reasons": route.reasons,
        });
        let made = first_move.map_or_else(|| now.clone(), |row| row.details["from"].clone());
        let mut details = self.route(&made);
        details["recurrence_of"] = json!(ticket.recurrence_of);
        let (zh, en) = match made.is_null() {
            // What was erased of the move was the route that it left.
            true => (String::new(), String::new()),
            false => self.named_route(&made),
        };
        let said = match made.is_null() {
            true => (
                "生成工单；最初归谁已随个人信息删除".to_owned(),
                "the ticket was made; where it went first was erased".to_owned(),
            ),
            false => (format!("生成工单，归 {zh}，各有理由"), format!("the ticket was made, with {en}, with reasons")),
        };
        self.tell((ticket.created_at, "ticket"), (None, Some(&ticket.id)), said, details);
    }

    fn rerouted(&mut self, detail: &TicketDetail, row: &Occurrence) {
        let (from, to) = (&row.details["from"], &row.details["to"]);
        let [why_zh, why_en] = [Locale::Zh, Locale::En].map(|locale| states::event(locale, &row.outcome));
        let details = json!({
            "event": row.outcome, "version": row.details["version"], "from": self.route(from), "to": self.route(to),
        });
        let said = if from.is_null() {
            let zh = format!("工单改派（{why_zh}）；原归何处已随个人信息删除");
            (zh, format!("the ticket went elsewhere ({why_en}); where it was before was erased"))
        } else {
            let (was, is) = (self.named_route(from), self.named_route(to));
            let zh = format!("工单改派（{why_zh}）：由 {} 改为 {}", was.0, is.0);
            (zh, format!("the ticket went elsewhere ({why_en}): from {} to {}", was.1, is.1))
        };
        self.tell((row.at, "rerouted"), (None, Some(&detail.ticket.id)), said, details);
    }

    /// A route as the caller may see it: reasons quote what a complaint says.
    fn route(&self, route: &Value) -> Value {
        let mut shown = route.clone();
        if !self.open
            && let Some(members) = shown.as_object_mut()
        {
            members.insert("reasons".to_owned(), json!([]));
        }
        if shown.is_null() { json!({ "reasons": [] }) } else { shown }
    }

    /// A route by the names that the live pack has for its codes; a code that it no longer has stays as it is.
    fn named_route(&self, route: &Value) -> (String, String) {
        let rules = &self.teller.live.rules;
        let code = |member: &str| route[member].as_str().unwrap_or_default();
        let [category, district, department, grade] = ["category", "district", "department", "grade"].map(code);
        let category = rules.names.category(category).unwrap_or(category);
        let district = rules.names.district(district).unwrap_or(district);
        let department = rules.names.department(department).unwrap_or(department);
        let grade = rules.grades.get(grade).map_or(grade, |grade| grade.name.as_str());
        (
            format!("{department}（{category}，{district}，{grade}）"),
            format!("{department} ({category}, {district}, grade {grade})"),
        )
    }
}
