//! Huawei sticks.

use core::time::Duration;

use crate::profile::{Acknowledgement, EmptySlot, Memory, Profile, UssdAnswer, UssdRequest};

const HUAWEI_NOISE: &[&str] = &[
    "^RSSI:14",
    "^MODE:5,4",
    "^DSFLOWRPT:00000010,00000060,00000034,000000000000001C,000000000000006C,0003E800,0003E800",
    "^HCSQ:\"WCDMA\",30,30,58",
    "^BOOT:35323129,0,0,0,26",
    "^RSSI:10",
];

impl Profile {
    /// Huawei E173: noise at any point, packed USSD, an error of its own for unknown commands.
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
        replies: &[("+CMMS=2", "+CMS ERROR: 500"), ("^PORTSEL=1", "OK"), ("^USSDMODE=0", "OK")],
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

    /// Huawei E3372-325, produced by Brovi: `+CPMS` requires three memories.
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
}
