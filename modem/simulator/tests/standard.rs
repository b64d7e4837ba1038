//! The simulator, byte by byte, against the standards.

mod dialogue;

use core::time::Duration;

use dialogue::{go_on, hear, run};
use modem_simulator::{Date, Fact, Memory, Profile, Refusal, Simulator, Subscriber};

/// SMS-SUBMIT of "Hi" to +491700000002, requesting a status report, after an empty service centre:
/// 15 octets.
const SUBMIT: &str = "0021000C91947100000020000002C834";

fn facts(simulator: &Simulator) -> Vec<&Fact> {
    simulator.truth().iter().map(|entry| &entry.fact).collect()
}

fn has(simulator: &Simulator, wanted: impl Fn(&Fact) -> bool) -> bool {
    facts(simulator).into_iter().any(wanted)
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
        > ATS3?S7=60S7?\r
        < \r\n013\r\n\r\n060\r\n\r\nOK\r\n
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
fn cmee_chooses_between_error_number_and_words() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0+CPBS="XX"\r
        < ATE0+CPBS="XX"\r\r\nERROR\r\n
        > AT+CMEE=1;+CPBS="XX"\r
        < \r\n+CME ERROR: 3\r\n
        > AT+CMEE=2;+CPBS="XX"\r
        < \r\n+CME ERROR: operation not allowed\r\n
        > AT+CMGR=1\r
        < \r\n+CMS ERROR: 321\r\n
        > AT+CMEE=3\r
        < \r\n+CME ERROR: incorrect parameters\r\n
        > AT+CMEE=1,1\r
        < \r\n+CME ERROR: incorrect parameters\r\n
        "#,
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
fn three_wrong_pins_close_the_card_and_the_puk_opens_it() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_pin(Some("0000"));
    let script = r#"
        > ATE0+CMEE=1\r
        < ATE0+CMEE=1\r\r\nOK\r\n
        > AT+CPIN?;+CREG?\r
        < \r\n+CPIN: SIM PIN\r\n\r\n+CREG: 0,0\r\n\r\nOK\r\n
        > AT+CMGL=4\r
        < \r\n+CMS ERROR: 311\r\n
        > AT+CIMI\r
        < \r\n+CME ERROR: 11\r\n
        > AT+CPIN="1111"\r
        < \r\n+CME ERROR: 16\r\n
        > AT+CPINR\r
        < \r\n+CPINR: SIM PIN,2,3\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n
        > AT+CPIN=1111\r
        < \r\n+CME ERROR: 16\r\n
        > AT+CPIN="1111"\r
        < \r\n+CME ERROR: 12\r\n
        > AT+CPIN?\r
        < \r\n+CPIN: SIM PUK\r\n\r\nOK\r\n
        > AT+CPIN="12345678","4321"\r
        < \r\nOK\r\n
        > AT+CPIN?;+CREG?\r
        < \r\n+CPIN: READY\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n
        > AT+CLCK="SC",2\r
        < \r\n+CLCK: 1\r\n\r\nOK\r\n
        > AT+CLCK="SC",0,"4321"\r
        < \r\nOK\r\n
        > AT+CPWD="SC","4321","8765"\r
        < \r\nOK\r\n
        > AT+CFUN=1,1\r
        < \r\nOK\r\n
        > AT+CPIN?\r
        < AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, script);
    let given: Vec<_> = facts(&simulator)
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::PinGiven { right } => Some(*right),
            _ => None,
        })
        .collect();
    assert_eq!(given, [false, false, false, true, true, true]);
}

