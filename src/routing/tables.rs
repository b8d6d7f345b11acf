//! Reading the routing tables, with everything wrong in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::BuildError;
use huiliu_adapter_api::SettingsProblem;
use jiff::tz::TimeZone;
use toml::Spanned;

use super::words::Words;
use super::{Calendar, Category, District, Routing};
use crate::city::{City, Grades, Problem, Row, Table};
use crate::complaint::Division;

pub(super) fn load(
    city: &City,
    city_source: &str,
    grades: Arc<Grades>,
    zone: TimeZone,
    tables: &BTreeMap<String, Table>,
    problems: &mut Vec<Problem>,
) -> Routing {
    let empty = Table::default();
    let mut needed = |name: &str, headings: &[&str]| match tables.get(name) {
        Some(table) => {
            table.require(headings, problems);
            table
        }
        None => {
            problems.push(Problem::of_file(&format!("tables/{name}.csv"), "缺少这个表", "the table is missing"));
            &empty
        }
    };
    let departments_table = needed("departments", &["code", "name"]);
    let districts_table = needed("districts", &["code", "name"]);
    let categories_table = needed("categories", &["code", "name", "department"]);
    let departments: BTreeMap<String, String> =
        departments_table.rows().map(|row| (row.get("code").to_owned(), row.get("name").to_owned())).collect();
    let districts: Vec<District> = districts_table.rows().map(|row| read_district(&row)).collect();
    let categories = load_categories(categories_table, city, &departments, problems);
    let responsibility = load_responsibility(tables.get("responsibility"), &departments, problems);
    let calendar = tables.get(&city.calendar.table).map(|table| Calendar::load(table, problems)).unwrap_or_default();
    let mut require = |spanned: &Spanned<String>, known: bool, zh: &str, en: &str| {
        if !known {
            problems.push(Problem::at_span("city.toml", city_source, &SettingsProblem::new(spanned.span(), zh, en)));
        }
    };
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
            problems.push(Problem::of_file(&file, format!("词太多：{error}"), format!("too many words: {error}")));
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
        grades,
        calendar,
        zone,
        city: city.code.clone(),
        default_category: city.default_category.get_ref().clone(),
        default_department: city.default_department.get_ref().clone(),
        default_grade: city.default_grade.get_ref().clone(),
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
        });
    }
    categories
}

fn load_responsibility(
    table: Option<&Table>,
    departments: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<(String, String), String> {
    let Some(table) = table else { return BTreeMap::new() };
    table.require(&["category", "district", "department"], problems);
    let mut rules = BTreeMap::new();
    for row in table.rows() {
        let department = row.get("department");
        if !departments.contains_key(department) {
            problems.push(Problem::at_line(
                &table.file,
                row.line,
                format!("departments.csv 里没有单位 {department}"),
                format!("department {department} is not in departments.csv"),
            ));
        }
        rules.insert((row.get("category").to_owned(), row.get("district").to_owned()), department.to_owned());
    }
    rules
}
