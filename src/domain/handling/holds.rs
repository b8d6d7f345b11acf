//! Holds (待审): which tickets wait for a person before they are dispatched, and which answers before they close a matter.

use std::ops::Range;

use huiliu_expression::{Context, Evaluated, Expression, Shape, Variables};
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::rules::Handling;
use crate::ticket::{Before, Status, StatusUpdate, Ticket};

/// One `[[hold]]` of `handling.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name of the list, e.g. 待审理.
    pub name: String,
    /// What waits: `dispatch` (tickets before platforms hear of them) or `closing` (answers before citizens hear them).
    pub before: Spanned<String>,
    /// Expression over `ticket` and `doubtful` (before dispatch) or `update` (before closing) that is true for what waits.
    pub when: Spanned<String>,
    /// Names of the people and access tokens that may let it go; default: all whose role may act.
    #[serde(default)]
    pub by: Vec<Spanned<String>>,
}

/// One checked list in which something waits.
#[derive(Debug)]
pub struct HoldRule {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What waits in it.
    pub before: Before,
    pub(super) when: Expression,
    pub(super) by: Vec<String>,
}

impl HoldRule {
    /// Whether somebody may let go what waits in it.
    #[must_use]
    pub fn is_for(&self, actor: &str) -> bool {
        self.by.is_empty() || self.by.iter().any(|name| name == actor)
    }

    /// Names of those who may; none: all whose role may act.
    #[must_use]
    pub fn by(&self) -> &[String] {
        &self.by
    }

    /// Whether it is for a matter. A condition that fails on what it meets holds: what waits needlessly is seen in its list, what
    /// has gone out cannot be called back.
    fn holds(&self, context: &Context) -> bool {
        self.when.eval(context).and_then(Evaluated::understood).map_or(true, |value| value.is_true())
    }
}

/// What expressions of holds know, besides the variable `ticket`.
pub(super) fn variables(before: Before, ticket: Variables) -> Variables {
    match before {
        Before::Dispatch => ticket.with("doubtful", Shape::Single),
        Before::Closing => {
            let finals = Status::SET_BY_PLATFORMS.into_iter().filter(|status| status.is_final());
            let status = Shape::OneOf(finals.map(|status| status.wire().to_owned()).collect());
            ticket.with("update", Shape::of_singles(["platform", "department"]).with("status", status))
        }
    }
}

impl Handling {
    /// The lists in which something waits.
    #[must_use]
    pub fn holds(&self) -> &[HoldRule] {
        &self.holds
    }

    /// A list by its code.
    #[must_use]
    pub fn hold(&self, code: &str) -> Option<&HoldRule> {
        self.holds.iter().find(|rule| rule.code == code)
    }

    /// The list in which a new ticket waits before it is dispatched; `doubtful`: whether a person is asked if it is the same matter
    /// as another.
    #[must_use]
    pub fn before_dispatch(&self, ticket: &Ticket, doubtful: bool) -> Option<&HoldRule> {
        self.first(Before::Dispatch, ticket, ("doubtful", &json!(doubtful)))
    }

    /// The list in which an answer waits before it closes the matter; none for an update that closes nothing. Once the matter is
    /// closed, an update that closes it in another way waits where it has words of its own: nobody has approved these.
    #[must_use]
    pub fn before_closing(&self, ticket: &Ticket, update: &StatusUpdate) -> Option<&HoldRule> {
        let has_words = update.result.is_some() || !update.results.is_empty();
        let status = update.status.filter(|status| status.is_final() && (has_words || !ticket.status.is_final()))?;
        let said = json!({ "status": status.wire(), "platform": update.platform, "department": update.department });
        self.first(Before::Closing, ticket, ("update", &said))
    }

    fn first(&self, before: Before, ticket: &Ticket, other: (&str, &Value)) -> Option<&HoldRule> {
        if !self.holds.iter().any(|rule| rule.before == before) {
            return None;
        }
        let facts = self.facts(ticket);
        let context = Context::new([("ticket", &facts), other]);
        self.holds.iter().find(|rule| rule.before == before && rule.holds(&context))
    }
}

/// Where a hold's settings contradict the clocks: with its span, what is wrong in Chinese and in English.
pub(super) fn unattended(
    settings: &HoldSettings,
    before: Before,
    starts: &[&str],
) -> Option<(Range<usize>, String, String)> {
    let moment = match before {
        Before::Dispatch => "held",
        Before::Closing => "submitted",
    };
    (!starts.contains(&moment)).then(|| {
        let code = settings.code.get_ref();
        (
            settings.code.span(),
            format!("没有一个时钟从 {moment} 开始：在 {code} 里等人审核的事项可能无人过问；请加一个 start = [\"{moment}\"] 的时钟"),
            format!("no clock begins at {moment}: what waits in {code} may wait for ever; add a clock with start = [\"{moment}\"]"),
        )
    })
}
