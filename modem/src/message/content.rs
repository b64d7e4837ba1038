//! The content of a received message by its kind: text, WAP push, MMS, cards.

use core::fmt;

use pdu::{Mms, PushContent, WapPush};

use super::received::Received;

/// The content of a [`Received`] message, from [`Received::content`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceivedContent<'a> {
    /// A text.
    Text(&'a str),
    /// The notification of an MMS, or a report about one.
    #[doc(alias = "m-notification-ind")]
    Mms(Mms<'a>),
    /// Another WAP push, such as a service indication: see [`WapPush::content`].
    WapPush(WapPush<'a>),
    /// A vCard, by its port.
    VCard(&'a [u8]),
    /// A vCalendar, by its port.
    VCalendar(&'a [u8]),
    /// Other data, or data that cannot be read, such as those of an incomplete message.
    Data(&'a [u8]),
}

impl Received {
    /// The content by its kind, which the ports of the message name.
    ///
    /// The parts of a long message are joined before they are read. Data that cannot be read stay
    /// data.
    ///
    /// # Examples
    ///
    /// ```
    /// use modem::pdu::{Deliver, Envelope, MmsTime, MmsType};
    /// use modem::{Received, ReceivedContent};
    ///
    /// let pdu = "00440B917321000000F00004621152213180805E0605040B8423F0010603BEAF848C82985437\
    ///            663361008D928918802B33373132303030303030302F545950453D504C4D4E009650686F746F00\
    ///            8A808E0270008805810302A30083687474703A2F2F6D2E6578616D706C652F543766336100";
    /// let message = Received::from(Envelope::<Deliver>::from_hex(pdu)?.value.tpdu);
    /// let ReceivedContent::Mms(mms) = message.content() else { panic!("not an MMS") };
    /// assert_eq!(mms.message_type(), MmsType::NOTIFICATION);
    /// assert_eq!(mms.subject().unwrap().to_string(), "Photo");
    /// assert_eq!(mms.expiry(), Some(MmsTime::Relative(172_800)));
    /// assert_eq!(mms.location().unwrap().as_str(), Some("http://m.example/T7f3a"));
    /// # Ok::<(), modem::pdu::DecodeError>(())
    /// ```
    #[doc(alias("MMS", "WAP push", "vCard"))]
    pub fn content(&self) -> ReceivedContent<'_> {
        let data = match (&self.text, self.data.as_deref()) {
            (Some(text), _) => return ReceivedContent::Text(text),
            (None, data) => data.unwrap_or_default(),
        };
        match self.ports {
            _ if !self.missing.is_empty() => ReceivedContent::Data(data),
            Some(ports) if ports.is_wap_push() => match WapPush::decode(data) {
                Some(push) => match push.content() {
                    PushContent::Mms(mms) => ReceivedContent::Mms(mms),
                    _ => ReceivedContent::WapPush(push),
                },
                None => ReceivedContent::Data(data),
            },
            Some(ports) if ports.is_vcard() => ReceivedContent::VCard(data),
            Some(ports) if ports.is_vcalendar() => ReceivedContent::VCalendar(data),
            _ => ReceivedContent::Data(data),
        }
    }

    /// The notification of an MMS, or a report about one, if the message has it.
    ///
    /// Its location often has a token that counts as a secret: do not log it.
    pub fn mms(&self) -> Option<Mms<'_>> {
        match self.content() {
            ReceivedContent::Mms(mms) => Some(mms),
            _ => None,
        }
    }
}

/// Data that are not shown, since they may hold the location of an MMS.
struct Hidden(usize);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0)
    }
}

impl fmt::Debug for Received {
    /// Shows all fields; of a WAP push neither the data nor the PDUs, which hold the location of an
    /// MMS.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sender, text, data, timestamp, class, ports, smsc, waiting, missing, .. } = self;
        let mut shown = f.debug_struct("Received");
        shown.field("sender", sender).field("text", text);
        if self.is_wap_push() {
            let hidden = data.as_ref().map(|data| Hidden(data.len()));
            shown.field("data", &hidden);
        } else {
            shown.field("data", data);
        }
        shown
            .field("timestamp", timestamp)
            .field("class", class)
            .field("ports", ports)
            .field("smsc", smsc)
            .field("waiting", waiting)
            .field("missing", missing)
            .field("possible_duplicate", &self.possible_duplicate);
        if self.is_wap_push() {
            let slots: alloc::vec::Vec<_> = self.receipt.slots().collect();
            shown.field("slots", &slots).finish_non_exhaustive()
        } else {
            shown.field("receipt", &self.receipt).finish()
        }
    }
}
