//! Personal data that is spelled in letters: e-mail addresses, plates, names at chat services.

use std::sync::LazyLock;

use regex::Regex;

use super::folded::Folded;
use super::number::pattern;
use super::{Found, PersonalData};

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[a-z0-9][a-z0-9._%+*-]*(?:\s?(?:@|\[at\]|\(at\)|\(a\)|艾特)\s?|\s+at\s+)[a-z0-9*-]+(?:[.。][a-z0-9-]+)+",
    )
});
/// GA 36: a province, a letter, and five or six letters or digits (six for new energy).
static PLATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][a-z][ .*-]?[a-z0-9*]{4,6}[学警港澳挂领]?",
    )
});
/// A plate that is introduced as one.
static OF_A_CAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:车牌|牌照|牌号|号牌|车号)[号为是:：\s]{0,4}(?:\p{Han}?[a-z][ .*-]?[a-z0-9*]{4,6}|\p{Han}[a-z0-9*]{5,7})",
    )
});
/// Something like a plate beside a word about vehicles, also of another province, of old or hidden in part.
static NEAR_A_CAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:[车牌][^a-z0-9]{0,6}?(?P<behind>[\p{Han}*]?[a-z][ .-]?[a-z0-9*]{4,6}挂?)|(?P<before>[\p{Han}*][a-z][ .-]?[a-z0-9*]{4,6}挂?)[^a-z0-9，。]{0,6}(?:车|司机|公交|的士|驾驶))",
    )
});
/// Several plates in a list.
static FURTHER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^[、,/和及与 ]{1,2}([\p{Han}*]?[a-z][ .-]?[a-z0-9*]{4,6}挂?)"));
static CHAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:微信|薇信|威信|微信号|wechat|weixin|(?-u:\b)vx|(?-u:\b)wx|[加+]v信?|加微|v信|vxin|扣扣?|企鹅|[加进入]群|群号|裙|(?-u:\b)q ?q|微博|抖音|快手|钉钉|旺旺|skype|telegram|whatsapp)(?:群|号码|账号|帐号|号|id)?(?:同号|同步|为|是|[:：;；\s,，]){0,4}([a-z0-9][a-z0-9_.-]{3,29})",
    )
});

/// A name with the service behind it.
static NAMED_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)([a-z][a-z0-9_-]{5,19})(?:这个|的)?(?:微信|wx号|qq号)"));

/// Adds what is spelled in letters.
pub(super) fn find(folded: &Folded, all: &mut Vec<Found>) {
    let text = folded.text.as_str();
    let has_letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    if has_letters {
        all.extend(EMAIL.find_iter(text).map(|found| Found { kind: PersonalData::Email, range: found.range() }));
        all.extend(
            PLATE
                .find_iter(text)
                .filter(|found| is_plate(found.as_str()))
                .map(|found| Found { kind: PersonalData::Plate, range: found.range() }),
        );
        let near =
            NEAR_A_CAR.captures_iter(text).filter_map(|found| found.name("behind").or_else(|| found.name("before")));
        all.extend(
            near.filter(|found| is_plate(found.as_str()))
                .map(|found| Found { kind: PersonalData::Plate, range: found.range() }),
        );
        all.extend(OF_A_CAR.find_iter(text).map(|found| {
            let start = found.as_str().find(|c: char| !"车牌照号为是:： 牌".contains(c)).unwrap_or_default();
            Found { kind: PersonalData::Plate, range: found.start() + start..found.end() }
        }));
    }
    let plates: Vec<usize> =
        all.iter().filter(|found| found.kind == PersonalData::Plate).map(|found| found.range.end).collect();
    for mut end in plates {
        while let Some(next) = text.get(end..).and_then(|rest| FURTHER.captures(rest)).and_then(|found| found.get(1)) {
            if !is_plate(next.as_str()) {
                break;
            }
            all.push(Found { kind: PersonalData::Plate, range: end + next.start()..end + next.end() });
            end += next.end();
        }
    }
    let named = CHAT.captures_iter(text).chain(NAMED_BEFORE.captures_iter(text)).filter_map(|captures| captures.get(1));
    all.extend(named.map(|found| Found { kind: PersonalData::Chat, range: found.range() }));
}

/// A word in letters alone behind a province is none: 新APP, 京ABCDE.
fn is_plate(text: &str) -> bool {
    text.bytes().filter(|byte| byte.is_ascii_digit() || *byte == b'*').count() >= 2
}
