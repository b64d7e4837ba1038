//! `:cmd` as in RouterOS: every valid and invalid form, and the allowed senders.

use core::time::Duration;

use modem::blocking::{Modem, SimulatedPort};
use modem::pdu::{Address, NumberingPlan, TypeOfNumber};
use modem::remote::{AllowedNumbers, Expected, Message, Policy, Refusal, ScriptCall, Secret};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, Received};

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.receive_enabled = true;
    policy.secret = Secret::new("slepens");
    policy
}

fn sender() -> Address {
    "+37120000000".parse().unwrap()
}

/// Returns `true` for the existing scripts.
fn is_script(name: &str) -> bool {
    ["mans_skripts", "mans skripts"].contains(&name)
}

fn check(policy: &Policy, text: &str) -> Result<ScriptCall, Refusal> {
    policy.check(&Message::new(sender(), text), is_script)
}

/// A call in the notation of the tables: the name, then each variable with its value.
fn shown(call: &ScriptCall) -> String {
    call.variables
        .iter()
        .fold(call.name.clone(), |shown, (name, value)| format!("{shown} [{name}]=[{value}]"))
}

#[test]
fn every_right_form_calls_its_script() {
    for (text, call) in [
        (":cmd slepens script mans_skripts", "mans_skripts"),
        (":cmd slepens script \"mans skripts\"", "mans skripts"),
        (":cmd slepens script mans_skripts var", "mans_skripts [var]=[]"),
        (":cmd slepens script mans_skripts var=a", "mans_skripts [var]=[a]"),
        (":cmd slepens script mans_skripts var=\"a a\"", "mans_skripts [var]=[a a]"),
        (":cmd slepens script mans_skripts \"var\"=\"a\"", "mans_skripts [var]=[a]"),
        // The value is never `a a`.
        (":cmd slepens script mans_skripts var=a a", "mans_skripts [var]=[a] [a]=[]"),
        (":cmd slepens script mans_skripts a=1 b=2 c", "mans_skripts [a]=[1] [b]=[2] [c]=[]"),
        (
            ":cmd slepens script mans_skripts a=b=c \"d e\"=f \"g=h\"",
            "mans_skripts [a]=[b=c] [d e]=[f] [g=h]=[]",
        ),
        // There is no escape character.
        (":cmd slepens script mans_skripts var=\\n\\$x", "mans_skripts [var]=[\\n\\$x]"),
        (":cmd slepens script mans_skripts var=\"\\\"", "mans_skripts [var]=[\\]"),
        // The secret may be in quotes too, and a phone leaves a space after a word that it has
        // completed.
        (":cmd \"slepens\" script mans_skripts", "mans_skripts"),
        (":cmd  slepens  script  mans_skripts  var  ", "mans_skripts [var]=[]"),
    ] {
        let read = check(&policy(), text).map(|call| shown(&call));
        assert_eq!(read.as_deref(), Ok(call), "{text}");
    }
}

