//! What is found in `rewards.toml` before it is live.

use super::{RULES, load};

/// Each is a line of the file, what stands in its place, and what is said of it.
const FAULTS: &[(&str, &str, &str)] = &[
    ("channels = [\"mini-program\", \"community-room\"]", "", "no channels are named"),
    ("\"mini-program\",", "\"sms\",", "there is no channel sms"),
    ("channels = [", "account = \"account\"\nchannels = [", "community-room maps no reporter_account"),
    ("on = \"accepted\"", "on = \"praised\"", "on is one of accepted, duplicate, resolved, rejected, rated"),
    ("points = 2", "points = 0", "points of 0 do nothing"),
    ("points = 2", "points = 5", "most_a_day is below points: the rule never counts"),
    ("points = 2", "points = -5", "most_a_day is below points: the rule never counts"),
    ("points = 2", "points = 20000", "points is -10000 to 10000"),
    ("most_a_day = 4", "most_a_day = 7", "most_a_day is above most_a_month, and never reached"),
    ("most = 8", "most = 5", "most_a_month is above most, and never reached"),
    ("code = \"lamp\"", "code = \"report\"", "there are two rules with this code"),
    ("code = \"lamp\"", "code = \"路灯\"", "a rule's code has lower-case letters"),
    ("name = \"路灯\"", "name = \" \"", "the name of a rule has 1 to 50 characters"),
    ("\"city-01\"", "\"moon\"", "category moon is not in categories.csv"),
    ("categories = [\"city-01\"]", "tags = [\"moon\"]", "there is no tag moon in watch.toml"),
    ("categories = [\"city-01\"]", "channels = [\"sms\"]", "sms is not among the channels of this file"),
    ("[2, 5, 9]", "[2, 2, 9]", "at has 1 to 6 numbers of points, ascending"),
    ("[2, 5, 9]", "[]", "at has 1 to 6 numbers of points, ascending"),
    ("[2, 5, 9]", "[1, 2, 3, 4, 5, 6, 7]", "at has 1 to 6 numbers of points, ascending"),
    ("[2, 5, 9]", "[0, 2]", "at has 1 to 6 numbers of points, ascending"),
    ("points = 5\n", "points = 5\nmost = 5\n", ""),
    ("[2, 5, 9]", "[2, 5, 9]\nmonths = 61", "months is 1 to 60"),
    ("[2, 5, 9]", "[2, 5, 9]\nmonths = 12\ncalendar_year = true", "exclude each other"),
    ("[2, 5, 9]", "[2, 5, 9]\nyears = 3", "years"),
];

#[test]
fn contradictions_are_found_with_their_place() {
    for (line, instead, said) in FAULTS {
        assert!(RULES.contains(line), "{line}");
        match load(&RULES.replacen(line, instead, 1)) {
            Ok(_) => assert_eq!(*said, "", "{instead}"),
            Err(problems) => {
                let found = problems.iter().any(|problem| problem.en.contains(said) && problem.line > 0);
                assert!(!said.is_empty() && found, "{instead}: {problems:#?}");
            }
        }
    }
}

#[test]
fn a_star_that_nobody_can_have_is_found() {
    let rules = RULES.replace("points = 5\n", "points = 5\nmost = 5\n").replace("[2, 5, 9]", "[2, 5, 14]");
    let problems = load(&rules).unwrap_err();
    assert!(problems[0].en.contains("at most 13 points: the star at 14 is never reached"), "{problems:?}");
}

#[test]
fn a_confidential_kind_never_counts() {
    let city = |text: String| format!("{text}\n[confidential]\ncategories = ['city-01']\n");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/yantian");
    let files = crate::city::PackFiles::read(&folder).unwrap();
    let text = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap();
    let files = files.with("city.toml", city(text).into_bytes()).with(super::REWARDS_FILE, RULES.as_bytes().to_vec());
    let factories = crate::registry::factories();
    let clock = std::sync::Arc::new(huiliu_adapter_api::ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
    let problems = crate::pack::Pack::load(files, &crate::mapping::Loading::away(&factories, clock)).unwrap_err();
    assert!(problems.iter().any(|problem| problem.en.contains("matters of city-01 are confidential")), "{problems:?}");
}
