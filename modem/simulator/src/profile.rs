//! The profile of a modem model.

use core::time::Duration;

use crate::mux::MuxProfile;

/// A memory for messages, 3GPP TS 27.005, 3.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Memory {
    /// `SM`: the card.
    Sm,
    /// `ME`: the modem.
    Me,
    /// `MT`: both, the card first.
    Mt,
    /// `SR`: status reports.
    Sr,
    /// `BM`: cell broadcasts.
    Bm,
}

impl Memory {
    /// The name in a command line, without quotes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm => "SM",
            Self::Me => "ME",
            Self::Mt => "MT",
            Self::Sr => "SR",
            Self::Bm => "BM",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Sm, Self::Me, Self::Mt, Self::Sr, Self::Bm]
            .into_iter()
            .find(|memory| memory.name() == name)
    }
}

/// The line ends around a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// CR LF before and after each line, by V.250.
    Standard,
    /// CR LF before the first line only, and one between lines.
    Single,
    /// A bare CR before and after each line.
    BareCr,
    /// CR CR LF after information lines and unsolicited lines.
    DoubledCr,
}

/// The answer of `+CMGR` for an empty slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmptySlot {
    /// `+CMS ERROR: 321`.
    Error,
    /// OK alone.
    Ok,
    /// `+CMGR: 0,,0` and OK.
    Zeros,
}

/// The header of a message in PDU mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Header {
    /// `1,,24`.
    Standard,
    /// `1,"",24`.
    Quoted,
    /// `1,24`.
    WithoutName,
    /// `,,24`.
    WithoutStatus,
}

/// The form of `+CMTI`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Indication {
    /// `+CMTI: "SM",3`.
    Standard,
    /// `+CMTI: ,-1`.
    Nowhere,
    /// `+CMTI: "SM",3,"MMS PUSH",2,1`.
    WithTail,
}

/// The form of the USSD strings that the modem takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UssdRequest {
    /// Text in the character set of `+CSCS`.
    Text,
    /// Text, but not with `+CSCS="HEX"`.
    TextButNotHex,
    /// Packed septets in hex, whatever `+CSCS` says.
    Packed,
    /// UCS-2 in hex, whatever `+CSCS` says.
    Ucs2,
}

/// The form of the USSD strings that the modem prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UssdAnswer {
    /// Text in the character set of `+CSCS`, with the coding of the network.
    Text,
    /// Text without a coding.
    TextAlone,
    /// Packed septets in hex.
    Packed,
    /// Packed septets in hex without quotes and coding.
    PackedBare,
    /// UCS-2 in hex, with this coding.
    Ucs2(u8),
    /// Two digits for each octet of the text, coding 0.
    Octets,
    /// Two octets of a language code before UCS-2 in hex, rubbish after it, coding 17.
    LanguageAndTail,
}

/// The support of `+CNMA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acknowledgement {
    /// By the standard, with a PDU or without.
    Standard,
    /// Refused with a PDU: only `+CNMA` and `+CNMA=0` pass.
    WithoutPdu,
    /// Always refused: the modem acknowledges by itself.
    Refused,
}

