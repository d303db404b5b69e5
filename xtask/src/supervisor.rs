//! Programs that run beside each other: when one ends, or a signal asks for it, all end, with everything that they started.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::process::{cannot_start, shown};

/// How long programs may take to end when they are asked to, before they are killed; and then to be gone.
const END_GRACE: Duration = Duration::from_secs(3);
/// How often is looked whether they are gone: nothing tells of the processes that a program has left behind.
const LOOK: Duration = Duration::from_millis(20);

/// Why nothing more is to be started or waited for.
#[derive(Debug)]
pub enum End {
    /// By Ctrl-C, or by a signal that ends programs.
    Interrupted,
    /// Something failed.
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What can happen while programs run.
enum Event {
    Interrupted,
    /// A line of a program that is read from.
    Line(String),
    /// The program of this name has ended.
    Ended(String, std::io::Result<ExitStatus>),
}

/// Runs programs; none is left when it is dropped.
pub struct Supervisor {
    sender: Sender<Event>,
    events: Receiver<Event>,
    groups: Vec<Group>,
}

impl Supervisor {
    /// One that runs nothing yet.
    pub fn new() -> Self {
        let (sender, events) = channel();
        Self { sender, events, groups: Vec::new() }
    }

    /// From here on Ctrl-C, SIGTERM and SIGHUP do not end this process, but whatever it waits for.
    pub fn catch_signals(&self) -> Result<()> {
        let sender = self.sender.clone();
        // A channel that nobody reads from any more belongs to a process that is ending already.
        ctrlc::set_handler(move || drop(sender.send(Event::Interrupted))).map_err(|error| {
            Error::new(
                format!("Signals cannot be waited for: {error}."),
                "Start this from a terminal of its own.",
            )
        })
    }

    /// Runs a program to its end; `next` is said when it fails.
    pub fn run(&mut self, command: &mut Command, next: &str) -> std::result::Result<(), End> {
        self.start(command)?;
        self.wait(next)?;
        // Its id may soon be another's.
        self.groups.retain(|group| group.exists());
        Ok(())
    }

    /// Starts a program.
    pub fn start(&mut self, command: &mut Command) -> Result<()> {
        self.spawn(command).map(drop)
    }

    /// Starts a program, and waits until `read` finds something in a line of its output; all lines are shown.
    pub fn start_until<T>(
        &mut self,
        command: &mut Command,
        read: impl Fn(&str) -> Option<T>,
        next: &str,
    ) -> std::result::Result<T, End> {
        if let Some(output) = self.spawn(command.stdout(Stdio::piped()))? {
            let sender = self.sender.clone();
            thread::spawn(move || {
                BufReader::new(output)
                    .lines()
                    .map_while(std::result::Result::ok)
                    .try_for_each(|line| sender.send(Event::Line(line)))
            });
        }
        loop {
            match self.events.recv() {
                Ok(Event::Line(line)) => {
                    show(&line);
                    if let Some(found) = read(&line) {
                        return Ok(found);
                    }
                }
                Ok(Event::Ended(name, status)) => return Err(failure(&name, &status, next).into()),
                Ok(Event::Interrupted) | Err(_) => return Err(End::Interrupted),
            }
        }
    }

    /// Waits until one of the programs ends; `next` is said when that was a failure.
    pub fn wait(&mut self, next: &str) -> std::result::Result<(), End> {
        loop {
            match self.events.recv() {
                Ok(Event::Line(line)) => show(&line),
                Ok(Event::Ended(_, Ok(status))) if status.success() => return Ok(()),
                Ok(Event::Ended(name, status)) => return Err(failure(&name, &status, next).into()),
                Ok(Event::Interrupted) | Err(_) => return Err(End::Interrupted),
            }
        }
    }

    /// Starts a program in a process group of its own, by which everything is found that it starts in its turn.
    fn spawn(&mut self, command: &mut Command) -> Result<Option<ChildStdout>> {
        // A background group that reads from the terminal would be stopped.
        command.stdin(Stdio::null());
        in_own_group(command);
        let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
        let output = child.stdout.take();
        self.groups.push(Group(child.id()));
        let (name, sender) = (shown(command), self.sender.clone());
        thread::spawn(move || {
            let status = child.wait();
            sender.send(Event::Ended(name, status))
        });
        Ok(output)
    }

