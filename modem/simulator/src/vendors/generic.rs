//! The generic modem, which keeps to the standards, and models with one deviation each.

use core::time::Duration;

use crate::mux::MuxProfile;
use crate::profile::{
    Acknowledgement, EmptySlot, Framing, Header, Indication, Memory, Profile, UssdAnswer,
    UssdRequest,
};

impl Profile {
    /// A modem that keeps to the standards, without deviations.
    pub const GENERIC: Self = Self {
        name: "generic",
        manufacturer: "Simulated",
        model: "Generic",
        revision: "1.0",
        identity_prefix: false,

        echo: true,
        framing: Framing::Standard,
        prompt: "\r\n> ",
        needs_line_feed: false,
        sleeps_after: None,
        interrupts: false,
        noise: &[],
        noise_every: Duration::from_secs(5),
        boot: &[],
        sim_ready_after: Duration::ZERO,
        sms_ready_after: Duration::ZERO,
        not_ready_is_bare: false,
        reset_breaks_link: false,

        error: "ERROR",
        unknown_command: "ERROR",
        coded_error: "",
        always_verbose_errors: false,
        verbose_sms_errors: false,
        sms_error_space: " ",
        replies: &[],

        pin_ok: true,
        pin_counter: "+CPINR",

        charsets: &["GSM", "IRA", "UCS2", "HEX", "8859-1"],
        charsets_in_parentheses: true,

        memories: &[(Memory::Sm, 20), (Memory::Me, 50), (Memory::Bm, 20)],
        memory_choices: [
            &[Memory::Sm, Memory::Me, Memory::Mt, Memory::Bm],
            &[Memory::Sm, Memory::Me],
            &[Memory::Sm, Memory::Me, Memory::Mt],
        ],
        memory_test: "",
        memory_arguments: (1, 3),
        memories_selected: [Memory::Sm; 3],
        first_index: 1,
        mirrored: false,
        empty_slot: EmptySlot::Error,
        lists_backwards: false,
        list_hangs: false,
        keeps_sent: false,
        full_line: "",

        text_mode: false,
        header: Header::Standard,
        empty_line_before_pdu: false,
        short_zone: false,
        csms: 1,
        cnmi: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1]],
        cnmi_refused: &[],
        cnmi_test: "",
        cnmi_default: [0; 5],
        cnmi_error: 303,
        acknowledgement: Acknowledgement::Standard,
        indication: Indication::Standard,
        report_memory: Memory::Sr,
        reports: true,
        report_extra_field: false,
        needs_smsc: false,
        csmp_clears_smsc: false,

        ussd_request: UssdRequest::Text,
        ussd_answer: UssdAnswer::Text,
        ussd_before_ok: false,
        ussd_cancel: true,
        ussd_prompt: false,

        mux: MuxProfile::STANDARD,

        circuit_switched: true,
        technology: 0,
        cell_quoted: true,
        registration_zeros: false,
        dial_waits: false,
        voice: ["", ""],
        bare_no_carrier: false,
    };

    /// A modem without line feeds.
    pub const BARE_CR: Self =
        Self { name: "bare-cr", model: "Bare CR", framing: Framing::BareCr, ..Self::GENERIC };

    /// A modem that prints errors in words only.
    pub const VERBOSE_ERRORS: Self = Self {
        name: "verbose-errors",
        model: "Verbose",
        always_verbose_errors: true,
        verbose_sms_errors: true,
        ..Self::GENERIC
    };

    /// A modem with broken answers, as seen from several vendors: unbalanced quotes, lines glued
    /// together.
    pub const MALFORMED: Self = Self {
        name: "malformed",
        model: "Malformed",
        memory_test: "(SM\", \"ME\"), (\"SM\", \"ME\"), (\"SM\")",
        replies: &[
            ("+CREG?", "+CREG: 2,1,\"0B,\"0100701\",7\r\nOK"),
            ("+CNUM", "ERROR+CNUM: ,\"\",145"),
            ("+CSCA?", "+CSCA:\"+491700000000\", 145\r\nOK"),
        ],
        ..Self::GENERIC
    };

    /// A modem with an empty line between header and PDU.
    pub const EMPTY_LINE: Self = Self {
        name: "empty-line",
        model: "Empty Line",
        empty_line_before_pdu: true,
        ..Self::GENERIC
    };

    /// A modem that answers zeros for an empty slot.
    pub const EMPTY_ZEROS: Self = Self {
        name: "empty-zeros",
        model: "Empty Zeros",
        empty_slot: EmptySlot::Zeros,
        ..Self::GENERIC
    };

    /// A modem whose answer to a USSD request comes before OK, without a coding.
    pub const USSD_FIRST: Self = Self {
        name: "ussd-first",
        model: "USSD First",
        ussd_before_ok: true,
        ussd_answer: UssdAnswer::TextAlone,
        ..Self::GENERIC
    };

    /// A modem that prints USSD text as two digits for each octet.
    pub const USSD_OCTETS: Self = Self {
        name: "ussd-octets",
        model: "USSD Octets",
        ussd_answer: UssdAnswer::Octets,
        ..Self::GENERIC
    };

    /// A modem that takes USSD strings as UCS-2 in hex only.
    pub const USSD_UCS2: Self = Self {
        name: "ussd-ucs2",
        model: "USSD UCS-2",
        ussd_request: UssdRequest::Ucs2,
        ussd_answer: UssdAnswer::Ucs2(72),
        ..Self::GENERIC
    };

    /// A modem that is busy for a while after power-up, with an error number of its own.
    pub const SLOW_START: Self = Self {
        name: "slow-start",
        model: "Slow Start",
        sim_ready_after: Duration::from_secs(8),
        sms_ready_after: Duration::from_secs(12),
        replies: &[("+CIND?", "+CME ERROR: 515")],
        ..Self::GENERIC
    };
}
