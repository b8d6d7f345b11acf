//! What a check of a pack finds, and where it says that it is.

mod places;
mod secrets;
mod statements;

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;
use jiff::Timestamp;

use super::Pack;
use crate::city::{PackFiles, Problem};
use crate::complaint::Complaint;
use crate::mapping::Loading;
use crate::registry::factories;

/// The example city with parts of files replaced: its problems, or its remarks.
struct Changed(PackFiles, &'static str);

impl Changed {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
        Self(PackFiles::read(&folder).unwrap(), "2026-11-26T08:00:00+08:00")
    }

    fn with(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.0.get(path).unwrap().to_vec()).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.0 = self.0.with(path, text.replace(from, to).into_bytes());
        self
    }

    fn at(self, now: &'static str) -> Self {
        Self(self.0, now)
    }

    fn load(self) -> Result<Vec<Problem>, Vec<Problem>> {
        self.pack().map(|pack| pack.notes)
    }

    fn pack(self) -> Result<Pack, Vec<Problem>> {
        let factories = factories();
        let loading = Loading::away(&factories, Arc::new(ManualClock::at(self.1.parse().unwrap())));
        Pack::load(self.0, &loading)
    }

    /// Exactly these problems, each by the file and what stands there at its line and column, and by a part of its sentence.
    fn refused(self, expected: &[(&str, &str, &str)]) {
        let files = self.0.clone();
        let found = self.load().expect_err("the pack has problems");
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for ((file, at, said), problem) in expected.iter().zip(&found) {
            let text = String::from_utf8_lossy(files.get(&problem.file).unwrap()).into_owned();
            let line = text.lines().nth(problem.line - 1).unwrap();
            let rest: String = line.chars().skip(problem.column - 1).collect();
            assert_eq!(problem.file, *file, "{problem:?}");
            assert!(
                rest.starts_with(at) && problem.en.contains(said),
                "{problem:?} is not {at} {said}; there is {rest}"
            );
        }
    }

    /// A remark on a file, with a part of its sentence.
    fn remarked(self, file: &str, said: &str) {
        let notes = self.load().unwrap();
        assert!(notes.iter().any(|note| note.file == file && note.en.contains(said)), "{file} {said}: {notes:#?}");
    }
}

const CITY: &str = "city.toml";
const HOTLINE: &str = "channels/hotline.toml";
const SMS: &str = "channels/sms.toml";
const GENERIC: &str = "channels/generic.toml";
const FILTER: &str = "ticket.department in ['urban-management', 'housing']";

#[test]
fn the_example_city_has_no_problem() {
    Changed::new().load().unwrap();
}

#[test]
fn a_filter_that_would_silence_its_feed_is_refused() {
    let filter = |to: &str| Changed::new().with(CITY, FILTER, to);
    filter("ticket.deparment == 'housing'").refused(&[(
        "city.toml",
        "ticket.deparment",
        "ticket has no member deparment; did you mean department?",
    )]);
    filter("ticket.department in ['urban-managment', 'housing']").refused(&[(
        "city.toml",
        "'urban-managment'",
        "never urban-managment; did you mean urban-management?",
    )]);
    filter("ticket.place.point.lat > 37").refused(&[("city.toml", ".place.point", "ticket.place has no member point")]);
    filter("ticket.complaints.channel == 'sms'").refused(&[("city.toml", ".complaints.channel", "is a list")]);
    filter("ticket.status == 'resolvd' or event == 'close'").refused(&[
        ("city.toml", "'resolvd'", "did you mean resolved?"),
        ("city.toml", "'close'", "event is never close"),
    ]);
    filter("ticket.grade in ['red', 'purple']").refused(&[("city.toml", "'purple'", "ticket.grade is never purple")]);
    filter("ticket.district == '371083'").refused(&[("city.toml", "'371083'", "ticket.district is never 371083")]);
    filter("ticket.change.event == 'created' and ticket.district != '371082' and ticket.due_at and ticket.complaints[0].reporter.phone")
        .load()
        .unwrap();
}

#[test]
fn what_a_feed_leaves_out_has_to_be_there() {
    let without = |to: &str| Changed::new().with(CITY, "\"place.lng\"", to);
    without("\"place.point\"").refused(&[("city.toml", "\"place.point", "a ticket has no point")]);
    without("\"complaints.reporter.name\", \"reporter\"").refused(&[(
        "city.toml",
        "\"reporter",
        "a ticket has no reporter",
    )]);
    without("\"complaints.reporter.name\", \"complaints.text\"").load().unwrap();
    Changed::new().with(CITY, "contact = \"full\"", "contact = \"full\"\nshow = [\"plate\"]").refused(&[(
        "city.toml",
        "[\"plate",
        "show has no effect",
    )]);
    Changed::new().with(CITY, "name = \"urban\"", "name = \"command\"").refused(&[(
        "city.toml",
        "\"command",
        "two feeds with the name command",
    )]);
    Changed::new().remarked("city.toml", "the feed command has no user");
}

