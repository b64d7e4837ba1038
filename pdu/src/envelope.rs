//! PDU mode: the service centre address and a TPDU in hexadecimal digits, 3GPP TS 27.005, 3.1.

use crate::address::Address;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::field::Field;
use crate::hex;
use crate::reader::Reader;
use crate::tpdu::Tpdu;
use crate::warning::{Decoded, Warnings};
use crate::writer::Writer;

/// The maximum number of octets that are read; a record of a SIM has 176.
pub(crate) const MAX_OCTETS: usize = 300;

/// A PDU of PDU mode: the service centre address, then a TPDU, in hexadecimal digits.
///
/// # Examples
///
/// ```
/// use pdu::{Deliver, Envelope};
///
/// let digits = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";
/// let decoded = Envelope::<Deliver>::from_hex(digits)?;
/// let Envelope { smsc, tpdu } = decoded.value;
/// assert_eq!(smsc.unwrap().to_string(), "+31624000000");
/// assert_eq!(tpdu.text().as_deref(), Some("How are you?"));
/// assert_eq!(decoded.value.length(), 30);
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "PDU mode")]
#[doc(alias = "AT+CMGS")]
#[doc(alias = "AT+CMGR")]
pub struct Envelope<T> {
    /// The service centre; `None` for the one that the modem has stored.
    #[doc(alias = "SMSC")]
    pub smsc: Option<Address>,
    /// The TPDU.
    pub tpdu: T,
}

impl<T: Tpdu> Envelope<T> {
    /// Wraps a TPDU that goes through the service centre stored in the modem.
    #[must_use]
    pub const fn new(tpdu: T) -> Self {
        Self { smsc: None, tpdu }
    }

    /// Reads hexadecimal digits of either case; white space around octets is ignored.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a character is not a digit, or the parts of the PDU cannot be found.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Result<Decoded<Self>, DecodeError> {
        let mut octets = [0; MAX_OCTETS];
        let count = read_envelope_hex(hex.as_ref(), &mut octets)?;
        Self::decode(&octets[..count])
    }

    /// Reads octets.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the parts of the PDU cannot be found; its offset counts from the service
    /// centre on.
    #[inline]
    pub fn decode(octets: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        decode_with(octets, T::decode)
    }

    /// Writes octets, and returns their number.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (226 octets always suffice), or the TPDU cannot
    /// be written.
    #[inline]
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let (smsc, needed) = (self.smsc_len(), self.smsc_len() + self.tpdu.encoded_len());
        let available = out.len();
        let Some((head, tpdu)) = out.get_mut(..needed).map(|out| out.split_at_mut(smsc)) else {
            return Err(EncodeError::BufferTooSmall { needed, available });
        };
        let mut writer = Writer::new(head, smsc)?;
        match &self.smsc {
            Some(smsc) => smsc.write_service_centre(&mut writer),
            None => writer.octet(0),
        }
        Ok(writer.finish() + self.tpdu.encode(tpdu)?)
    }

    /// Writes upper-case hexadecimal digits into `out`.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (452 digits always fit), or the TPDU cannot be
    /// written.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Envelope, Submit};
    ///
    /// let envelope = Envelope::new(Submit::new("12345".parse()?));
    /// let mut digits = [0; 64];
    /// assert_eq!(envelope.write_hex(&mut digits)?, "00010005812143F5000000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_hex<'a>(&self, out: &'a mut [u8]) -> Result<&'a str, EncodeError> {
        let mut octets = [0; MAX_OCTETS];
        let count = self.encode(&mut octets)?;
        let octets = &octets[..count];
        let (needed, available) = (octets.len() * 2, out.len());
        let too_small = EncodeError::BufferTooSmall { needed, available };
        let Some(out) = out.get_mut(..needed) else {
            return Err(too_small);
        };
        // Never fails: the buffer has twice as many digits as there are octets.
        match faster_hex::hex_encode_upper(octets, out) {
            Ok(digits) => Ok(digits),
            Err(_) => Err(too_small),
        }
    }

    /// Returns the PDU in upper-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the TPDU cannot be written.
    #[cfg(feature = "alloc")]
    pub fn to_hex(&self) -> Result<alloc::string::String, EncodeError> {
        let mut digits = [0; MAX_OCTETS * 2];
        self.write_hex(&mut digits).map(Into::into)
    }

    /// Returns the octets of the TPDU without the service centre: the `<length>` of `+CMGS`,
    /// `+CMGW` and `+CNMA`.
    #[must_use]
    pub fn length(&self) -> usize {
        self.tpdu.encoded_len()
    }

    fn smsc_len(&self) -> usize {
        // The service centre counts octets instead of digits, and takes as many as an address in a
        // TPDU.
        self.smsc.as_ref().map_or(1, Address::encoded_len)
    }
}

