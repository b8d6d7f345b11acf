//! What stands still takes no time away and gives none that was lost before.

use super::*;

/// One clock, and what a case says of it.
fn check(clock: &str, steps: &str) {
    let rules = format!(
        "[office]\nhours = [\"08:30-12:00\", \"14:00-17:30\"]\n[[clock]]\ncode = \"a\"\nname = \"甲\"\nstart = [\"created\"]\nstop = \
         [\"finished\"]\npause = [\"extension_requested\"]\nresume = [\"extended\"]\n{clock}\n[[notice]]\ncode = \"n\"\ntitle = \
         \"提示\"\nto = [\"handler\"]\n"
    );
    // The levels of the tables are not named here.
    let levels = "[[level]]\ncode = \"street\"\nname = \"街道\"\n[[level]]\ncode = \"city\"\nname = \"市\"\n";
    let rules = load(&format!("{levels}{rules}")).unwrap_or_else(|problems| panic!("{clock}: {problems:#?}"));
    let ticket = "[ticket]\ncategory = \"lighting\"\ndistrict = \"371082001\"\ndepartment = \"urban-management\"\ngrade = \"blue\"\n";
    let steps: String = steps
        .trim()
        .lines()
        .map(|line| {
            let mut parts = line.splitn(3, '|').map(str::trim);
            let (at, happens, rest) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap_or_default());
            let happens = if happens == "-" { String::new() } else { format!("happens = \"{happens}\"\n") };
            format!("[[step]]\nat = \"2026-{at}\"\n{happens}{}\n", rest.replace(" & ", "\n"))
        })
        .collect();
    assert_eq!(super::super::cases::run_case(&rules, &format!("{ticket}{steps}")), Ok(()), "{clock}");
}

const QUIETLY: &str = "alarm = [{ share = 1000, notice = \"n\" }]";

#[test]
fn what_was_late_before_it_stood_still_is_late() {
    check(
        &format!("limit = [{{ office_hours = 4 }}]\n{QUIETLY}"),
        r#"11-23 10:30 | created | due = { a = "2026-11-23 16:30" }
           11-26 10:00 | extension_requested | paused = ["a"]
           11-26 10:05 | resolved | ended = { a = "late" }"#,
    );
    // Late by a minute of the clock and by no minute of the office.
    check(
        &format!("limit = [{{ office_hours = 1 }}]\n{QUIETLY}"),
        r#"11-23 16:30 | created | due = { a = "2026-11-23 17:30" }
           11-23 23:00 | extension_requested | paused = ["a"]
           11-24 07:00 | extended | due = { a = "2026-11-23 17:30" }
           11-24 08:25 | resolved | ended = { a = "late" }"#,
    );
}

#[test]
fn a_pause_moves_the_end_of_a_day_by_the_days_that_begin_in_it() {
    for (limit, start, pause, resume, due) in [
        ("working_days = 0, until = \"office\"", "24 09:00", "24 10:00", "26 10:00", "26 17:30"),
        ("working_days = 1, until = \"day\"", "24 09:00", "25 15:00", "26 10:00", "26 23:59"),
        ("natural_days = 1, until = \"office\"", "24 09:00", "25 15:00", "26 10:00", "26 17:30"),
        // Over a weekend: two natural days, no working day begins before Monday.
        ("working_days = 1, until = \"day\"", "26 09:00", "27 15:00", "29 10:00", "27 23:59"),
        ("natural_days = 1, until = \"day\"", "26 09:00", "27 15:00", "29 10:00", "29 23:59"),
        // Within a day nothing moves, whatever the hour at which it began.
        ("working_days = 2, until = \"day\"", "23 09:00", "24 12:00", "24 14:00", "25 23:59"),
        ("working_days = 2, until = \"day\"", "23 23:00", "24 12:00", "24 14:00", "25 23:59"),
    ] {
        check(
            &format!("limit = [{{ {limit} }}]\n{QUIETLY}"),
            &format!(
                "11-{start} | created | \n11-{pause} | extension_requested | paused = [\"a\"]\n11-{resume} | extended | due = {{ a = \"2026-11-{due}\" }}"
            ),
        );
    }
}

