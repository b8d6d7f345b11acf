//! Reading the routing tables, with everything wrong in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::BuildError;
use huiliu_adapter_api::SettingsProblem;
use huiliu_adapter_api::wording;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use toml::Spanned;

use super::words::Words;
use super::{ANY_CATEGORY, Calendar, Category, District, Due, Duty, Routing};
use crate::city::{City, DueRule, Grade, Grades, Problem, Row, Table};
use crate::complaint::Division;

/// Headings that may be missing: of departments, districts and categories.
const OPTIONAL: [&[&str]; 3] = [&["parent", "level", "group", "basis"], &["aliases"], &["grade", "keywords", "domain"]];

/// A table that must be there with its headings.
fn needed<'a>(
    tables: &'a BTreeMap<String, Table>,
    name: &str,
    headings: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<&'a Table> {
    let found = tables.get(name);
    match found {
        Some(table) => table.require(headings, problems),
        None => problems.push(Problem::of_file(&format!("tables/{name}.csv"), "缺少这个表", "the table is missing")),
    }
    found
}

pub(super) fn load(
    city: &City,
    city_source: &str,
    grades: Arc<Grades>,
    zone: TimeZone,
    tables: &BTreeMap<String, Table>,
    problems: &mut Vec<Problem>,
) -> Routing {
    let empty = Table::default();
    let mut needed = |name: &str, headings: &[&str]| needed(tables, name, headings, problems).unwrap_or(&empty);
    let departments_table = needed("departments", &["code", "name"]);
    let districts_table = needed("districts", &["code", "name"]);
    let categories_table = needed("categories", &["code", "name", "department"]);
    let departments: BTreeMap<String, String> =
        departments_table.rows().map(|row| (row.get("code").to_owned(), row.get("name").to_owned())).collect();
    let districts: Vec<District> = districts_table.rows().map(|row| read_district(&row)).collect();
    let categories = load_categories(categories_table, city, &departments, problems);
    for (table, optional) in [departments_table, districts_table, categories_table].into_iter().zip(OPTIONAL) {
        table.refuse_misspelt(optional, problems);
        refuse_double_codes(table, problems);
    }
    let known = Known {
        categories: categories_table.rows().map(|row| row.get("code")).collect(),
        districts: districts_table.rows().map(|row| row.get("code")).chain([city.code.as_str()]).collect(),
        departments: &departments,
        bases: &city.duty.bases,
    };
    let bases = departments_table.rows().filter_map(|row| {
        let basis = load_basis(departments_table, &row, &city.duty.bases, problems)?;
        Some((row.get("code").to_owned(), basis))
    });
    let bases = bases.collect();
    let responsibility = load_responsibility(tables.get("responsibility"), &known, problems);
    let calendar = load_calendar(city, city_source, tables, problems);
    let mut require = |spanned, known, zh, en| require(city_source, spanned, known, (zh, en), problems);
    let department_known = departments.contains_key(city.default_department.get_ref());
    require(
        &city.default_department,
        department_known,
        "departments.csv 里没有这个单位",
        "no such department in departments.csv",
    );
    let category_known = categories.iter().any(|category| category.code == *city.default_category.get_ref());
    require(
        &city.default_category,
        category_known,
        "categories.csv 里没有这个分类",
        "no such category in categories.csv",
    );
    let mut searched = |table: &str, words: Result<Words, BuildError>| {
        words.unwrap_or_else(|error| {
            let file = format!("tables/{table}.csv");
            let zh = format!("词太多{}", wording::original(&error));
            problems.push(Problem::of_file(&file, zh, format!("too many words: {error}")));
            Words::default()
        })
    };
    Routing {
        keywords: searched("categories", Words::new(categories.iter().map(|found| found.keywords.as_slice()))),
        district_names: searched("districts", Words::new(districts.iter().map(|found| found.names.as_slice()))),
        categories,
        districts,
        departments,
        responsibility,
        bases,
        grades,
        calendar,
        zone,
        city: city.code.clone(),
        default_category: city.default_category.get_ref().clone(),
        default_department: city.default_department.get_ref().clone(),
        default_grade: city.default_grade.get_ref().clone(),
    }
}

/// Refuses a code of `city.toml` that is not known.
fn require(source: &str, code: &Spanned<String>, known: bool, (zh, en): (&str, &str), problems: &mut Vec<Problem>) {
    if !known {
        problems.push(Problem::at_span("city.toml", source, &SettingsProblem::new(code.span(), zh, en)));
    }
}

/// Words of one cell, separated by spaces, 、 or ；.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([' ', '、', '；', ';', '|']).map(str::trim).filter(|word| !word.is_empty())
}

fn read_district(row: &Row<'_>) -> District {
    District {
        code: row.get("code").to_owned(),
        division: Division::of(row.get("code")),
        names: std::iter::once(row.get("name")).chain(words(row.get("aliases"))).map(str::to_owned).collect(),
    }
}

