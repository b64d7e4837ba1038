//! Addresses: TP-OA, TP-DA, TP-RA and the service centre, 3GPP TS 23.040, 9.1.2.5.

mod number_type;

use core::fmt;
use core::str::FromStr;

use gsm7::Alphabet;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::field::Field;
use crate::reader::Reader;
use crate::warning::{Warning, Warnings};
use crate::writer::Writer;

pub use self::number_type::{NumberingPlan, TypeOfNumber};

/// Semi-octets of the longest address: ten octets.
const MAX_DIGITS: usize = 20;
/// Semi-octets that are kept of a longer one.
const MAX_KEPT: usize = 2 * STORED;
/// Octets of semi-octets. Long addresses are kept whole, so that no digit is lost.
const STORED: usize = 14;
const INTERNATIONAL: u8 = 0x91;
const UNKNOWN: u8 = 0x81;
const ALPHANUMERIC: u8 = 0xD0;
const FILLER: u8 = 0xF;

/// The address of a sender or recipient: a telephone number, or a name.
///
/// Keeps the type of address and the semi-octets as received, so that two addresses are equal if
/// their octets are. The standard allows 20 semi-octets; 28 are kept. [`Display`](fmt::Display)
/// writes the digits (with a leading `+` if international) or the name. 3GPP TS 23.040, 9.1.2.5.
///
/// # Examples
///
/// ```
/// use pdu::{Address, TypeOfNumber};
///
/// let number: Address = "+371 (20) 00-00.00".parse()?;
/// assert_eq!(number.to_string(), "+37120000000");
/// assert_eq!(number.type_of_number(), TypeOfNumber::International);
///
/// // Only a leading + makes a number international.
/// assert_eq!("12345".parse::<Address>()?.type_of_number(), TypeOfNumber::Unknown);
/// assert_eq!(
///     "+1-800-FLOWERS".parse::<Address>().unwrap_err().to_string(),
///     "'F' at 7 is not allowed in a number: use 0-9 * # a b c and a leading +",
/// );
/// // A zero that may or may not be dialled is refused.
/// assert_eq!(
///     "+49 (0)171 1234567".parse::<Address>(),
///     Err(pdu::AddressError::TrunkPrefix { at: 4 }),
/// );
/// # Ok::<(), pdu::AddressError>(())
/// ```
///
/// # Serde
///
/// With the feature `serde` a number is `{"number": "+37120000000", "type": 145}`, where `type` is
/// [`octet`](Self::octet), and a name is `{"name": "Bank", "type": 208}`. If that form would lose
/// something of the received octets, it is `{"octets": "17F3", "length": 4, "type": 145}` with the
/// number of semi-octets. A number is also read from a string, as [`str::parse`] reads it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "phone number")]
#[doc(alias = "MSISDN")]
#[doc(alias = "sender ID")]
// Aligned like a number: a small processor copies and compares it in one step, not octet by octet.
#[repr(align(4))]
pub struct Address {
    /// The type of address: bit 7 set, type of number, numbering plan.
    kind: u8,
    /// The number of semi-octets, at most 28. Of an alphanumeric address the useful ones.
    len: u8,
    /// Two semi-octets per octet, the low one first; zero beyond `len`.
    octets: [u8; STORED],
}

impl Address {
    /// Creates an address from digits, with this type and plan.
    ///
    /// Takes the digits `0-9 * # a b c` alone; use [`str::parse`] for text that a person typed.
    ///
    /// # Errors
    ///
    /// [`AddressError`] if there is no digit, more than 20 digits, or another character.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Address, NumberingPlan, TypeOfNumber};
    ///
    /// let short = Address::new(TypeOfNumber::Abbreviated, NumberingPlan::ISDN, "1188")?;
    /// assert_eq!((short.octet(), short.to_string().as_str()), (0xE1, "1188"));
    /// # Ok::<(), pdu::AddressError>(())
    /// ```
    pub fn new(ton: TypeOfNumber, npi: NumberingPlan, digits: &str) -> Result<Self, AddressError> {
        if ton == TypeOfNumber::Alphanumeric {
            return Self::alphanumeric(digits);
        }
        let mut address = Self::empty(0x80 | (ton as u8) << 4 | npi.raw());
        for (at, character) in digits.char_indices() {
            address.push(digit(character).ok_or(AddressError::Character { character, at })?)?;
        }
        if address.len == 0 { Err(AddressError::Empty) } else { Ok(address) }
    }

