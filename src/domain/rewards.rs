//! Points (积分) and stars (星级) for citizens who take part, by the rules of `rewards.toml`. Pure: what happened to a complaint, and what
//! its account had before, go in; what is given and what is taken back come out.

mod cases;
mod happening;
mod loading;
mod rehearsal;
mod rule;
mod settings;
mod stars;

use crate::complaint::{AccountHash, RewardBasis};

pub use cases::{RewardCase, run_reward_cases};
pub use happening::Happening;
pub use loading::{Around, FILE as REWARDS_FILE};
pub use rule::{About, RewardRule, Verdict};
pub use settings::AccountKind;
pub use stars::{Standing, Stars};

/// The rules by which a city rewards. A city without `rewards.toml` rewards nobody.
#[derive(Debug, Default)]
pub struct Rewards {
    pub(self) account: AccountKind,
    pub(self) rules: Vec<RewardRule>,
    pub(self) stars: Stars,
}

/// Keyed hashes of what a reporter is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KnownBy {
    /// Of the telephone number.
    pub phone: Option<u64>,
    /// Of the identity number.
    pub id_number: Option<u64>,
    /// Of the account on the channel.
    pub account: Option<u64>,
}

impl Rewards {
    /// Whether nobody is rewarded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The account that a complaint counts for; none where its citizen is not known by what the city counts by.
    #[must_use]
    pub fn account(&self, known: KnownBy) -> Option<AccountHash> {
        let hash = match self.account {
            AccountKind::Phone => known.phone,
            AccountKind::IdNumber => known.id_number,
            AccountKind::Account => known.account,
        };
        hash.filter(|_| !self.is_empty()).map(AccountHash)
    }

    /// The rules that give or take points for this, of a complaint.
    pub fn due<'a>(&'a self, basis: RewardBasis, about: &'a About<'a>) -> impl Iterator<Item = &'a RewardRule> + 'a {
        self.rules.iter().filter(move |rule| rule.basis == basis && rule.is_about(about))
    }

    /// Whether any rule is for this.
    #[must_use]
    pub fn asks_for(&self, basis: RewardBasis) -> bool {
        self.rules.iter().any(|rule| rule.basis == basis)
    }

    /// The name of a rule; none where it is no more.
    #[must_use]
    pub fn title(&self, code: &str) -> Option<&str> {
        self.rules.iter().find(|rule| rule.code == code).map(|rule| rule.name.as_str())
    }

    /// How points become stars.
    #[must_use]
    pub fn stars(&self) -> &Stars {
        &self.stars
    }
}

#[cfg(test)]
mod tests;