#[test]
fn every_wrong_form_is_refused_with_its_reason() {
    use Expected::{ClosingQuote, Name, Script, Value, VariableOrEnd};
    let malformed = |at, expected| Refusal::Malformed { at, expected };
    let no_script = |name: &str| Refusal::NoSuchScript { name: name.into() };
    for (text, reason) in [
        // No secret: the word in its place is taken for one.
        (":cmd script mans_skripts", Refusal::WrongSecret),
        // Read as script `mans` with a variable `skripts`.
        (":cmd slepens script mans skripts", no_script("mans")),
        (":cmd slepens script mans_skripts var=", malformed(37, Value)),
        (":cmd slepens script mans_skripts var= a", malformed(37, Value)),
        (":cmd slepens script mans_skripts var=\"\"", malformed(37, Value)),
        (":cmd slepens script mans_skripts var=\"\\\"\"", malformed(40, VariableOrEnd)),
        (":cmd slepens script mans_skripts var=\"a", malformed(39, ClosingQuote)),
        (":cmd slepens script mans_skripts va\"r\"=a", malformed(35, VariableOrEnd)),
        (":cmd slepens script mans_skripts =a", malformed(33, VariableOrEnd)),
        (":cmd slepens script mans_skripts \"\"=a", malformed(33, VariableOrEnd)),
        (":cmd slepens script mans_skripts var =a", malformed(37, VariableOrEnd)),
        (":cmd slepens script mans_skripts var=a\nx", malformed(38, VariableOrEnd)),
        (":cmd slepens script mans_skripts var=\"a\nx\"", malformed(39, ClosingQuote)),
        (":cmd slepens script \"mans\"_skripts", malformed(26, VariableOrEnd)),
        (":cmd slepens script \"\"", malformed(20, Name)),
        (":cmd slepens script ", malformed(20, Name)),
        (":cmd slepens scriptmans_skripts", malformed(19, Name)),
        (":cmd slepens Script mans_skripts", malformed(13, Script)),
        (":cmd slepens mans_skripts", malformed(13, Script)),
        (":cmd slepens", malformed(12, Script)),
        (":cmd \"slepens\"script mans_skripts", malformed(14, Script)),
        (":cmd \"slepens script mans_skripts", malformed(33, ClosingQuote)),
        (":cmd ", malformed(5, Expected::Secret)),
        (":cmd", malformed(4, Expected::Secret)),
        (":cmd \"\" script mans_skripts", Refusal::WrongSecret),
        (":cmd Slepens script mans_skripts", Refusal::WrongSecret),
        (":cmd slepen script mans_skripts", Refusal::WrongSecret),
        (":cmd slepenss script mans_skripts", Refusal::WrongSecret),
        (":cmd slepens\u{a0}script mans_skripts", malformed(12, Script)),
        (":cmd slepens script nothing", no_script("nothing")),
        (" :cmd slepens script mans_skripts", Refusal::NotACommand),
        (":CMD slepens script mans_skripts", Refusal::NotACommand),
        (":cmdslepens script mans_skripts", Refusal::NotACommand),
        ("cmd slepens script mans_skripts", Refusal::NotACommand),
        ("Hello", Refusal::NotACommand),
        ("", Refusal::NotACommand),
    ] {
        assert_eq!(check(&policy(), text), Err(reason), "{text}");
    }
}

#[test]
fn without_a_secret_every_command_is_refused() {
    let mut policy = policy();
    policy.secret = Secret::default();
    for text in [
        ":cmd slepens script mans_skripts",
        ":cmd \"\" script mans_skripts",
        ":cmd script mans_skripts",
    ] {
        assert_eq!(check(&policy, text), Err(Refusal::NoSecret));
    }
}

#[test]
fn the_first_reason_of_several_is_given() {
    let message = |text| Message::new(sender(), text).in_parts(2).in_unicode();
    let wrong = ":cmd guess skript";
    let mut policy = Policy::default();
    policy.allowed_numbers = "+491715550100".parse().unwrap();
    let mut reasons = Vec::new();
    for step in 0..7 {
        match step {
            1 => policy.receive_enabled = true,
            2 => policy.allowed_numbers = AllowedNumbers::default(),
            3 => policy.long_messages = true,
            4 => policy.unicode = true,
            5 => policy.secret = Secret::new("slepens"),
            6 => policy.secret = Secret::new("guess"),
            _ => {}
        }
        reasons.push(policy.check(&message(wrong), is_script).unwrap_err());
    }
    let malformed = Refusal::Malformed { at: 11, expected: Expected::Script };
    assert_eq!(
        reasons,
        [
            Refusal::Disabled,
            Refusal::Sender,
            Refusal::Long,
            Refusal::Unicode,
            Refusal::NoSecret,
            Refusal::WrongSecret,
            malformed,
        ]
    );
}

