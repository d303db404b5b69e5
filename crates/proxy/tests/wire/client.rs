//! A client of the app under test.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use candor_protocol::problem::Problem;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{Message, ReplyEvent};
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::Settings;
use candor_proxy::provider::demo::Demo;
use candor_proxy::routes::app;
use candor_proxy::store::Store;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::database;
use crate::emitted::record;

/// The settings that these variables make.
pub fn settings(variables: &[(&str, &str)]) -> Settings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_sources(None, variables).unwrap()
}

/// An app with the demo provider, an empty store and these assets.
pub async fn router(variables: &[(&str, &str)], assets: Assets) -> Router {
    app(App::with(settings(variables), Arc::new(Demo), database::store().await, assets))
}

/// A visitor of an app.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
    address: Option<SocketAddr>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The problem, which must be sent as RFC 9457 has it.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        problem
    }

    /// The ids and events of a stream.
    pub fn events(&self) -> Vec<(String, ReplyEvent)> {
        assert_eq!(self.header("content-type"), "text/event-stream", "{}", self.body);
        let events = Decoder::default().push(self.body.as_bytes()).unwrap().into_iter();
        events
            .map(|event| (event.id.unwrap(), ReplyEvent::read(&event.name, &event.data).unwrap().unwrap()))
            .collect()
    }

    /// The text that a stream's deltas make.
    pub fn text(&self) -> String {
        let deltas = self.events().into_iter().filter_map(|(_, event)| match event {
            ReplyEvent::Delta(delta) => Some(delta.content),
            _ => None,
        });
        deltas.collect()
    }

    /// The visitor's message that a stream's start has.
    pub fn message(&self) -> Message {
        match self.events().into_iter().next().unwrap().1 {
            ReplyEvent::Start(start) => start.message,
            other => panic!("{other:?}"),
        }
    }

    /// The signature that a stream ends with.
    pub fn signature(&self) -> Option<String> {
        let event = Decoder::default().push(self.body.as_bytes()).unwrap().pop().unwrap();
        let data: Value = serde_json::from_str(&event.data).unwrap();
        data["signature"].as_str().map(str::to_owned)
    }

    /// The event that a stream ends with.
    pub fn last(&self) -> ReplyEvent {
        self.events().pop().unwrap().1
    }
}

impl Client {
    /// A stranger to an app with these settings and the demo provider.
    pub async fn stranger(variables: &[(&str, &str)]) -> Self {
        Self { router: router(variables, Assets::default()).await, token: None, address: None }
    }

    /// A stranger to an app with the demo provider and this store.
    pub async fn of(store: Store) -> Self {
        Self::of_app(App::with(settings(&[]), Arc::new(Demo), store, Assets::default()))
    }

    /// A stranger to this app.
    pub fn of_app(app: App) -> Self {
        Self { router: candor_proxy::routes::app(app), token: None, address: None }
    }

    /// The visitor's token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A visitor of an app with these settings.
    pub async fn visitor(variables: &[(&str, &str)]) -> Self {
        Self::stranger(variables).await.another().await
    }

    /// A visitor of an app with the provider that these settings name.
    pub async fn visitor_of_real(variables: &[(&str, &str)]) -> Self {
        let app = App::new(settings(variables), database::store().await, Assets::default()).unwrap();
        Self { router: candor_proxy::routes::app(app), token: None, address: None }.another().await
    }

    /// Another visitor of the same app.
    pub async fn another(&self) -> Self {
        let stranger = Self { token: None, ..self.clone() };
        let token = stranger.post("/visitors", "{}").await.json()["token"].as_str().unwrap().to_owned();
        Self { token: Some(token), ..stranger }
    }

    /// The same app with another token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The same from this address.
    pub fn at(&self, address: &str) -> Self {
        Self { address: Some(SocketAddr::new(address.parse().unwrap(), 50_000)), ..self.clone() }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let response = self.respond(method, path, headers, body.into()).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        record(&format!("{path} {} {:?}\n{body}\n", parts.status, parts.headers));
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends what is answered by a reply's stream, reads its first event and leaves. Gives the reply's id.
    pub async fn begin(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> String {
        let mut body = self.respond(method, path, headers, body.into()).await.into_body();
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let events = Decoder::default().push(&first).unwrap();
        events[0].id.as_ref().unwrap().split_once(':').unwrap().0.to_owned()
    }

    /// What is answered, while it comes.
    pub async fn respond(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(format!("/candor/v1{path}"));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, json: &str) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], json.to_owned()).await
    }

    pub async fn patch(&self, path: &str, json: &str) -> Answer {
        self.send(Method::PATCH, path, &[("content-type", "application/json")], json.to_owned()).await
    }

    /// Begins a conversation and returns its address.
    pub async fn conversation(&self) -> String {
        let answer = self.post("/conversations", "{}").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        format!("/conversations/{}", answer.json()["id"].as_str().unwrap())
    }

    /// Says something in a conversation, with these headers, and reads the reply's stream to its end.
    pub async fn say(&self, conversation: &str, content: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let body = serde_json::json!({ "content": content }).to_string();
        self.send(Method::POST, &format!("{conversation}/messages"), &headers, body).await
    }

    /// The conversation's messages.
    pub async fn messages(&self, conversation: &str) -> Vec<Message> {
        let answer = self.get(&format!("{conversation}/messages")).await;
        serde_json::from_value(answer.json()["messages"].clone()).unwrap()
    }
}