/// Reads the service centre, and then a TPDU with a given function.
#[cfg_attr(feature = "fast", inline(always))]
pub(crate) fn decode_with<'a, T>(
    octets: &'a [u8],
    decode: impl FnOnce(&'a [u8]) -> Result<Decoded<T>, DecodeError>,
) -> Result<Decoded<Envelope<T>>, DecodeError> {
    let mut reader = Reader::new(octets);
    let mut warnings = Warnings::NONE;
    let smsc = Address::read_service_centre(&mut reader, &mut warnings)?;
    let before = reader.offset();
    let mut decoded = decode(reader.rest()).map_err(|error| error.shifted(before))?;
    decoded.warnings.add_all(warnings);
    Ok(decoded.map(|tpdu| Envelope { smsc, tpdu }))
}

/// Reads the digits of an envelope, and returns the number of octets.
#[inline]
pub(crate) fn read_envelope_hex(hex: &[u8], octets: &mut [u8]) -> Result<usize, DecodeError> {
    read_hex(hex, octets, Field::ServiceCentre, DecodeErrorKind::TooLong)
}

/// Reads hexadecimal digits into `out`, and returns the number of octets.
#[inline]
pub(crate) fn read_hex(
    hex: &[u8],
    out: &mut [u8],
    field: Field,
    too_long: impl FnOnce(usize) -> DecodeErrorKind,
) -> Result<usize, DecodeError> {
    let digits = hex.trim_ascii();
    let count = digits.len() / 2;
    let before = hex.len() - hex.trim_ascii_start().len();
    let Some(octets) = out.get_mut(..count) else {
        return read_spaced_hex(digits, before, out, field, too_long);
    };
    if hex::decode(digits, octets).is_none() {
        return read_spaced_hex(digits, before, out, field, too_long);
    }
    Ok(count)
}

/// Reads hexadecimal digits with white space between octets, as documents and tools print them.
#[cold]
fn read_spaced_hex(
    digits: &[u8],
    before: usize,
    out: &mut [u8],
    field: Field,
    too_long: impl FnOnce(usize) -> DecodeErrorKind,
) -> Result<usize, DecodeError> {
    let octets = || digits.split(u8::is_ascii_whitespace).filter(|group| !group.is_empty());
    // White space inside an octet, or a character that is not a digit.
    if octets().any(|group| group.len() % 2 != 0 || !group.iter().all(u8::is_ascii_hexdigit)) {
        return Err(bad_hex(digits, before, field));
    }
    let count = octets().map(|group| group.len() / 2).sum();
    if count > out.len() {
        return Err(DecodeError::new(field, 0, too_long(count)));
    }
    let mut at = 0;
    for group in octets() {
        // Never fails: the digits were counted and checked.
        let end = at + group.len() / 2;
        if hex::decode(group, &mut out[at..end]).is_none() {
            return Err(bad_hex(digits, before, field));
        }
        at = end;
    }
    Ok(count)
}

#[cold]
fn bad_hex(digits: &[u8], before: usize, field: Field) -> DecodeError {
    let is_wrong = |digit: &u8| !digit.is_ascii_hexdigit() && !digit.is_ascii_whitespace();
    let wrong = digits.iter().position(is_wrong);
    let space = || digits.iter().position(u8::is_ascii_whitespace);
    match wrong.or_else(space) {
        Some(at) => DecodeError::new(field, before + at, DecodeErrorKind::HexDigit(digits[at])),
        None => DecodeError::new(field, before + digits.len() - 1, DecodeErrorKind::HalfOctet),
    }
}