    /// Creates an alphanumeric address: a sender's name of at most 11 septets of the GSM default
    /// alphabet.
    ///
    /// # Errors
    ///
    /// [`AddressError`] if the name is empty, longer than 11 septets, or has a character outside
    /// the alphabet.
    ///
    /// # Examples
    ///
    /// ```
    /// let sender = pdu::Address::alphanumeric("Bank")?;
    /// assert_eq!(sender.octet(), 0xD0);
    /// assert_eq!(sender.to_string(), "Bank");
    /// # Ok::<(), pdu::AddressError>(())
    /// ```
    pub fn alphanumeric(name: &str) -> Result<Self, AddressError> {
        let mut septets = [0; MAX_NAME];
        let count = match gsm7::encode(name, Alphabet::DEFAULT, &mut septets) {
            Ok(0) => return Err(AddressError::Empty),
            Ok(count) => count,
            Err(gsm7::EncodeError::BufferTooSmall { .. }) => return Err(AddressError::NameTooLong),
            Err(error) => return Err(AddressError::Name(error)),
        };
        let mut address = Self::empty(ALPHANUMERIC);
        // 11 septets take 10 octets, so both the octets and the count of semi-octets fit.
        address.len = u8::try_from((count * 7).div_ceil(4)).unwrap_or(u8::MAX);
        match gsm7::pack(&septets[..count], 0, &mut address.octets) {
            Ok(_) => Ok(address),
            // Never fails: the alphabet gives septets, and 11 of them take 10 octets.
            Err(_) => Err(AddressError::NameTooLong),
        }
    }

    /// Returns the type of address as it goes over the air.
    ///
    /// Bit 7 is set, bits 6 to 4 are the type of number, bits 3 to 0 the numbering plan.
    #[must_use]
    pub const fn octet(&self) -> u8 {
        self.kind
    }

    /// Returns the type of number.
    #[must_use]
    pub const fn type_of_number(&self) -> TypeOfNumber {
        TypeOfNumber::from_bits(self.kind >> 4)
    }

    /// Returns the numbering plan.
    #[must_use]
    pub const fn numbering_plan(&self) -> NumberingPlan {
        NumberingPlan::from_bits(self.kind)
    }

    /// Returns `true` if the address is a name and not a number.
    #[must_use]
    pub const fn is_alphanumeric(&self) -> bool {
        // The three bits decide, not the octet: 0xD1 is a name too.
        matches!(self.type_of_number(), TypeOfNumber::Alphanumeric)
    }

