//! Labelled complaints without end: what `huiliu evaluate merge` and the benchmarks can be run on by anybody.
//!
//! Every matter has a place of its own, a problem, and one or more writers, who say it in their own words, at their own
//! length, with their own typing mistakes. Traps look alike and are two matters: the same words about another place, the
//! same place with another problem, the next building.

use std::collections::BTreeSet;

use crate::world::{DETAILS_OF, World, wording};

/// One complaint with its truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Number of the message.
    pub id: usize,
    /// The matter it is about.
    pub matter: usize,
    /// `incident`, `same_author_repeat` or `verbatim`; of the first complaint of a matter always `incident`.
    pub kind: &'static str,
    /// Who wrote it.
    pub author: String,
    /// Title; empty for an SMS.
    pub title: String,
    /// Text.
    pub text: String,
    /// Minutes after the beginning.
    pub minute: usize,
}

/// Labelled complaints and the pairs that are traps.
#[derive(Debug, Default)]
pub struct LabelledSet {
    /// The complaints, in the order of their numbers; their minutes are mixed.
    pub complaints: Vec<Labelled>,
    /// Numbers of two complaints that look alike and are two matters.
    pub traps: Vec<(usize, usize)>,
}

const FIRST: [&str; 40] = [
    "海", "云", "锦", "听", "望", "松", "星", "渔", "碧", "鹭", "丹", "晨", "金", "银", "翠", "蓝", "龙", "凤", "紫",
    "玉", "华", "盛", "泰", "恒", "福", "瑞", "祥", "嘉", "明", "清", "文", "学", "新", "东", "西", "南", "北", "阳",
    "月", "春",
];
const SECOND: [&str; 40] = [
    "悦", "帆", "鳞", "涛", "岛", "鹤", "湾", "歌", "桐", "洲", "枫", "曦", "域", "杉", "竹", "梅", "泉", "溪", "峰",
    "岭", "轩", "景", "馨", "和", "宁", "安", "康", "源", "都", "庭", "辰", "曜", "雅", "颂", "府", "台", "堂", "园",
    "河", "江",
];
const THIRD: [&str; 24] = [
    "", "", "", "", "", "", "一品", "国际", "上城", "半岛", "名邸", "金座", "御景", "左岸", "新天", "时代", "阳光",
    "山水", "书香", "中央", "滨河", "印象", "尚品", "春天",
];
const ESTATE_ENDS: [&str; 8] = ["花园", "小区", "家园", "嘉园", "新村", "公寓", "佳苑", "新城"];
const ROAD_ENDS: [&str; 6] = ["路", "街", "大道", "中路", "北路", "南路"];