#[test]
fn a_sender_is_compared_as_a_typed_number() {
    let mut policy = policy();
    policy.allowed_numbers = "+371 2000-0000,+3712000000".parse().unwrap();
    let national =
        Address::new(TypeOfNumber::National, NumberingPlan::ISDN, "37120000000").unwrap();
    let data =
        Address::new(TypeOfNumber::International, NumberingPlan::DATA, "37120000000").unwrap();
    let unplanned =
        Address::new(TypeOfNumber::International, NumberingPlan::UNKNOWN, "37120000000");
    for (sender, allowed) in [
        (sender(), true),
        (unplanned.unwrap(), true),
        ("+3712000000".parse().unwrap(), true),
        ("+37120000001".parse().unwrap(), false),
        ("+371200000000".parse().unwrap(), false),
        // The same digits, and a name that looks like one of them.
        ("37120000000".parse().unwrap(), false),
        (national, false),
        (data, false),
        (Address::alphanumeric("+3712000000").unwrap(), false),
    ] {
        let text = ":cmd slepens script mans_skripts";
        let result = policy.check(&Message::new(sender, text), is_script);
        match result {
            Ok(_) => assert!(allowed, "{sender:?}"),
            Err(reason) => assert!(!allowed && reason == Refusal::Sender, "{sender:?}"),
        }
    }
}

#[test]
fn a_list_of_numbers_needs_country_codes() {
    for (list, result) in [
        ("", Ok("")),
        (" ", Ok("")),
        ("+37120000000", Ok("+37120000000")),
        ("+371 2000 0000 , +491715550100", Ok("+37120000000,+491715550100")),
        ("37120000000", Err("\"37120000000\" has no country code: write it with a leading +")),
        ("+37120000000,", Err("\"\" is not a telephone number: use digits after a leading +")),
        ("+371*0", Err("\"+371*0\" is not a telephone number: use only digits after the +")),
        ("Bank", Err("\"Bank\" is not a telephone number: use digits after a leading +")),
    ] {
        let read = list.parse::<AllowedNumbers>();
        let read = read.map(|numbers| numbers.to_string()).map_err(|error| error.to_string());
        assert_eq!(read.as_deref().map_err(String::as_str), result, "{list}");
    }
}

#[test]
fn no_secret_is_in_what_is_shown() {
    let policy = policy();
    let mut shown = format!("{policy:?}");
    for text in [
        ":cmd slepens script mans",
        ":cmd slepens script mans_skripts var=",
        ":cmd slepens mans_skripts",
        ":cmd slepens2 script mans_skripts",
        ":cmd \"slepens",
    ] {
        let reason = check(&policy, text).unwrap_err();
        shown += &format!("\n{reason} {reason:?}");
    }
    assert!(!shown.contains("slepens"), "{shown}");
    assert!(shown.contains("Secret(****)"), "{shown}");
}

/// A text from the simulated network, as delivered by a session.
fn received(text: &str) -> Received {
    let mut modem =
        Modem::open(SimulatedPort::new(Simulator::new(Profile::GENERIC)), Config::default())
            .unwrap();
    modem.port().with(|simulator, now| simulator.deliver("+37120000000", text, now)).unwrap();
    loop {
        match modem.next_event(Duration::from_secs(10)) {
            Some(Event::Received(received)) => return received,
            Some(_) => {}
            None => panic!("nothing came"),
        }
    }
}

#[test]
fn the_form_of_a_received_message_is_that_of_its_pdus() {
    let call = ":cmd slepens script mans_skripts var=";
    let long = format!("{call}{}", "a".repeat(160));
    let unicode = format!("{call}\u{1F98A}");
    let exact = format!("{call}{}", "a".repeat(160 - call.len()));
    for (text, reason) in
        [(exact.as_str(), None), (&long, Some(Refusal::Long)), (&unicode, Some(Refusal::Unicode))]
    {
        let received = received(text);
        let mut policy = policy();
        let result = policy.check(&Message::from(&received), is_script);
        assert_eq!(result.err(), reason, "{text}");
        // A policy that allows more takes them all.
        policy.long_messages = true;
        policy.unicode = true;
        let call = policy.check(&Message::from(&received), is_script).unwrap();
        assert_eq!(call.variable("var"), text.split_once('=').map(|(_, value)| value));
    }
}
