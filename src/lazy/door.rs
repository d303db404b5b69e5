//! What a door is made of.

/// A door into the part of this name, which gives a table that is there for good.
macro_rules! door {
    ($part:ident, $table:ty, $value:expr) => {
        thread_local! {
            static LOADED: std::cell::Cell<Option<&'static $table>> = const { std::cell::Cell::new(None) };
        }

        /// What stands behind the door, where it has been fetched.
        pub fn loaded() -> Option<&'static $table> {
            LOADED.get()
        }

        /// Fetches what stands behind the door, where it is not here yet.
        ///
        /// # Errors
        /// Where it cannot be fetched.
        pub fn load() -> $crate::transport::Later<Result<(), $crate::part::PartUnavailable>> {
            Box::pin(async {
                if loaded().is_none() {
                    LOADED.set(Some(open().await?));
                }
                Ok(())
            })
        }

        #[cfg(feature = "split")]
        #[wasm_split_macros::wasm_split($part, fallible, wasm_split_path = $crate::lazy::loading)]
        fn open() -> Result<&'static $table, $crate::part::PartUnavailable> {
            static TABLE: $table = $value;
            Ok(&TABLE)
        }

        #[cfg(not(feature = "split"))]
        async fn open() -> Result<&'static $table, $crate::part::PartUnavailable> {
            static TABLE: $table = $value;
            Ok(&TABLE)
        }
    };
}
pub(crate) use door;
