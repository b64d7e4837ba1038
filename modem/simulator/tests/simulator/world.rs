//! The simulated network and its failures, the verbs of the outside world, and the truth log.

use core::time::Duration;

use crate::dialogue::{go_on, run};
use modem_simulator::{Entry, Fact, Memory, Profile, Refusal, Simulator, Subscriber, VerbError};

#[test]
fn signal_and_service_are_reported_in_the_ways_of_27_007() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CESQ\r
        < \r\n+CESQ: 40,99,255,255,255,255\r\n\r\nOK\r\n
        > AT+CIND=?\r
        < \r\n+CIND: ("battchg",(0-5)),("signal",(0-5)),("service",(0,1)),("message",(0,1)),("call",(0,1)),("roam",(0,1)),("smsfull",(0,1))\r\n\r\nOK\r\n
        > AT+CIND?\r
        < \r\n+CIND: 4,3,1,0,0,0,0\r\n\r\nOK\r\n
        > AT+CMER?\r
        < \r\n+CMER: 0,0,0,0,0\r\n\r\nOK\r\n
        > AT+CMER=?\r
        < \r\n+CMER: (0,3),(0),(0),(0,1),(0)\r\n\r\nOK\r\n
        > AT+CMER=3,0,0,1\r
        < \r\nOK\r\n
        > AT+CGATT?;+CGATT=?\r
        < \r\n+CGATT: 1\r\n\r\n+CGATT: (0,1)\r\n\r\nOK\r\n
        > AT+COPN\r
        < \r\n+COPN: "00101","Simulated Network"\r\n\r\nOK\r\n
        > AT+CREG=?\r
        < \r\n+CREG: (0-2)\r\n\r\nOK\r\n
        > AT+COPS=3,1;+COPS?\r
        < \r\n+COPS: 0,1,"SimNet",0\r\n\r\nOK\r\n
        > AT+CMEE=1;+COPS=1,2,"26201"\r
        < \r\n+CME ERROR: 30\r\n
        > AT+COPS=?\r
        < \r\n+COPS: (2,"Simulated Network","SimNet","00101",0),(3,"Other Network","OtherNet","00102",0),,(0,1,2,3,4),(0,1,2)\r\n\r\nOK\r\n
        > AT+COPS=1,2,"00102"\r
        < \r\n+CME ERROR: 32\r\n
        > AT+COPS=1,2,"00101";+COPS?\r
        < \r\n+COPS: 1,2,"00101",0\r\n\r\nOK\r\n
        > AT+COPS=2;+COPS?;+CREG?\r
        < \r\n+COPS: 2\r\n\r\n+CREG: 0,0\r\n\r\nOK\r\n
        > AT+COPS=0;+CREG?\r
        < \r\n+CREG: 0,1\r\n\r\nOK\r\n
        ! signal 99
        > AT+CSQ;+CESQ\r
        < \r\n+CSQ: 99,99\r\n\r\n+CESQ: 99,99,255,255,255,255\r\n\r\nOK\r\n
        ! signal 31
        ! register 5
        ! ring +491700000002
        < \r\nRING\r\n
        > AT+CIND?\r
        < \r\n+CIND: 4,5,1,0,1,1,0\r\n\r\nOK\r\n
        "#,
    );
    for (technology, expected) in [(7, "99,99,255,255,20,60"), (2, "99,99,55,40,255,255")] {
        let mut profile = Profile::GENERIC;
        profile.technology = technology;
        let script = format!(
            r"
            > ATE0\r
            < ATE0\r\r\nOK\r\n
            > AT+CESQ\r
            < \r\n+CESQ: {expected}\r\n\r\nOK\r\n
            "
        );
        run(profile, &script);
    }
}

