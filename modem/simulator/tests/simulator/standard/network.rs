//! The SIM, the registration and the clock.

use core::time::Duration;

use crate::dialogue::{go_on, run};
use modem_simulator::{Date, Fact, Profile, Simulator};

use super::facts::facts;

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
