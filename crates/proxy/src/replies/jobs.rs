//! The replies that are being written. Each is a task of the proxy's own, which ends with the provider's answer, with
//! the visitor's wish to stop, or with the proxy; not with the connection that asked for it.

use std::collections::HashMap;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candor_diagnosis::completions::{ChatMessage, ChatRequest, Piece};
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{ChatTurn, messages_for_model};
use futures_util::FutureExt;
use futures_util::future::try_join;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};

use super::exchange::{self, Timeouts};
use super::reply::{Ending, Reply};
use crate::clock::now;
use crate::config::Settings;
use crate::provider::Provider;
use crate::provider::demo::Demo;
use crate::random::reference;
use crate::store::{PendingTurn, Store, StoreError, TurnId};

/// How often what has arrived is kept.
const KEEP_INTERVAL: Duration = Duration::from_millis(250);

/// How many times as long as keeping took the pause behind it is at least, so that many replies do not fill the disk's time.
const KEEP_PAUSE_FACTOR: u32 = 3;

/// The most replies that are kept in one transaction, so that a new message need not wait long for its own.
const MAX_KEPT_TOGETHER: usize = 256;

/// How often a reply without news is said to be alive, and looked whether it is to stop.
const ALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// How often another proxy's reply is looked at.
const MIRROR_INTERVAL: Duration = Duration::from_millis(250);

/// How long a rehearsal waits: nobody rehearses to wait a minute.
const REHEARSAL_TIMEOUTS: Timeouts =
    Timeouts { first_byte: Duration::from_secs(2), pause: Duration::from_secs(2) };

/// The replies under way, by their ids, and what writes them. Cloning it is cheap.
#[derive(Clone)]
pub struct Jobs(Arc<Parts>);

/// The parts of [`Jobs`].
pub struct Parts {
    settings: Arc<Settings>,
    provider: Arc<dyn Provider>,
    store: Arc<Store>,
    is_keeping: AtomicBool,
    running: Mutex<HashMap<String, Arc<Reply>>>,
    count: watch::Sender<usize>,
    is_stopping: watch::Sender<bool>,
    end_now: watch::Sender<bool>,
}

impl Deref for Jobs {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Jobs {
    /// None under way.
    pub fn new(settings: Arc<Settings>, provider: Arc<dyn Provider>, store: Arc<Store>) -> Self {
        Self(Arc::new(Parts {
            settings,
            provider,
            store,
            is_keeping: AtomicBool::new(false),
            running: Mutex::default(),
            count: watch::Sender::new(0),
            is_stopping: watch::Sender::new(false),
            end_now: watch::Sender::new(false),
        }))
    }

    /// The reply of that id, if it is under way.
    pub fn find(&self, id: &str) -> Option<Arc<Reply>> {
        self.running().get(id).cloned()
    }

    /// Makes a reply known, before it is kept: whoever finds it in the store then finds it here too.
    pub fn announce(&self, reply: &Arc<Reply>) {
        let mut running = self.running();
        running.insert(reply.id().to_owned(), Arc::clone(reply));
        self.count.send_replace(running.len());
    }

    /// Says that the store has it.
    fn set_kept(&self, reply: &Reply) {
        // Under the lock, so that the task that keeps progress either sees it or has said that it ends.
        let _running = self.running();
        reply.set_kept();
    }

    /// Takes a reply off, because it has ended or was never kept.
    pub fn forget(&self, id: &str) {
        let mut running = self.running();
        running.remove(id);
        self.count.send_replace(running.len());
    }

