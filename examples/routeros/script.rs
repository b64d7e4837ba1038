//! `/system script`: lists of commands with a name, and the programs that they may start.

use core::time::Duration;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use modem::pdu::Address;
use serde::{Deserialize, Serialize};

/// How long a program may run, and how much of what it says is kept.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_OUTPUT: u64 = 4096;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) source: String,
}

/// What the commands of a script know beyond those of the console.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Variables, later ones before earlier ones.
    pub(crate) variables: Vec<(String, String)>,
    /// Who asked for the script by a message, and the port that it came over.
    pub(crate) sender: Option<(Address, String)>,
    /// How many scripts run each other.
    pub(crate) depth: usize,
}

impl Scope {
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut backwards = self.variables.iter().rev();
        backwards
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Runs a program with these arguments, and no shell in between; gives what it says.
///
/// The variables are in its environment as `SMS_` and the name: a message can set these, and no other.
pub(crate) fn execute(program: &str, arguments: &[String], scope: &Scope) -> Result<String, String> {
    execute_within(program, arguments, scope, PATIENCE)
}

/// The same with a time of its own.
pub(crate) fn execute_within(
    program: &str,
    arguments: &[String],
    scope: &Scope,
    patience: Duration,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let is_name = |name: &str| {
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    for (name, value) in scope.variables.iter().filter(|(name, _)| is_name(name)) {
        command.env(format!("SMS_{name}"), value);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    let output = child.stdout.take().map(|output| {
        std::thread::spawn(move || {
            let mut output = output;
            let mut kept = Vec::new();
            // What could be read before an error is shown; the rest is read so that the program does not wait.
            let _ = output.by_ref().take(MOST_OUTPUT).read_to_end(&mut kept);
            let _ = io::copy(&mut output, &mut io::sink());
            kept
        })
    });
    let status = wait(&mut child, program, patience)?;
    let kept = output.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status {
        return Err(format!("{program} has failed"));
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

fn wait(child: &mut Child, program: &str, patience: Duration) -> Result<bool, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if started.elapsed() < patience => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "{program} was stopped: it ran for more than {patience:?}"
                ));
            }
            Err(error) => return Err(format!("cannot wait for {program}: {error}")),
        }
    }
}
