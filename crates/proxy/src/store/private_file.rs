//! Files that hold what visitors have said: nobody but the account that the proxy runs as may read them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Options that make a file which nobody else may read. One that is there keeps the rights that it has.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens a file, and makes it where it is missing.
///
/// # Errors
/// The system's.
pub fn open(path: &Path) -> io::Result<File> {
    options().create(true).truncate(false).open(path)
}

/// Makes a file that is not there yet.
///
/// # Errors
/// The system's; [`io::ErrorKind::AlreadyExists`] among them.
pub fn create(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Writes a file anew.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    options().create(true).truncate(true).open(path)?.write_all(text.as_bytes())
}

/// Makes a folder, with those that it lies in, where it is missing.
///
/// # Errors
/// The system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether other accounts of the machine may read a file, as one that was made by another program.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    const OTHERS: u32 = 0o077;
    let metadata = fs::metadata(path)?;
    Ok(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & OTHERS != 0)
}

/// The same where rights are none that this program reads.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_known_and_our_own_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("candor.db");
        create(&path).unwrap();
        assert!(!is_open_to_others(&path).unwrap());
        for rights in [0o644, 0o640, 0o604] {
            fs::set_permissions(&path, Permissions::from_mode(rights)).unwrap();
            assert!(is_open_to_others(&path).unwrap(), "{rights:o}");
        }
        assert!(is_open_to_others(&folder.path().join("nothing")).is_err());
    }
}
