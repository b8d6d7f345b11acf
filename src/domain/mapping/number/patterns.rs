//! Patterns of what is no number of one complaint, over half-width forms.

use std::sync::LazyLock;

use regex::Regex;

use super::Doubt;

/// A calendar date that begins with its year.
const DATE: &str = "(19|20)[0-9]{2}(-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])|/(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])|\\.(0?[1-9]|1[0-2])\\.(0?[1-9]|[12][0-9]|3[01])|年(0?[1-9]|1[0-2])月((0?[1-9]|[12][0-9]|3[01])[日号]?)?)";
/// What may stand behind a date: a day of the week, a time with its zone. What stands behind a date alone is a serial number.
const TIME: &str = "[T ]? ?[(（]?((星期|周)[一二三四五六日天])?[)）]? ?([上下]午)? ?([0-9]{1,2}[:时点][0-9: 时分秒.]*([上下]午)? ?([AP]M|[+-][0-9:]{2,5})?)?Z?";
const MONTH: &str = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*";
/// The ends of integer and floating types (8 and 16 bits excepted, which real counters pass), also as a double writes them.
const LIMITS: &str = "-?2147483648|2147483647|429496729[56]|-?922337203685477580[78]|-?922337203685477[56]000|1844674407370955161[56]|-?900719925474099[123]|-?1\\.7976931348623157[eE]\\+?308|-?3\\.4028234[0-9]*[eE]\\+?38|4\\.9[0-9]*[eE]-324|9\\.2233720368547[0-9]*[eE]\\+?18|1\\.8446744073709[0-9]*[eE]\\+?19";

static PATTERNS: LazyLock<Vec<(Regex, Doubt)>> = LazyLock::new(|| {
    let all = numeric().into_iter().chain(of_programs()).chain(of_tables());
    all.filter_map(|(pattern, doubt)| Some((Regex::new(&pattern).ok()?, doubt))).collect()
});

/// The doubt of the first pattern that fits.
pub(super) fn doubt(number: &str) -> Option<Doubt> {
    PATTERNS.iter().find(|(pattern, _)| pattern.is_match(number)).map(|(_, doubt)| *doubt)
}

