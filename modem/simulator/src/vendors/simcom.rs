//! SIMCom modules.

use core::time::Duration;

use crate::profile::{
    Acknowledgement, EmptySlot, Framing, Indication, Memory, Profile, UssdRequest,
};

impl Profile {
    /// SIMCom SIM800: boot messages in words, failures until `SMS Ready`, no support of `+CNMA`.
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
        boot: &[(0, "RDY"), (500, "+CPIN: READY"), (1500, "SMS DONE"), (1800, "PB DONE")],
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

    /// SIMCom SIM7000: announces messages without their slot.
    pub const SIM7000: Self = Self {
        name: "sim7000",
        model: "SIMCOM_SIM7000E",
        revision: "1351B07SIM7000E",
        indication: Indication::Nowhere,
        technology: 7,
        ..Self::SIM800
    };

    /// SIMCom SIM900: a tail after `+CMTI`.
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
        boot: &[(0, "*ATREADY: 1"), (500, "+CPIN: READY"), (1500, "SMS DONE"), (1800, "PB DONE")],
        sim_ready_after: Duration::from_millis(500),
        sms_ready_after: Duration::from_millis(1500),
        not_ready_is_bare: false,
        text_mode: true,
        short_zone: true,
        memories_selected: [Memory::Me; 3],
        technology: 7,
        ..Self::SIM800
    };
}
