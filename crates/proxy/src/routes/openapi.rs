//! `GET openapi.json`: the wire for programs, made from the handlers and the wire's own types.

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use candor_protocol::MOUNT;
use candor_protocol::problem::{self, Problem};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Server};
use utoipa::{OpenApi, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// What the handlers cannot say of themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Candor",
        description = "What the widget and the proxy say to each other. Events and bounds are described in docs/protocol.md."
    ),
    security(("visitor" = []))
)]
struct Wire;

/// A router that gathers the description of its routes.
pub fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Wire::openapi())
}

/// The router with one more route, which serves the description of the others.
pub fn publish(router: OpenApiRouter<App>) -> axum::Router<App> {
    let (router, mut description) = router.split_for_parts();
    description.servers = Some(vec![Server::new(MOUNT)]);
    let components = description.components.get_or_insert_default();
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.add_security_scheme(
        "visitor",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components.add_security_scheme(
        "owner",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let refusal = ResponseBuilder::new()
        .description("A refusal, with its cause and the next step")
        .content(problem::CONTENT_TYPE, problem)
        .build();
    components.responses.insert(REFUSAL.to_owned(), refusal.into());
    for (path, item) in &mut description.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        let operations = operations.into_iter().flatten();
        for operation in operations {
            for response in operation.responses.responses.values_mut() {
                // Events are no JSON; docs/protocol.md describes them.
                if let RefOr::T(response) = response
                    && let Some(RefOr::T(events)) = response.content.get_mut(EVENTS)
                {
                    events.schema = None;
                }
            }
            // Handlers of several addresses have one name, and a name must be one operation's.
            operation.operation_id = None;
            for status in refusals(path, operation) {
                let refusal = Ref::from_response_name(REFUSAL);
                operation.responses.responses.insert(status.to_string(), refusal.into());
            }
        }
    }
    // Every part of it serialises: it is made of texts and maps with text keys.
    let json: bytes::Bytes = serde_json::to_vec(&description).unwrap_or_default().into();
    router.route("/openapi.json", get(move |_: Request| async move { document(json) }))
}

/// The type of a stream of server-sent events.
const EVENTS: &str = "text/event-stream";

/// What every refusal is called among the components.
const REFUSAL: &str = "Refusal";

/// The statuses by which an operation can refuse.
fn refusals(path: &str, operation: &Operation) -> BTreeSet<u16> {
    // A page that may not, a limit, a database that is away.
    let mut statuses = BTreeSet::from([403, 429, 503]);
    if operation.security != Some(vec![SecurityRequirement::default()]) {
        // Nobody's token; and a proxy that keeps nothing.
        statuses.extend([401, 409]);
    }
    if path.contains('{') {
        statuses.insert(404);
    }
    if operation.parameters.is_some() {
        statuses.insert(422);
    }
    if operation.request_body.is_some() {
        // A code for another device is in a body.
        statuses.extend([400, 404, 408, 413, 415, 422]);
    }
    let is_reply = operation.responses.responses.values().any(|response| match response {
        RefOr::T(response) => response.content.contains_key(EVENTS),
        RefOr::Ref(_) => false,
    });
    if is_reply {
        // What the provider failed with, where the reply is wanted as JSON.
        statuses.extend([502, 504]);
    }
    statuses
}

fn document(json: bytes::Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}
