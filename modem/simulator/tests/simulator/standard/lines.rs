//! Command lines, their results, and what comes between them.

use core::time::Duration;

use crate::dialogue::{go_on, hear, run};
use modem_simulator::{Fact, Profile};

use super::facts::facts;

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
fn capabilities_without_fax_are_named_and_the_own_number_has_digits_in_every_character_set() {
    run(
        Profile::GENERIC,
        r#"
        > ATE0;+GCAP;+CSCS="UCS2";+CNUM\r
        < ATE0;+GCAP;+CSCS="UCS2";+CNUM\r\r\n+GCAP: +CGSM\r\n\r\n+CNUM: "004F0077006E0020006E0075006D006200650072","+491700000001",145\r\n\r\nOK\r\n
        "#,
    );
}
