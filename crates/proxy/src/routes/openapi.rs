//! `GET openapi.json`: the wire for programs, made from the handlers and the wire's own types.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use candor_protocol::MOUNT;
use candor_protocol::problem::{self, Problem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder, Server};
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
    for item in description.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten();
        for operation in operations {
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
            operation.responses.responses.insert(
                "default".to_owned(),
                ResponseBuilder::new()
                    .description("A refusal, with its cause and the next step")
                    .content(problem::CONTENT_TYPE, problem)
                    .build()
                    .into(),
            );
        }
    }
    // Every part of it serialises: it is made of texts and maps with text keys.
    let json: bytes::Bytes = serde_json::to_vec(&description).unwrap_or_default().into();
    router.route("/openapi.json", get(move |_: Request| async move { document(json) }))
}

fn document(json: bytes::Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}
