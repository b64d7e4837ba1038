//! The names of the fields of a TPDU, 3GPP TS 23.040, 9.2.2 and 9.2.3.

use core::fmt;

/// A field of a PDU, as errors name it.
///
/// Displays as the abbreviation of the standard in lower case: `tp-oa`, `tp-scts`.
///
/// # Examples
///
/// ```
/// assert_eq!(pdu::Field::Originator.to_string(), "tp-oa");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The service centre address that precedes the TPDU in PDU mode (3GPP TS 27.005, 3.1).
    ServiceCentre,
    /// The first octet of a TPDU: message type and flags.
    FirstOctet,
    /// TP-MR, the message reference.
    MessageReference,
    /// TP-OA, the originating address.
    Originator,
    /// TP-DA, the destination address.
    Destination,
    /// TP-RA, the recipient address of a report.
    Recipient,
    /// TP-PID, the protocol identifier.
    ProtocolIdentifier,
    /// TP-DCS, the data coding scheme.
    DataCodingScheme,
    /// TP-SCTS, the service centre time stamp.
    ServiceCentreTimestamp,
    /// TP-DT, the discharge time.
    DischargeTime,
    /// TP-ST, the status.
    Status,
    /// TP-VP, the validity period.
    ValidityPeriod,
    /// TP-CT, the command type.
    CommandType,
    /// TP-MN, the message number.
    MessageNumber,
    /// TP-CDL, the command data length.
    CommandDataLength,
    /// TP-FCS, the failure cause.
    FailureCause,
    /// TP-PI, the parameter indicator.
    ParameterIndicator,
    /// TP-UDL, the user data length.
    UserDataLength,
    /// TP-UD, the user data.
    UserData,
    /// The head of a cell broadcast page (3GPP TS 23.041, 9.4.1).
    PageHeader,
}

impl Field {
    /// Returns the standard's abbreviation in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceCentre => "smsc",
            Self::FirstOctet => "first octet",
            Self::MessageReference => "tp-mr",
            Self::Originator => "tp-oa",
            Self::Destination => "tp-da",
            Self::Recipient => "tp-ra",
            Self::ProtocolIdentifier => "tp-pid",
            Self::DataCodingScheme => "tp-dcs",
            Self::ServiceCentreTimestamp => "tp-scts",
            Self::DischargeTime => "tp-dt",
            Self::Status => "tp-st",
            Self::ValidityPeriod => "tp-vp",
            Self::CommandType => "tp-ct",
            Self::MessageNumber => "tp-mn",
            Self::CommandDataLength => "tp-cdl",
            Self::FailureCause => "tp-fcs",
            Self::ParameterIndicator => "tp-pi",
            Self::UserDataLength => "tp-udl",
            Self::UserData => "tp-ud",
            Self::PageHeader => "page header",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
