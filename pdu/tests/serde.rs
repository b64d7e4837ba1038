//! Saved forms: they read as documented, and every received value round-trips.

use core::time::Duration;

use core::fmt::Debug;

use pdu::{
    Address, Broadcasts, CbsDcs, Command, Concatenation, DateTime, Decoded, Deliver,
    EnhancedValidity, Envelope, Incoming, Limits, Message, Outgoing, Page, Ports, Reference,
    SerialNumber, Status, Stored, SubmitTemplate, Timestamp, UssdString, Warning, Warnings,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

const DELIVER: &str =
    "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = json(value);
    match serde_json::from_str::<T>(&json) {
        Ok(read) => assert_eq!(read, *value, "{json}"),
        Err(error) => panic!("{error}: {json}"),
    }
}

fn error<T: DeserializeOwned + Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

#[test]
fn a_deliver_is_readable() {
    let decoded = Envelope::<Incoming>::from_hex(DELIVER).unwrap();
    assert_eq!(
        json(&decoded),
        concat!(
            r#"{"value":{"smsc":{"number":"+31624000000","type":145},"tpdu":{"deliver":{"#,
            r#""originator":{"number":"+31641600986","type":145},"pid":0,"dcs":0,"#,
            r#""timestamp":"2002-08-26T19:37:41-01:00","#,
            r#""user_data":{"length":12,"unit":"septets","header":false,"#,
            r#""octets":"C8F71D14969741F977FD07"},"more_messages":false,"#,
            r#""loop_prevention":false,"status_report":false,"reply_path":false}}},"warnings":[]}"#,
        ),
    );
    survives(&decoded);
}

