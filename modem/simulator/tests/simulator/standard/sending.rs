//! Messages of the host.

use core::time::Duration;

use crate::dialogue::{go_on, run};
use modem_simulator::{Fact, Profile, Simulator, Subscriber};

use super::facts::{SUBMIT, facts, has};

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
    let tpdu = [0x21, 0, 0x0c, 0x91, 0x94, 0x71, 0, 0, 0, 0x20, 0, 0, 2, 0xc8, 0x34];
    let to = String::from("+491700000002");
    let submitted = Fact::Submitted { reference: 0, to: to.clone(), tpdu: tpdu.to_vec() };
    let received =
        Fact::Received { by: to, references: vec![0], text: Some("Hi".into()), data: vec![] };
    assert!(facts(&simulator).contains(&&submitted), "{:?}", simulator.truth());
    assert!(facts(&simulator).contains(&&received), "{:?}", simulator.truth());
}

#[test]
fn a_body_that_is_withdrawn_or_wrong_sends_nothing() {
    let simulator = run(
        Profile::GENERIC,
        r"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 00210\e
        < \r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C8\z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C9194710000002000000 hello\z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=1\r
        < \r\n> 
        > \z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=16\r
        < \r\n> 
        > 0021000C91947100000020000002C83400\z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000003C834\z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0061000C91947100000020000402FF34\z
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS=\r
        < \r\n+CMS ERROR: 304\r\n
        > AT+CMGS\r
        < \r\nERROR\r\n
        ",
    );
    assert!(!has(&simulator, |fact| matches!(fact, Fact::Submitted { .. })));
}

#[test]
fn what_the_network_makes_of_a_message_depends_on_its_subscriber() {
    let send = |subscriber, script: &str| {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber("+491700000002", subscriber);
        let script = format!(
            "> ATE0\\r\n< ATE0\\r\\r\\nOK\\r\\n\n> AT+CNMI=2,1,0,1\\r\n< \\r\\nOK\\r\\n\n> AT+CMGS=15\\r\n< \\r\\n> \n> {SUBMIT}\\z\n{script}"
        );
        go_on(&mut simulator, Duration::ZERO, &script);
        simulator
    };
    let simulator = send(Subscriber::Rejected(38), r"< \r\n+CMS ERROR: 38\r\n");
    assert!(has(&simulator, |fact| matches!(fact, Fact::Rejected { cause: 38, .. })));
    let simulator = send(Subscriber::Lost, "+ 119000\n+ 1000\n< \\r\\n+CMS ERROR: 332\\r\\n");
    assert!(!has(&simulator, |fact| matches!(fact, Fact::Submitted { .. })));
    // The message is sent, but the confirmation never reaches the modem: only the status report
    // shows the host the difference from the case before.
    let report = "079194710000000006000C91947100000020426010212000804260102120208000";
    let simulator = send(
        Subscriber::Unconfirmed,
        &format!(
            "+ 120000\n< \\r\\n+CMS ERROR: 332\\r\\n\n+ 2000\n< \\r\\n+CDS: 25\\r\\n{report}\\r\\n"
        ),
    );
    assert!(has(&simulator, |fact| matches!(fact, Fact::Received { .. })));
    let report = "079194710000000006000C91947100000020426010210000804260102100208030";
    send(
        Subscriber::Unreachable,
        &format!(
            "< \\r\\n+CMGS: 0\\r\\n\\r\\nOK\\r\\n\n+ 2000\n< \\r\\n+CDS: 25\\r\\n{report}\\r\\n"
        ),
    );
    let report = "079194710000000006000C91947100000020426010210000804260102100208046";
    send(
        Subscriber::Expired,
        &format!(
            "< \\r\\n+CMGS: 0\\r\\n\\r\\nOK\\r\\n\n+ 2000\n< \\r\\n+CDS: 25\\r\\n{report}\\r\\n"
        ),
    );
}

#[test]
fn a_subscriber_sends_a_message_back_and_so_does_the_own_number() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_subscriber("+491700000002", Subscriber::Echo);
    simulator.set_reference(255);
    let script = r#"
        > ATE0;+CNMI=2,1;+CMGF=1\r
        < ATE0;+CNMI=2,1;+CMGF=1\r\r\nOK\r\n
        > AT+CMGS="+491700000002"\r
        < \r\n> 
        > back, please\z
        < \r\n+CMGS: 255\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n
        > AT+CMGS="+491700000001"\r
        < \r\n> 
        > to myself\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n\r\n+CMTI: "SM",2\r\n
        > AT+CMGL="ALL"\r
        < \r\n+CMGL: 1,"REC UNREAD","+491700000002",,"24/06/01,12:00:00+08"\r\nback, please\r\n
        < +CMGL: 2,"REC UNREAD","+491700000001",,"24/06/01,12:00:00+08"\r\nto myself\r\n\r\nOK\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, script);
}

#[test]
fn the_answer_takes_as_long_as_the_network_does_and_what_is_written_meanwhile_waits() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::from_secs(5));
    let script = r"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > PDU\z
        > AT+CSQ\r
        + 4999
        + 1
        < \r\n+CMGS: 0\r\n\r\nOK\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n
    ";
    go_on(&mut simulator, Duration::ZERO, &script.replace("PDU", SUBMIT));
}

#[test]
fn a_text_in_ucs_2_is_sent_as_hex_in_text_mode() {
    let simulator = run(
        Profile::GENERIC,
        r#"
        > ATE0;+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8\r
        < ATE0;+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8\r\r\nOK\r\n
        > AT+CMGS="002B003400390031"\r
        < \r\n> 
        > 044F0020D83DDE00\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        "#,
    );
    let text = Some(String::from("я 😀"));
    assert!(has(
        &simulator,
        |fact| matches!(fact, Fact::Received { by, text: heard, .. } if by == "+491" && *heard == text)
    ));
}

#[test]
fn a_message_that_the_modem_has_goes_though_the_link_breaks() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::from_secs(5));
    let now =
        go_on(&mut simulator, Duration::ZERO, "> ATE0+CMGS=15\\r\n< ATE0+CMGS=15\\r\\r\\n> \n");
    simulator.handle_input(SUBMIT.as_bytes(), now);
    simulator.handle_input(b"\x1a", now);
    simulator.handle_closed(now);
    simulator.handle_opened(now);
    // The modem is busy with the message, and then takes the input that came meanwhile.
    go_on(&mut simulator, now, "> AT\\r\n+ 5000\n< \\r\\nOK\\r\\n");
    assert!(has(&simulator, |fact| matches!(fact, Fact::Received { .. })));
}
