//! A table of divisions with several levels: what is narrower lies in what is wider.

use std::path::Path;
use std::sync::Arc;

use huiliu::city::PackFiles;
use huiliu::complaint::Complaint;
use huiliu::key::{ComplaintKey, TicketKey};
use huiliu::mapping::Loading;
use huiliu::merge::{MergeIndex, MergeSettings, Merging, Profile, ProfileInput, Zone};
use huiliu::pack::Pack;
use huiliu::registry::factories;
use huiliu_adapter_api::ManualClock;
use jiff::Timestamp;

/// The project's city with communities, two of which bear one name.
fn pack() -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let files = PackFiles::read(&folder).unwrap();
    let table = "tables/districts.csv";
    let mut districts = String::from_utf8(files.get(table).unwrap().to_vec()).unwrap();
    districts
        .push_str("371082001001,柳岸社区,\n371082001002,松庭社区,\n371082002001,松庭社区,\n371082007001,听涛社区,\n");
    let (factories, clock) = (factories(), Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
    let loading = Loading::away(&factories, clock);
    Pack::load(files.with(table, districts.into_bytes()), &loading).unwrap()
}

fn complaint(title: &str) -> Complaint {
    Complaint { title: title.to_owned(), text: title.to_owned(), ..Complaint::default() }
}

#[test]
fn a_community_is_told_by_its_name_and_its_street() {
    let pack = pack();
    let told = |title: &str| pack.rules.routing.known_district(&complaint(title)).map(|(code, _)| code);
    assert_eq!(told("崖头街道柳岸社区路灯不亮").as_deref(), Some("371082001001"), "the narrower one");
    assert_eq!(told("斥山街道松庭社区路灯不亮").as_deref(), Some("371082002001"), "its street tells which");
    assert_eq!(told("松庭社区路灯不亮"), None, "two bear the name");
    assert_eq!(told("柳岸社区往斥山街道的路不平").as_deref(), Some("371082001001"), "the first of two");
}

#[test]
fn a_rule_for_a_street_holds_for_its_communities() {
    let pack = pack();
    let mut village = complaint("听涛社区村务不公开");
    village.category_hint = Some("village".to_owned());
    let route = pack.rules.routing.route(&village, Timestamp::UNIX_EPOCH);
    assert_eq!(
        (route.district.as_str(), route.department.as_str()),
        ("371082007001", "command-center"),
        "{:?}",
        route.reasons
    );
}

#[test]
fn saying_less_of_the_place_is_no_other_place() {
    let zone = |here: &str, there: &str, merging: &Merging| {
        let made = |number: &'static str, district: &str| {
            Profile::new(&ProfileInput {
                number: ("test", number),
                title: "柳岸社区锦绣华庭三号楼顶层漏水",
                text: "锦绣华庭三号楼顶层从上月起漏水，物业一直没有修，家具都泡坏了",
                district: Some(district),
                ..ProfileInput::default()
            })
        };
        let mut index = MergeIndex::new();
        let first = made("1", there);
        let decision = index.decide(&first, None, merging);
        index.insert_decided(ComplaintKey(1), TicketKey(1), &first, decision);
        index.decide(&made("2", here), None, merging).zone
    };
    let open = Merging::default();
    assert_eq!(zone("371082001001", "371082001", &open), Zone::Auto, "a community and its street");
    assert_eq!(zone("371082", "371082001001", &open), Zone::Auto, "the county and a community in it");
    assert_eq!(zone("371082001001", "371082002001", &open), Zone::Review, "two communities");
    let parted = Merging::from(MergeSettings { partition_by_district: true, ..MergeSettings::default() });
    assert_eq!(zone("371082001001", "371082001", &parted), Zone::Auto);
    assert_eq!(zone("371082001001", "371082002", &parted), Zone::New);
}
