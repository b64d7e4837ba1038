//! TP-PI and the fields that it announces, 3GPP TS 23.040, 9.2.3.27.

use crate::dcs::Dcs;
use crate::error::EncodeError;
use crate::field::Field;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::tpdu;
use crate::user_data::UserData;
use crate::warning::{Warning, Warnings};
use crate::writer::Writer;

const PID: u8 = 0x01;
const DCS: u8 = 0x02;
const USER_DATA: u8 = 0x04;
const EXTENSION: u8 = 0x80;

/// The optional fields at the end of a report. 3GPP TS 23.040, 9.2.3.27.
///
/// `N` is the maximum number of octets of user data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parameters<const N: usize> {
    /// TP-PID: the protocol identifier.
    pub pid: Option<Pid>,
    /// TP-DCS: the data coding scheme of the user data; the default alphabet if absent.
    pub dcs: Option<Dcs>,
    /// TP-UD with TP-UDL and TP-UDHI.
    pub user_data: Option<UserData<N>>,
}

impl<const N: usize> Parameters<N> {
    /// No optional fields.
    pub const NONE: Self = Self { pid: None, dcs: None, user_data: None };

    /// Returns the text, or `None` if there is no user data, or it holds data or is compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn text(&self) -> Option<alloc::string::String> {
        self.user_data.as_ref()?.to_text(self.dcs.unwrap_or_default())
    }

    pub(crate) fn has_header(&self) -> bool {
        self.user_data.as_ref().is_some_and(UserData::has_header)
    }

    pub(crate) fn indicator(&self) -> u8 {
        let bit = |present: bool, bit: u8| if present { bit } else { 0 };
        bit(self.pid.is_some(), PID)
            | bit(self.dcs.is_some(), DCS)
            | bit(self.user_data.is_some(), USER_DATA)
    }

    /// Reads TP-PI; more octets of unknown meaning may follow.
    pub(crate) fn read_indicator(reader: &mut Reader<'_>, warnings: &mut Warnings) -> Option<u8> {
        let first = reader.octet(Field::ParameterIndicator).ok()?;
        warnings.add_if(first & !(PID | DCS | USER_DATA) != 0, Warning::ParameterIndicator);
        let mut last = first;
        while last & EXTENSION != 0 {
            last = reader.octet(Field::ParameterIndicator).ok()?;
        }
        Some(first)
    }

    /// Reads the fields that TP-PI announces. Missing ones are absent: the fields before them are
    /// the ones that matter.
    pub(crate) fn read(
        indicator: u8,
        header: bool,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Self {
        let mut parameters = Self::NONE;
        let whole = parameters.read_fields(indicator, header, reader, warnings);
        warnings.add_if(whole.is_none(), Warning::Truncated);
        warnings.add_if(header && parameters.user_data.is_none(), Warning::SpareBits);
        parameters
    }

    fn read_fields(
        &mut self,
        indicator: u8,
        header: bool,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Option<()> {
        if indicator & PID != 0 {
            self.pid = Some(tpdu::read_pid(reader, warnings).ok()?);
        }
        if indicator & DCS != 0 {
            self.dcs = Some(tpdu::read_dcs(reader, warnings).ok()?);
        }
        if indicator & USER_DATA != 0 {
            let udl = reader.octet(Field::UserDataLength).ok()?;
            let dcs = self.dcs.unwrap_or_default();
            self.user_data = Some(UserData::read(udl, dcs, header, reader, warnings));
        }
        Some(())
    }

    pub(crate) fn encoded_len(&self) -> usize {
        usize::from(self.pid.is_some())
            + usize::from(self.dcs.is_some())
            + self.user_data.as_ref().map_or(0, UserData::encoded_len)
    }

    /// Writes the fields after TP-PI.
    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        if let Some(pid) = self.pid {
            writer.octet(pid.raw());
        }
        if let Some(dcs) = self.dcs {
            writer.octet(dcs.raw());
        }
        match &self.user_data {
            Some(user_data) => user_data.write(self.dcs.unwrap_or_default(), writer),
            None => Ok(()),
        }
    }
}
