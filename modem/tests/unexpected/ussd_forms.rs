//! The forms of USSD strings: requests that a modem refuses, and replies in every encoding.

use modem::gsm7::charset::Charset;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Error, Session, UssdEncoding, UssdReply};
use testkit::FRONTS;
use testkit::bench::Bench;

fn bench(config: Config) -> Bench {
    Bench::open(Simulator::new(Profile::GENERIC), config)
}

fn gsm() -> Config {
    let mut config = Config::default();
    config.character_set = Some(Charset::Gsm);
    config
}

fn ask(bench: &mut Bench, code: &'static str) -> Result<UssdReply, Error> {
    bench.ask(move |session: &mut Session, now| session.ussd(code, now))
}

/// The USSD requests since the last call, without what they have in common.
fn requests(bench: &mut Bench) -> Vec<String> {
    let lines = bench.lines();
    lines.iter().filter_map(|line| line.strip_prefix("AT+CUSD=1,")).map(str::to_owned).collect()
}

const PLAIN: &str = "\"*100#\",15";
const PLAIN_ALONE: &str = "\"*100#\"";
const PACKED: &str = "\"AA180C3602\",15";
const UCS2: &str = "\"002A0031003000300023\",72";
const UCS2_AS_PLAIN: &str = "\"002A0031003000300023\",15";
const BYTES: &str = "\"2A31303023\",15";

#[test]
fn all_forms_are_tried_in_turn_and_the_one_that_worked_is_kept() {
    let forms = [PLAIN, PLAIN, PLAIN_ALONE, UCS2, PACKED, UCS2_AS_PLAIN, BYTES];
    for refused in [2, 3, 4, 5, 6] {
        let mut bench = bench(gsm());
        for _ in 0..refused {
            bench.answer("+CUSD=1", "+CME ERROR: 100");
        }
        for _ in 0..2 {
            bench.answer("+CUSD=1", "OK|+CUSD: 0,\"Balance: 5\",15");
        }
        assert_eq!(ask(&mut bench, "*100#").unwrap().text.as_deref(), Some("Balance: 5"));
        assert_eq!(requests(&mut bench), forms[..=refused], "{refused} forms are refused");
        ask(&mut bench, "*100#").unwrap();
        assert_eq!(requests(&mut bench), forms[refused..=refused], "the form is kept");
        // A form that has worked is the modem's: its refusal has another reason.
        bench.answer("+CUSD=1", "ERROR");
        ask(&mut bench, "*100#").unwrap_err();
        assert_eq!(requests(&mut bench), forms[refused..=refused]);
    }
    let mut bench = bench(gsm());
    bench.always("+CUSD=1", "ERROR");
    ask(&mut bench, "*100#").unwrap_err();
    assert_eq!(requests(&mut bench), forms);
}

#[test]
fn a_refusal_by_the_network_or_the_sim_ends_the_request() {
    for refusal in ["+CME ERROR: 30", "+CME ERROR: 14", "+CME ERROR: no network service"] {
        let mut bench = bench(gsm());
        bench.always("+CUSD=1", refusal);
        ask(&mut bench, "*100#").unwrap_err();
        assert_eq!(requests(&mut bench), [PLAIN], "{refusal}");
    }
}

#[test]
fn packed_septets_come_first_where_they_are_likelier() {
    // The modem has written them.
    let mut bench = bench(gsm());
    bench.answer("+CUSD=1", "OK|+CUSD: 2,\"EBB79B1E0685E9ECF4BADE9E03\",15");
    assert_eq!(ask(&mut bench, "*245#").unwrap().text.as_deref(), Some("konta atlikums"));
    requests(&mut bench);
    for _ in 0..3 {
        bench.answer("+CUSD=1", "ERROR");
    }
    bench.answer("+CUSD=1", "OK|+CUSD: 0,\"EBB79B1E0685E9ECF4BADE9E03\",15");
    ask(&mut bench, "*100#").unwrap();
    assert_eq!(requests(&mut bench), [PLAIN, PLAIN, PLAIN_ALONE, PACKED]);

    // A Huawei modem.
    let mut bench = Bench::open(Simulator::new(Profile::HUAWEI_E173), gsm());
    for _ in 0..3 {
        bench.answer("+CUSD=1", "ERROR");
    }
    ask(&mut bench, "*100#").unwrap();
    assert_eq!(requests(&mut bench).last().map(String::as_str), Some(PACKED));
}

