//! What a modem is like.

use core::time::Duration;

/// A place for messages, 3GPP TS 27.005, 3.2.2.
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
    /// As it stands in a command line, without quotes.
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

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// CR LF before and after each line, as V.250 has it.
    Standard,
    /// CR LF before the first line only, and one between lines.
    Single,
    /// A bare CR before and after each line.
    BareCr,
    /// CR CR LF after information lines and unsolicited ones.
    DoubledCr,
}

/// What `+CMGR` answers for a slot that holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmptySlot {
    /// `+CMS ERROR: 321`.
    Error,
    /// Nothing but OK.
    Ok,
    /// `+CMGR: 0,,0` and OK.
    Zeros,
}

/// How the header of a message in PDU mode looks.
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

/// How `+CMTI` looks.
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

/// Which USSD strings the modem takes.
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

/// How the modem prints USSD strings.
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
    /// Two octets of a language code before UCS-2 in hex, rubbish behind it, coding 17.
    LanguageAndTail,
}

/// What becomes of `+CNMA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acknowledgement {
    /// As the standard has it, with a PDU or without.
    Standard,
    /// Refused with a PDU: only `+CNMA` and `+CNMA=0` pass.
    WithoutPdu,
    /// Always refused: the modem acknowledges by itself.
    Refused,
}

/// A make of modem: what it is called, what it can do, and where it departs from the standard.
///
/// The constants reproduce reports from the field, not devices that were measured. To try another mixture, change the
/// fields of a copy.
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
    /// Whether identity lines have their command as prefix: `+CGMI: ZTE`.
    pub identity_prefix: bool,

    /// Whether what the host writes is sent back after a reset.
    pub echo: bool,
    /// How lines end.
    pub framing: Framing,
    /// What asks for a message body.
    pub prompt: &'static str,
    /// Whether a command line ends at LF, not at CR.
    pub needs_line_feed: bool,
    /// After how long a pause the first line is lost.
    pub sleeps_after: Option<Duration>,
    /// Whether unsolicited lines come at once: between command and echo, and within answers.
    pub interrupts: bool,
    /// Lines that come again and again, one after the other.
    pub noise: &'static [&'static str],
    /// The pause between two lines of noise.
    pub noise_every: Duration,
    /// Lines after power-up, with milliseconds since then.
    pub boot: &'static [(u32, &'static str)],
    /// How long the card is busy after power-up.
    pub sim_ready_after: Duration,
    /// How long SMS commands fail after power-up.
    pub sms_ready_after: Duration,
    /// Whether SMS commands before that fail with a bare ERROR.
    pub not_ready_is_bare: bool,
    /// Whether the link breaks when the modem is reset (`AT+CFUN=1,1`).
    pub reset_breaks_link: bool,

    /// What is printed for ERROR.
    pub error: &'static str,
    /// What is printed for an unknown command.
    pub unknown_command: &'static str,
    /// What stands before all error numbers in place of the standard's prefixes; empty for these.
    pub coded_error: &'static str,
    /// Whether `+CMEE=1` gives words.
    pub always_verbose_errors: bool,
    /// Whether `+CMEE=2` gives words for `+CMS ERROR` too.
    pub verbose_sms_errors: bool,
    /// What stands between `+CMS ERROR:` and the number.
    pub sms_error_space: &'static str,
    /// Answers that are given whatever the state is: a command as written without `AT`, and lines with the final result.
    pub replies: &'static [(&'static str, &'static str)],

    /// Whether OK follows the answer to `+CPIN?`.
    pub pin_ok: bool,
    /// The command with the tries that remain: `+CPINR`, or one of the vendor.
    pub pin_counter: &'static str,

    /// The character sets, the one after a reset first.
    pub charsets: &'static [&'static str],
    /// Whether `+CSCS=?` has parentheses.
    pub charsets_in_parentheses: bool,

    /// The memories there are, with their slots.
    pub memories: &'static [(Memory, u16)],
    /// What `+CPMS` takes in each place.
    pub memory_choices: [&'static [Memory]; 3],
    /// The answer to `+CPMS=?` behind the prefix; empty for the usual form of `memory_choices`.
    pub memory_test: &'static str,
    /// How few and how many memories `+CPMS` takes.
    pub memory_arguments: (u8, u8),
    /// The memories after power-up.
    pub memories_selected: [Memory; 3],
    /// The number of the first slot.
    pub first_index: u16,
    /// Whether each message is in both `SM` and `ME`.
    pub mirrored: bool,
    /// What an empty slot looks like.
    pub empty_slot: EmptySlot,
    /// Whether `+CMGL` lists the newest slot first.
    pub lists_backwards: bool,
    /// Whether `+CMGL` is never answered.
    pub list_hangs: bool,
    /// Whether messages that were sent stay in the store.
    pub keeps_sent: bool,
    /// What is said when a message finds no room; empty for nothing.
    pub full_line: &'static str,

    /// Whether text mode is on after a reset.
    pub text_mode: bool,
    /// How headers look in PDU mode.
    pub header: Header,
    /// Whether an empty line stands between header and PDU.
    pub empty_line_before_pdu: bool,
    /// Whether the zone of timestamps in text mode has as few digits as it needs.
    pub short_zone: bool,
    /// The highest service of `+CSMS`.
    pub csms: u8,
    /// The values of `+CNMI=?`: mode, mt, bm, ds, bfr.
    pub cnmi: [&'static [u8]; 5],
    /// The values that are advertised but refused, as pairs of place and value.
    pub cnmi_refused: &'static [(usize, u8)],
    /// The answer to `+CNMI=?` behind the prefix; empty for the usual form of `cnmi`.
    pub cnmi_test: &'static str,
    /// The values after a reset.
    pub cnmi_default: [u8; 5],
    /// The number of the error for a `+CNMI` that is refused.
    pub cnmi_error: u16,
    /// What becomes of `+CNMA`.
    pub acknowledgement: Acknowledgement,
    /// How a stored message is announced.
    pub indication: Indication,
    /// The memory that `+CDSI` names; the report is in `SR` all the same.
    pub report_memory: Memory,
    /// Whether the network's status reports reach the host at all.
    pub reports: bool,
    /// Whether `+CDS:` has an empty field before the length.
    pub report_extra_field: bool,
    /// Whether the service centre is unknown until `+CSCA` is written.
    pub needs_smsc: bool,
    /// Whether `+CSMP` makes the modem forget the service centre.
    pub csmp_clears_smsc: bool,

    /// Which USSD strings are taken.
    pub ussd_request: UssdRequest,
    /// How USSD strings are printed.
    pub ussd_answer: UssdAnswer,
    /// Whether the answer comes before OK.
    pub ussd_before_ok: bool,
    /// Whether `+CUSD=2` is accepted.
    pub ussd_cancel: bool,

    /// Whether there is a circuit-switched service: calls and USSD.
    pub circuit_switched: bool,
    /// The access technology of `+CREG` and `+COPS`: 0 GSM, 2 UTRAN, 7 E-UTRAN.
    pub technology: u8,
    /// Whether cell numbers in `+CREG` have quotes.
    pub cell_quoted: bool,
    /// Whether registration numbers have leading zeros: `002,001`.
    pub registration_zeros: bool,
    /// Whether OK to `ATD` waits for the answer of the called.
    pub dial_waits: bool,
    /// What is said at the start and the end of a voice call; empty for nothing.
    pub voice: [&'static str; 2],
    /// Whether a bare LF stands before NO CARRIER, and nothing behind.
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
