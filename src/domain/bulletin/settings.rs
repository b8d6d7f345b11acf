//! `[[bulletin]]` of `reports.toml`.

use std::collections::{BTreeSet, HashMap};

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::{Expression, Language, Shape, Variables};
use serde::Deserialize;
use toml::Spanned;

use crate::city::{Names, is_key_word};
use crate::ticket::Status;

/// Most bulletins of a city.
const MAX_BULLETINS: usize = 50;
/// Most boards of a bulletin.
const MAX_BOARDS: usize = 5_000;
/// Most days that a bulletin looks back.
const MAX_DAYS: u16 = 366;
/// Days that a bulletin looks back where the city says nothing: it is a weekly one.
const DAYS: u16 = 7;
/// Most hours between two calls of a board.
const MAX_FETCH_HOURS: u32 = 8_784;
/// The same where the city says nothing.
const FETCH_HOURS: u32 = 24;

/// One bulletin.
#[derive(Debug)]
pub struct Bulletin {
    /// Name in addresses and commands.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Days that it looks back, today included: of what was finished, since then; of what is open, what came since then.
    pub days: u16,
    /// Which matters by how they stand.
    pub shown: Shown,
    /// True for the matters it is of; none: all.
    pub when: Option<Expression>,
    /// What becomes of matters whose citizens did not all agree to publication.
    pub consent: Consent,
    /// How the person who handles a matter is named.
    pub person: PersonShown,
    /// Who fetches it.
    pub boards: Vec<Board>,
    /// Hours after which a board that did not fetch it is listed.
    pub fetch_within_hours: u32,
}

/// A screen or board, known by its access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Name of the token.
    pub token: String,
    /// Code of the division whose matters it shows; none: of the whole city.
    pub district: Option<String>,
}

/// Which matters are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// Those that are finished and those that are not.
    #[default]
    All,
    /// Those that are finished.
    Finished,
    /// Those that are not finished.
    Open,
}

/// What becomes of a matter whose citizens did not all agree to publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// It is left out.
    #[default]
    LeaveOut,
    /// It is shown without its words and the words of the result: what kind of matter, who handles it, by when and how it stands.
    WithoutWords,
}

/// How the person who handles a matter is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonShown {
    /// 王某.
    #[default]
    Surname,
    /// By the section or post that the platform names.
    Post,
    /// Not at all.
    Nobody,
}

/// `[[bulletin]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulletinSettings {
    name: Spanned<String>,
    title: String,
    days: Option<Spanned<u16>>,
    #[serde(default)]
    show: Shown,
    when: Option<Spanned<String>>,
    #[serde(default)]
    without_consent: Consent,
    #[serde(default)]
    person: PersonShown,
    fetch_within_hours: Option<Spanned<u32>>,
    #[serde(rename = "board", default)]
    boards: Vec<BoardSettings>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BoardSettings {
    token: Spanned<String>,
    district: Option<Spanned<String>>,
}

/// Reads the bulletins; what is wrong with them becomes a problem.
pub(crate) fn load(
    read: &[BulletinSettings],
    file: &Settings<'_>,
    language: &Language,
    names: &Names,
    problems: &mut Problems,
) -> Vec<Bulletin> {
    if read.len() > MAX_BULLETINS {
        let (zh, en) = (format!("公示最多 {MAX_BULLETINS} 个"), format!("there are at most {MAX_BULLETINS} bulletins"));
        problems.push(SettingsProblem::new(file.span(), zh, en));
    }
    let mut known = BTreeSet::new();
    for settings in read {
        let name = settings.name.get_ref();
        if !is_key_word(name) {
            let zh = "公示名称只能用小写字母、数字和连字符，最多 40 个；给人看的名称写在 title";
            let en = "a bulletin's name has lower-case letters, digits and hyphens, at most 40; what people read is its title";
            problems.push(SettingsProblem::new(settings.name.span(), zh, en));
        } else if !known.insert(name) {
            let (zh, en) =
                ("这个公示写了两次，请改名或删去一个", "there are two bulletins with this name; rename or remove one");
            problems.push(SettingsProblem::new(settings.name.span(), zh, en));
        }
    }
    let variables = variables(names);
    read.iter().map(|settings| settings.compile(file, language, (&variables, names), problems)).collect()
}