#[test]
fn strings_are_written_and_read_in_the_character_set_of_cscs() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+CSCS="UCS2";+CSCS?\r
        < \r\n+CSCS: "UCS2"\r\n\r\nOK\r\n
        > AT+CSCA="002B00340039003100370031"\r
        < \r\nOK\r\n
        > AT+CSCA?\r
        < \r\n+CSCA: "002B00340039003100370031",145\r\n\r\nOK\r\n
        > AT+CSCS="IRA";+CSCA?\r
        < \r\n+CSCA: "+49171",145\r\n\r\nOK\r\n
        > AT+CSCS="HEX";+CPBR=1\r
        < \r\n+CPBR: 1,"2B343931373030303030303032",145,"416C696365"\r\n\r\nOK\r\n
        > AT+CSCS="KLINGON"\r
        < \r\nERROR\r\n
        > AT+CSCS=?\r
        < \r\n+CSCS: ("GSM","IRA","UCS2","HEX","8859-1")\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn the_store_lists_reads_and_deletes_by_status() {
    let simulator = run(
        Profile::GENERIC,
        r#"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        ! deliver +491700000002 one
        ! deliver +491700000002 two
        > AT+CPMS?\r
        < \r\n+CPMS: "SM",2,20,"SM",2,20,"SM",2,20\r\n\r\nOK\r\n
        > AT+CMGR=1\r
        < \r\n+CMGR: 0,,22\r\n0791947100000000040C91947100000020000042601021000080036F7719\r\n\r\nOK\r\n
        > AT+CMGR=1\r
        < \r\n+CMGR: 1,,22\r\n0791947100000000040C91947100000020000042601021000080036F7719\r\n\r\nOK\r\n
        > AT+CMGL=0\r
        < \r\n+CMGL: 2,0,,22\r\n0791947100000000040C9194710000002000004260102100008003F4FB1B\r\n\r\nOK\r\n
        > AT+CMGW=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGW: 3\r\n\r\nOK\r\n
        > AT+CMGW=15,3\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGW: 4\r\n\r\nOK\r\n
        ! deliver +491700000002 five
        > AT+CMGD=?\r
        < \r\n+CMGD: (1,2,3,4,5),(0-4)\r\n\r\nOK\r\n
        > AT+CMGD=0,1;+CMGD=?\r
        < \r\n+CMGD: (3,4,5),(0-4)\r\n\r\nOK\r\n
        > AT+CMGD=0,2;+CMGD=?\r
        < \r\n+CMGD: (3,5),(0-4)\r\n\r\nOK\r\n
        > AT+CMGD=0,3;+CMGD=?\r
        < \r\n+CMGD: (5),(0-4)\r\n\r\nOK\r\n
        > AT+CMGD=7\r
        < \r\nOK\r\n
        > AT+CMGD=21\r
        < \r\n+CMS ERROR: 321\r\n
        > AT+CMGD=1,4;+CMGD=?\r
        < \r\n+CMGD: (),(0-4)\r\n\r\nOK\r\n
        > AT+CPMS="ME","SM"\r
        < \r\n+CPMS: 0,50,0,20,0,20\r\n\r\nOK\r\n
        > AT+CPMS="XX"\r
        < \r\n+CMS ERROR: 302\r\n
        > AT+CPMS=?\r
        < \r\n+CPMS: ("SM","ME","MT","BM"),("SM","ME"),("SM","ME","MT")\r\n\r\nOK\r\n
        "#,
    );
    assert_eq!(
        facts(&simulator).iter().filter(|fact| matches!(fact, Fact::Deleted { .. })).count(),
        5
    );
}

#[test]
fn a_full_store_takes_nothing_and_the_network_tries_again_when_there_is_room() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_slots(Memory::Sm, 2);
    let script = r#"
        > ATE0;+CNMI=2,1\r
        < ATE0;+CNMI=2,1\r\r\nOK\r\n
        ! full
        ! deliver +491700000002 three
        ! deliver +491700000002 four
        > AT+CPMS?\r
        < \r\n+CPMS: "SM",2,2,"SM",2,2,"SM",2,2\r\n\r\nOK\r\n
        > AT+CMGD=2\r
        < \r\nOK\r\n\r\n+CMTI: "SM",2\r\n
        > AT+CMGD=1\r
        < \r\nOK\r\n\r\n+CMTI: "SM",1\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, script);
    assert!(has(&simulator, |fact| matches!(
        fact,
        Fact::Unacknowledged { reason: Refusal::Full, .. }
    )));
    assert_eq!(
        facts(&simulator).iter().filter(|fact| matches!(fact, Fact::Acknowledged { .. })).count(),
        2
    );
}