#[test]
fn rules_and_codes_are_held_against_the_tables() {
    let rules = "tables/responsibility.csv";
    let with = |line: &str| Changed::new().with(rules, "village,371082007,command-center", line);
    with("vilage,371082007,command-center").refused(&[(
        "tables/responsibility.csv",
        "vilage",
        "category vilage is not in categories.csv",
    )]);
    with("village,371082999,nobody").refused(&[
        ("tables/responsibility.csv", "village,371082999", "district 371082999 is not in districts.csv"),
        ("tables/responsibility.csv", "village,371082999", "department nobody is not in departments.csv"),
    ]);
    with("village,371082,command-center").load().unwrap();
    with("*,371082007,command-center").load().unwrap();
    with("*,371082007,command-center\n*,371082007,housing").refused(&[(
        rules,
        "*,371082007,housing",
        "in line 2 already",
    )]);
    with("village,371082007,command-center\nvillage,371082007,housing").refused(&[(
        "tables/responsibility.csv",
        "village,371082007,housing",
        "in line 2 already",
    )]);
    let categories = "tables/categories.csv";
    Changed::new().with(categories, "grade,keywords", "grade,Keyword").refused(&[(
        categories,
        "code",
        "column Keyword is not read; did you mean keywords?",
    )]);
    let departments = "tables/departments.csv";
    Changed::new().with(departments, "\nhousing,", "\nhousing,住建局\nhousing,").load().unwrap_err();
    Changed::new()
        .with(CITY, "[merge]", "[[grade]]\ncode = \"red\"\nname = \"又红\"\ndue = { hours = 1 }\n\n[merge]")
        .refused(&[("city.toml", "\"red", "two grades with this code")]);
    Changed::new().with(CITY, "words = [\"紧急\",", "words = [\"特急\",").refused(&[(
        "city.toml",
        "\"orange",
        "belongs to an earlier grade",
    )]);
}

/// A rule for every category of a division holds where no rule for the category does, also where none is recognized.
#[test]
fn a_division_has_a_unit_for_whatever_comes() {
    let rules = "tables/responsibility.csv";
    let more = "village,371082007,command-center\n*,371082007,education\nother,371082004,health";
    let pack = Changed::new().with(rules, "village,371082007,command-center", more).pack().unwrap();
    let unit = |hint: Option<&str>, district: &str| {
        let mut complaint = Complaint { category_hint: hint.map(str::to_owned), ..Complaint::default() };
        complaint.place.district = Some(district.to_owned());
        pack.rules.routing.route(&complaint, Timestamp::UNIX_EPOCH).department
    };
    assert_eq!(unit(Some("village"), "371082007"), "command-center");
    assert_eq!(unit(Some("lighting"), "371082007"), "education");
    assert_eq!(unit(None, "371082007"), "education");
    assert_eq!(unit(Some("lighting"), "371082001"), "urban-management");
    assert_eq!(unit(None, "371082001"), "command-center");
    assert_eq!(unit(None, "371082004"), "health", "what is not recognized is of the default category");
    assert_eq!(unit(Some("lighting"), "371082004"), "urban-management");
}

#[test]
fn a_duty_says_on_what_it_is_based_in_one_of_the_words_of_the_city() {
    let (departments, rules) = ("tables/departments.csv", "tables/responsibility.csv");
    Changed::new()
        .with(departments, "执法局,command-center,department,a,法定", "执法局,command-center,department,a,随便")
        .refused(&[(
            departments,
            "urban-management",
            "the basis 随便 is not among [duty] bases of city.toml; there are: 法定, 商定, 指定",
        )]);
    Changed::new().with(rules, "district,department", "district,department,bases").refused(&[(
        rules,
        "category",
        "column bases is not read; did you mean basis?",
    )]);
    let own = "district,department,basis\nlighting,371082007,housing,指定\n";
    let pack = Changed::new().with(rules, "district,department\n", own).pack().unwrap();
    let routed = |category: &str, district: &str| {
        let mut complaint = Complaint { category_hint: Some(category.to_owned()), ..Complaint::default() };
        complaint.place.district = Some(district.to_owned());
        pack.rules.routing.route(&complaint, Timestamp::UNIX_EPOCH)
    };
    let local = routed("lighting", "371082007");
    assert_eq!((local.department.as_str(), local.basis.as_deref()), ("housing", Some("指定")), "the rule's own");
    let reason = "承办单位：按责任清单（分类+区划），住房和城乡建设局（职责依据：指定）";
    assert!(local.reasons.iter().any(|said| said == reason), "{:?}", local.reasons);
    let wide = routed("lighting", "371082001");
    assert_eq!((wide.department.as_str(), wide.basis.as_deref()), ("urban-management", Some("法定")), "the unit's");
    assert_eq!(routed("village", "371082007").basis, None, "where nobody says it");
}

