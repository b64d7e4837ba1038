//! TP-UD in the octets of a TPDU, without a copy.

use gsm7::{Alphabet, packed_len, septet_capacity};

use crate::content::in_order;
use crate::dcs::{CharacterSet, Dcs};
use crate::field::Field;
use crate::header::Header;
use crate::reader::Reader;
use crate::user_data::{MAX_SEPTETS, STORED, fill};
use crate::warning::{Warning, Warnings};

/// The user data of a TPDU in the octets that were received, without a copy.
///
/// [`UserData`](crate::UserData) is the owned form, and its methods of the same names are these.
///
/// # Examples
///
/// ```
/// use pdu::{Dcs, UserData};
///
/// let owned = UserData::<140>::text("Hi", gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &[])?;
/// let user_data = owned.view();
/// assert_eq!(user_data.octets(), [0xC8, 0x34]);
/// assert_eq!(user_data.write_text(Dcs::GSM7, &mut [0; 8]), Ok(Some("Hi")));
/// # Ok::<(), pdu::UserDataError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserDataRef<'a> {
    /// At most 160.
    pub(crate) octets: &'a [u8],
    /// TP-UDL: septets or octets; as many as there are, if the user data was cut.
    pub(crate) udl: u8,
    /// Set if TP-UDL counts septets.
    pub(crate) septets: bool,
    /// TP-UDHI.
    pub(crate) header: bool,
    /// Set if the octets end before TP-UDL: the last one may have the beginning of another septet.
    pub(crate) cut: bool,
}

