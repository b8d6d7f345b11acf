//! What stands in one cell.

use serde_json::Value;

/// What stands between the items of a list that becomes one cell.
const BETWEEN: &str = "；";

/// One cell of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, also one of digits: numbers of tickets, telephones, codes with leading zeros.
    Text(String),
    /// A whole number that is counted with.
    Integer(i64),
    /// A number that is measured. One that is not finite is written as nothing.
    Decimal(f64),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&Value> for Cell {
    /// A list of texts becomes one text; other lists and objects become JSON.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Self::Integer(integer),
                // Above the largest i64, digits count more than arithmetic.
                (None, _) if number.is_u64() => Self::Text(number.to_string()),
                (None, Some(decimal)) => Self::Decimal(decimal),
                (None, None) => Self::Text(number.to_string()),
            },
            Value::Array(items) => match items.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
                Some(texts) => Self::Text(texts.join(BETWEEN)),
                None => Self::Text(value.to_string()),
            },
            Value::Object(_) => Self::Text(value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_an_event_become_cells() {
        for (value, cell) in [
            (json!(null), Cell::Empty),
            (json!("007"), Cell::from("007")),
            (json!(7), Cell::Integer(7)),
            (json!(1.5), Cell::Decimal(1.5)),
            (json!(18_446_744_073_709_551_615_u64), Cell::from("18446744073709551615")),
            (json!(true), Cell::Flag(true)),
            (json!(["城管局", "环保局"]), Cell::from("城管局；环保局")),
            (json!([]), Cell::from("")),
            (json!([1, 2]), Cell::from("[1,2]")),
            (json!({"lat": 30.5}), Cell::from("{\"lat\":30.5}")),
        ] {
            assert_eq!(Cell::from(&value), cell, "{value}");
        }
    }
}
