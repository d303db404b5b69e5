//! How much visitors may take: the table `[limits]` of the settings.
//!
//! The limits themselves are data, in `limits.toml` beside this crate's manifest.

use std::fmt;

use super::price::{MICROS_PER_CENT, Price};

// ALL: the limits of `limits.toml`.
include!(concat!(env!("OUT_DIR"), "/limits.rs"));

/// The setting `max_streams`, which stands beside the table and is always on.
pub static MAX_STREAMS: Limit = Limit {
    name: "max_streams",
    setting: "max_streams",
    what: What::Answers,
    whom: Whom::Site,
    per: Some(Per::AtOnce),
    most: None,
    demo: None,
    means: "answers under way for everybody together",
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Replies that are begun.
    Answers,
    /// Of questions and answers.
    Tokens,
    /// Of a US dollar, which these tokens cost.
    Cents,
    /// New ones.
    Visitors,
    /// New ones.
    Conversations,
    /// Runs of the checks.
    Checks,
    /// For another device, made or entered.
    Codes,
    /// In conversations.
    Searches,
    /// A visitor's message and the answer to it.
    Turns,
}

/// For whom it is counted, the narrowest circle first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// Each by their token.
    Visitor,
    /// Each IPv4 address and IPv6 network of 64 bits.
    Address,
    /// Everybody together.
    Site,
    /// What is sent to the model with one.
    Question,
    /// Its text.
    Answer,
}

/// In which time it is counted. Minutes, hours, days and months are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// Of the calendar.
    Month,
    /// Under way at the same time.
    AtOnce,
}

/// One limit that the owner can set.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// In the table `[limits]`, such as `answers_visitor_minute`.
    pub name: &'static str,
    /// Among all settings: [`Self::name`] behind `limits_`.
    pub setting: &'static str,
    /// What is counted.
    pub what: What,
    /// For whom.
    pub whom: Whom,
    /// In which time; `None` where it has none.
    pub per: Option<Per>,
    /// What it is without a setting, with a provider that costs money.
    most: Option<u32>,
    /// The same with the demo.
    demo: Option<u32>,
    /// What the figure is.
    pub means: &'static str,
}

impl Limit {
    /// Whether it counts for everybody together and so long that its owner is told in time.
    pub fn is_lasting_of_site(&self) -> bool {
        self.whom == Whom::Site && matches!(self.per, Some(Per::Hour | Per::Day | Per::Month))
    }
}

/// The limits that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(Vec<(&'static Limit, u64)>);

impl Limits {
    /// None at all.
    pub const OFF: Self = Self(Vec::new());

    /// What `set` says of each, and where it says nothing, the figure for this kind of provider. 0 lifts a limit.
    ///
    /// # Errors
    /// Those of `set`.
    pub fn new<E>(is_demo: bool, set: impl Fn(&'static Limit) -> Result<Option<u32>, E>) -> Result<Self, E> {
        let mut on = Vec::new();
        for limit in ALL {
            let figure = set(limit)?.or(if is_demo { limit.demo } else { limit.most });
            on.extend(figure.filter(|figure| *figure > 0).map(|figure| (limit, figure.into())));
        }
        Ok(Self(on))
    }

    /// Each that is on, with its figure.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Limit, u64)> {
        self.0.iter().copied()
    }

    /// The figure of one, where it is on.
    pub fn most(&self, what: What, whom: Whom, per: Option<Per>) -> Option<u64> {
        self.iter()
            .find(|(limit, _)| (limit.what, limit.whom, limit.per) == (what, whom, per))
            .map(|(_, most)| most)
    }

    /// What a day costs at the most in which they are used up, by one visitor, one address or everybody, in millionths of a dollar: all
    /// tokens as those of the dearer kind, and no more than the cap. `None` where nothing bounds it.
    pub fn full_day_cost(&self, whom: Whom, price: Price) -> Option<u64> {
        let tokens = self.most(What::Tokens, whom, Some(Per::Day));
        let by_tokens = tokens.map(|tokens| price.cost(tokens, 0).max(price.cost(0, tokens)));
        let cap = self.most(What::Cents, Whom::Site, Some(Per::Day)).map(|cents| cents * MICROS_PER_CENT);
        by_tokens.into_iter().chain(cap).min()
    }

    /// Whether none is on.
    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }
}

