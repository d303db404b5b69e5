//! Replies that are followed in another proxy than the one that writes them.
//!
//! Whoever follows one says so to all proxies, from which byte on; the one that writes it then sends its words as they come, for as
//! long as that is said again. Where nobody can be heard, or something was missed, what the store has of the reply is looked at:
//! it is at most a quarter of a second behind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::reply::{Ending, Reply};
use crate::store::{MAX_NOTICE_BYTES, Store, StoreError, TurnId};

/// How often another proxy's reply is looked at where proxies do not hear one another.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// How often it is said, and looked, where they do.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(5);

/// For how long a reply's words are sent after somebody was heard to follow it.
const FOLLOWED_FOR: Duration = Duration::from_secs(15);

/// How long a new try to listen waits.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);

/// The most bytes of words in one notice; the rest is its head.
const MAX_TEXT_BYTES: usize = MAX_NOTICE_BYTES - 200;

/// What is said of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice<'a> {
    /// Somebody follows it elsewhere, and has so many bytes.
    Follow(usize),
    /// Words of it, and behind which byte they stand.
    Text(usize, &'a str),
    /// All that had arrived is taken back.
    Retract,
    /// It has ended; the store has how.
    End,
    /// The visitor wants it stopped.
    Stop,
}

impl<'a> Notice<'a> {
    fn write(self, reply: &str) -> String {
        match self {
            Self::Follow(from) => format!("{reply} follow {from}"),
            Self::Text(at, text) => format!("{reply} text {at} {text}"),
            Self::Retract => format!("{reply} retract"),
            Self::End => format!("{reply} end"),
            Self::Stop => format!("{reply} stop"),
        }
    }

