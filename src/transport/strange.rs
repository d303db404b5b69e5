//! What strangers answer, read by what `candor_diagnosis` knows of them. Behind the door `reader`.

use candor_diagnosis::reader;
use candor_diagnosis::recognise::recognise;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, Link, known};
use candor_protocol::problem::Problem;
use web_sys::Headers;

use super::request::problem;

/// Reads the answer of something that is not our proxy: its status, headers and body.
pub fn strange(status: u16, headers: &Headers, body: Vec<u8>) -> Problem {
    let said = read(status, headers, &body);
    Problem { status, ..problem(stranger(&said)).with_upstream(said) }
}

/// Reads an answer as an API's error. Redacted.
pub fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let headers: Vec<_> = gloo_net::http::Headers::from_raw(headers.clone()).entries().collect();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    reader::read(status, headers, body)
}

/// What it means that something else answered in the proxy's place: what the site itself says, a firewall, a web server
/// that does not get through to the proxy, or anybody.
fn stranger(said: &ApiError) -> &'static Cause {
    let cause = recognise(said).cause;
    if cause.link == Link::Page {
        cause
    } else if [&known::challenge, &known::ip_blocked].contains(&cause) {
        &known::page_firewall
    } else if [&known::upstream_unavailable, &known::gateway_timeout].contains(&cause) {
        &known::unreachable_proxy
    } else if *cause == known::request_too_large {
        &known::body_too_large
    } else {
        &known::not_the_proxy
    }
}
