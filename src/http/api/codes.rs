//! Codes as people give them in queries: by themselves, or by what the city calls them.

use std::collections::HashMap;
use std::sync::Arc;

use huiliu_adapter_api::RefusalCode;

use crate::city::meant_code;
use crate::http::Site;
use crate::http::problem::Problem;
use crate::pack::Pack;
use crate::ticket::Status;

/// What a code is of, in Chinese and in English.
type Of = (&'static str, &'static str);

const CHANNEL: Of = ("渠道", "channel");
const CATEGORY: Of = ("事项分类", "category");
const DEPARTMENT: Of = ("承办单位", "department");
const DISTRICT: Of = ("区划", "district");
const GRADE: Of = ("等级", "grade");
const STATUS: Of = ("办理状态", "status");

/// Reads codes by the live pack, and notes those that it does not know. An earlier one may have: what came by it is found by its code.
pub(super) struct Codes {
    pack: Arc<Pack>,
    unknown: Vec<(Of, String, Vec<String>)>,
}

impl Codes {
    pub(super) fn of(site: &Site) -> Self {
        Self { pack: site.supervisor.pack(), unknown: Vec::new() }
    }

    pub(super) fn channel(&mut self, given: Option<&str>) -> Option<String> {
        let pack = Arc::clone(&self.pack);
        self.code(CHANNEL, given, pack.channels.values().map(|channel| (channel.id.as_str(), channel.name.as_str())))
    }

    pub(super) fn category(&mut self, given: Option<&str>) -> Option<String> {
        let pack = Arc::clone(&self.pack);
        self.code(CATEGORY, given, named(&pack.rules.names.categories))
    }

    pub(super) fn department(&mut self, given: Option<&str>) -> Option<String> {
        let pack = Arc::clone(&self.pack);
        self.code(DEPARTMENT, given, named(&pack.rules.names.departments))
    }

    pub(super) fn district(&mut self, given: Option<&str>) -> Option<String> {
        let pack = Arc::clone(&self.pack);
        self.code(DISTRICT, given, named(&pack.rules.names.districts))
    }

    pub(super) fn grade(&mut self, given: Option<&str>) -> Option<String> {
        let pack = Arc::clone(&self.pack);
        self.code(GRADE, given, pack.rules.grades.iter().map(|grade| (grade.code.as_str(), grade.name.as_str())))
    }

    /// A status; one that there is not is refused.
    pub(super) fn status(&mut self, given: Option<&str>) -> Result<Option<Status>, Problem> {
        let known = Status::ALL.iter().map(|(_, zh, wire)| (*wire, *zh));
        match self.code(STATUS, given, known) {
            None => Ok(None),
            Some(name) => Status::from_wire(&name).map(Some).ok_or_else(|| self.refusal()),
        }
    }

    /// The code that is given, by itself or by its name; one that is not known as it is given.
    fn code<'a>(
        &mut self,
        of: Of,
        given: Option<&str>,
        known: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Option<String> {
        let given = given?.trim();
        Some(match meant_code(given, known) {
            Ok(code) => code.to_owned(),
            Err(nearest) => {
                self.unknown.push((of, given.to_owned(), nearest));
                given.to_owned()
            }
        })
    }

    /// Whether all were known.
    pub(super) fn are_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// That there is no such code, and which are nearest.
    pub(super) fn refusal(&self) -> Problem {
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        for ((of_zh, of_en), given, nearest) in &self.unknown {
            let (near_zh, near_en) = (nearest.join("、"), nearest.join(", "));
            zh.push(format!("没有{of_zh} {given}；最接近的：{near_zh}"));
            en.push(format!("there is no {of_en} {given}; nearest: {near_en}"));
        }
        Problem::new(RefusalCode::InvalidRequest, zh.join("；"), en.join("; "))
    }
}

fn named(names: &HashMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    names.iter().map(|(code, name)| (code.as_str(), name.as_str()))
}
