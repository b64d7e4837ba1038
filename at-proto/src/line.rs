//! Lines as received.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// One line from the modem, without its line end.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Line(pub(crate) Vec<u8>);

impl Line {
    /// The bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The line as text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The information lines of an answer, in the order in which they came.
///
/// All lines share one buffer: an answer of any length costs two allocations that grow.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    /// The number of lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns `true` if there are no lines.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lines, without their line ends.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator + Clone {
        (0..self.ends.len()).map(|at| self.line(at))
    }

    /// The first line, if any.
    pub fn first(&self) -> Option<&[u8]> {
        self.iter().next()
    }

    fn line(&self, at: usize) -> &[u8] {
        let end_of = |at: usize| self.ends.get(at).copied().unwrap_or_default();
        let start = at.checked_sub(1).map_or(0, end_of);
        self.bytes.get(start..end_of(at)).unwrap_or_default()
    }

    /// The bytes of all lines together.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push(&mut self, line: &[u8]) {
        let room = self.bytes.capacity().saturating_sub(self.bytes.len());
        if room < line.len() {
            // A second line is likely the beginning of a list, which then grows fourfold.
            self.bytes.reserve(self.bytes.len().saturating_mul(3).max(line.len()));
        }
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        self.ends.pop()?;
        Some(self.bytes.split_off(self.ends.last().copied().unwrap_or_default()))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for line in self.iter() {
            list.entry(&format_args!("\"{}\"", line.escape_ascii()));
        }
        list.finish()
    }
}

impl<L: AsRef<[u8]>> FromIterator<L> for Lines {
    fn from_iter<I: IntoIterator<Item = L>>(lines: I) -> Self {
        let mut collected = Self::default();
        for line in lines {
            collected.push(line.as_ref());
        }
        collected
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_line_that_is_taken_back_is_gone() {
        let mut lines: Lines = ["one", "", "three"].into_iter().collect();
        assert_eq!((lines.len(), lines.is_empty()), (3, false));
        assert_eq!(lines.pop().as_deref(), Some(&b"three"[..]));
        assert_eq!((lines.len(), lines.byte_len()), (2, 3));
        lines.push(b"two");
        assert_eq!(lines, ["one", "", "two"].into_iter().collect());
        assert_eq!(format!("{lines:?}"), r#"["one", "", "two"]"#);
        for left in [2, 1, 0] {
            assert!(lines.pop().is_some());
            assert_eq!((lines.len(), lines.is_empty()), (left, left == 0));
        }
        assert_eq!(lines.pop(), None);
    }
}