fn numeric() -> Vec<(String, Doubt)> {
    let units = "元|万元|美元|人民币|%|‰|件|条|宗|笔|次|人|天|小时|分钟|公里|米|户";
    vec![
        (format!("^({LIMITS})(\\.0+)?$"), Doubt::Limit),
        // The mantissa of normalized notation has one digit before its point: 12E34 is a number of some system.
        (r"^[+-]?[0-9]+([.,][0-9]+[eE][+-]?|[eE]\+)[0-9]{1,3}$|^[+-]?[0-9][eE]-?[0-9]{1,3}$".to_owned(), Doubt::Scientific),
        (r"(^|[^0-9.])[0-9][.,][0-9]+[eE]\+?[0-9]{1,3}$|[0-9][eE]\+[0-9]{1,3}($|[^0-9])|[0-9][×xX*]10\^[0-9]+$".to_owned(), Doubt::Scientific),
        // Powers as typesetters write them, FORTRAN's D, the suffixes of C and Java.
        (r"[0-9] ?[×xX*·] ?10 ?[⁰¹²³⁴⁵⁶⁷⁸⁹]|[0-9] ?[×xX*·] ?10 ?\^ ?[0-9]|^[0-9]\.[0-9]+[dD]\+?[0-9]+$|^[0-9]\.[0-9]+[eE]\+?[0-9]+[lLfFdD]$".to_owned(), Doubt::Scientific),
        (r"^[0-9.]+ ?[十百千]*[万亿]+$".to_owned(), Doubt::Amount),
        (r"^[0-9]{1,2}-[0-9]{1,2}-(19|20)[0-9]{2}$|^(19|20)[0-9]{2}\. ?[0-9]{1,2}\. ?[0-9]{1,2}\.?$".to_owned(), Doubt::Time),
        // From one number to another, and one of several.
        (r"[0-9]{4,} ?(至|到|~|～|—|--) ?[0-9]+$|等 ?[0-9]+ ?[件条个项]$".to_owned(), Doubt::Several),
        // The + that an address or a form has made a blank.
        (r"^[+-]?[0-9]+\.[0-9]+[eE] [0-9]{1,3}$".to_owned(), Doubt::Scientific),
        // Digits that were lost before somebody wrote the number out again: 2.02611E+15 has six of sixteen, as spreadsheets show them.
        (r"^[1-9][0-9]{5}0{6,}(\.0+)?$".to_owned(), Doubt::Scientific),
        (r"^[0-9]{16,}\.0+$".to_owned(), Doubt::Rounded),
        // The first and the last day of calendars, and the day 0 of Excel's.
        (r"^(0000|0001|9999|1[0-8][0-9]{2})[-/][0-9]{1,2}[-/][0-9]{1,2}([ T].*)?$|^1900[-/]0?1[-/]0?0$".to_owned(), Doubt::Time),
        // Days of Excel's calendar from 2000 to 2099 with a part of a day.
        (r"^(3652[6-9]|365[3-9][0-9]|36[6-9][0-9]{2}|3[7-9][0-9]{3}|[4-6][0-9]{4}|7[0-2][0-9]{3}|730[0-4][0-9]|73050)\.[0-9]*[1-9][0-9]*$".to_owned(), Doubt::Time),
        (r"^[0-9]+\.[0-9]+$|^\.[0-9]+$".to_owned(), Doubt::Decimal),
        (r"^[-−–][0-9]+(\.[0-9]+)?$|^\([0-9]+(\.[0-9]+)?\)$".to_owned(), Doubt::Negative),
        (format!("^([¥￥$€£]|RMB|CNY) ?[0-9]|^[0-9][0-9.,]* ?({units})$|^[0-9]{{1,3}}(,[0-9]{{3}})+(\\.[0-9]+)?$"), Doubt::Amount),
        (format!("(?i)^{DATE}{TIME}$|^[0-9]{{1,2}}/[0-9]{{1,2}}/([0-9]{{4}}|[0-9]{{2}})( [0-9: APM]+)?$|^[0-9]{{1,2}}月[0-9]{{1,2}}[日号]?$"), Doubt::Time),
        (format!("(?i)^{MONTH}-[0-9]{{2}}([0-9]{{2}})?$|^[0-9]{{1,2}}-{MONTH}(-[0-9]{{2,4}})?( [0-9:]+)?$|^([a-z]{{3}},? )?({MONTH} [0-9]{{1,2}}|[0-9]{{1,2}} {MONTH}),? .*[0-9]{{4}}"), Doubt::Time),
        (r"(?i)^([上下]午 ?)?[0-9]{1,2}:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?( ?([ap]m|[上下]午))?$|^\\?/Date\(".to_owned(), Doubt::Time),
    ]
}

