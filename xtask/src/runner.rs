//! Runs a test runner with its output passed through, recorded and counted.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::emitted::{self, Emitted};
use crate::error::{Error, Result};
use crate::process::{cannot_start, shown};
use crate::tally::Tally;

/// Runs a test runner and records what it prints. A runner that fails without naming a failed test, or that ran none, counts as one
/// failure.
pub fn run(command: &mut Command, emitted: &Emitted) -> Result<Tally> {
    println!("$ {}", shown(command));
    command.env(emitted::VARIABLE, emitted.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut told, complaints) = (emitted.output()?, emitted.output()?);
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let listener = child.stderr.take().map(|output| thread::spawn(move || pass_on(output, complaints)));
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        // Some runners print bytes that are no UTF-8; they are shown all the same.
        for line in BufReader::new(output).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            let _ = writeln!(told, "{line}");
            tally.read(&line);
        }
    }
    if let Some(listener) = listener {
        let _ = listener.join();
    }
    let status = child.wait().map_err(|error| {
        Error::new(format!("`{}` was lost: {error}.", shown(command)), "Run the command again.")
    })?;
    if !status.success() && tally.failed == 0 {
        println!("`{}` failed ({status}).", shown(command));
        tally.failed = 1;
    } else if status.success() && tally == Tally::default() {
        println!("`{}` ran no test.", shown(command));
        tally.failed = 1;
    }
    Ok(tally)
}

/// Shows what a program complains of as it comes, and records it.
fn pass_on(mut output: impl Read, mut record: File) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        let _ = std::io::stderr().write_all(&bytes[..count]);
        let _ = record.write_all(&bytes[..count]);
    }
}
