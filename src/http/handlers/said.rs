//! What a handler says on the page: read into the status update that a platform would have sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::{RefusalCode, wording};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Deserialize;

use super::Opened;
use crate::desk::HandlerPhoto;
use crate::forward::wire::v1::{PersonV1, StatusUpdateV1, read_status_update};
use crate::http::problem::Problem;
use crate::ticket::{Sender, Status, StatusUpdate};

/// Most photos of one thing that is said.
const MAX_PHOTOS: usize = 3;
/// Largest photo, in bytes.
const MAX_PHOTO_BYTES: usize = 5 << 20;
/// Longest words, in characters.
const MAX_WORDS_CHARS: usize = 2_000;
/// Longest number of a form, in characters.
const MAX_ONCE_CHARS: usize = 40;
/// Most days by which a deadline can be asked to be later; the city's rules can allow fewer.
const MAX_DAYS: i64 = 365;
/// How exact the time of a page is.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// The citizen was called.
    Called,
    /// They met.
    Met,
    /// This is the result.
    Resolved,
    /// It takes longer: a later deadline is asked for.
    Extension,
    /// It is not the unit's: it goes back to who gave it.
    Returned,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Met => "met",
            Self::Resolved => "resolved",
            Self::Extension => "extension",
            Self::Returned => "returned",
        }
    }
}

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    what: What,
    /// The number of the form: sent again it is the same.
    once: String,
    /// The ticket that the page showed; empty: the one for which the link was given.
    ticket: String,
    /// When it was, as the page shows times; empty: now.
    at: String,
    /// What the citizen is told; for an extension and a return, why.
    words: String,
    /// By how many days the deadline is to be later, where that is asked for; else empty.
    days: String,
    /// Photos in base64.
    photos: Vec<String>,
}

/// Reads what is said; what is taken with it.
pub(super) fn read(said: Said, opened: &Opened, now: Timestamp) -> Result<(StatusUpdate, Vec<HandlerPhoto>), Problem> {
    let is_number = |once: &str| once.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !(1..=MAX_ONCE_CHARS).contains(&said.once.len()) || !is_number(&said.once) {
        return Err(unreadable());
    }
    let shown = if said.ticket.is_empty() { &opened.given_for } else { &said.ticket };
    if *shown != opened.detail.ticket.id {
        let (zh, en) = (
            "这件事刚刚并入另一件，下面是合并后的内容。请看过后再提交，刚才的没有记录",
            "the matter was merged into another one just now, which is shown below; look at it and send it again, for nothing was noted",
        );
        return Err(Problem::new(RefusalCode::Conflict, zh, en));
    }
    let photos = photos(said.photos)?;
    let words = words(&said.words)?;
    if words.is_none() {
        missing(said.what)?;
    }
    let (ticket, zone) = (&opened.detail.ticket, &opened.rules.feeds.zone);
    let at = time(&said.at, zone, (ticket.created_at, now))?;
    let status = match said.what {
        What::Called => opened.pages.called.into(),
        What::Met => opened.pages.met.into(),
        What::Resolved => Status::Resolved,
        What::Extension => Status::ExtensionRequested,
        What::Returned => Status::Returned,
    };
    let due_at = match said.what {
        What::Extension => Some(later(&said.days, ticket.route.due_at, zone, now)?),
        What::Called | What::Met | What::Resolved | What::Returned => None,
    };
    let (handler, names) = (&opened.handler, &opened.rules.names);
    let unit = names.department(&ticket.route.department).map(str::to_owned);
    let document = StatusUpdateV1 {
        update_id: format!("phone:{}:{}:{}", handler.code, said.what.name(), said.once),
        platform: opened.feed.clone(),
        ticket_id: ticket.id.clone(),
        // Grows with time, by whomever it is done.
        sequence: now.as_microsecond(),
        status: Some(status.wire().to_owned()),
        act: None,
        occurred_at: at.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string(),
        department: unit.clone(),
        result: words,
        results: None,
        person: Some(PersonV1 { name: handler.name.clone(), unit, phone: Some(opened.phone.clone()) }),
        attachments: None,
        satisfaction: None,
        rating: None,
        due_at: due_at.map(|due_at| due_at.to_string()),
    };
    let update = as_platforms_send_it(&document)?;
    Ok((StatusUpdate { sender: Sender::Person(format!("phone:{}", handler.code)), ..update }, photos))
}

/// What is said without words, which some things need.
fn missing(what: What) -> Result<(), Problem> {
    match what {
        What::Called | What::Met => Ok(()),
        What::Resolved => Err(refused("请写明办理结果", "say what the result is")),
        What::Extension => Err(refused("请写明为什么要延期", "say why it takes longer")),
        What::Returned => Err(refused("请写明为什么退回", "say why it goes back")),
    }
}