impl BulletinSettings {
    fn compile(
        &self,
        file: &Settings<'_>,
        language: &Language,
        (variables, names): (&Variables, &Names),
        problems: &mut Problems,
    ) -> Bulletin {
        let when = self.when.as_ref();
        let days = within(self.days.as_ref(), DAYS, MAX_DAYS, ("天数", "the days"), problems);
        let hours = self.fetch_within_hours.as_ref();
        let hours = within(hours, FETCH_HOURS, MAX_FETCH_HOURS, ("小时数", "the hours"), problems);
        self.check_boards(names, problems);
        Bulletin {
            name: self.name.get_ref().clone(),
            title: self.title.clone(),
            days,
            shown: self.show,
            when: when.and_then(|when| file.expression(language, when, variables.clone(), problems)),
            consent: self.without_consent,
            person: self.person,
            boards: self.boards.iter().map(BoardSettings::read).collect(),
            fetch_within_hours: hours,
        }
    }

    fn check_boards(&self, names: &Names, problems: &mut Problems) {
        let mut complain = |at: &Spanned<String>, zh: String, en: String| {
            problems.push(SettingsProblem::new(at.span(), zh, en));
        };
        if let Some(over) = self.boards.get(MAX_BOARDS) {
            let (zh, en) = (format!("屏最多 {MAX_BOARDS} 个"), format!("there are at most {MAX_BOARDS} boards"));
            complain(&over.token, zh, en);
        }
        let mut known = BTreeSet::new();
        for board in &self.boards {
            let token = board.token.get_ref();
            if token.trim().is_empty() {
                let zh = "token 是令牌的名字（huiliu token new 名字 --role platform），不能为空".to_owned();
                let en =
                    "token is the name of an access token (huiliu token new NAME --role platform); it cannot be empty";
                complain(&board.token, zh, en.to_owned());
            } else if !known.insert(token) {
                let (zh, en) = (format!("令牌 {token} 写了两次"), format!("the token {token} is named twice"));
                complain(&board.token, zh, en);
            }
            let unknown = board.district.as_ref().filter(|code| !names.districts.contains_key(code.get_ref()));
            if let Some(code) = unknown {
                let (zh, en) = (
                    format!("districts.csv 里没有区划 {}", code.get_ref()),
                    format!("district {} is not in districts.csv", code.get_ref()),
                );
                complain(code, zh, en);
            }
        }
    }
}

impl BoardSettings {
    fn read(&self) -> Board {
        let district = self.district.as_ref().map(|code| code.get_ref().clone());
        Board { token: self.token.get_ref().clone(), district }
    }
}

/// A number of settings that has bounds, or the usual one.
fn within<N: Copy + PartialOrd + From<u8> + std::fmt::Display>(
    said: Option<&Spanned<N>>,
    usual: N,
    most: N,
    (zh, en): (&str, &str),
    problems: &mut Problems,
) -> N {
    let Some(said) = said else { return usual };
    let number = *said.get_ref();
    if number < N::from(1) || number > most {
        let (zh, en) = (format!("{zh}应为 1 到 {most}"), format!("{en} are 1 to {most}"));
        problems.push(SettingsProblem::new(said.span(), zh, en));
    }
    number
}

/// What is known of `ticket` in `when`.
fn variables(names: &Names) -> Variables {
    let words = |words: Vec<String>| if words.is_empty() { Shape::Single } else { Shape::OneOf(words) };
    let codes = |named: &HashMap<String, String>| words(named.keys().cloned().collect());
    let statuses = Status::ALL.iter().map(|(.., wire)| (*wire).to_owned()).collect();
    let ticket = Shape::of_singles(["district", "domain", "complaint_count", "overdue"])
        .with("status", words(statuses))
        .with("category", codes(&names.categories))
        .with("department", codes(&names.departments))
        .with("grade", codes(&names.grades))
        .with("level", codes(&names.levels))
        .with("tags", codes(&names.tags).list());
    Variables::default().with("ticket", ticket)
}
