//! The console, which shows lines to the reader.

use core::cell::RefCell;
use core::fmt;
use std::io::Write;
use std::rc::Rc;

/// The console, shared by the shell and its log.
#[derive(Clone)]
pub(crate) struct Output(Rc<RefCell<dyn Write>>);

impl Output {
    pub(crate) fn new(writer: impl Write + 'static) -> Self {
        Self(Rc::new(RefCell::new(writer)))
    }

    /// Prints a line.
    pub(crate) fn line(&self, text: &str) {
        let mut writer = self.0.borrow_mut();
        // The shell continues if the console is closed.
        let _ = writeln!(writer, "{text}").and_then(|()| writer.flush());
    }

    /// Prints labels and values, the labels flush right.
    pub(crate) fn properties(&self, lines: &[(&str, String)]) {
        let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or_default() + 2;
        for (label, value) in lines {
            self.line(format!("{label:>width$}: {value}").trim_end());
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}