/// The deadline that is asked for: so many days of the city's calendar after the one that there is, or after now where that is over.
fn later(days: &str, due_at: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Problem> {
    let days = days.trim().parse::<i64>().ok().filter(|days| (1..=MAX_DAYS).contains(days)).ok_or_else(|| {
        let (zh, en) =
            (format!("延期天数应为 1 到 {MAX_DAYS} 的整数"), format!("the number of days is 1 to {MAX_DAYS}"));
        Problem::new(RefusalCode::InvalidRequest, zh, en)
    })?;
    let from = due_at.map_or(now, |due_at| due_at.max(now)).to_zoned(zone.clone());
    from.checked_add(Span::new().days(days)).map(|later| later.timestamp()).map_err(|_unreachable| unreadable())
}

/// Reads the update as that of a platform is.
fn as_platforms_send_it(document: &StatusUpdateV1) -> Result<StatusUpdate, Problem> {
    let text = serde_json::to_vec(document).map_err(|error| Problem::invalid(&error.to_string()))?;
    read_status_update(&text).map_err(|reasons| {
        let told = reasons.join("; ");
        let zh = format!("办理内容与约定的格式不符{}", wording::original(&told));
        Problem::new(RefusalCode::InvalidRequest, zh, told).because(reasons)
    })
}

fn unreadable() -> Problem {
    refused("没有读懂这次提交，请重新填写", "what was sent could not be read; fill it in again")
}

fn refused(zh: &str, en: &str) -> Problem {
    Problem::new(RefusalCode::InvalidRequest, zh, en)
}

/// What somebody typed, without control characters but line feeds; none where it says nothing.
fn words(typed: &str) -> Result<Option<String>, Problem> {
    let typed = typed.replace("\r\n", "\n");
    let is_shown = |char: &char| !char.is_control() || *char == '\n';
    let typed: String = typed.trim().chars().filter(is_shown).collect();
    if typed.chars().count() > MAX_WORDS_CHARS {
        return Err(refused("最多 2000 字", "at most 2,000 characters"));
    }
    Ok((!typed.is_empty()).then_some(typed))
}

/// A time as a page has it, between the making of the ticket and now.
fn time(typed: &str, zone: &TimeZone, (created_at, now): (Timestamp, Timestamp)) -> Result<Timestamp, Problem> {
    if typed.trim().is_empty() {
        return Ok(now);
    }
    let unreadable = || refused("时间读不了，请重新选择", "the time cannot be read; choose it again");
    let typed: DateTime = typed.trim().parse().map_err(|_unreadable| unreadable())?;
    let at = typed.to_zoned(zone.clone()).map_err(|_unreadable| unreadable())?.timestamp();
    if at.duration_since(now) > MINUTE {
        return Err(refused("时间不能晚于现在", "the time is later than now"));
    }
    if created_at.duration_since(at) > MINUTE {
        return Err(refused("时间不能早于工单受理", "the time is before there was the ticket"));
    }
    Ok(at.min(now))
}

fn photos(sent: Vec<String>) -> Result<Vec<HandlerPhoto>, Problem> {
    if sent.len() > MAX_PHOTOS {
        return Err(refused("照片最多 3 张", "at most 3 photos"));
    }
    let mut photos = Vec::with_capacity(sent.len());
    for content in sent {
        let bytes = STANDARD.decode(content).map_err(|_undecodable| unreadable())?;
        if bytes.len() > MAX_PHOTO_BYTES {
            let (zh, en) = ("照片太大，每张不超过 5 MB", "a photo is too large: at most 5 MB each");
            return Err(Problem::new(RefusalCode::PayloadTooLarge, zh, en));
        }
        let photo = huiliu_photo::read(bytes.into()).map_err(|reason| {
            let (zh, en) = reason.said();
            refused(zh, en)
        })?;
        let (media_type, ending) = (photo.media_type(), photo.ending);
        photos.push(HandlerPhoto { media_type, ending, bytes: photo.bytes.to_vec() });
    }
    Ok(photos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_citys_and_lies_between_the_ticket_and_now() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let bounds = (at("2026-11-27T06:05:30Z"), at("2026-11-27T08:00:00Z"));
        let read = |typed: &str| time(typed, &zone, bounds).ok();
        assert_eq!(read(""), Some(bounds.1));
        assert_eq!(read("2026-11-27T14:20"), Some(at("2026-11-27T06:20:00Z")));
        assert_eq!(read("2026-11-27T14:05"), Some(at("2026-11-27T06:05:00Z")), "pages have minutes");
        assert_eq!(read("2026-11-27T16:01"), Some(bounds.1), "its clock is a little ahead");
        for wrong in ["2026-11-27T16:02", "2026-11-27T14:04", "tomorrow", "2026-13-01T00:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_deadline_is_later_by_days_of_the_citys_calendar() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-27T08:00:00Z");
        let asked = |days: &str, due_at: Option<&str>| later(days, due_at.map(at), &zone, now).ok();
        assert_eq!(asked("3", Some("2026-11-30T09:30:00Z")), Some(at("2026-12-03T09:30:00Z")));
        assert_eq!(asked(" 1 ", Some("2026-11-20T09:30:00Z")), Some(at("2026-11-28T08:00:00Z")), "it is over");
        assert_eq!(asked("2", None), Some(at("2026-11-29T08:00:00Z")));
        for wrong in ["", "0", "-1", "1.5", "三", "366", "99999999999999999999"] {
            assert_eq!(asked(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn words_have_an_end_and_no_control_characters() {
        assert_eq!(words(" 已修好\u{7}\r\n请验收 ").unwrap().as_deref(), Some("已修好\n请验收"));
        assert_eq!(words(" \n").unwrap(), None);
        assert!(words(&"修".repeat(MAX_WORDS_CHARS + 1)).is_err());
    }

    #[test]
    fn what_is_no_photo_is_not_kept() {
        let of = |bytes: &[u8]| photos(vec![STANDARD.encode(bytes)]).map(|_| ());
        assert!(of(b"<svg onload=alert(1)>").is_err() && of(b"\xFF\xD8\xFFcut").is_err() && of(b"").is_err());
        assert!(photos(vec!["%%".to_owned()]).is_err() && photos(vec![String::new(); 4]).is_err());
        assert_eq!(of(&vec![0; MAX_PHOTO_BYTES + 1]).unwrap_err().refusal.code, RefusalCode::PayloadTooLarge);
    }
}
