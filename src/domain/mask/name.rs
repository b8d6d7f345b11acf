//! Names of people in a text: those that are known, and those by which somebody introduces himself.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::number::pattern;
use super::{Found, PersonalData};

/// Surnames of one character: those of the Hundred Families and of today, without the few that are mostly other words.
const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟黄穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫房裘缪解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲封芮羿储靳汲邴糜松井段巫乌焦巴弓牧隗谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰鄂索咸籍赖卓蔺屠蒙池乔阴胥苍闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿边扈燕冀郏浦尚温庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾暨衡步耿弘匡文寇禄阙欧殳沃蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶曾毋沙乜鞠须丰巢关蒯查荆红游竺逯盖桓肖闫付邸代佟仝苟覃侣隋冼辜练幺苑官牟占丘郇亢阳丛敬楼揭兰矫仉鄢岳涂原芦靖娜楚谌商";
/// Surnames of two characters.
const COMPOUND: &str = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|端木|南宫|长孙|宇文";
/// What cannot be the second or third character of a name: words that follow one.
const AFTER: &str = "是在家住为有因与和现从这要想向反投举男女的我他她您你电手身联系户籍于也被将把对等说到来去先同于该及并已曾系就又请某了不所";

/// Words that begin like a name, and are none.
const WORDS: &str = "车队|须知|楼内|楼道|楼上|楼下|支取|支付|支持|单重|祝好|石枧|敬礼|原则|周岁|符合|邮箱|都是|都有|通过|通知|通行|经过|经常|终于|满足|空间|国家|家里|家中|家人|全额|部门|干部|能否|从来|后来|广大|东西|后面|文字|平时|明年|元月|时至|官网|应当|应该|应为|应由|应有|成绩|成为|成员|成立|成都|代表|代理|代为|代办|查看|查询|查处|查明|安全|安排|安置|安装|安静|解决|解答|解释|解除|房屋|房子|房内|房产|房东|房间|房租|房款|管理|管道|管部|万分|万元|时间|时候|时常|高兴|高度|高速|高中|高新|高考|高层|方便|方面|方式|方案|向上|向有|向社|包括|包含|包工|包装|路过|路段|路口|路边|路面|路灯|路人|车辆|车主|车位|车牌|车库|车间|关于|关系|关注|关键|金额|金融|温馨|温泉|明显|明确|明天|白天|白色|常年|常常|常见|常住|石头|石材|田地|马上|马路|史上|余额|余下|单位|单元|单独|施工|施行|计划|计算|项目|江边|江北|江苏|江南|江西|钱款|钱财|强烈|强制|强行|强占|强迫|米左|连续|连接|连夜|党员|党委|党支|党组|官方|官员|师傅|师生|商品|商铺|商业|商户|商家|文件|文化|文明|左右|左边|元旦|全部|全家|全体|全国|全县|全市|古城|席位|席间|毛坯|花费|花园|花钱|周边|周围|周末|周一|周日|孟夏|黄金|黄色|黑色|汽车|牛奶|羊肉|龙头|雷雨|雷达|温度|苗木|柳树|阳台|阳光|水电|段时|武装|武术|柴油|简单|简直|满意|习惯|曲线|鲁莽|尚未|尚有|尤其|甘肃|宁愿|宁可|盛大|殷切|祝您|祝领|祝愿|冷气|冷漠|景区|景观|宫颈|费用|鲍鱼|翁婿|柏油|储户|储蓄|饶恕|戚友|丛林|谷物|闵行|邬镇|原来|原因|原本|原告|原有|原地|窦性|屈服|苟且|麻烦|麻将|舒适|舒服|桂花|臧否|瞿塘|芦苇|艾滋|靖安|晏起|桑树|苑内|隋唐|牟取|占用|占道|占地|封闭|封路|楚地|荆州|沙子|沙石|戈壁|奚落|伍佰|应急|仲裁|范围|金钱|韦编|夏天|夏季|付款|付出|付费|傅母|邹城|熊猫|孟州|秦岭|邱县|侯车|尹县|薛城|雷同|陶瓷|贺卡|郝峪|顾客|顾虑|龚滩|严重|严格|严厉|莫名|莫非|孔庙|汤锅|康复|易燃|乔迁|赖账|毕业|毕竟|樊城|季节|葛洲|章程|岳父|岳母|申请|申诉|申报|柯城|庞大|颜色|耿直|焦急|焦虑|齐全|洪水|翟庄|游客|游戏|路政|辛苦|阮囊|尤为|童年|冉冉|梅雨|俞允|凌晨|包庇|霍乱|詹天|卜卦|蓝天|巩固|邢台|古代|穆斯|卓越|冯唐|孙子|孙女|马桶|朱红|胡乱|郭外|何时|何况|何必|何种|林业|林地|林立|罗列|梁上|谢谢|宋代|唐突|许多|许可|韩国|邓州|曹操|彭城|曾经|曾多|萧条|董事|潘多|袁大|蔡县|蒋家|于是|杜绝|叶子|程序|程度|魏晋|苏打|丁点|任何|任务|任由|任意|卢布|沈阳|钟头|姜黄|崔巍|谭嗣|陆续|陆地|廖若|金属|贾人";
/// Words that say that a name comes.
static INTRODUCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:我叫|本人叫|名叫|分别[叫是为]|叫做|名字[叫是]|姓名|联系人|联络人|反映人|反应人|投诉人|举报人|申请人|信访人|来信人|来访人|来电人|诉求人|当事人|求助人|申诉人|署名|落款|法定代表人|经办人|收件人|收货人|寄件人|户名|开户名|收款人)(?:信息|姓名)?[:：为是叫\s（(]{0,4}",
    )
});
/// Words behind which a name may come, if what follows the name shows it.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?:我是|本人|我姓名|业主|户主|机主|车主|租户|家长|患者|学生|员工|职工|教师|村民|居民|市民|群众|党员|社员|农民|网友|网民|同学|司机|代表|户主分别叫)[:：为是叫,，\\s]{0,3}",
    )
});
/// Where somebody says where he is from before he says his name.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "我是[^，。,.!！?？；;]{2,30}(?:村[民名员]?|组|镇|乡|社区|小区|学校|公司|单位|中学|大学|街道|集团)(?:的)?(?:村民|村名|村员|居民|业主|学生|员工|职工|教师)?[\\s:：]{0,2}",
    )
});
/// What is said of a person behind the name.
static FOLLOWED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[\s,，、（(](?:男|女|现年|身份证|省份证)|(?:男|女)[,，、\s。）)]|\s?(?:现年|身份证|省份证|同志|先生|女士|小姐|师傅|大爷|大妈|阿姨|两人|二人|三人|等人|夫妇|夫妻)",
    )
});
/// What ends a letter.
static SIGNED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:敬礼|致敬|谢谢|感谢|敬上|此致|拜托了|盼复|望回复)[!！。.,，\s]*"));