/// A modem model: its names, its capabilities, and its departures from the standard.
///
/// The constants reproduce reports from the field, not devices that were measured. To try another
/// mixture, change the fields of a copy.
///
/// # Examples
/// ```
/// use modem_simulator::{Profile, Simulator};
/// let mut profile = Profile::SIM800;
/// profile.echo = false;
/// let simulator = Simulator::new(profile);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The name for the command line: `huawei-e173`.
    pub name: &'static str,
    /// The answer to `+CGMI`.
    pub manufacturer: &'static str,
    /// The answer to `+CGMM`.
    pub model: &'static str,
    /// The answer to `+CGMR`.
    pub revision: &'static str,
    /// Identity lines begin with the name of their command: `+CGMI: ZTE`.
    pub identity_prefix: bool,

    /// Echo is on after a reset.
    pub echo: bool,
    /// The line ends.
    pub framing: Framing,
    /// The prompt for a message body.
    pub prompt: &'static str,
    /// A command line ends at LF, not at CR.
    pub needs_line_feed: bool,
    /// The pause after which the first line is lost.
    pub sleeps_after: Option<Duration>,
    /// Unsolicited lines interrupt: they come between command and echo, and within answers.
    pub interrupts: bool,
    /// Unsolicited lines that repeat, one after the other.
    pub noise: &'static [&'static str],
    /// The pause between two lines of noise.
    pub noise_every: Duration,
    /// Lines after power-up, with their delay in milliseconds.
    pub boot: &'static [(u32, &'static str)],
    /// The time for which the card is busy after power-up.
    pub sim_ready_after: Duration,
    /// The time for which SMS commands fail after power-up.
    pub sms_ready_after: Duration,
    /// SMS commands before that time fail with a bare ERROR.
    pub not_ready_is_bare: bool,
    /// The link breaks when the modem is reset (`AT+CFUN=1,1`).
    pub reset_breaks_link: bool,

    /// The text of ERROR.
    pub error: &'static str,
    /// The answer to an unknown command.
    pub unknown_command: &'static str,
    /// The text before all error numbers, in place of the standard's prefixes; empty for these.
    pub coded_error: &'static str,
    /// `+CMEE=1` selects words.
    pub always_verbose_errors: bool,
    /// `+CMEE=2` selects words for `+CMS ERROR` too.
    pub verbose_sms_errors: bool,
    /// The text between `+CMS ERROR:` and the number.
    pub sms_error_space: &'static str,
    /// Fixed answers, in any state: a command as written without `AT`, and lines with the final
    /// result.
    pub replies: &'static [(&'static str, &'static str)],

    /// OK follows the answer to `+CPIN?`.
    pub pin_ok: bool,
    /// The command that reads the remaining attempts: `+CPINR`, or a vendor's.
    pub pin_counter: &'static str,

    /// The character sets, the one after a reset first.
    pub charsets: &'static [&'static str],
    /// `+CSCS=?` has parentheses.
    pub charsets_in_parentheses: bool,

    /// The memories, with their number of slots.
    pub memories: &'static [(Memory, u16)],
    /// The memories that each parameter of `+CPMS` takes.
    pub memory_choices: [&'static [Memory]; 3],
    /// The answer to `+CPMS=?` after the prefix; empty for the usual form of `memory_choices`.
    pub memory_test: &'static str,
    /// The minimal and the maximal number of memories that `+CPMS` takes.
    pub memory_arguments: (u8, u8),
    /// The memories after power-up.
    pub memories_selected: [Memory; 3],
    /// The number of the first slot.
    pub first_index: u16,
    /// Each message is in both `SM` and `ME`.
    pub mirrored: bool,
    /// The answer for an empty slot.
    pub empty_slot: EmptySlot,
    /// `+CMGL` lists the newest slot first.
    pub lists_backwards: bool,
    /// `+CMGL` is never answered.
    pub list_hangs: bool,
    /// Messages that were sent stay in the storage.
    pub keeps_sent: bool,
    /// The line for a message that finds no room; empty for none.
    pub full_line: &'static str,

    /// Text mode is on after a reset.
    pub text_mode: bool,
    /// The form of headers in PDU mode.
    pub header: Header,
    /// An empty line separates header and PDU.
    pub empty_line_before_pdu: bool,
    /// The zone of timestamps in text mode has no leading zeros.
    pub short_zone: bool,
    /// The highest service of `+CSMS`.
    pub csms: u8,
    /// The values of `+CNMI=?`: mode, mt, bm, ds, bfr.
    pub cnmi: [&'static [u8]; 5],
    /// The values that are advertised but refused, as pairs of position and value.
    pub cnmi_refused: &'static [(usize, u8)],
    /// The answer to `+CNMI=?` after the prefix; empty for the usual form of `cnmi`.
    pub cnmi_test: &'static str,
    /// The values after a reset.
    pub cnmi_default: [u8; 5],
    /// The number of the error for a refused `+CNMI`.
    pub cnmi_error: u16,
    /// The support of `+CNMA`.
    pub acknowledgement: Acknowledgement,
    /// The announcement of a stored message.
    pub indication: Indication,
    /// The memory that `+CDSI` names; the status report is in `SR` anyway.
    pub report_memory: Memory,
    /// The network's status reports reach the host.
    pub reports: bool,
    /// `+CDS:` has an empty field before the length.
    pub report_extra_field: bool,
    /// The service centre is unknown until `+CSCA` is written.
    pub needs_smsc: bool,
    /// `+CSMP` makes the modem forget the service centre.
    pub csmp_clears_smsc: bool,

    /// The USSD strings that the modem takes.
    pub ussd_request: UssdRequest,
    /// The USSD strings that the modem prints.
    pub ussd_answer: UssdAnswer,
    /// The answer to a USSD string comes before OK.
    pub ussd_before_ok: bool,
    /// `+CUSD=2` is accepted.
    pub ussd_cancel: bool,
    /// A prompt follows a question of the network; the answer ends at Ctrl-Z, and the dialogue at
    /// ESC.
    pub ussd_prompt: bool,

    /// The multiplexer.
    pub mux: MuxProfile,

    /// The modem has a circuit-switched service: calls and USSD.
    pub circuit_switched: bool,
    /// The access technology of `+CREG` and `+COPS`: 0 GSM, 2 UTRAN, 7 E-UTRAN.
    pub technology: u8,
    /// Cell numbers in `+CREG` have quotes.
    pub cell_quoted: bool,
    /// Registration numbers have leading zeros: `002,001`.
    pub registration_zeros: bool,
    /// OK to `ATD` waits for the answer of the called subscriber.
    pub dial_waits: bool,
    /// The lines at the start and the end of a voice call; empty for none.
    pub voice: [&'static str; 2],
    /// A bare LF precedes and follows NO CARRIER, without CR.
    pub bare_no_carrier: bool,
}

impl Profile {
    /// The profile of this name.
    ///
    /// # Examples
    /// ```
    /// use modem_simulator::Profile;
    /// assert_eq!(Profile::named("sim800"), Some(Profile::SIM800));
    /// assert_eq!(Profile::named("abacus"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|profile| profile.name == name).copied()
    }
}