#[test]
fn cnmi_decides_where_a_message_goes() {
    // Class 2 belongs on the card whatever the host sets, and class 3 to the host if it is set so:
    // "Hi".
    let two = "040C9194710000002000124260102100008002C834";
    let three = "040C9194710000002000134260102100008002C834";
    let script = r#"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        ! deliver +491700000002 quiet
        > AT+CNMI=2,0\r
        < \r\nOK\r\n
        ! deliver +491700000002 quiet
        > AT+CNMI=2,2\r
        < \r\nOK\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMT: ,21\r\n0791947100000000040C9194710000002000004260102100008002C834\r\n
        ! pdu TWO
        < \r\n+CMTI: "SM",3\r\n
        > AT+CNMI=2,3\r
        < \r\nOK\r\n
        ! pdu THREE
        < \r\n+CMT: ,21\r\n0791947100000000THREE\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMTI: "SM",4\r\n
        > AT+CNMI=0,1\r
        < \r\nOK\r\n
        ! deliver +491700000002 later
        > AT+CNMI=2,1\r
        < \r\nOK\r\n\r\n+CMTI: "SM",5\r\n
        > AT+CNMI=0,1\r
        < \r\nOK\r\n
        ! deliver +491700000002 never
        > AT+CNMI=2,1,0,0,1\r
        < \r\nOK\r\n
        > AT+CNMI?\r
        < \r\n+CNMI: 2,1,0,0,1\r\n\r\nOK\r\n
        > AT+CNMI=2,1,0,3\r
        < \r\n+CMS ERROR: 303\r\n
        > AT+CNMI=?\r
        < \r\n+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)\r\n\r\nOK\r\n
    "#;
    run(Profile::GENERIC, &script.replace("TWO", two).replace("THREE", three));
}

#[test]
fn with_service_1_the_host_acknowledges_and_gets_nothing_more_before() {
    let simulator = run(
        Profile::GENERIC,
        r#"
        > ATE0;+CSMS=1\r
        < ATE0;+CSMS=1\r\r\n+CSMS: 1,1,1\r\n\r\nOK\r\n
        > AT+CNMI=2,2,0,1;+CNMA\r
        < \r\n+CMS ERROR: 340\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMT: ,21\r\n0791947100000000040C9194710000002000004260102100008002C834\r\n
        ! deliver +491700000003 Hi
        > AT+CNMA=1\r
        < \r\nOK\r\n\r\n+CMT: ,21\r\n0791947100000000040C9194710000003000004260102100008002C834\r\n
        > AT+CNMA=1,3\r
        < \r\n> 
        > 000000\z
        < \r\nOK\r\n
        ! deliver +491700000004 Hi
        < \r\n+CMT: ,21\r\n0791947100000000040C9194710000004000004260102100008002C834\r\n
        + 14999
        + 1
        > AT+CNMI?\r
        < \r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n
        > AT+CMGL=4\r
        < \r\n+CMGL: 1,0,,21\r\n0791947100000000040C9194710000004000004260102100008002C834\r\n\r\nOK\r\n
        "#,
    );
    assert!(has(&simulator, |fact| matches!(
        fact,
        Fact::Unacknowledged { reason: Refusal::Late, .. }
    )));
}

