//! What a model costs: by the owner's own figures, else by a table that is shipped, else as the dearest in it.

use std::fmt;

// AS_OF and KNOWN: the prices of `prices.toml`.
include!(concat!(env!("OUT_DIR"), "/prices.rs"));

/// Tokens that a price is said for.
const MILLION: u64 = 1_000_000;

/// The fewest digits that a date in a model's name has, as in `gpt-4-0613`.
const DATE_DIGITS: usize = 4;

/// Millionths of a dollar in a cent, as which money is counted.
pub const MICROS_PER_CENT: u64 = 10_000;

/// What a million tokens cost, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price {
    /// Of what is sent to the model.
    pub input: u64,
    /// Of what it writes, thoughts included.
    pub output: u64,
}

impl Price {
    /// A price as it is written, in dollars a million tokens.
    pub fn in_dollars(input: f64, output: f64) -> Self {
        let micros = |dollars: f64| (dollars * 1e6).round() as u64;
        Self { input: micros(input), output: micros(output) }
    }

    /// The price of a model, whoever passes it on (`openai/gpt-4o`) and of whichever date it is (`gpt-4o-2024-08-06`).
    pub fn of(model: &str) -> Option<Self> {
        let model = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
        let known = KNOWN.iter().filter(|(name, _)| model.strip_prefix(name).is_some_and(is_version));
        known.max_by_key(|(name, _)| name.len()).map(|(_, price)| *price)
    }

    /// The dearest in the table.
    pub fn dearest() -> Self {
        let most = |of: fn(&Self) -> u64| KNOWN.iter().map(|(_, price)| of(price)).max().unwrap_or_default();
        Self { input: most(|price| price.input), output: most(|price| price.output) }
    }

    /// What so many tokens cost, in millionths of a dollar, rounded up.
    pub fn cost(self, input_tokens: u64, output_tokens: u64) -> u64 {
        let cost =
            input_tokens.saturating_mul(self.input).saturating_add(output_tokens.saturating_mul(self.output));
        cost.div_ceil(MILLION)
    }
}

/// Such as `0.15 and 0.6 dollars`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = |micros: u64| micros as f64 / 1e6;
        write!(f, "{} and {} dollars", dollars(self.input), dollars(self.output))
    }
}

/// Whether what follows a model's name says only of which date it is, and not that it is another one.
fn is_version(rest: &str) -> bool {
    let Some(version) = rest.strip_prefix(['-', '@', ':']) else { return rest.is_empty() };
    let is_date = version.chars().all(|c| c.is_ascii_digit() || c == '-')
        && version.chars().filter(char::is_ascii_digit).count() >= DATE_DIGITS;
    is_date || matches!(version, "latest" | "preview")
}

/// What the settings' model costs, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pricing {
    /// Nothing: the demo.
    Free,
    /// A model on this machine or in a private network: what the table says, since a gateway may stand there before a provider
    /// that is paid; nothing where the table does not have the model.
    Near(Option<Price>),
    /// What the owner says.
    Own(Price),
    /// What the table says.
    Known(Price),
    /// Nobody says: the dearest of the table.
    Unknown(Price),
}

impl Pricing {
    /// What a million tokens cost; `None` where they cost nothing.
    pub fn price(self) -> Option<Price> {
        match self {
            Self::Free => None,
            Self::Near(price) => price,
            Self::Own(price) | Self::Known(price) | Self::Unknown(price) => Some(price),
        }
    }
}

impl fmt::Display for Pricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("the model costs nothing"),
            Self::Near(None) => f.write_str(
                "the model is taken to cost nothing, since it is on this machine or in a private network; if a gateway there passes \
                 on to a provider that is paid, set input_price and output_price",
            ),
            Self::Near(Some(price)) => write!(
                f,
                "a million tokens cost {price}, as of {AS_OF}, since a gateway may pass on to a provider that is paid; if nobody is, \
                 set input_price and output_price to 0"
            ),
            Self::Own(price) => write!(f, "a million tokens cost {price}, as the settings say"),
            Self::Known(price) => write!(f, "a million tokens cost {price}, as of {AS_OF}"),
            Self::Unknown(price) => write!(
                f,
                "nobody knows what the model costs, so that it counts as the dearest known, {price} a million tokens; set \
                 input_price and output_price"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_by_its_name_whoever_passes_it_on() {
        let mini = Some(Price::in_dollars(0.15, 0.6));
        for name in ["gpt-4o-mini", "openai/gpt-4o-mini", "GPT-4o-mini-2024-07-18", "gpt-4o-mini-latest"] {
            assert_eq!(Price::of(name), mini, "{name}");
        }
        assert_eq!(Price::of("gpt-4o-2024-08-06"), Some(Price::in_dollars(2.5, 10.0)));
        for name in ["gpt-4o-audio-preview", "gpt-4", "my-deployment", "", "gpt-5.99", "gpt-5-1"] {
            assert_eq!(Price::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_cost_is_rounded_up_and_never_too_large_to_count() {
        let price = Price::in_dollars(0.15, 0.6);
        assert_eq!(price.cost(1_000_000, 1_000_000), 750_000);
        assert_eq!(price.cost(1, 0), 1);
        assert_eq!(price.cost(0, 0), 0);
        assert!(price.cost(u64::MAX, u64::MAX) > 0);
    }

    #[test]
    fn the_dearest_is_as_dear_as_any() {
        assert!(KNOWN.iter().all(|(_, price)| {
            price.input <= Price::dearest().input
                && price.output <= Price::dearest().output
                && price.output > 0
        }));
    }
}