const OPENINGS: [&str; 10] = [
    "尊敬的领导您好！",
    "领导好，",
    "您好，",
    "",
    "",
    "",
    "我是附近的居民，",
    "本人长期在外打工，家里老人打电话来说，",
    "这件事我们已经反映过几次，",
    "冒昧打扰，",
];
const BACKGROUNDS: [&str; 24] = [
    "我们是前年搬来的，当初看中这里安静。",
    "这里住着好几百户人家，老人和孩子占了一大半。",
    "旁边就是菜市场，每天来来往往的人很多。",
    "孩子今年要高考，实在受不了。",
    "这里属于老城区，设施本来就旧。",
    "我家住一楼，受影响最大。",
    "从去年冬天开始就有这个情况，后来越来越严重。",
    "前面一家单位搬走以后就没有人管了。",
    "台风过后一直没有恢复。",
    "据说是两个单位之间的责任没有分清。",
    "周围几栋楼的邻居都可以作证。",
    "我拍了照片和视频，需要的话可以提供。",
    "上个月社区来人看过，登记以后没有下文。",
    "物业收费一分不少，服务却一天不如一天。",
    "打过热线，回复说已经转给责任单位。",
    "我父亲今年七十八岁，腿脚不方便。",
    "外地来的客人看了都摇头。",
    "这条线上还有一所幼儿园，接送的时候最危险。",
    "开发商早就撤走了，电话也打不通。",
    "我在这里做小生意，已经影响到收入。",
    "网上也有人发过帖子，评论里都是同样的遭遇。",
    "邻近的几个村子也是这样。",
    "租客因为这个退了房，损失不小。",
    "晚上值班的人说不归他管，让我们找白天的人。",
];
const EFFECTS: [&str; 14] = [
    "昨天有个骑车的人差点摔倒，",
    "大家意见很大，",
    "再这样下去要出事故，",
    "一家人晚上都休息不好，",
    "出门要绕很远的路，",
    "夏天味道尤其重，",
    "已经有人因此住院，",
    "邻里之间为这个吵了好几次，",
    "每个月要多花不少钱，",
    "下雨天更是没法走，",
    "半夜也不得安宁，",
    "老人不敢单独下楼，",
    "家里的墙都发霉了，",
    "店里的客人少了一半，",
];
const REQUESTS: [&str; 12] = [
    "请尽快处理，给个答复。",
    "希望有关部门到现场看一看。",
    "恳请督促责任单位整改。",
    "要求说明什么时候能解决。",
    "盼回复，谢谢！",
    "请政府为老百姓做主。",
    "希望不要再踢皮球。",
    "请给出具体的时间。",
    "望核实并依法查处。",
    "谢谢领导在百忙之中过问。",
    "请不要只是转办了事。",
    "",
];
const TIMES: [&str; 24] = [
    "前天傍晚",
    "上周末",
    "入冬以后",
    "清明前后",
    "国庆长假里",
    "昨天凌晨",
    "这半个月",
    "年初",
    "开学那几天",
    "停电那晚",
    "暴雨过后",
    "早高峰",
    "午休时间",
    "收麦时节",
    "三伏天",
    "元旦那天",
    "每逢赶集",
    "夜班回来",
    "放学时分",
    "小区换届后",
    "端午期间",
    "刚搬来时",
    "修地铁那阵",
    "封路以后",
];
const PEOPLE: [&str; 24] = [
    "隔壁的张师傅",
    "楼上的租户",
    "送快递的小哥",
    "我爱人",
    "卖早点的夫妻",
    "村里的会计",
    "带孩子的外婆",
    "退休教师",
    "网格员",
    "门卫大爷",
    "业主群里的人",
    "开货车的司机",
    "环卫大姐",
    "怀孕的邻居",
    "我女儿的同学",
    "水暖工",
    "理发店老板",
    "值夜班的护士",
    "居委会主任",
    "收废品的老汉",
    "合租的室友",
    "我弟弟一家",
    "骑三轮的师傅",
    "幼儿园的家长",
];
const ACTS: [&str; 24] = [
    "打了三遍电话",
    "写了一封联名信",
    "在现场守了一夜",
    "垫付了两千块钱",
    "自己买材料修补",
    "跑到窗口排队",
    "拍了一段录像",
    "请人估过价",
    "贴了告示",
    "拨通了值班室",
    "找过包工头理论",
    "扶起一位摔跤的老太太",
    "报过警",
    "给报社投了稿",
    "绕道多走了半小时",
    "戴着口罩出门",
    "用砖头垫了一条路",
    "换了两把锁",
    "借来手电筒照明",
    "烧开水凑合",
    "把孩子送回老家",
    "搬到亲戚家暂住",
    "量过分贝",
    "数过一共十七处",
];
const RESULTS: [&str; 24] = [
    "始终没人露面",
    "对方答应周五之前给说法",
    "第二天又是老样子",
    "被告知要走流程",
    "只换来一句等通知",
    "差点动起手来",
    "电话转了四个科室",
    "最后不了了之",
    "花的钱没人认账",
    "说是预算没批下来",
    "推给了施工方",
    "反倒被骂了一顿",
    "登记表填了两次",
    "临时凑合了几天",
    "工单显示已办结",
    "图纸上根本没有标注",
    "保修期已经过了",
    "钥匙在前任物业手里",
    "验收单上签的是别人的名字",
    "监控恰好坏了",
    "说要等明年统一改造",
    "押金也退不回来",
    "租约因此作废",
    "两家单位各执一词",
];
/// Lengths of 4,477 messages of public message boards, in characters, title included: percentile 1, the deciles, percentile 99.
const LENGTHS: [usize; 11] = [45, 81, 109, 137, 170, 210, 259, 329, 453, 713, 2_061];
/// Characters of one more story, about, and of a complaint without any.
const STORY: usize = 20;
const BARE: usize = 63;
/// Characters typed instead of others.
const TYPOS: &str = "的地得在再做作已以是事时实他她它们门又有进近请清情青那哪坐座带代象像以己末未";