#[test]
fn another_limit_counts_the_same_pauses() {
    let limits = format!("limit = [{{ when = \"ticket.grade == 'red'\", hours = 3 }}, {{ hours = 2 }}]\n{QUIETLY}");
    check(
        &limits,
        r#"11-24 10:00 | created | due = { a = "2026-11-24 12:00" }
           11-24 10:20 | extension_requested | paused = ["a"]
           11-24 10:50 | extended | due = { a = "2026-11-24 12:30" }
           11-24 12:00 | joined | becomes = { grade = "red" } & due = { a = "2026-11-24 13:30" }
           11-24 12:10 | joined | becomes = { grade = "blue" } & due = { a = "2026-11-24 12:30" }"#,
    );
    check(
        &limits,
        r#"11-24 10:00 | created | 
           11-24 10:20 | extension_requested | paused = ["a"]
           11-24 10:50 | joined | becomes = { grade = "red" } & paused = ["a"]
           11-24 12:00 | extended | due = { a = "2026-11-24 14:40" }"#,
    );
}

#[test]
fn what_is_told_after_the_due_time_waits_as_long_as_the_clock_stands_still() {
    check(
        "limit = [{ minutes = 10 }]\nalarm = [{ after = { minutes = 60 }, notice = \"n\" }]",
        r#"11-24 10:00 | created | due = { a = "2026-11-24 10:10" }
           11-24 10:40 | extension_requested | paused = ["a"]
           11-24 15:00 | extended | notices = []
           11-24 15:29 | - | notices = []
           11-24 15:30 | - | notices = ["n a: h1"]"#,
    );
    // Repetitions that would have come in a pause do not come all at once after it.
    check(
        "limit = [{ minutes = 10 }]\nalarm = [{ share = 100, notice = \"n\", repeat = { every = { minutes = 60 }, times = 5 } }]",
        r#"11-24 10:00 | created | 
           11-24 10:40 | extension_requested | notices = ["n a: h1"]
           11-24 15:00 | extended | notices = []
           11-24 15:30 | - | notices = ["n a: h1"]"#,
    );
}

#[test]
fn a_share_is_one_of_the_time_until_the_end_of_the_day() {
    for (limit, share, told) in [
        ("working_days = 0, until = \"office\"", 80, "24 15:48"),
        ("natural_days = 1, until = \"day\"", 80, "25 16:12"),
        ("working_days = 0, until = \"office\"", 120, "24 19:12"),
    ] {
        check(
            &format!("limit = [{{ {limit} }}]\nalarm = [{{ share = {share}, notice = \"n\" }}]"),
            &format!("11-24 09:00 | created | notices = []\n11-{told} | - | notices = [\"n a: h1\"]"),
        );
    }
}

/// What begins on a day off has used up nothing of the working day on which it ends.
#[test]
fn a_share_of_a_limit_that_begins_on_a_day_off_comes_on_the_working_day() {
    check(
        "limit = [{ working_days = 1, until = \"office\" }]\nalarm = [{ share = 10, notice = \"n\" }]",
        "11-28 02:00 | created | notices = []\n11-29 20:00 | - | notices = []\n11-30 01:45 | - | notices = [\"n a: h1\"]",
    );
}

#[test]
fn nothing_is_late_when_it_begins_and_what_is_long_past_is_told_once() {
    check(
        &format!("limit = [{{ working_days = 0, until = \"office\" }}]\n{QUIETLY}"),
        "11-24 20:00 | created | due = { a = \"2026-11-25 17:30\" }",
    );
    check(
        &format!("limit = [{{ natural_days = 0, until = \"office\" }}]\n{QUIETLY}"),
        "11-27 20:00 | created | due = { a = \"2026-11-28 17:30\" }",
    );
    check(
        "limit = [{ working_days = 1 }]\nalarm = [{ share = 25, notice = \"n\", repeat = { every = { minutes = 30 }, times = 5 } }]",
        "11-22 12:00 | created | due = { a = \"2026-11-23 12:00\" }\n11-22 12:01 | - | notices = [\"n a: h1\"]",
    );
    // A working day from a day off is one from the working day before it, also between repetitions.
    check(
        "limit = [{ natural_days = 1 }]\nalarm = [{ share = 100, notice = \"n\", repeat = { every = { working_days = 1 }, times = 1 } }]",
        "11-27 12:00 | created | \n11-28 12:00 | - | notices = [\"n a: h1\"]\n11-30 11:59 | - | notices = []\n11-30 12:00 | - | notices = [\"n a: h1\"]",
    );
}
