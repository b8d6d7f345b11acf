//! The sections in the page's head, and whom they are for.

use huiliu_domain::catalogue::{Locale, say};
use serde::Serialize;

use crate::ADDRESS;
use crate::api::{Address, Api};
use crate::session::Session;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// What a person may do; each role but the auditor's may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Reads the audit log and the lives of matters, nothing else.
    Auditor,
    /// Looks after people, and sees no matter.
    Security,
    /// Reads.
    Viewer,
    /// Acts in the name of units.
    Clerk,
    /// Decides.
    Operator,
    /// Changes the city pack.
    Admin,
}

impl Role {
    fn named(name: &str) -> Option<Self> {
        match name {
            "auditor" => Some(Self::Auditor),
            "security" => Some(Self::Security),
            "viewer" => Some(Self::Viewer),
            "clerk" => Some(Self::Clerk),
            "operator" => Some(Self::Operator),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// Whether it may do what another role is needed for.
    pub(crate) fn may(self, least: Self) -> bool {
        match least {
            Self::Auditor | Self::Security => self == least,
            _ => self >= least,
        }
    }
}

/// Who looks, as the API says.
pub(crate) struct Me {
    pub(crate) name: String,
    role: Option<Role>,
}

impl Me {
    pub(crate) async fn of(api: &Api, session: &Session) -> Result<Self, Trouble> {
        let me = api.get(session, Address::of(["me"])).await?;
        let said = |name: &str| me[name].as_str().filter(|text| !text.is_empty());
        let name = said("title").or(said("name")).unwrap_or_default().to_owned();
        Ok(Self { name, role: me["role"].as_str().and_then(Role::named) })
    }

    /// Whether the role reaches that far.
    pub(crate) fn may(&self, least: Role) -> bool {
        self.role.is_some_and(|role| role.may(least))
    }
}

/// A section or a page of one.
#[derive(Serialize)]
pub(crate) struct Link {
    address: String,
    name: String,
    current: bool,
}

/// A section: its first page, its pages, and whom it is for.
struct Section {
    path: &'static str,
    name: String,
    least: Role,
    pages: Vec<(&'static str, String, Role)>,
}

fn all(locale: Locale) -> Vec<Section> {
    let section = |path, name, least, pages| Section { path, name, least, pages };
    let (viewer, operator, admin) = (Role::Viewer, Role::Operator, Role::Admin);
    vec![
        section("", say!(in locale; "console-today"), viewer, Vec::new()),
        section(
            "tickets",
            say!(in locale; "console-tickets"),
            viewer,
            vec![
                ("tickets", say!(in locale; "console-tickets"), viewer),
                ("search", say!(in locale; "console-complaints"), viewer),
                ("explain", say!(in locale; "console-explain"), viewer),
            ],
        ),
        section("review", say!(in locale; "console-review"), viewer, Vec::new()),
        section(
            "handling",
            say!(in locale; "console-handling"),
            viewer,
            vec![
                ("handling", say!(in locale; "console-overdue"), viewer),
                ("tickets?waits=true", say!(in locale; "console-now-holds"), viewer),
                ("notices", say!(in locale; "console-notices"), viewer),
                ("callbacks", say!(in locale; "console-callbacks"), operator),
                ("topics", say!(in locale; "console-topics"), viewer),
                ("alerts", say!(in locale; "console-alerts"), viewer),
                ("unanswered", say!(in locale; "console-unanswered"), viewer),
            ],
        ),
        section(
            "channels",
            say!(in locale; "console-channels"),
            viewer,
            vec![
                ("channels", say!(in locale; "console-channels"), viewer),
                ("feeds", say!(in locale; "console-feeds"), viewer),
                ("replies", say!(in locale; "console-replies"), viewer),
                ("deliveries", say!(in locale; "console-deliveries"), viewer),
                ("files", say!(in locale; "console-files"), viewer),
                ("warnings", say!(in locale; "console-warnings"), operator),
            ],
        ),
        section("quarantine", say!(in locale; "console-quarantine"), operator, Vec::new()),
        section(
            "reports",
            say!(in locale; "console-reports"),
            viewer,
            vec![
                ("reports", say!(in locale; "console-reports"), viewer),
                ("bulletins", say!(in locale; "console-bulletins"), viewer),
                ("reply-checks", say!(in locale; "console-reply-checks"), viewer),
            ],
        ),
        section(
            "packs",
            say!(in locale; "console-packs"),
            admin,
            vec![
                ("rules", say!(in locale; "console-rules"), admin),
                ("packs", say!(in locale; "console-versions-and-drafts"), admin),
            ],
        ),
        section("audit", say!(in locale; "console-audit"), Role::Auditor, Vec::new()),
        section("people", say!(in locale; "people-page"), Role::Security, Vec::new()),
    ]
}

fn address(path: &str) -> String {
    if path.is_empty() { ADDRESS.to_owned() } else { format!("{ADDRESS}/{path}") }
}

/// The sections that somebody may see, and the pages of the section in which a page is.
pub(crate) fn seen(visit: &Visit, place: &str) -> (Vec<Link>, Vec<Link>) {
    let (mut sections, mut pages) = (Vec::new(), Vec::new());
    for section in all(visit.locale()) {
        let current = section.path == place || section.pages.iter().any(|(path, ..)| *path == place);
        if current {
            let seen = section.pages.into_iter().filter(|(.., least)| visit.may(*least));
            pages = seen.map(|(path, name, _)| Link { address: address(path), name, current: path == place }).collect();
        }
        if visit.may(section.least) {
            sections.push(Link { address: address(section.path), name: section.name, current });
        }
    }
    (sections, pages)
}
