//! The causes of failure by name: what travels, and what a visitor reads of each. What it takes to recognise and to cure
//! them stands in `candor_diagnosis`.
//!
//! The causes themselves are data, in `causes.toml` beside this crate's manifest.

use serde::{Deserialize, Serialize};

/// The links of the chain that a message passes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The visitor's browser: its storage, its connection, its extensions.
    Browser,
    /// The page and what lies between it and the proxy: caches, firewalls, settings of the site.
    Page,
    /// The proxy that holds the key, and its way to the provider.
    Proxy,
    /// The provider: the key, its permissions, its limits, the provider's servers.
    Provider,
    /// The model itself.
    Model,
}

impl Link {
    /// All links, in the order in which a message passes them.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Page, Self::Proxy, Self::Provider, Self::Model];

    /// Whether the fault lies with the provider or its model, so that an owner's setting decides who sees it.
    pub fn is_beyond_proxy(self) -> bool {
        self >= Self::Provider
    }

    /// The link's name, as everybody reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Page => "Page",
            Self::Proxy => "Chat server",
            Self::Provider => "AI service",
            Self::Model => "Model",
        }
    }
}

/// What everybody has to know of one cause of failure.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// Stable, `snake_case`; travels as [`crate::problem::Problem::cause`].
    pub id: &'static str,
    /// The link that broke.
    pub link: Link,
    /// What happened, in one sentence for a visitor.
    pub title: &'static str,
    /// What is safe and what to do, for a visitor.
    pub detail: &'static str,
    /// Whether the same request may succeed when it is sent again.
    pub retryable: bool,
    /// Whether what had arrived of an answer is worth going on from.
    pub resumable: bool,
}

/// The causes, each constant called as its id.
#[expect(non_upper_case_globals, reason = "a constant is named exactly as the id that travels")]
pub mod known {
    use super::{Cause, Link};

    include!(concat!(env!("OUT_DIR"), "/causes.rs"));
}

#[cfg(test)]
mod tests {
    use super::{Link, known};

    #[test]
    fn every_link_has_causes() {
        for link in Link::ALL {
            assert!(known::ALL.iter().any(|cause| cause.link == link), "{}", link.name());
        }
    }

    #[test]
    fn what_broke_off_can_go_on_and_what_never_came_cannot() {
        let resumable: Vec<_> =
            known::ALL.iter().filter(|cause| cause.resumable).map(|cause| cause.id).collect();
        assert_eq!(known::RESUMABLE, resumable);
        assert!(known::stream_cut.resumable && known::token_limit.resumable);
        assert!(!known::missing_scope.resumable && !known::empty_reply.resumable);
    }
}
