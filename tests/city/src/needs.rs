//! What a test needs and may not find: a broker of its own, certificates, the right to mount.

use std::ffi::OsStr;

/// Says that a test is not run, and why. Where everything must run (`CI` or `HULIU_REQUIRE_ALL` is set and neither empty, `0`
/// nor `false`) the test fails instead: what was not run is not proved.
///
/// # Panics
/// Where everything must run.
pub fn not_run(reason: &str) {
    let required = ["CI", "HULIU_REQUIRE_ALL"].iter().any(|name| is_set(std::env::var_os(name).as_deref()));
    assert!(!required, "not run: {reason} (CI or HULIU_REQUIRE_ALL is set, so every test must run)");
    eprintln!("not run: {reason}");
}

fn is_set(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| !["", "0", "false"].iter().any(|off| value == *off))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_must_run_where_a_variable_says_so() {
        for (value, required) in [(None, false), (Some(""), false), (Some("0"), false), (Some("false"), false)]
            .into_iter()
            .chain([(Some("1"), true), (Some("true"), true)])
        {
            assert_eq!(is_set(value.map(OsStr::new)), required, "{value:?}");
        }
    }
}
