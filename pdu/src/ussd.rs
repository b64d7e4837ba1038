//! USSD strings, 3GPP TS 23.038, 5 and 6.1.2.3, and TS 24.080.

use alloc::string::String;
use alloc::vec::Vec;

use gsm7::Alphabet;

use crate::cbs_dcs::CbsDcs;
use crate::content::{Content, LanguageCode, in_order};
use crate::dcs::CharacterSet;
use crate::warning::{Warning, Warnings};

/// A USSD request or answer: octets with their data coding scheme.
///
/// # Examples
///
/// ```
/// use pdu::{CbsDcs, UssdString};
///
/// let request = UssdString::encode("*100#");
/// assert_eq!(request.dcs(), CbsDcs::GSM7);
/// assert_eq!(request.octets(), [0xAA, 0x18, 0x0C, 0x36, 0x02]);
///
/// let answer = UssdString::new(CbsDcs::from_raw(0x48), vec![0x20, 0xAC, 0x00, 0x35]);
/// assert_eq!(answer.text().as_deref(), Some("€5"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UssdString {
    dcs: CbsDcs,
    octets: Vec<u8>,
}

impl UssdString {
    /// Creates a string from octets as received, with their data coding scheme.
    #[must_use]
    pub const fn new(dcs: CbsDcs, octets: Vec<u8>) -> Self {
        Self { dcs, octets }
    }

    /// Encodes a text in the default alphabet, or in UCS-2 if it has other characters.
    #[must_use]
    pub fn encode(text: &str) -> Self {
        let packed = gsm7::encode_to_vec(text, Alphabet::DEFAULT).ok();
        match packed.and_then(|septets| gsm7::pack_ussd_to_vec(&septets).ok()) {
            Some(octets) => Self { dcs: CbsDcs::GSM7, octets },
            None => Self { dcs: CbsDcs::UCS2, octets: gsm7::ucs2::encode_to_vec(text) },
        }
    }

    /// Returns the data coding scheme.
    #[must_use]
    pub const fn dcs(&self) -> CbsDcs {
        self.dcs
    }

    /// Returns the octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Returns the language that the data coding scheme or the octets name.
    #[must_use]
    pub fn language(&self) -> Option<LanguageCode> {
        self.content().language()
    }

    /// Returns the text, or `None` if the octets are data or compressed.
    ///
    /// A carriage return that fills the last octet is removed; text ends at U+0000 or U+FFFF.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let content = self.content();
        match content.character_set()? {
            CharacterSet::Gsm7 => {
                let mut septets = alloc::vec![0; content.septet_count()];
                let mut septets = content.septets(&mut septets);
                // A carriage return is padding only if seven bits would be left over.
                if let (0, [rest @ .., 0x0D]) = (content.septet_count() % 8, septets) {
                    septets = rest;
                }
                Some(gsm7::decode_to_string(septets, content.alphabet()))
            }
            CharacterSet::Ucs2 => {
                let mut swapped = alloc::vec![0; content.units().len()];
                Some(gsm7::ucs2::decode_to_string(in_order(content.units(), &mut swapped)))
            }
            CharacterSet::Data => None,
        }
    }

    /// Returns the warnings about the data coding scheme or the octets.
    #[must_use]
    pub fn warnings(&self) -> Warnings {
        let mut warnings = Warnings::NONE;
        warnings.add_if(
            self.dcs.is_reserved() || self.dcs.has_reserved_bits(),
            Warning::ReservedCoding,
        );
        let content = self.content();
        let ucs2 = content.character_set() == Some(CharacterSet::Ucs2);
        warnings.add_if(ucs2 && content.units().len() % 2 == 1, Warning::OddOctets);
        warnings
    }

    fn content(&self) -> Content<'_> {
        Content::new(self.dcs, &self.octets)
    }
}