#[test]
fn a_calendar_is_there_and_reaches_far_enough() {
    let calendar = "tables/calendar.csv";
    Changed::new().with(CITY, "table = \"calendar\"", "table = \"kalender\"").refused(&[(
        "city.toml",
        "\"kalender",
        "tables/kalender.csv is missing",
    )]);
    Changed::new().with(calendar, "2026-10-10,workday", "2026-10-07,workday").refused(&[(
        "tables/calendar.csv",
        "2026-10-07,workday",
        "both a holiday and a workday",
    )]);
    Changed::new()
        .at("2026-12-28T08:00:00+08:00")
        .remarked(calendar, "nothing of 2027, where deadlines of grade 蓝 fall");
    let notes = Changed::new().load().unwrap();
    assert!(notes.iter().all(|note| note.file != calendar), "{notes:?}");
}

#[test]
fn members_of_what_templates_see_are_known() {
    Changed::new().with(HOTLINE, "{{ reply.text }}（", "{{ reply.txet }}（").refused(&[(
        "channels/hotline.toml",
        "reply.txet",
        "reply has no member txet; did you mean text?",
    )]);
    Changed::new().with(HOTLINE, "{{ page.offset }}", "{{ page.number }}").refused(&[(
        "channels/hotline.toml",
        "page.number",
        "page has no member number",
    )]);
    Changed::new()
        .with(HOTLINE, "endpoint = \"{{ secrets.endpoint }}\"", "endpoint = \"{{ secrets.endpiont }}\"")
        .load()
        .unwrap_err();
    let said =
        |to: &str| Changed::new().with(HOTLINE, "<handleResult>{{ reply.text }}", &format!("<handleResult>{to}"));
    said("{{ secrets.delegat }}").refused(&[(
        "channels/hotline.toml",
        "secrets.delegat ",
        "secrets has no member delegat; did you mean delegate?",
    )]);
    said("{{ delegate }}").refused(&[("channels/hotline.toml", "delegate ", "delegate")]);
    said("{{ item.userObjectsID }}").refused(&[("channels/hotline.toml", "item.userObjectsID", "item")]);
    let answered = |to: &str| {
        let answer = format!(
            "[settings.answer]\ncontent_type = \"text/plain\"\nbody = \"{{% for item in outcomes %}}{to}{{% endfor %}}\"\n\n[mapping]"
        );
        Changed::new().with(GENERIC, "[mapping]", &answer)
    };
    answered("{{ item.receipt_number }}").load().unwrap();
    answered("{{ item.recipt_number }}").refused(&[(
        "channels/generic.toml",
        "item.recipt_number",
        "item has no member recipt_number; did you mean receipt_number?",
    )]);
    Changed::new().with(SMS, "{{ reply.key }}", "{{ reply.id }}").refused(&[(
        "channels/sms.toml",
        "reply.id",
        "reply has no member id",
    )]);
    let answer = "'{\"result\":0,\"errmsg\":\"OK\"}'";
    let tencent = |to: &str| Changed::new().with("channels/sms-tencent.toml", answer, &format!("'''{to}'''"));
    tencent("{{ outcomes.receipt_number }}").refused(&[(
        "channels/sms-tencent.toml",
        "outcomes.receipt",
        "outcomes is a list",
    )]);
    tencent("{% for o in outcomes %}{{ o.receipt }}{% endfor %}").refused(&[(
        "channels/sms-tencent.toml",
        "o.receipt",
        "o has no member receipt",
    )]);
    tencent("{{ outcomes | selectattr('state', 'eq', 'accepted') | map(attribute='receipt_number') | list }}")
        .load()
        .unwrap();
    Changed::new().with("channels/board.toml", "{{ page.last }}", "{{ page.cursor }}").refused(&[(
        "channels/board.toml",
        "page.cursor",
        "page has no member cursor",
    )]);
}

