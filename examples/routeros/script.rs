//! `/system script`: named lists of commands, and the programs that they may start.

use core::cell::RefCell;
use core::time::Duration;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Instant;

use modem::OutgoingMessage;
use modem::pdu::Address;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::console::Action;
use crate::lexer::{self, SyntaxError};
use crate::output::Output;
use crate::send::{Body, Order};
use crate::shell::Shell;

/// The longest time for a program.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of bytes of a program's output that are kept.
const MAX_PROGRAM_OUTPUT: u64 = 4096;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) source: String,
}

/// The variables and the requester of a running script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The variables; a later one hides an earlier one.
    pub(crate) variables: Vec<(String, String)>,
    /// The sender of the message that requested the script, and the port that received it.
    pub(crate) sender: Option<(Address, String)>,
    /// The nesting depth of scripts.
    pub(crate) depth: usize,
}

impl Scope {
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut backwards = self.variables.iter().rev();
        backwards.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl Shell {
    pub(crate) fn script_change(
        &mut self,
        action: Action,
        mut arguments: Arguments,
    ) -> Result<(), String> {
        let name = if action == Action::ScriptAdd {
            arguments.required("name")?
        } else {
            arguments.positional("name")?
        };
        let source = match action {
            Action::ScriptRemove => None,
            _ => Some(arguments.required("source")?),
        };
        arguments.end()?;
        if let Some(source) = &source {
            // An error in the source is found now, not when a message requests the script.
            match lexer::read(&source.text) {
                Ok(_) => {}
                Err(SyntaxError::Incomplete(what)) => {
                    return Err(source.refused(format_args!("{what} is missing")));
                }
                Err(SyntaxError::Invalid(what)) => return Err(source.refused(what)),
            }
        }
        if name.text.is_empty()
            || name.text.contains('"')
            || name.text.chars().any(char::is_control)
        {
            return Err(name.refused("the name of a script must not be empty or contain quotes"));
        }
        self.store.change(|kept| {
            let at = kept.script.iter().position(|script| script.name == name.text);
            match (at, action, source) {
                (None, Action::ScriptAdd, Some(source)) => {
                    kept.script.push(Script { name: name.text, source: source.text });
                }
                (Some(_), Action::ScriptAdd, _) => {
                    return Err(format!(
                        "the script {:?} exists: change it with /system script set",
                        name.text
                    ));
                }
                (Some(at), _, None) => drop(kept.script.remove(at)),
                (Some(at), _, Some(source)) => kept.script[at].source = source.text,
                (None, ..) => return Err(no_script(&name.text)),
            }
            Ok(())
        })
    }

    pub(crate) fn run_script(&mut self, name: &str, scope: &Scope) -> Result<(), String> {
        if scope.depth > MAX_SCRIPT_DEPTH {
            return Err(format!(
                "scripts are nested too deeply: at most {MAX_SCRIPT_DEPTH} are allowed"
            ));
        }
        let script = self.store.kept().script.iter().find(|script| script.name == name);
        let source = script.ok_or_else(|| no_script(name))?.source.clone();
        let menu = core::mem::take(&mut self.menu);
        let result = self.run_text(&source, scope);
        self.menu = menu;
        result.map_err(|error| format!("script {name}: {error}"))
    }

    /// Runs a script in the background: its output goes to the log.
    pub(crate) fn run_script_in_background(&mut self, name: &str, scope: &Scope) {
        let captured = Rc::new(RefCell::new(Vec::new()));
        let console = core::mem::replace(&mut self.output, Output::new(Captured(captured.clone())));
        let result = self.run_script(name, scope);
        self.output = console;
        let captured = captured.take();
        for line in String::from_utf8_lossy(&captured).lines() {
            self.log.add(&["script", "info"], line);
        }
        if let Err(error) = result {
            self.log.add(&["script", "error"], &error);
        }
    }

    /// Sends an answer to the sender of the message that requested the running script.
    pub(crate) fn reply(&mut self, text: &str, scope: &Scope) -> Result<(), String> {
        let (sender, port) = scope.sender.clone().ok_or(
            "no message requested this script: use :reply only in a script that a message runs",
        )?;
        let order = Order {
            port,
            channel: None,
            storage: None,
            body: Body::Message(Box::new(OutgoingMessage::text(sender, text))),
        };
        self.send(order)
    }
}

fn no_script(name: &str) -> String {
    format!("the script {name:?} does not exist: /system script print lists the scripts")
}

/// The largest nesting depth of scripts.
const MAX_SCRIPT_DEPTH: usize = 8;

/// The captured output of a script in the background.
struct Captured(Rc<RefCell<Vec<u8>>>);

/// The number of bytes of a script's output that are kept.
const MAX_CAPTURED: usize = 1 << 16;

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut captured = self.0.borrow_mut();
        let room = MAX_CAPTURED.saturating_sub(captured.len()).min(bytes.len());
        captured.extend(bytes.get(..room).unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a program with these arguments, without a shell, and returns its output.
///
/// The variables are in its environment as `SMS_` and the name: a message can set only these.
pub(crate) fn execute(
    program: &str,
    arguments: &[String],
    scope: &Scope,
) -> Result<String, String> {
    execute_within(program, arguments, scope, PROGRAM_TIMEOUT)
}

/// Runs a program as [`execute`] does, with this timeout.
pub(crate) fn execute_within(
    program: &str,
    arguments: &[String],
    scope: &Scope,
    timeout: Duration,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let is_name = |name: &str| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    for (name, value) in scope.variables.iter().filter(|(name, _)| is_name(name)) {
        command.env(format!("SMS_{name}"), value);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("the program {program} cannot be started: {error}"))?;
    let output = child.stdout.take().map(|output| {
        std::thread::spawn(move || {
            let mut output = output;
            let mut kept = Vec::new();
            // The output before a read error is shown. The rest is read and dropped, so that the
            // program does not block.
            let _ = output.by_ref().take(MAX_PROGRAM_OUTPUT).read_to_end(&mut kept);
            let _ = io::copy(&mut output, &mut io::sink());
            kept
        })
    });
    let status = wait(&mut child, program, timeout)?;
    let kept = output.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status {
        return Err(format!("the program {program} has failed: see its standard error"));
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

fn wait(child: &mut Child, program: &str, timeout: Duration) -> Result<bool, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if started.elapsed() < timeout => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // The program may have ended in the meantime.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "the program {program} was stopped: it ran for more than {timeout:?}"
                ));
            }
            Err(error) => {
                return Err(format!("the program {program} cannot be waited for: {error}"));
            }
        }
    }
}
