//! A failure as it is sent and shown: a problem detail of RFC 9457, with the provider's own words beside it.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::api_error::ApiError;
use crate::cause::{Cause, Link, known};
use crate::visibility::Diagnostics;

/// The media type of a problem (RFC 9457, section 3).
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One failure, the same object in a response, in a stream's `error` event and in a failed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

/// How [`Problem::problem_type`] begins, before the cause.
const TYPE_PREFIX: &str = "urn:candor:problem:";

/// The cause of a problem of which the owner does not let visitors see enough to tell what is behind it.
pub const HIDDEN: &str = known::hidden.id;

impl Problem {
    /// A problem of this cause, in the cause's own words. `reference` may be empty.
    pub fn new(cause: &Cause, status: u16, reference: String, time: Millis) -> Self {
        Self {
            problem_type: [TYPE_PREFIX, cause.id].concat(),
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
            self.problem_type = [TYPE_PREFIX, HIDDEN].concat();
        }
        self
    }

    /// Whether this is its cause.
    pub fn is(&self, cause: &Cause) -> bool {
        self.cause == cause.id
    }

    /// Whether what had arrived of an answer is worth going on from.
    pub fn is_resumable(&self) -> bool {
        known::RESUMABLE.contains(&self.cause.as_str())
    }

    /// Whether trying again does not help and nothing that a visitor can do does: then they turn to the site's owner.
    pub fn is_for_owner(&self) -> bool {
        !self.retryable && !known::FOR_VISITORS.contains(&self.cause.as_str())
    }

    /// Whether its sender has passed on what the provider said without having read it, or not enough of it to be read.
    pub fn is_unread(&self) -> bool {
        self.upstream.is_some() && (self.cause == UNREAD || self.cause == HIDDEN)
    }

    /// Whether two problems have one cause and are told in the same words, so that they are counted together.
    pub fn is_like(&self, other: &Self) -> bool {
        self.cause == other.cause && self.said() == other.said()
    }

    /// The kind of error that somebody told of, and in which words.
    fn said(&self) -> (Option<&str>, Option<&str>) {
        let Some(upstream) = &self.upstream else { return (None, None) };
        (
            upstream.error_type.as_deref().or(upstream.code.as_deref()),
            upstream.message.as_deref().or(upstream.text.as_deref()),
        )
    }

    /// The line that support forums know: `API Error Type: … Message: …`. `None` where no API spoke.
    pub fn forum_line(&self) -> Option<String> {
        match self.said() {
            (None, None) => None,
            (kind, Some(message)) => {
                Some(["API Error Type: ", kind.unwrap_or("none given"), " Message: ", message].concat())
            }
            (Some(kind), None) => Some(["API Error Type: ", kind].concat()),
        }
    }
}
