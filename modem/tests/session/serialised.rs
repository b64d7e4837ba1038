//! Values as JSON: configuration that is read, messages and results that are written.

use core::time::Duration;

use modem::at::sim::Pin;
use modem::pdu::{Deliver, Timestamp, UserData};
use modem::{Config, Event, MessageId, Profile, Received, SendResult, StatusReport, gsm7};
use serde_json::{Value, json};
use testkit::message;
use testkit::simulated::{open, world};

#[test]
fn a_configuration_names_only_what_differs_from_the_default() {
    let config: Config = serde_json::from_value(json!({
        "send_timeout": {"secs": 90, "nanos": 0},
        "receive": "direct",
        "memory": "ME",
        "when_full": "erase_oldest",
        "deliver_parts": true,
    }))
    .unwrap();
    assert_eq!(config.send_timeout, Duration::from_secs(90));
    assert_eq!(config.receive, modem::Receive::Direct);
    assert_eq!(config.answer_timeout, Config::default().answer_timeout);
    let again: Config = serde_json::from_value(serde_json::to_value(&config).unwrap()).unwrap();
    assert_eq!(format!("{again:?}"), format!("{config:?}"));
}

#[test]
fn an_unknown_key_of_a_configuration_is_named_in_the_error() {
    let error = serde_json::from_value::<Config>(json!({"receiv": "direct"})).unwrap_err();
    assert!(error.to_string().contains("unknown field `receiv`"), "{error}");
}

#[test]
fn a_pin_is_never_written_and_never_read() {
    let mut config = Config::default();
    config.pin = Some(Pin::new("4711").unwrap());
    let written = serde_json::to_string(&config).unwrap();
    assert!(!written.contains("4711") && !written.contains("pin"), "{written}");
    assert!(serde_json::from_value::<Config>(json!({"pin": "4711"})).is_err());
}

#[test]
fn a_received_message_has_the_names_of_its_fields() {
    let coding = gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT);
    let timestamp = Timestamp::from_raw([0x62, 0x11, 0x52, 0x21, 0x10, 0x00, 0x40]);
    let mut deliver = Deliver::new("+491715550100".parse().unwrap(), timestamp);
    deliver.user_data = UserData::text("Hello", coding, &[]).unwrap();
    let received = Received::from(deliver);
    let written = serde_json::to_value(&received).unwrap();
    assert_eq!(written["sender"], json!({"number": "+491715550100", "type": 145}));
    assert_eq!(written["text"], json!("Hello"));
    assert_eq!(written["timestamp"], json!("2026-11-25T12:01:00+01:00"));
    assert_eq!(written["possible_duplicate"], json!(false));
    assert_eq!(serde_json::from_value::<Received>(written).unwrap(), received);
}

#[test]
fn a_result_says_what_became_of_each_part_and_whose_fault_it_was() {
    let mut modem = open(Config::default());
    world(&mut modem, "subscriber +491715550100 rejected 38");
    let result: SendResult = modem.send(&message("Hello")).unwrap();
    let written = serde_json::to_value(&result).unwrap();
    let error = &written["parts"][0]["outcome"]["failed"]["error"];
    assert_eq!(error["origin"], json!("network"), "{written}");
    assert_eq!(error["temporary"], json!(true));
    assert_eq!(error["last_line"], json!("+CMS ERROR: 38"));
    assert_eq!(written["message"], json!(result.message.get()));
    let profile: Profile =
        serde_json::from_value(serde_json::to_value(modem.profile()).unwrap()).unwrap();
    assert_eq!(&profile, modem.profile());
    let counters = serde_json::to_value(modem.counters()).unwrap();
    assert_eq!((&counters["failed"], &counters["sent"]), (&json!(1), &json!(0)));
}

#[test]
fn a_status_report_names_its_message_by_a_number() {
    let mut modem = open(Config::default());
    let sent = modem.send(&message("Hello").request_status_report()).unwrap();
    let report: StatusReport = loop {
        let event = modem.next_event(Duration::from_secs(600)).expect("the network reports");
        if let Event::StatusReport(report) = event {
            break report;
        }
    };
    let written = serde_json::to_value(&report).unwrap();
    assert_eq!(written["about"], json!([sent.message.get(), 0]));
    assert_eq!(serde_json::from_value::<StatusReport>(written).unwrap(), report);
    assert_eq!(serde_json::to_value(MessageId::from(7)).unwrap(), Value::from(7));
}