    /// From now on nothing new begins.
    pub fn begin_stopping(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Whether the proxy is about to stop.
    pub fn is_stopping(&self) -> bool {
        *self.is_stopping.borrow()
    }

    /// Ends whatever is under way with the problem `stopping`.
    pub fn end_all(&self) {
        self.end_now.send_replace(true);
    }

    /// How many replies are under way.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Until no reply is under way.
    pub async fn idle(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<Reply>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a turn and begins to write its reply, which is announced. The provider is asked while the disk is still being
    /// written to; of what it answers nothing is told before the turn is kept. A rehearsal is played by the demo, whoever
    /// answers otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the turn cannot be kept; the provider is left then.
    pub async fn begin(
        &self,
        turn: TurnId,
        reply: &Arc<Reply>,
        pending: PendingTurn,
        is_rehearsal: bool,
    ) -> Result<(), StoreError> {
        let (tell, kept) = oneshot::channel();
        let mut reasoning = pending.reasoning;
        let turns = messages_for_model(pending.history).into_iter().map(|message| {
            ChatMessage::new(message.role.name(), message.content)
                .with_reasoning(reasoning.remove(&message.id))
        });
        let turns = turns.collect();
        tokio::spawn(self.clone().run(Arc::clone(reply), turns, is_rehearsal, kept));
        pending.commit.commit().await?;
        self.set_kept(reply);
        if !self.is_keeping.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().keep_progress());
        }
        // Fails only where the task is gone, with the whole runtime.
        let _ = tell.send(Some(turn));
        Ok(())
    }

    /// Begins to write an announced reply of which nothing is kept.
    pub fn begin_ephemeral(&self, reply: &Arc<Reply>, turns: Vec<ChatTurn>, is_rehearsal: bool) {
        let (tell, kept) = oneshot::channel();
        let _ = tell.send(None);
        let turns = turns.into_iter().map(|turn| ChatMessage::new(turn.role.name(), turn.content)).collect();
        tokio::spawn(self.clone().run(Arc::clone(reply), turns, is_rehearsal, kept));
    }

    /// Writes a reply to its end, unless it turns out that its turn cannot be kept. `kept` says as whose reply; of one without a
    /// turn nothing is kept.
    async fn run(
        self,
        reply: Arc<Reply>,
        turns: Vec<ChatMessage>,
        is_rehearsal: bool,
        kept: oneshot::Receiver<Option<TurnId>>,
    ) {
        // Even a panic leaves an ended reply behind.
        let writing = async {
            let ending = AssertUnwindSafe(self.write(&reply, turns, is_rehearsal)).catch_unwind().await;
            Ok(ending.unwrap_or_else(|_| {
                Ending::Failed(Box::new(Problem::new(&known::interrupted, 500, reference(), now())))
            }))
        };
        let Ok((ending, turn)) = try_join(writing, kept).await else { return };
        if let Ending::Failed(problem) = &ending {
            log(problem);
            // What the owner has asked for is no news to them.
            if !is_rehearsal {
                // Where it cannot be kept, the store has logged why.
                let _ = self.store.keep_error(problem).await;
            }
        }
        // Kept first: whoever sees the end may send the next message at once.
        if let Some(turn) = &turn {
            self.finish(turn, &reply, &ending).await;
        }
        // Its place too is free before anybody sees the end.
        self.forget(reply.id());
        reply.end(ending);
    }