#[test]
fn an_address_is_a_number_or_a_name_with_its_type() {
    let saved = |address: Address| json(&address);
    assert_eq!(saved("+49171".parse().unwrap()), r#"{"number":"+49171","type":145}"#);
    assert_eq!(saved("*21#".parse().unwrap()), r#"{"number":"*21#","type":129}"#);
    assert_eq!(saved(Address::alphanumeric("Bank").unwrap()), r#"{"name":"Bank","type":208}"#);
    let read = |json| serde_json::from_str::<Address>(json).unwrap();
    assert_eq!(read(r#""+49 171""#), "+49171".parse().unwrap());
    // Fillers among the digits are kept.
    let odd = r#"{"octets":"17F3","length":4,"type":145}"#;
    assert_eq!((read(odd).to_string().as_str(), saved(read(odd)).as_str()), ("+713", odd));
}

#[test]
fn an_address_that_does_not_fit_is_refused_with_its_reason() {
    for (json, reason) in [
        (r#""+49 (0)171""#, "zero in parentheses at 4"),
        (r#"{"number":"12x","type":129}"#, "'x' at 2 is not allowed"),
        (r#"{"name":"Bank","number":"1","type":129}"#, "a number, or a name"),
        (r#"{"octets":"FFFF","length":1,"type":129}"#, "the length of an address"),
        (r#"{"octets":"00","length":29,"type":129}"#, "the length of an address"),
        ("7", "an address with its type, or a number"),
    ] {
        let error = error::<Address>(json);
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn values_that_contradict_themselves_are_refused() {
    let user_data = r#"{"length":3,"unit":"octets","header":false,"octets":"C8"}"#;
    assert!(error::<pdu::UserData>(user_data).contains("does not fit its octets"));
    assert!(error::<Timestamp>(r#""today""#).contains("RFC 3339"));
    assert!(error::<Ports>(r#"{"destination":256,"source":0,"wide":false}"#).contains("above 255"));
    let part = r#"{"reference":{"Eight":1},"total":2,"sequence":3}"#;
    assert!(error::<Concatenation>(part).contains("not one of its message"));
    assert!(
        error::<Message<()>>(r#"{"reference":null,"total":1,"parts":[]}"#).contains("no parts")
    );
    assert!(error::<pdu::Broadcast>(r#"{"pages":[]}"#).contains("no page"));
    let never = DateTime::from_unix_seconds(0, 0).map(|time| DateTime { month: 13, ..time });
    assert!(serde_json::to_string(&never).is_err());
}

#[test]
fn a_warning_is_saved_by_its_name() {
    for warning in Warning::ALL {
        assert_eq!(serde_json::to_value(warning).unwrap(), warning.name());
    }
    let warnings: Warnings = [Warning::SpareBits, Warning::PageNumber].into_iter().collect();
    assert_eq!(json(&warnings), r#"["spare-bits","page-number"]"#);
    survives(&warnings);
}

#[test]
fn other_values_round_trip() {
    survives(&SubmitTemplate::new("+371".parse().unwrap()));
    survives(&Limits::default());
    survives(&UssdString::encode("*100#"));
    survives(&Status::DELIVERED);
    let deliver = Envelope::<Deliver>::from_hex(DELIVER).unwrap().value.tpdu;
    survives(&Message::single(deliver, "slot 1".to_owned()));
    let page = Page::new(SerialNumber::from_raw(1), 50, CbsDcs::UCS2, 1, 1, b"").unwrap();
    let broadcast = Broadcasts::default().insert(Duration::ZERO, page).unwrap();
    survives(&broadcast);
    let mut umts = [0x41; 95];
    umts[..7].copy_from_slice(&[1, 0, 50, 0x40, 0x10, 0x48, 1]);
    for octets in [&umts[..], &[0x30, 0x40, 0x11, 0x02, 0x05, 0x80, 1]] {
        let whole = pdu::CellBroadcast::decode(octets).unwrap().value;
        survives(&whole);
        survives(&Broadcasts::default().insert(Duration::ZERO, whole).unwrap());
    }
    let both = r#"{"pages":["011000320111C8"],"etws_primary":"304011020580"}"#;
    assert!(error::<pdu::Broadcast>(both).contains("no page"));
    survives(&broadcast.language());
    survives(&Page::from_hex("011000320111C2327BFC76BBCBEE46A3D168").unwrap().value.language());
    // An offset of minus zero, which a date cannot tell apart from zero, keeps its octets.
    let odd = Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x08]);
    assert_eq!(odd.to_string(), "2026-02-28T23:59:01+00:00");
    assert_eq!(json(&odd), r#""62208232951008""#);
    survives(&odd);
}

proptest! {
    #[test]
    fn received_values_round_trip(
        first in any::<u8>(),
        address in prop::collection::vec(any::<u8>(), 10),
        length in 0..21_u8,
        kind in any::<u8>(),
        rest in prop::collection::vec(any::<u8>(), 0..180),
        out in any::<bool>(),
    ) {
        let mut tpdu = vec![first];
        if out || first & 3 == 2 {
            tpdu.push(7);
        }
        tpdu.extend([length, kind]);
        tpdu.extend(&address[..usize::from(length).div_ceil(2)]);
        tpdu.extend(rest);
        if let Ok(decoded) = Incoming::decode(&tpdu) {
            survives(&decoded);
        }
        if let Ok(decoded) = Outgoing::decode(&tpdu) {
            survives(&decoded);
        }
        if let Ok(Decoded { value, .. }) = Command::decode(&tpdu) {
            survives(&value);
        }
    }

    #[test]
    fn octets_in_a_form_of_their_own_round_trip(
        seven in any::<[u8; 7]>(),
        page in prop::collection::vec(any::<u8>(), 6..=88),
        ports in any::<(u16, u16)>(),
        sixteen in any::<u16>(),
        total in 1..=255_u8,
        seconds in 0..2_000_000_000_i64,
        quarters in -128..=127_i8,
    ) {
        survives(&Timestamp::from_raw(seven));
        survives(&EnhancedValidity::from_raw(seven));
        survives(&Page::decode(&page).unwrap());
        survives(&Ports::wide(ports.0, ports.1));
        survives(&Concatenation::new(Reference::Sixteen(sixteen), total, total));
        survives(&DateTime::from_unix_seconds(seconds, quarters));
        survives(&UssdString::new(CbsDcs::from_raw(seven[0]), page));
        survives(&Stored::from_hex(seven[0], DELIVER).unwrap());
    }
}
