//! `/system script`: named scripts, which messages may run.

use core::cell::RefCell;
use std::io;
use std::rc::Rc;

use modem::OutgoingMessage;
use modem::pdu::Address;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::items::{Item, Menu};
use crate::output::Output;
use crate::program;
use crate::script::{self, Failure, Value};
use crate::send::{Body, Order};
use crate::shell::{RESTARTED, Shell};

/// The largest number of scripts that wait for their turn.
const MAX_CALLS: usize = 64;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) source: String,
}

/// A script that a message has requested.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) variables: Vec<(String, Value)>,
    /// The sender of the message, and the port that received it.
    pub(crate) requester: (Address, String),
}

impl Shell {
    /// The items of `/system script`.
    pub(crate) fn script_items(&mut self) -> Vec<Item> {
        let scripts = self.store.kept().script.clone();
        let keys = scripts.iter().map(|script| script.name.clone()).collect();
        let ids = self.ids.entry(Menu::Scripts).or_default().assign(keys);
        let items = scripts.into_iter().zip(ids).enumerate();
        items
            .map(|(number, (Script { name, source }, id))| Item {
                id,
                number,
                properties: vec![("name", name), ("source", source)],
            })
            .collect()
    }

    pub(crate) fn script_add(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let name = arguments.required("name")?;
        let source = arguments.required("source")?;
        arguments.end()?;
        // An error in the source is found now, not when a message requests the script.
        script::read(&source.text()).map_err(|error| source.refused(error))?;
        let text = name.text();
        if text.is_empty() || text.contains('"') || text.chars().any(char::is_control) {
            return Err(name.refused("the name of a script must not be empty or contain quotes"));
        }
        if self.store.kept().script.iter().any(|script| script.name == text) {
            let what = format!("the script {text:?} exists: change it with /system script set");
            return Err(what.into());
        }
        Ok(self.store.change(|kept| {
            kept.script.push(Script { name: text, source: source.text() });
            Ok(())
        })?)
    }

    pub(crate) fn script_set(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let numbers = arguments.positional("numbers")?;
        let source = arguments.required("source")?;
        arguments.end()?;
        script::read(&source.text()).map_err(|error| source.refused(error))?;
        let items = self.chosen(Menu::Scripts, &numbers)?;
        Ok(self.store.change(|kept| {
            for script in &mut kept.script {
                if items.iter().any(|item| item.get("name") == Some(&script.name)) {
                    script.source = source.text();
                }
            }
            Ok(())
        })?)
    }

    /// `/system script run`: the other values are variables of the script.
    pub(crate) fn script_run(&mut self, mut arguments: Arguments) -> Result<Value, Failure> {
        let name = match arguments.named("number") {
            Some(number) => number,
            None => arguments.positional("name")?,
        };
        let variables = arguments.rest().into_iter().map(|value| match value.name {
            Some(name) => (name, value.value),
            None => (value.value.text(), Value::from("")),
        });
        let variables = variables.collect();
        let items = self.chosen(Menu::Scripts, &name)?;
        let [item] = items.as_slice() else {
            return Err(name.refused("run needs one script"));
        };
        let name = item.get("name").unwrap_or_default().to_owned();
        self.run_script(&name, variables)
    }

    pub(crate) fn run_script(
        &mut self,
        name: &str,
        variables: Vec<(String, Value)>,
    ) -> Result<Value, Failure> {
        let script = self.store.kept().script.iter().find(|script| script.name == name);
        let source = script.ok_or_else(|| Failure::from(no_script(name)))?.source.clone();
        self.run_source(&source, variables, name)
    }