#[test]
fn settings_without_effect_are_taken_and_shown_and_wrong_parameters_are_refused() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0+CMEE=1\r
        < ATE0+CMEE=1\r\r\nOK\r\n
        > AT+IPR?;+IPR=9600\r
        < \r\n+IPR: 115200\r\n\r\nOK\r\n
        > AT+IFC=?\r
        < \r\n+IFC: (0-2),(0-2)\r\n\r\nOK\r\n
        > AT+CPAS=?\r
        < \r\n+CPAS: (0,2,3,4)\r\n\r\nOK\r\n
        > AT+CBC=1\r
        < \r\n+CME ERROR: 50\r\n
        > AT+CGSN=1;+CGSN=0\r
        < \r\n+CGSN: "490154203237518"\r\n\r\n490154203237518\r\n\r\nOK\r\n
        > AT+CGSN=2\r
        < \r\n+CME ERROR: 50\r\n
        > AT+CFUN=3\r
        < \r\n+CME ERROR: 50\r\n
        > AT+CLCK="SC",1\r
        < \r\n+CME ERROR: 11\r\n
        > AT+CLCK="SC"\r
        < \r\n+CME ERROR: 50\r\n
        > AT+CPWD=?;+CPWD="SC"\r
        < \r\n+CPWD: ("SC",8)\r\n\r\n+CME ERROR: 50\r\n
        > AT+CLIP=?;+CLIP?;+CRC?\r
        < \r\n+CLIP: (0,1)\r\n\r\n+CLIP: 0,1\r\n\r\n+CRC: 0\r\n\r\nOK\r\n
        > AT+CUSD=1;+CUSD;+CUSD?\r
        < \r\n+CUSD: 0\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn a_blocked_card_refuses_all_that_needs_it_with_numbers_of_both_standards() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0+CMEE=1\r
        < ATE0+CMEE=1\r\r\nOK\r\n
        ! pin 1234
        > AT+CPIN="0000"\r
        < \r\n+CME ERROR: 16\r\n
        > AT+CPIN="0000"\r
        < \r\n+CME ERROR: 16\r\n
        > AT+CPIN="0000"\r
        < \r\n+CME ERROR: 12\r\n
        > AT+CPIN?\r
        < \r\n+CPIN: SIM PUK\r\n\r\nOK\r\n
        > AT+CIMI\r
        < \r\n+CME ERROR: 12\r\n
        > AT+CMGL=4\r
        < \r\n+CMS ERROR: 316\r\n
        "#,
    );
}

/// 3GPP TS 27.005, 3.2.5, and TS 24.011, annex E.
#[test]
fn a_modem_of_words_has_words_for_each_cause_of_a_network() {
    for (cause, words) in [
        (1, "unassigned (unallocated) number"),
        (8, "operator determined barring"),
        (10, "call barred"),
        (21, "short message transfer rejected"),
        (27, "destination out of service"),
        (28, "unidentified subscriber"),
        (29, "facility rejected"),
        (30, "unknown subscriber"),
        (38, "network out of order"),
        (41, "temporary failure"),
        (42, "congestion"),
        (47, "resources unavailable, unspecified"),
        (300, "ME failure"),
        (301, "SMS service of ME reserved"),
        (310, "SIM not inserted"),
        (312, "PH-SIM PIN required"),
        (313, "SIM failure"),
        (315, "SIM wrong"),
        (316, "SIM PUK required"),
        (317, "SIM PIN2 required"),
        (318, "SIM PUK2 required"),
        (320, "memory failure"),
        (322, "memory full"),
        (332, "network timeout"),
        (500, "unknown error"),
        (69, "69"),
    ] {
        let mut simulator = Simulator::new(Profile::VERBOSE_ERRORS);
        simulator.set_subscriber("+491700000002", Subscriber::Rejected(cause));
        simulator.handle_opened(Duration::ZERO);
        let script = format!(
            r"
            > ATE0+CMEE=1;+CMGF=0\r
            < ATE0+CMEE=1;+CMGF=0\r\r\nOK\r\n
            > AT+CMGS=15\r
            < \r\n> 
            > 0021000C91947100000020000002C834\z
            < \r\n+CMS ERROR: {words}\r\n
            "
        );
        go_on(&mut simulator, Duration::ZERO, &script);
    }
}

#[test]
fn a_command_of_the_host_reaches_the_network_and_is_not_a_message() {
    // SMS-COMMAND: delete the message of reference 5 (3GPP TS 23.040, 9.2.2.4).
    let simulator = run(
        Profile::GENERIC,
        r"
        > ATE0+CMGF=0\r
        < ATE0+CMGF=0\r\r\nOK\r\n
        > AT+CMGC=14\r
        < \r\n> 
        > 0002000002050C9194710000002000\z
        < \r\n+CMGC: 0\r\n\r\nOK\r\n
        ",
    );
    let commanded = simulator
        .truth()
        .iter()
        .any(|entry| matches!(entry.fact, Fact::Commanded { reference: 0, .. }));
    assert!(commanded, "{:?}", simulator.truth());
}

