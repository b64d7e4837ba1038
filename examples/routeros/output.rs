//! The console, which shows lines to the reader.

use core::cell::RefCell;
use core::fmt;
use std::io::{self, Write};
use std::rc::Rc;

use crate::logging::masked;

/// The console, shared by the shell and its log.
#[derive(Clone)]
pub(crate) struct Output(Rc<RefCell<State>>);

struct State {
    writer: Box<dyn Write>,
    /// `true` if colours are shown.
    colours: bool,
    /// The secret that is masked in every line.
    secret: String,
    /// The first failure of the writer.
    lost: Option<io::Error>,
}

/// The colour of the names of properties.
const LABEL: &str = "32";
/// The style of headings.
const HEADING: &str = "1";
/// The colour of errors.
const ERROR: &str = "31";

impl Output {
    /// A console without colours.
    pub(crate) fn new(writer: impl Write + 'static) -> Self {
        let writer = Box::new(writer);
        Self(Rc::new(RefCell::new(State {
            writer,
            colours: false,
            secret: String::new(),
            lost: None,
        })))
    }

    /// The same console, with colours.
    pub(crate) fn coloured(self) -> Self {
        self.0.borrow_mut().colours = true;
        self
    }

    /// Sets the secret that is masked in every line.
    pub(crate) fn mask(&self, secret: &str) {
        self.0.borrow_mut().secret = secret.into();
    }

    /// The first failure of the console.
    pub(crate) fn lost(&self) -> Option<io::Error> {
        self.0.borrow_mut().lost.take()
    }

    /// Prints a line.
    pub(crate) fn line(&self, text: &str) {
        let mut state = self.0.borrow_mut();
        let text = masked(&state.secret, text);
        // The shell goes on if the console is closed, and reports it at the end.
        if let Err(error) = writeln!(state.writer, "{text}").and_then(|()| state.writer.flush()) {
            state.lost.get_or_insert(error);
        }
    }

    /// Prints the line above a list.
    pub(crate) fn heading(&self, text: &str) {
        self.line(&self.styled(HEADING, text));
    }

    /// Prints an error.
    pub(crate) fn error(&self, text: &str) {
        self.line(&self.styled(ERROR, text));
    }

    /// Prints labels and values, the labels flush right.
    pub(crate) fn properties(&self, lines: &[(&str, String)]) {
        let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or_default() + 2;
        for (label, value) in lines {
            let label = self.styled(LABEL, &format!("{label:>width$}:"));
            self.line(format!("{label} {value}").trim_end());
        }
    }

    fn styled(&self, style: &str, text: &str) -> String {
        let state = self.0.borrow();
        if state.colours {
            // The letter before the text would hide that the secret is a whole word.
            format!("\x1b[{style}m{}\x1b[0m", masked(&state.secret, text))
        } else {
            text.into()
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}
