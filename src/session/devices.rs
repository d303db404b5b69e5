//! Going on with the same conversations on another device.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{LinkCode, NewVisitor, Visitor};
use wasm_bindgen_futures::spawn_local;

use super::Session;
use super::state::Devices;
use super::state::history::HistoryAction;
use crate::json;
use crate::transport::Later;
use crate::transport::request::Method;

impl Session {
    /// Asks for a code that brings another device here.
    pub fn make_code(&self) {
        let session = self.clone();
        self.change_devices(Box::pin(async move {
            let code: LinkCode = session.client().proxy().ask(Method::Post, "/visitors/code", "").await?;
            Ok(Devices::Code(code))
        }));
    }

    /// Brings this device to the conversations of the one that has shown this code. What was written here so far moves along.
    pub fn link(&self, code: String) {
        let session = self.clone();
        self.change_devices(Box::pin(async move {
            let (proxy, storage) = (session.client().proxy(), session.client().storage());
            let body = json::to_string(&NewVisitor { challenge: None, code: Some(code) });
            let request = proxy.request(Method::Post, "/visitors").body(body);
            let request = match storage.token() {
                Some(token) => proxy.authorised(request, &token),
                None => request,
            };
            let visitor: Visitor = request.send().await?.json().await?;
            storage.keep_token(&visitor.token);
            session.tell_changed();
            session.list_conversations();
            Ok(Devices::Linked)
        }));
    }

    /// Signs this visitor's other devices out.
    pub fn end_others(&self) {
        let session = self.clone();
        self.change_devices(Box::pin(async move {
            session.client().proxy().send(Method::Delete, "/visitors/others", "").await?;
            Ok(Devices::OthersSignedOut)
        }));
    }

    fn change_devices(&self, changed: Later<Result<Devices, Problem>>) {
        let session = self.clone();
        self.dispatch(HistoryAction::DevicesChanged(Devices::Waiting));
        spawn_local(async move {
            let devices = changed.await.unwrap_or_else(Devices::Refused);
            session.dispatch(HistoryAction::DevicesChanged(devices));
        });
    }
}
