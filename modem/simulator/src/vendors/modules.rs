//! Modules and sticks of other vendors.

use core::time::Duration;

use crate::profile::{Acknowledgement, Framing, Header, Memory, Profile, UssdAnswer};

impl Profile {
    /// Telit HE910: quoted empty names, a language code before USSD text and rubbish after it.
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

    /// ZTE MF6xx: prefixed identities, a test answer for `+CFUN?`, fields missing and fields too
    /// many.
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

    /// Wavecom Q2406: no OK after `+CPIN: READY`, one memory at a time, error 515 while starting.
    pub const WAVECOM_Q2406: Self = Self {
        name: "wavecom-q2406",
        manufacturer: "WAVECOM MODEM",
        model: "MULTIBAND  900E  1800",
        revision: "641b09gg.Q2406B 1339080 041604 16:04",
        boot: &[(0, "+WIND: 13"), (500, "+WIND: 1"), (2000, "+WIND: 7"), (2500, "+WIND: 4")],
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

    /// Cinterion MC75i: the last value of `+CNMI` must be 1, and the third memory cannot be the
    /// modem's.
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

    /// Siemens MC35i: UCS-2 after a reset, and the third memory cannot be the modem's.
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

    /// Siemens AC75: a USSD question ends in a prompt, at which the modem takes nothing but the
    /// answer.
    pub const SIEMENS_AC75: Self = Self {
        name: "siemens-ac75",
        manufacturer: "SIEMENS",
        model: "AC75",
        revision: "REVISION 01.002",
        ussd_prompt: true,
        ..Self::CINTERION_MC75I
    };

    /// iWOW TR-800: a choice of one memory each for reading, writing and receiving, and no
    /// parentheses.
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

    /// Fibocom L8xx: boot messages of its own.
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

    /// Sierra SL8084T: no OK after `+CPIN: READY`, bare line feeds around NO CARRIER.
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
}
