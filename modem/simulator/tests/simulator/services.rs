//! USSD, calls, cell broadcast and the phone book of the simulated modem, byte by byte.

use core::time::Duration;

use crate::dialogue::{go_on, run};
use modem_simulator::{Fact, Menu, Profile, Simulator, Subscriber};

fn has(simulator: &Simulator, wanted: impl Fn(&Fact) -> bool) -> bool {
    simulator.truth().iter().any(|entry| wanted(&entry.fact))
}

#[test]
fn a_ussd_session_lasts_as_long_as_the_network_asks() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_service(
        "*7#",
        Menu::new("Question?").with("1", Menu::new("Answer ä")).with("2", Menu::new("Ответ")),
    );
    let script = r#"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CUSD=1,"*7#",15\r
        < \r\nOK\r\n
        < \r\n+CUSD: 1,"Question?",15\r\n
        > AT+CUSD=1,"1"\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0,"Answer \u{7b}",15\r\n
        > AT+CUSD=1,"*7#",15\r
        < \r\nOK\r\n
        < \r\n+CUSD: 1,"Question?",15\r\n
        > AT+CUSD=1,"2"\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0,"041E0442043204350442",72\r\n
        > AT+CUSD=1,"*7#",15\r
        < \r\nOK\r\n
        < \r\n+CUSD: 1,"Question?",15\r\n
        > AT+CUSD=2\r
        < \r\nOK\r\n
        > AT+CUSD=1,"1"\r
        < \r\nOK\r\n
        < \r\n+CUSD: 4\r\n
        > AT+CUSD=1,"*7#",15\r
        < \r\nOK\r\n
        < \r\n+CUSD: 1,"Question?",15\r\n
        + 120000
        < \r\n+CUSD: 2\r\n
        ! ussd News
        < \r\n+CUSD: 0,"News",15\r\n
        > AT+CUSD=0;+CUSD?\r
        < \r\n+CUSD: 0\r\n\r\nOK\r\n
        ! ussd Unheard
        > ATD*100#;\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0,"Balance: 12.34 EUR",15\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, &script.replace("\\u{7b}", "{"));
    assert!(has(&simulator, |fact| *fact == Fact::UssdCancelled));
}

#[test]
fn calls_ring_are_answered_and_end_on_either_side() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_subscriber("110", Subscriber::Rejected(17));
    simulator.set_subscriber("111", Subscriber::Unreachable);
    let script = r#"
        > ATE0;+CLIP=1\r
        < ATE0;+CLIP=1\r\r\nOK\r\n
        ! ring +491700000002
        < \r\nRING\r\n\r\n+CLIP: "+491700000002",145,,,,0\r\n
        + 5000
        < \r\nRING\r\n\r\n+CLIP: "+491700000002",145,,,,0\r\n
        > AT+CLCC\r
        < \r\n+CLCC: 1,1,4,0,0,"+491700000002",145\r\n\r\nOK\r\n
        > ATA\r
        < \r\nOK\r\n
        > AT+CLCC\r
        < \r\n+CLCC: 1,1,0,0,0,"+491700000002",145\r\n\r\nOK\r\n
        + 60000
        ! hang-up
        < \r\nNO CARRIER\r\n
        > AT+CRC=1\r
        < \r\nOK\r\n
        ! ring +491700000002
        < \r\n+CRING: VOICE\r\n\r\n+CLIP: "+491700000002",145,,,,0\r\n
        > ATH\r
        < \r\nOK\r\n
        > ATA\r
        < \r\nNO CARRIER\r\n
        > ATD+491700000003;\r
        < \r\nOK\r\n
        > AT+CLCC;+CPAS\r
        < \r\n+CLCC: 1,0,0,0,0,"+491700000003",145\r\n\r\n+CPAS: 4\r\n\r\nOK\r\n
        > AT+CHUP\r
        < \r\nOK\r\n
        > ATD110;\r
        < \r\nOK\r\n
        < \r\nBUSY\r\n
        > ATD111;\r
        < \r\nOK\r\n
        < \r\nNO ANSWER\r\n
        > ATD112\r
        < \r\nNO CARRIER\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, script);
}

#[test]
fn a_broadcast_reaches_who_listens_to_its_channel() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+CNMI=2,0,2\r
        < ATE0;+CNMI=2,0,2\r\r\nOK\r\n
        ! broadcast 50 Storm
        > AT+CSCB=0,"0,40-60"\r
        < \r\nOK\r\n
        ! broadcast 50 Storm
        < \r\n+CBM: 88\r\n
        < 001000320F1153FA5BDE6E341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D1
        < 68341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100\r\n
        > AT+CMGF=1\r
        < \r\nOK\r\n
        ! broadcast 60 Storm
        < \r\n+CBM: 32,60,15,1,1\r\nStorm\r\n
        > AT+CSCB=1,"60"\r
        < \r\nOK\r\n
        ! broadcast 60 Storm
        > AT+CSCB?\r
        < \r\n+CSCB: 1,"60",""\r\n\r\nOK\r\n
        > AT+CNMI=2,0,1\r
        < \r\nOK\r\n
        ! broadcast 61 Storm
        < \r\n+CBMI: "BM",1\r\n
        > AT+CPMS="BM";+CMGR=1\r
        < \r\n+CPMS: 1,20,0,20,0,20\r\n\r\n+CMGR: "REC UNREAD",64,61,15,1,1\r\nStorm\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn the_phone_book_is_read_written_and_searched() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+CPBS?;+CPBR=?\r
        < ATE0;+CPBS?;+CPBR=?\r\r\n+CPBS: "SM",3,100\r\n\r\n+CPBR: (1-100),40,14\r\n\r\nOK\r\n
        > AT+CPBR=1,2\r
        < \r\n+CPBR: 1,"+491700000002",145,"Alice"\r\n+CPBR: 2,"+491700000003",145,"Bob"\r\n\r\nOK\r\n
        > AT+CPBW=,"123",129,"Carol"\r
        < \r\nOK\r\n
        > AT+CPBF="Ca"\r
        < \r\n+CPBF: 4,"123",129,"Carol"\r\n\r\nOK\r\n
        > AT+CPBW=4\r
        < \r\nOK\r\n
        > AT+CPBR=4\r
        < \r\nOK\r\n
        > AT+CPBS="ON";+CPBR=1;+CNUM\r
        < \r\n+CPBR: 1,"+491700000001",145,"Own number"\r\n\r\n+CNUM: "Own number","+491700000001",145\r\n\r\nOK\r\n
        "#,
    );
}
