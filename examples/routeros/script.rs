//! `/system script`: lists of commands with a name, and the programs that they may start.

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
use crate::lexer::{self, Unreadable};
use crate::output::Output;
use crate::send::{Body, Order};
use crate::shell::Shell;

/// How long a program may run, and how much of what it says is kept.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_OUTPUT: u64 = 4096;

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
            arguments.needed("name")?
        } else {
            arguments.wanted("name")?
        };
        let source = match action {
            Action::ScriptRemove => None,
            _ => Some(arguments.needed("source")?),
        };
        arguments.end()?;
        if let Some(source) = &source {
            // A source with a mistake is found now and not when a message asks for it.
            match lexer::read(&source.text) {
                Ok(_) => {}
                Err(Unreadable::Incomplete(what)) => {
                    return Err(source.refused(format_args!("{what} is missing")));
                }
                Err(Unreadable::Wrong(what)) => return Err(source.refused(what)),
            }
        }
        if name.text.is_empty()
            || name.text.contains('"')
            || name.text.chars().any(char::is_control)
        {
            return Err(name.refused("a script has a name without quotes"));
        }
        self.store.change(|kept| {
            let at = kept.script.iter().position(|script| script.name == name.text);
            match (at, action, source) {
                (None, Action::ScriptAdd, Some(source)) => {
                    kept.script.push(Script { name: name.text, source: source.text })
                }
                (Some(_), Action::ScriptAdd, _) => {
                    return Err(
                        name.refused(format_args!("there is a script {:?} already", name.text))
                    );
                }
                (Some(at), _, None) => drop(kept.script.remove(at)),
                (Some(at), _, Some(source)) => kept.script[at].source = source.text,
                (None, ..) => return Err(no_script(&name.text)),
            }
            Ok(())
        })
    }

    pub(crate) fn run_script(&mut self, name: &str, scope: &Scope) -> Result<(), String> {
        if scope.depth > MAX_SCRIPTS {
            return Err(format!("more than {MAX_SCRIPTS} scripts run each other"));
        }
        let script = self.store.kept().script.iter().find(|script| script.name == name);
        let source = script.ok_or_else(|| no_script(name))?.source.clone();
        let menu = core::mem::take(&mut self.menu);
        let result = self.run_text(&source, scope);
        self.menu = menu;
        result.map_err(|error| format!("script {name}: {error}"))
    }

    /// Runs a script that nobody watches: what it says goes to the log.
    pub(crate) fn run_script_in_background(&mut self, name: &str, scope: &Scope) {
        let said = Rc::new(RefCell::new(Vec::new()));
        let console = core::mem::replace(&mut self.output, Output::new(Said(said.clone())));
        let result = self.run_script(name, scope);
        self.output = console;
        let said = said.take();
        for line in String::from_utf8_lossy(&said).lines() {
            self.log.add(&["script", "info"], line);
        }
        if let Err(error) = result {
            self.log.add(&["script", "error"], &error);
        }
    }

    /// Sends an answer to whoever has asked for the script that runs.
    pub(crate) fn reply(&mut self, text: &str, scope: &Scope) -> Result<(), String> {
        let (sender, port) = scope
            .sender
            .clone()
            .ok_or("there is nobody to answer: :reply belongs in a script that a message runs")?;
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
    format!("there is no script {name:?}")
}

/// Scripts that run each other at the most.
const MAX_SCRIPTS: usize = 8;

/// What a script says while nobody watches it.
struct Said(Rc<RefCell<Vec<u8>>>);

/// A script that says more is cut short.
const MAX_SAID: usize = 1 << 16;

impl io::Write for Said {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut said = self.0.borrow_mut();
        let room = MAX_SAID.saturating_sub(said.len()).min(octets.len());
        said.extend(octets.get(..room).unwrap_or_default());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a program with these arguments, and no shell in between; gives what it says.
///
/// The variables are in its environment as `SMS_` and the name: a message can set these, and no other.
pub(crate) fn execute(
    program: &str,
    arguments: &[String],
    scope: &Scope,
) -> Result<String, String> {
    execute_within(program, arguments, scope, TIMEOUT)
}

/// The same with a time of its own.
pub(crate) fn execute_within(
    program: &str,
    arguments: &[String],
    scope: &Scope,
    patience: Duration,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let is_name = |name: &str| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    for (name, value) in scope.variables.iter().filter(|(name, _)| is_name(name)) {
        command.env(format!("SMS_{name}"), value);
    }
    let mut child = command.spawn().map_err(|error| format!("cannot run {program}: {error}"))?;
    let output = child.stdout.take().map(|output| {
        std::thread::spawn(move || {
            let mut output = output;
            let mut kept = Vec::new();
            // What could be read before an error is shown; the rest is read so that the program does not wait.
            let _ = output.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept);
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
            Ok(None) if started.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5))
            }
            Ok(None) => {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{program} was stopped: it ran for more than {patience:?}"));
            }
            Err(error) => return Err(format!("cannot wait for {program}: {error}")),
        }
    }
}