    /// Returns `true` if the address has neither a digit nor a character.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Iterates over the digits `0-9 * # a b c`; a name has none.
    ///
    /// # Examples
    ///
    /// ```
    /// let code: pdu::Address = "*21#".parse()?;
    /// assert!(code.digits().eq(['*', '2', '1', '#']));
    /// # Ok::<(), pdu::AddressError>(())
    /// ```
    pub fn digits(&self) -> impl Iterator<Item = char> + '_ {
        let len = if self.is_alphanumeric() { 0 } else { self.len };
        (0..usize::from(len))
            .map(|at| self.semi_octet(at))
            .take_while(|&digit| digit != FILLER)
            .map(character)
    }

    /// Returns `true` if two addresses seem to be the same subscriber, with or without the country
    /// code.
    ///
    /// They match if the last 8 digits are equal, or all digits of the shorter number if it has 6
    /// or 7. It is meant for status reports, in which the network may write the recipient in
    /// another form.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::Address;
    ///
    /// let sent: Address = "20000000".parse()?;
    /// assert!(sent.digits_match(&"+37120000000".parse()?));
    /// assert!(!sent.digits_match(&"+37120000001".parse()?));
    /// # Ok::<(), pdu::AddressError>(())
    /// ```
    #[must_use]
    pub fn digits_match(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if self.is_alphanumeric() || other.is_alphanumeric() {
            return false;
        }
        let (own, others) = (self.digit_count(), other.digit_count());
        let count = own.min(others).min(8);
        let same =
            (1..=count).all(|back| self.semi_octet(own - back) == other.semi_octet(others - back));
        same && (count >= 6 || own == others)
    }

    /// Returns the name of an alphanumeric address as septets of the default alphabet, at most 16,
    /// and their number.
    fn name(&self) -> ([u8; MAX_KEPT_NAME], usize) {
        let mut septets = [0; MAX_KEPT_NAME];
        let mut count = usize::from(self.len) * 4 / 7;
        // Never fails: 28 semi-octets are 14 octets and 16 septets.
        if gsm7::unpack(&self.octets, 0, &mut septets[..count]).is_err() {
            return (septets, 0);
        }
        // Some senders count octets and announce 14 semi-octets for 7 characters. The 8th septet is
        // then padding, not a commercial at.
        if self.len == 14 && septets[7] == 0 {
            count = 7;
        }
        (septets, count)
    }

    /// Returns the octets of the type, and of the semi-octets with their number.
    #[cfg(feature = "serde")]
    pub(crate) const fn to_raw(self) -> (u8, u8, [u8; STORED]) {
        (self.kind, self.len, self.octets)
    }

    /// Creates the address with these semi-octets, or `None` if the octets cannot have been
    /// received.
    #[cfg(feature = "serde")]
    pub(crate) fn from_raw(kind: u8, len: u8, octets: [u8; STORED]) -> Option<Self> {
        let mut padded = [0; 16];
        padded[..STORED].copy_from_slice(&octets);
        let mut value = u128::from_le_bytes(padded);
        if usize::from(len) > MAX_KEPT {
            return None;
        }
        // Beyond the last semi-octet there are zeros, or one filler.
        let end = 4 * u32::from(len);
        let rest = value.checked_shr(end).unwrap_or(0);
        let is_padded = rest == 0 || (len % 2 == 1 && rest >> 4 == 0);
        if !Self::empty(kind).is_alphanumeric() && len % 2 == 1 {
            value |= u128::from(FILLER) << end;
        }
        let mut octets = [0; STORED];
        octets.copy_from_slice(&value.to_le_bytes()[..STORED]);
        is_padded.then_some(Self { kind, len, octets })
    }

    /// Creates an address from digits or, if the type says so, from a name.
    #[cfg(feature = "serde")]
    pub(crate) fn from_text(kind: u8, text: &str) -> Result<Self, AddressError> {
        let mut address = Self::empty(kind);
        if address.is_alphanumeric() {
            return Self::alphanumeric(text).map(|address| Self { kind, ..address });
        }
        for (at, character) in text.char_indices() {
            match digit(character) {
                Some(digit) => address.push(digit)?,
                None if (at, character) == (0, '+') => {}
                None => return Err(AddressError::Character { character, at }),
            }
        }
        Ok(address)
    }

    fn digit_count(&self) -> usize {
        (0..usize::from(self.len)).take_while(|&at| self.semi_octet(at) != FILLER).count()
    }

    fn semi_octet(&self, at: usize) -> u8 {
        self.octets[at / 2] >> (at % 2 * 4) & 0xF
    }

    const fn empty(kind: u8) -> Self {
        Self { kind, len: 0, octets: [0; STORED] }
    }

    fn push(&mut self, digit: u8) -> Result<(), AddressError> {
        let at = usize::from(self.len);
        let octet = self.octets[..MAX_DIGITS / 2].get_mut(at / 2).ok_or(AddressError::TooLong)?;
        *octet = if at % 2 == 0 { FILLER << 4 | digit } else { *octet & 0xF | digit << 4 };
        self.len += 1;
        Ok(())
    }

    /// Refuses digits in parentheses that begin with a trunk prefix: `group` is the position of the
    /// parenthesis, and the number of digits before it.
    fn check_group(&self, group: Option<(usize, u8)>) -> Result<(), AddressError> {
        let Some((at, before)) = group else { return Ok(()) };
        let digits = |range: core::ops::Range<u8>| range.map(|at| self.semi_octet(usize::from(at)));
        let begins_with_zero = digits(before..self.len).next() == Some(0);
        let is_alone = self.len == before + 1;
        let is_abroad = self.kind == INTERNATIONAL || digits(0..before).take(2).eq([0, 0]);
        if begins_with_zero && (is_alone || is_abroad) {
            return Err(AddressError::TrunkPrefix { at });
        }
        Ok(())
    }

    /// Returns the octets of the semi-octets.
    fn value(&self) -> &[u8] {
        // `len` is at most 28.
        &self.octets[..usize::from(self.len).div_ceil(2)]
    }

    /// Returns the address as one number, different for different addresses.
    #[cfg(feature = "alloc")]
    pub(crate) fn to_number(self) -> u128 {
        let mut number = [0; 2 + STORED];
        number[..2].copy_from_slice(&[self.kind, self.len]);
        number[2..].copy_from_slice(&self.octets);
        u128::from_be_bytes(number)
    }

    /// Returns the octets on the air: length, type, value.
    pub(crate) fn encoded_len(&self) -> usize {
        2 + self.value().len()
    }

    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        field: Field,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        let len = reader.octet(field)?;
        let kind = reader.octet(field)?;
        let len = usize::from(len);
        let value = reader.number(len.div_ceil(2), field)?;
        Ok(Self::from_parts(kind, len, value, warnings))
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        writer.octet(self.len);
        writer.octet(self.kind);
        writer.octets(self.value());
    }

    /// Reads the service centre, whose length counts octets with the type (3GPP TS 27.005, 3.1 and
    /// 24.011, 8.2.5.2).
    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn read_service_centre(
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Option<Self>, DecodeError> {
        let field = Field::ServiceCentre;
        let offset = reader.offset();
        let len = reader.octet(field)?;
        if len == 0 {
            return Ok(None);
        }
        if usize::from(len) > 1 + STORED {
            return Err(DecodeError::new(field, offset, DecodeErrorKind::AddressLength(len)));
        }
        let kind = reader.octet(field)?;
        let semi_octets = 2 * (usize::from(len) - 1);
        let value = reader.number(semi_octets / 2, field)?;
        // Without an octet there is no last semi-octet, and `value` has only zeros.
        let filled = semi_octet_of(value, semi_octets.saturating_sub(1)) == FILLER;
        let len = semi_octets - usize::from(filled);
        Ok(Some(Self::from_parts(kind, len, value, warnings)))
    }

    pub(crate) fn write_service_centre(&self, writer: &mut Writer<'_>) {
        let value = self.value();
        // At most 15.
        writer.octet(u8::try_from(1 + value.len()).unwrap_or(u8::MAX));
        writer.octet(self.kind);
        writer.octets(value);
    }

    /// Creates the address with these semi-octets, of which those beyond `len` are zeros, or one
    /// filler.
    #[cfg_attr(feature = "fast", inline(always))]
    fn from_parts(kind: u8, len: usize, mut value: u128, warnings: &mut Warnings) -> Self {
        warnings.add_if(len > MAX_DIGITS, Warning::AddressTooLong);
        let len = len.min(MAX_KEPT);
        let address = Self::empty(kind);
        warnings.add_if(!address.has_known_type(), Warning::AddressType);
        if !address.is_alphanumeric() {
            let digits = value & !(u128::MAX << (4 * len));
            let mut odd = fillers(digits) != 0;
            if len % 2 == 1 {
                odd |= semi_octet_of(value, len) != FILLER;
                value |= u128::from(FILLER) << (4 * len);
            }
            warnings.add_if(odd, Warning::AddressFiller);
        }
        let mut octets = [0; STORED];
        octets.copy_from_slice(&value.to_le_bytes()[..STORED]);
        Self {
            kind,
            // At most 28.
            len: u8::try_from(len).unwrap_or(u8::MAX),
            octets,
        }
    }

    fn has_known_type(&self) -> bool {
        let plan = self.kind & 0xF;
        let type_known = match self.type_of_number() {
            TypeOfNumber::Reserved => false,
            // For names the plan bits must be 0.
            TypeOfNumber::Alphanumeric => plan == 0,
            _ => self.numbering_plan().is_known(),
        };
        type_known && self.kind & 0x80 != 0
    }
}

