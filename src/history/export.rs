//! Everything that is kept of a visitor, as text for a file.

use candor_protocol::wire::{Conversation, Message, Role};
use serde::Serialize;

/// The forms of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For reading.
    Markdown,
    /// For programs: an array of `{conversation, messages}`.
    Json,
}

impl Form {
    /// The file's name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Markdown => "conversations.md",
            Self::Json => "conversations.json",
        }
    }
}

#[derive(Serialize)]
struct Exported<'a> {
    conversation: &'a Conversation,
    messages: &'a [Message],
}

/// The text in one of its forms.
pub fn write(form: Form, all: &[(Conversation, Vec<Message>)]) -> String {
    match form {
        Form::Json => {
            let all: Vec<_> =
                all.iter().map(|(conversation, messages)| Exported { conversation, messages }).collect();
            serde_json::to_string(&all).unwrap_or_default()
        }
        Form::Markdown => all.iter().map(page).collect::<Vec<_>>().join("\n"),
    }
}

fn page((conversation, messages): &(Conversation, Vec<Message>)) -> String {
    let mut page = format!("# {}\n", conversation.title);
    for message in messages {
        let who = match message.role {
            Role::User => "You",
            Role::Assistant => "Assistant",
        };
        page += &format!("\n## {who}\n\n{}\n", message.content.trim_end());
        if let Some(error) = &message.error {
            page += &format!("\n> {}\n", error.title);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use candor_protocol::wire::MessageStatus;

    use super::*;

    fn all() -> Vec<(Conversation, Vec<Message>)> {
        let message = |role, content: &str| Message {
            id: "m_1".to_owned(),
            role,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            created_at: 1,
            error: None,
        };
        let conversation = Conversation {
            id: "c_1".to_owned(),
            title: "Seats".to_owned(),
            preview: String::new(),
            created_at: 1,
            updated_at: 2,
            unread: false,
        };
        vec![(
            conversation,
            vec![message(Role::User, "Which fits?"), message(Role::Assistant, "The **blue** one.")],
        )]
    }

    #[test]
    fn a_page_reads_as_it_was_written() {
        let page = write(Form::Markdown, &all());
        assert_eq!(page, "# Seats\n\n## You\n\nWhich fits?\n\n## Assistant\n\nThe **blue** one.\n");
    }

    #[test]
    fn json_has_each_conversation_with_its_messages() {
        let read: serde_json::Value = serde_json::from_str(&write(Form::Json, &all())).unwrap();
        assert_eq!(read[0]["conversation"]["id"], "c_1");
        assert_eq!(read[0]["messages"][1]["content"], "The **blue** one.");
    }
}
