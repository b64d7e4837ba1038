//! Requests that are not carried out, or only in part: withdrawn, refused, left when the link ends,
//! sent later.

use core::error::Error as _;
use core::time::Duration;

use modem::blocking::{Modem, Port as _, SimulatedPort};
use modem::pdu::{Class, Ports, Submit, SubmitTemplate};
use modem::simulator::{Profile, Simulator};
use modem::{
    Config, ErrorKind, Event, MessageId, OutgoingMessage, PartOutcome, Raw, SendOutcome,
    SendResult, SimTrouble,
};
use testkit::simulated::{Simulated, open, open_simulator, outcome, quiet, world};
use testkit::{message, truth};

/// The texts that subscribers have read.
fn read(modem: &mut Simulated) -> Vec<String> {
    truth::texts(modem.port().simulator())
}

fn ended(modem: &mut Simulated) -> Option<SendResult> {
    quiet(modem).into_iter().find_map(|event| match event {
        Event::SendFinished(report) => Some(report),
        _ => None,
    })
}

#[test]
fn the_rest_of_a_message_that_was_refused_on_its_way_completes_it_at_the_recipient() {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts;
    let mut modem = open(config);
    let text = "A long message that says what it says. ".repeat(12);
    modem.enqueue(&message(text.as_str())).unwrap();
    let mut report = None;
    while report.is_none() {
        match modem.next_event(Duration::from_secs(60)).unwrap() {
            Event::Attempting(attempt) => {
                if attempt.part == 1 {
                    world(&mut modem, "subscriber +491715550100 rejected 10");
                }
                modem.confirm(&attempt);
            }
            Event::SendFinished(sent) => report = Some(sent),
            _ => {}
        }
    }
    let report = report.unwrap();
    assert_eq!(report.outcome(), SendOutcome::Failed);
    let error = report.error().unwrap();
    assert!(error.command().unwrap().starts_with("AT+CMGS="), "{error}");
    assert_eq!(error.last_line(), Some("+CMS ERROR: 10"));
    assert!(error.elapsed().unwrap() < Duration::from_secs(2), "{error}");
    assert!(matches!(error.kind(), ErrorKind::Refused(_)) && error.source().is_none(), "{error}");
    assert_eq!(modem.counters().trouble, Some(SimTrouble::Barred));
    let fates = |report: &SendResult| {
        let parts = report.parts.iter();
        parts
            .map(|part| match part.outcome {
                PartOutcome::Sent { .. } => "sent",
                PartOutcome::Failed { .. } => "failed",
                PartOutcome::NotAttempted => "not attempted",
                _ => "unknown",
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(fates(&report), ["sent", "failed", "not attempted", "not attempted"]);

    world(&mut modem, "subscriber +491715550100 reachable");
    let rest = report.rest().unwrap();
    assert_eq!(rest.plan().unwrap().parts, 3);
    modem.enqueue(&rest).unwrap();
    let report = outcome(&mut modem);
    assert_eq!(fates(&report), ["sent"; 3]);
    assert!(report.error().is_none() && report.rest().is_none());
    assert_eq!(read(&mut modem), [text]);
    assert_eq!(modem.counters().trouble, None);
}

#[test]
fn a_message_that_was_taken_back_before_it_was_tried_does_not_go_out() {
    let mut modem = open(Config::default());
    world(&mut modem, "register 2");
    quiet(&mut modem);
    let [first, second] = ["one", "two"].map(|text| modem.enqueue(&message(text)).unwrap());
    assert!(modem.session().withdraw(first));
    assert!(!modem.session().withdraw(first), "only once");
    assert_eq!(modem.session().waiting().collect::<Vec<MessageId>>(), [second]);
    world(&mut modem, "register 1");
    let report = ended(&mut modem).unwrap();
    assert_eq!((report.message, report.outcome()), (second, SendOutcome::Sent));
    assert!(!modem.session().withdraw(second), "it has gone");
    assert_eq!(read(&mut modem), ["two"]);
}

#[test]
fn a_message_under_way_cannot_be_taken_back() {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts;
    let mut modem = open(config);
    let id = modem.enqueue(&message("Hello")).unwrap();
    let attempt = loop {
        if let Event::Attempting(attempt) = modem.next_event(Duration::from_secs(60)).unwrap() {
            break attempt;
        }
    };
    assert!(!modem.session().withdraw(id));
    modem.confirm(&attempt);
    assert_eq!(ended(&mut modem).unwrap().outcome(), SendOutcome::Sent);
}

#[test]
fn a_sending_that_is_given_up_before_its_turn_sends_nothing() {
    let mut modem = open(Config::default());
    quiet(&mut modem);
    let now = modem.port().now();
    let session = modem.session();
    let first = session.send(&message("one"), now);
    let second = session.send(&message("two"), now);
    session.abandon(second.id(), now);
    session.abandon(first.id(), now);
    // The first one is under way, and its result is reported.
    let report = ended(&mut modem).unwrap();
    assert_eq!(report.outcome(), SendOutcome::Sent);
    assert_eq!(read(&mut modem), ["one"]);
    assert!(!modem.session().is_finished(second.id()));
}

#[test]
fn what_waits_when_the_link_ends_was_not_tried_and_can_be_sent_later() {
    let mut modem = open(Config::default());
    let now = modem.port().now();
    let session = modem.session();
    let [first, second] = ["one", "two"].map(|text| session.send(&message(text), now));
    session.handle_closed(now);
    for (ticket, text) in [(first, "one"), (second, "two")] {
        let report = session.take(&ticket).unwrap().unwrap();
        assert_eq!(report.outcome(), SendOutcome::Failed, "{text}");
        let rest = report.rest().unwrap();
        assert_eq!(rest.recipient().to_string(), "+491715550100");
        let refused = session.send(&rest, now);
        let error = session.take(&refused).unwrap().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Closed);
    }
    let erased = session.delete_all(now);
    assert_eq!(session.take(&erased).unwrap().unwrap_err().kind(), &ErrorKind::Closed);
}

#[test]
fn more_requests_than_are_kept_are_refused_and_those_before_them_are_carried_out() {
    const MAX: usize = 1024;
    let mut modem = open(Config::default());
    quiet(&mut modem);
    let now = modem.port().now();
    let session = modem.session();
    // The first one runs at once, and the others wait.
    let tickets: Vec<_> = (0..=MAX).map(|_| session.start(Raw::new("AT").unwrap(), now)).collect();
    let one_more = session.start(Raw::new("AT").unwrap(), now);
    let error = session.take(&one_more).unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Full);
    assert!(error.is_temporary());
    assert_eq!(
        error.to_string(),
        "too many requests are waiting: take the events, and wait until some of them have ended"
    );
    let sending = session.send(&message("one"), now);
    assert_eq!(session.take(&sending).unwrap().unwrap_err().kind(), &ErrorKind::Full);
    let erasing = session.delete_read(now);
    assert_eq!(session.take(&erasing).unwrap().unwrap_err().kind(), &ErrorKind::Full);
    assert_eq!(session.enqueue(&message("two"), now).unwrap_err().kind(), &ErrorKind::Full);
    assert_eq!(session.waiting().count(), 0);
    while !tickets.iter().all(|ticket| modem.session().is_finished(ticket.id())) {
        modem.next_event(Duration::from_secs(1));
    }
    for ticket in &tickets {
        assert!(modem.session().take(ticket).unwrap().is_ok());
    }
    assert!(read(&mut modem).is_empty());
}

#[test]
fn a_message_that_no_network_takes_is_refused_before_anything_is_sent() {
    let mut modem = open(Config::default());
    for (text, reason) in [
        (
            "x".repeat(40_000),
            "the message needs 262 parts but has at most 255: 39015 characters or octets fit",
        ),
        (
            "\u{1F98A}".repeat(20_000),
            "the message needs 607 parts but has at most 255: 8415 characters or octets fit",
        ),
    ] {
        let long = message(text);
        let errors = [
            long.plan().unwrap_err(),
            modem.send(&long).unwrap_err(),
            modem.enqueue(&long).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error.kind(), ErrorKind::Split(_)));
            assert_eq!(error.to_string(), reason);
        }
    }
    assert!(truth::submitted(modem.port().simulator()).is_empty());
}

