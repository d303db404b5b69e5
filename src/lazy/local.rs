//! The door to conversations that the browser keeps, and to gateways. It is opened where a page or a proxy asks for it.

use std::rc::Rc;

use crate::Settings;
use crate::transport::LocalBackend;
use crate::transport::local;
use crate::transport::proxy::Proxy;

/// Opens it.
pub type Open = fn(&Settings, &Rc<Proxy>) -> Rc<dyn LocalBackend>;

super::door! { local, Open, local::open }
