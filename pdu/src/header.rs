//! TP-UDH, the user data header, 3GPP TS 23.040, 9.2.3.24.

use gsm7::{Alphabet, Language};

use crate::element::{Concatenation, Element, ElementId, Information, Ports};
use crate::warning::{Warning, Warnings};

/// A user data header whose lengths fit: a sequence of information elements.
///
/// If an element is repeated, or two exclude each other, the last one counts.
///
/// # Examples
///
/// ```
/// use pdu::{Header, Reference};
///
/// let header = Header::new(&[0x00, 3, 0x2A, 2, 1]).unwrap();
/// let part = header.concatenation().unwrap();
/// assert_eq!((part.reference(), part.total(), part.sequence()), (Reference::Eight(42), 2, 1));
/// assert_eq!(Header::new(&[0x00, 4, 0x2A, 2, 1]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "UDH")]
pub struct Header<'a> {
    elements: &'a [u8],
}

impl<'a> Header<'a> {
    /// Creates a header from elements without the length octet, or `None` if their lengths do not
    /// fit.
    #[must_use]
    pub fn new(elements: &'a [u8]) -> Option<Self> {
        let mut rest = elements;
        while let Some((_, after)) = split_element(rest) {
            rest = after;
        }
        rest.is_empty().then_some(Self { elements })
    }

    /// Returns the octets of the elements, without the length octet.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.elements
    }

    /// Iterates over the elements in their order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut rest = self.elements;
        core::iter::from_fn(move || {
            let (element, after) = split_element(rest)?;
            rest = after;
            Some(element)
        })
    }

    /// Iterates over the decoded elements in their order.
    pub fn information(&self) -> impl Iterator<Item = Information<'a>> + use<'a> {
        self.elements().map(|element| element.information())
    }

    /// Returns the position of the part in a concatenated message, if there is such an element.
    #[must_use]
    pub fn concatenation(&self) -> Option<Concatenation> {
        self.elements().filter_map(|element| Concatenation::of(&element)).last()
    }

    /// Returns the source and destination applications, if there is such an element.
    #[must_use]
    pub fn ports(&self) -> Option<Ports> {
        self.elements().filter_map(|element| Ports::of(&element)).last()
    }

    /// Returns the alphabet of 7-bit text after this header. A language that lacks the table is
    /// ignored.
    #[must_use]
    pub fn alphabet(&self) -> Alphabet {
        let mut alphabet = Alphabet::DEFAULT;
        for element in self.elements() {
            match (element.id, element.data) {
                (ElementId::LOCKING_SHIFT, &[language])
                    if Language::new(language).has_locking() =>
                {
                    alphabet.locking = Some(Language::new(language));
                }
                (ElementId::SINGLE_SHIFT, &[language]) if Language::new(language).has_single() => {
                    alphabet.single = Some(Language::new(language));
                }
                _ => {}
            }
        }
        alphabet
    }

    /// Adds the warnings about the elements.
    pub(crate) fn check(&self, warnings: &mut Warnings) {
        // One bit per kind; the two widths of a reference, and of ports, exclude each other.
        let mut seen = [0_u32; 8];
        for element in self.elements() {
            let id = match element.id {
                ElementId::CONCATENATION_16 => ElementId::CONCATENATION_8,
                ElementId::PORTS_16 => ElementId::PORTS_8,
                id => id,
            };
            let language_known = match element.information() {
                Information::Other(element) if element.id.is_understood() => {
                    warnings.add(Warning::ElementInvalid);
                    continue;
                }
                Information::LockingShift(language) => language.has_locking(),
                Information::SingleShift(language) => language.has_single(),
                _ => true,
            };
            warnings.add_if(!language_known, Warning::UnknownLanguage);
            let (word, bit) = (usize::from(id.raw() / 32), 1 << (id.raw() % 32));
            warnings.add_if(!id.is_repeatable() && seen[word] & bit != 0, Warning::ElementRepeated);
            seen[word] |= bit;
        }
    }
}

fn split_element(octets: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[id, len], rest) = octets.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(usize::from(len))?;
    Some((Element { id: ElementId::from_raw(id), data }, rest))
}
