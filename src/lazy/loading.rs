//! What the splitter's macro has a door do until its chunks are here. The splitter brings the like, in 2 kB more of
//! WebAssembly: the chunk loader `www/chunks.js` sees to it already that a chunk is fetched once, whoever waits for it, and
//! again where that failed.

use std::cell::RefCell;

use js_sys::Function;

use crate::part::PartUnavailable;

/// A part's chunks could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitLoaderError;

impl From<SplitLoaderError> for PartUnavailable {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

thread_local! {
    /// Those who wait for a door: what resolves each one's promise.
    static WAITING: RefCell<Vec<Option<Function>>> = const { RefCell::new(Vec::new()) };
}

/// Somebody new waits. The number under which.
fn enlist(resolve: Function) -> usize {
    WAITING.with_borrow_mut(|waiting| {
        waiting.push(Some(resolve));
        waiting.len() - 1
    })
}

/// Under the names that the macro has for it.
pub mod rt {
    use std::ffi::c_void;
    use std::pin::Pin;

    use js_sys::Promise;
    use wasm_bindgen::JsValue;
    use wasm_bindgen_futures::JsFuture;

    use super::{SplitLoaderError, WAITING, enlist};

    /// What the chunk loader calls back with the data that it was given, and whether the chunks are here.
    pub type LoadCallbackFn = extern "C" fn(*const c_void, bool);
    /// A function of the chunk loader's.
    pub type LoadFn = unsafe extern "C" fn(LoadCallbackFn, *const c_void);

    /// A door of the chunk loader's.
    pub struct LazySplitLoader {
        load: LoadFn,
    }

    impl LazySplitLoader {
        /// # Safety
        /// `load` calls back with the data that it was given, which it does not read.
        #[expect(unsafe_code, reason = "the macro writes so")]
        pub const unsafe fn new(load: LoadFn) -> Self {
            Self { load }
        }
    }

    /// Has the chunks fetched, where they are not here.
    ///
    /// # Errors
    /// Where they cannot be fetched.
    pub async fn ensure_loaded(loader: Pin<&'static LazySplitLoader>) -> Result<(), SplitLoaderError> {
        let load = loader.load;
        let promise = Promise::new(&mut |resolve, _| {
            let number = std::ptr::without_provenance(enlist(resolve));
            #[expect(unsafe_code, reason = "a function of JavaScript’s, which reads no memory of ours")]
            // SAFETY: see `LazySplitLoader::new`; the data is a number and no address.
            unsafe {
                load(opened, number);
            }
        });
        match JsFuture::from(promise).await {
            Ok(is_here) if is_here.is_truthy() => Ok(()),
            _ => Err(SplitLoaderError),
        }
    }

    extern "C" fn opened(number: *const c_void, is_here: bool) {
        let resolve =
            WAITING.with_borrow_mut(|waiting| waiting.get_mut(number.addr()).and_then(Option::take));
        if let Some(resolve) = resolve {
            // A promise's own function, which does not throw.
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::from_bool(is_here));
        }
    }
}
