//! What a request takes of the owner's limits: for whom, in which time, and how much of how much.

use candor_diagnosis::completions::Usage;
use candor_protocol::Millis;
use time::{Date, OffsetDateTime, Time};

use crate::config::limits::{Limit, Limits, MAX_STREAMS, Per, What, Whom};
use crate::config::price::{MICROS_PER_CENT, Price};

const MINUTE_MS: Millis = 60 * 1000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// A time in which something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Its first moment.
    pub start: Millis,
    /// The first moment behind it.
    pub end: Millis,
}

impl Window {
    /// That of what is counted as long as it lasts.
    pub const ENDLESS: Self = Self { start: 0, end: Millis::MAX };

    /// The minute, hour, day or month of UTC that a moment lies in. `None` for what is counted as long as it lasts.
    pub fn of(per: Per, now: Millis) -> Option<Self> {
        let aligned = |length| Self { start: now - now % length, end: now - now % length + length };
        Some(match per {
            Per::Minute => aligned(MINUTE_MS),
            Per::Hour => aligned(HOUR_MS),
            Per::Day => aligned(DAY_MS),
            Per::Month => month(now)?,
            Per::AtOnce => return None,
        })
    }
}

/// `None` beyond the year 9999.
fn month(now: Millis) -> Option<Window> {
    let seconds = i64::try_from(now / 1000).ok()?;
    let first = OffsetDateTime::from_unix_timestamp(seconds).ok()?.date().replace_day(1).ok()?;
    let next = match first.month() {
        time::Month::December => Date::from_calendar_date(first.year() + 1, time::Month::January, 1).ok()?,
        month => first.replace_month(month.next()).ok()?,
    };
    let millis = |date: Date| {
        Millis::try_from(date.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() * 1000).ok()
    };
    Some(Window { start: millis(first)?, end: millis(next)? })
}

/// Who asks, as the counters name them. Without an address, or a visitor, theirs is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The visitor's id.
    pub visitor: Option<String>,
    /// What the address is called today.
    pub address_of_day: Option<String>,
    /// What it is called this month, where something is counted by the month.
    pub address_of_month: Option<String>,
}

impl Caller {
    /// What somebody is called in the counters of a limit.
    fn name(&self, limit: &Limit) -> Option<String> {
        match (limit.whom, limit.per?) {
            (Whom::Visitor, _) => self.visitor.clone(),
            (Whom::Address, Per::Month) => self.address_of_month.clone(),
            (Whom::Address, _) => self.address_of_day.clone(),
            (Whom::Site, _) => Some(String::new()),
            (Whom::Question | Whom::Answer, _) => None,
        }
    }
}

/// So much of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The limit.
    pub limit: &'static Limit,
    /// Its figure; of money in millionths of a dollar.
    pub most: u64,
    /// Whom it is counted for; empty for the site.
    pub subject: String,
    /// When.
    pub window: Window,
    /// How much is taken.
    pub amount: u64,
}

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Which.
    pub limit: &'static Limit,
    /// When there is room again. `None` where one question takes more than there is, whenever it is asked.
    pub until: Option<Millis>,
}

/// What it takes of each limit that counts this (of money, in millionths of a dollar), the narrowest circle first: that of the whole site, which all wait for, comes
/// last.
pub fn charges(limits: &Limits, what: What, caller: &Caller, amount: u64, now: Millis) -> Vec<Charge> {
    let counted = limits.iter().filter(|(limit, _)| limit.what == what);
    let charges = counted.filter_map(|(limit, most)| {
        let window = Window::of(limit.per?, now)?;
        let most = if what == What::Cents { most * MICROS_PER_CENT } else { most };
        Some(Charge { limit, most, subject: caller.name(limit)?, window, amount })
    });
    charges.collect()
}

/// What so many tokens take, and what they cost.
pub fn charges_of_tokens(
    limits: &Limits,
    price: Option<Price>,
    caller: &Caller,
    expected: Usage,
    now: Millis,
) -> Vec<Charge> {
    let charges = |what| charges(limits, what, caller, amount(what, price, expected), now);
    let cents = if price.is_some() { charges(What::Cents) } else { Vec::new() };
    [charges(What::Tokens), cents].concat()
}

/// Each of these with what was used of it in the end.
pub fn settled(charges: Vec<Charge>, price: Option<Price>, used: Usage) -> Vec<(Charge, u64)> {
    let settled = |charge: Charge| {
        let amount = amount(charge.limit.what, price, used);
        (charge, amount)
    };
    charges.into_iter().map(settled).collect()
}

/// So many tokens as they are counted: themselves, or what they cost.
fn amount(what: What, price: Option<Price>, tokens: Usage) -> u64 {
    match what {
        What::Cents => price.map_or(0, |price| price.cost(tokens.input, tokens.output)),
        _ => tokens.input + tokens.output,
    }
}

/// What an answer takes, as long as it is under way, of the limits of how many there may be at a time.
pub fn charges_at_once(limits: &Limits, max_streams: usize, caller: &Caller) -> Vec<Charge> {
    let of_table = limits.iter().filter(|(limit, _)| limit.per == Some(Per::AtOnce));
    let all = of_table.chain([(&MAX_STREAMS, max_streams as u64)]);
    let charges = all.filter_map(|(limit, most)| {
        Some(Charge { limit, most, subject: caller.name(limit)?, window: Window::ENDLESS, amount: 1 })
    });
    charges.collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// 2026-11-28T19:02:37.500Z.
    const NOW: Millis = 1_795_892_557_500;

    #[test]
    fn a_window_is_the_minute_hour_day_or_month_of_utc() {
        let of = |per| Window::of(per, NOW).map(|window| (NOW - window.start, window.end - NOW));
        assert_eq!(of(Per::Minute), Some((37_500, 22_500)));
        assert_eq!(of(Per::Hour), Some((2 * MINUTE_MS + 37_500, 57 * MINUTE_MS + 22_500)));
        assert_eq!(of(Per::Day).map(|(since, _)| since), Some(19 * HOUR_MS + 2 * MINUTE_MS + 37_500));
        let month = Window::of(Per::Month, NOW).unwrap();
        assert_eq!((month.start, month.end - month.start), (1_793_491_200_000, 30 * DAY_MS));
        let december = Window::of(Per::Month, month.end + 40 * DAY_MS - 10 * DAY_MS).unwrap();
        assert_eq!((december.start, december.end - december.start), (month.end, 31 * DAY_MS));
        assert_eq!(Window::of(Per::AtOnce, NOW), None);
    }

    #[test]
    fn the_site_is_charged_last_and_who_has_no_name_is_not_counted() {
        let Ok::<_, Infallible>(limits) = Limits::new(false, |_| Ok(None));
        let caller = Caller {
            visitor: Some("v_1".to_owned()),
            address_of_day: Some("a".to_owned()),
            address_of_month: None,
        };
        let whom = |caller| {
            charges(&limits, What::Answers, caller, 1, NOW)
                .iter()
                .map(|charge| charge.limit.whom)
                .collect::<Vec<_>>()
        };
        use Whom::{Address, Site, Visitor};
        assert_eq!(whom(&caller), [Visitor, Visitor, Visitor, Address, Address, Site, Site, Site]);
        assert_eq!(whom(&Caller::default()), [Site, Site, Site]);
        let at_once = charges_at_once(&limits, 7, &caller);
        let at_once: Vec<_> = at_once.iter().map(|charge| (charge.limit.whom, charge.most)).collect();
        assert_eq!(at_once, [(Visitor, 3), (Address, 20), (Site, 7)]);
    }
}
