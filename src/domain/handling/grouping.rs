//! Many notices for the same people become one.

use jiff::Timestamp;

use super::rules::Handling;
use crate::ticket::Notice;

/// Most tickets of one notice, the first included.
pub const MAX_GROUPED: usize = 200;
/// Most tickets that its text names.
const MAX_NAMED: usize = 5;

/// A notice that is due, with the ticket that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<K> {
    /// The ticket.
    pub key: K,
    /// Its id.
    pub ticket: String,
    /// The notice.
    pub notice: Notice,
}

/// A notice that is sent, with all tickets that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent<K> {
    /// The ticket of which it is told.
    pub key: K,
    /// The others that it is about.
    pub others: Vec<K>,
    /// The notice.
    pub notice: Notice,
}

impl Handling {
    /// Puts together what is due of one kind and clock for the same people, where the notice is one that is grouped: the first of
    /// them tells of all. The order of the first ones stays.
    #[must_use]
    pub fn group<K>(&self, due: Vec<Due<K>>, now: Timestamp) -> Vec<Sent<K>> {
        let mut sent: Vec<Sent<K>> = Vec::new();
        let mut ids: Vec<Vec<String>> = Vec::new();
        for Due { key, ticket, notice } in due {
            let rule = self.notices.iter().find(|rule| rule.code == notice.code);
            let is_grouped = rule.is_some_and(|rule| rule.group_minutes.is_some());
            let same = |known: &Sent<K>| {
                let (one, two) = (&known.notice, &notice);
                let is_late = |notice: &Notice| notice.clock.as_ref().is_none_or(|clock| now >= clock.due_at);
                let clock = |notice: &Notice| notice.clock.as_ref().map(|clock| clock.code.clone());
                one.code == two.code && clock(one) == clock(two) && one.to == two.to && is_late(one) == is_late(two)
            };
            let place = sent.iter().position(|known| is_grouped && known.others.len() + 1 < MAX_GROUPED && same(known));
            match place.and_then(|place| Some((sent.get_mut(place)?, ids.get_mut(place)?))) {
                Some((known, ids)) => {
                    known.others.push(key);
                    ids.push(ticket);
                }
                None => {
                    sent.push(Sent { key, others: Vec::new(), notice });
                    ids.push(vec![ticket]);
                }
            }
        }
        for (sent, ids) in sent.iter_mut().zip(ids) {
            if ids.len() > 1 {
                sent.notice.text = text(&sent.notice, &ids, now);
                sent.notice.tickets = ids;
            }
        }
        sent
    }

    /// Whether a notice is sent also to those who have had their notices of the day.
    #[must_use]
    pub fn is_always_sent(&self, code: &str) -> bool {
        self.notices.iter().any(|rule| rule.code == code && rule.always)
    }

    /// Most notices of a day to one person or desk.
    #[must_use]
    pub fn notices_per_day(&self) -> Option<u32> {
        self.notices_per_day
    }
}

/// What a notice of several tickets says: nothing of the matters themselves.
fn text(notice: &Notice, ids: &[String], now: Timestamp) -> String {
    let named: Vec<&str> = ids.iter().take(MAX_NAMED).map(String::as_str).collect();
    let rest = if ids.len() > named.len() { " 等" } else { "" };
    let what = notice.clock.as_ref().map_or_else(String::new, |clock| {
        let state = if now < clock.due_at { "即将到期" } else { "已超时" };
        format!("的{}时限{state}", clock.name)
    });
    format!("【{}】{} 张工单{what}：{}{rest}。", notice.title, ids.len(), named.join("、"))
}