/// The problem whose matter is one building's: the lift of another building is another matter.
const LIFTS: usize = 6;

/// What a writer does to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// 3 % of the characters changed, dropped or doubled, and one sentence in eight left out.
    Mild,
    /// 10 % of the characters, one sentence in three left out, the rest in another order.
    Hard,
}

struct Matter {
    problem: usize,
    place: String,
    short_place: String,
    detail: &'static str,
    building: usize,
}

impl World {
    /// `matters` matters and what citizens write about them. About half of the matters have several complaints, one in six is
    /// a trap for another.
    #[must_use]
    pub fn labelled(&mut self, matters: usize) -> LabelledSet {
        let mut set = LabelledSet::default();
        let mut earlier: Vec<(Matter, usize)> = Vec::new();
        let mut taken = BTreeSet::new();
        for number in 0..matters {
            let (matter, like) = loop {
                let (matter, like) = self.labelled_matter(&mut earlier);
                let building = if matter.problem == LIFTS { matter.building } else { 0 };
                if taken.insert((matter.problem, matter.short_place.clone(), building)) {
                    break (matter, like);
                }
            };
            let first = set.complaints.len();
            let start = self.below(60 * 24 * 60);
            let author = format!("用户{number}");
            let text = self.write_text(&matter, self_wording(number, 0));
            let title = self.write_title(&matter, self_wording(number, 0));
            set.complaints.push(Labelled {
                id: 0,
                matter: number,
                kind: "incident",
                author,
                title,
                text,
                minute: start,
            });
            set.traps.extend(like.map(|other| (other, first)));
            for writer in 1..=self.writers() {
                let again = self.another(&matter, number, writer, &set.complaints, first, start);
                set.complaints.push(again);
            }
            if like.is_none() && earlier.len() < 5_000 {
                earlier.push((matter, first));
            }
        }
        for (id, complaint) in (1..).zip(&mut set.complaints) {
            complaint.id = id;
        }
        set.traps.iter_mut().for_each(|(a, b)| (*a, *b) = (*a + 1, *b + 1));
        set
    }

    /// One complaint like those of [`World::labelled`], for benchmarks: title and text in one.
    pub fn complaint_text(&mut self, serial: usize) -> String {
        let (matter, _) = self.labelled_matter(&mut Vec::new());
        let title = self.write_title(&matter, serial);
        format!("{title}。{}", self.write_text(&matter, serial))
    }

    /// As [`World::complaint_text`], as long as people write on message boards.
    pub fn posting_text(&mut self, serial: usize) -> String {
        let part = self.below(LENGTHS.len() - 1);
        let length = LENGTHS[part] + self.below(LENGTHS[part + 1] - LENGTHS[part]);
        let (matter, _) = self.labelled_matter(&mut Vec::new());
        let title = self.write_title(&matter, serial);
        let text = self.write_with(&matter, serial, |_| (length + STORY / 2).saturating_sub(BARE) / STORY);
        format!("{title}。{text}")
    }

    fn writers(&mut self) -> usize {
        match self.below(20) {
            0..=9 => 0,
            10..=15 => 1,
            16..=17 => 2,
            18 => 4,
            _ => 9,
        }
    }

    fn labelled_matter(&mut self, earlier: &mut Vec<(Matter, usize)>) -> (Matter, Option<usize>) {
        if !earlier.is_empty() && self.below(6) == 0 {
            let (like, number) = earlier.swap_remove(self.below(earlier.len()));
            let trap = match self.below(if like.problem == LIFTS { 3 } else { 2 }) {
                0 => {
                    let (place, short_place) = self.place(like.problem);
                    Matter { problem: like.problem, place, short_place, detail: like.detail, building: like.building }
                }
                1 => {
                    let problem = (like.problem + 1 + self.below(DETAILS_OF.len() - 1)) % DETAILS_OF.len();
                    let detail = DETAILS_OF[problem][self.below(3)];
                    let (place, short_place) = (like.place.clone(), like.short_place.clone());
                    Matter { problem, place, short_place, detail, building: like.building }
                }
                _ => Matter {
                    problem: like.problem,
                    place: like.place.clone(),
                    short_place: like.short_place.clone(),
                    detail: like.detail,
                    building: like.building + 40,
                },
            };
            return (trap, Some(number));
        }
        let problem = self.below(DETAILS_OF.len());
        let detail = DETAILS_OF[problem][self.below(3)];
        let (place, short_place) = self.place(problem);
        (Matter { problem, place, short_place, detail, building: self.below(30) + 1 }, None)
    }