#[test]
fn an_encoding_of_requests_can_be_forced() {
    for (encoding, expected) in [
        (UssdEncoding::Plain, &[PLAIN, PLAIN, PLAIN_ALONE][..]),
        (UssdEncoding::Packed, &[PACKED]),
        (UssdEncoding::Ucs2, &[UCS2, UCS2_AS_PLAIN]),
        (UssdEncoding::Bytes, &[BYTES]),
    ] {
        let mut config = gsm();
        config.ussd_request = Some(encoding);
        let mut bench = bench(config);
        bench.always("+CUSD=1", "ERROR");
        ask(&mut bench, "*100#").unwrap_err();
        assert_eq!(requests(&mut bench), expected, "{encoding:?}");
    }
    // In the character set UCS2 the plain form is in UTF-16 units already.
    let mut config = Config::default();
    config.character_set = Some(Charset::Ucs2);
    let mut bench = bench(config);
    bench.always("+CUSD=1", "ERROR");
    ask(&mut bench, "*100#").unwrap_err();
    let alone = "\"002A0031003000300023\"";
    assert_eq!(requests(&mut bench), [UCS2_AS_PLAIN, UCS2_AS_PLAIN, alone, UCS2, PACKED, BYTES]);
}

#[test]
fn a_modem_that_takes_and_writes_ucs2_only_is_asked_in_it_and_read() {
    let mut config = gsm();
    config.ussd_request = Some(UssdEncoding::Ucs2);
    for config in [gsm(), config] {
        for &(front, open) in FRONTS {
            let mut modem = open(Simulator::new(Profile::USSD_UCS2), config.clone()).unwrap();
            for _ in 0..2 {
                let reply = modem.ussd("*100#").unwrap();
                assert_eq!(reply.text.as_deref(), Some("Balance: 12.34 EUR"), "{front}");
                assert_eq!(reply.encoding, Some(UssdEncoding::Ucs2), "{front}");
            }
        }
    }
}

#[test]
fn a_reply_is_read_by_its_scheme_its_shape_and_the_habit_of_the_modem() {
    let mut bench = bench(gsm());
    let mut read = |reply: &str| {
        bench.answer("+CUSD=1", &format!("OK|+CUSD: 0,{reply}"));
        let read = ask(&mut bench, "*100#").unwrap();
        assert!(read.raw.is_some(), "the raw string stays");
        read.text.unwrap()
    };
    assert_eq!(read("\"447700900123\",15"), "447700900123");
    assert_eq!(read("\"00310032\",72"), "12");
    assert_eq!(read("\"60A876844F59989D4E3A00310032002E003500305143\",88"), "您的余额为12.50元");
    assert_eq!(read("\"DEADBEEF\",15"), "DEADBEEF");
    // Neither a scheme nor a word proves a habit.
    assert_eq!(read("\"4F59989D4E0D8DB3\",15"), "4F59989D4E0D8DB3");
    assert_eq!(read("\"D6375D5E06\",15"), "D6375D5E06");
    // A longer text does: a Quectel M35 writes UCS-2 under scheme 15.
    assert_eq!(read("\"60A876844F59989D4E3A00310032002E003500305143\",15"), "您的余额为12.50元");
    assert_eq!(read("\"4F59989D4E0D8DB3\",15"), "余额不足");
    assert_eq!(read("\"447700900123\",15"), "447700900123");
    assert_eq!(read("\"CAFE\",15"), "CAFE");
}

#[test]
fn an_encoding_of_replies_can_be_forced() {
    for (encoding, reply, text) in [
        (UssdEncoding::Plain, "\"004F004B\",72", "004F004B"),
        (UssdEncoding::Packed, "\"CF25\",15", "OK"),
        (UssdEncoding::Ucs2, "\"00310032\",15", "12"),
        (UssdEncoding::Bytes, "\"31\",15", "1"),
        (UssdEncoding::Ucs2, "\"Balance: 5\",15", "Balance: 5"),
    ] {
        let mut config = gsm();
        config.ussd_reply = Some(encoding);
        let mut bench = bench(config);
        bench.answer("+CUSD=1", &format!("OK|+CUSD: 0,{reply}"));
        assert_eq!(ask(&mut bench, "*100#").unwrap().text.as_deref(), Some(text), "{reply}");
    }
}