    /// Keeps a reply that has ended. A database that does not answer gets some time to come back; after that the next start, or
    /// another proxy, finds the reply as it was kept last.
    async fn finish(&self, turn: &TurnId, reply: &Reply, ending: &Ending) {
        let ended = reply.ended_as(ending);
        let reasoning = reply.reasoning();
        for pause in [0, 1, 2, 4, 8] {
            sleep(Duration::from_secs(pause)).await;
            match self.store.finish(turn, &ended, reasoning.as_deref(), !reply.is_followed()).await {
                Err(StoreError::Unavailable(_)) => {}
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Keeps what arrives of all replies under way, until none is. One task does it for all of them, many in one transaction.
    async fn keep_progress(self) {
        let mut kept: HashMap<String, (usize, Instant)> = HashMap::new();
        let mut pause = KEEP_INTERVAL;
        loop {
            sleep(pause).await;
            let running: Vec<Arc<Reply>> = {
                let running = self.running();
                let kept: Vec<_> = running.values().filter(|reply| reply.is_kept()).cloned().collect();
                if kept.is_empty() {
                    self.is_keeping.store(false, Ordering::Release);
                    return;
                }
                kept
            };
            kept.retain(|id, _| self.find(id).is_some());
            let mut progress = Vec::new();
            for reply in running {
                let length = reply.length();
                let is_due = kept
                    .get(reply.id())
                    .is_none_or(|(before, at)| *before != length || at.elapsed() > ALIVE_INTERVAL);
                if is_due {
                    kept.insert(reply.id().to_owned(), (length, Instant::now()));
                    progress.push((reply.id().to_owned(), reply.content()));
                }
            }
            let started = Instant::now();
            for some in progress.chunks(MAX_KEPT_TOGETHER) {
                match self.store.keep_progress(some).await {
                    Ok(to_stop) => {
                        to_stop.iter().filter_map(|id| self.find(id)).for_each(|reply| reply.stop());
                    }
                    Err(_) => kept.clear(),
                }
            }
            pause = KEEP_INTERVAL.max(started.elapsed() * KEEP_PAUSE_FACTOR);
        }
    }

    /// Follows a reply that another proxy writes, by what it keeps of it, for as long as anybody follows it here. Where that
    /// proxy is gone, the store's upkeep ends the reply.
    pub async fn mirror(self, turn: TurnId, reply: Arc<Reply>) {
        loop {
            match self.store.turn(&turn).await {
                Ok(found) if found.reply.id == reply.id() => reply.become_like(&found.reply),
                Err(StoreError::Unavailable(_)) => {}
                // It was deleted, or another has taken its place.
                Ok(_) | Err(_) => reply.end(Ending::Stopped),
            }
            sleep(MIRROR_INTERVAL).await;
            if !reply.is_followed() || reply.has_ended() {
                return;
            }
        }
    }

    async fn write(&self, reply: &Reply, turns: Vec<ChatMessage>, is_rehearsal: bool) -> Ending {
        let (provider, timeouts): (&dyn Provider, _) = match is_rehearsal {
            true => (&Demo, REHEARSAL_TIMEOUTS),
            false => {
                let settings = &self.settings;
                let timeouts = Timeouts { first_byte: settings.reply_timeout, pause: settings.stall_timeout };
                (self.provider.as_ref(), timeouts)
            }
        };
        let request = self.request(turns);
        let mut end_now = self.end_now.subscribe();
        let answer = exchange::chat(provider, request, timeouts, |piece| {
            match piece {
                Piece::Text(text) => reply.add(text),
                Piece::Thinking => reply.think(),
                Piece::Reasoning(text) => reply.reason(text),
                Piece::Retracted => reply.retract(),
                Piece::Failed(_) => {}
            }
            true
        });
        tokio::select! {
            // In this order, a reply that was stopped in its last moment counts as stopped.
            biased;
            () = reply.stopped() => Ending::Stopped,
            _ = end_now.wait_for(|now| *now) => {
                Ending::Failed(Box::new(Problem::new(&known::stopping, 503, reference(), now())))
            }
            answer = answer => match answer {
                Ok(()) => Ending::Complete,
                Err(failure) => Ending::Failed(Box::new(failure.problem())),
            },
        }
    }

    /// What the provider is sent: the owner's prompt and the conversation.
    fn request(&self, turns: Vec<ChatMessage>) -> ChatRequest {
        chat_request(&self.settings, self.settings.system_prompt.clone(), turns)
    }
}

/// The request with the settings' model and parameters, as every chat and every check sends it.
pub fn chat_request(
    settings: &Settings,
    system: Option<String>,
    turns: impl IntoIterator<Item = ChatMessage>,
) -> ChatRequest {
    ChatRequest {
        model: settings.provider.model().to_owned(),
        messages: ChatMessage::conversation(system, turns),
        stream: true,
        max_tokens: settings.max_tokens,
        max_completion_tokens: None,
    }
}

fn log(problem: &Problem) {
    let upstream = problem.upstream.clone().unwrap_or_default();
    tracing::warn!(
        cause = problem.cause,
        status = upstream.status,
        r#type = upstream.error_type,
        code = upstream.code,
        request_id = upstream.request_id,
        reference = problem.reference,
        "a reply failed"
    );
}