#[test]
fn a_world_is_set_up_by_functions_as_well_as_by_verbs() {
    let now = Duration::ZERO;
    let mut simulator = Simulator::new(Profile::GENERIC);
    assert_eq!(simulator.profile().name, "generic");
    simulator.set_card("262011234567890", "89490200001234567890", "+491715550101");
    simulator.set_service_centre(Some("+491710760000"));
    simulator.set_report_delay(None);
    simulator.set_reference(7);
    simulator.handle_opened(now);
    let now = go_on(
        &mut simulator,
        now,
        r#"
        > ATE0+CMGF=0;+CNMI=2,1,0,1,0;+CREG=1\r
        < ATE0+CMGF=0;+CNMI=2,1,0,1,0;+CREG=1\r\r\nOK\r\n
        > AT+CIMI;+CCID;+CNUM;+CSCA?\r
        < \r\n262011234567890\r\n\r\n+CCID: 89490200001234567890\r\n\r\n+CNUM: "Own number","+491715550101",145\r\n\r\n+CSCA: "+491710760000",145\r\n\r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 7\r\n\r\nOK\r\n
        + 60000
        "#,
    );
    assert_eq!(simulator.report(8, 0, now), Err(VerbError::NothingSent));
    assert_eq!(simulator.report(7, 0x46, now), Ok(()));
    let now = go_on(
        &mut simulator,
        now,
        r"
        < \r\n+CDS: 25\r\n079194710167000006070C91947100000020426010210000804260102110008046\r\n
        ! report
        < \r\n+CDS: 25\r\n079194710167000006070C91947100000020426010210000804260102110008000\r\n
        ",
    );
    simulator.ring("+491700000002", now);
    simulator.fill_up(now);
    simulator.register(3, now);
    let now = go_on(
        &mut simulator,
        now,
        r#"
        < \r\nRING\r\n\r\n+CREG: 3\r\n
        > AT+CPMS?\r
        < \r\n+CPMS: "SM",20,20,"SM",20,20,"SM",20,20\r\n\r\nOK\r\n
        "#,
    );
    simulator.set_service_centre(None);
    go_on(
        &mut simulator,
        now,
        r#"
        > AT+CSCA?\r
        < \r\n+CSCA: "",129\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn a_fact_of_the_truth_log_is_a_line_of_json() {
    let tpdu = vec![0x01, 0xAB];
    let to = String::from("+49170");
    let (memory, index) = (Memory::Sm, 3);
    for (fact, line) in [
        (Fact::PoweredUp, r#""powered-up""#),
        (
            Fact::Commanded { reference: 7, tpdu: tpdu.clone() },
            r#""commanded","reference":7,"tpdu":"01AB""#,
        ),
        (
            Fact::Rejected { to: to.clone(), cause: 38, tpdu: tpdu.clone() },
            r#""rejected","to":"+49170","cause":38,"tpdu":"01AB""#,
        ),
        (
            Fact::Received {
                by: to.clone(),
                references: vec![1, 2],
                text: Some("a \"b\" \\ \n".into()),
                data: vec![],
            },
            r#""received","by":"+49170","references":[1, 2],"text":"a \"b\" \\ \u000a""#,
        ),
        (
            Fact::Received { by: to, references: vec![1], text: None, data: tpdu.clone() },
            r#""received","by":"+49170","references":[1],"data":"01AB""#,
        ),
        (
            Fact::Unacknowledged { tpdu: tpdu.clone(), reason: Refusal::Full },
            r#""unacknowledged","reason":"full","tpdu":"01AB""#,
        ),
        (
            Fact::Unacknowledged { tpdu: tpdu.clone(), reason: Refusal::Late },
            r#""unacknowledged","reason":"late","tpdu":"01AB""#,
        ),
        (
            Fact::Unacknowledged { tpdu: tpdu.clone(), reason: Refusal::Host },
            r#""unacknowledged","reason":"host","tpdu":"01AB""#,
        ),
        (
            Fact::Written { memory, index, tpdu },
            r#""written","memory":"SM","index":3,"tpdu":"01AB""#,
        ),
        (Fact::UssdCancelled, r#""ussd-cancelled""#),
    ] {
        let at = Duration::from_millis(61_005);
        assert_eq!(Entry { at, fact }.to_string(), format!(r#"{{"at":61.005,"fact":{line}}}"#));
    }
}
