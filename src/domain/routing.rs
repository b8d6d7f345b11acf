//! Routing: category, district, department, grade and deadline, from the pack's tables. Pure and synchronous; every
//! decision carries its reason in a sentence.
//!
//! Tables: `categories.csv` (`code,name,department,grade,keywords`, and `domain` for reports), `districts.csv` (`code,name,aliases`; several levels, if you like:
//! codes of 6, 9 and 12 digits say what lies in what),
//! `departments.csv` (`code,name`, and `basis`), optionally `responsibility.csv` (`category,district,department`, and `basis`; category `*` is
//! any) and the calendar (`date,day,name`).

mod calendar;
mod cases;
mod due;
mod tables;
mod words;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use calendar::Calendar;
pub use cases::{RoutingCase, run_routing_cases};
pub use due::Due;

use words::Words;

use crate::city::{City, Grade, Grades, Names, Problem, Table};
use crate::complaint::{Complaint, Division};
use crate::ticket::Route;

/// One kind of matter (事项分类).
#[derive(Debug, Clone)]
struct Category {
    code: String,
    name: String,
    department: String,
    grade: Option<String>,
    domain: String,
    keywords: Vec<String>,
}

/// The category of a rule of `responsibility.csv` that holds for every matter of a division that no other rule there is for.
const ANY_CATEGORY: &str = "*";
/// Digits of the code of a street or town.
const STREET_DIGITS: u8 = 9;

/// One district (区划).
#[derive(Debug, Clone)]
struct District {
    code: String,
    division: Division,
    names: Vec<String>,
}

/// Whose duty a kind of matter is in a district.
#[derive(Debug, Clone)]
struct Duty {
    department: String,
    basis: Option<String>,
}

/// The pack's routing tables.
#[derive(Debug, Clone)]
pub struct Routing {
    categories: Vec<Category>,
    /// The keywords of the categories.
    keywords: Words,
    districts: Vec<District>,
    /// The names and aliases of the districts.
    district_names: Words,
    departments: BTreeMap<String, String>,
    responsibility: BTreeMap<(String, String), Duty>,
    /// On what the duties of departments are based, where no rule of its own says it.
    bases: BTreeMap<String, String>,
    grades: Arc<Grades>,
    calendar: Calendar,
    zone: TimeZone,
    city: String,
    default_category: String,
    default_department: String,
    default_grade: String,
}

impl Routing {
    /// Reads the tables of a pack.
    pub(crate) fn load(
        city: &City,
        city_source: &str,
        grades: Arc<Grades>,
        zone: TimeZone,
        tables: &BTreeMap<String, Table>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        tables::load(city, city_source, grades, zone, tables, problems)
    }

    /// A remark where the calendar, which is in `table`, ends before deadlines of matters that come now.
    pub(crate) fn calendar_remark(&self, table: &str, now: Timestamp) -> Option<Problem> {
        tables::calendar_remark(self, table, now)
    }

    /// Routes one complaint that was received at `received_at`.
    #[must_use]
    pub fn route(&self, complaint: &Complaint, received_at: Timestamp) -> Route {
        self.route_in(self.known_district(complaint).as_ref(), complaint, received_at)
    }

