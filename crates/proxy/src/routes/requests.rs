//! The bodies of requests, read as the wire's types: those that OpenAPI shows, and no field beside theirs.

use axum::http::StatusCode;
use candor_protocol::cause::known;
use candor_protocol::wire::{
    ChatTurn, ConversationChange, NewConversation, NewMessage, NewReply, NewVisitor, Role,
};
use serde_json::Value;

use super::body::{Fields, FromFields, invalid_request};
use super::problem::ApiProblem;

impl FromFields for NewVisitor {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        Ok(Self { challenge: fields.text("challenge")?, code: fields.text("code")? })
    }
}

impl FromFields for NewConversation {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        Ok(Self { title: fields.text("title")? })
    }
}

impl FromFields for ConversationChange {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        Ok(Self { title: fields.text("title")?, unread: fields.flag("unread")? })
    }
}

impl FromFields for NewMessage {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        // Clients of other APIs send it along.
        if fields.text("role")?.is_some_and(|role| role != Role::User.name()) {
            return Err(ApiProblem::new(&known::invalid_request, StatusCode::BAD_REQUEST)
                .detail("A visitor writes as user; no other role is accepted."));
        }
        Ok(Self { content: content(fields)? })
    }
}

impl FromFields for NewReply {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        let messages =
            fields.list("messages")?.ok_or_else(|| invalid_request("The field messages is missing."))?;
        let turn = |value: Value| {
            Fields::of(value)
                .ok_or_else(|| invalid_request("Each of messages must be a JSON object."))?
                .read::<ChatTurn>()
        };
        Ok(Self { messages: messages.into_iter().map(turn).collect::<Result<_, _>>()? })
    }
}

impl FromFields for ChatTurn {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        let role = fields.text("role")?;
        let role =
            [Role::User, Role::Assistant].into_iter().find(|known| role.as_deref() == Some(known.name()));
        let role =
            role.ok_or_else(|| invalid_request("The role of each of messages must be user or assistant."))?;
        Ok(Self { role, content: content(fields)?, signature: fields.text("signature")? })
    }
}

fn content(fields: &mut Fields) -> Result<String, ApiProblem> {
    fields.text("content")?.ok_or_else(|| invalid_request("The field content is missing."))
}