    /// Whether all groups are empty before the time is over.
    fn are_gone_within(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        loop {
            self.groups.retain(|group| group.exists());
            if self.groups.is_empty() || start.elapsed() >= time {
                return self.groups.is_empty();
            }
            // Another signal changes nothing: `timeout` sends each twice.
            if let Ok(Event::Line(line)) = self.events.recv_timeout(LOOK) {
                show(&line);
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.groups.iter().for_each(|group| group.ask_to_end());
        if !self.are_gone_within(END_GRACE) {
            self.groups.iter().for_each(|group| group.kill());
            self.are_gone_within(END_GRACE);
        }
    }
}

fn failure(name: &str, status: &std::io::Result<ExitStatus>, next: &str) -> Error {
    match status {
        Ok(status) => Error::new(format!("`{name}` ended ({status})."), next),
        Err(error) => Error::new(format!("`{name}` was lost: {error}."), "Run the command again."),
    }
}

/// Prints a line, to whoever may still be there.
fn show(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_own_group(_: &mut Command) {}

/// A process group, named by the id of the program that it began with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Group(u32);

/// By the system's call: the program `kill` is not on every machine, and its versions read a negative number differently.
#[cfg(unix)]
impl Group {
    fn ask_to_end(self) {
        use nix::sys::signal::Signal;
        self.signal(Signal::SIGTERM);
        // A group that was stopped gets to it only then.
        self.signal(Signal::SIGCONT);
    }

    fn kill(self) {
        self.signal(nix::sys::signal::Signal::SIGKILL);
    }

    fn exists(self) -> bool {
        self.signal(None)
    }

    /// Whether there was somebody to send it to.
    fn signal(self, signal: impl Into<Option<nix::sys::signal::Signal>>) -> bool {
        // The groups 0 and 1 would be others than one that was started here.
        i32::try_from(self.0).is_ok_and(|id| {
            id > 1 && nix::sys::signal::killpg(nix::unistd::Pid::from_raw(id), signal).is_ok()
        })
    }
}

#[cfg(not(unix))]
impl Group {
    fn ask_to_end(self) {
        self.kill();
    }

    fn kill(self) {
        crate::process::answer(Command::new("taskkill").args(["/T", "/F", "/PID", &self.0.to_string()]));
    }

    /// `taskkill` has waited for it.
    fn exists(self) -> bool {
        false
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Instant;

    use super::{END_GRACE, End, Event, Supervisor};

    /// A shell that says something when it is ready, and a process of its own that would outlive it.
    fn started(supervisor: &mut Supervisor, script: &str) -> super::Group {
        let script = format!("{script}; sleep 600 & echo ready; wait");
        let ready = |line: &str| (line == "ready").then_some(());
        supervisor.start_until(Command::new("sh").args(["-c", &script]), ready, "").unwrap();
        *supervisor.groups.last().unwrap()
    }

    #[test]
    fn ends_everything_that_its_programs_started() {
        let mut supervisor = Supervisor::new();
        let groups = [started(&mut supervisor, ":"), started(&mut supervisor, ":")];
        assert!(groups.iter().all(|group| group.exists()));
        let start = Instant::now();
        drop(supervisor);
        assert!(!groups.iter().any(|group| group.exists()));
        assert!(start.elapsed() < END_GRACE, "nobody had to be killed");
    }

    #[test]
    fn kills_what_does_not_end_when_asked() {
        let mut supervisor = Supervisor::new();
        let group = started(&mut supervisor, "trap '' TERM");
        let start = Instant::now();
        drop(supervisor);
        assert!(!group.exists());
        assert!(start.elapsed() >= END_GRACE && start.elapsed() < END_GRACE * 2);
    }

    #[test]
    fn what_a_failed_program_left_behind_ends_with_the_others() {
        let mut supervisor = Supervisor::new();
        let other = started(&mut supervisor, ":");
        supervisor.start(Command::new("sh").args(["-c", "sleep 600 & exit 3"])).unwrap();
        let failed = *supervisor.groups.last().unwrap();
        let Err(End::Failed(error)) = supervisor.wait("Look above.") else { panic!("it failed") };
        let message = error.to_string();
        assert!(message.contains("(exit status: 3). Look above."), "{message}");
        assert!(failed.exists(), "its child runs on");
        drop(supervisor);
        assert!(!failed.exists() && !other.exists());
    }

    #[test]
    fn a_signal_ends_the_wait_for_a_line() {
        let mut supervisor = Supervisor::new();
        supervisor.sender.send(Event::Interrupted).unwrap();
        let never = |_: &str| None::<()>;
        let outcome = supervisor.start_until(Command::new("sleep").arg("600"), never, "");
        assert!(matches!(outcome, Err(End::Interrupted)));
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = Supervisor::new().start(&mut Command::new("candor-no-such-program")).unwrap_err();
        assert!(error.to_string().starts_with("`candor-no-such-program` could not be started"), "{error}");
    }
}
