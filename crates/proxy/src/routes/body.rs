//! JSON bodies: bounded, and read field by field, so that each refusal names what is wrong; and the key that makes sending
//! one twice harmless.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use candor_protocol::cause::known;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::problem::{ApiProblem, too_much_at_once};
use crate::App;
use crate::access::bodies::BodyMemory;

/// The most bytes that a body may have.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A body that is a JSON object. No body at all counts as `{}`.
pub struct Fields(Map<String, Value>);

impl FromRequest<App> for Fields {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiProblem> {
        let (parts, body) = request.into_parts();
        let announced =
            parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: usize| length > MAX_BODY_BYTES) {
            return Err(too_large());
        }
        let mut memory = app.bodies.body();
        let bytes = timeout(app.settings.body_timeout, read(body, &mut memory)).await.map_err(|_| {
            ApiProblem::new(&known::invalid_request, StatusCode::REQUEST_TIMEOUT)
                .detail("Your message is kept. The request took too long to arrive.")
        })??;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        if !is_json(&parts.headers) {
            return Err(ApiProblem::new(&known::invalid_request, StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .detail("The body must be sent with Content-Type: application/json."));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(invalid_request("The body must be a JSON object.")),
            Err(error) => Err(invalid_json(&format!("line {}, column {}", error.line(), error.column()))),
        }
    }
}

/// All of a body, as far as there is room for it.
async fn read(body: Body, memory: &mut BodyMemory) -> Result<Vec<u8>, ApiProblem> {
    let mut bytes = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| invalid_json("the body broke off"))?;
        if bytes.len() + piece.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        if !memory.grow(piece.len()) {
            return Err(too_much_at_once());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What a body is read as: a type of the wire that OpenAPI shows.
pub trait FromFields: ToSchema + Sized {
    /// Takes each of the type's fields out.
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem>;
}

impl Fields {
    /// Reads all of the body, and refuses a field that the type does not have.
    pub fn read<T: FromFields>(mut self) -> Result<T, ApiProblem> {
        let read = T::from_fields(&mut self)?;
        self.nothing_else()?;
        Ok(read)
    }

    /// Takes a text out, without U+0000, which PostgreSQL does not keep. `None` where the field is absent.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, ApiProblem> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.replace('\0', ""))),
            Some(_) => Err(invalid_request(format!("The field {name} must be a text."))),
        }
    }

    /// Takes a yes or no out. `None` where the field is absent.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, ApiProblem> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(invalid_request(format!("The field {name} must be true or false."))),
        }
    }

    /// Takes a list out. `None` where the field is absent.
    pub fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, ApiProblem> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(invalid_request(format!("The field {name} must be a list."))),
        }
    }

    /// The fields of an object inside the body.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    /// Refuses whatever is left.
    pub fn nothing_else(self) -> Result<(), ApiProblem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(60).collect();
                Err(invalid_request(format!("The field {name} is not known here.")))
            }
        }
    }
}

/// A refusal of well-formed JSON that says something wrong.
pub fn invalid_request(detail: impl Into<String>) -> ApiProblem {
    ApiProblem::new(&known::invalid_request, StatusCode::UNPROCESSABLE_ENTITY).detail(detail)
}

/// A refusal of too much.
pub fn too_large() -> ApiProblem {
    ApiProblem::new(&known::body_too_large, StatusCode::PAYLOAD_TOO_LARGE)
}

fn invalid_json(place: &str) -> ApiProblem {
    ApiProblem::new(&known::invalid_json, StatusCode::BAD_REQUEST)
        .detail(format!("Its body is not the JSON that this address expects ({place})."))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The most characters of an idempotency key.
const MAX_KEY_CHARS: usize = 200;

/// The `Idempotency-Key`, by which a second sending is the same request.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiProblem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    key.to_str()
        .ok()
        .filter(|key| (1..=MAX_KEY_CHARS).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            invalid_request(format!(
                "The header Idempotency-Key must have 1 to {MAX_KEY_CHARS} ASCII characters."
            ))
        })
}
