//! Secured packets for a SIM, 3GPP TS 31.115, 4.2 and ETSI TS 102 225, 5.

use crate::element::ElementId;
use crate::wsp::WapReader;

impl ElementId {
    /// The SIM toolkit security header of a command packet.
    pub const COMMAND_PACKET: Self = Self::from_raw(0x70);
    /// The SIM toolkit security header of a response packet.
    pub const RESPONSE_PACKET: Self = Self::from_raw(0x71);
}

/// A command packet for a SIM: the user data after a header with
/// [`ElementId::COMMAND_PACKET`].
///
/// If the packet is ciphered, counter, check and data cannot be read without the key:
/// [`clear`](Self::clear) is then `None`. 3GPP TS 31.115, 4.2.
///
/// # Examples
///
/// ```
/// use pdu::CommandPacket;
///
/// let octets = [
///     0, 0x10, 0x0D, 0x00, 0x00, 0x00, 0x00, 0xB0, 0x00, 0x10, // head
///     0, 0, 0, 0, 1, 0, 0xA0, 0xA4,
/// ];
/// let packet = CommandPacket::decode(&octets).unwrap();
/// assert_eq!(packet.tar(), [0xB0, 0x00, 0x10]);
/// let clear = packet.clear().unwrap();
/// assert_eq!((clear.counter, clear.data), (1, &[0xA0, 0xA4][..]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "OTA")]
pub struct CommandPacket<'a> {
    packet_length: u16,
    header_length: u8,
    spi: [u8; 2],
    kic: u8,
    kid: u8,
    tar: [u8; 3],
    /// Counter, padding counter, check and data.
    rest: &'a [u8],
}

/// The fields of a command packet that is not ciphered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ClearPacket<'a> {
    /// The counter: five octets.
    pub counter: u64,
    /// The octets of padding at the end of the data.
    pub padding: u8,
    /// The redundancy check, checksum or signature.
    pub check: &'a [u8],
    /// The commands.
    pub data: &'a [u8],
}

/// The check of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum PacketCheck {
    /// None.
    None,
    /// A redundancy check.
    Redundancy,
    /// A cryptographic checksum.
    Checksum,
    /// A digital signature.
    Signature,
}

impl PacketCheck {
    const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0 => Self::None,
            1 => Self::Redundancy,
            2 => Self::Checksum,
            _ => Self::Signature,
        }
    }
}

/// The use of the counter of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum PacketCounter {
    /// There is none.
    None,
    /// It is not checked.
    Unchecked,
    /// It must be higher than the last.
    Higher,
    /// It must be higher than the last by one.
    Next,
}

/// The time at which a SIM sends a proof of receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum ProofOfReceipt {
    /// Never.
    None,
    /// Always.
    Always,
    /// After an error.
    OnError,
    /// Reserved.
    Reserved,
}

/// Octets of the header that `header_length` counts, without a check.
const HEADER: usize = 13;

