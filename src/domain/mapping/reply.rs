//! The `[reply]` table of a channel file: what a channel's citizens are told, and on which way.

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Problems, Reply, Settings, SettingsProblem, SpannedText, WayBack};
use huiliu_expression::{Context, Escape, Language, Shape, Template, Variables};
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::Channel;
use crate::city::Problem;
use crate::complaint::ComplaintState;
use crate::ticket::Status;

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyFile {
    #[serde(default)]
    on: Vec<Spanned<String>>,
    text: Option<SpannedText>,
    through: Option<SpannedText>,
    by_hand: Option<Spanned<bool>>,
    #[serde(default)]
    person_phone: bool,
    #[serde(default)]
    after_withdrawal: bool,
    #[serde(default)]
    after_closing: bool,
}

/// What a channel's citizens are told, and when.
#[derive(Debug)]
pub struct ReplyRule {
    /// States that are told; final ones are always told.
    pub on: Vec<Status>,
    /// Template of the text over `reply`; default: what the platform wrote.
    pub text: Option<Template>,
    /// Whether its citizens are given the telephone number of who handled the matter.
    pub person_phone: bool,
    /// Whose citizens are told all the same, besides those who wait: of complaints that were withdrawn, or closed by the source.
    pub also: Vec<ComplaintState>,
}

/// On which way the citizens of a channel are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyWay {
    /// By the channel's own adapter.
    Own,
    /// By another channel, to the citizen's telephone number.
    Through(SpannedText),
    /// By a person: replies wait in a list of their own.
    ByHand,
}

