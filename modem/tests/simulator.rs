//! The simulator, octet by octet, as the standards and the makers have it.
#![cfg(feature = "simulator")]

mod dialogue;

use dialogue::run;
use modem::simulator::{Fact, Profile, Simulator};

/// SMS-SUBMIT of "Hi" to +491700000002, with a request for a report, behind an empty service centre.
const SUBMIT: &str = "0021000C91947100000020000002C834";

fn facts(simulator: &Simulator) -> Vec<&Fact> {
    simulator.truth().iter().map(|entry| &entry.fact).collect()
}

#[test]
fn a_line_is_echoed_and_answered_by_v_250() {
    run(
        Profile::GENERIC,
        r"
        > AT\r
        < AT\r\r\nOK\r\n
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CSQ;+CMEE=1;+CMEE?\r
        < \r\n+CSQ: 20,99\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n
        > A/
        < \r\n+CSQ: 20,99\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n
        > ATV0\r
        < 0\r
        > AT+CSQ;+NOPE\r
        < +CSQ: 20,99\r\n4\r
        > ATQ1\r
        > ATQ0V1\r
        < \r\nOK\r\n
        > AT&F\r
        < \r\nOK\r\n
        > AT\r
        < AT\r\r\nOK\r\n
        ",
    );
}

#[test]
fn a_message_is_sent_in_pdu_mode_and_stands_in_the_truth_log() {
    let script = r"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CMGF=0\r
        < \r\nOK\r\n
        > AT+CNMI=2,1,0,1,0\r
        < \r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > PDU\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 3000
        < \r\n+CDS: 25\r\n079194710000000006000C91947100000020426010210000804260102100208000\r\n
    ";
    let simulator = run(Profile::GENERIC, &script.replace("PDU", SUBMIT));
    let tpdu = [
        0x21, 0, 0x0c, 0x91, 0x94, 0x71, 0, 0, 0, 0x20, 0, 0, 2, 0xc8, 0x34,
    ];
    let submitted = Fact::Submitted {
        reference: 0,
        to: "+491700000002".into(),
        tpdu: tpdu.to_vec(),
    };
    assert!(facts(&simulator).contains(&&submitted), "{:?}", simulator.truth());
}
