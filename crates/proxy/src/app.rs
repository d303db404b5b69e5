//! What every request can reach.

use std::ops::Deref;
use std::sync::Arc;

use candor_diagnosis::completions::Usage;
use candor_protocol::wire::AuditAction;

use crate::access::address::{ClientAddress, UnnamedProxy};
use crate::access::attempts::{AttemptLimiter, OWNER_TOKENS};
use crate::access::bodies::Bodies;
use crate::access::connections::Connections;
use crate::access::owner::{self, Denied, OwnerGate};
use crate::access::quota::{self, Caller, Charge};
use crate::assets::Assets;
use crate::challenge::ChallengeGate;
use crate::clock::now;
use crate::config::limits::{Per, What, Whom};
use crate::config::{Secret, Settings};
use crate::metrics::{Metrics, Most};
use crate::provider::{self, Provider};
use crate::replies::checks::{self, Checks};
use crate::replies::ephemeral::EphemeralReplies;
use crate::replies::jobs::Jobs;
use crate::store::{Store, StoreError, VisitorId};

/// The most wrong tokens for the metrics a minute from an address.
const MAX_WRONG_METRICS_TOKENS_A_MINUTE: usize = 5;

/// Why nobody is let in as an owner.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// Whoever asks is none.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It cannot be known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

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
    /// Whether it was told of a proxy that the owner has not named.
    pub unnamed_proxy: UnnamedProxy,
    /// Lets new visitors in.
    pub challenge: ChallengeGate,
    /// Lets the owner in.
    pub owner: OwnerGate,
    /// The checks of each link.
    pub checks: Checks,
    /// The built widget.
    pub assets: Assets,
    /// How many connections there are.
    pub connections: Connections,
    /// What requests' bodies may take while they arrive.
    pub bodies: Bodies,
    /// What is counted for whoever watches.
    pub metrics: Arc<Metrics>,
    /// Wrong tokens of those who watch.
    pub metrics_attempts: AttemptLimiter,
}

impl App {
    /// An app with the settings' provider, this store and this widget.
    ///
    /// # Errors
    /// Where the provider's client cannot be made.
    pub fn new(settings: Settings, store: Store, assets: Assets) -> Result<Self, provider::ClientError> {
        let provider = provider::from_settings(&settings.provider)?;
        Ok(Self::with(settings, provider, store, assets))
    }

    /// An app of these parts.
    pub fn with(mut settings: Settings, provider: Arc<dyn Provider>, store: Store, assets: Assets) -> Self {
        // From here on its hash alone is in memory.
        let owner = OwnerGate::new(settings.owner_token.take().as_ref().map(Secret::reveal));
        let most = Most { streams: settings.max_streams, connections: settings.max_connections };
        let metrics = Arc::new(Metrics::new(most, store.database().times().clone()));
        let (settings, store) = (Arc::new(settings), Arc::new(store));
        Self(Arc::new(Parts {
            bodies: Bodies::default(),
            connections: Connections::new(
                settings.max_connections_per_address,
                settings.trusted_proxies.clone(),
            ),
            checks: Checks::new(Arc::clone(&settings), Arc::clone(&provider)),
            jobs: Jobs::new(Arc::clone(&settings), provider, Arc::clone(&store), Arc::clone(&metrics)),
            ephemeral: EphemeralReplies::default(),
            unnamed_proxy: UnnamedProxy::default(),
            challenge: ChallengeGate::new(settings.challenge.as_ref()),
            owner,
            assets,
            metrics,
            metrics_attempts: AttemptLimiter::new(MAX_WRONG_METRICS_TOKENS_A_MINUTE),
            settings,
            store,
        }))
    }

