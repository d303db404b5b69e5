//! The door to the reader of strange answers and the catalogue of causes. It is opened once such an answer came.

use candor_diagnosis::interpret::interpret;

use crate::transport::reader::Reader;
use crate::transport::strange::strange;

super::door::door! { reader, Reader, Reader { strange, interpret } }
