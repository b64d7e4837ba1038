//! Replies of a network over USSD, 3GPP TS 27.007, 7.15.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::ussd::{Reply, Wanted};
use gsm7::charset::Charset;
use pdu::{CbsDcs, UssdEncoding, UssdReader, UssdReading};

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
    /// The decision table is on [`UssdReader`].
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
        let reader = UssdReader::new(charset);
        Self::read_with(reply, usual.map_or(reader, |usual| reader.habit(usual)))
    }

    /// Reads a reply with a reader, which can force an encoding, under the scheme of the reply.
    ///
    /// ```
    /// use modem::at::ussd::{Reply, Wanted};
    /// use modem::gsm7::charset::Charset;
    /// use modem::pdu::UssdReader;
    /// use modem::{UssdEncoding, UssdReply};
    ///
    /// let reply = Reply::new(Wanted(0), Some(b"00310032".to_vec()), Some(15));
    /// let reader = UssdReader::new(Charset::Gsm);
    /// assert_eq!(UssdReply::read_with(&reply, reader).text.as_deref(), Some("00310032"));
    /// let reader = reader.force(UssdEncoding::Ucs2);
    /// assert_eq!(UssdReply::read_with(&reply, reader).text.as_deref(), Some("12"));
    /// ```
    pub fn read_with(reply: &Reply, reader: UssdReader) -> Self {
        Self::reading(reply, reader).0
    }

    /// The reply, and the habit of the modem that it proves.
    pub(crate) fn reading(reply: &Reply, reader: UssdReader) -> (Self, Option<UssdEncoding>) {
        let reader = match reply.coding {
            Some(coding) => reader.dcs(CbsDcs::from_raw(coding)),
            None => reader,
        };
        let reading = reply.text.as_deref().map(|raw| reader.read(raw));
        let habit = reading.as_ref().and_then(UssdReading::habit);
        let (text, encoding) = reading.map(|reading| (reading.text, reading.encoding)).unzip();
        let reply = Self {
            wanted: reply.wanted,
            text,
            encoding,
            raw: reply.text.clone(),
            coding: reply.coding,
            possibly_stale: false,
        };
        (reply, habit)
    }
}
