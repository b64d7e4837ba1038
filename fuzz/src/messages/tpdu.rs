//! All kinds of TPDU in both directions, from any octets.

use core::fmt::Debug;

use pdu::{
    Acknowledgement, Command, Deliver, DeliverReport, Envelope, Incoming, Outgoing, StatusReport,
    Submit, SubmitReport, Tpdu, Warning,
};

/// Input: the octets of a TPDU from the network.
pub fn incoming(data: &[u8]) {
    let kinds = [check::<Deliver>(data), check::<StatusReport>(data), check::<SubmitReport>(data)];
    assert!(kinds.iter().filter(|&&kind| kind).count() <= 1);
    // The reserved fourth type is decoded as a DELIVER if the direction is known.
    assert!(check::<Incoming>(data) || !kinds.contains(&true));
    for on in [Acknowledgement::Ack, Acknowledgement::Error] {
        if let Ok(decoded) = SubmitReport::decode_as(data, on) {
            assert_eq!(decoded.value.failure.is_some(), on == Acknowledgement::Error);
            let mut octets = [0; 300];
            let count = decoded.value.encode(&mut octets).unwrap();
            let again = SubmitReport::decode_as(&octets[..count], on).unwrap();
            assert_eq!(again.value, decoded.value);
        }
    }
    if let Ok(decoded) = Deliver::decode(data) {
        text_agrees(&decoded.value);
    }
    envelope::<Incoming>(data);
}

/// Input: the octets of a TPDU to the network.
pub fn outgoing(data: &[u8]) {
    let kinds = [check::<Submit>(data), check::<Command>(data), check::<DeliverReport>(data)];
    assert!(kinds.iter().filter(|&&kind| kind).count() <= 1);
    assert_eq!(check::<Outgoing>(data), kinds.contains(&true));
    for on in [Acknowledgement::Ack, Acknowledgement::Error] {
        if let Ok(decoded) = DeliverReport::decode_as(data, on) {
            assert_eq!(decoded.value.failure.is_some(), on == Acknowledgement::Error);
            let mut octets = [0; 300];
            let count = decoded.value.encode(&mut octets).unwrap();
            let again = DeliverReport::decode_as(&octets[..count], on).unwrap();
            assert_eq!(again.value, decoded.value);
        }
    }
    envelope::<Outgoing>(data);
}

/// Decodes, encodes, decodes; `true` if the octets are of this kind.
fn check<T: Tpdu + Debug + PartialEq>(data: &[u8]) -> bool {
    let decoded = match T::decode(data) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset() <= data.len(), "{error}");
            return false;
        }
    };
    let mut octets = [0xA5; 200];
    let count = decoded.value.encode(&mut octets).unwrap();
    assert_eq!(count, decoded.value.encoded_len());
    assert!(octets[count..].iter().all(|&octet| octet == 0xA5));
    let octets = &octets[..count];
    assert!(decoded.value.encode(&mut vec![0; count - 1]).is_err());

    let again = T::decode(octets).unwrap();
    assert_eq!(again.value, decoded.value);
    for warning in again.warnings.iter() {
        assert!(decoded.warnings.contains(warning), "{warning:?} is new in {octets:02X?}");
    }
    if decoded.warnings.is_empty() {
        assert_eq!(octets, data, "nothing was odd");
        assert!(strict_beginnings::<T>(data) <= usize::from(has_optional_end(data)));
        if let Ok(longer) = T::decode(&[data, &[0xFF]].concat()) {
            assert!(!longer.warnings.is_empty());
        }
    } else if decoded.warnings.iter().eq([Warning::TrailingOctets]) {
        assert_eq!(octets, &data[..count]);
    }
    true
}

/// The number of proper prefixes of the octets that are TPDUs without a warning.
fn strict_beginnings<T: Tpdu>(data: &[u8]) -> usize {
    let is_strict = |end: &usize| T::decode(&data[..*end]).is_ok_and(|cut| cut.warnings.is_empty());
    (0..data.len()).filter(is_strict).count()
}

/// A STATUS-REPORT may end before its parameters.
fn has_optional_end(data: &[u8]) -> bool {
    data.first().is_some_and(|first| first & 0b11 == 0b10)
}

fn text_agrees(deliver: &Deliver) {
    let mut buffer = [0; 546];
    let text = deliver.user_data.write_text(deliver.dcs, &mut buffer).unwrap();
    assert_eq!(text, deliver.text().as_deref());
    assert_eq!(text, deliver.user_data.to_text(deliver.dcs).as_deref());
    let mut septets = [0; 182];
    let septets = deliver.user_data.body_septets(&mut septets);
    assert!(septets.len() <= 160);
    if let (Some(text), true) = (text, deliver.dcs.counts_septets()) {
        assert_eq!(text, gsm7::decode_to_string(septets, deliver.user_data.alphabet()));
    }
}

/// Checks the octets after a service centre, as hexadecimal digits.
fn envelope<T: Tpdu + Debug + PartialEq>(data: &[u8]) {
    let hex: String = data.iter().map(|octet| format!("{octet:02x}")).collect();
    let (decoded, from_hex) =
        (Envelope::<T>::decode(data), Envelope::<T>::from_hex(format!(" {hex}\r\n")));
    let Ok(decoded) = decoded else {
        assert!(from_hex.is_err());
        return;
    };
    if data.len() > 300 {
        assert!(from_hex.is_err());
        return;
    }
    assert_eq!(from_hex.as_ref(), Ok(&decoded));
    let mut digits = [0; 400];
    let digits = decoded.value.write_hex(&mut digits).unwrap();
    if decoded.warnings.is_empty() {
        assert_eq!(digits, hex.to_uppercase());
    }
    assert_eq!(Envelope::<T>::from_hex(digits).unwrap().value, decoded.value);
    assert_eq!(decoded.value.length(), decoded.value.tpdu.encoded_len());
}
