//! The reader of command lines and message bodies: ITU-T V.250, 5.2.1 and 3GPP TS 27.005, 3.5.1.

use alloc::vec::Vec;

use crate::settings::Settings;

const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;

/// The maximal length of a command line; a longer one is an error.
const LINE_LIMIT: usize = 2048;
/// The maximal length of a message body; a longer one is an error.
const BODY_LIMIT: usize = 8192;

/// The collector of the host's bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reader {
    line: Vec<u8>,
    last: Vec<u8>,
    body: Option<Vec<u8>>,
    overflow: bool,
}

/// An input that a byte of the host has completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A command line, without `AT` and its end.
    Line(Vec<u8>),
    /// A line that is too long.
    Overlong,
    /// A carriage return inside a message body: a new prompt is due.
    Continued,
    /// A message body, ended by Ctrl-Z.
    Body(Vec<u8>),
    /// A message body, cancelled by ESC.
    Withdrawn,
}

impl Reader {
    /// Reads the next bytes as a message body.
    pub(crate) fn expect_body(&mut self) {
        self.body = Some(Vec::new());
        self.overflow = false;
    }

    /// Returns `true` while a message body is being read.
    pub(crate) fn in_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns `true` if no byte of a line or a body has been read.
    pub(crate) fn is_idle(&self) -> bool {
        self.body.is_none() && self.line.is_empty()
    }

    /// Returns `true` while a command line or a message body is partly read.
    pub(crate) fn is_mid_line(&self) -> bool {
        self.body.is_some() || self.line.windows(2).any(|pair| pair.eq_ignore_ascii_case(b"AT"))
    }

    /// Drops a partly read line or body.
    pub(crate) fn reset(&mut self) {
        *self = Self { last: core::mem::take(&mut self.last), ..Self::default() };
    }

    pub(crate) fn push(&mut self, byte: u8, settings: &Settings, needs_lf: bool) -> Option<Input> {
        if self.body.is_some() {
            self.push_body(byte, settings)
        } else {
            self.push_line(byte, settings, needs_lf)
        }
    }

    fn push_body(&mut self, byte: u8, settings: &Settings) -> Option<Input> {
        let body = self.body.as_mut()?;
        match byte {
            CTRL_Z => {
                let body = self.body.take()?;
                return Some(if self.overflow { Input::Overlong } else { Input::Body(body) });
            }
            ESCAPE => {
                self.body = None;
                return Some(Input::Withdrawn);
            }
            _ if byte == settings.backspace => {
                body.pop();
            }
            // The line feed of a CR LF belongs to the carriage return before it.
            b'\n' if body.is_empty() || body.last() == Some(&b'\r') => {}
            _ if body.len() < BODY_LIMIT => body.push(byte),
            _ => self.overflow = true,
        }
        (byte == settings.terminator).then_some(Input::Continued)
    }

    fn push_line(&mut self, byte: u8, settings: &Settings, needs_lf: bool) -> Option<Input> {
        if byte == settings.backspace {
            self.line.pop();
            return None;
        }
        let end = if needs_lf { b'\n' } else { settings.terminator };
        // `A/` repeats the last line immediately, without a terminator.
        if byte == b'/' && self.line.eq_ignore_ascii_case(b"A") {
            self.line.clear();
            return Some(Input::Line(self.last.clone()));
        }
        if byte != end {
            match byte {
                b'\n' | b'\r' | 0 if self.line.is_empty() => {}
                _ if self.line.len() < LINE_LIMIT => self.line.push(byte),
                _ => self.overflow = true,
            }
            return None;
        }
        let line = core::mem::take(&mut self.line);
        if core::mem::take(&mut self.overflow) {
            return Some(Input::Overlong);
        }
        // Characters before AT are ignored, and so is a line without it.
        let start = line.windows(2).position(|pair| pair.eq_ignore_ascii_case(b"AT"))?;
        let line = line.get(start..)?.get(2..)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.last = line.to_vec();
        Some(Input::Line(line.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(bytes: &[u8]) -> Vec<Input> {
        let (mut reader, settings) = (Reader::default(), Settings::default());
        bytes.iter().filter_map(|&byte| reader.push(byte, &settings, false)).collect()
    }

    #[test]
    fn a_line_runs_from_at_to_the_terminator() {
        assert_eq!(inputs(b"ATE0\r"), [Input::Line(b"E0".to_vec())]);
        assert_eq!(inputs(b"\n\x1a??at+csq\r\n"), [Input::Line(b"+csq".to_vec())]);
        assert_eq!(inputs(b"hello\rAT\r"), [Input::Line(Vec::new())]);
    }

    #[test]
    fn backspace_takes_a_character_back_and_a_slash_repeats_the_line() {
        assert_eq!(
            inputs(b"ATE9\x080\ra/"),
            [Input::Line(b"E0".to_vec()), Input::Line(b"E0".to_vec())]
        );
    }

    #[test]
    fn an_endless_line_ends_in_an_error_and_not_in_memory() {
        let mut bytes = Vec::from(*b"AT");
        bytes.resize(100_000, b'+');
        bytes.extend(*b"\rAT\r");
        assert_eq!(inputs(&bytes), [Input::Overlong, Input::Line(Vec::new())]);
    }

    #[test]
    fn a_body_ends_at_ctrl_z_or_is_withdrawn_by_escape() {
        let (mut reader, settings) = (Reader::default(), Settings::default());
        let mut feed = |bytes: &[u8]| {
            reader.expect_body();
            bytes.iter().filter_map(|&byte| reader.push(byte, &settings, false)).collect::<Vec<_>>()
        };
        assert_eq!(feed(b"AT\r\nOK\x1a"), [Input::Continued, Input::Body(b"AT\rOK".to_vec())]);
        assert_eq!(feed(b"abc\x1b"), [Input::Withdrawn]);
    }
}
