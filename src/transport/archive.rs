//! Conversations beside chatting in them, which every part behind a door asks for: the proxy's, or the browser's where that is who keeps them.

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{Conversation, ConversationChange, Conversations, Messages};

use crate::json;
use crate::transport::client::Client;
use crate::transport::proxy::{Proxy, messages_path};
use crate::transport::request::{Method, interpreted};
use crate::transport::{Archive, Later};

/// Whoever keeps this conversation.
///
/// # Errors
/// As [`Client::backend`].
pub async fn of(client: &Client, conversation: &str) -> Result<Rc<dyn Archive>, Problem> {
    archive(client, Some(conversation)).await
}

/// Whoever keeps what begins now.
///
/// # Errors
/// As [`Client::backend`].
pub async fn latest(client: &Client) -> Result<Rc<dyn Archive>, Problem> {
    archive(client, None).await
}

async fn archive(client: &Client, conversation: Option<&str>) -> Result<Rc<dyn Archive>, Problem> {
    Ok(match client.backend(conversation).await?.local() {
        Some(local) => local,
        None => Rc::new(ProxyArchive(Rc::clone(client.proxy()))),
    })
}

/// Deletes the visitor with everything that they wrote and were told; whoever writes next is somebody new.
///
/// # Errors
/// As every request.
pub async fn delete_everything(client: &Client) -> Result<(), Problem> {
    let storage = client.storage();
    if storage.token().is_some() {
        client.proxy().send(Method::Delete, "/visitors", "").await?;
    }
    // What the browser has kept in an earlier time goes as well.
    let local = client.local().await?;
    local.end_recordings();
    local.clear().await?;
    storage.forget_token();
    storage.keep_conversation(None);
    storage.keep_consent(None);
    storage.dequeue(|_| true);
    Ok(())
}

/// The conversations that a proxy keeps.
struct ProxyArchive(Rc<Proxy>);

impl Archive for ProxyArchive {
    fn conversations(
        self: Rc<Self>,
        search: String,
        before: Option<String>,
    ) -> Later<Result<Conversations, Problem>> {
        Box::pin(async move {
            let given = [("search", search), ("before", before.unwrap_or_default())];
            let queries: Vec<_> = given
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| [name, "=", &String::from(js_sys::encode_uri_component(value))].concat())
                .collect();
            let sign = if queries.is_empty() { "" } else { "?" };
            let path = ["/conversations", sign, &queries.join("&")].concat();
            self.0.ask(Method::Get, &path, "").await
        })
    }

    fn messages(
        self: Rc<Self>,
        conversation: String,
        before: Option<String>,
    ) -> Later<Result<Messages, Problem>> {
        Box::pin(async move {
            let mut path = messages_path(&conversation);
            if let Some(before) = before {
                path.push_str("?before=");
                path.push_str(&String::from(js_sys::encode_uri_component(&before)));
            }
            let mut page: Messages = self.0.ask(Method::Get, &path, "").await?;
            for message in &mut page.messages {
                if let Some(problem) = message.error.take() {
                    message.error = Some(interpreted(problem).await);
                }
            }
            Ok(page)
        })
    }

    fn change(
        self: Rc<Self>,
        conversation: String,
        change: ConversationChange,
    ) -> Later<Result<Conversation, Problem>> {
        Box::pin(async move {
            let path = ["/conversations/", &conversation].concat();
            self.0.ask(Method::Patch, &path, &json::to_string(&change)).await
        })
    }

    fn delete(self: Rc<Self>, conversation: String) -> Later<Result<(), Problem>> {
        Box::pin(async move {
            let path = ["/conversations/", &conversation].concat();
            self.0.send(Method::Delete, &path, "").await.map(drop)
        })
    }
}
