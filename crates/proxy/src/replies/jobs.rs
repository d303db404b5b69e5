//! The replies that are being written. Each is a task of the proxy's own, which ends with the provider's answer, with
//! the visitor's wish to stop, or with the proxy; not with the connection that asked for it.

use std::collections::HashMap;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candor_diagnosis::completions::{ChatMessage, ChatRequest, Piece, Usage};
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::messages_for_model;
use futures_util::FutureExt;
use futures_util::future::try_join;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::context::{BYTES_PER_TOKEN, Context, ContextTurn, estimated_tokens, tokens_of_bytes};
use super::exchange::{self, MAX_REPLY_BYTES, Timeouts};
use super::moderation;
use super::replicas::Replicas;
use super::reply::{Ending, Reply};
use super::usage;
use crate::access::quota::{self, Caller, Charge, Exceeded, Window};
use crate::clock::now;
use crate::config::Settings;
use crate::config::limits::{Limits, MAX_STREAMS, What, Whom};
use crate::metrics::{Metrics, Outcome};
use crate::provider::demo::Demo;
use crate::provider::{EchoedKey, Provider};
use crate::random::reference;
use crate::store::{PendingTurn, Store, StoreError, TurnId};
use crate::traces::ReplyTrace;

/// How often what has arrived is kept.
const KEEP_INTERVAL: Duration = Duration::from_millis(250);

/// How many times as long as keeping took the pause behind it is at least, so that many replies do not fill the disk's time.
const KEEP_PAUSE_FACTOR: u32 = 3;

/// The most replies that are kept in one transaction, so that a new message need not wait long for its own.
const MAX_KEPT_TOGETHER: usize = 256;

/// How often it is said of replies that they go on, so that what they take of the limits is not given back.
const RENEW_INTERVAL: Duration = Duration::from_secs(5);

/// How often a reply without news is said to be alive, and looked whether it is to stop.
const ALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// How many tokens an answer is expected to have, until it is known. Most have fewer.
const EXPECTED_ANSWER_TOKENS: u64 = 500;

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
    key: EchoedKey,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    replicas: Replicas,
    is_keeping: AtomicBool,
    running: Mutex<HashMap<String, Arc<Reply>>>,
    count: watch::Sender<usize>,
    is_stopping: watch::Sender<bool>,
    end_now: watch::Sender<bool>,
}

/// Who asks for an answer.
pub struct Asker {
    /// Who is counted; nobody where the owner rehearses.
    pub caller: Option<Caller>,
    /// The tag of the language that the model is asked to answer in.
    pub language: Option<String>,
}

/// What asking for an answer has come to.
#[derive(Default)]
struct Asked {
    /// Whether the question was sent to the model.
    is_sent: bool,
    /// What the provider says of its tokens.
    usage: Option<Usage>,
}

/// What an answer is asked for with.
struct Question {
    context: Context,
    is_rehearsal: bool,
    /// What has been taken for its tokens, and for what they cost.
    spending: Vec<Charge>,
}

impl Deref for Jobs {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Jobs {
    /// None under way.
    pub fn new(
        settings: Arc<Settings>,
        provider: Arc<dyn Provider>,
        store: Arc<Store>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self(Arc::new(Parts {
            key: EchoedKey::of(&settings.provider),
            settings,
            provider,
            replicas: Replicas::new(Arc::clone(&store)),
            store,
            metrics,
            is_keeping: AtomicBool::new(false),
            running: Mutex::default(),
            count: watch::Sender::new(0),
            is_stopping: watch::Sender::new(false),
            end_now: watch::Sender::new(false),
        }))
    }

    /// What is followed here and written elsewhere, and the other way round.
    pub fn replicas(&self) -> &Replicas {
        &self.replicas
    }

    /// Hears the proxies that share the database, until it is dropped.
    pub async fn listen(self) {
        self.replicas.listen(|id| self.find(id)).await;
    }

    /// The reply of that id, if it is under way.
    pub fn find(&self, id: &str) -> Option<Arc<Reply>> {
        self.running().get(id).cloned()
    }

