//! Where commands come from: a person at a terminal, standard input, or the command line.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::lexer::{self, Unreadable};
use crate::script::Scope;
use crate::shell::{STEP, Shell};
use crate::world::World;

/// A person who types, on a thread of its own, so that messages are received meanwhile.
#[derive(Clone)]
pub(crate) struct Lines(Rc<RefCell<State>>);

struct State {
    prompts: Sender<String>,
    lines: Receiver<Typed>,
    is_asked: bool,
}

enum Typed {
    Line(String),
    /// Ctrl-C: the line is dropped.
    Dropped,
    End,
}

impl Lines {
    /// Begins to read from the terminal, a line for each time that it is asked.
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
                        // A history that cannot be added to is no reason to stop.
                        let _ = editor.add_history_entry(&line);
                        Typed::Line(line)
                    }
                    Err(ReadlineError::Interrupted) => Typed::Dropped,
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

    /// What tells that the reader has pressed Enter or Ctrl-C.
    pub(crate) fn interruption(&self) -> Box<dyn FnMut() -> bool> {
        let lines = self.clone();
        Box::new(move || lines.poll("-- Enter to stop\n", STEP).is_some())
    }
}

/// Without a person: what is followed ends when a simulated network has nothing more to bring, and else with the program.
pub(crate) fn nothing_more(world: Option<Rc<World>>) -> Box<dyn FnMut() -> bool> {
    Box::new(move || world.as_ref().is_some_and(|world| world.due().is_none()))
}

/// Runs commands that a person types; false if the last one has failed.
pub(crate) fn interact(shell: &mut Shell, lines: &Lines) -> Result<bool, String> {
    let mut text = String::new();
    let mut all_well = true;
    let mut last = Instant::now();
    while !shell.is_over {
        let prompt = if text.is_empty() { shell.prompt() } else { "... ".into() };
        let typed = lines.poll(&prompt, STEP);
        // The simulated world goes on while nothing is typed.
        let passed = last.elapsed();
        last = Instant::now();
        match typed {
            None => shell.run_for(passed),
            Some(Typed::End) => break,
            Some(Typed::Dropped) => text.clear(),
            Some(Typed::Line(line)) => {
                text += &line;
                text.push('\n');
                match shell.enter(&text) {
                    Ok(false) => continue,
                    Ok(true) => all_well = true,
                    Err(error) => {
                        eprintln!("{error}");
                        all_well = false;
                    }
                }
                text.clear();
            }
        }
    }
    Ok(all_well)
}

/// Runs commands from a file or a pipe; false if one of them has failed.
pub(crate) fn read_commands(
    shell: &mut Shell,
    lines: impl Iterator<Item = io::Result<String>>,
) -> Result<bool, String> {
    let mut text = String::new();
    let mut all_well = true;
    for line in lines {
        text += &line.map_err(|error| format!("cannot read the commands: {error}"))?;
        text.push('\n');
        match shell.enter(&text) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                eprintln!("{error}");
                all_well = false;
            }
        }
        text.clear();
        shell.settle();
        if shell.is_over {
            break;
        }
    }
    if text.trim().is_empty() || shell.is_over {
        return Ok(all_well);
    }
    shell.run_text(&text, &Scope::default()).map(|()| all_well)
}

/// Runs commands one after the other, as far as nothing goes wrong.
pub(crate) fn run_commands(shell: &mut Shell, commands: &str) -> Result<(), String> {
    let read = lexer::read(commands).map_err(|error| match error {
        Unreadable::Incomplete(what) => {
            format!("the commands end in the middle: {what} is missing")
        }
        Unreadable::Wrong(what) => what,
    })?;
    for command in read {
        shell.run(&[command], &Scope::default())?;
        shell.settle();
    }
    Ok(())
}
