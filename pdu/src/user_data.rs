//! TP-UDL and TP-UD, 3GPP TS 23.040, 9.2.3.16 and 9.2.3.24.

use core::fmt;

use gsm7::{Alphabet, packed_len, septet_capacity};

use crate::dcs::Dcs;
use crate::element::Information;
use crate::error::EncodeError;
use crate::header::Header;
use crate::reader::Reader;
use crate::user_data_ref::UserDataRef;
use crate::warning::Warnings;
use crate::writer::Writer;

/// The user data of a message: an optional header, then septets or octets. At most `N` octets, 140
/// in messages.
///
/// Keeps the octets as they go over the air, so that nothing is lost: up to 160 octets of received
/// user data that is too long. Their meaning depends on the
/// data coding scheme ([`Dcs`]), which is a separate field. 3GPP TS 23.040, 9.2.3.24.
///
/// # Examples
///
/// ```
/// use pdu::{Dcs, UserData};
///
/// let user_data = UserData::<140>::text("Hi", gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &[])?;
/// assert_eq!(user_data.length(), 2);
/// assert_eq!(user_data.octets(), [0xC8, 0x34]);
/// assert_eq!(user_data.write_text(Dcs::GSM7, &mut [0; 8]), Ok(Some("Hi")));
/// # Ok::<(), pdu::UserDataError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "TP-UD")]
#[doc(alias = "payload")]
pub struct UserData<const N: usize = 140> {
    /// Zero beyond `len`.
    octets: [u8; STORED],
    /// Octets in use.
    len: u8,
    /// TP-UDL: septets or octets.
    udl: u8,
    /// Set if TP-UDL counts septets; `len` then follows from it.
    septets: bool,
    /// TP-UDHI.
    header: bool,
}

/// Octets that are kept, of user data that is too long too.
pub(crate) const STORED: usize = 160;
/// Septets of the longest user data.
pub(crate) const MAX_SEPTETS: usize = 182;

impl<const N: usize> UserData<N> {
    /// The octets that are allowed.
    pub(crate) const MAX_OCTETS: usize = N;

    /// Empty user data, without a header.
    pub const EMPTY: Self = Self {
        octets: {
            assert!(N <= STORED, "no TPDU has more user data than a DELIVER-REPORT");
            [0; STORED]
        },
        len: 0,
        udl: 0,
        septets: false,
        header: false,
    };

    /// Creates user data from septets of an alphabet, after a header.
    ///
    /// # Errors
    ///
    /// [`UserDataError`] if there are too many septets, or one is above 0x7F.
    pub fn septets(septets: &[u8], header: &[Information<'_>]) -> Result<Self, UserDataError> {
        let mut user_data = Self::EMPTY;
        user_data.set_septets(septets, header)?;
        Ok(user_data)
    }

    /// Creates user data from octets, after a header.
    ///
    /// # Errors
    ///
    /// [`UserDataError`] if there are too many octets.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Information, Ports, UserData};
    ///
    /// let ports = Information::Ports(Ports::wide(9204, 9204));
    /// let user_data = UserData::<140>::data(b"vcard", &[ports])?;
    /// assert_eq!(user_data.header_octets(), [6, 5, 4, 0x23, 0xF4, 0x23, 0xF4]);
    /// assert_eq!(user_data.body_octets(), b"vcard");
    /// # Ok::<(), pdu::UserDataError>(())
    /// ```
    pub fn data(data: &[u8], header: &[Information<'_>]) -> Result<Self, UserDataError> {
        let mut user_data = Self::EMPTY;
        user_data.set_data(data, header)?;
        Ok(user_data)
    }

    /// Creates user data from text in a coding, after a header.
    ///
    /// The header must name the language of a shift table: see [`Information::SingleShift`].
    ///
    /// # Errors
    ///
    /// [`UserDataError`] if the text is too long, or has a character that the coding lacks.
    pub fn text(
        text: &str,
        coding: gsm7::Coding,
        header: &[Information<'_>],
    ) -> Result<Self, UserDataError> {
        let mut user_data = Self::EMPTY;
        user_data.set_text(text, coding, header)?;
        Ok(user_data)
    }

    /// Returns TP-UDL: the number of septets, or octets as the data coding scheme says, with the
    /// header.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.udl
    }

    /// Returns the octets as they go over the air, with the header.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// Returns `true` if there are no octets, not even a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns `true` if the user data announces a header (TP-UDHI), well-formed or not.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.header
    }

    /// Returns the same user data in these octets, without a copy.
    #[must_use]
    #[inline]
    pub fn view(&self) -> UserDataRef<'_> {
        let Self { udl, septets, header, .. } = *self;
        UserDataRef { octets: self.octets(), udl, septets, header, cut: false }
    }

