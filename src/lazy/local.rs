//! The door to conversations that the browser keeps, and to gateways. It is opened where a page or a proxy asks for it.

use crate::transport::client::OpenLocal;
use crate::transport::local;

super::door::door! { local, OpenLocal, local::open }