    /// The reply's id, and what is said of it. `None` for what another version says.
    fn read(notice: &'a str) -> Option<(&'a str, Self)> {
        let (reply, rest) = notice.split_once(' ')?;
        let (kind, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let notice = match kind {
            "follow" => Self::Follow(value.parse().ok()?),
            "text" => {
                let (at, text) = value.split_once(' ')?;
                Self::Text(at.parse().ok()?, text)
            }
            "retract" => Self::Retract,
            "end" => Self::End,
            "stop" => Self::Stop,
            _ => return None,
        };
        Some((reply, notice))
    }
}

/// A reply that another proxy writes and somebody follows here: one for all who do.
#[derive(Debug)]
struct Mirror {
    reply: Arc<Reply>,
    /// Woken where the store is to be looked at.
    look: Notify,
}

/// That somebody follows a reply elsewhere.
#[derive(Clone, Copy, Debug)]
struct Interest {
    from: usize,
    heard: Instant,
}

/// What is followed across proxies. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Replicas(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    store: Arc<Store>,
    is_listening: AtomicBool,
    mirrors: Mutex<HashMap<String, Arc<Mirror>>>,
    followed_elsewhere: Mutex<HashMap<String, watch::Sender<Interest>>>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many bytes of a text go into one notice.
fn piece_bytes(text: &str) -> usize {
    (0..=text.len().min(MAX_TEXT_BYTES)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl Replicas {
    /// Nothing is followed yet, and nobody is heard before [`Self::listen`].
    pub fn new(store: Arc<Store>) -> Self {
        Self(Arc::new(Parts {
            store,
            is_listening: AtomicBool::new(false),
            mirrors: Mutex::default(),
            followed_elsewhere: Mutex::default(),
        }))
    }

    /// Hears the other proxies until it is dropped; `find` finds a reply that this one writes. Ends at once where there are no
    /// others.
    pub async fn listen(&self, find: impl Fn(&str) -> Option<Arc<Reply>>) {
        loop {
            match self.0.store.listener().await {
                Ok(None) => return,
                Ok(Some(mut listener)) => {
                    self.set_listening(true);
                    while let Some(notice) = listener.next().await {
                        self.hear(&notice, &find);
                    }
                    self.set_listening(false);
                    tracing::warn!(
                        "other proxies are not heard at the moment; their replies are looked up instead"
                    );
                }
                // The store has logged why.
                Err(_) => {}
            }
            sleep(LISTEN_PAUSE).await;
        }
    }

    fn set_listening(&self, is_listening: bool) {
        self.0.is_listening.store(is_listening, Ordering::Release);
        // Each says anew that it follows, or looks more often.
        lock(&self.0.mirrors).values().for_each(|mirror| mirror.look.notify_one());
    }

    fn hear(&self, notice: &str, find: impl Fn(&str) -> Option<Arc<Reply>>) {
        let Some((id, notice)) = Notice::read(notice) else { return };
        match notice {
            Notice::Follow(from) => {
                if let Some(reply) = find(id) {
                    self.send_words(reply, from);
                }
            }
            Notice::Stop => {
                if let Some(reply) = find(id) {
                    reply.stop();
                }
            }
            Notice::Text(..) | Notice::Retract | Notice::End => {
                let mirrors = lock(&self.0.mirrors);
                let Some(mirror) = mirrors.get(id) else { return };
                match notice {
                    Notice::Text(at, text) if mirror.reply.add_at(at, text) => {}
                    Notice::Retract => mirror.reply.retract(),
                    // It has ended, or something was missed.
                    _ => mirror.look.notify_one(),
                }
            }
        }
    }

    /// A reply that another proxy writes, which is kept up with as long as anybody has it. Where that proxy is gone, the store's
    /// upkeep ends the reply.
    pub fn mirror(&self, turn: TurnId, reply: Reply) -> Arc<Reply> {
        let mut mirrors = lock(&self.0.mirrors);
        if let Some(known) = mirrors.get(reply.id()) {
            return Arc::clone(&known.reply);
        }
        let reply = Arc::new(reply);
        let mirror = Arc::new(Mirror { reply: Arc::clone(&reply), look: Notify::new() });
        mirrors.insert(reply.id().to_owned(), Arc::clone(&mirror));
        tokio::spawn(self.clone().keep_up(turn, mirror));
        reply
    }

    /// Takes a mirror off whose reply has ended, or that nobody has any more. Whether it was one.
    fn leave(&self, mirror: &Mirror) -> bool {
        let mut mirrors = lock(&self.0.mirrors);
        // Whoever has the reply has got it under this lock; the mirror itself is one of them.
        let is_left = Arc::strong_count(&mirror.reply) == 1 || mirror.reply.has_ended();
        if is_left {
            mirrors.remove(mirror.reply.id());
        }
        is_left
    }

    async fn keep_up(self, turn: TurnId, mirror: Arc<Mirror>) {
        let reply = &mirror.reply;
        loop {
            match self.0.store.turn(&turn).await {
                Ok(found) if found.reply.id == reply.id() => reply.become_like(&found.reply),
                Err(StoreError::Unavailable(_)) => {}
                // It was deleted, or another has taken its place.
                Ok(_) | Err(_) => reply.end(Ending::Stopped),
            }
            if self.leave(&mirror) {
                return;
            }
            let interval = match self.0.is_listening.load(Ordering::Acquire) {
                true => {
                    self.say(reply.id(), Notice::Follow(reply.length())).await;
                    FOLLOW_INTERVAL
                }
                false => LOOK_INTERVAL,
            };
            // However it ends, the store is looked at.
            let _ = timeout(interval, mirror.look.notified()).await;
        }
    }

    /// Sends the words of a reply that this proxy writes, from a byte on, for as long as it is said to be followed.
    fn send_words(&self, reply: Arc<Reply>, from: usize) {
        let interest = Interest { from, heard: Instant::now() };
        let mut followed = lock(&self.0.followed_elsewhere);
        if let Some(known) = followed.get(reply.id()) {
            known.send_replace(interest);
            return;
        }
        let (sender, receiver) = watch::channel(interest);
        followed.insert(reply.id().to_owned(), sender);
        let this = self.clone();
        tokio::spawn(async move {
            this.send_while_followed(&reply, receiver).await;
            lock(&this.0.followed_elsewhere).remove(reply.id());
        });
    }

    async fn send_while_followed(&self, reply: &Reply, mut interest: watch::Receiver<Interest>) {
        let Interest { from: mut sent, mut heard } = *interest.borrow_and_update();
        let mut retractions = reply.retractions();
        loop {
            if reply.retractions() != retractions {
                retractions = reply.retractions();
                sent = 0;
                self.say(reply.id(), Notice::Retract).await;
            }
            let content = reply.content();
            // Of a place that is none here, all is sent.
            let mut rest = content.get(sent..).unwrap_or(&content);
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(piece_bytes(rest));
                self.say(reply.id(), Notice::Text(content.len() - rest.len(), piece)).await;
                rest = behind;
            }
            sent = content.len();
            if reply.has_ended() {
                return;
            }
            tokio::select! {
                () = reply.changed(sent, retractions) => {}
                changed = interest.changed() => match changed {
                    Ok(()) => {
                        let Interest { from, heard: again } = *interest.borrow_and_update();
                        (sent, heard) = (sent.min(from), again);
                    }
                    Err(_) => return,
                },
                () = sleep_until(heard + FOLLOWED_FOR) => return,
            }
        }
    }

    /// Says that a reply has ended and how that is kept, where it is followed elsewhere.
    pub async fn tell_end(&self, reply: &str) {
        let is_followed = lock(&self.0.followed_elsewhere).contains_key(reply);
        if is_followed {
            self.say(reply, Notice::End).await;
        }
    }

    /// Asks the proxy that writes this reply to stop it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ask_to_stop(&self, reply: &str) -> Result<(), StoreError> {
        self.0.store.ask_to_stop(reply).await?;
        if self.0.is_listening.load(Ordering::Acquire) {
            self.say(reply, Notice::Stop).await;
        }
        Ok(())
    }

    /// Where it cannot be said, the store has logged why, and what is kept is looked at.
    async fn say(&self, reply: &str, notice: Notice<'_>) {
        let _ = self.0.store.notify(&notice.write(reply)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        for notice in [
            Notice::Follow(7),
            Notice::Text(0, "Two words\nand  a line "),
            Notice::Text(12, " "),
            Notice::Retract,
            Notice::End,
            Notice::Stop,
        ] {
            assert_eq!(Notice::read(&notice.write("m_1")), Some(("m_1", notice)));
        }
        for other in ["", "m_1", "m_1 sing", "m_1 text x y", "m_1 follow"] {
            assert_eq!(Notice::read(other), None, "{other}");
        }
    }

    #[test]
    fn no_letter_is_cut_in_two() {
        assert_eq!(piece_bytes("über"), 5);
        assert_eq!(piece_bytes(&"x".repeat(MAX_TEXT_BYTES + 1)), MAX_TEXT_BYTES);
        assert_eq!(piece_bytes(&format!("{}ü", "x".repeat(MAX_TEXT_BYTES - 1))), MAX_TEXT_BYTES - 1);
    }

    #[test]
    fn the_longest_notice_is_one_that_postgresql_takes() {
        let id = crate::random::id("m_");
        let text = "x".repeat(MAX_TEXT_BYTES);
        assert!(Notice::Text(usize::MAX, &text).write(&id).len() <= MAX_NOTICE_BYTES);
    }
}
