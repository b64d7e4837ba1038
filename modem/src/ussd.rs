//! Replies of a network over USSD in all encodings of modems, 3GPP TS 27.007, 7.15 and TS 23.038,
//! 5.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use at_proto::ussd::{Reply, Wanted};
use gsm7::charset::Charset;
use gsm7::{Alphabet, decode_to_string, ucs2, unpack_ussd_to_vec};

/// A reply of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UssdReply {
    /// The expectation of the network: nothing more, or an answer.
    pub wanted: Wanted,
    /// The text, if there is one.
    pub text: Option<String>,
    /// The encoding of the text; `None` without a text.
    pub encoding: Option<UssdEncoding>,
    /// The text as received from the modem.
    pub raw: Option<Vec<u8>>,
    /// The data coding scheme as reported by the modem: only a hint, since many modems report a
    /// wrong one.
    pub coding: Option<u8>,
    /// The reply may belong to an earlier request, which ended without a reply.
    ///
    /// A modem does not say to which request a reply belongs. A request without a reply is
    /// cancelled, and its reply may still come, for 5 minutes at most.
    pub possibly_stale: bool,
}

/// The encoding in which a modem writes USSD strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UssdEncoding {
    /// In the character set of `+CSCS`.
    Plain,
    /// Packed septets in hexadecimal digits, as written by Huawei modems.
    Packed,
    /// UTF-16 units in hexadecimal digits.
    Ucs2,
    /// Bytes of ASCII in hexadecimal digits.
    Bytes,
}

impl UssdReply {
    /// Returns `true` if the network waits for an answer; [`Session::ussd`](crate::Session::ussd)
    /// sends it.
    ///
    /// ```
    /// use modem::UssdReply;
    /// use modem::at::ussd::{Reply, Wanted};
    /// use modem::gsm7::charset::Charset;
    ///
    /// let text = Some(b"1 Balance 2 Help".to_vec());
    /// let menu = Reply::new(Wanted(1), text, Some(15));
    /// assert!(UssdReply::read(&menu, Charset::Gsm, None).needs_answer());
    /// ```
    pub fn needs_answer(&self) -> bool {
        self.wanted == Wanted::ANSWER
    }

    /// Reads a reply of a modem whose strings are in `charset`; `usual` is the encoding that the
    /// modem has used before.
    ///
    /// ```
    /// use modem::at::ussd::{Reply, Wanted};
    /// use modem::gsm7::charset::Charset;
    /// use modem::{UssdEncoding, UssdReply};
    ///
    /// let text = Some(b"EBB79B1E0685E9ECF4BADE9E03".to_vec());
    /// let mut reply = Reply::new(Wanted(0), text, Some(0));
    /// let read = UssdReply::read(&reply, Charset::Gsm, None);
    /// assert_eq!(read.text.as_deref(), Some("konta atlikums"));
    /// assert_eq!(read.encoding, Some(UssdEncoding::Packed));
    ///
    /// reply.text = Some(b"Balance: 5".to_vec());
    /// assert_eq!(UssdReply::read(&reply, Charset::Gsm, None).text.as_deref(), Some("Balance: 5"));
    /// ```
    pub fn read(reply: &Reply, charset: Charset, usual: Option<UssdEncoding>) -> Self {
        let read = reply.text.as_deref().map(|raw| text(raw, reply.coding, charset, usual));
        let (text, encoding) = read.unzip();
        Self {
            wanted: reply.wanted,
            text,
            encoding,
            raw: reply.text.clone(),
            coding: reply.coding,
            possibly_stale: false,
        }
    }
}

