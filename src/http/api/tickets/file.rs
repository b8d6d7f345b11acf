//! A list of tickets as a file for spreadsheets: what the list shows, in the language of whoever reads it.

use std::collections::BTreeSet;

use huiliu_adapter_api::RefusalCode;
use huiliu_sheet::{Cell, Sheet, SheetError, SheetKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::catalogue::{Locale, one_of, say};
use crate::city::Names;
use crate::http::problem::Problem;
use crate::key::TicketKey;
use crate::mask::mask_text;
use crate::store::TicketDetail;
use crate::ticket::Ticket;

/// Most tickets of a file.
pub(super) const MAX_FILE_TICKETS: usize = 20_000;

/// Writes tickets that a list has, in its order; those whose words are withheld without them.
pub(super) fn written(
    kind: SheetKind,
    tickets: &[TicketDetail],
    withheld: &BTreeSet<TicketKey>,
    (names, zone, locale): (&Names, &TimeZone, Locale),
) -> Result<Vec<u8>, Problem> {
    let mut sheet = Sheet::new(kind, &headings(locale)).map_err(|error| failed(&error))?;
    for detail in tickets {
        let title = if withheld.contains(&detail.key) { String::new() } else { mask_text(&detail.ticket.title) };
        sheet.push(&row(&detail.ticket, title, (names, zone, locale))).map_err(|error| failed(&error))?;
    }
    Ok(sheet.finish().map_err(|error| failed(&error))?.content)
}

fn headings(locale: Locale) -> Vec<String> {
    vec![
        say!(in locale; "console-ticket"),
        say!(in locale; "console-title"),
        say!(in locale; "console-status"),
        say!(in locale; "console-category"),
        say!(in locale; "console-grade"),
        say!(in locale; "console-department"),
        say!(in locale; "console-district"),
        say!(in locale; "console-complaints"),
        say!(in locale; "console-made"),
        say!(in locale; "console-due"),
    ]
}

fn row(ticket: &Ticket, title: String, (names, zone, locale): (&Names, &TimeZone, Locale)) -> Vec<Cell> {
    let route = &ticket.route;
    let named = |name: Option<&str>, code: &str| Cell::from(name.unwrap_or(code));
    let moment = |at: Timestamp| Cell::Text(at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string());
    let status = locale.pick(ticket.status.zh().to_owned(), ticket.status.wire().replace('_', " "));
    vec![
        Cell::Text(ticket.id.clone()),
        Cell::Text(title),
        Cell::Text(status),
        named(names.category(&route.category), &route.category),
        Cell::Text(route.grade.clone()),
        named(names.department(&route.department), &route.department),
        named(names.district(&route.district), &route.district),
        Cell::Integer(i64::try_from(ticket.complaints).unwrap_or(i64::MAX)),
        moment(ticket.created_at),
        route.due_at.map_or(Cell::Empty, moment),
    ]
}

fn failed(error: &SheetError) -> Problem {
    let code = match error {
        SheetError::TooLarge => RefusalCode::InvalidRequest,
        _ => RefusalCode::Internal,
    };
    let said = error.to_string();
    Problem::new(code, one_of(&said, Locale::Zh), one_of(&said, Locale::En))
}
