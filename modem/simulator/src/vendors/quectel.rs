//! Quectel modules, and routers built on them.

use core::time::Duration;

use crate::profile::{EmptySlot, Memory, Profile, UssdAnswer};

impl Profile {
    /// Quectel EC25: `+CDSI` names a memory that does not hold the status report.
    pub const QUECTEL_EC25: Self = Self {
        name: "quectel-ec25",
        manufacturer: "Quectel",
        model: "EC25",
        revision: "EC25EFAR06A15M4G",
        boot: &[(0, "RDY"), (800, "+QUSIM: 1"), (1000, "+CPIN: READY"), (2000, "+QIND: SMS DONE")],
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

    /// Quectel EG12: keeps sent messages and lists the newest first.
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
        boot: &[(0, "RDY"), (300, "+CFUN: 1"), (1000, "+CPIN: READY"), (2500, "Call Ready")],
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
}
