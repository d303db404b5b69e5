//! A failure as it is sent and shown: a problem detail of RFC 9457, with the provider's own words beside it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cause::{self, Cause, Link};
use crate::reader::ApiError;
use crate::wire::{Diagnostics, Millis};

/// The media type of a problem (RFC 9457, section 3).
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One failure, the same object in a response, in a stream's `error` event and in a failed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
// Read and written by the impls below.
#[serde(remote = "Self")]
pub struct Problem {
    /// `urn:candor:problem:` and the cause.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// What happened, in one sentence that a visitor understands.
    pub title: String,
    /// What is safe and what to do, in one more.
    pub detail: String,
    /// The HTTP status that says this to a program: 502 where a provider refused, 504 where it was too slow.
    pub status: u16,
    /// The cause's id in the catalogue, such as `missing_scope`. Open-ended: a newer proxy may name more.
    pub cause: String,
    /// The link of the chain that broke.
    pub link: Link,
    /// Whether the same request may succeed when it is sent again.
    pub retryable: bool,
    /// What a visitor can quote, and an owner can look up: `CR-` and eight characters. Empty in the widget's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// When it happened.
    pub time: Millis,
    /// What the provider, or whatever answered in its place, said. Redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<ApiError>,
}

/// The cause of a problem that its sender passes on without having read what the provider said, as a proxy in PHP does.
pub const UNREAD: &str = "unread";

/// The cause of a problem of which the owner does not let visitors see enough to tell what is behind it.
const HIDDEN: &str = cause::known::hidden.id;

impl<'de> Deserialize<'de> for Problem {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let problem = Self::deserialize(from)?;
        Ok(match (problem.cause.as_str(), problem.upstream) {
            (UNREAD, Some(said)) => {
                Self::beyond(cause::recognise(&said), said, problem.reference, problem.time)
            }
            // Cut by a proxy that has not read it either: for the code there is no need of the words.
            (HIDDEN, Some(said)) => match cause::recognise_by_code(&said) {
                Some(cause) => Self::beyond(cause, said, problem.reference, problem.time),
                None => Self { upstream: Some(said), ..problem },
            },
            (_, upstream) => Self { upstream, ..problem },
        })
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl Problem {
    /// A problem of this cause, in the cause's own words. `reference` may be empty.
    pub fn new(cause: &Cause, status: u16, reference: String, time: Millis) -> Self {
        Self {
            problem_type: format!("urn:candor:problem:{}", cause.id),
            title: cause.title.to_owned(),
            detail: cause.detail.to_owned(),
            status,
            cause: cause.id.to_owned(),
            link: cause.link,
            retryable: cause.retryable,
            reference,
            time,
            upstream: None,
        }
    }

    /// The same with what the other side said.
    pub fn with_upstream(mut self, upstream: ApiError) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// What somebody beyond the proxy has failed with, as it is kept and shown.
    pub fn beyond(cause: &Cause, upstream: ApiError, reference: String, time: Millis) -> Self {
        let status = match cause.id {
            "rate_limit" => 429,
            "overloaded" => 503,
            "timeout" | "gateway_timeout" | "stream_stalled" => 504,
            _ => 502,
        };
        let problem = Self::new(cause, status, reference, time);
        let problem = match upstream.retry_after.filter(|_| cause.retryable) {
            Some(1) => problem.with_detail("Your message is kept. Try again in 1 second."),
            Some(seconds) => {
                problem.with_detail(format!("Your message is kept. Try again in {seconds} seconds."))
            }
            None => problem,
        };
        problem.with_upstream(upstream)
    }

    /// The same with a more exact second sentence than the cause's own.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// What a visitor may see of it under the owner's setting. A problem of the proxy itself holds nothing to hide.
    pub fn for_visitor(mut self, diagnostics: Diagnostics) -> Self {
        let is_the_providers = self.link.is_beyond_proxy() || self.upstream.is_some();
        self.upstream = match diagnostics {
            Diagnostics::Full => self.upstream,
            Diagnostics::Reference => self.upstream.map(|upstream| ApiError {
                status: upstream.status,
                error_type: upstream.error_type,
                code: upstream.code,
                retry_after: upstream.retry_after,
                ..ApiError::default()
            }),
            Diagnostics::Off => None,
        };
        if diagnostics == Diagnostics::Off && is_the_providers {
            self.cause = HIDDEN.to_owned();
            self.problem_type = format!("urn:candor:problem:{HIDDEN}");
        }
        self
    }

    /// Whether two problems have one cause and are told in the same words, so that they are counted together.
    pub fn is_like(&self, other: &Self) -> bool {
        self.cause == other.cause && self.forum_line() == other.forum_line()
    }

    /// The line that support forums know: `API Error Type: … Message: …`. `None` where no API spoke.
    pub fn forum_line(&self) -> Option<String> {
        let upstream = self.upstream.as_ref()?;
        let kind = upstream.error_type.as_deref().or(upstream.code.as_deref());
        match (kind, upstream.message.as_deref().or(upstream.text.as_deref())) {
            (None, None) => None,
            (kind, Some(message)) => {
                Some(format!("API Error Type: {} Message: {message}", kind.unwrap_or("none given")))
            }
            (Some(kind), None) => Some(format!("API Error Type: {kind}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::known;

    #[test]
    fn what_nobody_has_read_yet_is_read_on_arrival() {
        let said = ApiError {
            status: 403,
            error_type: Some("invalid_request_error".to_owned()),
            message: Some(
                "You have insufficient permissions for this operation. Missing scopes: model.request."
                    .to_owned(),
            ),
            ..ApiError::default()
        };
        let mut sent =
            Problem::new(&known::server_error, 502, "CR-1".to_owned(), 7).with_upstream(said.clone());
        sent.cause = UNREAD.to_owned();
        let read: Problem = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
        let expected = Problem::new(&known::missing_scope, 502, "CR-1".to_owned(), 7).with_upstream(said);
        assert_eq!(read, expected);
        assert_eq!(serde_json::from_str::<Problem>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    }
}