impl<'a> CommandPacket<'a> {
    /// Reads the octets after the user data header, joined if there are several parts.
    ///
    /// Returns `None` if the lengths do not fit.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (packet_length, mut reader) = packet(octets)?;
        let header_length = reader.octet()?;
        let &[a, b, kic, kid, c, d, e] = reader.octets(7)? else { return None };
        let rest = reader.rest;
        // The counter, the padding counter, and the check.
        let needed = usize::from(header_length).checked_sub(HEADER)? + 6;
        (rest.len() >= needed).then_some(Self {
            packet_length,
            header_length,
            spi: [a, b],
            kic,
            kid,
            tar: [c, d, e],
            rest,
        })
    }

    /// Returns the length of the packet (CPL) and of its header (CHL).
    #[must_use]
    pub const fn lengths(&self) -> (u16, u8) {
        (self.packet_length, self.header_length)
    }

    /// Returns the security parameters (SPI).
    #[must_use]
    pub const fn spi(&self) -> [u8; 2] {
        self.spi
    }

    /// Returns the check of the packet.
    #[must_use]
    pub const fn check(&self) -> PacketCheck {
        PacketCheck::from_bits(self.spi[0])
    }

    /// Returns `true` if everything from the counter on is ciphered.
    #[must_use]
    pub const fn is_ciphered(&self) -> bool {
        self.spi[0] & 0x04 != 0
    }

    /// Returns the use of the counter.
    #[must_use]
    pub const fn counter(&self) -> PacketCounter {
        match self.spi[0] >> 3 & 0b11 {
            0 => PacketCounter::None,
            1 => PacketCounter::Unchecked,
            2 => PacketCounter::Higher,
            _ => PacketCounter::Next,
        }
    }

    /// Returns the time of the proof of receipt.
    #[must_use]
    pub const fn proof(&self) -> ProofOfReceipt {
        match self.spi[1] & 0b11 {
            0 => ProofOfReceipt::None,
            1 => ProofOfReceipt::Always,
            2 => ProofOfReceipt::OnError,
            _ => ProofOfReceipt::Reserved,
        }
    }

    /// Returns the check of the proof of receipt.
    #[must_use]
    pub const fn proof_check(&self) -> PacketCheck {
        PacketCheck::from_bits(self.spi[1] >> 2)
    }

    /// Returns `true` if the proof of receipt is ciphered.
    #[must_use]
    pub const fn is_proof_ciphered(&self) -> bool {
        self.spi[1] & 0x10 != 0
    }

    /// Returns `true` if the proof of receipt goes by SMS-SUBMIT, and not by SMS-DELIVER-REPORT.
    #[must_use]
    pub const fn is_proof_by_submit(&self) -> bool {
        self.spi[1] & 0x20 != 0
    }

    /// Returns the key set (high half) and the algorithm of the cipher (KIc).
    #[must_use]
    pub const fn kic(&self) -> u8 {
        self.kic
    }

    /// Returns the key (high half) and the algorithm of the check (KID).
    #[must_use]
    pub const fn kid(&self) -> u8 {
        self.kid
    }

    /// Returns the name of the algorithm of the cipher.
    #[must_use]
    pub const fn kic_name(&self) -> &'static str {
        cipher_name(self.kic)
    }

    /// Returns the name of the algorithm of the check. The same number names other algorithms for
    /// other checks.
    #[must_use]
    pub const fn kid_name(&self) -> Option<&'static str> {
        match (self.check(), self.kid & 0xF) {
            (PacketCheck::Redundancy, 1) => Some("CRC-16"),
            (PacketCheck::Redundancy, 5) => Some("CRC-32"),
            (PacketCheck::Redundancy, 3) => Some("proprietary"),
            (PacketCheck::Checksum, 2) => Some("AES-CMAC"),
            (PacketCheck::Checksum, _) => Some(cipher_name(self.kid)),
            _ => None,
        }
    }

    /// Returns the application that the packet is for (TAR).
    #[must_use]
    pub const fn tar(&self) -> [u8; 3] {
        self.tar
    }

    /// Returns the meaning of the application reference, for those of ETSI TS 101 220.
    #[must_use]
    pub const fn tar_name(&self) -> Option<&'static str> {
        let [a, b, c] = self.tar;
        Some(match u32::from_be_bytes([0, a, b, c]) {
            0x00_0000 | 0xB2_0100 => "issuer security domain",
            0xB0_0000 | 0xB0_0002..=0xB0_000F | 0xB0_0120..=0xB0_012F => "shared files of the UICC",
            0xB0_0001 | 0xB0_0020..=0xB0_011F | 0xB0_0140..=0xB0_01FF => "files of an application",
            0xB0_0010..=0xB0_001F | 0xB0_0130..=0xB0_013F => "SIM files",
            0xB1_0000..=0xB1_0004 => "payment toolkit",
            0xB2_0000..=0xB2_00FF => "USAT interpreter",
            0xB2_0101 | 0xB2_0102 => "smart card web server",
            0x53_4054 => "SAT browser",
            0x50_5348 => "SAT browser, low priority push",
            _ => return None,
        })
    }

    /// Returns everything from the counter on: cipher text, if the packet is ciphered.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns counter, check and data, if the packet is not ciphered.
    #[must_use]
    pub fn clear(&self) -> Option<ClearPacket<'a>> {
        if self.is_ciphered() {
            return None;
        }
        let mut reader = WapReader::new(self.rest);
        let counter = number(reader.octets(5)?);
        let padding = reader.octet()?;
        let check = reader.octets(usize::from(self.header_length).checked_sub(HEADER)?)?;
        Some(ClearPacket { counter, padding, check, data: reader.rest })
    }
}

/// A response packet from a SIM. 3GPP TS 31.115, 4.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResponsePacket<'a> {
    /// The application that the packet is from (TAR).
    pub tar: [u8; 3],
    /// Everything after the application reference: cipher text, if the command asked for a ciphered
    /// proof of receipt. Otherwise counter (5 octets), padding counter, status, check and data.
    pub rest: &'a [u8],
    header_length: u8,
}

impl<'a> ResponsePacket<'a> {
    /// Reads the octets after the user data header; `None` if the lengths do not fit.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (_, mut reader) = packet(octets)?;
        let header_length = reader.octet()?;
        let &[a, b, c] = reader.octets(3)? else { return None };
        let needed = usize::from(header_length).checked_sub(3)?;
        let rest = reader.rest;
        (needed >= 7 && rest.len() >= needed).then_some(Self {
            tar: [a, b, c],
            rest,
            header_length,
        })
    }

    /// Returns the status of a packet that is not ciphered: 0 for success.
    #[must_use]
    pub fn status(&self) -> Option<u8> {
        self.rest.get(6).copied()
    }

    /// Returns the data of a packet that is not ciphered.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.rest.get(usize::from(self.header_length).saturating_sub(3)..).unwrap_or_default()
    }
}

/// Reads the length of a packet, and limits the reader to so many octets.
fn packet(octets: &[u8]) -> Option<(u16, WapReader<'_>)> {
    let (&length, rest) = octets.split_first_chunk()?;
    let length = u16::from_be_bytes(length);
    Some((length, WapReader::new(rest.get(..usize::from(length))?)))
}

fn number(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |value, &octet| value << 8 | u64::from(octet))
}

const fn cipher_name(octet: u8) -> &'static str {
    match octet & 0xF {
        0 => "known to both",
        1 => "DES",
        2 => "AES-CBC",
        5 => "triple DES with two keys",
        9 => "triple DES with three keys",
        0xD => "DES-ECB",
        3 | 7 | 0xB | 0xF => "proprietary",
        _ => "reserved",
    }
}
