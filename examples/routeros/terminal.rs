//! The sources of commands: a person at a terminal, standard input, or the command line.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use crate::common::output::complain;
use crate::editor::{Lines, Typed};
use crate::script::{self, Block, SyntaxError};
use crate::shell::{Interruption, STEP, Shell};
use crate::world::World;

/// The signal of Ctrl-C.
///
/// It ends `print follow` and scripts. A command that talks to the modem is not cut off, since a
/// message that is being sent would then have no outcome.
#[derive(Debug, Clone, Default)]
pub(crate) struct CtrlC(Arc<AtomicBool>);

impl CtrlC {
    /// Watches for the signal, on a thread of its own.
    pub(crate) fn watch() -> Self {
        let watched = Self::default();
        let flag = watched.0.clone();
        std::thread::spawn(move || {
            let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Without a runtime, Ctrl-C ends the program, as in any other one.
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                while ::tokio::signal::ctrl_c().await.is_ok() {
                    flag.store(true, Ordering::SeqCst);
                }
            });
        });
        watched
    }

    /// Returns `true` once after the signal.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

/// A reader at a terminal.
pub(crate) struct AtTerminal(pub(crate) CtrlC);

impl Interruption for AtTerminal {
    fn ends_follow(&mut self) -> bool {
        self.0.take()
    }

    fn ends_script(&mut self) -> bool {
        self.0.take()
    }
}

/// No reader: `print follow` ends when the simulated network is idle.
pub(crate) struct Unattended {
    pub(crate) ctrl_c: CtrlC,
    pub(crate) world: Option<Rc<World>>,
}

impl Interruption for Unattended {
    fn ends_follow(&mut self) -> bool {
        self.world.as_ref().is_some_and(|world| world.due().is_none()) || self.ctrl_c.take()
    }

    fn ends_script(&mut self) -> bool {
        self.ctrl_c.take()
    }
}

/// Runs commands that a person types.
pub(crate) fn interact(shell: &mut Shell, lines: &Lines, ctrl_c: &CtrlC) {
    let mut text = String::new();
    let mut last = Instant::now();
    while !shell.is_over {
        lines.learn(shell.known());
        let prompt = if text.is_empty() { shell.prompt() } else { "... ".into() };
        let typed = lines.poll(&prompt, STEP);
        // The simulated network runs while nothing is typed.
        let passed = last.elapsed();
        last = Instant::now();
        match typed {
            None => shell.run_for(passed),
            Some(Typed::End) => break,
            Some(Typed::Discarded) => text.clear(),
            Some(Typed::Help(help)) => shell.output.line(&help.join("\n")),
            Some(Typed::Line(line)) => {
                text += &line;
                text.push('\n');
                // A signal before the command does not end it.
                ctrl_c.take();
                match shell.enter(&text) {
                    Ok(false) => continue,
                    Ok(true) => {}
                    Err(error) => shell.output.error(&error.to_string()),
                }
                text.clear();
                // A command takes the time that it has taken from the simulated network.
                last = Instant::now();
            }
        }
    }
}

/// Runs commands from a file or a pipe, and prints the reason of each that fails.
pub(crate) fn read_commands(
    shell: &mut Shell,
    lines: impl Iterator<Item = io::Result<String>>,
) -> Result<(), String> {
    let mut text = String::new();
    let mut failures = 0;
    for line in lines {
        text += &line.map_err(|error| format!("the commands cannot be read: {error}"))?;
        text.push('\n');
        match shell.enter(&text) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                complain!("{error}");
                failures += 1;
            }
        }
        text.clear();
        shell.settle();
        shell.check_interruption().map_err(|failure| failure.to_string())?;
        if shell.is_over {
            break;
        }
    }
    if !text.trim().is_empty() && !shell.is_over {
        // Nothing completes the last command.
        script::read(&text).map_err(|error| error.to_string())?;
    }
    match failures {
        0 => Ok(()),
        1 => Err("a command has failed".into()),
        _ => Err(format!("{failures} commands have failed")),
    }
}

/// Runs commands in order, until the first error.
pub(crate) fn run_commands(shell: &mut Shell, commands: &str) -> Result<(), String> {
    let read = script::read(commands).map_err(|error| match error {
        SyntaxError::Incomplete(what) => format!("the commands end too early: {what} is missing"),
        error @ SyntaxError::Invalid(..) => error.to_string(),
    })?;
    for command in read.0 {
        let result = shell.run(&Block(vec![command])).and_then(|()| shell.check_interruption());
        result.map_err(|failure| failure.to_string())?;
        shell.settle();
    }
    Ok(())
}