    /// Routes one complaint whose [`Routing::known_district`] is known.
    #[must_use]
    pub fn route_in(
        &self,
        known_district: Option<&(String, &'static str)>,
        complaint: &Complaint,
        received_at: Timestamp,
    ) -> Route {
        let mut reasons = Vec::new();
        let category = self.category(complaint, &mut reasons);
        let district = self.district(known_district, &mut reasons);
        let Duty { department, basis } = self.department(category, &district, &mut reasons);
        let grade = self.grade(complaint, category, &mut reasons);
        let due_at = self.due(grade, complaint.source_deadline, received_at, &mut reasons);
        Route {
            category: category.map_or(self.default_category.clone(), |found| found.code.clone()),
            district,
            department,
            basis,
            grade: grade.code.clone(),
            due_at,
            reasons,
        }
    }

    /// The city's own code, used where a place is unknown.
    #[must_use]
    pub fn city_code(&self) -> &str {
        &self.city
    }

    /// The zone of the city.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The calendar of the city.
    pub(crate) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The category used where none is recognized.
    #[must_use]
    pub fn default_category(&self) -> &str {
        &self.default_category
    }

    /// Codes of the units that it sends matters to.
    #[must_use]
    pub fn units(&self) -> BTreeSet<&str> {
        let by_category = self.categories.iter().map(|category| category.department.as_str());
        let local = self.responsibility.values().map(|duty| duty.department.as_str());
        by_category.chain(local).chain([self.default_department.as_str()]).collect()
    }

    /// The domain that a category belongs to; empty where the table says none.
    #[must_use]
    pub fn domain(&self, category: &str) -> &str {
        self.categories.iter().find(|known| known.code == category).map_or("", |known| &known.domain)
    }

    /// The names of the codes that routing gives.
    #[must_use]
    pub fn names(&self, city: &str) -> Names {
        let categories = self.categories.iter().rev().map(|category| (category.code.clone(), category.name.clone()));
        let named = |district: &District| Some((district.code.clone(), district.names.first()?.clone()));
        Names {
            city: city.to_owned(),
            categories: categories.collect(),
            districts: self.districts.iter().rev().filter_map(named).collect(),
            departments: self.departments.clone().into_iter().collect(),
            grades: self.grades.iter().map(|grade| (grade.code.clone(), grade.name.clone())).collect(),
            ..Names::default()
        }
    }

    /// A new deadline for a grade, counted from `from`, with its reason; `None` for an unknown grade.
    #[must_use]
    pub fn due_again(&self, grade: &str, from: Timestamp) -> Option<Due> {
        Due::compute(self.grades.get(grade)?.due, from, &self.zone, &self.calendar)
    }

    /// Names and aliases of the divisions that hold many matters: counties, streets, towns, and those whose codes tell nothing. A
    /// community's name says where a matter is.
    pub fn area_names(&self) -> impl Iterator<Item = &str> {
        let wide = |district: &&District| district.division.depth() <= STREET_DIGITS;
        self.districts.iter().filter(wide).flat_map(|district| &district.names).map(String::as_str)
    }

    fn category(&self, complaint: &Complaint, reasons: &mut Vec<String>) -> Option<&Category> {
        // A source's "other" says nothing: the words may say more.
        let says_something = |category: &&Category| category.code != self.default_category;
        if let Some(hint) = &complaint.category_hint
            && let Some(found) =
                self.categories.iter().find(|c| c.code == *hint || c.name == *hint).filter(says_something)
        {
            reasons.push(format!("事项分类：来源给出“{hint}”，即 {}", found.name));
            return Some(found);
        }
        let hint = complaint.category_hint.as_deref().unwrap_or_default();
        let in_text = self.keywords.found_in(&complaint.text);
        let mut in_title = self.keywords.found_in(&complaint.title);
        in_title.extend(self.keywords.found_in(hint));
        let mut scores: BTreeMap<usize, (usize, Vec<&str>)> = BTreeMap::new();
        for at in in_text.keys().chain(in_title.keys()).collect::<BTreeSet<_>>() {
            let Some((category, nth)) = self.keywords.owner(*at) else { continue };
            let Some(word) = self.categories.get(category).and_then(|found| found.keywords.get(nth)) else { continue };
            let times = usize::from(in_text.contains_key(at)) + 2 * usize::from(in_title.contains_key(at));
            let (total, hits) = scores.entry(category).or_default();
            *total += word.chars().count() * times;
            hits.push(word);
        }
        // Of two that score the same, the one that stands first.
        let best = scores.into_iter().max_by_key(|(category, (total, _))| (*total, Reverse(*category)));
        let best = best.and_then(|(category, (_, hits))| Some((hits, self.categories.get(category)?)));
        if let Some((hits, category)) = best {
            reasons.push(format!("事项分类：关键词 {} → {}", hits.join("、"), category.name));
            return Some(category);
        }
        reasons.push("事项分类：没有来源分类，也没有关键词，用默认分类".to_owned());
        None
    }

    fn department_name<'a>(&'a self, code: &'a str) -> &'a str {
        self.departments.get(code).map_or(code, String::as_str)
    }

    fn district_name<'a>(&'a self, code: &'a str) -> &'a str {
        let found = self.districts.iter().find(|district| district.code == code);
        found.and_then(|district| district.names.first()).map_or(code, String::as_str)
    }

    fn district(&self, known: Option<&(String, &'static str)>, reasons: &mut Vec<String>) -> String {
        if let Some((code, found)) = known {
            reasons.push(format!("区划：{found}（{}）", self.district_name(code)));
            return code.clone();
        }
        reasons.push("区划：地点未指明，归全市".to_owned());
        self.city.clone()
    }

    /// The division that the complaint itself tells, by code, else by the names and aliases in its place, title or text; with a
    /// word on where it was found. A name counts more when what holds it is named too (a community with its street); of two that
    /// count the same, the one that is named first. A name that several divisions bear, with nothing to tell them apart, is none of them.
    #[must_use]
    pub fn known_district(&self, complaint: &Complaint) -> Option<(String, &'static str)> {
        let place = &complaint.place;
        if let Some(code) = place.district.as_ref().filter(|code| self.districts.iter().any(|d| d.code == **code)) {
            return Some((code.clone(), "来源给出"));
        }
        let sources: [(Option<&str>, &'static str); 6] = [
            (place.street.as_deref(), "街道一栏提到"),
            (place.community.as_deref(), "社区一栏提到"),
            (place.district.as_deref(), "区划一栏提到"),
            (place.address.as_deref(), "地址提到"),
            (Some(&complaint.title), "标题提到"),
            (Some(&complaint.text), "正文提到"),
        ];
        sources.into_iter().find_map(|(text, what)| {
            let text = text?;
            self.named_in(text).map(|district| (district.code.clone(), what))
        })
    }

    fn named_in(&self, text: &str) -> Option<&District> {
        // Of each district the longest name, in characters, and where it stands first.
        let mut named: Vec<(&District, usize, usize)> = Vec::new();
        for (name, at) in self.district_names.found_in(text) {
            let Some((district, nth)) = self.district_names.owner(name) else { continue };
            let Some(district) = self.districts.get(district).filter(|found| found.code != self.city) else { continue };
            let length = district.names.get(nth).map_or(0, |name| name.chars().count());
            match named.last_mut().filter(|(known, ..)| std::ptr::eq(*known, district)) {
                Some((_, longest, first)) if (length, Reverse(at)) > (*longest, Reverse(*first)) => {
                    (*longest, *first) = (length, at);
                }
                Some(_) => {}
                None => named.push((district, length, at)),
            }
        }
        let told = |(district, _, at): &(&District, usize, usize)| {
            let holders = named.iter().filter(|(holder, ..)| holder.division.holds(district.division));
            (holders.map(|(_, length, _)| length).sum::<usize>(), Reverse(*at))
        };
        let best = named.iter().map(told).max()?;
        let mut chosen = named.iter().filter(|found| told(found) == best).map(|(district, ..)| *district);
        let first = chosen.next()?;
        chosen.next().is_none().then_some(first)
    }

    /// A division and those that hold it, the innermost first; of the city itself only when nothing narrower is known.
    fn outwards<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        let inner = Division::of(code);
        let holds = |other: &&District| other.code != code && other.code != self.city && other.division.holds(inner);
        let mut around: Vec<&District> = self.districts.iter().filter(holds).collect();
        around.sort_by_key(|district| Reverse(district.division.depth()));
        std::iter::once(code).chain(around.into_iter().map(|district| district.code.as_str()))
    }

    fn department(&self, category: Option<&Category>, district: &str, reasons: &mut Vec<String>) -> Duty {
        let rule = |code: &str, division: &str| self.responsibility.get(&(code.to_owned(), division.to_owned()));
        // What is not recognized is of the default category: a division may have a unit for it.
        let listed = category.map_or(self.default_category.as_str(), |category| &category.code);
        let own = |division: &str| {
            let by_category = rule(listed, division).map(|duty| (duty, "按责任清单（分类+区划）"));
            by_category.or_else(|| Some((rule(ANY_CATEGORY, division)?, "按责任清单（区划）")))
        };
        let local = self.outwards(district).find_map(own);
        let (code, why) = match (local, category) {
            (Some((duty, why)), _) => (&duty.department, why),
            (None, Some(category)) => (&category.department, "按事项分类"),
            (None, None) => {
                reasons.push("承办单位：默认单位".to_owned());
                let department = self.default_department.clone();
                return Duty { basis: self.bases.get(&department).cloned(), department };
            }
        };
        let basis = local.and_then(|(duty, _)| duty.basis.as_ref()).or_else(|| self.bases.get(code)).cloned();
        let based = basis.as_ref().map_or_else(String::new, |basis| format!("（职责依据：{basis}）"));
        reasons.push(format!("承办单位：{why}，{}{based}", self.department_name(code)));
        Duty { department: code.clone(), basis }
    }

    fn grade(&self, complaint: &Complaint, category: Option<&Category>, reasons: &mut Vec<String>) -> &Grade {
        let hint = complaint.urgency_hint.as_deref().unwrap_or_default();
        let by_hint = self.grades.iter().find(|grade| {
            !hint.is_empty()
                && (grade.code == hint || grade.name == hint || grade.words.iter().any(|word| word == hint))
        });
        let by_category = category.and_then(|c| c.grade.as_ref()).and_then(|code| self.grades.get(code));
        let fallback = || self.grades.get(&self.default_grade);
        // The more urgent of what the source says and what the category asks for.
        let found = [by_hint, by_category].into_iter().flatten().min_by_key(|grade| self.grades.rank(&grade.code));
        let why = match (by_hint, by_category) {
            (Some(_), Some(_)) => "来源与分类中较急者",
            (Some(_), None) => "按来源紧急程度",
            (None, Some(_)) => "按事项分类",
            (None, None) => "默认等级",
        };
        let grade = found.or_else(fallback).unwrap_or_else(|| self.first_grade());
        reasons.push(format!("等级：{why}，{}", grade.name));
        grade
    }

    #[expect(clippy::expect_used, reason = "loading refuses a city without its default grade")]
    fn first_grade(&self) -> &Grade {
        self.grades.iter().next().expect("a checked pack has a grade")
    }

    fn due(
        &self,
        grade: &Grade,
        source: Option<Timestamp>,
        received_at: Timestamp,
        reasons: &mut Vec<String>,
    ) -> Option<Timestamp> {
        let due = Due::compute(grade.due, received_at, &self.zone, &self.calendar)?;
        reasons.push(format!("时限：{}", due.explanation));
        match source {
            Some(source) if source < due.at && source > received_at => {
                let shown = source.to_zoned(self.zone.clone());
                reasons.push(format!("时限：来源要求更早，按来源 {}", shown.strftime("%Y-%m-%d %H:%M")));
                Some(source)
            }
            _ => Some(due.at),
        }
    }
}
