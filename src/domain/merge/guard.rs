//! The guards: why a pair may not merge by itself, however high its weight.

/// Why a complaint does not join a ticket by itself although its weight would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// A person has pinned the ticket.
    TicketIsPinned,
    /// One side is confidential (保密), the other is not.
    OneIsConfidential,
    /// Its point is 500 m or more from that of one of the ticket's first complaints.
    PointsFarApart,
    /// Its median match weight to the ticket's first complaints is too low: a chain of half-alikes would grow.
    UnlikeTheCore,
    /// The titles have different building or line numbers.
    DifferentNumbersInTitles,
    /// Neither district holds the other.
    DifferentDistricts,
    /// The same road or estate, but the topics differ and the texts have nothing in common.
    AnotherTopic,
    /// Nearly the same text, but each side insists on another place or number: one template filled in for two matters.
    NearCopyOfAnotherPlace,
    /// No name, number, reporter, point or rare words in common.
    NothingConcreteInCommon,
}

impl Guard {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 9] = [
        Self::TicketIsPinned,
        Self::OneIsConfidential,
        Self::PointsFarApart,
        Self::UnlikeTheCore,
        Self::DifferentNumbersInTitles,
        Self::DifferentDistricts,
        Self::AnotherTopic,
        Self::NearCopyOfAnotherPlace,
        Self::NothingConcreteInCommon,
    ];

    /// Its name in evidence, logs, metrics and tests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TicketIsPinned => "ticket_is_pinned",
            Self::OneIsConfidential => "one_is_confidential",
            Self::PointsFarApart => "points_far_apart",
            Self::UnlikeTheCore => "unlike_the_core_of_the_ticket",
            Self::DifferentNumbersInTitles => "two_titles_have_different_numbers",
            Self::DifferentDistricts => "different_districts",
            Self::AnotherTopic => "same_surroundings_but_another_topic",
            Self::NearCopyOfAnotherPlace => "near_copy_with_another_place_or_number",
            Self::NothingConcreteInCommon => "nothing_concrete_in_common",
        }
    }

    /// The guard with a name; `None` also for those of earlier versions.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.name() == name)
    }

    /// A sentence in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::TicketIsPinned => "工单已锁定",
            Self::OneIsConfidential => "一方要求保密，另一方没有",
            Self::PointsFarApart => "与工单首批诉求的定位相距 500 米以上",
            Self::UnlikeTheCore => "与工单首批诉求整体不像",
            Self::DifferentNumbersInTitles => "标题中的楼栋或线路号不同",
            Self::DifferentDistricts => "区划不同",
            Self::AnotherTopic => "地点相同，但所诉事项不同",
            Self::NearCopyOfAnotherPlace => "文字几乎相同，但地点或编号不同",
            Self::NothingConcreteInCommon => "没有具体的共同点",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::TicketIsPinned => "the ticket is pinned",
            Self::OneIsConfidential => "one of them is confidential",
            Self::PointsFarApart => "500 m or more from one of the ticket's first complaints",
            Self::UnlikeTheCore => "unlike the ticket's first complaints on the whole",
            Self::DifferentNumbersInTitles => "different building or line numbers in the titles",
            Self::DifferentDistricts => "different districts",
            Self::AnotherTopic => "the same surroundings, but another topic",
            Self::NearCopyOfAnotherPlace => "a near copy with another place or number",
            Self::NothingConcreteInCommon => "nothing concrete in common",
        }
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        assert!(Guard::ALL.into_iter().all(|guard| Guard::named(guard.name()) == Some(guard)));
        assert_eq!(Guard::named("two_titles_name_different_places"), None, "of an earlier version");
    }
}
