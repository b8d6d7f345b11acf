//! The `[answers]` table of a channel file: the other system is a destination as well, and this channel brings what became there of
//! what it was sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Expression, GivenTime, Language, Shape, Variables};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::Channel;
use crate::city::Problem;
use crate::ticket::Status;

/// Longest text of an answer, in characters, as in updates of platforms.
const MAX_TEXT_CHARS: usize = 20_000;
/// Longest of the other fields, in characters.
const MAX_FIELD_CHARS: usize = 200;

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswersFile {
    destination: SpannedText,
    number: Option<SpannedText>,
    mark: Option<SpannedText>,
    status: Option<SpannedText>,
    result: Option<SpannedText>,
    department: Option<SpannedText>,
    at: Option<SpannedText>,
    due_at: Option<SpannedText>,
    #[serde(default)]
    pub only: bool,
}

/// How a channel's records speak of what their system was sent.
#[derive(Debug)]
pub(crate) struct AnswersRule {
    /// Name of the destination.
    pub destination: SpannedText,
    /// Whether the records give its status.
    pub has_status: bool,
    number: Option<Expression>,
    mark: Option<Expression>,
    status: Option<Expression>,
    result: Option<Expression>,
    department: Option<Expression>,
    at: Option<Expression>,
    due_at: Option<Expression>,
    only: bool,
    zone: TimeZone,
}

/// What a record says of something that its system may have been sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Name of the destination.
    pub destination: String,
    /// The other system's number.
    pub number: Option<String>,
    /// Our mark: the id of a ticket.
    pub mark: Option<String>,
    /// Whether the channel brings nothing else.
    pub only: bool,
    /// How it stands there, where the record says; or why that cannot be understood, in Chinese and English.
    pub said: Result<Option<AnsweredStatus>, (String, String)>,
}

/// How something stands in another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredStatus {
    /// The status, one of those that platforms set.
    pub status: Status,
    /// When it was set.
    pub at: Option<Timestamp>,
    /// What the citizen is told.
    pub result: Option<String>,
    /// Who acts there.
    pub department: Option<String>,
    /// New deadline.
    pub due_at: Option<Timestamp>,
}

impl AnswersFile {
    /// Compiles the table.
    pub(super) fn compile(
        &self,
        settings: &Settings<'_>,
        language: &Language,
        problems: &mut Problems,
    ) -> Option<AnswersRule> {
        let before = problems.len();
        if self.number.is_none() && self.mark.is_none() {
            problems.push(SettingsProblem::new(
                self.destination.span(),
                "[answers] 要写 number（对方编号）或 mark（我方标记），最好都写",
                "[answers] needs number (the other system's) or mark (ours), best both",
            ));
        }
        let of_status = [&self.result, &self.department, &self.at, &self.due_at];
        if let (None, Some(useless)) = (&self.status, of_status.into_iter().flatten().next()) {
            problems.push(SettingsProblem::new(
                useless.span(),
                "没有 status，result、department、at、due_at 不起作用；请写 status，或删去它们",
                "without status, result, department, at and due_at have no effect: write status, or remove them",
            ));
        }
        let variables = Variables::from(&["record"]).with("channel", Shape::Single);
        let mut compile =
            |text: &Option<SpannedText>| settings.expression(language, text.as_ref()?, &variables, problems);
        let (number, mark, status) = (compile(&self.number), compile(&self.mark), compile(&self.status));
        let (result, department) = (compile(&self.result), compile(&self.department));
        let (at, due_at) = (compile(&self.at), compile(&self.due_at));
        (problems.len() == before).then(|| AnswersRule {
            destination: self.destination.clone(),
            has_status: status.is_some(),
            number,
            mark,
            status,
            result,
            department,
            at,
            due_at,
            only: self.only,
            zone: language.zone().clone(),
        })
    }
}

impl AnswersRule {
    /// Whether an echo can come before the other system's number is known, and be taken for a complaint.
    pub(super) fn is_without_mark(&self) -> bool {
        self.mark.is_none() && !self.only
    }