/// Each with its figure, such as `answers_visitor_minute 12, answers_visitor_day 200`.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (limit, most)) in self.iter().enumerate() {
            write!(f, "{}{} {most}", if at == 0 { "" } else { ", " }, limit.name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const NOTHING_SET: fn(&'static Limit) -> Result<Option<u32>, Infallible> = |_| Ok(None);

    #[test]
    fn every_name_is_made_of_what_whom_and_when() {
        for limit in ALL {
            let words = [
                Some(format!("{:?}", limit.what)),
                Some(format!("{:?}", limit.whom)),
                limit.per.map(|per| format!("{per:?}")),
            ];
            let name = words.into_iter().flatten().collect::<String>();
            assert_eq!(limit.name.replace('_', ""), name.to_lowercase());
            assert_eq!(limit.setting, format!("limits_{}", limit.name));
        }
    }

    #[test]
    fn a_longer_time_or_a_wider_circle_never_allows_less() {
        let Ok(limits) = Limits::new(false, NOTHING_SET);
        let figure = |what, whom, per| limits.most(what, whom, Some(per));
        for what in [What::Answers, What::Tokens] {
            for whom in [Whom::Visitor, Whom::Address, Whom::Site] {
                let figures: Vec<_> = [Per::Minute, Per::Day, Per::Month]
                    .into_iter()
                    .filter_map(|per| figure(what, whom, per))
                    .collect();
                assert!(
                    figures.is_sorted_by(|shorter, longer| shorter < longer),
                    "{what:?} {whom:?} {figures:?}"
                );
            }
            for per in [Per::Minute, Per::Day, Per::Month] {
                let figures: Vec<_> = [Whom::Visitor, Whom::Address, Whom::Site]
                    .into_iter()
                    .filter_map(|whom| figure(what, whom, per))
                    .collect();
                assert!(
                    figures.is_sorted_by(|narrower, wider| narrower < wider),
                    "{what:?} {per:?} {figures:?}"
                );
            }
        }
    }

    #[test]
    fn tokens_a_minute_are_those_of_half_the_answers_with_all_that_is_sent_of_a_conversation() {
        let Ok(limits) = Limits::new(false, NOTHING_SET);
        let longest = limits.most(What::Tokens, Whom::Question, None).unwrap() + 500;
        for whom in [Whom::Visitor, Whom::Address, Whom::Site] {
            let figure = |what| limits.most(what, whom, Some(Per::Minute)).unwrap();
            let (answers, tokens) = (figure(What::Answers), figure(What::Tokens));
            let half = answers / 2 * longest;
            assert!(tokens >= half && tokens < half + longest * answers / 10, "{whom:?} {tokens}");
        }
    }

    #[test]
    fn the_demo_costs_nothing_so_that_only_what_is_under_way_is_bounded() {
        let Ok(limits) = Limits::new(true, NOTHING_SET);
        assert!(limits.iter().all(|(limit, _)| limit.per == Some(Per::AtOnce)), "{limits}");
        assert_eq!(limits.most(What::Answers, Whom::Visitor, Some(Per::AtOnce)), Some(3));
    }

    #[test]
    fn a_full_day_costs_what_its_tokens_do_and_no_more_than_the_cap() {
        let cost = |tokens, cents, whom| {
            let set = |limit: &'static Limit| match limit.name {
                "tokens_site_day" | "tokens_visitor_day" => tokens,
                "cents_site_day" => cents,
                _ => 0,
            };
            let Ok::<_, Infallible>(limits) = Limits::new(false, |limit| Ok(Some(set(limit))));
            limits.full_day_cost(whom, Price::in_dollars(1.0, 4.0))
        };
        assert_eq!(cost(3_000_000, 0, Whom::Site), Some(12_000_000));
        assert_eq!(cost(3_000_000, 500, Whom::Visitor), Some(5_000_000));
        assert_eq!(cost(0, 500, Whom::Site), Some(5_000_000));
        assert_eq!(cost(0, 0, Whom::Site), None);
    }

    #[test]
    fn nought_lifts_a_limit() {
        let lifted: Result<_, Infallible> =
            Limits::new(false, |limit| Ok((limit.name == "answers_visitor_day").then_some(0)));
        let Ok(limits) = lifted;
        assert_eq!(limits.most(What::Answers, Whom::Visitor, Some(Per::Day)), None);
        assert!(limits.most(What::Answers, Whom::Visitor, Some(Per::Minute)).is_some());
    }

    #[test]
    fn the_documents_have_every_limit_with_its_figure() {
        let deploy = include_str!("../../../../docs/deploy.md");
        for limit in ALL {
            let start = format!("| `{}` | {} | ", limit.name, limit.means);
            let row = deploy.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix(" |"));
            let figure = limit.most.map_or("none".to_owned(), |most| most.to_string());
            assert_eq!(row.map(|row| row.replace(',', "")), Some(figure), "{}", limit.name);
        }
    }
}
