//! The `candor` command: reads the settings and starts what was asked for.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use candor_proxy::App;
use candor_proxy::commands::serve::serve;
use candor_proxy::commands::{archive, causes, check, errors, explain};
use candor_proxy::config::Settings;
use candor_proxy::store::Store;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// A chat proxy that says plainly what went wrong.
#[derive(Parser)]
#[command(name = "candor", version)]
struct Arguments {
    /// A TOML file with the settings; ./candor.toml is read where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the chat and the widget.
    Serve,
    /// Check the chain from the settings to the model.
    Check {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Explain replies, or a message that somebody pasted, read from standard input.
    Explain {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print the catalogue of causes as Markdown.
    Causes,
    /// Copy a SQLite database into a new file, while the proxy runs.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Print every conversation as JSON, one a line.
    Export {
        /// Write a Markdown file for each into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        markdown: Option<PathBuf>,
    },
    /// Delete old conversations.
    Purge {
        /// How long ago the last message was, such as 30d.
        #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
        older_than: Duration,
    },
    /// List the errors of a running proxy, as its owner.
    Errors {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// The command did what it does, and found a failure.
const FAILED: u8 = 1;
/// The settings cannot be used.
const SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Explaining needs no settings, so wrong ones do not keep anybody from it.
    if let Command::Explain { json } = arguments.command {
        return match explain::explain(io::stdin().lock(), json, &mut io::stdout().lock()) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => {
                let nothing =
                    "There is nothing to explain. Give a reply or a pasted message on standard input.";
                complain(&io::Error::other(nothing), FAILED)
            }
            Err(error) => complain(&error, FAILED),
        };
    }
    if let Command::Causes = arguments.command {
        return match causes::causes(&mut io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error, FAILED),
        };
    }
    let settings = match Settings::load(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(error) => return complain(&error, SETTINGS),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&settings.log))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let result = tokio::runtime::Runtime::new().map_err(Box::<dyn Error>::from).and_then(|runtime| {
        runtime.block_on(async {
            match arguments.command {
                Command::Check { json } => {
                    let app = App::new(settings, Store::in_memory().await?)?;
                    return Ok(check::check(&app, json, &mut io::stdout()).await?);
                }
                Command::Errors { json } => errors::errors(&settings, json, &mut io::stdout()).await?,
                Command::Backup { file } => archive::backup(&settings, &file, &mut io::stdout()).await?,
                Command::Export { markdown } => {
                    let out = &mut io::BufWriter::new(io::stdout());
                    archive::export(&settings, markdown.as_deref(), out).await?;
                }
                Command::Purge { older_than } => {
                    archive::purge(&settings, older_than, &mut io::stdout()).await?;
                }
                Command::Serve | Command::Explain { .. } | Command::Causes => serve(settings).await?,
            }
            Ok(true)
        })
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => complain(error.as_ref(), FAILED),
    }
}

/// Says in one line what is wrong.
fn complain(error: &dyn Error, code: u8) -> ExitCode {
    // Where not even stderr can be written to, the code has to say it.
    let _ = writeln!(io::stderr(), "candor: {error}");
    ExitCode::from(code)
}
