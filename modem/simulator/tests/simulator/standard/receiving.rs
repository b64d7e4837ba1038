//! Messages of the network, and the store.

use core::time::Duration;

use crate::dialogue::{go_on, run};
use modem_simulator::{Fact, Memory, Profile, Refusal, Simulator};

use super::facts::{facts, has};

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