fn load_categories(
    table: &Table,
    city: &City,
    departments: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> Vec<Category> {
    let mut categories = Vec::new();
    for row in table.rows() {
        let (department, grade) = (row.get("department"), row.get("grade"));
        if !departments.contains_key(department) {
            problems.push(Problem::at_line(
                &table.file,
                row.line,
                format!("departments.csv 里没有单位 {department}"),
                format!("department {department} is not in departments.csv"),
            ));
        }
        if !grade.is_empty() && !city.grades.iter().any(|known| known.code.get_ref() == grade) {
            problems.push(Problem::at_line(
                &table.file,
                row.line,
                format!("city.toml 里没有等级 {grade}"),
                format!("grade {grade} is not in city.toml"),
            ));
        }
        categories.push(Category {
            code: row.get("code").to_owned(),
            name: row.get("name").to_owned(),
            department: department.to_owned(),
            grade: (!grade.is_empty()).then(|| grade.to_owned()),
            keywords: words(row.get("keywords")).map(str::to_owned).collect(),
            domain: row.get("domain").to_owned(),
        });
    }
    categories
}

/// A code that stands twice: only one of the rows counts, and which is not to be seen.
fn refuse_double_codes(table: &Table, problems: &mut Vec<Problem>) {
    let mut lines = BTreeMap::new();
    for row in table.rows() {
        let code = row.get("code");
        let (zh, en) = match lines.insert(code, row.line) {
            _ if code.is_empty() => ("code 一栏是空的".to_owned(), "the code is empty".to_owned()),
            Some(first) => (
                format!("代码 {code} 在第 {first} 行已经有了，请删去一行"),
                format!("code {code} stands in line {first} already; remove a row"),
            ),
            None => continue,
        };
        problems.push(Problem::at_line(&table.file, row.line, zh, en));
    }
}

/// The codes that a rule may name.
struct Known<'a> {
    categories: BTreeSet<&'a str>,
    districts: BTreeSet<&'a str>,
    departments: &'a BTreeMap<String, String>,
    bases: &'a [String],
}

/// On what a duty is based, as a row says; none where it says nothing.
fn load_basis(table: &Table, row: &Row<'_>, bases: &[String], problems: &mut Vec<Problem>) -> Option<String> {
    let basis = Some(row.get("basis")).filter(|basis| !basis.is_empty())?;
    if !bases.iter().any(|known| known == basis) {
        problems.push(Problem::at_line(
            &table.file,
            row.line,
            format!("职责依据 {basis} 不在 city.toml 的 [duty] bases 里；有：{}", bases.join("、")),
            format!("the basis {basis} is not among [duty] bases of city.toml; there are: {}", bases.join(", ")),
        ));
    }
    Some(basis.to_owned())
}

fn load_responsibility(
    table: Option<&Table>,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<(String, String), Duty> {
    let Some(table) = table else { return BTreeMap::new() };
    table.require(&["category", "district", "department"], problems);
    table.refuse_misspelt(&["basis"], problems);
    let (mut rules, mut lines) = (BTreeMap::new(), BTreeMap::new());
    for row in table.rows() {
        let [category, district, department] = ["category", "district", "department"].map(|heading| row.get(heading));
        let checks = [
            (
                category == ANY_CATEGORY || known.categories.contains(category),
                "categories",
                ("分类", "category"),
                category,
            ),
            (known.districts.contains(district), "districts", ("区划", "district"), district),
            (known.departments.contains_key(department), "departments", ("单位", "department"), department),
        ];
        for (_, table_name, (zh, en), code) in checks.into_iter().filter(|(known, ..)| !known) {
            problems.push(Problem::at_line(
                &table.file,
                row.line,
                format!("{table_name}.csv 里没有{zh} {code}"),
                format!("{en} {code} is not in {table_name}.csv"),
            ));
        }
        if let Some(first) = lines.insert((category, district), row.line) {
            problems.push(Problem::at_line(
                &table.file,
                row.line,
                format!("分类 {category}、区划 {district} 在第 {first} 行已有规则，请删去一行"),
                format!("there is a rule for {category} in {district} in line {first} already; remove a row"),
            ));
        }
        let basis = load_basis(table, &row, known.bases, problems);
        let duty = Duty { department: department.to_owned(), basis };
        rules.insert((category.to_owned(), district.to_owned()), duty);
    }
    rules
}

/// The calendar. Where nothing counts working days none is needed, unless one is named.
fn load_calendar(
    city: &City,
    city_source: &str,
    tables: &BTreeMap<String, Table>,
    problems: &mut Vec<Problem>,
) -> Calendar {
    let name = &city.calendar.table;
    if let Some(table) = tables.get(name.get_ref()) {
        return Calendar::load(table, problems);
    }
    let counting = city.grades.iter().find(|grade| matches!(grade.due, DueRule::WorkingDays(_)));
    let (named, at) = (!name.span().is_empty(), name.span());
    let at = if named { Some(at) } else { counting.map(|grade| grade.code.span()) };
    if let Some(at) = at {
        let file = format!("tables/{}.csv", name.get_ref());
        let zh = format!("缺少日历 {file}：没有它，工作日就不知道节假日和调休");
        let en = format!("the calendar {file} is missing: without it working days know no holidays");
        problems.push(Problem::at_span("city.toml", city_source, &SettingsProblem::new(at, zh, en)));
    }
    Calendar::default()
}

/// A remark where a matter that comes now has a deadline in a year whose holidays the calendar does not know.
pub(super) fn calendar_remark(routing: &Routing, table: &str, now: Timestamp) -> Option<Problem> {
    let due = |grade: &Grade| {
        let due = Due::compute(grade.due, now, &routing.zone, &routing.calendar)?;
        Some((due.unknown_year?, grade.name.clone()))
    };
    let (year, grade) = routing.grades.iter().find_map(due)?;
    Some(Problem::of_file(
        &format!("tables/{table}.csv"),
        format!(
            "日历里没有 {year} 年：现在受理的“{grade}”级工单，时限已落在该年，节假日和调休不会计入。请补上该年的日历"
        ),
        format!(
            "the calendar has nothing of {year}, where deadlines of grade {grade} fall by now: its holidays are not counted. Add \
             that year"
        ),
    ))
}
