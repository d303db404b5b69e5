//! The signature under an answer that the visitor's browser keeps. The page sends the answer along with later questions, and by its
//! signature the proxy knows it again: what a page sends as the assistant's word is otherwise whatever somebody wrote.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;
use crate::random::hex;
use crate::store::VisitorId;

/// What is signed, so that nothing else that the secret may sign one day is taken for it.
const DOMAIN: &str = "candor answer 1";

/// Signs answers to one visitor.
#[derive(Clone, Debug)]
pub struct AnswerSigner(Hmac<Sha256>);

impl AnswerSigner {
    /// Signs answers to this visitor.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn new(secret: &Secret, visitor: &VisitorId) -> Self {
        let mac = Hmac::new_from_slice(secret.reveal().as_bytes()).expect("a key of any length");
        Self(mac).with(DOMAIN).with(visitor.as_str())
    }

    /// The signature under an answer to a question.
    pub fn sign(&self, question: &str, answer: &str) -> String {
        hex(&self.of(question, answer).finalize().into_bytes())
    }

    /// Whether this is the signature under that answer to that question. How long it takes tells nothing.
    pub fn verifies(&self, question: &str, answer: &str, signature: &str) -> bool {
        hex::decode(signature)
            .is_ok_and(|signature| self.of(question, answer).verify_slice(&signature).is_ok())
    }

    fn of(&self, question: &str, answer: &str) -> Hmac<Sha256> {
        // As it comes back: bodies are read without U+0000.
        self.clone().with(question).with(&answer.replace('\0', "")).0
    }

    /// With its length, so that no text can pass for the end of another.
    fn with(mut self, text: &str) -> Self {
        self.0.update(&(text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    async fn visitor(store: &Store) -> VisitorId {
        let token = store.create_visitor().await.unwrap().token;
        store.visitor(&token).await.unwrap().visitor
    }

    #[tokio::test]
    async fn an_answer_is_known_again_by_its_visitor_behind_its_question_alone() {
        let store = Store::in_memory().await.unwrap();
        let (one, other) = (visitor(&store).await, visitor(&store).await);
        let secret = store.answer_secret().await.unwrap();
        let signer = AnswerSigner::new(secret, &one);
        let signature = signer.sign("Which seat?", "The **red** one.");
        assert!(signer.verifies("Which seat?", "The **red** one.", &signature));
        assert!(AnswerSigner::new(secret, &one).verifies("Which seat?", "The **red** one.", &signature));
        for (question, answer) in [
            ("Which seat?", "The **blue** one."),
            ("Which bell?", "The **red** one."),
            ("Which seat?T", "he **red** one."),
            ("Which seat", "?The **red** one."),
        ] {
            assert!(!signer.verifies(question, answer, &signature), "{question} {answer}");
        }
        assert!(!AnswerSigner::new(secret, &other).verifies("Which seat?", "The **red** one.", &signature));
        let foreign = AnswerSigner::new(&"another secret".into(), &one);
        assert!(!foreign.verifies("Which seat?", "The **red** one.", &signature));
        for wrong in ["", "00", &signature[..62], &format!("{signature}00"), "no hexadecimal digits"] {
            assert!(!signer.verifies("Which seat?", "The **red** one.", wrong), "{wrong}");
        }
    }

    #[tokio::test]
    async fn what_a_body_is_read_without_is_not_signed() {
        let store = Store::in_memory().await.unwrap();
        let signer = AnswerSigner::new(store.answer_secret().await.unwrap(), &visitor(&store).await);
        assert!(signer.verifies("Which?", "This.", &signer.sign("Which?", "Th\0is.")));
    }
}
