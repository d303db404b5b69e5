use candor::transport::storage::{BrowserStorage, Place};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::window;

/// Makes the named storages throw `SecurityError`, as they do where a browser denies them, until it is dropped.
struct Denied(Vec<(&'static str, JsValue)>);

fn deny(names: &[&'static str]) -> Denied {
    let window = window().unwrap();
    let throws = Function::new_no_args("throw new DOMException('denied', 'SecurityError')");
    let denied = names.iter().map(|name| {
        let before = Object::get_own_property_descriptor(&window, &(*name).into());
        let descriptor = Object::new();
        Reflect::set(&descriptor, &"get".into(), &throws).unwrap();
        Reflect::set(&descriptor, &"configurable".into(), &true.into()).unwrap();
        Object::define_property(&window, &(*name).into(), &descriptor);
        (*name, before)
    });
    Denied(denied.collect())
}

impl Drop for Denied {
    fn drop(&mut self) {
        for (name, before) in &self.0 {
            Object::define_property(&window().unwrap(), &(*name).into(), before.unchecked_ref());
        }
    }
}

#[wasm_bindgen_test]
fn local_storage_is_the_first_choice_and_survives_the_page() {
    let memory = BrowserStorage::new("https://proxy.example/a");
    memory.keep_token("ct_0a1b");
    assert_eq!(memory.place(), Place::Local);
    assert_eq!(BrowserStorage::new("https://proxy.example/a").token().as_deref(), Some("ct_0a1b"));
    assert_eq!(
        BrowserStorage::new("https://proxy.example/b").token(),
        None,
        "two chats on one site stay apart"
    );
    memory.forget_token();
    assert_eq!(BrowserStorage::new("https://proxy.example/a").token(), None);
}

#[wasm_bindgen_test]
fn session_storage_serves_where_local_storage_is_denied() {
    let _denied = deny(&["localStorage"]);
    assert_eq!(BrowserStorage::new("https://proxy.example/c").place(), Place::Session);
}

#[wasm_bindgen_test]
fn without_any_storage_the_page_remembers() {
    let _denied = deny(&["localStorage", "sessionStorage"]);
    let memory = BrowserStorage::new("https://proxy.example/d");
    assert_eq!(memory.place(), Place::Page);
    memory.keep_token("ct_0a1b");
    assert_eq!(memory.token().as_deref(), Some("ct_0a1b"));
}

#[wasm_bindgen_test]
fn what_somebody_else_wrote_there_is_no_token() {
    let storage = window().unwrap().local_storage().unwrap().unwrap();
    for strange in
        ["", "ct_", "ct_\u{20ac}", "ct_0a\r\nX-Evil: 1", "Bearer x", &format!("ct_{}", "a".repeat(500))]
    {
        storage.set_item("candor:token:https://proxy.example/e", strange).unwrap();
        assert_eq!(BrowserStorage::new("https://proxy.example/e").token(), None, "{strange:?}");
    }
    storage.remove_item("candor:token:https://proxy.example/e").unwrap();
}
