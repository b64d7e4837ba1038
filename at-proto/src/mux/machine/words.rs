//! Lines of text outside frames, which a multiplexing modem does not write.

use alloc::vec::Vec;

use crate::line::Line;

/// The bytes that are kept of a line.
const MAX_TEXT: usize = 64;

/// The line of text that is being read.
#[derive(Debug, Default)]
pub(super) struct Words {
    line: Vec<u8>,
    /// The line has a byte that is not text.
    is_spoilt: bool,
}

impl Words {
    /// Takes bytes outside frames; returns the first line of text that they complete, and the rest
    /// of the bytes.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> (Option<Line>, &'a [u8]) {
        for (&byte, rest) in bytes.iter().zip(1usize..) {
            match byte {
                b'\r' | b'\n' => {
                    let line = core::mem::take(&mut self.line);
                    let is_text = !core::mem::take(&mut self.is_spoilt)
                        && line.len() > 1
                        && line.iter().any(u8::is_ascii_uppercase);
                    if is_text {
                        return (Some(line.into()), bytes.get(rest..).unwrap_or_default());
                    }
                }
                b' '..=b'~' if self.line.len() < MAX_TEXT => self.line.push(byte),
                b' '..=b'~' => {}
                _ => self.is_spoilt = true,
            }
        }
        (None, &[])
    }

    /// A frame ends the line.
    pub(super) fn clear(&mut self) {
        self.line.clear();
        self.is_spoilt = false;
    }
}