/// A name that stands alone at the end of a text, perhaps with a date or a telephone behind it.
static LAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[\s。.！!，,：:](\p{Han}{2,4})[\s。.!！]*(?:(?:20\d{2}|二[〇零]..)[年./-]\s?.{1,10})?(?:(?:上|电话|手机|联系).{0,30})?\s*$",
    )
});

/// Adds names. One that was introduced somewhere is hidden wherever it stands.
pub(super) fn find(text: &str, known: &[&str], all: &mut Vec<Found>) {
    let mut names: Vec<&str> = known.iter().map(|name| name.trim()).filter(|name| is_long(name)).collect();
    let mut add = |range: Range<usize>| all.push(Found { kind: PersonalData::Name, range });
    for range in introduced(text) {
        let name = text.get(range.clone()).unwrap_or_default();
        if name.chars().nth(2).is_some() && !names.contains(&name) {
            names.push(name);
        }
        add(range);
    }
    for name in names {
        text.match_indices(name).for_each(|(at, found)| add(at..at + found.len()));
    }
}

/// One character is no name that could be looked for.
fn is_long(name: &str) -> bool {
    name.chars().nth(1).is_some()
}

/// Names by which somebody introduces himself, or is introduced.
fn introduced(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (words, ends) in [(&*INTRODUCED, End::Any), (&*SAID, End::Mark), (&*FROM, End::Mark), (&*SIGNED, End::Text)] {
        for word in words.find_iter(text) {
            let mut from = word.end();
            // Several in a list.
            while let Some(length) = name_at(text.get(from..).unwrap_or_default(), ends) {
                found.push(from..from + length);
                let Some(next) = text.get(from + length..).and_then(|rest| rest.strip_prefix('、')) else { break };
                from = text.len() - next.len();
            }
        }
    }
    for word in FOLLOWED.find_iter(text) {
        let mut before = text.get(..word.start()).unwrap_or_default();
        while let Some(length) = name_before(before) {
            found.push(before.len() - length..before.len());
            let Some(list) = before.get(..before.len() - length).and_then(|rest| rest.strip_suffix('、')) else {
                break;
            };
            before = list;
        }
    }
    if let Some(signed) = LAST.captures(text).and_then(|captures| captures.get(1))
        && name_at(signed.as_str(), End::Any) == Some(signed.len())
    {
        found.push(signed.range());
    }
    found
}