#[test]
fn a_report_is_stored_where_the_host_wants_that() {
    run(
        Profile::TELTONIKA_TRM240,
        r#"
        < \r\nRDY\r\n
        + 2000
        < \r\n+QUSIM: 1\r\n\r\n+CPIN: READY\r\n\r\n+QIND: SMS DONE\r\n
        > ATE0;+CNMI=2,1,0,2\r
        < ATE0;+CNMI=2,1,0,2\r\r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 2000
        < \r\n+CDSI: "SR",0\r\n
        > AT+CPMS="SR";+CMGR=0\r
        < \r\n+CPMS: 1,20,0,255,0,255\r\n
        < \r\n+CMGR: 0,,25\r\n079194710000000006000C91947100000020426010210020804260102100408000\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn text_mode_shows_and_takes_text() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+CMGF=1;+CNMI=2,2,0,1\r
        < ATE0;+CMGF=1;+CNMI=2,2,0,1\r\r\nOK\r\n
        > AT+CSMP?\r
        < \r\n+CSMP: 17,167,0,0\r\n\r\nOK\r\n
        > AT+CSMP=49\r
        < \r\nOK\r\n
        > AT+CMGS="+491700000002"\r
        < \r\n> 
        > first line\r
        < \r\n> 
        > second\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 2000
        < \r\n+CDS: 6,0,"+491700000002",145,"24/06/01,12:00:00+08","24/06/01,12:00:02+08",0\r\n
        ! deliver +491700000002 Hi there
        < \r\n+CMT: "+491700000002",,"24/06/01,12:00:02+08"\r\nHi there\r\n
        > AT+CSDH=1\r
        < \r\nOK\r\n
        ! deliver Bank Hi there
        < \r\n+CMT: "Bank",,"24/06/01,12:00:02+08",208,4,0,0,"+491700000000",145,8\r\nHi there\r\n
        ! deliver +491700000002 \u{44f}
        < \r\n+CMT: "+491700000002",,"24/06/01,12:00:02+08",145,4,0,8,"+491700000000",145,2\r\n044F\r\n
        > AT+CNMI=2,1\r
        < \r\nOK\r\n
        ! deliver +491700000002 Hi there
        < \r\n+CMTI: "SM",1\r\n
        > AT+CMGW="+491700000003",145\r
        < \r\n> 
        > draft\z
        < \r\n+CMGW: 2\r\n\r\nOK\r\n
        > AT+CMGR=1\r
        < \r\n+CMGR: "REC UNREAD","+491700000002",,"24/06/01,12:00:02+08",145,4,0,0,"+491700000000",145,8\r\nHi there\r\n\r\nOK\r\n
        > AT+CMGR=2\r
        < \r\n+CMGR: "STO UNSENT","+491700000003",,145,49,0,0,167,"+491700000000",145,5\r\ndraft\r\n\r\nOK\r\n
        > AT+CMSS=2,"+491700000004"\r
        < \r\n+CMSS: 1\r\n\r\nOK\r\n
        > AT+CSDH=0;+CMGL="STO SENT"\r
        < \r\n+CMGL: 2,"STO SENT","+491700000003",,\r\ndraft\r\n\r\nOK\r\n
        > AT+CMGL="NONE"\r
        < \r\n+CMS ERROR: 305\r\n
        > AT+CMGL=?\r
        < \r\n+CMGL: ("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")\r\n\r\nOK\r\n
        "#,
    );
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
fn without_registration_nothing_passes_and_what_waits_comes_later() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+CREG=1;+CNMI=2,1\r
        < ATE0;+CREG=1;+CNMI=2,1\r\r\nOK\r\n
        ! register 2
        < \r\n+CREG: 2\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMS ERROR: 331\r\n
        ! deliver +491700000002 late
        > AT+CREG=2\r
        < \r\nOK\r\n
        ! register 5
        < \r\n+CREG: 5,"5E25","605F",0\r\n\r\n+CMTI: "SM",1\r\n
        > AT+CREG?;+COPS?;+COPS=3,2;+COPS?\r
        < \r\n+CREG: 2,5,"5E25","605F",0\r\n\r\n+COPS: 0,0,"Simulated Network",0\r\n\r\n+COPS: 0,2,"00101",0\r\n\r\nOK\r\n
        > AT+CFUN=4;+CREG?;+CSQ\r
        < \r\n+CREG: 2,0\r\n\r\n+CSQ: 99,99\r\n\r\nOK\r\n\r\n+CREG: 0\r\n
        "#,
    );
}

#[test]
fn a_long_message_arrives_in_parts_that_can_be_turned_round() {
    let text = "x".repeat(161);
    let forward = run(Profile::GENERIC, &format!("! deliver +491700000002 {text}"));
    let backward = run(Profile::GENERIC, &format!("! deliver-reversed +491700000002 {text}"));
    let parts = |simulator: &Simulator| -> Vec<Vec<u8>> {
        let sent = facts(simulator).into_iter().filter_map(|fact| match fact {
            Fact::Sent { tpdu } => Some(tpdu.clone()),
            _ => None,
        });
        sent.collect()
    };
    let mut turned = parts(&backward);
    turned.reverse();
    assert_eq!(parts(&forward), turned);
    assert_eq!(turned.len(), 2);
    // The header: five octets, concatenation, three octets, reference 1, two parts, this part.
    assert_eq!(turned[1][18..25], [15, 5, 0, 3, 1, 2, 2]);
}

#[test]
fn the_clock_of_the_modem_runs_and_that_of_the_network_stays_right() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_date(Date::new(2030, 12, 31, 23, 59, 50, -20).unwrap());
    let script = r#"
        > ATE0+CCLK?\r
        < ATE0+CCLK?\r\r\n+CCLK: "30/12/31,23:59:50-20"\r\n\r\nOK\r\n
        > AT+CCLK="24/02/28,23:59:59+00"\r
        < \r\nOK\r\n
        + 20000
        > AT+CCLK?\r
        < \r\n+CCLK: "24/02/29,00:00:19+00"\r\n\r\nOK\r\n
        > AT+CCLK="24/02/30,00:00:00"\r
        < \r\nERROR\r\n
    "#;
    go_on(&mut simulator, Duration::ZERO, script);
    assert_eq!(simulator.date().to_string(), "31/01/01,00:00:10-20");
}

