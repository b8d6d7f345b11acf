//! Every guard by its name: a pair that it keeps apart whatever the weights say, and the same pair without its cause, which
//! merges.

use std::collections::BTreeSet;

use huiliu::catalogue::Locale;
use huiliu::complaint::Point;
use huiliu::merge::{Decision, Guard, MergeIndex, MergeSettings, Merging, Profile, ProfileInput, Zone};

use super::{key, own};

const TEXT: &str = "小区从前天开始停水，没有任何通知，老人孩子用水困难，物业电话打不通，请尽快恢复供水。";

/// Settings by which every pair that is found would merge, were it not for the guards.
fn eager() -> MergeSettings {
    MergeSettings { auto_weight: -500.0, review_weight: -500.0, core_weight: -1_000.0, ..MergeSettings::default() }
}

/// What is decided on the second of two complaints; `change` is made in between.
fn second(
    settings: &MergeSettings,
    [first, second]: [ProfileInput<'_>; 2],
    change: impl FnOnce(&mut MergeIndex),
) -> Decision {
    let merging = Merging::from(settings.clone());
    let number = |number| ("test", number);
    let first = Profile::new(&ProfileInput { number: number("1"), ..first });
    let second = Profile::new(&ProfileInput { number: number("2"), ..second });
    let mut index = MergeIndex::new();
    let decision = index.decide(&first, None, &merging);
    index.insert_decided(key(1), own(1), &first, decision);
    change(&mut index);
    index.decide(&second, None, &merging)
}

fn guard(pair: [ProfileInput<'_>; 2]) -> Option<Guard> {
    let decision = second(&eager(), pair, |_| {});
    let guard = decision.evidence.as_ref().and_then(huiliu::merge::Evidence::guard);
    assert_eq!(decision.zone, if guard.is_some() { Zone::Review } else { Zone::Auto });
    assert!(decision.evidence.is_some(), "they are compared");
    guard
}

fn titled(title: &'static str) -> ProfileInput<'static> {
    ProfileInput { title, text: TEXT, ..ProfileInput::default() }
}

#[test]
fn a_pinned_ticket_is_joined_by_nobody() {
    let pair = || [titled("听涛嘉园停水"), titled("听涛嘉园停水两天")];
    assert_eq!(guard(pair()), None);
    let pinned = second(&eager(), pair(), |index| index.pin(own(1), true));
    assert_eq!(pinned.zone, Zone::Review);
    let evidence = pinned.evidence.unwrap();
    assert_eq!(evidence.guard(), Some(Guard::TicketIsPinned));
    assert_eq!(evidence.guard.as_deref(), Some("ticket_is_pinned"), "the name that is stored");
    assert!(evidence.card(Locale::Zh).contains("工单已锁定（ticket_is_pinned）"), "{}", evidence.card(Locale::Zh));
}

#[test]
fn a_confidential_complaint_and_one_that_is_not_are_put_before_a_person() {
    let confidential = || ProfileInput { confidential: true, ..titled("听涛嘉园停水") };
    let marked = ProfileInput { duplicate_mark: Some("1"), ..titled("听涛嘉园停水两天") };
    assert_eq!(guard([confidential(), titled("听涛嘉园停水两天")]), Some(Guard::OneIsConfidential));
    assert_eq!(guard([confidential(), marked]), Some(Guard::OneIsConfidential), "whatever the source says");
    assert_eq!(guard([titled("听涛嘉园停水两天"), confidential()]), Some(Guard::OneIsConfidential));
    assert_eq!(guard([confidential(), confidential()]), None);
}

#[test]
fn points_500_m_apart_are_two_places() {
    let at = |lat| ProfileInput { point: Some(Point { lat, lng: 122.41 }), ..titled("小区停水") };
    assert_eq!(guard([at(37.160), at(37.165)]), Some(Guard::PointsFarApart), "556 m");
    assert_eq!(guard([at(37.160), at(37.164)]), None, "445 m");
}

#[test]
fn what_is_unlike_the_core_of_a_ticket_does_not_join_it() {
    let pair = || [titled("听涛嘉园停水"), titled("听涛嘉园停水两天")];
    let strict = MergeSettings { core_weight: 1_000.0, ..eager() };
    let decision = second(&strict, pair(), |_| {});
    assert_eq!(decision.evidence.unwrap().guard(), Some(Guard::UnlikeTheCore));
}

#[test]
fn two_titles_with_different_numbers_are_two_matters() {
    let pair = [titled("听涛嘉园3号楼停水"), titled("听涛嘉园5号楼停水")];
    assert_eq!(guard(pair), Some(Guard::DifferentNumbersInTitles));
    assert_eq!(guard([titled("听涛嘉园3号楼停水"), titled("听涛嘉园三栋停水")]), None);
}

#[test]
fn districts_of_which_neither_holds_the_other_are_two_places() {
    let district = |code| ProfileInput { district: Some(code), ..titled("听涛嘉园停水") };
    assert_eq!(guard([district("371082001"), district("371082002")]), Some(Guard::DifferentDistricts));
    assert_eq!(guard([district("371082001"), district("371082")]), None, "the one only says less");
}

#[test]
fn the_same_surroundings_with_another_topic_are_another_matter() {
    let water = titled("听涛嘉园停水");
    let noise = |title, text| ProfileInput { title, text, ..ProfileInput::default() };
    let other = "隔壁工地夜间施工到凌晨两点，低频震动，窗户玻璃都在响，高三学生没法休息，投诉过许多回也没人管。";
    let found = guard([noise("听涛嘉园噪音扰民", other), water]);
    assert_eq!(found, Some(Guard::AnotherTopic));
    let other = "每晚广场舞音响声音特别大，一直跳到十点半，窗户关上也没有用，希望有人管管。";
    let same = guard([noise("听涛嘉园噪音扰民", other), noise("听涛嘉园噪音", "半夜货车卸货，邻居都醒了。")]);
    assert_eq!(same, None, "one topic, however little the texts are alike");
}

#[test]
fn a_form_filled_in_for_two_places_is_two_matters() {
    let pair = [titled("听涛嘉园停水"), titled("丽景花园停水")];
    assert_eq!(guard(pair), Some(Guard::NearCopyOfAnotherPlace));
    let lines = |text| ProfileInput { text, ..titled("公交车等不到") };
    let (a, b) = (
        "早高峰309路等了四十分钟，站台上几十个人，司机说车坏了",
        "早高峰310路等了四十分钟，站台上几十个人，司机说车坏了",
    );
    assert_eq!(guard([lines(a), lines(b)]), Some(Guard::NearCopyOfAnotherPlace), "another line");
    assert_eq!(guard([lines(a), lines(a)]), None);
}

#[test]
fn likeness_without_a_name_a_number_or_a_reporter_is_no_matter() {
    let untitled = |text, reporter: Option<u64>| ProfileInput {
        text,
        reporter_hashes: reporter.into_iter().collect(),
        ..ProfileInput::default()
    };
    let (a, b) = ("门口的垃圾桶很久没有清理了，味道很大", "楼下垃圾桶满了也没有清理，希望派人来看看是什么情况");
    assert_eq!(guard([untitled(a, None), untitled(b, None)]), Some(Guard::NothingConcreteInCommon));
    assert_eq!(guard([untitled(a, Some(7)), untitled(b, Some(8))]), Some(Guard::NothingConcreteInCommon));
    assert_eq!(guard([untitled(a, Some(7)), untitled(b, Some(7))]), None, "one reporter");
}

/// What a source itself marks as a repeat is subject to no guard of the pair, nor to that of points.
#[test]
fn the_mark_of_a_source_outranks_what_the_texts_say() {
    let marked =
        ProfileInput { duplicate_mark: Some("1"), district: Some("371082002"), ..titled("丽景花园5号楼停水") };
    let first = ProfileInput { district: Some("371082001"), ..titled("听涛嘉园3号楼停水") };
    assert_eq!(guard([first, marked]), None);
}

#[test]
fn every_guard_says_why_in_both_languages() {
    let said: BTreeSet<[&str; 3]> =
        Guard::ALL.into_iter().map(|guard| [guard.name(), guard.zh(), guard.en()]).collect();
    assert_eq!(said.len(), Guard::ALL.len());
    assert!(said.iter().flatten().all(|sentence| !sentence.is_empty()));
}
