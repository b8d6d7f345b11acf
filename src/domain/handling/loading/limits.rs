//! Limits and alarms of clocks become rules, or problems with their places.

use std::ops::Range;

use toml::Spanned;

use super::{Compiling, MAX_DAYS};
use crate::handling::clocks::{Alarm, AlarmAt};
use crate::handling::settings::{AlarmSettings, Length, LimitSettings, NoticeSettings};
use crate::ticket::{DayEnd, TimeLimit, TimeUnit};

/// Longest limits: in hours, in minutes.
const MAX_HOURS: u32 = 8_784;
const MAX_MINUTES: u32 = 600_000;
/// Most repetitions of an alarm, and the largest share of the time at which there is one.
const MAX_REPEATS: u16 = 60;
const MAX_SHARE: u32 = 1_000;

impl Compiling<'_> {
    pub(super) fn limit(
        &mut self,
        settings: &LimitSettings,
        code: &Spanned<String>,
        has_office: bool,
    ) -> Option<TimeLimit> {
        let flags = [(&settings.at_once, TimeUnit::Minutes), (&settings.deadline, TimeUnit::Deadline)];
        let flags = flags.iter().filter_map(|(flag, unit)| {
            let flag = flag.as_ref()?;
            Some((flag.span(), 0, *unit, flag.get_ref().then_some(()).is_some()))
        });
        let amounts = [
            (&settings.minutes, TimeUnit::Minutes, 1, 1, MAX_MINUTES),
            (&settings.hours, TimeUnit::Minutes, 60, 1, MAX_HOURS),
            (&settings.office_minutes, TimeUnit::OfficeMinutes, 1, 1, MAX_MINUTES),
            (&settings.office_hours, TimeUnit::OfficeMinutes, 60, 1, MAX_HOURS),
            (&settings.natural_days, TimeUnit::NaturalDays, 1, 0, MAX_DAYS),
            (&settings.working_days, TimeUnit::WorkingDays, 1, 0, MAX_DAYS),
        ];
        let amounts = amounts.iter().filter_map(|(amount, unit, factor, least, most)| {
            let amount = amount.as_ref()?;
            let fits = (*least..=*most).contains(amount.get_ref());
            Some((amount.span(), amount.get_ref().saturating_mul(*factor), *unit, fits))
        });
        let found: Vec<_> = flags.chain(amounts).collect();
        let [(span, amount, unit, fits)] = found.as_slice() else {
            self.wrong(
                code.span(),
                "每条 limit 要写且只写一种长度：at_once、deadline、minutes、hours、office_minutes、office_hours、natural_days、working_days",
                "each limit has exactly one length: at_once, deadline, minutes, hours, office_minutes, office_hours, natural_days, working_days",
            );
            return None;
        };
        if !fits {
            self.wrong(
                span.clone(),
                format!(
                    "时限超出范围：minutes 1 到 {MAX_MINUTES}，hours 1 到 {MAX_HOURS}，天数 0 到 {MAX_DAYS}；at_once、deadline 只能写 true"
                ),
                format!(
                    "the limit is out of range: minutes 1 to {MAX_MINUTES}, hours 1 to {MAX_HOURS}, days 0 to {MAX_DAYS}; at_once and deadline can only be true"
                ),
            );
        }
        if *unit == TimeUnit::OfficeMinutes && !has_office {
            self.wrong(span.clone(), "没有写 [office] hours，不知道何时办公", "there are no [office] hours");
        }
        let until = self.until(settings.until.as_ref());
        if let Some(text) = settings.until.as_ref().filter(|_| until == DayEnd::Office && !has_office) {
            self.wrong(text.span(), "没有写 [office] hours，不知道何时下班", "there are no [office] hours to end with");
        }
        if settings.counts_first_day && *amount == 0 {
            let en = "counts_first_day says nothing of a limit of 0 days";
            self.wrong(span.clone(), "0 天的时限本来就是当日，不能再写 counts_first_day", en);
        }
        let limit = TimeLimit { amount: *amount, unit: *unit, until, counts_first_day: settings.counts_first_day };
        if !unit.is_days() && (until != DayEnd::SameTime || settings.counts_first_day) {
            self.wrong(
                span.clone(),
                "until 和 counts_first_day 只用于以天计的时限",
                "until and counts_first_day are for limits in days",
            );
        }
        if unit.is_days() && until == DayEnd::SameTime && (*amount == 0 || (*amount == 1 && limit.counts_first_day)) {
            self.wrong(
                span.clone(),
                "当日到期要写 until = \"day\" 或 \"office\"",
                "what is due the same day needs until = \"day\" or \"office\"",
            );
        }
        Some(limit)
    }

    fn until(&mut self, text: Option<&Spanned<String>>) -> DayEnd {
        let Some(text) = text else { return DayEnd::SameTime };
        DayEnd::from_name(text.get_ref()).unwrap_or_else(|| {
            let known = DayEnd::ALL.map(|(_, name)| name).join(", ");
            self.wrong(text.span(), format!("until 应为其一：{known}"), format!("until is one of {known}"));
            DayEnd::SameTime
        })
    }

    pub(super) fn alarm(
        &mut self,
        settings: &AlarmSettings,
        notices: &[NoticeSettings],
        (code, has_office): (&Spanned<String>, bool),
    ) -> Option<Alarm> {
        let escalates = settings.escalate.as_ref().is_some_and(|escalate| *escalate.get_ref());
        let span = settings.notice.as_ref().map(Spanned::span);
        let span = span.or(settings.escalate.as_ref().map(Spanned::span)).unwrap_or_else(|| code.span());
        if escalates {
            self.somebody_stands_above(span.clone());
        } else if settings.notice.is_none() {
            self.wrong(
                span.clone(),
                "每个 alarm 要写 notice（发通知）或 escalate = true（上报上级），或两样都写",
                "each alarm has notice, or escalate = true, or both",
            );
        }
        let place = |code: &Spanned<String>| notices.iter().position(|notice| notice.code.get_ref() == code.get_ref());
        let notice = settings.notice.as_ref().and_then(place);
        if let Some(unknown) = settings.notice.as_ref().filter(|_| notice.is_none()) {
            let zh = format!("没有通知 {}", unknown.get_ref());
            self.wrong(span.clone(), zh, format!("there is no notice {}", unknown.get_ref()));
        }
        let at = match (&settings.share, settings.before, settings.after) {
            (Some(share), None, None) => {
                if !(1..=MAX_SHARE).contains(share.get_ref()) {
                    self.wrong(share.span(), "应为 1 到 1000 的百分比", "this is a percentage from 1 to 1000");
                }
                Some(AlarmAt::Share(*share.get_ref()))
            }
            (None, Some(before), None) => self.before(before, span.clone()).map(AlarmAt::Before),
            (None, None, Some(after)) => self.length(after, span.clone(), has_office).map(AlarmAt::After),
            _ => {
                self.wrong(
                    span.clone(),
                    "每个 alarm 要写且只写 share、before、after 之一",
                    "each alarm has exactly one of share, before and after",
                );
                None
            }
        };
        let repeat = settings.repeat.as_ref().and_then(|repeat| {
            if !(1..=MAX_REPEATS).contains(repeat.times.get_ref()) {
                self.wrong(repeat.times.span(), "重复次数应为 1 到 60", "times is 1 to 60");
            }
            Some((self.length(repeat.every, span.clone(), has_office)?, *repeat.times.get_ref()))
        });
        Some(Alarm { at: at?, notice, escalates, repeat })
    }

    fn before(&mut self, length: Length, span: Range<usize>) -> Option<i64> {
        let (amount, seconds) = match length {
            Length::Minutes(amount) => (amount, 60),
            Length::Hours(amount) => (amount, 3_600),
            Length::NaturalDays(amount) => (amount, 86_400),
            Length::OfficeHours(_) | Length::WorkingDays(_) => {
                self.wrong(
                    span,
                    "before 用 minutes、hours 或 natural_days；按工作时间提前请用 share",
                    "before is in minutes, hours or natural_days; use share to count working time",
                );
                return None;
            }
        };
        self.in_range(length, amount, span)?;
        Some(i64::from(amount) * seconds)
    }

    pub(super) fn length(&mut self, length: Length, span: Range<usize>, has_office: bool) -> Option<TimeLimit> {
        let (amount, factor, unit) = match length {
            Length::Minutes(amount) => (amount, 1, TimeUnit::Minutes),
            Length::Hours(amount) => (amount, 60, TimeUnit::Minutes),
            Length::OfficeHours(amount) => (amount, 60, TimeUnit::OfficeMinutes),
            Length::NaturalDays(amount) => (amount, 1, TimeUnit::NaturalDays),
            Length::WorkingDays(amount) => (amount, 1, TimeUnit::WorkingDays),
        };
        if unit == TimeUnit::OfficeMinutes && !has_office {
            self.wrong(span.clone(), "没有写 [office] hours，不知道何时办公", "there are no [office] hours");
        }
        self.in_range(length, amount, span)?;
        Some(TimeLimit { amount: amount * factor, unit, until: DayEnd::SameTime, counts_first_day: false })
    }

    fn in_range(&mut self, length: Length, amount: u32, span: Range<usize>) -> Option<()> {
        let most = match length {
            Length::Minutes(_) => MAX_MINUTES,
            Length::Hours(_) | Length::OfficeHours(_) => MAX_HOURS,
            Length::NaturalDays(_) | Length::WorkingDays(_) => MAX_DAYS,
        };
        if !(1..=most).contains(&amount) {
            self.wrong(span, format!("应为 1 到 {most}"), format!("this is 1 to {most}"));
            return None;
        }
        Some(())
    }
}