/// The rule and the way of a channel, by its table where it has one.
pub(super) fn read(
    table: Option<&Spanned<ReplyFile>>,
    adapter: &dyn Adapter,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> (Option<ReplyRule>, ReplyWay) {
    let back = adapter.way_back();
    let Some(table) = table else {
        return (None, if back == WayBack::None { ReplyWay::ByHand } else { ReplyWay::Own });
    };
    let rule = table.get_ref();
    let on = rule.on.iter().filter_map(|name| status(name, problems)).collect();
    let variables = Variables::from(&["record"])
        .with("reply", Reply::shape())
        .with("channel", Shape::Single)
        .with("city", Shape::Single);
    let text =
        rule.text.as_ref().and_then(|text| settings.template(language, text, &variables, Escape::None, problems));
    let way = rule.way(table.span(), back, problems);
    let also = [(rule.after_withdrawal, ComplaintState::Withdrawn), (rule.after_closing, ComplaintState::Closed)];
    let also = also.into_iter().filter_map(|(wanted, state)| wanted.then_some(state)).collect();
    (Some(ReplyRule { on, text, person_phone: rule.person_phone, also }), way)
}

impl Channel {
    /// A reply to this channel's citizen in its words, as `carrier` carries it, which may be another channel: what that does not know of
    /// stays out.
    ///
    /// # Errors
    /// The template of the words cannot be written.
    pub fn told_by(&self, carrier: &Self, mut reply: Reply, city: &str) -> Result<Reply, String> {
        let text = |channel: &Self| channel.reply.as_ref().and_then(|rule| rule.text.clone());
        if let Some(template) = text(self).or_else(|| text(carrier)) {
            let (value, id, city) = (reply.to_value(), json!(self.id), json!(city));
            let context =
                Context::new([("reply", &value), ("record", &reply.record), ("channel", &id), ("city", &city)]);
            reply.text = template
                .render(&context)
                .map_err(|fault| format!("the reply's text cannot be written: {}", fault.en))?;
        }
        if self.id != carrier.id {
            reply.record = Value::Null;
        }
        Ok(reply)
    }
}

fn status(name: &Spanned<String>, problems: &mut Problems) -> Option<Status> {
    let found = Status::from_wire(name.get_ref());
    if found.is_none() {
        let known: Vec<&str> = Status::ALL.iter().map(|(.., wire)| *wire).collect();
        problems.push(SettingsProblem::new(
            name.span(),
            format!("没有这个办理状态；可用：{}", known.join("、")),
            format!("no such status; known are: {}", known.join(", ")),
        ));
    }
    found
}

impl ReplyFile {
    fn way(&self, table: std::ops::Range<usize>, back: WayBack, problems: &mut Problems) -> ReplyWay {
        let by_hand = self.by_hand.as_ref().filter(|by_hand| *by_hand.get_ref());
        let mut complain = |span, zh: &str, en: &str| problems.push(SettingsProblem::new(span, zh, en));
        match (&self.through, by_hand, back) {
            (Some(_), Some(by_hand), _) => complain(
                by_hand.span(),
                "through 与 by_hand 不能同时使用：要么由另一渠道转告，要么人工答复",
                "through and by_hand exclude each other: another channel tells the citizen, or a person does",
            ),
            (Some(through), None, WayBack::OwnRecords | WayBack::AnyPhone) => complain(
                through.span(),
                "本渠道自己能回复（[settings] 里有 reply 或 reply_folder），不需要 through；请删去其一",
                "the channel can reply by itself (reply or reply_folder in [settings]); remove that, or through",
            ),
            (None, Some(by_hand), WayBack::OwnRecords | WayBack::AnyPhone) => complain(
                by_hand.span(),
                "本渠道自己能回复（[settings] 里有 reply 或 reply_folder），与 by_hand 矛盾；请删去其一",
                "the channel can reply by itself (reply or reply_folder in [settings]); remove that, or by_hand",
            ),
            (None, None, WayBack::None) => complain(
                table,
                "有 [reply]，却没有办法发出：请在 [settings] 里写 reply（或 reply_folder），\
                 或写 through = \"短信渠道\" 由另一渠道转告，或写 by_hand = true 由人工答复",
                "[reply] has no way to send: write reply (or reply_folder) in [settings], or through = \"…\" to have another \
                 channel tell the citizen, or by_hand = true to have a person do it",
            ),
            _ => {}
        }
        match &self.through {
            Some(through) => ReplyWay::Through(through.clone()),
            None if by_hand.is_some() => ReplyWay::ByHand,
            None => ReplyWay::Own,
        }
    }
}

/// The remark on a channel that has no way back and says nothing of replies.
pub(super) fn nothing_said(adapter: std::ops::Range<usize>) -> SettingsProblem {
    SettingsProblem::new(
        adapter,
        "这个渠道没有回路，答复要由人工告知（GET /api/v1/replies?state=by_hand）。请写明：[reply] by_hand = true；\
         或 through = \"短信渠道\" 由另一渠道转告",
        "the channel has no way back: a person has to tell its citizens (GET /api/v1/replies?state=by_hand). Say so with \
         [reply] by_hand = true, or name another channel with through = \"…\"",
    )
}

/// Whether the channels whose complaints others speak of are there.
pub(crate) fn check_statements(channels: &BTreeMap<String, Arc<Channel>>, problems: &mut Vec<Problem>) {
    for channel in channels.values() {
        let strange = channel.statements.iter().filter_map(|rule| rule.of.as_ref());
        for of in strange.filter(|of| !channels.contains_key(of.get_ref())) {
            let known: Vec<&str> = channels.keys().map(String::as_str).collect();
            let problem = SettingsProblem::new(
                of.span(),
                format!("没有这个渠道；有：{}", known.join("、")),
                format!("there is no such channel; there are: {}", known.join(", ")),
            );
            problems.push(Problem::at_span(&channel.file, &channel.source, &problem));
        }
    }
}

/// Whether the channels that tell citizens in place of others can do so.
pub(crate) fn check_ways(channels: &BTreeMap<String, Arc<Channel>>, problems: &mut Vec<Problem>) {
    for channel in channels.values() {
        if let ReplyWay::Through(other) = &channel.reply_way
            && let Err((zh, en)) = can_tell(channel, other.get_ref(), channels)
        {
            let problem = SettingsProblem::new(other.span(), zh, en);
            problems.push(Problem::at_span(&channel.file, &channel.source, &problem));
        }
    }
}

/// Whether the channel named `other` can tell the citizens of `channel`; else why not, in Chinese and English.
fn can_tell(channel: &Channel, other: &str, channels: &BTreeMap<String, Arc<Channel>>) -> Result<(), (String, String)> {
    let Some(carrier) = channels.get(other) else {
        let known: Vec<&str> = channels.keys().map(String::as_str).collect();
        let (zh, en) = ("没有这个渠道；有", "there is no such channel; there are");
        return Err((format!("{zh}：{}", known.join("、")), format!("{en}: {}", known.join(", "))));
    };
    let refuse = |zh: &str, en: &str| Err((format!("渠道 {other} {zh}"), format!("the channel {other} {en}")));
    if channel.enabled && !carrier.enabled {
        return refuse("没有启用", "is not enabled");
    }
    match carrier.adapter.way_back() {
        WayBack::None => return refuse("没有回路", "has no way back itself"),
        WayBack::OwnRecords => {
            return refuse(
                "只能回复自己的来件：它的 reply 用到了 record 或 reply.source_number，或没有用 reply.phone",
                "answers its own records only: its reply uses record or reply.source_number, or does not use reply.phone",
            );
        }
        WayBack::AnyPhone => {}
    }
    if !channel.fields.contains_key("reporter_phone") {
        let zh = "本渠道的 [mapping] 没有 reporter_phone，不知道往哪个号码转告";
        let en = "the [mapping] of this channel gives no reporter_phone, so there is no number to tell the citizen at";
        return Err((zh.to_owned(), en.to_owned()));
    }
    let text = |channel: &Channel| channel.reply.as_ref().and_then(|rule| rule.text.clone());
    if text(channel).is_none() && text(carrier).is_some_and(|text| text.uses("record")) {
        return refuse(
            "的答复模板用到了 record，那是它自己的来件；请在本渠道的 [reply] 里写 text",
            "has a text that uses record, which is one of its own; write text in [reply] of this channel",
        );
    }
    Ok(())
}
