//! `[[clock]]` of `handling.toml` becomes rules, or problems with their places.

use toml::Spanned;

use super::{Compiling, MAX_OF_A_KIND};
use crate::handling::clocks::{Alarm, Clock, MAX_ALARMS};
use crate::handling::moment::Moment;
use crate::handling::settings::{ClockSettings, NoticeSettings};
use crate::handling::work_time::OfficeHours;
use crate::ticket::{EventKind, Status};

impl Compiling<'_> {
    pub(super) fn office(&mut self, hours: Option<&Spanned<Vec<String>>>) -> OfficeHours {
        let Some(hours) = hours else { return OfficeHours::default() };
        OfficeHours::read(hours.get_ref()).unwrap_or_else(|| {
            self.wrong(
                hours.span(),
                "办公时间应为一段或几段先后相接的时间，如 [\"08:30-12:00\", \"14:00-17:30\"]",
                "office hours are parts of a day one after the other, e.g. [\"08:30-12:00\", \"14:00-17:30\"]",
            );
            OfficeHours::default()
        })
    }

    pub(super) fn clock(&mut self, settings: &ClockSettings, notices: &[NoticeSettings], has_office: bool) -> Clock {
        let [start, stop, pause, resume] =
            [&settings.start, &settings.stop, &settings.pause, &settings.resume].map(|words| self.moments(words));
        self.can_run(settings, &start, &stop);
        let when = settings.when.as_ref().and_then(|when| self.expression(when));
        let mut limits = Vec::new();
        for (number, limit) in settings.limit.iter().take(MAX_OF_A_KIND).enumerate() {
            if limit.when.is_none() && number + 1 < settings.limit.len() {
                self.wrong(
                    settings.code.span(),
                    format!("第 {} 条 limit 没有 when，后面的 limit 永远用不上", number + 1),
                    format!("limit {} has no when, so those behind it never count", number + 1),
                );
            }
            let when = limit.when.as_ref().and_then(|when| self.expression(when));
            limits.extend(self.limit(limit, &settings.code, has_office).map(|limit| (when, limit)));
        }
        let alarms: Vec<Alarm> = settings
            .alarms
            .iter()
            .take(MAX_ALARMS + 1)
            .filter_map(|alarm| self.alarm(alarm, notices, (&settings.code, has_office)))
            .collect();
        let told: usize = alarms.iter().map(|alarm| 1 + usize::from(alarm.repeat.map_or(0, |(_, times)| times))).sum();
        if told > MAX_ALARMS || settings.limit.len() > MAX_OF_A_KIND {
            self.wrong(
                settings.code.span(),
                format!("提醒连同重复超过 {MAX_ALARMS} 次，或 limit 超过 {MAX_OF_A_KIND} 条"),
                format!("more than {MAX_ALARMS} alarms with their repetitions, or more than {MAX_OF_A_KIND} limits"),
            );
        }
        Clock {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            start,
            stop,
            pause,
            resume,
            when,
            again: settings.again,
            limits,
            alarms,
        }
    }

    fn moments(&mut self, words: &[Spanned<String>]) -> Vec<Moment> {
        let mut moments = Vec::new();
        for word in words {
            match Moment::read(word.get_ref()) {
                Some(moment) => moments.push(moment),
                None => {
                    let known = Moment::words();
                    self.wrong(
                        word.span(),
                        format!("没有 {} 这个时刻；可用：{}", word.get_ref(), known.join("、")),
                        format!("there is no moment {}; there are: {}", word.get_ref(), known.join(", ")),
                    );
                }
            }
        }
        moments
    }

    /// Contradictions of a clock: one that nothing begins or stops, or that waits for ever.
    fn can_run(&mut self, settings: &ClockSettings, start: &[Moment], stop: &[Moment]) {
        let code = || settings.code.span();
        if settings.start.is_empty() {
            self.wrong(code(), "start 为空：这个时钟永远不会开始", "start is empty: the clock never begins");
        }
        if settings.stop.is_empty() {
            self.wrong(code(), "stop 为空：这个时钟没有人能停下", "stop is empty: nobody can stop the clock");
        }
        if settings.limit.is_empty() {
            self.wrong(code(), "没有 limit：不知道多久到期", "there is no limit: nobody knows when it is due");
        }
        if let Some(word) = settings.stop.iter().find(|word| settings.start.iter().any(|other| other == *word)) {
            let zh = format!("{} 既开始又停下这个时钟", word.get_ref());
            self.wrong(word.span(), zh, format!("{} both begins and stops the clock", word.get_ref()));
        }
        if !settings.pause.is_empty() && settings.resume.is_empty() {
            self.wrong(
                code(),
                "有 pause 而没有 resume：停住后不会再走",
                "pause without resume: it would stand still for ever",
            );
        }
        if settings.pause.is_empty() && !settings.resume.is_empty() {
            self.wrong(code(), "有 resume 而没有 pause", "resume without pause");
        }
        // A moment that does two things at once does neither as it is meant.
        let twice = [
            (&settings.pause, "pause", &settings.resume, "resume"),
            (&settings.pause, "pause", &settings.stop, "stop"),
            (&settings.pause, "pause", &settings.start, "start"),
            (&settings.resume, "resume", &settings.stop, "stop"),
        ];
        for (one, what, two, other) in twice {
            if let Some(word) = one.iter().find(|word| two.iter().any(|known| known == *word)) {
                let zh = format!("{} 既在 {what} 又在 {other}", word.get_ref());
                self.wrong(word.span(), zh, format!("{} stands in {what} and in {other}", word.get_ref()));
            }
        }
        // What runs while a matter is handled has to end with it, however it ends.
        let finals = [Status::Resolved, Status::Closed, Status::Rejected];
        let is_final = |moment: &Moment| match moment {
            Moment::Finished => true,
            Moment::Status(status) => status.is_final(),
            // Nobody is called back before the end.
            Moment::Event(kind) => *kind == EventKind::CallbackDue,
            Moment::Made => false,
        };
        let begins_open = start.iter().any(|moment| !is_final(moment));
        let stops = |status: &Status| stop.contains(&Moment::Status(*status)) || stop.contains(&Moment::Finished);
        let missing: Vec<&str> = finals.iter().filter(|status| !stops(status)).map(|status| status.wire()).collect();
        if begins_open && !stop.is_empty() && !missing.is_empty() {
            self.wrong(
                code(),
                format!("办结后它停不下来：stop 里缺 {}（写 finished 即包括全部）", missing.join("、")),
                format!(
                    "it goes on when the matter is finished: stop lacks {} (`finished` is all)",
                    missing.join(", ")
                ),
            );
        }
    }
}
