//! A message to send.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Address, Class, Reference, RelativeValidity, ReportRequest, Submit, SubmitTemplate};

use crate::error::{Error, ErrorKind};

/// A message to send: text or data of any length, with its options.
///
/// ```
/// use core::time::Duration;
/// use modem::OutgoingMessage;
/// use modem::pdu::Address;
///
/// let to: Address = "+491715550100".parse()?;
/// let message = OutgoingMessage::text(to, "Grüße \u{1F600}")
///     .request_status_report()
///     .with_validity(Duration::from_secs(3600));
/// assert_eq!(message.recipient().to_string(), "+491715550100");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("SMS", "long SMS", "concatenated SMS"))]
#[derive(Debug, Clone)]
pub struct OutgoingMessage {
    template: SubmitTemplate,
    body: Body,
    smsc: Option<Address>,
    expiry: Option<Duration>,
}

/// The maximum number of parts of a message, 3GPP TS 23.040, 9.2.3.24.1.
const MAX_PARTS: usize = 255;

#[derive(Debug, Clone)]
enum Body {
    Text(String),
    Data(Vec<u8>),
    Parts(Vec<Submit>),
}

impl OutgoingMessage {
    /// A text for `recipient`, in the most compact coding that has all its characters, in as many
    /// parts as it needs.
    pub fn text(recipient: Address, text: impl Into<String>) -> Self {
        Self::from_template(SubmitTemplate::new(recipient), text)
    }

    /// Binary data for `recipient`, 8-bit coded. Most applications also need ports, which
    /// [`data_from_template`](Self::data_from_template) takes.
    #[doc(alias("binary SMS", "8-bit"))]
    pub fn data(recipient: Address, bytes: impl Into<Vec<u8>>) -> Self {
        Self::data_from_template(SubmitTemplate::new(recipient), bytes)
    }

    /// Binary data with all the options of a template.
    ///
    /// ```
    /// use modem::OutgoingMessage;
    /// use modem::pdu::{Ports, SubmitTemplate};
    ///
    /// let mut template = SubmitTemplate::new("+491715550100".parse()?);
    /// template.ports = Some(Ports::wide(2948, 9200));
    /// let push = OutgoingMessage::data_from_template(template, vec![0; 200]);
    /// assert_eq!(push.plan()?.parts, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn data_from_template(template: SubmitTemplate, bytes: impl Into<Vec<u8>>) -> Self {
        Self { template, body: Body::Data(bytes.into()), smsc: None, expiry: None }
    }

    /// A text with all the options of a template.
    pub fn from_template(template: SubmitTemplate, text: impl Into<String>) -> Self {
        Self { template, body: Body::Text(text.into()), smsc: None, expiry: None }
    }

    /// A message of encoded TPDUs, which are sent as they are and in order.
    pub fn parts(recipient: Address, parts: Vec<Submit>) -> Self {
        Self {
            template: SubmitTemplate::new(recipient),
            body: Body::Parts(parts),
            smsc: None,
            expiry: None,
        }
    }

    /// Requests a status report for each part.
    #[doc(alias("delivery report", "DLR", "delivery receipt"))]
    #[must_use]
    pub fn request_status_report(mut self) -> Self {
        self.template.status_report = ReportRequest::All;
        self
    }

    /// Sets the message class. A message of [`Class::Flash`] is shown at once and not stored (flash
    /// SMS).
    #[doc(alias = "flash SMS")]
    #[must_use]
    pub fn with_class(mut self, class: Class) -> Self {
        self.template.class = Some(class);
        self
    }

    /// Sets the validity period: the time for which the service centre tries to deliver the
    /// message.
    ///
    /// The period is rounded up to a value of TP-VP, at most 63 weeks.
    #[doc(alias("TTL", "TP-VP"))]
    #[must_use]
    pub fn with_validity(mut self, validity: Duration) -> Self {
        self.template.validity =
            Some(RelativeValidity::at_least(validity).unwrap_or(RelativeValidity::MAX).into());
        self
    }

    /// Sets the time within which the message must be sent: a part that has not been sent by then
    /// expires. A part that is sent has the remaining time as its validity period.
    ///
    /// A message without an expiry waits at most
    /// [`Config::network_timeout`](crate::Config::network_timeout) for a modem that is not
    /// registered, and is then tried anyway.
    #[must_use]
    pub fn with_expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// Sets the service centre, instead of the default on the SIM.
    #[doc(alias("service centre", "SCA"))]
    #[must_use]
    pub fn with_smsc(mut self, smsc: Address) -> Self {
        self.smsc = Some(smsc);
        self
    }

    /// Sets the service centre; `None` stands for the default on the SIM.
    pub(crate) const fn by_way_of(mut self, smsc: Option<Address>) -> Self {
        self.smsc = smsc;
        self
    }

    /// The address of the recipient.
    pub fn recipient(&self) -> &Address {
        &self.template.destination
    }

    /// Returns the number of parts and the coding of the message, without sending it.
    ///
    /// # Errors
    /// Fails when no allowed coding has one of the characters, or the message needs more than 255
    /// parts.
    ///
    /// # Examples
    /// ```
    /// use modem::OutgoingMessage;
    /// use modem::gsm7::Coding;
    ///
    /// let text = "a \u{1F98A} ".repeat(30);
    /// let plan = OutgoingMessage::text("+491715550100".parse()?, text).plan()?;
    /// assert_eq!((plan.coding, plan.parts), (Some(Coding::Ucs2), 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plan(&self) -> Result<Plan, Error> {
        let (parts, coding) = self.split(0)?;
        Ok(Plan { coding, parts: parts.len() })
    }

    /// The TPDUs of the message, and the coding of a text. A message of more than one part uses
    /// `reference`.
    pub(crate) fn split(
        &self,
        reference: u16,
    ) -> Result<(Vec<Submit>, Option<gsm7::Coding>), Error> {
        // The low byte counts up as well, so that an 8-bit reference repeats only after 256
        // messages.
        let reference = Reference::Eight(reference.to_be_bytes()[1]);
        match &self.body {
            Body::Text(text) => {
                let split = self.template.split(text, reference).map_err(ErrorKind::Split)?;
                Ok((split.parts, Some(split.coding)))
            }
            Body::Data(bytes) => {
                Ok((self.template.split_data(bytes, reference).map_err(ErrorKind::Split)?, None))
            }
            Body::Parts(parts) if parts.is_empty() || parts.len() > MAX_PARTS => {
                Err(ErrorKind::Invalid("a message has 1 to 255 parts".into()).into())
            }
            Body::Parts(parts) => Ok((parts.clone(), None)),
        }
    }

    pub(crate) const fn expiry(&self) -> Option<Duration> {
        self.expiry
    }

    pub(crate) const fn smsc(&self) -> Option<Address> {
        self.smsc
    }
}

/// The coding and the number of parts of a message, from [`OutgoingMessage::plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The coding of a text; `None` for 8-bit data.
    pub coding: Option<gsm7::Coding>,
    /// The number of parts.
    pub parts: usize,
}