    /// Returns the header, if its lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        self.view().header()
    }

    /// Returns the octets of the header with its length octet, well-formed or not.
    ///
    /// They are empty if the length is beyond the end.
    #[must_use]
    pub fn header_octets(&self) -> &[u8] {
        self.view().header_octets()
    }

    /// Returns the octets after the header. Packed septets begin with the fill bits.
    #[must_use]
    pub fn body_octets(&self) -> &[u8] {
        self.view().body_octets()
    }

    /// Unpacks the septets after the header into `out`, which holds the maximum of 182; octets have
    /// none.
    #[must_use]
    pub fn body_septets<'a>(&self, out: &'a mut [u8; 182]) -> &'a [u8] {
        self.view().body_septets(out)
    }

    /// Appends the septets after the header.
    #[cfg(feature = "alloc")]
    pub(crate) fn append_septets(&self, septets: &mut alloc::vec::Vec<u8>) {
        let Some((fill, count)) = self.view().septet_layout() else {
            return;
        };
        let start = septets.len();
        septets.resize(start + count, 0);
        if gsm7::unpack(self.body_octets(), fill, &mut septets[start..]).is_err() {
            // Never reached: see `body_septets`.
            septets.truncate(start);
        }
    }

    /// Writes the text into `out` as UTF-8. Returns `None` if the user data is not text, or is
    /// compressed.
    ///
    /// A byte order mark at the start of UCS-2 is not part of the text, and decides the order.
    ///
    /// 546 bytes hold any text.
    ///
    /// # Errors
    ///
    /// [`gsm7::BufferTooSmall`] if `out` is too small.
    pub fn write_text<'a>(
        &self,
        dcs: Dcs,
        out: &'a mut [u8],
    ) -> Result<Option<&'a str>, gsm7::BufferTooSmall> {
        self.view().write_text(dcs, out)
    }

    /// Returns the text, or `None` if the user data is not text, or is compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_text(&self, dcs: Dcs) -> Option<alloc::string::String> {
        self.view().to_text(dcs)
    }

    /// Returns the alphabet of 7-bit text: the default one unless the header names a language.
    #[must_use]
    pub fn alphabet(&self) -> Alphabet {
        self.view().alphabet()
    }

    /// Replaces everything by septets after a header. User data is written where it stays: a copy
    /// of octets that were just written waits for them.
    pub(crate) fn set_septets(
        &mut self,
        septets: &[u8],
        header: &[Information<'_>],
    ) -> Result<(), UserDataError> {
        self.set_header(header)?;
        self.push_septets(septets)
    }

    /// Replaces everything by octets after a header.
    pub(crate) fn set_data(
        &mut self,
        data: &[u8],
        header: &[Information<'_>],
    ) -> Result<(), UserDataError> {
        self.set_header(header)?;
        let start = usize::from(self.len);
        let needed = start + data.len();
        let Some(space) = self.octets[..N].get_mut(start..needed) else {
            return Err(UserDataError::TooLong { needed, available: N });
        };
        space.copy_from_slice(data);
        self.set_len(needed);
        self.udl = self.len;
        Ok(())
    }

    /// Replaces everything by text after a header.
    pub(crate) fn set_text(
        &mut self,
        text: &str,
        coding: gsm7::Coding,
        header: &[Information<'_>],
    ) -> Result<(), UserDataError> {
        self.set_header(header)?;
        let gsm7::Coding::Gsm7(alphabet) = coding else {
            let start = usize::from(self.len);
            let count = match gsm7::ucs2::encode(text, &mut self.octets[start..N]) {
                Ok(count) => count,
                Err(gsm7::EncodeError::BufferTooSmall { needed, .. }) => {
                    let needed = start + needed;
                    return Err(UserDataError::TooLong { needed, available: N });
                }
                Err(error) => return Err(UserDataError::Text(error)),
            };
            self.set_len(start + count);
            self.udl = self.len;
            return Ok(());
        };
        let mut septets = [0; MAX_SEPTETS];
        match gsm7::encode(text, alphabet, &mut septets) {
            Ok(count) => self.push_septets(&septets[..count]),
            Err(gsm7::EncodeError::BufferTooSmall { needed, .. }) => {
                Err(self.too_many_septets(needed))
            }
            Err(error) => Err(UserDataError::Text(error)),
        }
    }

    /// Replaces everything by a header.
    fn set_header(&mut self, header: &[Information<'_>]) -> Result<(), UserDataError> {
        *self = Self::EMPTY;
        if header.is_empty() {
            return Ok(());
        }
        let needed = 1 + header.iter().map(Information::encoded_len).sum::<usize>();
        let too_long = UserDataError::TooLong { needed, available: N };
        let Ok(mut writer) = Writer::new(&mut self.octets[..N], needed) else {
            return Err(too_long);
        };
        let Ok(len) = u8::try_from(needed - 1) else {
            return Err(too_long);
        };
        writer.octet(len);
        for information in header {
            information.write(&mut writer);
        }
        writer.finish();
        self.set_len(needed);
        self.header = true;
        Ok(())
    }

    fn push_septets(&mut self, septets: &[u8]) -> Result<(), UserDataError> {
        let start = usize::from(self.len);
        let (fill, before) = fill(start);
        let count = before + septets.len();
        if count > Self::septet_capacity() {
            return Err(self.too_many_septets(septets.len()));
        }
        match gsm7::pack(septets, fill, &mut self.octets[start..]) {
            Ok(_) => {
                self.udl = u8::try_from(count).unwrap_or(u8::MAX);
                self.septets = count > 0;
                self.set_len(packed_len(count, 0));
                Ok(())
            }
            Err(error) => Err(UserDataError::Septets(error)),
        }
    }

    fn too_many_septets(&self, septets: usize) -> UserDataError {
        let (_, before) = fill(usize::from(self.len));
        UserDataError::TooManySeptets {
            needed: before + septets,
            available: Self::septet_capacity(),
        }
    }

    /// Returns the septets that fit: at most 255, as TP-UDL is one octet.
    fn septet_capacity() -> usize {
        septet_capacity(N, 0).min(MAX_SEPTETS)
    }

    /// Returns `true` if TP-UDL counts septets.
    #[cfg(feature = "serde")]
    pub(crate) const fn counts_septets(&self) -> bool {
        self.septets
    }

    /// Creates user data from its octets and lengths, or `None` if they do not fit each other.
    #[cfg(feature = "serde")]
    pub(crate) fn from_raw(octets: &[u8], udl: u8, septets: bool, header: bool) -> Option<Self> {
        let len = if septets { packed_len(usize::from(udl), 0) } else { usize::from(udl) };
        if len != octets.len() || (septets && len == 0) {
            return None;
        }
        let mut user_data = Self { udl, septets, header, ..Self::EMPTY };
        user_data.octets.get_mut(..len)?.copy_from_slice(octets);
        user_data.set_len(len);
        Some(user_data)
    }

    fn set_len(&mut self, len: usize) {
        // `len` is at most 160.
        self.len = u8::try_from(len).unwrap_or(u8::MAX);
    }

    pub(crate) fn encoded_len(&self) -> usize {
        1 + usize::from(self.len)
    }

    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn read(
        udl: u8,
        dcs: Dcs,
        header: bool,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Self {
        Self::copied(UserDataRef::read(udl, N, dcs, header, reader, warnings))
    }

    /// Copies the octets, of which there are at most 160.
    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn copied(view: UserDataRef<'_>) -> Self {
        let mut user_data = Self::EMPTY;
        user_data.copy(view);
        user_data
    }

    /// Copies the octets, of which there are at most 160, into empty user data.
    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn copy(&mut self, view: UserDataRef<'_>) {
        let UserDataRef { octets, udl, septets, header, .. } = view;
        self.udl = udl;
        self.septets = septets;
        self.header = header;
        self.set_len(octets.len());
        copy(view, &mut self.octets);
    }

    /// Writes TP-UDL and TP-UD.
    #[inline]
    pub(crate) fn write(&self, dcs: Dcs, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        if self.septets != dcs.counts_septets() && self.len > 0 {
            return Err(EncodeError::CodingMismatch { dcs: dcs.raw(), septets: self.septets });
        }
        self.write_octets(writer);
        Ok(())
    }

    pub(crate) fn write_octets(&self, writer: &mut Writer<'_>) {
        writer.octet(self.udl);
        writer.octets(self.octets());
    }
}

/// Copies the octets of a view; one function for all lengths of user data.
#[cfg_attr(feature = "fast", inline(always))]
#[cfg_attr(not(feature = "fast"), inline(never))]
fn copy(view: UserDataRef<'_>, stored: &mut [u8; STORED]) {
    let octets = &mut stored[..view.octets.len()];
    octets.copy_from_slice(view.octets);
    let has_septets = !view.body_octets().is_empty();
    if let (true, Some(last)) = (view.cut && has_septets, octets.last_mut()) {
        // Of a septet that was cut nothing is kept. The octets of the header are whole.
        *last &= 0xFF >> view.spare();
    }
}

impl<const N: usize> Default for UserData<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> fmt::Debug for UserData<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.septets { "septets" } else { "octets" };
        write!(f, "UserData({} {unit}, header: {}, {:02X?})", self.udl, self.header, self.octets())
    }
}

/// Returns the fill bits after a header of so many octets, and the septets that both take.
pub(crate) const fn fill(header_octets: usize) -> (u8, usize) {
    let septets = (header_octets * 8).div_ceil(7);
    #[expect(clippy::cast_possible_truncation, reason = "a rest of 0 to 6")]
    let fill = (septets * 7 - header_octets * 8) as u8;
    (fill, septets)
}

/// An error of creating user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserDataError {
    /// The header and the octets do not fit.
    #[error("user data of {needed} octets does not fit {available}")]
    TooLong {
        /// Octets that are needed.
        needed: usize,
        /// Octets that fit.
        available: usize,
    },
    /// The header and the septets do not fit.
    #[error("user data of {needed} septets does not fit {available}")]
    TooManySeptets {
        /// Septets that are needed, the header counted as septets.
        needed: usize,
        /// Septets that fit.
        available: usize,
    },
    /// The text has a character that the coding lacks.
    #[error("the text cannot be written in this coding")]
    Text(#[source] gsm7::EncodeError),
    /// A septet has more than seven bits.
    #[error("the septets cannot be packed")]
    Septets(#[source] gsm7::PackError),
}
