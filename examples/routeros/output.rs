//! Where lines for the reader go.

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

    /// Shows a line.
    pub(crate) fn line(&self, text: &str) {
        let mut writer = self.0.borrow_mut();
        // Nobody reads it if the console is closed, and the modem works on all the same.
        let _ = writeln!(writer, "{text}").and_then(|()| writer.flush());
    }

    /// Shows labels and values, the labels flush right.
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
