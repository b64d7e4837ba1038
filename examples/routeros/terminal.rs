//! The sources of commands: a person at a terminal, standard input, or the command line.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::lexer::{self, SyntaxError};
use crate::script::Scope;
use crate::shell::{STEP, Shell};
use crate::world::World;

/// A terminal, read on a separate thread, so that messages are received while a person types.
#[derive(Clone)]
pub(crate) struct Lines(Rc<RefCell<State>>);

struct State {
    prompts: Sender<String>,
    lines: Receiver<Typed>,
    is_asked: bool,
}

enum Typed {
    Line(String),
    /// Ctrl-C: the line is discarded.
    Discarded,
    End,
}

impl Lines {
    /// Starts the thread, which reads a line for each prompt.
    pub(crate) fn start() -> Self {
        let (prompts, asked) = channel::<String>();
        let (typed, lines) = channel();
        std::thread::spawn(move || {
            let Ok(mut editor) = DefaultEditor::new() else {
                return;
            };
            for prompt in asked {
                let line = match editor.readline(&prompt) {
                    Ok(line) => {
                        // A failure of the history is ignored.
                        let _ = editor.add_history_entry(&line);
                        Typed::Line(line)
                    }
                    Err(ReadlineError::Interrupted) => Typed::Discarded,
                    Err(_) => Typed::End,
                };
                if typed.send(line).is_err() {
                    return;
                }
            }
        });
        Self(Rc::new(RefCell::new(State { prompts, lines, is_asked: false })))
    }

    fn poll(&self, prompt: &str, within: Duration) -> Option<Typed> {
        let mut state = self.0.borrow_mut();
        if !state.is_asked {
            if state.prompts.send(prompt.into()).is_err() {
                return Some(Typed::End);
            }
            state.is_asked = true;
        }
        match state.lines.recv_timeout(within) {
            Ok(line) => {
                state.is_asked = false;
                Some(line)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Typed::End),
        }
    }

    /// A function that returns `true` after Enter or Ctrl-C.
    pub(crate) fn interruption(&self) -> Box<dyn FnMut() -> bool> {
        let lines = self.clone();
        Box::new(move || lines.poll("-- press Enter to stop\n", STEP).is_some())
    }
}

/// A function that returns `true` when the simulated network is idle; with a real modem it never
/// does.
pub(crate) fn when_idle(world: Option<Rc<World>>) -> Box<dyn FnMut() -> bool> {
    Box::new(move || world.as_ref().is_some_and(|world| world.due().is_none()))
}

/// Runs commands that a person types; `false` if the last one failed.
pub(crate) fn interact(shell: &mut Shell, lines: &Lines) -> Result<bool, String> {
    let mut text = String::new();
    let mut succeeded = true;
    let mut last = Instant::now();
    while !shell.is_over {
        let prompt = if text.is_empty() { shell.prompt() } else { "... ".into() };
        let typed = lines.poll(&prompt, STEP);
        // The simulated network runs while nothing is typed.
        let passed = last.elapsed();
        last = Instant::now();
        match typed {
            None => shell.run_for(passed),
            Some(Typed::End) => break,
            Some(Typed::Discarded) => text.clear(),
            Some(Typed::Line(line)) => {
                text += &line;
                text.push('\n');
                match shell.enter(&text) {
                    Ok(false) => continue,
                    Ok(true) => succeeded = true,
                    Err(error) => {
                        eprintln!("{error}");
                        succeeded = false;
                    }
                }
                text.clear();
            }
        }
    }
    Ok(succeeded)
}

/// Runs commands from a file or a pipe; `false` if one of them failed.
pub(crate) fn read_commands(
    shell: &mut Shell,
    lines: impl Iterator<Item = io::Result<String>>,
) -> Result<bool, String> {
    let mut text = String::new();
    let mut succeeded = true;
    for line in lines {
        text += &line.map_err(|error| format!("the commands cannot be read: {error}"))?;
        text.push('\n');
        match shell.enter(&text) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                eprintln!("{error}");
                succeeded = false;
            }
        }
        text.clear();
        shell.settle();
        if shell.is_over {
            break;
        }
    }
    if text.trim().is_empty() || shell.is_over {
        return Ok(succeeded);
    }
    shell.run_text(&text, &Scope::default()).map(|()| succeeded)
}

/// Runs commands in order, until the first error.
pub(crate) fn run_commands(shell: &mut Shell, commands: &str) -> Result<(), String> {
    let read = lexer::read(commands).map_err(|error| match error {
        SyntaxError::Incomplete(what) => {
            format!("the commands end too early: {what} is missing")
        }
        SyntaxError::Invalid(what) => what,
    })?;
    for command in read {
        shell.run(&[command], &Scope::default())?;
        shell.settle();
    }
    Ok(())
}
