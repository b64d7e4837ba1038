//! The verbs beside messages, against the simulated modem and against modems with answers of their
//! own: phonebooks, operators, the radio and calls.

use modem::at::call::{Call, Caller};
use modem::at::phonebook::Phonebook;
use modem::at::sim::{EnterPin, Pin, PinState};
use modem::blocking::{Modem, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, ErrorKind, Session};
use testkit::bench::Bench;
use testkit::simulated::{Simulated, open_simulator};
use testkit::{FRONTS, RECONNECTING};

fn open(
    charsets: &'static [&'static str],
    replies: &'static [(&'static str, &'static str)],
) -> Simulated {
    let mut profile = Profile::GENERIC;
    profile.charsets = charsets;
    profile.replies = replies;
    open_simulator(Simulator::new(profile), Config::default())
}

#[test]
fn every_front_end_reads_and_writes_contacts_finds_operators_calls_and_switches_the_radio() {
    for (name, open) in FRONTS.iter().chain(RECONNECTING) {
        let mut front = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(front.ready(core::time::Duration::from_secs(60)), "{name}");
        let phone = front.phone().unwrap();
        let shown: Vec<_> =
            phone.found.iter().map(|one| (one.index, &*one.number, &*one.name)).collect();
        assert_eq!(shown, [(1, "+491700000002", "Alice")], "{name}");
        let saved = &phone.saved;
        assert_eq!(
            (saved.index, &*saved.number, &*saved.name),
            (4, "+37120000000", "Юля"),
            "{name}"
        );
        assert_eq!(phone.listed.last(), Some(saved), "{name}");
        assert_eq!((phone.listed.len(), phone.left), (4, 3), "{name}");
        let operator = &phone.operators[0];
        assert_eq!((operator.status, &*operator.code), (2, "00101"), "{name}");
        assert_eq!(operator.name, "Simulated Network", "{name}");
        let forbidden = &phone.operators[1];
        assert_eq!((forbidden.status, &*forbidden.code), (3, "00102"), "{name}");
        let peer = Caller::new(b"+491715550100".to_vec(), Some(145));
        assert_eq!(phone.calls, [Call::new(1, false, 0, 0, Some(peer))], "{name}");
        assert!(!phone.answered, "{name}");
        // The name is long again after an operator was chosen by its number.
        assert!(front.state().to_string().starts_with("Some(\"Simulated Network\")"), "{name}");
    }
}

#[test]
fn a_name_that_the_modem_cannot_hold_is_refused_and_the_others_are_written_in_its_character_set() {
    let mut modem = open(&["GSM", "IRA"], &[]);
    let error = modem.save_contact(Phonebook::SIM, None, "112", "Юля").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Text(_)), "{error}");
    let saved = modem.save_contact(Phonebook::SIM, Some(9), "0170", "Jürgen").unwrap();
    assert_eq!((saved.index, &*saved.number, &*saved.name), (9, "0170", "Jürgen"));
}

#[test]
fn a_contact_that_the_phonebook_does_not_show_as_it_was_written_is_an_error() {
    const WRITE: &str = "+CPBW=7,\"0170\",129,\"Anna\"";
    const OTHER: &[(&str, &str)] =
        &[(WRITE, "OK"), ("+CPBR=7", "+CPBR: 7,\"999\",129,\"Anna\"\r\nOK")];
    let mut modem = open(&["GSM"], OTHER);
    let error = modem.save_contact(Phonebook::SIM, Some(7), "0170", "Anna").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the phonebook SM has stored 999 instead of 0170: check the contact 7"
    );
    const NOTHING: &[(&str, &str)] = &[(WRITE, "OK"), ("+CPBR=7", "+CME ERROR: 22")];
    let mut modem = open(&["GSM"], NOTHING);
    let error = modem.save_contact(Phonebook::SIM, Some(7), "0170", "Anna").unwrap_err();
    assert!(error.to_string().contains("has stored nothing instead of 0170"), "{error}");
}

