//! Septets of USSD and cell broadcast, which have no count, 3GPP TS 23.038, 6.1.2.2 and 6.1.2.3.

use crate::error::{PackError, UnpackError};
use crate::packing::{pack, packed_len, septet_capacity, unpack};

/// The septet that fills spare bits which would look like a septet.
const CARRIAGE_RETURN: u8 = 0x0D;

/// Packs septets, one per octet, for USSD, and returns the number of octets written.
///
/// At most `packed_len(septets.len() + 1, 0)` octets are written. Seven spare bits would read as
/// `@`, so they are filled with a carriage return. A text that ends in a carriage return on an
/// octet boundary gets another one, since the receiver removes one.
///
/// # Errors
///
/// [`PackError`] if `out` is too short, or an octet of `septets` is above 0x7F. `out` may then be
/// partly written.
///
/// # Examples
///
/// ```
/// let mut octets = [0; 8];
/// assert_eq!(gsm7::pack_ussd(b"*100#", &mut octets), Ok(5));
/// assert_eq!(octets[..5], [0xAA, 0x18, 0x0C, 0x36, 0x02]);
/// assert_eq!(gsm7::pack_ussd(b"*123456", &mut octets), Ok(7));
/// assert_eq!(octets[6] >> 1, 0x0D);
/// ```
pub fn pack_ussd(septets: &[u8], out: &mut [u8]) -> Result<usize, PackError> {
    let padded = match septets.len() % 8 {
        7 => true,
        0 => septets.last() == Some(&CARRIAGE_RETURN),
        _ => false,
    };
    let needed = packed_len(septets.len() + usize::from(padded), 0);
    if needed > out.len() {
        return Err(PackError::BufferTooSmall { needed, available: out.len() });
    }
    let packed = pack(septets, 0, out)?;
    match (padded, septets.len() % 8) {
        (true, 7) => out[packed - 1] |= CARRIAGE_RETURN << 1,
        (true, _) => out[packed] = CARRIAGE_RETURN,
        (false, _) => {}
    }
    Ok(needed)
}

/// Unpacks the octets of a USSD string to septets, one per octet, and returns their number.
///
/// There are at most `septet_capacity(octets.len(), 0)` septets. A carriage return at the end is
/// removed if it fills seven spare bits.
///
/// # Errors
///
/// [`UnpackError::BufferTooSmall`] if `out` is shorter than `septet_capacity(octets.len(), 0)`.
///
/// # Examples
///
/// ```
/// let mut septets = [0; 8];
/// let count = gsm7::unpack_ussd(&[0xAA, 0x18, 0x0C, 0x36, 0x02], &mut septets)?;
/// assert_eq!(&septets[..count], b"*100#");
/// # Ok::<(), gsm7::UnpackError>(())
/// ```
pub fn unpack_ussd(octets: &[u8], out: &mut [u8]) -> Result<usize, UnpackError> {
    let needed = septet_capacity(octets.len(), 0);
    let available = out.len();
    let Some(septets) = out.get_mut(..needed) else {
        return Err(UnpackError::BufferTooSmall { needed, available });
    };
    unpack(octets, 0, septets)?;
    let filler = needed % 8 == 0 && septets.last() == Some(&CARRIAGE_RETURN);
    Ok(needed - usize::from(filler))
}

/// Packs like [`pack_ussd`], into a new vector.
///
/// # Errors
///
/// [`PackError`] if an octet of `septets` is above 0x7F.
#[cfg(feature = "alloc")]
pub fn pack_ussd_to_vec(septets: &[u8]) -> Result<alloc::vec::Vec<u8>, PackError> {
    let mut octets = alloc::vec![0; packed_len(septets.len() + 1, 0)];
    let packed = pack_ussd(septets, &mut octets)?;
    octets.truncate(packed);
    Ok(octets)
}

/// Unpacks like [`unpack_ussd`], into a new vector.
#[cfg(feature = "alloc")]
#[must_use]
pub fn unpack_ussd_to_vec(octets: &[u8]) -> alloc::vec::Vec<u8> {
    let mut septets = alloc::vec![0; septet_capacity(octets.len(), 0)];
    // Never fails: the buffer has the required length.
    let count = unpack_ussd(octets, &mut septets).unwrap_or(0);
    septets.truncate(count);
    septets
}
