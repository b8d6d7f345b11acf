//! Names of codes, as people read them.

use std::collections::HashMap;

/// The city's name and the names of its categories, districts, departments, clocks, lists, tags, procedures outside, grades, levels and
/// channels by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Name of the city.
    pub city: String,
    /// Categories (事项分类).
    pub categories: HashMap<String, String>,
    /// Districts (区划).
    pub districts: HashMap<String, String>,
    /// Departments (承办单位).
    pub departments: HashMap<String, String>,
    /// Clocks (时钟).
    pub clocks: HashMap<String, String>,
    /// Lists of what waits for a person (待审清单).
    pub holds: HashMap<String, String>,
    /// Tags (标签).
    pub tags: HashMap<String, String>,
    /// Procedures in which matters go on outside (转出去向).
    pub outside: HashMap<String, String>,
    /// Grades (等级).
    pub grades: HashMap<String, String>,
    /// Levels (层级).
    pub levels: HashMap<String, String>,
    /// Channels (渠道).
    pub channels: HashMap<String, String>,
}

impl Names {
    /// Name of a category.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<&str> {
        self.categories.get(code).map(String::as_str)
    }

    /// Name of a district.
    #[must_use]
    pub fn district(&self, code: &str) -> Option<&str> {
        self.districts.get(code).map(String::as_str)
    }

    /// Name of an area: a division by its code, or by the part of its code that is not filled up with noughts.
    #[must_use]
    pub fn area(&self, code: &str) -> Option<&str> {
        let filled =
            || self.districts.iter().find(|(known, _)| known.trim_end_matches('0') == code.trim_end_matches('0'));
        self.district(code).or_else(|| filled().map(|(_, name)| name.as_str()))
    }

    /// Name of a clock.
    #[must_use]
    pub fn clock(&self, code: &str) -> Option<&str> {
        self.clocks.get(code).map(String::as_str)
    }

    /// Name of a list of what waits for a person.
    #[must_use]
    pub fn hold(&self, code: &str) -> Option<&str> {
        self.holds.get(code).map(String::as_str)
    }

    /// Name of a tag.
    #[must_use]
    pub fn tag(&self, code: &str) -> Option<&str> {
        self.tags.get(code).map(String::as_str)
    }

    /// Name of a procedure outside.
    #[must_use]
    pub fn outside(&self, code: &str) -> Option<&str> {
        self.outside.get(code).map(String::as_str)
    }

    /// Name of a grade.
    #[must_use]
    pub fn grade(&self, code: &str) -> Option<&str> {
        self.grades.get(code).map(String::as_str)
    }

    /// Name of a level.
    #[must_use]
    pub fn level(&self, code: &str) -> Option<&str> {
        self.levels.get(code).map(String::as_str)
    }

    /// Name of a department.
    #[must_use]
    pub fn department(&self, code: &str) -> Option<&str> {
        self.departments.get(code).map(String::as_str)
    }
}