    fn place(&mut self, problem: usize) -> (String, String) {
        let indoors = matches!(problem, 1 | 4 | 6 | 7);
        let third = if indoors { self.pick(&THIRD) } else { "" };
        let short = format!("{}{}{third}", self.pick(&FIRST), self.pick(&SECOND));
        let end = if indoors { self.pick(&ESTATE_ENDS) } else { self.pick(&ROAD_ENDS) };
        (format!("{short}{end}"), if indoors { short } else { format!("{short}{end}") })
    }

    fn write_title(&mut self, matter: &Matter, wording_number: usize) -> String {
        let (title, _) = wording(matter.problem, wording_number);
        let place = if self.below(4) == 0 { &matter.short_place } else { &matter.place };
        match matter.problem {
            LIFTS => title.replace("{p}", &format!("{place}{}栋", matter.building)),
            _ => title.replace("{p}", place),
        }
    }

    fn write_text(&mut self, matter: &Matter, wording_number: usize) -> String {
        self.write_with(matter, wording_number, |world| world.below(9))
    }

    fn write_with(
        &mut self,
        matter: &Matter,
        wording_number: usize,
        stories: impl FnOnce(&mut Self) -> usize,
    ) -> String {
        let (_, core) = wording(matter.problem, wording_number);
        let detail = if matter.detail.is_empty() || matter.detail.contains("号楼") {
            format!("{}号楼", matter.building)
        } else {
            matter.detail.to_owned()
        };
        let mut text = String::from(self.pick(&OPENINGS));
        let background = stories(self);
        for _ in 0..background / 2 {
            text += &self.story();
        }
        text += &core.replace("{p}", &matter.place).replace("{n}", &detail);
        for _ in 0..background - background / 2 {
            text += &self.story();
        }
        text += self.pick(&REQUESTS);
        text
    }

    fn story(&mut self) -> String {
        match self.below(6) {
            0 => self.pick(&BACKGROUNDS).to_owned(),
            1 => self.pick(&EFFECTS).to_owned(),
            2 => {
                let (month, day, count) = (self.below(12) + 1, self.below(28) + 1, self.below(40) + 2);
                format!("{month}月{day}日我去问过，前后跑了{count}趟。")
            }
            _ => {
                let (time, who) = (self.pick(&TIMES), self.pick(&PEOPLE));
                format!("{time}{who}{}，{}。", self.pick(&ACTS), self.pick(&RESULTS))
            }
        }
    }

    fn another(
        &mut self,
        matter: &Matter,
        number: usize,
        writer: usize,
        written: &[Labelled],
        first: usize,
        start: usize,
    ) -> Labelled {
        let minute = start + self.below(20 * 24 * 60);
        let before = &written[first];
        let author = format!("用户{number}之{writer}");
        match self.below(10) {
            0 => {
                let (title, text) = (before.title.clone(), before.text.clone());
                Labelled { id: 0, matter: number, kind: "verbatim", author, title, text, minute }
            }
            1 => {
                let author = before.author.clone();
                let title = self.write_title(matter, self_wording(number, writer));
                let text = self.write_text(matter, self_wording(number, writer));
                Labelled { id: 0, matter: number, kind: "same_author_repeat", author, title, text, minute }
            }
            2 => {
                // As an SMS: one sentence, no title.
                let (_, core) = wording(matter.problem, self_wording(number, writer));
                let text = core.replace("{p}", &matter.place).replace("{n}", matter.detail);
                let text = text.split('，').take(2).collect::<Vec<_>>().join("，");
                Labelled { id: 0, matter: number, kind: "incident", author, title: String::new(), text, minute }
            }
            _ => {
                let text = self.write_text(matter, self_wording(number, writer));
                let text = self.noisy(&text, Noise::Mild);
                let title = self.write_title(matter, self_wording(number, writer));
                Labelled { id: 0, matter: number, kind: "incident", author, title, text, minute }
            }
        }
    }