    /// Makes a reply known, before it is kept: whoever finds it in the store then finds it here too. Whatever the limits of how
    /// many are under way say, which all proxies count together, this process has room for so many.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] where it has none.
    pub fn announce(&self, reply: &Arc<Reply>) -> Result<(), StoreError> {
        let mut running = self.running();
        if running.len() >= self.settings.max_streams {
            return Err(StoreError::Exceeded(Exceeded {
                limit: &MAX_STREAMS,
                until: Some(Window::ENDLESS.end),
            }));
        }
        running.insert(reply.id().to_owned(), Arc::clone(reply));
        self.count.send_replace(running.len());
        Ok(())
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
    /// written to; of what it answers nothing is told before the turn is kept. Without a caller it is a rehearsal, which the demo
    /// plays, whoever answers otherwise, and no limit counts.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] where a limit is reached, [`StoreError::Unavailable`] where the turn cannot be kept; the provider
    /// is left then.
    pub async fn begin(
        &self,
        turn: TurnId,
        reply: &Arc<Reply>,
        pending: PendingTurn,
        asker: &Asker,
    ) -> Result<(), StoreError> {
        let (tell, kept) = oneshot::channel();
        let mut reasoning = pending.reasoning;
        let turns = messages_for_model(pending.history).into_iter().map(|message| {
            let message = ChatMessage::new(message.role.name(), message.content)
                .with_reasoning(reasoning.remove(&message.id));
            ContextTurn { message, is_proven: true }
        });
        let (question, charges) = self.question(turns.collect(), asker);
        let commit = pending.commit.charge(reply.id(), &charges).await?;
        self.spawn(reply, question, kept);
        commit.commit().await?;
        reply.set_kept();
        self.keep_all();
        // Fails only where the task is gone, with the whole runtime.
        let _ = tell.send(Some(turn));
        Ok(())
    }

    /// Begins to write an announced reply of which nothing is kept. Without a caller it is a rehearsal.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] where a limit is reached, [`StoreError::Unavailable`] where that cannot be known.
    pub async fn begin_ephemeral(
        &self,
        reply: &Arc<Reply>,
        turns: Vec<ContextTurn>,
        asker: &Asker,
    ) -> Result<(), StoreError> {
        let (question, charges) = self.question(turns, asker);
        self.store.charge_reply(reply.id(), &charges).await?;
        self.keep_all();
        let (tell, kept) = oneshot::channel();
        let _ = tell.send(None);
        self.spawn(reply, question, kept);
        Ok(())
    }

    /// Writes a reply in a task of its own, which belongs to the trace of the request that is being handled.
    fn spawn(&self, reply: &Arc<Reply>, question: Question, kept: oneshot::Receiver<Option<TurnId>>) {
        let trace = ReplyTrace::begin();
        let span = trace.span();
        tokio::spawn(self.clone().run(Arc::clone(reply), question, kept, trace).instrument(span));
    }

    /// What is sent of a conversation, and what it takes of the owner's limits.
    fn question(&self, turns: Vec<ContextTurn>, asker: &Asker) -> (Question, Vec<Charge>) {
        let settings = &self.settings;
        // A rehearsal goes to the demo.
        let sends_reasoning = asker.caller.is_some() && self.provider.sends_reasoning();
        let context = Context {
            language: asker.language.clone(),
            ..Context::of(turns, &settings.limits, sends_reasoning)
        };
        let Some(caller) = &asker.caller else {
            let question = Question { context, is_rehearsal: true, spending: Vec::new() };
            return (question, Vec::new());
        };
        let (limits, price) = (&settings.limits, settings.pricing.price());
        let expected = Usage { input: self.asked_tokens(&context), output: self.expected_tokens() };
        let answer = quota::charges(limits, What::Answers, caller, 1, now());
        let spending = quota::charges_of_tokens(limits, price, caller, expected, now());
        let at_once = quota::charges_at_once(limits, settings.max_streams, caller);
        let mut all = [answer, spending.clone(), at_once].concat();
        // Of several that are reached, the narrowest circle's is told.
        all.sort_by_key(|charge| charge.limit.whom);
        (Question { context, is_rehearsal: false, spending }, all)
    }

    /// How many tokens an answer is expected to have.
    fn expected_tokens(&self) -> u64 {
        self.settings
            .max_output_tokens
            .map_or(EXPECTED_ANSWER_TOKENS, |most| EXPECTED_ANSWER_TOKENS.min(most.into()))
    }

    /// How many tokens a question has, with the owner's prompt; estimated.
    fn asked_tokens(&self, context: &Context) -> u64 {
        let prompt = context.system_prompt(self.settings.system_prompt.as_deref());
        context.tokens(self.provider.sends_reasoning()) + prompt.as_deref().map_or(0, estimated_tokens)
    }

    /// Writes a reply to its end, unless it turns out that its turn cannot be kept. `kept` says as whose reply; of one without a
    /// turn nothing is kept.
    async fn run(
        self,
        reply: Arc<Reply>,
        question: Question,
        kept: oneshot::Receiver<Option<TurnId>>,
        trace: ReplyTrace,
    ) {
        // Even a panic leaves an ended reply behind.
        let writing = async {
            let mut asked = Asked::default();
            let ending = AssertUnwindSafe(self.write(&reply, &question, &mut asked)).catch_unwind().await;
            let ending = ending.unwrap_or_else(|_| {
                Ending::Failed(Box::new(Problem::new(&known::interrupted, 500, reference(), now())))
            });
            Ok((ending, asked))
        };
        let Ok(((ending, asked), turn)) = try_join(writing, kept).await else { return };
        if let Ending::Failed(problem) = &ending {
            log(problem);
            // What the owner has asked for is no news to them.
            if !question.is_rehearsal {
                // Where it cannot be kept, the store has logged why.
                let _ = self.store.keep_error(problem).await;
            }
        }
        let used = self.used(&question, &reply, &ending, &asked);
        let settled = quota::settled(question.spending, self.settings.pricing.price(), used);
        // Kept first, and its place is free: whoever sees the end may send the next message at once.
        match &turn {
            Some(turn) => {
                self.finish(turn, &reply, &ending, &settled).await;
                self.replicas.tell_end(reply.id()).await;
            }
            // Where it cannot be put right, what was expected counts.
            None => drop(self.store.settle(reply.id(), &settled).await),
        }
        let (outcome, reference) = match &ending {
            Ending::Complete => (Outcome::Complete, None),
            Ending::Stopped => (Outcome::Stopped, None),
            Ending::Failed(problem) => (Outcome::Failed(&problem.cause), Some(problem.reference.as_str())),
        };
        trace.end(outcome, reference, used);
        if !question.is_rehearsal {
            self.measure(outcome, used);
        }
        self.forget(reply.id());
        reply.end(ending);
    }

    /// How many tokens a question and its answer have had: as the provider says, where that can be, else estimated. What was
    /// refused has had none, and what was not sent.
    fn used(&self, question: &Question, reply: &Reply, ending: &Ending, asked: &Asked) -> Usage {
        if !asked.is_sent {
            return Usage { input: 0, output: 0 };
        }
        let estimated = Usage {
            input: self.asked_tokens(&question.context),
            output: tokens_of_bytes(reply.written_bytes()),
        };
        let is_refused = matches!(ending, Ending::Failed(problem)
            if problem.upstream.as_ref().is_some_and(|said| said.status >= 400));
        match asked.usage.filter(|said| usage::is_plausible(*said, estimated)) {
            Some(said) => said,
            None if is_refused && estimated.output == 0 => Usage { input: 0, output: 0 },
            None => estimated,
        }
    }

    /// Counts an answer that has ended, for whoever watches.
    fn measure(&self, outcome: Outcome<'_>, used: Usage) {
        self.metrics.answered(outcome);
        let price = self.settings.pricing.price();
        self.metrics.used(used, price.map_or(0, |price| price.cost(used.input, used.output)));
    }

    /// Keeps a reply that has ended. A database that does not answer gets some time to come back; after that the next start, or
    /// another proxy, finds the reply as it was kept last, and of its charges what was expected counts.
    async fn finish(&self, turn: &TurnId, reply: &Reply, ending: &Ending, settled: &[(Charge, u64)]) {
        let ended = reply.ended_as(ending);
        let reasoning = reply.reasoning();
        for pause in [0, 1, 2, 4, 8] {
            sleep(Duration::from_secs(pause)).await;
            match self.store.finish(turn, &ended, reasoning.as_deref(), reply.followers() == 0, settled).await
            {
                Err(StoreError::Unavailable(_)) => {}
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Sees to it that what arrives of replies is kept.
    fn keep_all(&self) {
        if !self.is_keeping.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().keep_progress());
        }
    }

    /// Keeps what arrives of all replies under way, and that they go on, until none is. One task does it for all of them, many in
    /// one transaction.
    async fn keep_progress(self) {
        let mut kept: HashMap<String, (usize, Instant)> = HashMap::new();
        let mut renewed = Instant::now();
        let mut pause = KEEP_INTERVAL;
        loop {
            sleep(pause).await;
            let running: Vec<Arc<Reply>> = {
                let running = self.running();
                // Under the lock, so that whoever begins another either sees that this ends, or is seen.
                if running.is_empty() {
                    self.is_keeping.store(false, Ordering::Release);
                    return;
                }
                running.values().cloned().collect()
            };
            if renewed.elapsed() >= RENEW_INTERVAL {
                renewed = Instant::now();
                let ids: Vec<_> = running.iter().map(|reply| reply.id()).collect();
                for some in ids.chunks(MAX_KEPT_TOGETHER) {
                    // There are several tries before a lease ends.
                    let _ = self.store.renew_leases(some).await;
                }
            }
            kept.retain(|id, _| self.find(id).is_some());
            let mut progress = Vec::new();
            for reply in running.iter().filter(|reply| reply.is_kept()) {
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

    async fn write(&self, reply: &Reply, question: &Question, asked: &mut Asked) -> Ending {
        let (provider, timeouts): (&dyn Provider, _) = match question.is_rehearsal {
            true => (&Demo, REHEARSAL_TIMEOUTS),
            false => {
                let settings = &self.settings;
                let timeouts = Timeouts { first_byte: settings.reply_timeout, pause: settings.stall_timeout };
                (self.provider.as_ref(), timeouts)
            }
        };
        let Question { context, .. } = question;
        let prompt = context.system_prompt(self.settings.system_prompt.as_deref());
        let request = chat_request(&self.settings, prompt, context.turns.iter().cloned());
        let mut notice = context.notice;
        let mut end_now = self.end_now.subscribe();
        let began = Instant::now();
        let mut waits_for_word = !question.is_rehearsal;
        let mut take = |piece: &Piece| {
            match piece {
                Piece::Text(text) => {
                    if std::mem::take(&mut waits_for_word) {
                        self.metrics.first_word_after(began.elapsed());
                    }
                    if let Some(notice) = notice.take() {
                        reply.add(notice);
                    }
                    reply.add(text);
                }
                Piece::Thinking => reply.think(),
                Piece::Reasoning(text) => reply.reason(text),
                Piece::Retracted => {
                    reply.retract();
                    notice = context.notice;
                }
                Piece::Failed(_) => {}
            }
            true
        };
        let answer = async {
            // A rehearsal goes to nobody.
            if self.settings.moderation && !question.is_rehearsal {
                moderation::moderate(provider, &context.unanswered(), timeouts).await?;
            }
            asked.is_sent = true;
            let longest = longest_bytes(&self.settings.limits);
            exchange::chat(provider, request, timeouts, longest, &mut asked.usage, &mut take).await
        };
        tokio::select! {
            // In this order, a reply that was stopped in its last moment counts as stopped.
            biased;
            () = reply.stopped() => Ending::Stopped,
            _ = end_now.wait_for(|now| *now) => {
                Ending::Failed(Box::new(Problem::new(&known::stopping, 503, reference(), now())))
            }
            answer = answer => match answer {
                Ok(()) => Ending::Complete,
                Err(failure) => Ending::Failed(Box::new(failure.problem(&self.key))),
            },
        }
    }
}

/// The most bytes of text that an answer may have.
fn longest_bytes(limits: &Limits) -> usize {
    let tokens =
        limits.most(What::Tokens, Whom::Answer, None).and_then(|tokens| usize::try_from(tokens).ok());
    tokens.map_or(MAX_REPLY_BYTES, |tokens| tokens.saturating_mul(BYTES_PER_TOKEN).min(MAX_REPLY_BYTES))
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
        max_tokens: settings.max_output_tokens,
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
