//! Everything that a modem may answer while it is opened, through all front-ends.

use core::time::Duration;

use modem::Config;
use modem::at::sim::Pin;
use modem::at::sms::Indications;
use modem::gsm7::charset::Charset;
use modem::simulator::{Fact, Profile, Simulator};
use testkit::FRONTS;
use testkit::script::perform;

/// A modem that has just been switched on, and whose first lines nobody has read.
fn switched_on(profile: Profile) -> Simulator {
    let mut simulator = Simulator::new(profile);
    simulator.handle_opened(Duration::ZERO);
    while simulator.poll_transmit().is_some() {}
    simulator
}

fn with_pin(pin: &str) -> Config {
    let mut config = Config::default();
    config.pin = Some(Pin::new(pin).unwrap());
    config
}

#[test]
fn a_modem_that_refuses_all_until_it_has_read_its_sim_is_asked_again_and_given_the_pin_then() {
    for profile in [Profile::SIM800, Profile::SIM900, Profile::SLOW_START] {
        for pin in [None, Some("1234")] {
            for &(front, open) in FRONTS {
                let case = format!("{} with PIN {pin:?} ({front})", profile.name);
                let mut simulator = switched_on(profile);
                simulator.set_pin(pin);
                let mut modem = open(simulator, with_pin("1234"))
                    .unwrap_or_else(|error| panic!("{case}: {error}"));
                let known = modem.profile();
                assert_eq!(known.imsi.as_deref(), Some("001010123456789"), "{case}");
                assert_eq!(known.iccid.as_deref(), Some("89490010123456789012"), "{case}");
                assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{case}");
                let tries = modem.count(|fact| matches!(fact, Fact::PinGiven { .. }));
                assert_eq!(tries, usize::from(pin.is_some()), "{case}");
            }
        }
    }
}

/// The standard's modem with these answers of its own.
const fn answering(replies: &'static [(&'static str, &'static str)]) -> Profile {
    let mut profile = Profile::GENERIC;
    profile.pin_counter = "";
    profile.replies = replies;
    profile
}

#[test]
fn a_modem_that_cannot_be_used_says_what_it_wants_and_what_to_do() {
    const NO_SIM: &str = "no SIM was found: insert a SIM, or check its contacts";
    let rows: [(Profile, &str, &str); 9] = [
        (
            answering(&[("+CPIN?", "+CPIN: SIM PUK\r\nOK")]),
            "the SIM asks for SIM PUK: unlock the SIM in a phone",
            "unlock the SIM in a phone",
        ),
        (
            answering(&[("+CPIN?", "+CPIN: PH-NET PIN\r\nOK")]),
            "the SIM asks for PH-NET PIN: unlock the SIM in a phone",
            "unlock the SIM in a phone",
        ),
        (
            answering(&[("+CPIN?", "+CPIN: SIM PIN\r\nOK")]),
            "the SIM asks for its PIN: set `Config::pin`",
            "set `Config::pin`",
        ),
        (answering(&[("+CPIN?", "+CME ERROR: 10")]), NO_SIM, "insert a SIM, or check its contacts"),
        (
            answering(&[("+CPIN?", "+CME ERROR: SIM failure")]),
            NO_SIM,
            "insert a SIM, or check its contacts",
        ),
        (
            answering(&[("+CPIN?", "+CMS ERROR: 310")]),
            NO_SIM,
            "insert a SIM, or check its contacts",
        ),
        (
            answering(&[("+CPIN?", "+CME ERROR: 14")]),
            "the modem did not become ready in time: wait a minute and try again, or check the SIM in a phone",
            "wait a minute and try again, or check the SIM in a phone",
        ),
        (
            answering(&[("+CMGF=0", "+CMS ERROR: 313")]),
            "(U)SIM failure (+CMS ERROR 313)",
            "check the SIM in a phone",
        ),
        (
            answering(&[("+CMGF=0", "+CMS ERROR: 314")]),
            "(U)SIM busy (+CMS ERROR 314)",
            "try again later",
        ),
    ];
    for (profile, expected, advice) in rows {
        for &(front, open) in FRONTS {
            let case = format!("{:?} ({front})", profile.replies);
            let Err(error) = open(Simulator::new(profile), Config::default()) else {
                panic!("{case}: opened")
            };
            assert_eq!(error.kind().to_string().to_lowercase(), expected.to_lowercase(), "{case}");
            assert_eq!(error.advice(), Some(advice), "{case}");
        }
    }
}

