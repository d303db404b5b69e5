//! Everything that is kept of a visitor, as text for a file.

use candor_markdown::quotation;
use candor_protocol::wire::{Conversation, Message, Role};

use crate::json;
use crate::words::{self, Core, Export};

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
    pub fn file_name(self) -> String {
        match self {
            Self::Markdown => [Export::File.text(), ".md"].concat(),
            Self::Json => [Export::File.text(), ".json"].concat(),
        }
    }
}

/// A conversation with all its messages, oldest first.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The conversation.
    pub conversation: Conversation,
    /// Its messages.
    pub messages: Vec<Message>,
}

crate::record! { Exported { conversation "conversation", messages "messages" } }

/// The text in one of its forms.
pub fn write(form: Form, all: &Vec<Exported>) -> String {
    match form {
        Form::Json => json::to_string(all),
        Form::Markdown => all.iter().map(page).collect::<Vec<_>>().join("\n"),
    }
}

fn page(exported: &Exported) -> String {
    // Nobody who opens it fetches anything by what a model has written.
    let mut page =
        ["# ", Export::Conversation.text(), "\n\n", &quotation(&exported.conversation.title), "\n"].concat();
    for message in &exported.messages {
        let who = match message.role {
            Role::User => Core::You.text(),
            Role::Assistant => Core::Assistant.text(),
        };
        page += &["\n## ", who, "\n\n", &quotation(&message.content), "\n"].concat();
        if let Some(error) = &message.error {
            page += &["\n", &words::title(error), "\n"].concat();
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use candor_protocol::wire::MessageStatus;

    use super::*;

    fn all() -> Vec<Exported> {
        let message = |role, content: &str| Message {
            id: "m_1".to_owned(),
            role,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            created_at: 1,
            error: None,
            rating: None,
        };
        let conversation = Conversation {
            id: "c_1".to_owned(),
            title: "Seats".to_owned(),
            preview: String::new(),
            created_at: 1,
            updated_at: 2,
            unread: false,
        };
        let messages =
            vec![message(Role::User, "Which fits?"), message(Role::Assistant, "The **blue** one.")];
        vec![Exported { conversation, messages }]
    }

    #[test]
    fn a_page_reads_as_it_was_written() {
        let page = write(Form::Markdown, &all());
        assert_eq!(
            page,
            "# Conversation\n\n> Seats\n\n## You\n\n> Which fits?\n\n## Assistant\n\n> The **blue** one.\n"
        );
    }
}
