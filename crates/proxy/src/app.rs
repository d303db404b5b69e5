//! What every request can reach.

use std::ops::Deref;
use std::sync::Arc;

use crate::access::attempts::AttemptLimiter;
use crate::access::owner::OwnerGate;
use crate::assets::Assets;
use crate::config::{Secret, Settings};
use crate::provider::{self, Provider};
use crate::replies::checks::Checks;
use crate::replies::ephemeral::EphemeralReplies;
use crate::replies::jobs::Jobs;
use crate::store::Store;

/// The most wrong link codes a minute: of a million million codes hardly any is valid at a time.
const MAX_WRONG_LINK_CODES_A_MINUTE: usize = 20;

/// What every request can reach. Cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
pub struct Parts {
    /// What the owner decided.
    pub settings: Arc<Settings>,
    /// Visitors, conversations and messages, and what went wrong.
    pub store: Arc<Store>,
    /// Replies under way.
    pub jobs: Jobs,
    /// Replies of which nothing is kept.
    pub ephemeral: EphemeralReplies,
    /// Wrong link codes.
    pub link_attempts: AttemptLimiter,
    /// Lets the owner in.
    pub owner: OwnerGate,
    /// The checks of each link.
    pub checks: Checks,
    /// The built widget.
    pub assets: Assets,
}

impl App {
    /// An app with the settings' provider, this store and the widget that was built in.
    ///
    /// # Errors
    /// Where the provider's client cannot be made.
    pub fn new(settings: Settings, store: Store) -> Result<Self, provider::ClientError> {
        let provider = provider::from_settings(&settings.provider)?;
        Ok(Self::with(settings, provider, store, Assets::built_in()))
    }

    /// An app of these parts.
    pub fn with(settings: Settings, provider: Arc<dyn Provider>, store: Store, assets: Assets) -> Self {
        let owner = OwnerGate::new(settings.owner_token.as_ref().map(Secret::reveal));
        let (settings, store) = (Arc::new(settings), Arc::new(store));
        Self(Arc::new(Parts {
            checks: Checks::new(Arc::clone(&settings), Arc::clone(&provider)),
            jobs: Jobs::new(Arc::clone(&settings), provider, Arc::clone(&store)),
            ephemeral: EphemeralReplies::default(),
            link_attempts: AttemptLimiter::new(MAX_WRONG_LINK_CODES_A_MINUTE),
            owner,
            assets,
            settings,
            store,
        }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