#[test]
fn the_last_try_of_a_pin_is_left_to_a_person() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        simulator.handle_input(b"AT+CPIN=\"0000\"\rAT+CPIN=\"0000\"\r", Duration::ZERO);
        let Err(error) = open(simulator, with_pin("1234")) else { panic!("{front}: opened") };
        let expected = "the SIM has only 1 PIN attempt left, and the PIN was not tried: unlock the SIM in a phone";
        assert_eq!(error.kind().to_string(), expected, "{front}");
        assert_eq!(error.advice(), Some("unlock the SIM in a phone"), "{front}");
    }
}

#[test]
fn what_a_modem_does_not_know_is_no_reason_to_give_it_up() {
    let rows: [(&str, Profile); 9] = [
        ("the PIN", answering(&[("+CPIN?", "ERROR")])),
        ("the first PIN", answering(&[("+CPIN?", "+CPIN: SIM PIN2\r\nOK")])),
        ("its memories", answering(&[("+CPMS=?", "ERROR")])),
        ("where it stores", answering(&[("+CPMS=?", "ERROR"), ("+CPMS?", "ERROR")])),
        ("its character sets", answering(&[("+CSCS=?", "ERROR")])),
        ("the character sets it offers", answering(&[("+CSCS=", "ERROR")])),
        ("how it announces messages", answering(&[("+CNMI=?", "ERROR"), ("+CNMI?", "ERROR")])),
        (
            "its registration",
            answering(&[("+CREG?", "ERROR"), ("+CREG=1", "ERROR"), ("+CEREG?", "ERROR")]),
        ),
        (
            "who it is",
            answering(&[
                ("+CGMI", "ERROR"),
                ("+CGMM", "ERROR"),
                ("+CGMR", "ERROR"),
                ("+CGSN", "ERROR"),
                ("+CIMI", "ERROR"),
                ("+CCID", "ERROR"),
                ("+ICCID", "ERROR"),
                ("^ICCID", "ERROR"),
                ("+CSCA?", "ERROR"),
            ]),
        ),
    ];
    for (lack, profile) in rows {
        for &(front, open) in FRONTS {
            let case = format!("{lack} ({front})");
            let mut modem = open(Simulator::new(profile), Config::default())
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            for (act, expected) in [
                ("send Hello", "sent 0"),
                ("ussd *100#", "0 Balance: 12.34 EUR"),
                ("deliver +491715550100 Hi", ""),
                ("wait", "received +491715550100 Hi"),
                ("wait", "released SM 1"),
            ] {
                assert_eq!(perform(act, &mut *modem), expected, "{case}: {act}");
            }
        }
    }
}

#[test]
fn strings_are_read_in_whatever_character_set_is_chosen() {
    for charset in [Charset::Gsm, Charset::Ira, Charset::Ucs2, Charset::Hex, Charset::Iso8859_1] {
        for &(front, open) in FRONTS {
            let mut config = Config::default();
            config.character_set = Some(charset);
            let mut modem = open(Simulator::new(Profile::GENERIC), config).unwrap();
            assert_eq!(modem.profile().character_set, Some(charset), "{front}");
            let state = modem.state().to_string();
            assert!(
                state.starts_with("Some(\"Simulated Network\") Some(-73) dBm [\"+491700000001\"]"),
                "{charset:?} ({front}): {state}"
            );
            let balance = perform("ussd *100#", &mut *modem);
            assert_eq!(balance, "0 Balance: 12.34 EUR", "{charset:?} ({front})");
        }
    }
}

#[test]
fn messages_are_announced_as_the_application_wants_it() {
    for &(front, open) in FRONTS {
        let mut config = Config::default();
        let wanted = Indications { mode: 1, mt: 1, bm: 0, ds: 0, bfr: 0 };
        config.indications = Some(wanted);
        let mut modem = open(Simulator::new(Profile::GENERIC), config).unwrap();
        assert_eq!(modem.profile().indications, Some(wanted), "{front}");
        assert!(modem.dialogue().contains(&r"> AT+CNMI=1,1,0,0,0\r".to_string()), "{front}");
        assert_eq!(perform("deliver +491715550100 Hi", &mut *modem), "", "{front}");
        assert_eq!(perform("wait", &mut *modem), "received +491715550100 Hi", "{front}");
    }
}