    /// What a record says.
    pub(super) fn read(&self, context: &Context) -> Answered {
        let text = |expression: &Option<Expression>, most: usize| text_of(expression.as_ref()?, context, most);
        Answered {
            destination: self.destination.get_ref().clone(),
            number: text(&self.number, MAX_FIELD_CHARS),
            mark: text(&self.mark, MAX_FIELD_CHARS),
            only: self.only,
            said: self.status(context),
        }
    }

    fn status(&self, context: &Context) -> Result<Option<AnsweredStatus>, (String, String)> {
        let text = |expression: &Option<Expression>, most: usize| text_of(expression.as_ref()?, context, most);
        let Some(expression) = &self.status else { return Ok(None) };
        // What a table does not know is no status, and none is no silence: somebody has to see it.
        let found = expression.eval(context).and_then(huiliu_expression::Evaluated::understood);
        let found = found
            .map_err(|fault| (format!("answers.status：{}", fault.zh), format!("answers.status: {}", fault.en)))?;
        let Some(name) = found.into_text().ok().flatten() else { return Ok(None) };
        let status = Status::from_wire(name.trim()).filter(|status| Status::SET_BY_PLATFORMS.contains(status));
        let Some(status) = status else {
            let known: Vec<&str> = Status::SET_BY_PLATFORMS.iter().map(|status| status.wire()).collect();
            let known = known.join(", ");
            return Err((
                format!("answers.status 不是办理状态；可用：{known}"),
                format!("answers.status is no status; there are: {known}"),
            ));
        };
        let result = text(&self.result, MAX_TEXT_CHARS);
        if status.is_final() && result.is_none() {
            return Err((
                "对方已办结，却没有 answers.result：要告诉市民的话".to_owned(),
                "it is finished there, and answers.result gives no words for the citizen".to_owned(),
            ));
        }
        let at = self.time("at", self.at.as_ref(), context)?;
        let due_at = self.time("due_at", self.due_at.as_ref(), context)?;
        Ok(Some(AnsweredStatus { status, at, result, department: text(&self.department, MAX_FIELD_CHARS), due_at }))
    }
}

impl AnswersRule {
    /// A time, where the record gives one. One that cannot be read is no silence: without a time an old status would count as the
    /// newest.
    fn time(
        &self,
        name: &str,
        expression: Option<&Expression>,
        context: &Context,
    ) -> Result<Option<Timestamp>, (String, String)> {
        let Some(expression) = expression else { return Ok(None) };
        let found = expression.eval(context).and_then(huiliu_expression::Evaluated::understood);
        let found = found
            .map_err(|fault| (format!("answers.{name}：{}", fault.zh), format!("answers.{name}: {}", fault.en)))?;
        let no_time = || {
            (
                format!("answers.{name} 应为 RFC 3339 时间；请加 | datetime"),
                format!("answers.{name} must be an RFC 3339 time; add | datetime"),
            )
        };
        let Some(text) = found.into_text().map_err(|_no_text| no_time())? else { return Ok(None) };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let at = GivenTime::read(text.trim()).and_then(|given| given.beginning(&self.zone));
        at.map(Some).ok_or_else(no_time)
    }
}

fn text_of(expression: &Expression, context: &Context, most: usize) -> Option<String> {
    let text = expression.eval(context).ok()?.into_text().ok().flatten()?;
    let text: String = text.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// What is remarked on a rule without mark.
pub(super) fn without_mark(rule: &AnswersRule) -> SettingsProblem {
    SettingsProblem::new(
        rule.destination.span(),
        "[answers] 没有 mark：我方发去的件若在对方编号入库之前就被取回，会当成新诉求。请让对方保存我方标记（{{ mark }}），并在这里写 mark",
        "[answers] has no mark: what we made there and comes back before its number is stored becomes a new complaint. Have the other \
         system keep our mark ({{ mark }}), and write mark here",
    )
}

/// What is known of a destination that a channel answers for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answering {
    /// Whether it gives or needs numbers of the other system.
    pub knows_numbers: bool,
    /// Whether its status updates come by REST.
    pub by_rest: bool,
}

