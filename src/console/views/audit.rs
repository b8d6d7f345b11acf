//! What people and tokens did.

use axum::response::Response;
use huiliu_domain::audit::AuditAction;
use huiliu_domain::catalogue::{say, states};
use minijinja::context;

use crate::api::Address;
use crate::listing::{Filters, Kind};
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(entries(&visit).await)
}

async fn entries(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let actions = AuditAction::ALL.iter().map(|(_, name)| ((*name).to_owned(), states::audit_action(locale, name)));
    let filters = Filters::none()
        .choice(visit, "action", say!(in locale; "console-action"), actions)
        .with(visit, Kind::Text, "actor", say!(in locale; "console-actor"))
        .with(visit, Kind::Day, "from", say!(in locale; "console-from"))
        .with(visit, Kind::Day, "to", say!(in locale; "console-until"))
        .with(visit, Kind::Flag, "oldest_first", say!(in locale; "console-oldest-first"));
    let checked = match visit.asked("check") {
        Some(_) => Some(data(visit.get(Address::of(["audit", "check"])).await?)),
        None => None,
    };
    let list = filters.page(visit, Address::of(["audit"]), "entries").await?;
    Ok(visit.show("audit", "audit.html", &say!(in locale; "console-audit"), context! { list, checked }))
}