    /// Runs the source of a script, which begins in the root menu.
    fn run_source(
        &mut self,
        source: &str,
        variables: Vec<(String, Value)>,
        name: &str,
    ) -> Result<Value, Failure> {
        if self.depth >= MAX_SCRIPT_DEPTH {
            return Err(Failure::ending(format_args!(
                "scripts are nested too deeply: at most {MAX_SCRIPT_DEPTH} are allowed"
            )));
        }
        let menu = core::mem::take(&mut self.menu);
        self.depth += 1;
        let passed: Vec<_> =
            variables.iter().map(|(name, value)| (name.clone(), value.text())).collect();
        let outer = core::mem::replace(&mut self.passed, passed);
        let result = script::run(self, source, variables, name);
        self.passed = outer;
        self.depth -= 1;
        self.menu = menu;
        result.map_err(|failure| failure.of_script(name))
    }

    /// Runs a script whose output goes to the log.
    fn in_background(&mut self, run: impl FnOnce(&mut Self) -> Result<Value, Failure>) {
        let captured = Rc::new(RefCell::new(Vec::new()));
        let console = core::mem::replace(&mut self.output, Output::new(Captured(captured.clone())));
        let result = run(self);
        self.output = console;
        // The script may have changed the secret.
        self.configure_log();
        let captured = captured.take();
        for line in String::from_utf8_lossy(&captured).lines() {
            self.log.add(&["script", "info"], line);
        }
        match result {
            // The command after which a script runs in the background goes on.
            Err(_) if self.is_running && core::mem::take(&mut self.is_restarted) => {
                self.log.add(&["script", "info"], RESTARTED);
            }
            Err(error) => self.log.add(&["script", "error"], &error.to_string()),
            Ok(_) => {}
        }
    }

    /// Runs a script that a message has requested, when those before it have ended.
    pub(crate) fn call(&mut self, call: Call) {
        if self.calls.len() == MAX_CALLS {
            let line = format!("the script {} was not run: {MAX_CALLS} are waiting", call.name);
            return self.log.add(&["script", "error"], &line);
        }
        self.calls.push_back(call);
        if core::mem::replace(&mut self.is_running, true) {
            // During a script that waits, another message may arrive.
            return;
        }
        let steps = core::mem::take(&mut self.steps);
        while let Some(Call { name, variables, requester }) = self.calls.pop_front() {
            self.requester = Some(requester);
            self.steps = 0;
            self.in_background(|shell| shell.run_script(&name, variables));
        }
        self.steps = steps;
        self.requester = None;
        self.is_running = false;
    }

    /// `:execute`: runs a script, by its name or its source, with its output in the log.
    pub(crate) fn execute(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let source = arguments.positional("script")?;
        arguments.end()?;
        let text = source.text();
        let is_name = self.store.kept().script.iter().any(|script| script.name == text);
        if !is_name {
            script::read(&text).map_err(|error| source.refused(error))?;
        }
        self.in_background(|shell| {
            if is_name {
                shell.run_script(&text, Vec::new())
            } else {
                shell.run_source(&text, Vec::new(), "execute")
            }
        });
        Ok(())
    }

    /// `:program`: runs a program of this machine.
    pub(crate) fn program(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let program = arguments.positional("program")?.text();
        let rest = arguments.rest().into_iter().map(|value| match &value.name {
            Some(name) => format!("{name}={}", value.text()),
            None => value.text(),
        });
        let rest: Vec<_> = rest.collect();
        if !self.allow_programs {
            return Err("programs are not allowed: start the shell with --allow-programs".into());
        }
        let output = program::run(&program, &rest, &self.passed)?;
        output
            .lines()
            .for_each(|line| self.output.line(&crate::common::printable::printable(line)));
        Ok(())
    }

    /// `:reply`: answers the sender of the message that requested the running script.
    pub(crate) fn reply(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let text = arguments.positional("message")?.text();
        arguments.end()?;
        let (sender, port) = self.requester.clone().ok_or(
            "no message requested this script: use :reply only in a script that a message runs",
        )?;
        let message = Box::new(OutgoingMessage::text(sender, text));
        self.send(Order { port, channel: None, storage: None, body: Body::Message(message) })
    }
}

/// The sentence for a script that does not exist.
pub(crate) fn no_script(name: &str) -> String {
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
