//! What the headers of a reply say of an error.

use super::wait;

/// The headers that matter, by their names in lower case.
pub struct Headers(Vec<(String, String)>);

/// How many headers are looked at, and how long a value may be.
const MOST: usize = 128;
const VALUE_BYTES: usize = 1024;

/// Where providers and gateways put the request's name, the most telling first.
const REQUEST_IDS: &[&str] = &[
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-amzn-requestid",
    "x-goog-request-id",
    "x-groq-request-id",
    "x-litellm-call-id",
    "x-correlation-id",
    "x-trace-id",
    "x-generation-id",
];

impl Headers {
    /// Keeps what can be read of them.
    pub fn new<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let kept = headers.into_iter().filter(|(_, value)| value.len() <= VALUE_BYTES).take(MOST);
        Self(kept.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.get("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        (!value.is_empty()).then_some(value)
    }

    /// The provider's name for the request.
    pub fn request_id(&self) -> Option<String> {
        REQUEST_IDS.iter().find_map(|name| self.get(name)).map(str::to_owned)
    }

    /// A middle box's own name for the request, where the provider gives none: Cloudflare's, CloudFront's, Azure's,
    /// Vercel's.
    pub fn ray(&self) -> Option<String> {
        ["cf-ray", "x-amz-cf-id", "x-azure-ref", "x-vercel-id"]
            .iter()
            .find_map(|name| self.get(name))
            .map(str::to_owned)
    }

    /// The error's type as AWS gives it beside the body: `ThrottlingException:http://…`.
    pub fn error_type(&self) -> Option<String> {
        let value = self.get("x-amzn-errortype")?.split([':', '#', ',']).next()?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The error's name as a middle box gives it beside the body.
    pub fn error_code(&self) -> Option<String> {
        let value = ["x-squid-error", "x-vercel-error"].iter().find_map(|name| self.get(name))?;
        value.split_whitespace().next().map(str::to_owned)
    }

    /// Where a redirect points to.
    pub fn location(&self) -> Option<&str> {
        self.get("location")
    }

    /// The server's name, and what marks a middle box or a challenge of one.
    pub fn answered_by(&self) -> Option<String> {
        // https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/ and
        // https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html
        let marks = ["server", "cf-mitigated", "x-amzn-waf-action"].iter().filter_map(|name| self.get(name));
        let marks = marks.collect::<Vec<_>>().join(", ");
        (!marks.is_empty()).then_some(marks)
    }

    /// Seconds to wait, rounded up: `retry-after-ms`, then `retry-after` as a number or a date (RFC 9110, section
    /// 10.2.3), then for a 429 the time at which a limit is full again.
    pub fn retry_after(&self, status: u16) -> Option<u64> {
        if let Some(milliseconds) = self.get("retry-after-ms").and_then(wait::number) {
            return Some(wait::up(milliseconds / 1000.0));
        }
        if let Some(value) = self.get("retry-after") {
            if let Some(seconds) = wait::number(value) {
                return Some(wait::up(seconds));
            }
            let from = self.get("date").and_then(wait::date)?;
            return wait::date(value).map(|until| until.saturating_sub(from));
        }
        if status != 429 {
            return None;
        }
        // What is exhausted is what must be waited for; where that is not said, the longer of both.
        let limit = |kind: &str| {
            let reset = self.get(&format!("x-ratelimit-reset-{kind}")).and_then(wait::duration)?;
            let exhausted =
                self.get(&format!("x-ratelimit-remaining-{kind}")).is_some_and(|left| left == "0");
            Some((exhausted, reset))
        };
        let limits = [limit("requests"), limit("tokens")].into_iter().flatten().max();
        limits.map(|(_, reset)| reset).or_else(|| self.moment())
    }

    /// The wait until `x-ratelimit-reset`: seconds, or a moment in seconds or milliseconds since 1970 (OpenRouter).
    fn moment(&self) -> Option<u64> {
        let reset = self.get("x-ratelimit-reset").and_then(wait::number)?;
        if reset < 1e7 {
            return Some(wait::up(reset));
        }
        let from = self.get("date").and_then(wait::date)? as f64;
        Some(wait::up(if reset > 1e11 { reset / 1000.0 - from } else { reset - from }))
    }
}
