//! Secured packets for a SIM and from it. 3GPP TS 31.115, 4.

use faster_hex::hex_string_upper;
use pdu::{CommandPacket, PacketCheck, PacketCounter, ProofOfReceipt, ResponsePacket};

use super::content::{Content, Cut, count};
use super::report::Field;

pub(crate) fn command(packet: &CommandPacket<'_>, body: &[u8], start: usize) -> Content {
    let (packet_length, header_length) = packet.lengths();
    let mut cut = Cut(start);
    let mut fields = vec![
        Field::new("cpl", cut.next(2), format!("command packet of {packet_length} octets")),
        Field::new("chl", cut.next(1), format!("header of {header_length} octets")),
        Field::new("spi", cut.next(2), security(packet)),
        Field::new("kic", cut.next(1), key(packet.kic(), Some(packet.kic_name()))),
        Field::new("kid", cut.next(1), key(packet.kid(), packet.kid_name())),
        Field::new("tar", cut.next(3), application(packet.tar(), packet.tar_name())),
    ];
    match packet.clear() {
        None => {
            let rest = packet.rest().len();
            let meaning = format!("ciphered: counter, check and data, {}", count(rest));
            fields.push(Field::new("ciphered", cut.next(rest), meaning).with_dump());
        }
        Some(clear) => {
            fields.push(Field::new("cntr", cut.next(5), format!("counter {}", clear.counter)));
            let padding = format!("{} octets of padding", clear.padding);
            fields.push(Field::new("pcntr", cut.next(1), padding));
            if !clear.check.is_empty() {
                let octets = cut.next(clear.check.len());
                fields.push(Field::new("check", octets, hex_string_upper(clear.check)));
            }
            let octets = cut.next(clear.data.len());
            fields.push(Field::new("data", octets, "commands for the SIM").with_dump());
        }
    }
    after(&mut fields, cut, start + body.len());
    let name = packet.tar_name().map_or_else(String::new, |name| format!(" for {name}"));
    let state = if packet.is_ciphered() { ", ciphered" } else { "" };
    Content {
        name: Some("sim command packet".to_owned()),
        meaning: format!("a command packet{name}{state}"),
        fields,
    }
}

pub(crate) fn response(packet: &ResponsePacket<'_>, body: &[u8], start: usize) -> Content {
    let mut cut = Cut(start);
    let mut fields = vec![
        Field::new("rpl", cut.next(2), "the length of the response packet"),
        Field::new("rhl", cut.next(1), "the length of its header"),
        Field::new("tar", cut.next(3), application(packet.tar, None)),
    ];
    let rest = packet.rest.len();
    let meaning = match packet.status() {
        Some(0) => "counter, status 0 (success) and data, unless ciphered".to_owned(),
        Some(status) => format!("counter, status {status:#04x} and data, unless ciphered"),
        None => count(rest),
    };
    fields.push(Field::new("rest", cut.next(rest), meaning).with_dump());
    after(&mut fields, cut, start + body.len());
    Content {
        name: Some("sim response packet".to_owned()),
        meaning: "a response packet of the SIM".to_owned(),
        fields,
    }
}

fn after(fields: &mut Vec<Field>, mut cut: Cut, end: usize) {
    if cut.0 < end {
        let octets = cut.next(end - cut.0);
        fields.push(Field::new("after", octets, "not part of the packet").with_dump());
    }
}

fn security(packet: &CommandPacket<'_>) -> String {
    let cipher = if packet.is_ciphered() { "ciphered" } else { "not ciphered" };
    let counter = match packet.counter() {
        PacketCounter::None => "no counter",
        PacketCounter::Unchecked => "counter not checked",
        PacketCounter::Higher => "counter must be higher",
        PacketCounter::Next => "counter must be higher by one",
    };
    let proof = match packet.proof() {
        ProofOfReceipt::None => "no proof of receipt".to_owned(),
        ProofOfReceipt::Always => proof(packet, "always"),
        ProofOfReceipt::OnError => proof(packet, "after an error"),
        ProofOfReceipt::Reserved => "reserved proof of receipt".to_owned(),
    };
    format!("{}, {cipher}, {counter}, {proof}", check(packet.check()))
}

fn proof(packet: &CommandPacket<'_>, when: &str) -> String {
    let carrier = if packet.is_proof_by_submit() { "SMS-SUBMIT" } else { "SMS-DELIVER-REPORT" };
    let cipher = if packet.is_proof_ciphered() { "ciphered, " } else { "" };
    format!("proof of receipt {when} ({cipher}{}, by {carrier})", check(packet.proof_check()))
}

const fn check(check: PacketCheck) -> &'static str {
    match check {
        PacketCheck::None => "no check",
        PacketCheck::Redundancy => "redundancy check",
        PacketCheck::Checksum => "cryptographic checksum",
        PacketCheck::Signature => "digital signature",
    }
}

fn key(octet: u8, algorithm: Option<&str>) -> String {
    match algorithm {
        Some(algorithm) => format!("key {}, algorithm {algorithm}", octet >> 4),
        None => format!("key {}", octet >> 4),
    }
}

fn application(tar: [u8; 3], name: Option<&str>) -> String {
    let name = name.map_or_else(String::new, |name| format!(" ({name})"));
    format!("application {}{name}", hex_string_upper(&tar))
}
