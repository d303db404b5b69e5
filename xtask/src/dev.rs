//! `cargo xtask dev`: Trunk, which rebuilds and reloads the widget at every change, and a proxy beside it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use crate::error::{Error, Result};
use crate::setup::{Toolbox, ensure};
use crate::supervisor::{End, Supervisor};
use crate::tools::{DEV, Id};
use crate::workspace::{Profile, Workspace};
use crate::{proxy, widget};

const COMPILER: &str = "See the compiler's words above.";
const OWN_WORDS: &str = "See its words above.";

/// Runs both until one ends or somebody ends this; then neither is left. `further` are arguments for `trunk serve`.
pub fn run(workspace: &Workspace, further: &[&str]) -> Result<()> {
    // Trunk itself would find out only when it has built the widget.
    if let Some(port) = port(workspace, further) {
        refuse_port_in_use(port)?;
    }
    let toolbox = ensure(&[DEV])?;
    let mut supervisor = Supervisor::new();
    supervisor.catch_signals()?;
    match serve(&mut supervisor, workspace, &toolbox, further) {
        Ok(()) | Err(End::Interrupted) => Ok(()),
        Err(End::Failed(error)) => Err(error),
    }
}

fn serve(
    supervisor: &mut Supervisor,
    workspace: &Workspace,
    toolbox: &Toolbox,
    further: &[&str],
) -> std::result::Result<(), End> {
    supervisor.run(&mut proxy::compilation(workspace, Profile::Start), COMPILER)?;
    supervisor.run(&mut widget::compilation_of_bindgen_programs(workspace), COMPILER)?;
    let origin = supervisor.start_until(&mut proxy::command(workspace), listens_on, OWN_WORDS)?;
    supervisor.start(&mut trunk(workspace, toolbox, &origin, further)?)?;
    supervisor.wait(OWN_WORDS)
}

/// The origin in the line by which the proxy says where it listens, whichever of its settings chose that.
fn listens_on(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("listens on http://")?;
    Some(format!("http://{}", rest.split('/').next()?))
}

/// `trunk serve`, which hands the wire on to the proxy of this origin.
fn trunk(workspace: &Workspace, toolbox: &Toolbox, origin: &str, further: &[&str]) -> Result<Command> {
    let mut command = Command::new(toolbox.path(Id::Trunk)?);
    command.current_dir(&workspace.root).args(["serve", "--skip-version-check"]);
    // Goes before Trunk.toml's, the path of which is shorter: Trunk ends by a panic where one path is named twice.
    command.arg(format!("--proxy-backend={origin}/candor/v1")).arg("--proxy-no-system-proxy").args(further);
    command.env("PATH", path_with(&widget::bindgen_folder(workspace))?);
    widget::name_libraries(&mut command, toolbox)?;
    // These would replace the flags of the widget's own target.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    // Trunk's own backtrace says nothing about a failed build.
    command.env("RUST_BACKTRACE", "0");
    // Trunk takes "true" here, and refuses the customary "1".
    if std::env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    Ok(command)
}

/// The port that Trunk will take: that of its arguments, its variable or its file, where one is readable.
fn port(workspace: &Workspace, further: &[&str]) -> Option<u16> {
    port_in(further).or_else(|| std::env::var("TRUNK_SERVE_PORT").ok()?.parse().ok()).or_else(|| {
        let file = std::fs::read_to_string(workspace.root.join("Trunk.toml")).ok()?;
        let settings: toml::Table = file.parse().ok()?;
        settings.get("serve")?.get("port")?.as_integer()?.try_into().ok()
    })
}

/// The port in arguments for `trunk serve`.
fn port_in(arguments: &[&str]) -> Option<u16> {
    let following = arguments.iter().skip(1).map(Some).chain([None]);
    arguments.iter().zip(following).find_map(|(argument, following)| match *argument {
        "--port" | "-p" => following?.parse().ok(),
        _ => argument.strip_prefix("--port=").or_else(|| argument.strip_prefix("-p"))?.parse().ok(),
    })
}

fn refuse_port_in_use(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(Error::new(
            format!("Port {port} is in use already."),
            format!(
                "Stop the other program, or choose another port, such as `cargo xtask dev --port {}`.",
                port.wrapping_add(1).max(1024)
            ),
        )),
        _ => Ok(()),
    }
}

/// PATH with a folder in front.
fn path_with(folder: &std::path::Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path))).map_err(
        |error| {
            Error::new(
                format!("PATH cannot be extended: {error}."),
                "Set CARGO_TARGET_DIR to a folder without a colon in it.",
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{listens_on, port_in, refuse_port_in_use};

    #[test]
    fn the_proxys_line_tells_where_it_listens() {
        let line = "Candor listens on http://127.0.0.1:8787/ (provider demo). Ctrl+C stops it.";
        assert_eq!(listens_on(line).as_deref(), Some("http://127.0.0.1:8787"));
        assert_eq!(listens_on("Candor listens on http://[::1]:80/ (x)").as_deref(), Some("http://[::1]:80"));
        assert_eq!(listens_on("listening"), None);
    }

    #[test]
    fn the_port_is_read_in_each_way_of_writing_it() {
        for arguments in [&["--port", "81"][..], &["--open", "--port=81"], &["-p", "81"], &["-p81"]] {
            assert_eq!(port_in(arguments), Some(81), "{arguments:?}");
        }
        assert_eq!(port_in(&["--open", "--port"]), None);
        assert_eq!(port_in(&[]), None);
    }

    #[test]
    fn a_port_in_use_is_one_sentence_and_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = refuse_port_in_use(port).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("Port {port} is in use already. Stop the other program, or")),
            "{error}"
        );
        drop(taken);
        refuse_port_in_use(port).unwrap();
    }
}
