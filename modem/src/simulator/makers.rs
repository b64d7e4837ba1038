//! Modems as users meet them, one departure from the standard beside the other.

use core::time::Duration;

use super::profile::{
    Acknowledgement, EmptySlot, Framing, Header, Indication, Memory, Profile, UssdAnswer, UssdRequest,
};

const HUAWEI_NOISE: &[&str] = &[
    "^RSSI:14",
    "^MODE:5,4",
    "^DSFLOWRPT:00000010,00000060,00000034,000000000000001C,000000000000006C,0003E800,0003E800",
    "^HCSQ:\"WCDMA\",30,30,58",
    "^BOOT:35323129,0,0,0,26",
    "^RSSI:10",
];

const BUSY: &str = "+CME ERROR: 515";

impl Profile {
    /// A modem that does what the standards say and has no habits.
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
        cnmi: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1], &[0, 1]],
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

        circuit_switched: true,
        technology: 0,
        cell_quoted: true,
        registration_zeros: false,
        dial_waits: false,
        voice: ["", ""],
        bare_no_carrier: false,
    };

    /// Huawei E173: noise at any place, packed USSD, an error of its own for unknown commands.
    pub const HUAWEI_E173: Self = Self {
        name: "huawei-e173",
        manufacturer: "huawei",
        model: "E173",
        revision: "11.126.29.00.00",
        interrupts: true,
        noise: HUAWEI_NOISE,
        unknown_command: "COMMAND NOT SUPPORT",
        pin_counter: "^CPIN",
        memories: &[(Memory::Sm, 25), (Memory::Me, 23)],
        memory_choices: [
            &[Memory::Sm, Memory::Me],
            &[Memory::Sm, Memory::Me],
            &[Memory::Sm, Memory::Me],
        ],
        first_index: 0,
        empty_slot: EmptySlot::Ok,
        full_line: "^SMMEMFULL: \"SM\"",
        cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
        cnmi_refused: &[(0, 2)],
        cnmi_error: 500,
        acknowledgement: Acknowledgement::WithoutPdu,
        ussd_request: UssdRequest::Packed,
        ussd_answer: UssdAnswer::Packed,
        ussd_cancel: false,
        technology: 2,
        cell_quoted: false,
        reset_breaks_link: true,
        replies: &[
            ("+CMMS=2", "+CMS ERROR: 500"),
            ("^PORTSEL=1", "OK"),
            ("^USSDMODE=0", "OK"),
        ],
        ..Self::GENERIC
    };

    /// Huawei E220: nothing can be sent until the service centre was written once.
    pub const HUAWEI_E220: Self = Self {
        name: "huawei-e220",
        model: "E220",
        revision: "11.117.09.04.00",
        needs_smsc: true,
        ussd_answer: UssdAnswer::PackedBare,
        replies: &[("+CSMS?", "+CSMS: ,1,1,1\r\nOK")],
        ..Self::HUAWEI_E173
    };

    /// Huawei E3372-325, made by Brovi: `+CPMS` takes three memories and nothing less.
    pub const HUAWEI_E3372_325: Self = Self {
        name: "huawei-e3372-325",
        model: "E3372-325",
        revision: "3.0.2.61",
        memory_arguments: (3, 3),
        noise: &["^RSSI:25", "^HCSQ:\"LTE\",45,50,181,30"],
        noise_every: Duration::from_secs(10),
        cnmi_refused: &[],
        ussd_request: UssdRequest::Text,
        ussd_answer: UssdAnswer::Ucs2(72),
        technology: 7,
        ..Self::HUAWEI_E173
    };

    /// SIMCom SIM800: boots in words, fails until `SMS Ready`, has no use for `+CNMA`.
    pub const SIM800: Self = Self {
        name: "sim800",
        manufacturer: "SIMCOM_Ltd",
        model: "SIMCOM_SIM800L",
        revision: "Revision:1418B04SIM800L24",
        boot: &[
            (0, "RDY"),
            (300, "+CFUN: 1"),
            (1200, "+CPIN: READY"),
            (2500, "Call Ready"),
            (3500, "SMS Ready"),
        ],
        sim_ready_after: Duration::from_millis(1200),
        sms_ready_after: Duration::from_millis(3500),
        not_ready_is_bare: true,
        pin_counter: "+SPIC",
        charsets: &["IRA", "GSM", "UCS2", "HEX"],
        memories: &[(Memory::Sm, 20), (Memory::Me, 40)],
        memory_choices: [
            &[Memory::Sm, Memory::Me, Memory::Mt],
            &[Memory::Sm, Memory::Me, Memory::Mt],
            &[Memory::Sm, Memory::Me, Memory::Mt],
        ],
        empty_slot: EmptySlot::Ok,
        cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1], &[0, 1]],
        cnmi_default: [2, 1, 0, 0, 0],
        acknowledgement: Acknowledgement::Refused,
        ussd_request: UssdRequest::TextButNotHex,
        ..Self::GENERIC
    };

    /// SIMCom SIM7600: doubled CR, `SMS DONE`, calls in words.
    pub const SIM7600: Self = Self {
        name: "sim7600",
        model: "SIMCOM_SIM7600E",
        revision: "LE11B14SIM7600M22",
        framing: Framing::DoubledCr,
        boot: &[
            (0, "RDY"),
            (500, "+CPIN: READY"),
            (1500, "SMS DONE"),
            (1800, "PB DONE"),
        ],
        sim_ready_after: Duration::from_millis(500),
        sms_ready_after: Duration::from_millis(1500),
        not_ready_is_bare: false,
        voice: ["VOICE CALL: BEGIN", "VOICE CALL: END: 000041"],
        technology: 7,
        ..Self::SIM800
    };

    /// SIMCom SIM7670G: the prompt is a line, and some answers come after their OK.
    pub const SIM7670G: Self = Self {
        name: "sim7670g",
        model: "SIM7670G-MNGV",
        revision: "2360B01SIM767XM5A",
        framing: Framing::Standard,
        prompt: "\r\n>\r\n",
        replies: &[("+CMQTTSTART", "OK\r\n+CMQTTSTART: 0")],
        ..Self::SIM7600
    };

    /// SIMCom SIM7000: announces messages without saying where they are.
    pub const SIM7000: Self = Self {
        name: "sim7000",
        model: "SIMCOM_SIM7000E",
        revision: "1351B07SIM7000E",
        indication: Indication::Nowhere,
        technology: 7,
        ..Self::SIM800
    };

    /// SIMCom SIM900: a tail behind `+CMTI`.
    pub const SIM900: Self = Self {
        name: "sim900",
        model: "SIMCOM_SIM900",
        revision: "Revision:1137B13SIM900M64",
        indication: Indication::WithTail,
        ..Self::SIM800
    };

    /// SIMCom A7670: text mode by default, messages in the modem, a zone of one digit.
    pub const A7670: Self = Self {
        name: "a7670",
        model: "A7670E-FASE",
        revision: "A7670M7_V1.11.1",
        boot: &[
            (0, "*ATREADY: 1"),
            (500, "+CPIN: READY"),
            (1500, "SMS DONE"),
            (1800, "PB DONE"),
        ],
        sim_ready_after: Duration::from_millis(500),
        sms_ready_after: Duration::from_millis(1500),
        not_ready_is_bare: false,
        text_mode: true,
        short_zone: true,
        memories_selected: [Memory::Me; 3],
        technology: 7,
        ..Self::SIM800
    };

    /// Quectel EC25: `+CDSI` names a memory in which the report is not.
    pub const QUECTEL_EC25: Self = Self {
        name: "quectel-ec25",
        manufacturer: "Quectel",
        model: "EC25",
        revision: "EC25EFAR06A15M4G",
        boot: &[
            (0, "RDY"),
            (800, "+QUSIM: 1"),
            (1000, "+CPIN: READY"),
            (2000, "+QIND: SMS DONE"),
        ],
        sim_ready_after: Duration::from_millis(1000),
        sms_ready_after: Duration::from_millis(2000),
        memories: &[(Memory::Sm, 10), (Memory::Me, 255), (Memory::Sr, 20)],
        memory_choices: [
            &[Memory::Me, Memory::Mt, Memory::Sm, Memory::Sr],
            &[Memory::Me, Memory::Mt, Memory::Sm],
            &[Memory::Me, Memory::Mt, Memory::Sm],
        ],
        memories_selected: [Memory::Me; 3],
        first_index: 0,
        empty_slot: EmptySlot::Ok,
        cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
        cnmi_default: [2, 1, 0, 0, 0],
        report_memory: Memory::Sm,
        technology: 7,
        ..Self::GENERIC
    };

    /// Quectel EG12: keeps what it has sent and lists it in no order.
    pub const QUECTEL_EG12: Self = Self {
        name: "quectel-eg12",
        model: "EG12-EA",
        revision: "EG12EAPAR01A12M4G",
        keeps_sent: true,
        lists_backwards: true,
        report_memory: Memory::Sr,
        ..Self::QUECTEL_EC25
    };

    /// Quectel BG96: no status report ever arrives, and there are no calls and no USSD.
    pub const QUECTEL_BG96: Self = Self {
        name: "quectel-bg96",
        model: "BG96",
        revision: "BG96MAR02A07M1G",
        boot: &[(0, "RDY"), (800, "+QUSIM: 1"), (1000, "APP RDY")],
        reports: false,
        circuit_switched: false,
        report_memory: Memory::Sr,
        ..Self::QUECTEL_EC25
    };

    /// Quectel M35: USSD is UCS-2 in hex, though the coding says 15.
    pub const QUECTEL_M35: Self = Self {
        name: "quectel-m35",
        model: "Quectel_M35",
        revision: "Revision: M35FAR02A12",
        boot: &[
            (0, "RDY"),
            (300, "+CFUN: 1"),
            (1000, "+CPIN: READY"),
            (2500, "Call Ready"),
        ],
        sms_ready_after: Duration::from_millis(2500),
        technology: 0,
        verbose_sms_errors: true,
        ussd_answer: UssdAnswer::Ucs2(15),
        replies: &[("+CSMS=?", "+CSMS: (0,128)\r\nOK")],
        csms: 0,
        report_memory: Memory::Sr,
        ..Self::QUECTEL_EC25
    };

    /// Teltonika TRM240: status reports are in a memory of their own.
    pub const TELTONIKA_TRM240: Self = Self {
        name: "teltonika-trm240",
        manufacturer: "Quectel",
        model: "TRM240",
        revision: "TRM2R06A03M4G",
        report_memory: Memory::Sr,
        ..Self::QUECTEL_EC25
    };

    /// Telit HE910: quoted empty names, a language code before USSD text and rubbish behind it.
    pub const TELIT_HE910: Self = Self {
        name: "telit-he910",
        manufacturer: "Telit",
        model: "HE910-D",
        revision: "12.00.004",
        noise: &["#STN: 33", "+CIEV: rssi,4"],
        noise_every: Duration::from_secs(7),
        pin_counter: "#PCT",
        header: Header::Quoted,
        ussd_answer: UssdAnswer::LanguageAndTail,
        technology: 2,
        ..Self::GENERIC
    };

    /// u-blox SARA-R4: errors in words, one CR LF between lines, nothing announced by default.
    pub const UBLOX_SARA_R4: Self = Self {
        name: "ublox-sara-r4",
        manufacturer: "u-blox",
        model: "SARA-R410M-02B",
        revision: "L0.0.00.00.05.08",
        framing: Framing::Single,
        always_verbose_errors: true,
        verbose_sms_errors: true,
        memories: &[(Memory::Me, 23), (Memory::Sm, 20)],
        memory_choices: [
            &[Memory::Me, Memory::Sm],
            &[Memory::Me, Memory::Sm],
            &[Memory::Me, Memory::Sm],
        ],
        memories_selected: [Memory::Me; 3],
        first_index: 0,
        cnmi: [&[0, 1, 2], &[0, 1, 2], &[0], &[0, 1], &[0]],
        circuit_switched: false,
        technology: 7,
        ..Self::GENERIC
    };

    /// ZTE MF6xx: prefixed identities, a test answer for `+CFUN?`, fields missing and fields too many.
    pub const ZTE_MF: Self = Self {
        name: "zte-mf",
        manufacturer: "ZTE CORPORATION",
        model: "MF667",
        revision: "BD_MF667V1.0.0B04",
        identity_prefix: true,
        interrupts: true,
        noise: &[
            "+ZUSIMR:2",
            "+ZEND",
            "+ZPASR: \"UMTS\"",
            "+ZDONR: \"Test\",001,01,\"CS_ONLY\",\"ROAM_OFF\"",
        ],
        noise_every: Duration::from_secs(2),
        header: Header::WithoutStatus,
        report_extra_field: true,
        csmp_clears_smsc: true,
        cnmi_refused: &[(0, 2)],
        acknowledgement: Acknowledgement::WithoutPdu,
        replies: &[("+CFUN?", "+CFUN: (0-1,4-7),(0-1)\r\nOK")],
        technology: 2,
        cell_quoted: false,
        ..Self::GENERIC
    };

    /// Wavecom Q2406: no OK behind `+CPIN: READY`, one memory at a time, 515 while it starts.
    pub const WAVECOM_Q2406: Self = Self {
        name: "wavecom-q2406",
        manufacturer: "WAVECOM MODEM",
        model: "MULTIBAND  900E  1800",
        revision: "641b09gg.Q2406B 1339080 041604 16:04",
        boot: &[
            (0, "+WIND: 13"),
            (500, "+WIND: 1"),
            (2000, "+WIND: 7"),
            (2500, "+WIND: 4"),
        ],
        sim_ready_after: Duration::from_millis(500),
        sms_ready_after: Duration::from_millis(2500),
        pin_ok: false,
        charsets: &["GSM", "PCCP437", "CUSTOM", "HEX"],
        memories: &[(Memory::Sm, 20), (Memory::Sr, 10), (Memory::Bm, 10)],
        memory_choices: [&[Memory::Sm, Memory::Bm, Memory::Sr], &[Memory::Sm], &[]],
        memory_test: "((\"SM\",\"BM\",\"SR\"),(\"SM\"))",
        memory_arguments: (1, 1),
        csms: 1,
        cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1]],
        cnmi_default: [0, 1, 0, 0, 0],
        dial_waits: true,
        replies: &[("+CGSMS?", "ERROR"), ("+CCLK=", "+CME ERROR: 3")],
        ..Self::GENERIC
    };

    /// Cinterion MC75i: only 1 will do as the last value of `+CNMI`, and no modem memory in the third place.
    pub const CINTERION_MC75I: Self = Self {
        name: "cinterion-mc75i",
        manufacturer: "Cinterion",
        model: "MC75i",
        revision: "REVISION 04.001",
        boot: &[(0, "^SYSSTART"), (1500, "^SSIM READY")],
        sim_ready_after: Duration::from_millis(1500),
        sms_ready_after: Duration::from_millis(1500),
        charsets: &["GSM", "UCS2"],
        memories: &[(Memory::Sm, 20), (Memory::Me, 25)],
        memory_choices: [
            &[Memory::Me, Memory::Sm, Memory::Mt],
            &[Memory::Me, Memory::Sm, Memory::Mt],
            &[Memory::Sm, Memory::Mt],
        ],
        memories_selected: [Memory::Me, Memory::Me, Memory::Sm],
        cnmi: [&[0, 1, 2, 3], &[0, 1], &[0, 2, 3], &[0, 2], &[1]],
        cnmi_default: [0, 0, 0, 0, 1],
        cnmi_error: 538,
        sms_error_space: "",
        ..Self::GENERIC
    };

    /// Siemens MC35i: UCS-2 after a reset, and no modem memory in the third place.
    pub const SIEMENS_MC35I: Self = Self {
        name: "siemens-mc35i",
        manufacturer: "SIEMENS",
        model: "MC35i",
        revision: "REVISION 02.00",
        charsets: &["UCS2", "GSM"],
        memories: &[(Memory::Sm, 15), (Memory::Me, 25)],
        memory_choices: [
            &[Memory::Mt, Memory::Sm, Memory::Me],
            &[Memory::Mt, Memory::Sm, Memory::Me],
            &[Memory::Mt, Memory::Sm],
        ],
        memories_selected: [Memory::Mt, Memory::Mt, Memory::Mt],
        ..Self::CINTERION_MC75I
    };

    /// iWOW TR-800: one memory in each place, and no parentheses.
    pub const IWOW_TR800: Self = Self {
        name: "iwow-tr800",
        manufacturer: "iWOW",
        model: "TR-800",
        revision: "TR800-01",
        memories: &[(Memory::Sm, 20)],
        memory_choices: [&[Memory::Sm], &[Memory::Sm], &[Memory::Sm]],
        memory_test: "\"SM\",\"SM\",\"SM\"",
        ..Self::GENERIC
    };

    /// Fibocom L8xx: ready in words of its own.
    pub const FIBOCOM_L850: Self = Self {
        name: "fibocom-l850",
        manufacturer: "Fibocom Wireless Inc.",
        model: "L850 LTE Module",
        revision: "18500.5001.00.05.27.30",
        boot: &[(0, "+AT: READY"), (700, "+SIM READY"), (1500, "+PBREADY")],
        sim_ready_after: Duration::from_millis(700),
        sms_ready_after: Duration::from_millis(1500),
        technology: 7,
        ..Self::GENERIC
    };

    /// MTK based: a counter of its own and lines with an asterisk.
    pub const MTK: Self = Self {
        name: "mtk",
        manufacturer: "MTK2",
        model: "MTK2 1.0",
        revision: "MOLY.WR8.W1315.MD.WG.MP.V6",
        pin_counter: "+EPINC",
        noise: &["*PSUTTZ: 2024, 6, 1, 10, 0, 0, \"+8\", 1", "+EIND: 128"],
        ..Self::GENERIC
    };

    /// Answers that are broken, as seen on several makes: quotes that do not match, lines that are glued together.
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

    /// Neoway M590: each message is on the card and in the modem.
    pub const NEOWAY_M590: Self = Self {
        name: "neoway-m590",
        manufacturer: "NEOWAY",
        model: "M590",
        revision: "ZYM590_7.6",
        boot: &[(0, "MODEM:STARTUP"), (1500, "+PBREADY")],
        sim_ready_after: Duration::from_millis(1000),
        sms_ready_after: Duration::from_millis(1500),
        memories: &[(Memory::Sm, 20), (Memory::Me, 20)],
        memory_choices: [
            &[Memory::Sm, Memory::Me, Memory::Mt],
            &[Memory::Sm, Memory::Me],
            &[Memory::Sm, Memory::Me],
        ],
        mirrored: true,
        ..Self::GENERIC
    };

    /// Nokia S60: can send and has no store.
    pub const NOKIA_S60: Self = Self {
        name: "nokia-s60",
        manufacturer: "Nokia",
        model: "Nokia C6-00",
        revision: "V 40.0.021",
        memories: &[],
        memory_choices: [&[], &[], &[]],
        memory_test: "(),(),()",
        cnmi: [&[0, 1, 2], &[0], &[0], &[0], &[0]],
        ..Self::GENERIC
    };

    /// Samsung B2100: `+CMGL` is never answered.
    pub const SAMSUNG_B2100: Self = Self {
        name: "samsung-b2100",
        manufacturer: "SAMSUNG",
        model: "B2100",
        revision: "B2100XEIJ2",
        list_hangs: true,
        ..Self::GENERIC
    };

    /// Samsung Z810: an error is `NA`.
    pub const SAMSUNG_Z810: Self = Self {
        name: "samsung-z810",
        manufacturer: "SAMSUNG",
        model: "Z810",
        revision: "Z810XEGE1",
        error: "NA",
        unknown_command: "NA",
        ..Self::GENERIC
    };

    /// Motorola EZX: `MODEM ERROR: n`, text mode by default, its own noise.
    pub const MOTOROLA_EZX: Self = Self {
        name: "motorola-ezx",
        manufacturer: "Motorola",
        model: "A1200",
        revision: "R541_G_11.52.01R",
        text_mode: true,
        coded_error: "MODEM ERROR: ",
        noise: &["+MBAN: Copyright 2000-2004 Motorola, Inc."],
        noise_every: Duration::from_secs(30),
        ..Self::GENERIC
    };

    /// Qualcomm Gobi: refuses what it advertises, and a USSD session cannot be cancelled.
    pub const QUALCOMM_GOBI: Self = Self {
        name: "qualcomm-gobi",
        manufacturer: "QUALCOMM INCORPORATED",
        model: "Gobi 2000",
        revision: "D3200-STSUGN-1575",
        sim_ready_after: Duration::from_millis(3000),
        sms_ready_after: Duration::from_millis(3000),
        cnmi: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2], &[0, 1, 2], &[0, 1]],
        cnmi_refused: &[(3, 1)],
        acknowledgement: Acknowledgement::WithoutPdu,
        ussd_cancel: false,
        technology: 2,
        ..Self::GENERIC
    };

    /// Novatel: mode 2 of `+CNMI` is advertised and refused.
    pub const NOVATEL: Self = Self {
        name: "novatel",
        manufacturer: "Novatel Wireless Incorporated",
        model: "MC760",
        revision: "Q6085BDRAGONFLY",
        cnmi_refused: &[(0, 2)],
        acknowledgement: Acknowledgement::Refused,
        replies: &[("+CSMS?", "+CSMS: ,1,1,1\r\nOK")],
        ..Self::GENERIC
    };

    /// Iridium: registration numbers with leading zeros.
    pub const IRIDIUM: Self = Self {
        name: "iridium",
        manufacturer: "Iridium",
        model: "IRIDIUM 9522B",
        revision: "ST10001",
        registration_zeros: true,
        cnmi: [&[0, 1, 2], &[0, 1, 2], &[0], &[0], &[1]],
        cnmi_default: [0, 0, 0, 0, 1],
        ..Self::GENERIC
    };

    /// BlackBerry: `+CSCS=?` without parentheses.
    pub const BLACKBERRY: Self = Self {
        name: "blackberry",
        manufacturer: "Research In Motion",
        model: "RIM BlackBerry Device",
        revision: "7.1.0.523",
        charsets_in_parentheses: false,
        ..Self::GENERIC
    };

    /// Pantech: headers without the name.
    pub const PANTECH: Self = Self {
        name: "pantech",
        manufacturer: "PANTECH",
        model: "UML290VW",
        revision: "L0290VWBB12F.248",
        header: Header::WithoutName,
        ..Self::GENERIC
    };

    /// Thuraya: a flat list for `+CPMS=?`.
    pub const THURAYA: Self = Self {
        name: "thuraya",
        manufacturer: "Thuraya",
        model: "Thuraya SO-2510",
        revision: "THURAYA 4.6",
        memories: &[(Memory::Sm, 20), (Memory::Me, 20)],
        memory_choices: [
            &[Memory::Sm, Memory::Me, Memory::Mt],
            &[Memory::Sm, Memory::Me],
            &[Memory::Sm, Memory::Me, Memory::Mt],
        ],
        memory_test: "\"SM\",\"ME\",\"MT\", \"SM\",\"ME\", \"SM\",\"ME\",\"MT\"",
        ..Self::GENERIC
    };

    /// Sierra SL8084T: no OK behind `+CPIN: READY`, bare line feeds around NO CARRIER.
    pub const SIERRA_SL8084T: Self = Self {
        name: "sierra-sl8084t",
        manufacturer: "Sierra Wireless",
        model: "SL8084T",
        revision: "R7.47.1.201306251113.SL8084T",
        pin_ok: false,
        noise: &["+PACSP1"],
        noise_every: Duration::from_secs(60),
        bare_no_carrier: true,
        ..Self::GENERIC
    };

    /// Option: slots from 0 and its own noise.
    pub const OPTION_HSO: Self = Self {
        name: "option-hso",
        manufacturer: "Option N.V.",
        model: "GTM382E",
        revision: "2.12.6.0Hd",
        first_index: 0,
        noise: &["_OSIGQ: 14,0", "_OWANCALL: 1, 0"],
        acknowledgement: Acknowledgement::WithoutPdu,
        bare_no_carrier: true,
        ..Self::GENERIC
    };

    /// Ericsson MBM: card toolkit lines and packet-switched by preference.
    pub const ERICSSON_MBM: Self = Self {
        name: "ericsson-mbm",
        manufacturer: "Ericsson",
        model: "F5521gw",
        revision: "R2A07",
        boot: &[(0, "*EMRDY: 1"), (400, "*ESTKSMS: 1")],
        noise: &["*ESTKSMS: 1"],
        noise_every: Duration::from_secs(20),
        technology: 2,
        ..Self::GENERIC
    };

    /// Altair: a command line ends at its line feed.
    pub const ALTAIR: Self = Self {
        name: "altair",
        manufacturer: "Altair Semiconductor",
        model: "ALT3100",
        revision: "ALT3100_04_05",
        needs_line_feed: true,
        circuit_switched: false,
        technology: 7,
        ..Self::GENERIC
    };

    /// Calypso: sleeps when idle and loses the line that wakes it.
    pub const CALYPSO: Self = Self {
        name: "calypso",
        manufacturer: "Openmoko",
        model: "Neo1973",
        revision: "HW: GTA02BV5, SW: GSM: gsm_ac_gp_fd_pu_em_cph_ds_vc_cal35_ri_36_amd8_ts0-Moko11",
        sleeps_after: Some(Duration::from_secs(5)),
        boot: &[(0, "AT-Command Interpreter ready")],
        ..Self::GENERIC
    };

    /// A modem without line feeds.
    pub const BARE_CR: Self = Self {
        name: "bare-cr",
        model: "Bare CR",
        framing: Framing::BareCr,
        ..Self::GENERIC
    };

    /// A modem that prints errors in words only.
    pub const VERBOSE_ERRORS: Self = Self {
        name: "verbose-errors",
        model: "Verbose",
        always_verbose_errors: true,
        verbose_sms_errors: true,
        ..Self::GENERIC
    };

    /// A modem that puts an empty line between header and PDU.
    pub const EMPTY_LINE: Self = Self {
        name: "empty-line",
        model: "Empty Line",
        empty_line_before_pdu: true,
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

    /// A modem that answers zeros for an empty slot.
    pub const EMPTY_ZEROS: Self = Self {
        name: "empty-zeros",
        model: "Empty Zeros",
        empty_slot: EmptySlot::Zeros,
        ..Self::GENERIC
    };

    /// A modem that is busy for a while after power-up, with an error number of its own.
    pub const SLOW_START: Self = Self {
        name: "slow-start",
        model: "Slow Start",
        sim_ready_after: Duration::from_secs(8),
        sms_ready_after: Duration::from_secs(12),
        replies: &[("+CIND?", BUSY)],
        ..Self::GENERIC
    };

    /// Every profile that is defined here.
    pub const ALL: &[Self] = &[
        Self::GENERIC,
        Self::HUAWEI_E173,
        Self::HUAWEI_E220,
        Self::HUAWEI_E3372_325,
        Self::SIM800,
        Self::SIM7600,
        Self::SIM7670G,
        Self::SIM7000,
        Self::SIM900,
        Self::A7670,
        Self::QUECTEL_EC25,
        Self::QUECTEL_EG12,
        Self::QUECTEL_BG96,
        Self::QUECTEL_M35,
        Self::TELTONIKA_TRM240,
        Self::TELIT_HE910,
        Self::UBLOX_SARA_R4,
        Self::ZTE_MF,
        Self::WAVECOM_Q2406,
        Self::CINTERION_MC75I,
        Self::SIEMENS_MC35I,
        Self::IWOW_TR800,
        Self::FIBOCOM_L850,
        Self::MTK,
        Self::MALFORMED,
        Self::NEOWAY_M590,
        Self::NOKIA_S60,
        Self::SAMSUNG_B2100,
        Self::SAMSUNG_Z810,
        Self::MOTOROLA_EZX,
        Self::QUALCOMM_GOBI,
        Self::NOVATEL,
        Self::IRIDIUM,
        Self::BLACKBERRY,
        Self::PANTECH,
        Self::THURAYA,
        Self::SIERRA_SL8084T,
        Self::OPTION_HSO,
        Self::ERICSSON_MBM,
        Self::ALTAIR,
        Self::CALYPSO,
        Self::BARE_CR,
        Self::VERBOSE_ERRORS,
        Self::EMPTY_LINE,
        Self::USSD_FIRST,
        Self::USSD_OCTETS,
        Self::USSD_UCS2,
        Self::EMPTY_ZEROS,
        Self::SLOW_START,
    ];
}
