//! Unsolicited result codes, 3GPP TS 27.007, 4.1, and TS 27.005, 3.4.1.

mod kind;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use kind::{BootStage, UrcKind};
pub(crate) use kind::{Row, has_data, has_line_ends, is_bare, is_known, is_never_listed, row};

/// An unsolicited result code (URC): a message from the modem that no command asked for.
///
/// [`Notification::parse`](crate::Notification::parse) reads the known ones.
#[doc(alias = "unsolicited result code")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Urc {
    /// The line, followed by its data line, if any.
    bytes: Vec<u8>,
    line: usize,
    name: usize,
    has_data: bool,
    /// The kind of the name, which is looked up once.
    kind: Option<UrcKind>,
}

impl Urc {
    /// A URC of this line and the data line that follows it, for tests and logs.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Urc;
    ///
    /// let urc = Urc::new("+CMT: ,24", Some("00040B91..."));
    /// assert_eq!(urc.name(), "+CMT");
    /// assert_eq!(urc.parameters(), b",24");
    /// assert_eq!(urc.data(), Some(&b"00040B91..."[..]));
    /// ```
    pub fn new(line: impl AsRef<[u8]>, data: Option<&str>) -> Self {
        Self::of(line.as_ref(), data.map(str::as_bytes))
    }

    /// A URC of one line whose name has this length and this row.
    pub(crate) fn named(line: &[u8], name: usize, row: Option<&Row>) -> Self {
        let kind = row.map(|row| row.kind);
        Self { bytes: line.to_vec(), line: line.len(), name, has_data: false, kind }
    }

    pub(crate) fn of(line: &[u8], data: Option<&[u8]>) -> Self {
        let name = match crate::vocabulary::named(line) {
            Some((name, _)) => name.len(),
            None => line.iter().position(|&byte| byte == b':').unwrap_or(line.len()),
        };
        let bytes = [line, data.unwrap_or_default()].concat();
        let kind = row(line.get(..name).unwrap_or_default()).map(|row| row.kind);
        Self { bytes, line: line.len(), name, has_data: data.is_some(), kind }
    }

    /// The beginning of the line, up to its colon: `+CMTI`, `^RSSI`, `RING`, `VOICE CALL`.
    pub fn name(&self) -> &str {
        core::str::from_utf8(self.split().0).unwrap_or_default()
    }

    /// The kind of the URC; `None` if its name is not known.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::{BootStage, Urc, UrcKind};
    ///
    /// let kind = |line| Urc::new(line, None).kind();
    /// assert_eq!(kind("RDY"), Some(UrcKind::Boot(BootStage::Start)));
    /// assert_eq!(kind("SMS Ready"), Some(UrcKind::Boot(BootStage::Ready)));
    /// assert_eq!(kind("^RSSI:14"), None);
    /// ```
    pub const fn kind(&self) -> Option<UrcKind> {
        self.kind
    }

    /// The text after the colon, without the spaces at its ends.
    pub fn parameters(&self) -> &[u8] {
        let mut parts = self.split().1.splitn(2, |&byte| byte == b':').skip(1);
        parts.next().unwrap_or_default().trim_ascii()
    }

    /// The data line, such as the PDU of `+CMT`; `None` if the URC has none, or if it never came.
    pub fn data(&self) -> Option<&[u8]> {
        self.bytes.get(self.line..).filter(|_| self.has_data)
    }

    /// The first line.
    pub fn line(&self) -> &[u8] {
        self.bytes.get(..self.line).unwrap_or_default()
    }

    /// The name, and the rest of the line.
    fn split(&self) -> (&[u8], &[u8]) {
        self.line().split_at_checked(self.name).unwrap_or_default()
    }

    /// The first line as text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self.line()).into_owned()
    }
}

impl fmt::Debug for Urc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Urc(\"{}\"", self.line().escape_ascii())?;
        if let Some(data) = self.data() {
            write!(f, ", \"{}\"", data.escape_ascii())?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn the_parameters_follow_the_colon() {
        for (line, name, parameters) in [
            ("+CMTI: \"SM\",3", "+CMTI", "\"SM\",3"),
            ("^RSSI:14", "^RSSI", "14"),
            ("+X : a: b ", "+X", "a: b"),
            ("VOICE CALL: END: 41", "VOICE CALL", "END: 41"),
            ("RING", "RING", ""),
        ] {
            let urc = Urc::new(line, Some("00"));
            assert_eq!(
                (urc.name(), urc.parameters(), urc.to_text().as_str()),
                (name, parameters.as_bytes(), line)
            );
        }
        assert_eq!(
            format!("{:?} {:?}", Urc::new("A\n", None), Urc::new("B", Some("\0"))),
            r#"Urc("A\n") Urc("B", "\x00")"#
        );
    }
}
