//! Everything that is kept of the visitor, as a file.

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::Message;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::Session;
use super::state::Action;
use crate::history::export::{self, Exported, Form};
use crate::transport::client::Client;
use crate::transport::{archive, save};

/// Fetches it, and offers it as a file, or tells that it could not be had.
pub fn offer(session: Session, form: Form, on_failed: Callback<()>) {
    spawn_local(async move {
        match gather(session.client()).await {
            Ok(all) => save::download(&form.file_name(), &export::write(form, &all)),
            Err(problem) => {
                session.dispatch(Action::Failed(problem));
                on_failed.emit(());
            }
        }
    });
}

/// Every conversation of the visitor with its messages, newest first.
async fn gather(client: &Rc<Client>) -> Result<Vec<Exported>, Problem> {
    let (mut all, mut next) = (Vec::new(), None::<String>);
    let archive = archive::latest(client).await?;
    loop {
        let page = Rc::clone(&archive).conversations(String::new(), next).await?;
        for conversation in page.conversations {
            let messages = every_message(client, &conversation.id).await?;
            all.push(Exported { conversation, messages });
        }
        next = page.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// All messages of a conversation, oldest first, page by page from the latest.
async fn every_message(client: &Client, id: &str) -> Result<Vec<Message>, Problem> {
    let archive = archive::of(client, id).await?;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let mut page = Rc::clone(&archive).messages(id.to_owned(), before).await?;
        page.messages.append(&mut all);
        all = page.messages;
        before = page.next;
        if before.is_none() {
            return Ok(all);
        }
    }
}
