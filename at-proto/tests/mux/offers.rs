//! The parameters that modems offer, and the choice among them.

use at_proto::mux::{Config, Framing, Offer, TestMux, Wishes};
use at_proto::{Command, Response};

/// The answer to `AT+CMUX=?` as documented or logged, and the lines to try with the default wishes.
const ANSWERS: &[(&str, &str, &[&str])] = &[
    ("SIMCom SIM800", "+CMUX: (0)", &["AT+CMUX=0"]),
    ("Nordic nRF91", "+CMUX: (0),(0)", &["AT+CMUX=0"]),
    (
        "u-blox SARA-R4",
        "+CMUX: (0),(0),,(1-1509),(1-255),(0-5),(2-255),,",
        &["AT+CMUX=0,0,,127", "AT+CMUX=0"],
    ),
    (
        "Sierra HL78xx",
        "+CMUX: (0),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255)",
        &["AT+CMUX=0,0,,127", "AT+CMUX=0"],
    ),
    (
        "Moxa G2150I",
        "MUX: (0),(0),(1-5),(1-255),(1-128),(0-255),(1-128),(1-128)",
        &["AT+CMUX=0,0,,127", "AT+CMUX=0"],
    ),
    (
        "Enfora GSM1308",
        "+CMUX: (1),(0),(1-7),(10-100),(1-255),(0-100),(2-255),(1-255),(1-7)",
        &["AT+CMUX=1,0,,100", "AT+CMUX=1"],
    ),
    (
        "Ericsson GM47",
        "+CMUX: (0),(0),(1-7),(31),(10),(3),(30),(10),(1-7)",
        &["AT+CMUX=0,0,,31", "AT+CMUX=0"],
    ),
    (
        "Neoway N706B",
        "+CMUX: (0,1),(0),(1-6),(1-2048),(1-255),(0-100),(2-255),(1-255),(1-7)",
        &["AT+CMUX=0,0,,127", "AT+CMUX=0"],
    ),
    (
        "SIMCom A76xx",
        "+CMUX: (0),(0),(1-8),(1-1500),(0),(0),(2-1000)",
        &["AT+CMUX=0,0,,127", "AT+CMUX=0"],
    ),
    ("without a prefix", "(0-1),(0),(1-5),(1-64)", &["AT+CMUX=0,0,,64", "AT+CMUX=0"]),
    // Of another command of the same name, and no answer at all.
    ("MultiTech EV-DO", "+CMUX: (meaning differs: <fwd>,<rev> links)", &["AT+CMUX=0"]),
    ("an empty answer", "", &["AT+CMUX=0"]),
];

fn lines(wishes: &Wishes, offer: &Offer) -> Vec<String> {
    wishes.choices(offer).iter().map(|choice| choice.line().to_owned()).collect()
}

#[test]
fn each_answer_is_read_and_answered_with_what_the_modem_has() {
    for (modem, answer, expected) in ANSWERS {
        let response = Response::ok(Some(*answer).filter(|answer| !answer.is_empty()));
        let offer = TestMux.parse(&response).unwrap();
        assert_eq!(lines(&Wishes::default(), &offer), *expected, "{modem}");
    }
}

#[test]
fn no_line_has_more_parameters_than_the_answer_has_lists() {
    let mut wishes = Wishes::default();
    wishes.port_speed = Some(115_200);
    wishes.t1 = Some(core::time::Duration::from_millis(300));
    wishes.n2 = Some(3);
    wishes.t2 = Some(core::time::Duration::from_millis(600));
    for framing in [Framing::Basic, Framing::Advanced] {
        wishes.framing = framing;
        for (modem, answer, _) in ANSWERS {
            let offer = Offer::parse(answer.as_bytes());
            let lists = answer.matches(',').count() + 1;
            for line in lines(&wishes, &offer) {
                let count = line.matches(',').count() + 1;
                assert!(count == 1 || count <= lists, "{modem}: {line}");
            }
        }
    }
}

#[test]
fn wishes_are_kept_within_the_lists_and_hold_on_our_side_too() {
    let mut wishes = Wishes::default();
    wishes.port_speed = Some(115_200);
    wishes.max_information = 1_500;
    wishes.t1 = Some(core::time::Duration::from_millis(300));
    wishes.t2 = Some(core::time::Duration::from_millis(600));
    let offer =
        Offer::parse(b"+CMUX: (0-1),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255),(1-7)");
    let choices = wishes.choices(&offer);
    assert_eq!(choices[0].line(), "AT+CMUX=0,0,5,1500,30,,60");
    let mut config = Config::default();
    choices[0].apply(&mut config);
    assert_eq!((config.max_information, config.t1.as_millis()), (1_500, 300));
    // Without them in the line, the defaults of the standard hold.
    choices[1].apply(&mut config);
    assert_eq!((config.framing, config.max_information), (Framing::Basic, 31));
}

#[test]
fn the_advanced_option_is_used_when_asked_for_and_otherwise_only_if_there_is_no_other() {
    let mut wishes = Wishes::default();
    wishes.framing = Framing::Advanced;
    let both = Offer::parse(b"+CMUX: (0,1),(0),(1-6),(1-255)");
    assert_eq!(lines(&wishes, &both), ["AT+CMUX=1,0,,127", "AT+CMUX=1", "AT+CMUX=0"]);
    let basic = Offer::parse(b"+CMUX: (0),(0),(1-6),(1-255)");
    assert_eq!(lines(&wishes, &basic), ["AT+CMUX=0,0,,127", "AT+CMUX=0"]);
    assert_eq!(lines(&wishes, &Offer::default()), ["AT+CMUX=1", "AT+CMUX=0"]);
    let advanced = Offer::parse(b"+CMUX: (1)");
    assert_eq!(lines(&Wishes::default(), &advanced), ["AT+CMUX=1"]);
}
