//! The `candor` command: reads the settings and starts what was asked for.

mod widget;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::commands::serve::{Export, serve};
use candor_proxy::commands::{archive, causes, check, errors, explain, owners};
use candor_proxy::config::{LogFormat, Settings};
use candor_proxy::panics;
use candor_proxy::store::Store;
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

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
    /// Say who may sign in as an owner beside the one of the settings.
    Owners {
        #[command(subcommand)]
        change: Owners,
    },
    /// List what owners did: sign-ins from new addresses, settings, exports, erasures.
    Audit {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// List the errors of a running proxy, as its owner.
    Errors {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum Owners {
    /// Add an owner and print the token.
    Add {
        /// What the owner is called in the audit log.
        name: String,
    },
    /// End an owner’s token.
    Revoke {
        /// The owner.
        name: String,
    },
    /// List the owners.
    List,
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
    match start(arguments.command, settings) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => complain(error.as_ref(), FAILED),
    }
}

/// Does what was asked for, with a log, and while it serves with traces where they are set. Whether no failure was found.
fn start(command: Command, settings: Settings) -> Result<bool, Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let traces = settings.traces.as_ref().filter(|_| matches!(command, Command::Serve));
    let export = traces.map(|traces| Export::start(traces, runtime.handle().clone())).transpose()?;
    let mut layers = vec![log(&settings)];
    layers.extend(export.as_ref().map(Export::layer));
    tracing_subscriber::registry().with(layers).init();
    panics::log();
    let result = runtime.block_on(run(command, settings));
    if let Some(export) = export {
        export.shutdown();
    }
    result
}

/// The log, in which no line tells of the spans that it stands in: these are for the traces.
fn log(settings: &Settings) -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let filter = EnvFilter::new(&settings.log).and(filter_fn(|metadata| metadata.is_event()));
    match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    }
}

async fn run(command: Command, settings: Settings) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Check { json } => {
            let app = App::new(settings, Store::in_memory().await?, Assets::default())?;
            return Ok(check::check(&app, json, &mut io::stdout()).await?);
        }
        Command::Errors { json } => errors::errors(&settings, json, &mut io::stdout()).await?,
        Command::Backup { file } => archive::backup(&settings, &file, &mut io::stdout()).await?,
        Command::Export { markdown } => {
            let out = &mut io::BufWriter::new(io::stdout());
            archive::export(&settings, markdown.as_deref(), out).await?;
        }
        Command::Purge { older_than } => archive::purge(&settings, older_than, &mut io::stdout()).await?,
        Command::Owners { change } => match change {
            Owners::Add { name } => owners::add(&settings, &name, &mut io::stdout()).await?,
            Owners::Revoke { name } => owners::revoke(&settings, &name, &mut io::stdout()).await?,
            Owners::List => owners::list(&settings, &mut io::stdout()).await?,
        },
        Command::Audit { json } => owners::audit(&settings, json, &mut io::stdout()).await?,
        Command::Serve | Command::Explain { .. } | Command::Causes => {
            serve(settings, widget::built_in()).await?
        }
    }
    Ok(true)
}

/// Says in one line what is wrong.
fn complain(error: &dyn Error, code: u8) -> ExitCode {
    // Where not even stderr can be written to, the code has to say it.
    let _ = writeln!(io::stderr(), "candor: {error}");
    ExitCode::from(code)
}
