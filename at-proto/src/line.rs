//! Lines as received.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// One line from the modem, without its line end.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Line(Cow<'static, [u8]>);

impl Line {
    /// A copy of a line.
    pub(crate) fn of(line: &[u8]) -> Self {
        match line {
            // The end of most answers takes no memory.
            b"OK" => Self(Cow::Borrowed(b"OK")),
            _ => line.to_vec().into(),
        }
    }

    /// The bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The line as text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<Vec<u8>> for Line {
    fn from(line: Vec<u8>) -> Self {
        Self(Cow::Owned(line))
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The information lines of an answer, in the order in which they came.
///
/// All lines share one buffer: an answer of two lines costs one allocation, and one of any length
/// two that grow.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    count: usize,
    /// The end of the first line; zero if it is the last one.
    first_end: usize,
    /// The ends of the lines between the first and the last one.
    ends: Vec<usize>,
}

impl Lines {
    /// The number of lines.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns `true` if there are no lines.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The lines, without their line ends.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator + Clone {
        (0..self.count).map(|at| self.line(at))
    }

    /// The first line, if any.
    pub fn first(&self) -> Option<&[u8]> {
        self.iter().next()
    }

    fn line(&self, at: usize) -> &[u8] {
        let end_of = |at: usize| match at.checked_sub(1) {
            None if self.count > 1 => self.first_end,
            Some(at) if at < self.ends.len() => self.ends.get(at).copied().unwrap_or_default(),
            _ => self.bytes.len(),
        };
        let start = at.checked_sub(1).map_or(0, end_of);
        self.bytes.get(start..end_of(at)).unwrap_or_default()
    }

    /// The bytes of all lines together.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a line, after which about `more` bytes are expected.
    #[inline]
    pub(crate) fn push(&mut self, line: &[u8], more: usize) {
        let room = self.bytes.capacity().saturating_sub(self.bytes.len());
        if room < line.len() {
            // A second line is likely the beginning of a list, which then grows fourfold.
            let growth = self.bytes.len().saturating_mul(3).max(line.len());
            self.bytes.reserve(growth.saturating_add(more));
        }
        match self.count {
            0 => {}
            1 => self.first_end = self.bytes.len(),
            _ => {
                if self.ends.len() == self.ends.capacity() {
                    self.ends.reserve(self.ends.len().saturating_mul(3));
                }
                self.ends.push(self.bytes.len());
            }
        }
        self.count = self.count.saturating_add(1);
        self.bytes.extend_from_slice(line);
    }

    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        self.count = self.count.checked_sub(1)?;
        let start = self.ends.pop().unwrap_or_else(|| core::mem::take(&mut self.first_end));
        Some(self.bytes.split_off(start))
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
            collected.push(line.as_ref(), 0);
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
        lines.push(b"two", 0);
        assert_eq!(lines, ["one", "", "two"].into_iter().collect());
        assert_eq!(format!("{lines:?}"), r#"["one", "", "two"]"#);
        for left in [2, 1, 0] {
            assert!(lines.pop().is_some());
            assert_eq!((lines.len(), lines.is_empty()), (left, left == 0));
        }
        assert_eq!(lines.pop(), None);
    }
}
