//! Messages on the control channel, DLCI 0: 3GPP TS 27.010, 5.4.6.

use alloc::vec::Vec;

use super::frame::length_octets;

/// The types of messages, without the C/R bit: 27.010, 5.4.6.3.
pub(super) mod kind {
    pub(crate) const NEGOTIATION: u8 = 0x81;
    pub(crate) const POWER_SAVING: u8 = 0x41;
    pub(crate) const CLOSE_DOWN: u8 = 0xC1;
    pub(crate) const TEST: u8 = 0x21;
    pub(crate) const FLOW_ON: u8 = 0xA1;
    pub(crate) const FLOW_OFF: u8 = 0x61;
    pub(crate) const STATUS: u8 = 0xE1;
    pub(crate) const NOT_SUPPORTED: u8 = 0x11;
    pub(crate) const PORT: u8 = 0x91;
    pub(crate) const LINE_STATUS: u8 = 0x51;
    pub(crate) const SERVICE: u8 = 0xD1;

    pub(crate) const fn is_known(kind: u8) -> bool {
        matches!(
            kind,
            NEGOTIATION
                | POWER_SAVING
                | CLOSE_DOWN
                | TEST
                | FLOW_ON
                | FLOW_OFF
                | STATUS
                | NOT_SUPPORTED
                | PORT
                | LINE_STATUS
                | SERVICE
        )
    }
}

/// The bit of a type that marks a command.
pub(super) const COMMAND: u8 = 2;

/// The maximal length of a message; a longer one is not read.
pub(super) const MAX_MESSAGE: usize = 256;

/// The control signals of a channel: the modem status command, 3GPP TS 27.010, 5.4.6.3.7.
///
/// # Examples
///
/// ```
/// use at_proto::mux::Signals;
///
/// assert!(Signals::READY.is_ready() && !Signals::READY.stops_flow());
/// assert!(Signals(0x8F).stops_flow());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "an octet of the standard, of which any is valid")]
pub struct Signals(
    /// The octet: bit 2 FC, bit 3 RTC, bit 4 RTR, bit 7 IC, bit 8 DV; bit 1 is always set.
    pub u8,
);

impl Signals {
    /// Ready to communicate, ready to receive, data valid: DTR, RTS and DCD of a serial port.
    pub const READY: Self = Self(0x8D);

    /// The flow control bit, which stops the other side.
    pub(super) const FLOW: u8 = 2;

    /// Returns `true` if the sender can take no more data (FC).
    pub const fn stops_flow(self) -> bool {
        self.0 & Self::FLOW != 0
    }

    /// Returns `true` if the sender is ready to communicate (RTC; DSR or DTR).
    pub const fn is_ready(self) -> bool {
        self.0 & 4 != 0
    }

    /// Returns `true` if a call comes in (IC; RI).
    pub const fn has_call(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Returns `true` if data is valid (DV; DCD).
    pub const fn has_carrier(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// A message: its type with the C/R bit, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) kind: u8,
    pub(super) value: &'a [u8],
}

/// The octets of a message.
pub(super) fn message(kind: u8, value: &[u8]) -> Vec<u8> {
    let [low, high] = length_octets(value.len());
    let mut octets = Vec::with_capacity(value.len().saturating_add(3));
    octets.extend_from_slice(&[kind, low]);
    if low & 1 == 0 {
        octets.push(high);
    }
    octets.extend_from_slice(value);
    octets
}

/// The first message of `octets`, and the number of its octets; `None` if the message is
/// incomplete or too long.
pub(super) fn first(octets: &[u8]) -> Option<(Message<'_>, usize)> {
    let (&kind, &low) = (octets.first()?, octets.get(1)?);
    let (length, begin) = if low & 1 == 1 {
        (usize::from(low >> 1), 2usize)
    } else {
        (usize::from(*octets.get(2)?) << 7 | usize::from(low >> 1), 3)
    };
    let end = begin.saturating_add(length);
    (end <= MAX_MESSAGE).then_some(())?;
    Some((Message { kind, value: octets.get(begin..end)? }, end))
}

/// Returns `true` if `octets` are whole messages of known types.
pub(super) fn is_whole(mut octets: &[u8]) -> bool {
    while let Some((message, length)) = first(octets) {
        if !kind::is_known(message.kind & !COMMAND) {
            return false;
        }
        octets = octets.get(length..).unwrap_or_default();
    }
    octets.is_empty()
}

/// The channel of a value that begins with an address octet.
pub(super) fn channel_of(value: &[u8]) -> Option<u8> {
    value.first().map(|octet| octet >> 2)
}

/// The address octet of a channel in a message about it.
pub(super) const fn address(dlci: u8) -> u8 {
    dlci << 2 | 3
}

/// The answer to a port command: what holds, with a mask of the requested values that do.
///
/// 27.010, 5.4.6.3.9: channel, speed, character, flow control, XON, XOFF, two octets of mask. A
/// port of eight bits without parity, and without flow control.
pub(super) fn port(value: &[u8], bits_per_second: u32) -> Option<[u8; 8]> {
    let address = *value.first()?;
    let speeds = [2_400, 4_800, 7_200, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400];
    let speed = speeds.iter().zip(0u8..).find(|(speed, _)| **speed == bits_per_second);
    let holds = [speed.map_or(7, |(_, code)| code), 3, 0, 0x11, 0x13];
    let mut mask = [0u8; 2];
    if let Some(&[speed, character, flow, xon, xoff, first, second]) = value.get(1..8) {
        let wanted = [speed, character, flow, xon, xoff];
        let bits = [(0x01, 0), (0x1E, 0), (0, 0x3F), (0x20, 0), (0x40, 0)];
        for ((wanted, holds), (low, high)) in wanted.iter().zip(holds).zip(bits) {
            if *wanted == holds {
                mask = [mask[0] | low & first, mask[1] | high & second];
            }
        }
    }
    let [speed, character, flow, xon, xoff] = holds;
    let [first, second] = mask;
    Some([address, speed, character, flow, xon, xoff, first, second])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_128_octets_has_two_octets_of_length() {
        let octets = message(kind::TEST | COMMAND, &[7; 128]);
        assert_eq!(octets[..3], [0x23, 0x00, 0x01]);
        assert_eq!(first(&octets), Some((Message { kind: 0x23, value: &[7; 128] }, 131)));
        assert_eq!(first(&octets[..130]), None);
    }

    #[test]
    fn a_port_is_answered_with_what_holds() {
        assert_eq!(port(&[7], 115_200), Some([7, 7, 3, 0, 0x11, 0x13, 0, 0]));
        // Asked for 9600 8N1: the speed does not hold, the character does.
        let asked = [7, 3, 3, 0, 0x11, 0x13, 0x1F, 0];
        assert_eq!(port(&asked, 115_200), Some([7, 7, 3, 0, 0x11, 0x13, 0x1E, 0]));
        assert_eq!(port(&[], 115_200), None);
    }
}