#[test]
fn the_options_of_a_message_are_in_what_goes_out() {
    let mut modem = open(Config::default());
    let to = "+491715550100".parse().unwrap();
    let mut template = SubmitTemplate::new(to);
    template.ports = Some(Ports::wide(2948, 9200));
    let messages = [
        message("flash").with_class(Class::Flash),
        message("short").with_validity(Duration::from_secs(3600)),
        message("any time").with_validity(Duration::from_secs(10 * 365 * 24 * 3600)),
        OutgoingMessage::data(to, [1, 2, 3]),
        OutgoingMessage::data_from_template(template, vec![0xA5; 20]),
    ];
    for message in &messages {
        assert_eq!(modem.send(message).unwrap().outcome(), SendOutcome::Sent);
    }
    let gone = truth::submits(modem.port().simulator());
    assert_eq!(gone[0].dcs.class(), Some(Class::Flash));
    let validity = |submit: &Submit| submit.validity.unwrap().duration().unwrap();
    assert_eq!(validity(&gone[1]), Duration::from_secs(3600));
    // The longest value of TP-VP.
    assert_eq!(validity(&gone[2]), Duration::from_secs(63 * 7 * 24 * 3600));
    assert_eq!((gone[3].text(), gone[3].user_data.body_octets()), (None, &[1, 2, 3][..]));
    assert_eq!(
        (gone[4].header().unwrap().ports(), gone[4].user_data.body_octets()),
        (Some(Ports::wide(2948, 9200)), &[0xA5; 20][..])
    );
}

