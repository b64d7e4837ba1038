//! The multiplexer of a modem model.

/// The multiplexer of a modem model: its answers, and its departures from 3GPP TS 27.010.
///
/// # Examples
/// ```
/// use modem_simulator::{MuxProfile, Profile};
///
/// let mut profile = Profile::GENERIC;
/// profile.mux = MuxProfile { channels: 3, sends_status: false, ..MuxProfile::STANDARD };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "built by an update of a constant")]
pub struct MuxProfile {
    /// The answer to `+CMUX=?` after the prefix; empty for a modem without the command.
    pub test: &'static str,
    /// The highest channel that is opened; others are refused.
    pub channels: u8,
    /// The maximal information in a frame of the modem.
    pub information: u16,
    /// The status of each channel is sent when the channel is opened.
    pub sends_status: bool,
    /// Data frames have the poll bit: FF instead of EF.
    pub sets_poll_bit: bool,
    /// OK to `+CMUX` changes nothing: the modem stays in AT mode.
    pub stays: bool,
    /// The channel of all unsolicited lines; `None` for the channel that asked for them.
    pub urc_channel: Option<u8>,
}

impl MuxProfile {
    /// A multiplexer by the standard, with both options.
    pub const STANDARD: Self = Self {
        test: "(0-1),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255),(1-7)",
        channels: 61,
        information: 1509,
        sends_status: true,
        sets_poll_bit: false,
        stays: false,
        urc_channel: None,
    };

    /// No multiplexer, as on the USB port of most modems.
    pub const NONE: Self = Self { test: "", ..Self::STANDARD };
}