fn text(
    raw: &[u8],
    coding: Option<u8>,
    charset: Charset,
    usual: Option<UssdEncoding>,
) -> (String, UssdEncoding) {
    let plain = || (charset.decode(raw), UssdEncoding::Plain);
    if charset == Charset::Ucs2 {
        return plain();
    }
    // A short number is a number, though its digits are hexadecimal ones too.
    let Some(bytes) = bytes(raw).filter(|_| raw.len() > 8 || !raw.iter().all(u8::is_ascii_digit))
    else {
        return plain();
    };
    match coding {
        // 0x11: two bytes of language come first. 0x08 is the SMS scheme, which some modems report.
        Some(0x11) => {
            return (until_filler(bytes.get(2..).unwrap_or_default()), UssdEncoding::Ucs2);
        }
        Some(0x48 | 0x08) => return (until_filler(&bytes), UssdEncoding::Ucs2),
        _ => {}
    }
    let mut candidates = Vec::from([
        (decode_to_string(&unpack_ussd_to_vec(&bytes), Alphabet::DEFAULT), UssdEncoding::Packed),
        (bytes.iter().copied().map(char::from).collect(), UssdEncoding::Bytes),
    ]);
    if bytes.len() % 2 == 0 {
        candidates.push((ucs2::decode_to_string(&bytes), UssdEncoding::Ucs2));
    }
    if charset == Charset::Hex && bytes.iter().all(|byte| *byte < 0x80) {
        candidates.push((decode_to_string(&bytes, Alphabet::DEFAULT), UssdEncoding::Plain));
    }
    let share = |(text, encoding): &(String, UssdEncoding)| {
        let count = text.chars().count();
        let readable: usize = text.chars().map(|character| readable(character, *encoding)).sum();
        // In parts of a thousand; of equal ones the usual, and else the first.
        (
            readable.saturating_mul(500).checked_div(count).unwrap_or_default(),
            Some(*encoding) == usual,
        )
    };
    let best = candidates.iter().map(share).max();
    candidates.into_iter().find(|candidate| Some(share(candidate)) == best).unwrap_or_else(plain)
}

/// Some modems write garbage after the end of the text.
fn until_filler(bytes: &[u8]) -> String {
    let text = ucs2::decode_to_string(bytes);
    text.split(['\0', '\u{FFFF}']).next().unwrap_or_default().to_string()
}

/// The likelihood that a network writes this character: 0 to 2.
///
/// Text in a wrong encoding is full of unlikely characters: `@` and currency signs if read as
/// septets, ideographs if read as UTF-16 units, control characters if read as bytes.
fn readable(character: char, encoding: UssdEncoding) -> usize {
    match character {
        '0'..='9' | 'A'..='Z' | 'a'..='z' | ' ' | '\n' | '\r' => 2,
        _ if ".,:;!?*#+-/()'\"%=<>".contains(character) => 2,
        '\u{370}'..='\u{6FF}' | '\u{900}'..='\u{DFF}' if encoding == UssdEncoding::Ucs2 => 2,
        '\u{C0}'..='\u{17F}' | '\u{2010}'..='\u{20BF}' if encoding != UssdEncoding::Bytes => 1,
        _ => 0,
    }
}

/// The bytes of a string of hexadecimal digits; `None` for any other string.
fn bytes(raw: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; raw.len() / 2];
    (!raw.is_empty()).then_some(())?;
    faster_hex::hex_decode(raw, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_however_the_modem_writes_them() {
        for (raw, coding, text, encoding) in [
            ("Your balance is 5 EUR", Some(15), "Your balance is 5 EUR", UssdEncoding::Plain),
            ("1234", Some(15), "1234", UssdEncoding::Plain),
            ("AA180C3602", Some(15), "*100#", UssdEncoding::Packed),
            ("EBB79B1E0685E9ECF4BADE9E03", Some(0), "konta atlikums", UssdEncoding::Packed),
            (
                "00420061006C0061006E00630065003A00200035",
                Some(72),
                "Balance: 5",
                UssdEncoding::Ucs2,
            ),
            // UCS-2 under a 7-bit scheme (Quectel M35), and bytes of ASCII.
            (
                "00420061006C0061006E00630065003A00200035",
                Some(15),
                "Balance: 5",
                UssdEncoding::Ucs2,
            ),
            ("042304380442", Some(15), "Уит", UssdEncoding::Ucs2),
            ("42616C616E63653A2035", Some(0), "Balance: 5", UssdEncoding::Bytes),
            // Two bytes of language first and garbage after the end (Telit HE910).
            ("61390631063506CC062F0020003FFFFF60B1", Some(17), "رصید ?", UssdEncoding::Ucs2),
        ] {
            let reply = Reply::new(Wanted(0), Some(raw.as_bytes().to_vec()), coding);
            let read = UssdReply::read(&reply, Charset::Gsm, None);
            assert_eq!(
                (read.text.as_deref(), read.encoding),
                (Some(text), Some(encoding)),
                "{raw}"
            );
            assert_eq!(read.raw.as_deref(), Some(raw.as_bytes()));
        }
        let none = UssdReply::read(&Reply::new(Wanted(4), None, None), Charset::Gsm, None);
        assert_eq!((none.text, none.encoding), (None, None));
    }
}
