//! PINs from a prompt that does not show them, or from a line of standard input.

#![expect(clippy::std_instead_of_alloc, reason = "a program has std")]

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal};

use modem::at::sim::Pin;
use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{ColorMode, Editor, Helper};

use crate::common::status::{Failure, failed, usage};

/// Reads a PIN or a PUK.
pub(crate) fn read(name: &str) -> Result<Pin, Failure> {
    let digits = match io::stdin().is_terminal() {
        true => typed(name)?,
        false => {
            let mut line = String::new();
            match io::stdin().lock().read_line(&mut line) {
                Ok(0) => Err(usage(format!("{name} is missing: write it on standard input"))),
                Ok(_) => Ok(line),
                Err(error) => Err(failed(format!("standard input cannot be read ({error})"))),
            }?
        }
    };
    Pin::new(digits.trim()).map_err(|error| usage(format!("{name}: {error}")))
}

/// Reads a new PIN twice from a terminal, and once from anything else.
pub(crate) fn read_new() -> Result<Pin, Failure> {
    let pin = read("the new PIN")?;
    if io::stdin().is_terminal() && read("the new PIN again")? != pin {
        return Err(usage("the two PINs differ: nothing was changed"));
    }
    Ok(pin)
}

fn typed(name: &str) -> Result<String, Failure> {
    let unreadable = |error: ReadlineError| match error {
        ReadlineError::Interrupted | ReadlineError::Eof => failed("interrupted"),
        error => failed(format!("the terminal cannot be read ({error})")),
    };
    let mut editor = Editor::<Masked, _>::new().map_err(unreadable)?;
    editor.set_color_mode(ColorMode::Forced);
    editor.set_helper(Some(Masked));
    editor.readline(&format!("{name}: ")).map_err(unreadable)
}

/// Shows a star for each digit.
struct Masked;

impl Helper for Masked {}
impl Hinter for Masked {
    type Hint = String;
}
impl Validator for Masked {}
impl Completer for Masked {
    type Candidate = String;
}
impl Highlighter for Masked {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned("*".repeat(line.chars().count()))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}