/// Adds what does not fit between channels and the destinations that they answer for.
pub(crate) fn check_answers(
    channels: &BTreeMap<String, Arc<Channel>>,
    destination: impl Fn(&str) -> Option<Answering>,
    problems: &mut Vec<Problem>,
) {
    for channel in channels.values().filter(|channel| channel.enabled) {
        let Some(rule) = &channel.answers else { continue };
        let name = rule.destination.get_ref();
        let mut wrong = |zh: String, en: String| {
            let problem = SettingsProblem::new(rule.destination.span(), zh, en);
            problems.push(Problem::at_span(&channel.file, &channel.source, &problem));
        };
        match destination(name) {
            None => wrong(
                format!("没有启用的投送目的地 {name}（destinations/{name}.toml）"),
                format!("there is no enabled destination {name} (destinations/{name}.toml)"),
            ),
            Some(Answering { by_rest: true, .. }) if rule.has_status => wrong(
                format!("{name} 的办理状态已由令牌以 REST 送来（token），又由这个渠道送来；两边序号不可比，请删去其一"),
                format!(
                    "statuses of {name} come by REST with its token, and by this channel: their sequences cannot be compared; remove one"
                ),
            ),
            Some(Answering { knows_numbers: false, .. }) if rule.mark.is_none() => wrong(
                format!("{name} 不给出对方编号（number），这里也没有 mark，认不出任何件"),
                format!(
                    "{name} gives no number of the other system, and there is no mark here: nothing can be recognized"
                ),
            ),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};
    use toml::Spanned;
    use toml::de::{DeTable, DeValue};

    use super::*;

    fn rule() -> AnswersRule {
        const RULE: &str = "destination = \"orders\"\nnumber = \"record.no\"\nstatus = \"record.state\"\nresult = \"record.reply\"\n\
                            at = \"record.at | datetime\"\ndue_at = \"record.due | datetime\"";
        let language = Language::new(TimeZone::get("Asia/Shanghai").unwrap(), Arc::new(HashMap::new()));
        let parsed = DeTable::parse(RULE).unwrap();
        let settings = Settings::new(RULE, Spanned::new(parsed.span(), DeValue::Table(parsed.into_inner())));
        let file: AnswersFile = settings.read().unwrap();
        let mut problems = Problems::new();
        file.compile(&settings, &language, &mut problems).unwrap_or_else(|| panic!("{problems:?}"))
    }

    fn said(at: &Value, due: &Value) -> Result<Option<AnsweredStatus>, (String, String)> {
        let record = json!({ "no": "A1", "state": "extended", "reply": "已办", "at": at, "due": due });
        rule().read(&Context::new([("record", &record)])).said
    }

    #[test]
    fn a_time_that_cannot_be_read_is_said_and_makes_no_old_status_the_newest() {
        let unreadable = [
            json!("昨天"),
            json!("2026-13-45 99:00"),
            json!("0000-00-00 00:00:00"),
            json!("n/a"),
            json!([1]),
            json!({}),
        ];
        for at in unreadable {
            let (zh, en) = said(&at, &Value::Null).unwrap_err();
            assert!(zh.contains("answers.at") && en.contains("answers.at"), "{at}: {zh} {en}");
            let (_, en) = said(&Value::Null, &at).unwrap_err();
            assert!(en.contains("answers.due_at"), "{at}: {en}");
        }
        for nothing in [Value::Null, json!(""), json!("  ")] {
            assert_eq!(said(&nothing, &nothing).unwrap().unwrap().at, None, "{nothing}: it came now");
        }
        let at = said(&json!("2026-11-26 08:00:00"), &Value::Null).unwrap().unwrap().at;
        assert_eq!(at, Some("2026-11-26T00:00:00Z".parse().unwrap()));
    }
}