#[test]
fn a_message_goes_by_way_of_the_service_centre_that_it_names() {
    let lines = core::cell::RefCell::new(Vec::new());
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let port = modem::blocking::Trace::new(port, |line: modem::WireLine| {
        lines.borrow_mut().push(line.text().to_string());
    });
    let mut modem = Modem::open(port, Config::default()).unwrap();
    let named = message("Hello").with_smsc("+491710760000".parse().unwrap());
    assert_eq!(modem.send(&named).unwrap().outcome(), SendOutcome::Sent);
    assert_eq!(modem.send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
    // 3GPP TS 27.005, 3.1: the address of the service centre comes first, or 00 for the default on
    // the SIM.
    let pdus: Vec<String> =
        lines.borrow().iter().filter(|line| line.ends_with(r"\x1A")).cloned().collect();
    assert!(pdus[0].starts_with("07919471016700000100"), "{pdus:?}");
    assert!(pdus[1].starts_with("000100"), "{pdus:?}");
}

#[test]
fn an_initialisation_that_is_asked_for_again_takes_the_place_of_the_one_before() {
    let mut modem = open(Config::default());
    let now = modem.port().now();
    let session = modem.session();
    let first = session.initialise(now);
    let second = session.initialise(now);
    let error = session.take(&first).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the request was withdrawn before it was carried out");
    // A link that is opened while another one is open replaces it.
    let third = session.handle_opened(now);
    let error = session.take(&second).unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed);
    while !modem.session().is_finished(third.id()) {
        modem.next_event(Duration::from_secs(1));
    }
    assert!(modem.session().take(&third).unwrap().is_ok());
    assert_eq!(modem.send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
}

#[test]
fn what_was_announced_and_not_heard_is_found_when_the_application_looks_for_it() {
    let mut modem = open(Config::default());
    quiet(&mut modem);
    world(&mut modem, "fault lose to-host 1000");
    world(&mut modem, "deliver +491715550100 Hi");
    assert!(modem.next_event(Duration::from_secs(5)).is_none());
    world(&mut modem, "fault off");
    let now = modem.port().now();
    modem.session().look_for_messages(now);
    let Some(Event::Received(received)) = modem.next_event(Duration::from_secs(1)) else {
        panic!("nothing was received")
    };
    assert_eq!(received.text.as_deref(), Some("Hi"));
}

#[test]
fn the_rest_of_a_message_goes_by_way_of_the_service_centre_that_the_message_names() {
    // A card without a service centre, so that only the message knows one.
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_service_centre(None);
    let mut modem = open_simulator(simulator, Config::default());
    world(&mut modem, "subscriber +491715550100 rejected 38");
    let centre = "+491710760000".parse().unwrap();
    let report = modem.send(&message("Hello").with_smsc(centre)).unwrap();
    assert_eq!(report.outcome(), SendOutcome::Failed);
    world(&mut modem, "subscriber +491715550100 reachable");
    let report = modem.send(&report.rest().unwrap()).unwrap();
    assert_eq!(report.outcome(), SendOutcome::Sent, "{:?}", report.error());
}

#[test]
fn as_many_messages_as_a_session_takes_go_out_over_the_next_link() {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts;
    let mut modem = open(config);
    quiet(&mut modem);
    // The first one is under way, and 1,024 wait.
    let enqueued: Vec<MessageId> =
        (0..1_025).map(|number| modem.enqueue(&message(number.to_string())).unwrap()).collect();
    assert_eq!(modem.enqueue(&message("one more")).unwrap_err().kind(), &ErrorKind::Full);
    let now = modem.port().now();
    modem.session().handle_closed(now);
    modem.port().with(|simulator, now| {
        simulator.handle_closed(now);
        simulator.handle_opened(now);
    });
    assert_eq!(modem.session().waiting().count(), enqueued.len());
    let ready = modem.session().handle_opened(now);
    let mut sent = Vec::new();
    while let Some(event) = modem.next_event(Duration::from_secs(60)) {
        match event {
            Event::Attempting(attempt) => modem.confirm(&attempt),
            Event::SendFinished(report) => {
                assert_eq!(report.outcome(), SendOutcome::Sent);
                sent.push(report.message);
            }
            _ => {}
        }
    }
    assert!(modem.session().take(&ready).unwrap().is_ok());
    assert_eq!(sent, enqueued);
}
