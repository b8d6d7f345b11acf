//! Citizens and their matters: the same matter in several mouths, and matters that only look alike.

/// A channel of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// 12345 hotline, SOAP.
    Hotline,
    /// Message board, paged JSON.
    Board,
    /// Petition office, spreadsheets.
    Petition,
    /// SMS callbacks.
    Sms,
    /// Mini-program, signed JSON.
    Snapshot,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 5] = [Self::Hotline, Self::Board, Self::Petition, Self::Sms, Self::Snapshot];

    /// Name of its file in the pack.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Hotline => "hotline",
            Self::Board => "board",
            Self::Petition => "petition",
            Self::Sms => "sms",
            Self::Snapshot => "snapshot",
        }
    }
}

/// One citizen's report of one matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The matter it is about: the truth that the gateway does not see.
    pub matter: usize,
    /// Channel.
    pub channel: Channel,
    /// Number on the channel.
    pub number: String,
    /// Name.
    pub name: String,
    /// Telephone number (invented).
    pub phone: String,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// Where.
    pub address: String,
    /// Latitude as the phone gives it (GCJ-02), a few metres off.
    pub lat: f64,
    /// Longitude.
    pub lng: f64,
}

/// What is wrong, in several wordings: title, text. `{p}` is the place, `{n}` a detail with a number.
struct Problem {
    wordings: [(&'static str, &'static str); 4],
    details: [&'static str; 3],
}

const PROBLEMS: [Problem; 10] = [
    Problem {
        wordings: [
            ("{p}路灯不亮", "{p}{n}的路灯已经一周不亮，晚上走路看不清，老人孩子很不安全，请安排维修。"),
            ("反映{p}路灯故障", "{p}{n}几盏路灯坏了，夜里一片漆黑，出行有安全隐患，希望尽快修好。"),
            ("{p}晚上没有照明", "每天下夜班经过{p}{n}，路灯全灭，摔过一跤，请路灯管理部门来看看。"),
            ("路灯坏了没人修，{p}", "{p}{n}路灯报修过一次没人来，现在还是不亮，请督促处理。"),
        ],
        details: ["公交站附近", "农贸市场门口", "学校围墙外"],
    },
    Problem {
        wordings: [
            ("{p}暖气不热", "{p}{n}供暖以来室内温度只有15度，家里有老人，请供热公司上门测温。"),
            ("{p}供热温度不达标", "我家在{p}{n}，暖气片摸着是凉的，打了供热公司电话没有解决，请帮忙协调。"),
            ("{p}暖气温度低", "{p}{n}整个单元暖气都不热，室温达不到标准，要求尽快检修管网。"),
            ("家里暖气一直不热，{p}", "{p}{n}暖气时有时无，晚上最冷的时候只有14度，供热公司说在排查，一直没结果。"),
        ],
        details: ["3号楼", "7号楼", "11号楼"],
    },
    Problem {
        wordings: [
            ("{p}夜间施工噪音扰民", "{p}{n}工地每天夜里十二点以后还在打桩，噪音很大，孩子没法睡觉，请制止夜间施工。"),
            ("{p}工地深夜施工", "{p}{n}的工地连续三个晚上通宵施工，机器轰鸣，严重影响附近居民休息。"),
            ("投诉{p}施工噪声", "{p}{n}施工队凌晨一点还在浇筑，噪声扰民，希望执法部门查处。"),
            ("半夜施工吵得睡不着，{p}", "住在{p}旁边，{n}工地夜间施工没有停过，投诉几次都没有用。"),
        ],
        details: ["东侧", "地块二期", "北门外"],
    },
    Problem {
        wordings: [
            ("{p}垃圾无人清运", "{p}{n}的垃圾桶满了好几天没有清运，气味难闻，苍蝇很多，请环卫部门处理。"),
            ("{p}垃圾堆积", "{p}{n}垃圾堆成小山，污水流到路上，影响居民生活，请尽快清理。"),
            ("{p}环境脏乱差", "{p}{n}生活垃圾一直没人收，臭味飘到家里，希望增加清运次数。"),
            ("请清理{p}的垃圾", "路过{p}{n}，垃圾满地没人管，请派人清运。"),
        ],
        details: ["西门口", "垃圾点", "后街"],
    },
    Problem {
        wordings: [
            ("{p}停水两天", "{p}{n}从前天开始停水，没有通知，做饭洗澡都成问题，请问什么时候恢复供水。"),
            ("{p}自来水停了", "{p}{n}自来水已经停了两天，物业说不知道原因，请水务集团尽快抢修。"),
            ("反映{p}无故停水", "我住{p}{n}，没有任何通知就停水，打电话没人接，希望尽快恢复。"),
            ("没水用了，{p}", "{p}{n}好几户都没有水，已经两天，老人提水上楼很困难，请帮忙解决。"),
        ],
        details: ["5号楼", "8号楼", "12号楼"],
    },
    Problem {
        wordings: [
            ("{p}井盖破损", "{p}{n}有一个井盖碎了一半，昨天有辆电动车陷进去，非常危险，请马上更换。"),
            ("{p}井盖缺失有危险", "{p}{n}路中间的井盖塌了，只放了一根树枝，晚上看不见，请立即处理。"),
            ("反映{p}路面井盖坏了", "经过{p}{n}发现井盖破损下陷，车辆绕行，存在安全隐患。"),
            ("小心{p}的井盖", "{p}{n}井盖翘起来，差点把我绊倒，请市政部门修一下。"),
        ],
        details: ["十字路口", "人行道上", "超市门前"],
    },
    Problem {
        wordings: [
            ("{p}电梯故障", "{p}{n}电梯这个月坏了四次，昨天困住一位老人半小时，物业不彻底维修，请监管部门介入。"),
            ("{p}电梯经常困人", "{p}{n}的电梯三天两头停运，住高层的老人下不了楼，物业只说等配件。"),
            ("投诉{p}物业不修电梯", "{p}{n}电梯故障快一个月，物业公司拖着不修，要求尽快更换。"),
            ("电梯又坏了，{p}", "{p}{n}电梯今天又停了，抱着孩子爬十几层楼，请督促物业处理。"),
        ],
        details: ["2号楼", "6号楼", "9号楼"],
    },
    Problem {
        wordings: [
            (
                "{p}拖欠农民工工资",
                "在{p}{n}干了三个月，包工头拖欠我们十几个人的工资，找项目部互相推，请帮我们讨回工资。",
            ),
            ("{p}项目欠薪", "{p}{n}的施工队欠薪没有结清，快过年了家里等钱用，请劳动监察部门处理。"),
            ("讨要{p}工地工资", "我是{p}{n}的木工，工资拖了半年，一共两万多，老板不接电话。"),
            ("{p}老板不发工资", "{p}{n}干活的工人都没有拿到工资，去了几次都让等，请政府帮忙。"),
        ],
        details: ["一标段", "二标段", "装修班组"],
    },
    Problem {
        wordings: [
            ("{p}烧烤摊占道经营", "{p}{n}每天晚上烧烤摊占道经营，油烟呛人，喝酒吵闹到凌晨，请城管管理。"),
            ("{p}摊贩占道", "{p}{n}被烧烤摊占满，车都过不去，油烟熏得开不了窗，请取缔。"),
            ("投诉{p}露天烧烤", "{p}{n}露天烧烤摊没人管，占用人行道，油烟和噪音都很大。"),
            ("烧烤摊把路占了，{p}", "晚上走{p}{n}只能走机动车道，烧烤摊占了整条人行道，希望整治。"),
        ],
        details: ["南头", "中段", "桥头"],
    },
    Problem {
        wordings: [
            ("{p}下水道堵塞", "{p}{n}下水道堵了，污水从井口往外冒，流得满地都是，气味难闻，请疏通。"),
            ("{p}污水外溢", "{p}{n}污水井一直往外溢，已经三天，行人只能绕着走，请排水部门处理。"),
            ("反映{p}污水横流", "{p}{n}下水管道不通，污水漫到一楼门口，要求尽快疏通管道。"),
            ("污水漫出来了，{p}", "{p}{n}一下雨下水道就返水，现在不下雨也往外冒，请彻底解决。"),
        ],
        details: ["4号楼旁", "车库入口", "菜市场旁"],
    },
];

/// The details of each problem.
pub(crate) const DETAILS_OF: [[&str; 3]; PROBLEMS.len()] = {
    let mut details = [[""; 3]; PROBLEMS.len()];
    let mut at = 0;
    while at < PROBLEMS.len() {
        details[at] = PROBLEMS[at].details;
        at += 1;
    }
    details
};

/// Title and text of a problem in one of its wordings, counted on without end.
pub(crate) fn wording(problem: usize, number: usize) -> (&'static str, &'static str) {
    let wordings = &PROBLEMS[problem].wordings;
    wordings[number % wordings.len()]
}

const ESTATES: [&str; 12] = [
    "海悦花园",
    "云帆小区",
    "锦鳞家园",
    "听涛嘉园",
    "望岛新村",
    "松鹤小区",
    "星湾公寓",
    "渔歌花园",
    "碧桐家园",
    "鹭洲新城",
    "丹枫小区",
    "晨曦佳苑",
];
const ROADS: [&str; 12] = [
    "青鱼滩路",
    "石岛湾路",
    "凤鸣街",
    "观海中路",
    "成大路",
    "伟德路",
    "双泊街",
    "悦湖路",
    "明珠路",
    "南山北路",
    "幸福街",
    "黎明路",
];
const SURNAMES: [&str; 10] = ["王", "李", "张", "刘", "于", "毕", "鞠", "宋", "姜", "丛"];
const TOWNS: [&str; 5] = ["崖头街道", "斥山街道", "港湾街道", "寻山街道", "城西街道"];

/// A seeded city.
#[derive(Debug)]
pub struct World {
    seed: u64,
}

impl World {
    /// A city; equal seeds give equal cities.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed >> 11).unwrap_or_default() % bound.max(1)
    }

