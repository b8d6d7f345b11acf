//! Pictures drawn here: bars, the waterfall of match weights, and which complaints are linked by what. They are figures in the
//! coordinates of an SVG; templates write them, so that every word in them is escaped.

mod cluster;

use minijinja::{Environment, Error, State, Value, context};
use serde::Serialize;
use serde_json::Value as Json;

use super::data;

/// Width of a waterfall, in its own units.
const WIDTH: f64 = 240.0;
/// Narrowest bar that can still be seen.
const LEAST: f64 = 1.5;

pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_function("bars", bars);
    environment.add_function("columns", columns);
    environment.add_function("squares", squares);
    environment.add_function("waterfall", waterfall);
    environment.add_function("cluster", cluster::draw);
}

/// A picture of a template.
fn draw(state: &State, template: &str, view: Value) -> Result<Value, Error> {
    Ok(Value::from_safe_string(state.env().get_template(template)?.render(view)?))
}

fn json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// One bar after the other: `[[label, count], …]`.
fn bars(state: &State, title: &str, counts: &Value) -> Result<Value, Error> {
    draw(state, "bars.html", context! { title, bars => data(scaled(counts)) })
}

/// Columns beside each other: `[[label, count], …]`.
fn columns(state: &State, title: &str, counts: &Value) -> Result<Value, Error> {
    draw(state, "columns.html", context! { title, bars => data(scaled(counts)) })
}

/// Squares whose areas are as the counts: a map of divisions without a map.
fn squares(state: &State, title: &str, counts: &Value) -> Result<Value, Error> {
    draw(state, "squares.html", context! { title, bars => data(scaled(counts)) })
}

#[derive(Serialize)]
struct Bar {
    label: String,
    count: f64,
    /// Of the greatest, in per cent.
    long: f64,
    /// Side of a square of that area.
    side: f64,
}

fn scaled(counts: &Value) -> Vec<Bar> {
    let counts: Vec<(String, f64)> = serde_json::from_value(json(counts)).unwrap_or_default();
    let greatest = counts.iter().map(|(_, count)| *count).fold(1.0, f64::max);
    let bar = |(label, count): (String, f64)| {
        let part = (count / greatest).max(0.0);
        Bar { label, count, long: (100.0 * part).round(), side: (100.0 * part.sqrt()).round() }
    };
    counts.into_iter().map(bar).collect()
}

/// One step of a waterfall.
#[derive(Debug, Serialize)]
struct Step {
    zh: String,
    en: String,
    weight: f64,
    x: f64,
    width: f64,
    against: bool,
}

/// Steps, and where the thresholds are.
#[derive(Debug, Serialize)]
struct Waterfall {
    steps: Vec<Step>,
    zero: f64,
    auto: f64,
    review: f64,
    total: f64,
}

fn waterfall(state: &State, evidence: &Value) -> Result<Value, Error> {
    let evidence = json(evidence);
    draw(state, "waterfall.html", context! { evidence => data(&evidence), drawn => data(steps(&evidence)) })
}

/// Each step begins where the one before ended; the first is the prior, from zero.
fn steps(evidence: &Json) -> Waterfall {
    let number = |name: &str| evidence[name].as_f64().unwrap_or_default();
    let given = evidence["contributions"].as_array().into_iter().flatten();
    let text = |one: &Json, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let given = given.map(|one| (text(one, "zh"), text(one, "en"), one["weight"].as_f64().unwrap_or_default()));
    let mut at = number("prior");
    let mut ranges = Vec::new();
    for (zh, en, weight) in given {
        ranges.push((zh, en, weight, at));
        at += weight;
    }
    let marks = [0.0, number("auto_weight"), number("review_weight"), number("prior"), number("weight"), at];
    let ends = ranges.iter().flat_map(|(.., weight, from)| [*from, from + weight]).chain(marks);
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    let place = |weight: f64| WIDTH * (weight - low) / (high - low).max(1.0);
    let steps = ranges.into_iter().map(|(zh, en, weight, from)| {
        let (left, right) = (from.min(from + weight), from.max(from + weight));
        let width = (place(right) - place(left)).max(LEAST);
        Step { zh, en, weight, x: place(left), width, against: weight < 0.0 }
    });
    Waterfall {
        steps: steps.collect(),
        zero: place(0.0),
        auto: place(number("auto_weight")),
        review: place(number("review_weight")),
        total: place(number("weight")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_step_begins_where_the_one_before_ended() {
        let step = |weight: f64| json!({ "zh": "", "en": "", "weight": weight });
        let drawn = steps(&json!({
            "prior": -4.0, "contributions": [step(6.0), step(-2.0), step(8.0)], "weight": 8.0, "auto_weight": 4.0, "review_weight": 0.0,
        }));
        let places: Vec<(f64, f64)> = drawn.steps.iter().map(|step| (step.x, step.x + step.width)).collect();
        assert_eq!(places, [(0.0, 120.0), (80.0, 120.0), (80.0, 240.0)]);
        assert_eq!((drawn.zero, drawn.auto, drawn.total), (80.0, 160.0, 240.0));
        assert_eq!(drawn.steps.iter().map(|step| step.against).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn a_waterfall_without_steps_is_none() {
        let drawn = steps(&json!({ "weight": 0.0 }));
        assert!(drawn.steps.is_empty() && drawn.zero == 0.0);
    }

    #[test]
    fn the_greatest_bar_is_whole() {
        let bars = scaled(&data([("a", 3), ("b", 12), ("c", 0)]));
        assert_eq!(bars.iter().map(|bar| bar.long).collect::<Vec<_>>(), [25.0, 100.0, 0.0]);
        assert!(scaled(&data(Vec::<(String, u8)>::new())).is_empty());
    }
}
