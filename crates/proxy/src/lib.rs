//! The proxy endpoint: holds the provider's key, keeps conversations, streams replies, and serves the built widget.
//!
//! A request comes in at [`server`], passes [`origin`] and reaches a handler in [`routes`]. A new message is kept in
//! the [`store`] and begins a job ([`jobs`]), which has one [`exchange`] with the [`provider`] and writes a [`reply`];
//! the response only follows that reply. Where the owner keeps nothing, replies are [`unkept`]. Failures travel as [`problem`]s, and are
//! kept for the [`owner`] in [`errors`]; [`checks`] try each link. Everything else is served from [`assets`].

pub mod archive;
pub mod assets;
pub mod checks;
pub mod clock;
pub mod errors;
pub mod exchange;
pub mod housekeeping;
pub mod jobs;
pub mod origin;
pub mod owner;
pub mod problem;
pub mod provider;
pub mod random;
pub mod reply;
pub mod routes;
pub mod server;
pub mod settings;
pub mod store;
pub mod terminal;
pub mod tries;
pub mod unkept;

use std::ops::Deref;
use std::sync::Arc;

use assets::Assets;
use checks::LatestRun;
use jobs::Jobs;
use owner::OwnerGate;
use provider::Provider;
use settings::Settings;
use store::Store;
use tries::Tries;
use unkept::Unkept;

pub use routes::app;

/// The most wrong link codes a minute: of a million million codes hardly any is valid at a time.
const LINK_TRIES: usize = 20;

/// What every request can reach. Cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
pub struct Parts {
    /// What the owner decided.
    pub settings: Settings,
    /// Who answers.
    pub provider: Arc<dyn Provider>,
    /// Visitors, conversations and messages, and what went wrong.
    pub store: Store,
    /// Replies under way.
    pub jobs: Jobs,
    /// Replies of which nothing is kept.
    pub unkept: Unkept,
    /// Wrong link codes.
    pub link_tries: Tries,
    /// Lets the owner in.
    pub owner: OwnerGate,
    /// The outcome of the checks that ran last.
    pub latest_run: LatestRun,
    /// The built widget.
    pub assets: Assets,
}

impl App {
    /// An app with the settings' provider, this store and the widget that was built in.
    ///
    /// # Errors
    /// Where the provider's client cannot be made.
    pub fn new(settings: Settings, store: Store) -> Result<Self, provider::openai::ClientError> {
        let provider = provider::from_settings(&settings.provider)?;
        Ok(Self::with(settings, provider, store, Assets::built_in()))
    }

    /// An app of these parts.
    pub fn with(settings: Settings, provider: Arc<dyn Provider>, store: Store, assets: Assets) -> Self {
        let owner = OwnerGate::new(settings.owner_token.as_ref());
        Self(Arc::new(Parts {
            settings,
            provider,
            store,
            jobs: Jobs::default(),
            unkept: Unkept::default(),
            link_tries: Tries::new(LINK_TRIES),
            owner,
            latest_run: LatestRun::default(),
            assets,
        }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