impl<'a> UserDataRef<'a> {
    /// Returns TP-UDL: the number of septets, or octets as the data coding scheme says, with the
    /// header.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.udl
    }

    /// Returns the octets as they go over the air, with the header.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Returns `true` if there are no octets, not even a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Returns `true` if the user data announces a header (TP-UDHI), well-formed or not.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.header
    }

    /// Returns the header, if its lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'a>> {
        self.header_octets().get(1..).and_then(Header::new)
    }

    /// Returns the octets of the header with its length octet, well-formed or not.
    ///
    /// They are empty if the length is beyond the end.
    #[must_use]
    pub fn header_octets(&self) -> &'a [u8] {
        &self.octets[..self.header_len()]
    }

    /// Returns the octets after the header. Packed septets begin with the fill bits.
    #[must_use]
    pub fn body_octets(&self) -> &'a [u8] {
        &self.octets[self.header_len()..]
    }

    /// Unpacks the septets after the header into `out`, which holds the maximum of 182; octets have
    /// none.
    #[must_use]
    pub fn body_septets<'b>(&self, out: &'b mut [u8; 182]) -> &'b [u8] {
        let Some((fill, count)) = self.septet_layout() else {
            return &[];
        };
        // Never fails: the octets follow from the count of septets, or the count from the octets.
        match gsm7::unpack(self.body_octets(), fill, &mut out[..count]) {
            Ok(()) => &out[..count],
            Err(_) => &[],
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
    pub fn write_text<'b>(
        &self,
        dcs: Dcs,
        out: &'b mut [u8],
    ) -> Result<Option<&'b str>, gsm7::BufferTooSmall> {
        if dcs.is_compressed() {
            return Ok(None);
        }
        let text = match dcs.character_set() {
            CharacterSet::Gsm7 => {
                let mut septets = [0; MAX_SEPTETS];
                gsm7::decode(self.body_septets(&mut septets), self.alphabet(), out)?
            }
            CharacterSet::Ucs2 => {
                gsm7::ucs2::decode(in_order(self.body_octets(), &mut [0; STORED]), out)?
            }
            CharacterSet::Data => return Ok(None),
        };
        Ok(Some(text.text))
    }

    /// Returns the text, or `None` if the user data is not text, or is compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_text(&self, dcs: Dcs) -> Option<alloc::string::String> {
        if dcs.is_compressed() {
            return None;
        }
        match dcs.character_set() {
            CharacterSet::Gsm7 => {
                let mut septets = [0; MAX_SEPTETS];
                Some(gsm7::decode_to_string(self.body_septets(&mut septets), self.alphabet()))
            }
            CharacterSet::Ucs2 => {
                let mut swapped = [0; STORED];
                Some(gsm7::ucs2::decode_to_string(in_order(self.body_octets(), &mut swapped)))
            }
            CharacterSet::Data => None,
        }
    }

    /// Returns the alphabet of 7-bit text: the default one unless the header names a language.
    #[must_use]
    pub fn alphabet(&self) -> Alphabet {
        self.header().map_or(Alphabet::DEFAULT, |header| header.alphabet())
    }

    /// Returns the octets of the header with its length octet; 0 without header, or if it does not
    /// fit.
    fn header_len(&self) -> usize {
        match self.octets.first() {
            Some(&len) if self.header && usize::from(len) < self.octets.len() => {
                usize::from(len) + 1
            }
            _ => 0,
        }
    }

    /// Returns the fill bits between header and septets, and the number of septets after them.
    pub(crate) fn septet_layout(&self) -> Option<(u8, usize)> {
        if !self.septets {
            return None;
        }
        let (fill, before) = fill(self.header_len());
        // There is no text if the header reaches into the last septet.
        Some((fill, usize::from(self.udl).saturating_sub(before)))
    }

    /// Returns the bits after the last septet, 0 to 7.
    pub(crate) fn spare(&self) -> usize {
        if self.septets { 8 * self.octets.len() - 7 * usize::from(self.udl) } else { 0 }
    }

    /// Reads TP-UD, of which `max` octets are allowed.
    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn read(
        udl: u8,
        max: usize,
        dcs: Dcs,
        header: bool,
        reader: &mut Reader<'a>,
        warnings: &mut Warnings,
    ) -> Self {
        let septets = dcs.counts_septets();
        let announced = if septets { packed_len(usize::from(udl), 0) } else { usize::from(udl) };
        let there = announced.min(reader.left());
        let octets = reader.octets(there, Field::UserData).unwrap_or_default();
        warnings.add_if(there < announced, Warning::Truncated);
        warnings.add_if(there > max, Warning::UserDataTooLong);

        let octets = &octets[..there.min(STORED)];
        let cut = octets.len() < announced;
        let udl = match (cut, septets) {
            (false, _) => udl,
            // At most 182 septets are in 160 octets.
            (true, true) => u8::try_from(septet_capacity(octets.len(), 0)).unwrap_or(u8::MAX),
            (true, false) => u8::try_from(octets.len()).unwrap_or(u8::MAX),
        };
        let user_data = Self { octets, udl, septets: septets && !octets.is_empty(), header, cut };
        user_data.check(dcs, warnings);
        user_data
    }

    #[inline]
    fn check(&self, dcs: Dcs, warnings: &mut Warnings) {
        if self.header {
            match self.header() {
                Some(header) => header.check(warnings),
                None => warnings.add(Warning::HeaderMalformed),
            }
            let cut = self.septets && fill(self.header_len()).1 > usize::from(self.udl);
            warnings.add_if(cut, Warning::Truncated);
        }
        warnings.add_if(self.has_spare_bits(), Warning::SpareBits);
        let odd = matches!(dcs.character_set(), CharacterSet::Ucs2) && !dcs.is_compressed();
        warnings.add_if(odd && self.body_octets().len() % 2 == 1, Warning::OddOctets);
    }

    /// Returns `true` if bits are set between header and septets, or after the last septet.
    fn has_spare_bits(&self) -> bool {
        let (Some(&last), true) = (self.octets.last(), self.septets) else {
            return false;
        };
        let (fill, _) = fill(self.header_len());
        // The last octet of a header without text has no septets.
        let Some(first) = self.body_octets().first() else {
            return false;
        };
        let between = first & ((1 << fill) - 1);
        // 0 to 7 bits, and none that count after a cut.
        let after = u16::from(last) >> (8 - self.spare().min(8));
        (after != 0 && !self.cut) || between != 0
    }
}