/// Returns one of the semi-octets of a number, from its low end.
fn semi_octet_of(value: u128, at: usize) -> u8 {
    let [octet, ..] = (value >> (4 * at)).to_le_bytes();
    octet & 0xF
}

/// Returns the lowest bit of every semi-octet that is a filler, all at once, since every PDU is
/// checked.
const fn fillers(value: u128) -> u128 {
    let pairs = value & value >> 1;
    pairs & pairs >> 2 & (u128::MAX / 0xF)
}

/// Septets of the longest name: 20 semi-octets.
const MAX_NAME: usize = MAX_DIGITS * 4 / 7;
/// Septets that are kept of a longer one.
const MAX_KEPT_NAME: usize = MAX_KEPT * 4 / 7;

impl FromStr for Address {
    type Err = AddressError;

    /// Reads a number as people write it.
    ///
    /// The digits are `0-9 * # a b c`, and a leading `+` makes the number international. Spaces,
    /// dashes, dots and parentheses are skipped.
    ///
    /// A zero in parentheses, as in `+49 (0)171 1234567`, is refused: it is a trunk prefix that
    /// callers from abroad omit in most countries and dial in others (Italy). For the same reason
    /// `(0…)` is refused in a number that begins with `+` or `00`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut address = Self::empty(UNKNOWN);
        let mut group = None;
        for (at, character) in text.char_indices() {
            match (character, digit(character)) {
                (_, Some(digit)) => address.push(digit)?,
                ('(', None) => group = Some((at, address.len)),
                (')', None) => address.check_group(group.take())?,
                (' ' | '-' | '.', None) => {}
                ('+', None) if address.len == 0 && address.kind == UNKNOWN => {
                    address.kind = INTERNATIONAL;
                }
                _ => return Err(AddressError::Character { character, at }),
            }
        }
        address.check_group(group)?;
        if address.len == 0 { Err(AddressError::Empty) } else { Ok(address) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        if self.is_alphanumeric() {
            let (septets, count) = self.name();
            return fmt::Display::fmt(&gsm7::chars(&septets[..count], Alphabet::DEFAULT), f);
        }
        if self.type_of_number() == TypeOfNumber::International {
            f.write_char('+')?;
        }
        self.digits().try_for_each(|digit| f.write_char(digit))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:#04x}, {self})", self.kind)
    }
}