#[test]
fn a_phonebook_without_entries_or_without_free_slots_says_so() {
    const EMPTY: &[(&str, &str)] =
        &[("+CPBR=?", "+CPBR: (1-250),40,14\r\nOK"), ("+CPBR=1,250", "+CME ERROR: 22")];
    let mut modem = open(&["GSM"], EMPTY);
    assert_eq!(modem.contacts(Phonebook::SIM).unwrap(), []);
    let mut modem = open(&["GSM"], &[("+CPBF=\"Nobody\"", "+CME ERROR: 22")]);
    assert_eq!(modem.find_contacts(Phonebook::SIM, "Nobody").unwrap(), []);
    const FULL: &[(&str, &str)] = &[
        ("+CPBR=?", "+CPBR: (1-2),40,14\r\nOK"),
        ("+CPBR=1,2", "+CPBR: 1,\"1\",129,\"a\"\r\n+CPBR: 2,\"2\",129,\"b\"\r\nOK"),
    ];
    let mut modem = open(&["GSM"], FULL);
    let error = modem.save_contact(Phonebook::SIM, None, "0170", "Anna").unwrap_err();
    assert_eq!(error.to_string(), "the phonebook SM is full: delete a contact");
    // A range beyond all bounds is not walked through.
    const HUGE: &[(&str, &str)] = &[("+CPBR=?", "+CPBR: (0-4294967295),40,14\r\nOK")];
    let mut modem = open(&["GSM"], HUGE);
    assert!(modem.contacts(Phonebook::SIM).is_err(), "the simulated modem has 100 slots");
}

#[test]
fn a_contact_that_a_damaged_line_hides_is_listed_and_not_overwritten() {
    let mut profile = Profile::GENERIC;
    profile.charsets = &["GSM"];
    let mut bench = Bench::open(Simulator::new(profile), Config::default());
    let whole = bench.ask(|session, now| session.raw("AT+CPBR=1,100", now)).unwrap();
    assert_eq!(whole.len(), 3, "{whole:?}");
    let damaged = whole.join("|").replacen("+CPBR: 2", "+CPBRR: 2", 1);
    bench.answer("+CPBR=1,100", &format!("{damaged}|OK"));
    let listed = bench.ask(|session, now| session.contacts(Phonebook::SIM, now)).unwrap();
    assert_eq!(listed.iter().map(|contact| contact.index).collect::<Vec<_>>(), [1, 2, 3]);
    bench.answer("+CPBR=1,100", &format!("{damaged}|OK"));
    let save =
        |session: &mut Session, now| session.save_contact(Phonebook::SIM, None, "1", "x", now);
    assert_eq!(bench.ask(save).unwrap().index, 4);
    // A count that is wrong each time only informs.
    bench.always("+CPBS?", "+CPBS: \"SM\",77,100|OK");
    let listed = bench.ask(|session, now| session.contacts(Phonebook::SIM, now)).unwrap();
    assert_eq!(listed.len(), 4);
}

#[test]
fn a_number_or_a_code_that_could_be_a_command_is_not_written() {
    let mut modem = open(&["GSM", "UCS2"], &[]);
    for number in ["1;+CMGD=1,4", "1\"", "1+2", "1\r"] {
        assert!(matches!(modem.dial(number).unwrap_err().kind(), ErrorKind::Unsafe(_)), "{number}");
        let saved = modem.save_contact(Phonebook::SIM, None, number, "x").unwrap_err();
        assert!(matches!(saved.kind(), ErrorKind::Unsafe(_)), "{number}");
    }
    for code in ["2620", "2620111", "26201\"", "Simul"] {
        let error = modem.select_operator(Some(code)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{code}: {error}");
    }
    let error = modem.select_operator(Some("99999")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused(_)), "{error}");
}

#[test]
fn a_sim_that_waits_for_its_puk_is_unblocked_over_a_link_that_could_not_be_initialised() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_pin(Some("1234"));
    let (mut modem, ready) =
        Modem::begin(SimulatedPort::new(simulator), Session::new(Config::default()));
    assert_eq!(*modem.wait(&ready).unwrap_err().kind(), ErrorKind::PinRequired);
    let pin = |digits| Pin::new(digits).unwrap();
    for _ in 0..3 {
        assert!(modem.command(EnterPin::Pin(pin("9999"))).is_err());
    }
    assert_eq!(modem.sim_state().unwrap(), PinState::SimPuk);
    modem.command(EnterPin::Puk(pin("12345678"), pin("4321"))).unwrap();
    assert_eq!(modem.sim_state().unwrap(), PinState::Ready);
}
