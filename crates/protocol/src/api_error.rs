//! What an API, a gateway or a firewall said, as far as it could be read.

use serde::{Deserialize, Serialize};

/// What an API, a gateway or a firewall said. Redacted before it is kept or sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    /// The HTTP status; 200 for an error inside a stream that began well.
    pub status: u16,
    /// The error's type, such as `invalid_request_error`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// The error's code, such as `insufficient_quota`; numeric codes as digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The parameter that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// The provider's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The provider's name for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds to wait before the next try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The media type of the reply, without parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Who answered, as far as the headers tell: the server's name, and marks such as Cloudflare's `challenge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// The first text of a reply that is not JSON, at most [`TEXT_CHARS`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The most characters of an unreadable reply that are kept.
pub const TEXT_CHARS: usize = 300;

impl ApiError {
    /// Whether a web page came in place of an API's answer.
    pub fn is_html(&self) -> bool {
        self.content_type.as_deref().is_some_and(is_page)
    }
}

/// Whether a media type is that of web pages.
pub fn is_page(content_type: &str) -> bool {
    content_type == "text/html" || content_type == "application/xhtml+xml"
}
