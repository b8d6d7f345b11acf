use super::*;

fn kinds(text: &str) -> Vec<(&'static str, &str)> {
    find(text, &[]).into_iter().map(|found| (found.kind.name(), text.get(found.range).unwrap())).collect()
}

#[test]
fn numbers_in_text_are_masked_wherever_they_stand() {
    assert_eq!(
        mask_text("联系人张某13800001111，座机0631-7562345，身份证11010519491231002X。12345热线"),
        "联系人张某138****1111，座机063*-***2345，身份证110105************。12345热线"
    );
    assert_eq!(mask_text("１３８００００１１１１"), "１３８****１１１１");
    assert_eq!((mask_name("张三"), mask_name("")), ("张*".to_owned(), String::new()));
    assert_eq!(mask_phone("12345"), "***45");
}

#[test]
fn telephones_in_every_spelling() {
    for text in [
        "13800001111",
        "138 0000 1111",
        "138-0000-1111",
        "138－0000－1111",
        "138.0000.1111",
        "+86 138-0000-1111",
        "008613800001111",
        "013800001111",
        "1 3 8 0 0 0 0 1 1 1 1",
        "１３８００００１１１１",
        "一三八零零零零一一一一",
        "١٣٨٠٠٠٠١١١١",
        "0631-5190000ext802",
        "0631-5190000 转802",
        "幺三八零零零零幺幺幺幺",
        "138****1111",
        "138xxxx1111",
        "0631-7562345",
        "(0631)7562345",
        "（0631）7562345",
        "0631－7562345",
        "010 8888 6666",
        "0631-7562345转801",
        "0631-7562345-801",
        "400-800-8000",
        "400 8008 000",
        "+852 2345 6789",
        "1380000111",
        "138000011112",
        "138 00001111",
    ] {
        let found = kinds(text);
        assert!(found.iter().all(|(kind, _)| *kind == "phone") && found.len() == 1, "{text}: {found:?}");
    }
    for text in ["电话7562345", "电话：7562345、7562346", "请致电我单位办公室 756 2345 ", "联系电话:85551234转8008"]
    {
        assert!(
            kinds(text).iter().all(|(kind, _)| *kind == "phone") && !kinds(text).is_empty(),
            "{text}: {:?}",
            kinds(text)
        );
    }
    assert_eq!(kinds("1380000111113900002222").len(), 2);
}

#[test]
fn other_numbers_stay() {
    for text in [
        "工单20261121000123",
        "2026-11-21 09:12:05",
        "2019-04-25 13:00-15:00",
        "12345",
        "1500元",
        "125.30平方米",
        "第1380号",
        "GD20261121-0001",
        "1,300,000元",
        "13:00至19:30",
        "2013年4月25日至2019年5月1日",
        "鲁政发〔2026〕1号",
        "37.5123,122.1234",
        "3号楼",
        "56栋",
        "5楼",
        "8层",
        "1200户居民",
        "110国道",
        "G206",
        "10086",
        "2026112100012345",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn each_kind_is_found_and_nothing_else_is_touched() {
    for (text, kind, masked) in [
        ("身份证11010519491231002X。", "identity", "身份证110105************。"),
        ("身份证号：110105 19491231 002X", "identity", "身份证号：110105 ******** ****"),
        ("护照E12345678", "identity", "护照E12345***"),
        ("卡号6222 0202 0011 2233 445", "card", "卡号**** **** **** ***3 445"),
        ("邮箱zhang.san@example.com。", "email", "邮箱z********@example.com。"),
        ("鲁K12345停在路上", "plate", "鲁K*****停在路上"),
        ("车牌号鲁K·D12345", "plate", "车牌号鲁K*******"),
        ("加微信zhangsan_88", "chat", "加微信z**********"),
        ("QQ：123456789", "chat", "QQ：1********"),
        ("我叫张三，住在城里", "name", "我叫张*，住在城里"),
        ("联系人：欧阳小明", "name", "联系人：欧***"),
        ("我是青鱼滩镇东村村民周大海，家里", "name", "我是青鱼滩镇东村村民周**，家里"),
        ("户主分别叫周大海、周大河。", "name", "户主分别叫周**、周**。"),
        ("周大海，男，汉族", "name", "周**，男，汉族"),
        ("盼复。周大海 2026年11月2日", "name", "盼复。周** 2026年11月2日"),
        ("那辆鲁K12345和鲁K54321停着", "plate", "那辆鲁K*****和鲁K*****停着"),
        ("住3栋2单元501室", "door", "住3栋*单元***室"),
        ("5-2-301漏水", "door", "5-*-***漏水"),
        ("1502室噪音", "door", "****室噪音"),
        ("12号楼三单元西户", "door", "12号楼*单元*户"),
    ] {
        let found = kinds(text);
        assert_eq!(found.first().map(|(kind, _)| *kind), Some(kind), "{text}: {found:?}");
        assert_eq!(mask_text(text), masked, "{text}");
    }
}

#[test]
fn a_known_name_is_hidden_wherever_it_stands_and_shown_kinds_stay() {
    let mask = Mask { shown: &[PersonalData::Door], known: &["孙晓燕", "李"] };
    assert_eq!(mask.text("住1502室的孙晓燕和李先生，13800001111"), "住1502室的孙**和李先生，138****1111");
}

#[test]
fn marks_that_show_nothing_hide_no_number_and_no_name() {
    for mark in ['\u{200B}', '\u{200D}', '\u{2060}', '\u{FEFF}', '\u{AD}', '\u{1B}', '\0'] {
        let masked = mask_text(&format!("请打138{mark}0013{mark}8000，好{mark}的"));
        assert!(!masked.replace(mark, "").contains("0013") && masked.ends_with(&format!("，好{mark}的")), "{masked:?}");
        let name = format!("联系人张{mark}伟，请回电");
        let found = find(&name, &["张伟"]);
        assert!(found.iter().any(|one| name.get(one.range.clone()).unwrap().contains('伟')), "{name:?} {found:?}");
    }
}
