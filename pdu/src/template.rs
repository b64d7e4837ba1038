//! The common fields of the parts of a message to be sent.

use alloc::vec::Vec;

use gsm7::{Coding, Codings};

use crate::address::Address;
use crate::dcs::{CharacterSet, Class, Dcs};
use crate::element::{Ports, Reference};
use crate::pid::Pid;
use crate::split::{Split, SplitError, one_part, split_data, split_into};
use crate::submit::Submit;
use crate::user_data::UserData;
use crate::validity::ValidityPeriod;

/// The common fields of the parts of a message to be sent: everything but the text.
///
/// A template holds no counter. The caller provides the reference of a concatenated message,
/// increments it from message to message, and keeps it over a restart.
///
/// # Examples
///
/// ```
/// use pdu::{Class, Reference, SubmitTemplate};
///
/// let mut template = SubmitTemplate::new("+37120000000".parse()?);
/// template.class = Some(Class::Flash);
/// let split = template.split("Hi", Reference::Eight(1))?;
/// assert_eq!(split.parts.len(), 1);
/// assert_eq!(split.parts[0].dcs.raw(), 0x10);
/// assert_eq!(split.parts[0].text().as_deref(), Some("Hi"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SubmitTemplate {
    /// The recipient of the message.
    pub destination: Address,
    /// The protocol, [`Pid::PLAIN`] by default.
    pub pid: Pid,
    /// The class, none by default.
    pub class: Option<Class>,
    /// The parts for which a status report is requested, none by default.
    pub status_report: ReportRequest,
    /// The time for which the service centre tries to deliver the message; its own default if
    /// absent.
    pub validity: Option<ValidityPeriod>,
    /// Set if the recipient may reply through the same service centre.
    pub reply_path: bool,
    /// Set to refuse a message with the same reference to the same recipient as a pending one.
    pub reject_duplicates: bool,
    /// The source and destination applications, none by default.
    pub ports: Option<Ports>,
    /// The codings that the text may use, the default alphabet and UCS-2 by default.
    pub codings: Codings,
}

/// The parts of a message for which a status report is requested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "there is no other sensible choice")]
#[doc(alias = "delivery report")]
pub enum ReportRequest {
    /// No part.
    #[default]
    None,
    /// Each part.
    All,
    /// The last part.
    Last,
}

impl SubmitTemplate {
    /// Creates a template with default options.
    #[must_use]
    pub const fn new(destination: Address) -> Self {
        Self {
            destination,
            pid: Pid::PLAIN,
            class: None,
            status_report: ReportRequest::None,
            validity: None,
            reply_path: false,
            reject_duplicates: false,
            ports: None,
            codings: Codings::DEFAULT,
        }
    }

    /// Splits a text into the fewest parts over all allowed codings: see
    /// [`split_text`](crate::split_text).
    ///
    /// # Errors
    ///
    /// [`SplitError`] if no allowed coding has all characters, or the text needs more than 255
    /// parts.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Reference, ReportRequest, SubmitTemplate};
    ///
    /// let mut template = SubmitTemplate::new("+37120000000".parse()?);
    /// template.status_report = ReportRequest::Last;
    /// let split = template.split(&"Labdien! ".repeat(40), Reference::Sixteen(1234))?;
    /// let reports: Vec<bool> = split.parts.iter().map(|part| part.status_report).collect();
    /// assert_eq!(reports, [false, false, true]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn split(&self, text: &str, reference: Reference) -> Result<Split<Submit>, SplitError> {
        split_into(
            text,
            self.codings,
            self.ports,
            reference,
            |coding, last| self.submit(Dcs::of(coding, self.class), last),
            |submit| &mut submit.user_data,
        )
    }

    /// Encodes a text as one message, without an allocation, and returns it with its coding.
    ///
    /// Returns `None` if the text does not fit into one message, or no allowed coding has all
    /// characters.
    ///
    /// # Examples
    ///
    /// ```
    /// let template = pdu::SubmitTemplate::new("+37120000000".parse()?);
    /// let (coding, submit) = template.single("Hi").unwrap();
    /// assert_eq!(coding, gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT));
    /// assert_eq!(submit.user_data.length(), 2);
    /// assert!(template.single(&"Hi".repeat(81)).is_none());
    /// # Ok::<(), pdu::AddressError>(())
    /// ```
    #[must_use]
    pub fn single(&self, text: &str) -> Option<(Coding, Submit)> {
        let mut submit = self.submit(Dcs::GSM7, true);
        let coding = one_part(text, self.codings, self.ports, &mut submit.user_data)?;
        submit.dcs = Dcs::of(coding, self.class);
        Some((coding, submit))
    }

    /// Splits octets into the fewest parts: see [`split_data`].
    ///
    /// # Errors
    ///
    /// [`SplitError`] if the octets need more than 255 parts.
    pub fn split_data(&self, data: &[u8], reference: Reference) -> Result<Vec<Submit>, SplitError> {
        let parts = split_data(data, self.ports, reference)?;
        let (dcs, last) = (Dcs::new(CharacterSet::Data, self.class), parts.len() - 1);
        let parts = parts.into_iter().enumerate();
        let submit = |(index, user_data)| Submit { user_data, ..self.submit(dcs, index == last) };
        Ok(parts.map(submit).collect())
    }

    /// Returns the part without its user data.
    fn submit(&self, dcs: Dcs, last: bool) -> Submit {
        Submit {
            message_reference: 0,
            destination: self.destination,
            pid: self.pid,
            dcs,
            validity: self.validity,
            user_data: UserData::EMPTY,
            reject_duplicates: self.reject_duplicates,
            status_report: match self.status_report {
                ReportRequest::None => false,
                ReportRequest::All => true,
                ReportRequest::Last => last,
            },
            reply_path: self.reply_path,
        }
    }
}
