//! Phones, and modules derived from phones.

use core::time::Duration;

use crate::profile::{Header, Memory, Profile};

impl Profile {
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

    /// Nokia S60: sends messages, but has no storage.
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
}