const fn digit(character: char) -> Option<u8> {
    Some(match character {
        '0'..='9' => character as u8 & 0xF,
        '*' => 0xA,
        '#' => 0xB,
        'a' => 0xC,
        'b' => 0xD,
        'c' => 0xE,
        _ => return None,
    })
}

fn character(digit: u8) -> char {
    char::from(b"0123456789*#abc "[usize::from(digit & 0xF)])
}

/// An error of reading an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The text has neither a digit nor a character.
    #[error("the address is empty")]
    Empty,
    /// The text has a character that numbers lack.
    #[error("{character:?} at {at} is not allowed in a number: use 0-9 * # a b c and a leading +")]
    Character {
        /// The character.
        character: char,
        /// Its position in bytes.
        at: usize,
    },
    /// A zero in parentheses may or may not be dialled.
    #[error(
        "the zero in parentheses at {at} may not be part of the number: write the number as it is dialled"
    )]
    TrunkPrefix {
        /// The position of the parenthesis in bytes.
        at: usize,
    },
    /// The number has more than 20 digits.
    #[error("a number has at most 20 digits")]
    TooLong,
    /// The name is longer than 11 septets.
    #[error("a name has at most 11 characters of the gsm alphabet")]
    NameTooLong,
    /// A character of a name is not in the default alphabet.
    #[error("the name cannot be written in the gsm alphabet")]
    Name(#[source] gsm7::EncodeError),
}