fn of_programs() -> Vec<(String, Doubt)> {
    let wrappers = "Optional(Int|Long)?|Some|Just|ObjectId|UUID|Guid|Decimal|Number(Long|Int)?|Long|Integer|Int(32|64)|BigInt(eger)?|Timestamp|datetime|Promise|Symbol";
    vec![
        (r"(?i)^[{(]?0{8}-0{4}-0{4}-0{4}-0{12}[)}]?$|^[{(]0{8,}[)}]$|^[{(]?f{8}-?f{4}-?f{4}-?f{4}-?f{12}[)}]?$|^(0x)?f{8,}$|^x{3,}$".to_owned(), Doubt::Placeholder),
        (
            r"(?i)^(null|\(null\)|<null>|none|<none>|nil|<na>|undefined|nan|nat|n/a|dbnull(\.value)?|\\n|\(blank\)|\(空\)|empty|[+-]?inf(inity)?|[+-]?1\.#(inf|ind|qnan|snan)[0-9]*|true|false|0+)$"
                .to_owned(),
            Doubt::Nothing,
        ),
        (r"(^|[^A-Za-z])(null|NULL|undefined|NaN|None)([^A-Za-z]|$)|^(null|undefined){2,}$".to_owned(), Doubt::Nothing),
        (r"(?i)^(error( [0-9]{4})?|err|fail(ed|ure)?|exception|time ?out|test|missing( value)?|-?nan\(ind\)|&[a-z]+;|unknown|pending|tbd)$|[A-Za-z](undefined|null|NaN)$".to_owned(), Doubt::Nothing),
        (r"^([A-Za-z]+_)?(id|no|num|number|code|ID|NO|CODE)$|^(No|ID|NO)\.?$|^[a-z]+(No|Id|ID|Code|Num|Number)$|^[A-Z]{1,4}BH$".to_owned(), Doubt::Heading),
        (r"^[A-Za-z]+\([A-Za-z_]+=.*\)$".to_owned(), Doubt::Dump),
        (r"^[A-Za-z]:\\|^(127|192\.168)(\.[0-9]{1,3}){2,3}$".to_owned(), Doubt::Address),
        // What programs write for a value that they could not write.
        (r"^\[object [A-Za-z]+\]$|^System\.[A-Za-z0-9.]+(\[\])?$|^java\.[a-z]+\.[A-Za-z0-9.]+$".to_owned(), Doubt::Nothing),
        (r"[$#]\{|\{\{|\}\}|<%|\$[A-Z]\{|%[sd]($|[^0-9a-fA-F])|^\$[A-Za-z_]|^@[A-Za-z]|^:[a-z_]+$|^\{([A-Za-z_.]*|[0-9])\}$|^%[A-Za-z_]+%$".to_owned(), Doubt::Template),
        (r"^\[*([a-z][A-Za-z0-9_]*\.)*[A-Z][A-Za-z0-9_$]*[a-z][A-Za-z0-9_$]*;?@[0-9a-f]{1,8}$|^\[[A-Z]@[0-9a-f]{1,8}$".to_owned(), Doubt::Dump),
        (r#"^<[^@]+>$|^\{.*[:=,"].*\}$|^\[.*[",'].*\]$|^\(.*[,'"].*\)$|^(function|class)\b|=> ?[{(]|^array\(|^Array$|^Object$|^stdClass"#.to_owned(), Doubt::Dump),
        (format!(r"^({wrappers})[\[(].*[\])]$|^(Optional|Mono|Flux)\.empty$"), Doubt::Dump),
        (r"(?i)^[a-z][a-z0-9+.-]*://|^www\.|^(data|mailto|javascript):".to_owned(), Doubt::Address),
    ]
}

fn of_tables() -> Vec<(String, Doubt)> {
    let units = "[件条个宗项笔次]";
    let totals = "合 *计|总 *计|小 *计|共 *计|累 *计|汇 *总|总 *数|本页[合小]计|grand total|subtotal|total|sum";
    let columns = "编号|单号|流水号|序号|件号|受理号|登记号|事件号|案件号|编码|主键";
    let footers = "(填表|制表|填报|审核|统计|报送|导出|打印|负责)(人|单位|部门|时间|日期|员)|(备注|说明|注|附注)[:：]|第 *[0-9]+ *页";
    let given = format!("({columns}|号|赋号|分配|生成|填写|填报|录入|补录?|提供|获取|受理|登记|立案|定)");
    vec![
        (
            format!(
                "^(待|未|暂未|尚未|还未|尚无|暂无|无|没有|暂缺|缺)(分配)?{given}?$|^{columns}?(未|待|暂未|尚未|暂缺|缺)[定分配生成知填]*$|^{columns}(待定|暂缺|不详|未知|为空|无)$"
            ),
            Doubt::Nothing,
        ),
        (
            format!("^(系统)?(自动)({given})+$|^(空|空白|未知|不详|不明|待定|[同如]上|新建|新增|草稿|测试)$"),
            Doubt::Nothing,
        ),
        (format!("(?i)^({totals}) *[:：]? *[0-9]* *{units}?$|^[共计]+ *[:：]? *[0-9]+ *{units}"), Doubt::Total),
        (format!("({columns})[*＊:：()（）必填 ]*$"), Doubt::Heading),
        (format!("^({footers})"), Doubt::Note),
        (r"^#[^0-9#]{1,8}[!?！？]$|^=.*[A-Za-z0-9]".to_owned(), Doubt::ErrorCell),
    ]
}