#[test]
fn a_reset_forgets_settings_and_keeps_messages() {
    let simulator = run(
        Profile::SIM800,
        r#"
        < \r\nRDY\r\n
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        + 4000
        < \r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nCall Ready\r\n\r\nSMS Ready\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMTI: "SM",1\r\n
        > AT+CNMI=2,2;+CMEE=2\r
        < \r\nOK\r\n
        ! reset
        < \r\nRDY\r\n
        + 4000
        < \r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nCall Ready\r\n\r\nSMS Ready\r\n
        > AT+CNMI?;+CPMS?\r
        < AT+CNMI?;+CPMS?\r\r\n+CNMI: 2,1,0,0,0\r\n\r\n+CPMS: "SM",1,20,"SM",1,20,"SM",1,20\r\n\r\nOK\r\n
        "#,
    );
    assert_eq!(facts(&simulator).iter().filter(|fact| matches!(fact, Fact::PoweredUp)).count(), 2);
}

#[test]
fn a_scheduled_verb_happens_at_its_time() {
    let mut simulator = run(Profile::GENERIC, "> ATE0\\r\n< ATE0\\r\\r\\nOK\\r\\n");
    simulator.schedule("ring +49123".parse().unwrap(), Duration::from_secs(7));
    assert_eq!(simulator.poll_timeout(), Some(Duration::from_secs(7)));
    simulator.handle_timeout(Duration::from_secs(60));
    assert!(hear(&mut simulator).starts_with(b"\r\nRING\r\n"));
    let called =
        simulator.truth().iter().find(|entry| matches!(entry.fact, Fact::Called { .. })).unwrap();
    assert_eq!(called.to_string(), r#"{"at":7.000,"fact":"called","number":"+49123"}"#);
}

#[test]
fn an_unsolicited_line_waits_for_the_end_of_the_line() {
    run(
        Profile::GENERIC,
        r"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        > AT+C
        ! ring +49123
        > SQ\r
        < \r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\nRING\r\n
        > AT+CMGS=15\r
        < \r\n> 
        + 5000
        > \e
        < \r\nOK\r\n\r\nRING\r\n
        ",
    );
}

#[test]
fn a_closed_link_hears_nothing_and_loses_nothing_that_is_stored() {
    let mut simulator =
        run(Profile::GENERIC, "> ATE0;+CNMI=2,1\\r\n< ATE0;+CNMI=2,1\\r\\r\\nOK\\r\\n");
    let now = Duration::from_secs(1);
    simulator.handle_closed(now);
    simulator.deliver("+491700000002", "Hi", now).unwrap();
    simulator.handle_opened(now);
    go_on(
        &mut simulator,
        now,
        "> AT+CPMS?\\r\n< \\r\\n+CPMS: \"SM\",1,20,\"SM\",1,20,\"SM\",1,20\\r\\n\\r\\nOK\\r\\n",
    );
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

#[test]
fn a_registration_is_announced_only_where_it_changes() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+CREG=1;+CFUN=1\r
        < ATE0;+CREG=1;+CFUN=1\r\r\nOK\r\n
        ! register 1
        ! register 5
        < \r\n+CREG: 5\r\n
        > AT+CFUN=4\r
        < \r\nOK\r\n\r\n+CREG: 0\r\n
        > AT+CFUN=4\r
        < \r\nOK\r\n
        > AT+CFUN=1\r
        < \r\nOK\r\n\r\n+CREG: 5\r\n
        "#,
    );
}

#[test]
fn capabilities_without_fax_are_named_and_the_own_number_has_digits_in_every_character_set() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+GCAP;+CSCS="UCS2";+CNUM\r
        < ATE0;+GCAP;+CSCS="UCS2";+CNUM\r\r\n+GCAP: +CGSM\r\n\r\n+CNUM: "004F0077006E0020006E0075006D006200650072","+491700000001",145\r\n\r\nOK\r\n
        "#,
    );
}