    /// Whoever asks, as the counters name them. The database is not asked where no address is counted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn caller(
        &self,
        visitor: Option<&VisitorId>,
        address: ClientAddress,
    ) -> Result<Caller, StoreError> {
        let name = async |per, is_counted_by: fn(Per) -> bool| {
            let mut of_address = self.settings.limits.iter().filter(|(limit, _)| limit.whom == Whom::Address);
            match of_address.any(|(limit, _)| limit.per.is_some_and(is_counted_by)) {
                true => self.store.address_name(address, per).await.map(Some),
                false => Ok(None),
            }
        };
        Ok(Caller {
            visitor: visitor.map(|visitor| visitor.as_str().to_owned()),
            address_of_day: name(Per::Day, |per| per != Per::Month).await?,
            address_of_month: name(Per::Month, |per| per == Per::Month).await?,
        })
    }

    /// Lets an owner in, and gives their name. The first time from an address stands in the audit log.
    ///
    /// # Errors
    /// Where the token is nobody's, or too many from this address were wrong; where the database does not answer.
    pub async fn owner(&self, token: &str, from: ClientAddress) -> Result<String, OwnerError> {
        let name = match self.owner.has(token) {
            true => Some(owner::OF_SETTINGS.to_owned()),
            false => self.store.owner(token).await?,
        };
        if name.is_none() && !self.owner.is_set() && self.store.owners().await?.is_empty() {
            return Err(Denied::NotSet.into());
        }
        let is_last = match self.store.attempt(OWNER_TOKENS, from, name.is_some()).await {
            Err(StoreError::TooManyTries(seconds)) => return Err(Denied::Wait(seconds).into()),
            taken => taken?,
        };
        let Some(name) = name else {
            if is_last {
                self.store.note(AuditAction::LockedOut, None, Some(&from.of_owner()), None).await?;
            }
            return Err(Denied::Wrong.into());
        };
        let address = from.of_owner();
        if self.owner.is_new(&name, from) && !self.store.has_signed_in(&name, &address).await? {
            self.store.note(AuditAction::SignedIn, Some(&name), Some(&address), None).await?;
        }
        Ok(name)
    }

    /// Counts one more of these from an address.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] where a limit is reached, [`StoreError::Unavailable`] where that cannot be known.
    pub async fn count(&self, what: What, address: ClientAddress) -> Result<(), StoreError> {
        let caller = self.caller(None, address).await?;
        self.store.charge(&quota::charges(&self.settings.limits, what, &caller, 1, now())).await
    }

    /// Counts a run of the checks from an address, and takes what it is expected to cost, to be put right by
    /// [`Self::settle_check`].
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] where a limit is reached, [`StoreError::Unavailable`] where that cannot be known.
    pub async fn reserve_check(&self, address: ClientAddress) -> Result<Vec<Charge>, StoreError> {
        let caller = self.caller(None, address).await?;
        let spending = self.spending_of_check(&caller, checks::EXPECTED);
        let mut all = quota::charges(&self.settings.limits, What::Checks, &caller, 1, now());
        all.extend(spending.iter().cloned());
        // Of several that are reached, the narrowest circle's is told.
        all.sort_by_key(|charge| charge.limit.whom);
        self.store.charge(&all).await?;
        Ok(spending)
    }

    /// The same for an owner, whom no limit keeps from checking: what it costs is counted afterwards.
    pub fn uncounted_check(&self) -> Vec<Charge> {
        self.spending_of_check(&Caller::default(), Usage { input: 0, output: 0 })
    }

    /// Puts right what was taken for a run of the checks. Where it cannot be, what was expected counts.
    pub async fn settle_check(&self, reserved: Vec<Charge>, used: Usage) {
        if reserved.is_empty() {
            return;
        }
        let settled = quota::settled(reserved, self.settings.pricing.price(), used);
        let _ = self.store.settle("", &settled).await;
    }

    fn spending_of_check(&self, caller: &Caller, expected: Usage) -> Vec<Charge> {
        let Settings { limits, pricing, .. } = &*self.settings;
        quota::charges_of_tokens(limits, pricing.price(), caller, expected, now())
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
