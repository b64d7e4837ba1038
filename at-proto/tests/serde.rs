//! Values of the feature `serde`, written to JSON and read back.
#![cfg(feature = "serde")]

use core::fmt::Debug;

use at_proto::network::{Domain, Registration, RegistrationState};
use at_proto::sms::{Indications, Memory, MessageStatus, StorageUse};
use at_proto::{CmeError, CmsError, Dialect};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Asserts that the value is this JSON, and that the JSON is the value.
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
}

#[test]
fn numbers_and_names_are_the_ones_on_the_wire() {
    is(&Memory::SIM, "\"SM\"");
    is(&"SM_P".parse::<Memory>().unwrap(), "\"SM_P\"");
    is(&MessageStatus::READ, "1");
    is(&Registration::ROAMING, "5");
    is(&CmeError::SIM_BUSY, "14");
    is(&CmsError(512), "512");
    is(&Domain::Eps, "\"Eps\"");
}

#[test]
fn structs_are_objects_of_their_fields() {
    is(
        &Indications { mode: 2, mt: 1, bm: 0, ds: 2, bfr: 0 },
        r#"{"mode":2,"mt":1,"bm":0,"ds":2,"bfr":0}"#,
    );
    is(&StorageUse::new(Some(Memory::MODEM), 3, 50), r#"{"memory":"ME","used":3,"total":50}"#);
    is(
        &RegistrationState::new(Registration::HOME, Some(0x1A2B), None, Some(7)),
        r#"{"status":1,"area":6699,"cell":null,"technology":7}"#,
    );
}

#[test]
fn every_dialect_survives_a_round_trip() {
    for dialect in [
        Dialect::default(),
        Dialect::small(),
        Dialect::altair(),
        Dialect::cinterion(),
        Dialect::nokia(),
        Dialect::samsung(),
        Dialect::simcom(),
        Dialect::wavecom(),
    ] {
        let json = serde_json::to_string(&dialect).unwrap();
        assert_eq!(serde_json::from_str::<Dialect>(&json).unwrap(), dialect, "{json}");
    }
}

#[test]
fn a_field_that_a_dialect_lacks_has_its_default() {
    assert_eq!(serde_json::from_str::<Dialect>("{}").unwrap(), Dialect::default());
    let json = r#"{"failures":["NA"],"limits":{"line":1024}}"#;
    let dialect: Dialect = serde_json::from_str(json).unwrap();
    assert_eq!(dialect.failures, ["NA"]);
    assert_eq!((dialect.limits.line, dialect.limits.answer), (1_024, 262_144));
}

#[test]
fn a_name_that_could_become_a_command_is_not_a_memory() {
    for json in ["\"\"", "\"sm\"", "\"SM\\\"\"", "\"SMSMS\"", "7"] {
        assert!(serde_json::from_str::<Memory>(json).is_err(), "{json}");
    }
}