    /// A number from 0 to 1.
    fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(10_000)).unwrap_or_default()) / 10_000.0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        let index = self.below(items.len());
        items.get(index).copied().unwrap_or_else(|| unreachable!("the lists are not empty"))
    }

    /// Reports of `matters` matters, each by one to four citizens over any channels, in the order in which they are made.
    #[must_use]
    pub fn reports(&mut self, matters: usize) -> Vec<Report> {
        let mut used = std::collections::BTreeSet::new();
        let mut reports = Vec::new();
        for matter in 0..matters {
            let (problem, place, detail) = self.matter(&mut used);
            let town = self.pick(&TOWNS);
            let first = self.below(4);
            let spot = (37.10 + self.fraction() * 0.1, 122.40 + self.fraction() * 0.1);
            for citizen in 0..=self.below(4) {
                let (title, text) = problem.wordings[(first + citizen) % 4];
                let fill = |text: &str| text.replace("{p}", &place).replace("{n}", detail);
                let channel = Channel::ALL[self.below(Channel::ALL.len())];
                let serial = reports.len() + 1;
                let surname = self.pick(&SURNAMES);
                let text = fill(text);
                reports.push(Report {
                    matter,
                    channel,
                    number: String::new(),
                    name: format!("{surname}某某"),
                    phone: format!("138{:08}", 10_000_000 + serial * 37),
                    title: if channel == Channel::Sms { String::new() } else { fill(title) },
                    text,
                    address: format!("{town}{place}{detail}"),
                    lat: spot.0 + self.fraction() * 0.0002,
                    lng: spot.1 + self.fraction() * 0.0002,
                });
            }
        }
        self.shuffle(&mut reports);
        // Numbers grow with time, as a board's thread ids do.
        for (serial, report) in (1..).zip(&mut reports) {
            report.number = number(report.channel, serial);
        }
        reports
    }

    /// A problem at a place that no other matter has.
    fn matter(
        &mut self,
        used: &mut std::collections::BTreeSet<(usize, String)>,
    ) -> (&'static Problem, String, &'static str) {
        loop {
            let kind = self.below(PROBLEMS.len());
            let indoors = matches!(kind, 1 | 4 | 6);
            let place =
                if indoors { self.pick(&ESTATES) } else { self.pick(if kind == 7 { &ESTATES } else { &ROADS }) };
            let place = place.to_owned();
            if used.insert((kind, place.clone())) {
                let problem = &PROBLEMS[kind];
                let detail = problem.details[self.below(problem.details.len())];
                return (problem, place, detail);
            }
        }
    }

    fn shuffle(&mut self, reports: &mut [Report]) {
        for index in (1..reports.len()).rev() {
            let other = self.below(index + 1);
            reports.swap(index, other);
        }
    }
}

fn number(channel: Channel, serial: usize) -> String {
    match channel {
        Channel::Hotline => format!("20261121{serial:06}"),
        Channel::Board => (90_000_000 + serial).to_string(),
        Channel::Petition => format!("RCXF2026{serial:06}"),
        Channel::Sms => (1_234_500_000 + serial).to_string(),
        Channel::Snapshot => format!("ssp-{serial:06}"),
    }
}