/// The length in bytes of the name with which a text ends: the longest that begins with a surname and stands behind a mark or at
/// the beginning; of those that stand behind a word, with three characters.
fn name_before(text: &str) -> Option<usize> {
    let last: Vec<char> = text.chars().rev().take(5).collect();
    [4, 3, 2].into_iter().find_map(|count| {
        let name: String = last.get(..count)?.iter().rev().collect();
        let marked = last
            .get(count)
            .is_none_or(|before| !('\u{4E00}'..='\u{9FFF}').contains(before) || "男女是叫名人员民".contains(*before));
        let whole = name_at(&name, End::Any) == Some(name.len());
        let compound = COMPOUND.split('|').any(|surname| name.starts_with(surname));
        (whole && (marked || count == 3) && (count < 4 || compound)).then_some(name.len())
    })
}

/// What has to come behind a name for it to be one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Anything.
    Any,
    /// A mark or the end of the text, a number, or a word about a person.
    Mark,
    /// The end of the text, perhaps with a date or a number.
    Text,
}

/// The length in bytes of the name with which a text begins.
fn name_at(text: &str, ends: End) -> Option<usize> {
    let chars: Vec<char> = text.chars().take(6).collect();
    let compound = COMPOUND.split('|').any(|surname| text.starts_with(surname));
    let surname = if compound { 2 } else { usize::from(chars.first().is_some_and(|c| SURNAMES.contains(*c))) };
    if surname == 0 {
        return None;
    }
    if WORDS.split('|').any(|word| text.starts_with(word)) {
        return None;
    }
    let given =
        |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c) && !AFTER.contains(*c) || matches!(c, '*' | 'x' | 'X' | '×');
    let most = chars.iter().skip(surname).take(2).take_while(|c| given(c)).count();
    let length = |count: usize| chars.iter().take(surname + count).map(|c| c.len_utf8()).sum::<usize>();
    (1..=most).rev().map(length).find(|length| {
        let rest = text.get(*length..).unwrap_or_default();
        match ends {
            End::Any => true,
            End::Mark => is_end(rest),
            End::Text => is_end(rest) || is_last(rest),
        }
    })
}

/// Whether what is behind a name at the end of a letter is no sentence any more: a date, a few words.
fn is_last(rest: &str) -> bool {
    rest.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count() <= 4 && !rest.contains(['，', ',', '；'])
}

fn is_end(rest: &str) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    let words = ["男", "女", "身份证", "电话", "手机", "联系", "家住", "现住", "上", "敬上"];
    next.is_whitespace()
        || next.is_ascii_digit()
        || "，。,.;；、!！?？:：（()）\"”".contains(next)
        || words.iter().any(|word| rest.starts_with(word))
}
