//! Names of codes, as people read them.

use std::collections::HashMap;

/// The city's name and the names of its categories, districts, departments, clocks, tags, grades, levels and channels by code.
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
    /// Tags (标签).
    pub tags: HashMap<String, String>,
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

    /// Name of a clock.
    #[must_use]
    pub fn clock(&self, code: &str) -> Option<&str> {
        self.clocks.get(code).map(String::as_str)
    }

    /// Name of a tag.
    #[must_use]
    pub fn tag(&self, code: &str) -> Option<&str> {
        self.tags.get(code).map(String::as_str)
    }

    /// Name of a department.
    #[must_use]
    pub fn department(&self, code: &str) -> Option<&str> {
        self.departments.get(code).map(String::as_str)
    }
}