    /// A text as another hand would have typed it.
    pub fn noisy(&mut self, text: &str, noise: Noise) -> String {
        let (percent, left_out) = if noise == Noise::Mild { (3, 8) } else { (10, 3) };
        let mut sentences: Vec<&str> = text.split_inclusive(['。', '！', '，']).collect();
        sentences.retain(|_| self.below(left_out) != 0);
        if sentences.is_empty() {
            sentences.push(text);
        }
        if noise == Noise::Hard {
            for index in (1..sentences.len()).rev() {
                let other = self.below(index + 1);
                sentences.swap(index, other);
            }
        }
        let typos: Vec<char> = TYPOS.chars().collect();
        let mut out = String::with_capacity(text.len());
        for c in sentences.concat().chars() {
            if self.below(100) >= percent {
                out.push(c);
                continue;
            }
            match self.below(3) {
                0 => out.push(typos[self.below(typos.len())]),
                1 => {}
                _ => out.extend([c, c]),
            }
        }
        out
    }
}

/// Every writer of a matter begins at another wording.
fn self_wording(matter: usize, writer: usize) -> usize {
    matter + writer
}

impl LabelledSet {
    /// The messages as the benchmark pack reads them, their labels, and the traps: three CSV texts.
    #[must_use]
    pub fn to_csv(&self) -> [String; 3] {
        let mut messages = String::from("留言编号,留言用户,留言主题,留言时间,留言详情\n");
        let mut labels = String::from("msg_id,cluster_id,type,confidence\n");
        let mut traps = String::from("a,b,reason\n");
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        for complaint in &self.complaints {
            let (day, minute) = (complaint.minute / 1_440, complaint.minute % 1_440);
            let (month, day) = (day / 28 % 12 + 1, day % 28 + 1);
            let time = format!("2026-{month:02}-{day:02} {:02}:{:02}:00", minute / 60, minute % 60);
            let (title, text) = (quoted(&complaint.title), quoted(&complaint.text));
            messages += &format!("{},{},{title},{time},{text}\n", complaint.id, complaint.author);
            labels += &format!("{},m{},{},3\n", complaint.id, complaint.matter, complaint.kind);
        }
        for (a, b) in &self.traps {
            traps += &format!("{a},{b},looks alike\n");
        }
        [messages, labels, traps]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_write_equal_complaints() {
        let (a, b) = (World::new(3).labelled(200), World::new(3).labelled(200));
        assert_eq!(a.complaints, b.complaints);
        assert_ne!(a.complaints, World::new(4).labelled(200).complaints);
        assert!(a.complaints.len() > 250 && !a.traps.is_empty());
        for (x, y) in &a.traps {
            assert_ne!(a.complaints[x - 1].matter, a.complaints[y - 1].matter);
        }
        let kinds: BTreeSet<&str> = a.complaints.iter().map(|complaint| complaint.kind).collect();
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["incident", "same_author_repeat", "verbatim"]);
        let mean =
            a.complaints.iter().map(|complaint| complaint.text.chars().count()).sum::<usize>() / a.complaints.len();
        assert!((100..400).contains(&mean), "{mean}");
    }

    #[test]
    fn postings_are_as_long_as_real_ones() {
        let mut world = World::new(6);
        let mut lengths: Vec<usize> = (0..4_000).map(|serial| world.posting_text(serial).chars().count()).collect();
        lengths.sort_unstable();
        for (decile, expected) in (1..10).zip(&LENGTHS[1..]) {
            let length = lengths[400 * decile];
            assert!(length.abs_diff(*expected) < expected / 8, "decile {decile}: {length} instead of {expected}");
        }
    }

    #[test]
    fn noise_keeps_most_of_a_text() {
        let mut world = World::new(5);
        let text = world.complaint_text(1);
        let mild = world.noisy(&text, Noise::Mild);
        assert_ne!(mild, text);
        let kept = |copy: &str| copy.chars().count() * 2 > text.chars().count();
        assert!(kept(&mild) || text.chars().count() < 40);
    }
}
