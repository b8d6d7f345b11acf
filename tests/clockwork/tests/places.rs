//! Five places run for weeks of their own time over a real broker, each with its people, and end in agreement with the truth. They use the
//! broker's usual names, one place after the other.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;

use huiliu_city::{PlaceRun, not_run, run_place};

/// Of the run; with another one other things happen.
const SEED: u64 = 7;

fn agrees(place: &str) {
    let Ok(amqp) = std::env::var("HULIU_AMQP_URL") else {
        return not_run("HULIU_AMQP_URL is not set");
    };
    let clockwork = Path::new(env!("CARGO_BIN_EXE_huiliu-clockwork"));
    let run = PlaceRun {
        huiliu: clockwork.with_file_name("huiliu"),
        clockwork: clockwork.to_owned(),
        mappings: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings"),
        amqp,
        log: None,
        all: false,
        seed: SEED,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wrong = runtime.block_on(run_place(&run, place)).unwrap();
    assert_eq!(wrong, 0, "things that are not as they must be; see above");
}

#[test]
fn rongcheng_ends_in_agreement_with_the_truth() {
    agrees("rongcheng");
}

#[test]
fn yantian_ends_in_agreement_with_the_truth() {
    agrees("yantian");
}

#[test]
fn baoshan_ends_in_agreement_with_the_truth() {
    agrees("baoshan");
}

#[test]
fn gongxian_ends_in_agreement_with_the_truth() {
    agrees("gongxian");
}

#[test]
fn baiyin_ends_in_agreement_with_the_truth() {
    agrees("baiyin");
}
