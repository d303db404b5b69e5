use candor::transport::local::conversations::LocalConversations;
use candor::transport::local::store::{ConversationStore, KeptMessage};
use candor_protocol::wire::{Conversation, Message, MessageStatus, Role};
use futures_util::future::join;
use idb::Factory;
use wasm_bindgen_test::*;

fn said(id: &str, role: Role, content: &str) -> Message {
    Message {
        id: id.to_owned(),
        role,
        content: content.to_owned(),
        status: MessageStatus::Complete,
        created_at: 1,
        error: None,
        rating: None,
    }
}

fn replied(content: &str) -> KeptMessage {
    KeptMessage {
        message: said("m_2", Role::Assistant, content),
        reasoning: "A thought".to_owned(),
        signature: Some("0a1b".to_owned()),
    }
}

async fn kept(local: &LocalConversations, key: &str, words: &str) -> String {
    let id = local.begin(key).await.unwrap().id;
    let (message, reply) = (said("m_1", Role::User, words), replied("**Yes**."));
    local.keep(&id, 0, &message, &reply, true).await.unwrap();
    id
}

#[wasm_bindgen_test]
async fn what_is_kept_is_there_for_the_next_page_and_for_no_other_chat() {
    let endpoint = "https://store.example/one";
    let id = kept(&LocalConversations::new(ConversationStore::new(endpoint)), "k", "Which seat fits?").await;
    let next = LocalConversations::new(ConversationStore::new(endpoint));
    assert!(next.store().is_durable().await);
    let list = next.list("", None).await.unwrap().conversations;
    let [one] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!((one.title.as_str(), one.preview.as_str(), one.unread), ("Which seat fits?", "Yes.", true));
    let messages = next.messages(&id).await.unwrap();
    assert_eq!(messages.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["m_1", "m_2"]);
    let beside = async || {
        let kept = next.kept_messages(&id).await.unwrap().into_iter();
        kept.map(|kept| (kept.reasoning, kept.signature)).collect::<Vec<_>>()
    };
    let thought = "A thought".to_owned();
    assert_eq!(beside().await, [(String::new(), None), (thought.clone(), Some("0a1b".to_owned()))]);
    next.forget_signatures(&id).await.unwrap();
    assert_eq!(beside().await, [(String::new(), None), (thought, None)]);
    assert_eq!(next.begin("k").await.unwrap().id, id, "the same key is the same conversation");
    let other = LocalConversations::new(ConversationStore::new("https://store.example/two"));
    assert_eq!(other.list("", None).await.unwrap().conversations, Vec::<Conversation>::new());
    assert_eq!(other.messages(&id).await.unwrap_err().cause, "not_found");
}

#[wasm_bindgen_test]
async fn a_conversation_goes_with_its_messages_and_the_others_stay() {
    let local = LocalConversations::new(ConversationStore::new("https://store.example/three"));
    let (one, two) = (kept(&local, "1", "One").await, kept(&local, "12", "Two").await);
    local.change(&two, &mut |kept| kept.title = "Renamed".to_owned()).await.unwrap();
    local.store().delete(&one).await.unwrap();
    assert!(local.store().messages(&one).await.unwrap().is_empty());
    assert_eq!(local.messages(&two).await.unwrap().len(), 2);
    let found = |words: &'static str| {
        let local = &local;
        async move { local.list(words, None).await.unwrap().conversations.len() }
    };
    assert_eq!((found("renAMED").await, found("two").await, found("one").await), (1, 1, 0));
    // A reply that ends after its conversation was deleted does not bring it back.
    let (message, reply) = (said("m_1", Role::User, "One"), replied("Late"));
    assert!(local.keep(&one, 0, &message, &reply, false).await.is_err());
    local.store().clear().await.unwrap();
    assert_eq!(found("").await, 0);
}

#[wasm_bindgen_test]
async fn what_two_tabs_do_at_once_is_one_after_the_other() {
    let endpoint = "https://store.example/four";
    let (one, two) = (
        LocalConversations::new(ConversationStore::new(endpoint)),
        LocalConversations::new(ConversationStore::new(endpoint)),
    );
    let (message, reply) = (said("m_1", Role::User, "One"), replied("More"));
    for number in 0..20 {
        let id = kept(&one, &format!("{number}"), "One").await;
        kept(&two, &format!("{number}"), "One").await;
        let mut rename = |kept: &mut Conversation| kept.title = "Renamed".to_owned();
        let recording = two.keep(&id, 0, &message, &reply, false);
        let (recorded, renamed) = join(recording, one.change(&id, &mut rename)).await;
        assert!(renamed.is_ok() && recorded.is_ok());
        let found = one.store().conversation(&id).await.unwrap();
        assert_eq!((found.title.as_str(), found.preview.as_str()), ("Renamed", "More"));
        // Whichever of them was first, the conversation is gone.
        let (_, deleted) = join(two.keep(&id, 0, &message, &reply, false), one.store().delete(&id)).await;
        deleted.unwrap();
        assert_eq!(two.messages(&id).await.unwrap_err().cause, "not_found");
    }
    one.store().clear().await.unwrap();
}

#[wasm_bindgen_test]
async fn whoever_clears_the_browsers_storage_need_not_wait_and_the_chat_goes_on() {
    let endpoint = "https://store.example/five";
    let local = LocalConversations::new(ConversationStore::new(endpoint));
    kept(&local, "1", "One").await;
    Factory::new().unwrap().delete(&format!("candor:{endpoint}")).unwrap().await.unwrap();
    assert_eq!(local.list("", None).await.unwrap().conversations, Vec::<Conversation>::new());
    kept(&local, "2", "Two").await;
    assert!(local.store().is_durable().await);
    assert_eq!(
        LocalConversations::new(ConversationStore::new(endpoint))
            .list("", None)
            .await
            .unwrap()
            .conversations
            .len(),
        1
    );
}

#[wasm_bindgen_test]
async fn pages_of_many_have_no_gap() {
    let local = LocalConversations::new(ConversationStore::of_page());
    assert!(!local.store().is_durable().await);
    for number in 0..120 {
        kept(&local, &format!("{number}"), "Words").await;
    }
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let page = local.list("words", next.as_deref()).await.unwrap();
        ids.extend(page.conversations.into_iter().map(|one| one.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(ids.len(), 120);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 120);
}