#[test]
fn replies_have_a_way_or_a_person() {
    let by_hand = "by_hand = true";
    let way = |to: &str| Changed::new().with(GENERIC, by_hand, to);
    way("").refused(&[("channels/generic.toml", "[reply]", "[reply] has no way to send")]);
    way("through = \"sms\"").load().unwrap();
    way("through = \"smss\"").refused(&[("channels/generic.toml", "\"smss", "there is no such channel")]);
    way("through = \"board\"").refused(&[("channels/generic.toml", "\"board", "answers its own records only")]);
    way("through = \"sms-huawei\"").refused(&[("channels/generic.toml", "\"sms-huawei", "has no way back itself")]);
    way("through = \"sms\"\nby_hand = true").refused(&[("channels/generic.toml", "true", "exclude each other")]);
    let off = Changed::new().with(SMS, "adapter = \"http-push\"", "adapter = \"http-push\"\nenabled = false");
    assert!(off.load().unwrap_err().iter().all(|problem| problem.en.contains("sms is not enabled")));
    Changed::new()
        .with(SMS, "[reply]", "[reply]\nby_hand = true")
        .load()
        .unwrap_err()
        .iter()
        .for_each(|problem| assert!(problem.en.contains("can reply by itself"), "{problem:?}"));
    Changed::new().with("channels/sms-huawei.toml", "reporter_phone = \"record.from | phone\"\n", "").refused(&[(
        "channels/sms-huawei.toml",
        "\"sms",
        "gives no reporter_phone",
    )]);
    Changed::new()
        .with(SMS, "满意回1", "{{ record.sequence_id }}满意回1")
        .load()
        .unwrap_err()
        .iter()
        .for_each(|problem| assert!(problem.en.contains("has a text that uses record"), "{problem:?}"));
    let silent = Changed::new().with(GENERIC, "[reply]\non = [\"resolved\", \"closed\", \"rejected\"]", "");
    silent.with(GENERIC, by_hand, "").remarked("channels/generic.toml", "the channel has no way back");
}

#[test]
fn settings_that_exclude_each_other_are_refused() {
    let board = "channels/board.toml";
    let setting = |to: &str| Changed::new().with(board, "paging = \"last_id\"", to);
    setting("paging = \"last_id\"\nwithout_detail = \"take\"").refused(&[(
        "channels/board.toml",
        "[settings]",
        "no effect without detail",
    )]);
    Changed::new().with(board, "method = \"POST\"", "method = \"GET\"").refused(&[(
        "channels/board.toml",
        "\"fid",
        "method is GET",
    )]);
    let petition = "channels/petition.toml";
    Changed::new()
        .with(petition, "reply_folder = \"var/petition/replies\"", "reply_folder = \"./var/petition/\"")
        .load()
        .unwrap();
    Changed::new()
        .with(petition, "reply_folder = \"var/petition/replies\"", "reply_folder = \"var/petition\"")
        .refused(&[("channels/petition.toml", "[settings]", "is the watched folder")]);
    Changed::new().with(HOTLINE, "items = \"answer.A5QueryNewOrderResponse.return\"\n", "").refused(&[
        ("channels/hotline.toml", "[settings]", "sign needs items"),
        ("channels/hotline.toml", "[settings]", "detail needs items"),
    ]);
    Changed::new().with(GENERIC, "kind = \"json\"", "kind = \"csv\"").refused(&[(
        "channels/generic.toml",
        "",
        "a format of files only",
    )]);
    Changed::new().with(HOTLINE, "per_minute = 600", "per_minute = 0").refused(&[(
        "channels/hotline.toml",
        "{ every",
        "out of range",
    )]);
}

#[test]
fn a_channel_without_its_secret_stops_the_pack_or_is_off_by_choice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/benchmark");
    let loaded = |choice: &str| {
        let channel = format!(
            "name = \"来源\"\nadapter = \"http-push\"\n{choice}\n[secrets]\nkey = {{ env = \"HUILIU_TEST_NOBODY_SETS_THIS\" }}\n[format]\nkind = \
             \"json\"\n[settings.auth.api_key]\nsecret = \"key\"\n[mapping]\nnumber = \"record.number | text\"\ntext = \"record.text\"\n"
        );
        let files = PackFiles::read(&folder).unwrap().with("channels/late.toml", channel.into_bytes());
        let (factories, clock) = (factories(), Arc::new(ManualClock::at("2026-11-26T00:00:00Z".parse().unwrap())));
        Pack::load(files, &Loading::running(&factories, clock, Arc::new(huiliu_adapter_api::NoReceipts)))
    };
    let problems = loaded("").unwrap_err();
    assert!(problems.iter().any(|problem| problem.en.contains("secret key is not set")), "{problems:#?}");
    let pack = loaded("missing_secret = \"off\"").unwrap();
    assert!(!pack.channels["late"].enabled);
    let notes: Vec<&str> = pack.notes.iter().map(|note| note.en.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("THE CHANNEL IS OFF")), "{notes:#?}");
}
