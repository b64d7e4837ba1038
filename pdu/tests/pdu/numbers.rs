//! The numbers of 3GPP TS 23.040 in words, and the scales of TP-VP.

use core::time::Duration;

use pdu::{
    Address, ElementId, EnhancedValidity, FailureCause, Pid, RelativeValidity, Status,
    StatusCategory, ValidityError, ValidityPeriod,
};

#[test]
fn protocol_identifiers_are_those_of_9_2_3_9() {
    for (octet, words) in [
        (0x00, "plain"),
        (0x01, "protocol between the two ends"),
        (0x1F, "protocol between the two ends"),
        (0x20, "telematic device"),
        (0x21, "telex"),
        (0x22, "group 3 fax"),
        (0x23, "group 4 fax"),
        (0x24, "voice telephone"),
        (0x25, "ermes paging"),
        (0x26, "national paging"),
        (0x27, "videotex"),
        (0x28, "teletex"),
        (0x29, "teletex in a packet network"),
        (0x2A, "teletex in a circuit network"),
        (0x2B, "teletex in the analogue telephone network"),
        (0x2C, "teletex in isdn"),
        (0x2D, "universal computer interface"),
        (0x2E, "reserved"),
        (0x30, "message handling facility"),
        (0x31, "x.400 message handling"),
        (0x32, "electronic mail"),
        (0x33, "reserved"),
        (0x38, "specific to the service centre"),
        (0x3E, "specific to the service centre"),
        (0x3F, "mobile station"),
        (0x40, "short message type 0"),
        (0x41, "replace short message type 1"),
        (0x42, "replace short message type 2"),
        (0x43, "replace short message type 3"),
        (0x44, "replace short message type 4"),
        (0x45, "replace short message type 5"),
        (0x46, "replace short message type 6"),
        (0x47, "replace short message type 7"),
        (0x48, "device triggering"),
        (0x49, "reserved"),
        (0x5E, "enhanced message service"),
        (0x5F, "return call"),
        (0x60, "reserved"),
        (0x7C, "ansi-136 r-data"),
        (0x7D, "me data download"),
        (0x7E, "me de-personalization"),
        (0x7F, "sim data download"),
        (0x80, "reserved"),
        (0xBF, "reserved"),
        (0xC0, "specific to the service centre"),
        (0xFF, "specific to the service centre"),
    ] {
        assert_eq!(Pid::from_raw(octet).to_string(), words, "{octet:#04x}");
        assert_eq!(Pid::from_raw(octet).is_reserved(), words == "reserved", "{octet:#04x}");
    }
    let replaces = |octet| Pid::from_raw(octet).replaces();
    assert_eq!([0x40, 0x41, 0x47, 0x48].map(replaces), [None, Some(1), Some(7), None]);
}

#[test]
fn element_identifiers_are_those_of_9_2_3_24() {
    for (octet, words, is_repeatable) in [
        (0x00, "concatenated short messages, 8-bit reference", false),
        (0x01, "special sms message indication", true),
        (0x02, "reserved", true),
        (0x04, "application port addressing, 8 bit", false),
        (0x05, "application port addressing, 16 bit", false),
        (0x06, "smsc control parameters", false),
        (0x07, "udh source indicator", true),
        (0x08, "concatenated short messages, 16-bit reference", false),
        (0x09, "wireless control message protocol", true),
        (0x0A, "text formatting", true),
        (0x0B, "predefined sound", true),
        (0x0C, "user defined sound", true),
        (0x0D, "predefined animation", true),
        (0x0E, "large animation", true),
        (0x0F, "small animation", true),
        (0x10, "large picture", true),
        (0x11, "small picture", true),
        (0x12, "variable picture", true),
        (0x13, "user prompt indicator", true),
        (0x14, "extended object", true),
        (0x15, "reused extended object", true),
        (0x16, "compression control", false),
        (0x17, "object distribution indicator", true),
        (0x18, "standard wvg object", true),
        (0x19, "character size wvg object", true),
        (0x1A, "extended object data request", false),
        (0x20, "e-mail header", false),
        (0x21, "hyperlink format", true),
        (0x22, "reply address", false),
        (0x23, "enhanced voice mail information", false),
        (0x24, "national language single shift", false),
        (0x25, "national language locking shift", false),
        (0x26, "reserved", true),
        (0x70, "sim toolkit security header", false),
        (0x7F, "sim toolkit security header", false),
        (0x80, "specific to the two ends", true),
        (0xC0, "specific to the service centre", true),
        (0xE0, "reserved", true),
    ] {
        let id = ElementId::from_raw(octet);
        assert_eq!(id.to_string(), words, "{octet:#04x}");
        assert_eq!(id.is_repeatable(), is_repeatable, "{octet:#04x}");
    }
}

/// 9.2.3.15.
#[test]
fn status_is_final_or_not_by_its_range_and_reserved_octets_are_given_up() {
    use StatusCategory::{Completed, GivenUp, Permanent, Temporary};
    for (octet, category, words) in [
        (0x00, Completed, "received by the recipient"),
        (0x01, Completed, "forwarded, delivery not confirmed"),
        (0x02, Completed, "replaced by the service centre"),
        (0x03, GivenUp, "reserved"),
        (0x10, Completed, "specific to the service centre"),
        (0x1F, Completed, "specific to the service centre"),
        (0x20, Temporary, "congestion"),
        (0x21, Temporary, "recipient busy"),
        (0x22, Temporary, "no response from the recipient"),
        (0x23, Temporary, "service rejected"),
        (0x24, Temporary, "quality of service not available"),
        (0x25, Temporary, "error in the recipient"),
        (0x26, GivenUp, "reserved"),
        (0x30, Temporary, "specific to the service centre"),
        (0x3F, Temporary, "specific to the service centre"),
        (0x40, Permanent, "remote procedure error"),
        (0x41, Permanent, "incompatible destination"),
        (0x42, Permanent, "connection rejected by the recipient"),
        (0x43, Permanent, "not obtainable"),
        (0x44, Permanent, "quality of service not available"),
        (0x45, Permanent, "no interworking available"),
        (0x46, Permanent, "validity period expired"),
        (0x47, Permanent, "deleted by the sender"),
        (0x48, Permanent, "deleted by the service centre"),
        (0x49, Permanent, "message does not exist"),
        (0x4A, GivenUp, "reserved"),
        (0x50, Permanent, "specific to the service centre"),
        (0x5F, Permanent, "specific to the service centre"),
        (0x60, GivenUp, "congestion"),
        (0x61, GivenUp, "recipient busy"),
        (0x65, GivenUp, "error in the recipient"),
        (0x7F, GivenUp, "specific to the service centre"),
        (0x80, GivenUp, "reserved"),
        (0xFF, GivenUp, "reserved"),
    ] {
        let status = Status::from_raw(octet);
        assert_eq!(
            (status.category(), status.to_string().as_str()),
            (category, words),
            "{octet:#04x}"
        );
        assert_eq!(status.category().is_final(), category != Temporary, "{octet:#04x}");
    }
}

/// 9.2.3.22.
#[test]
fn failure_causes_are_those_of_9_2_3_22() {
    for (octet, words) in [
        (0x00, "reserved"),
        (0x7F, "reserved"),
        (0x80, "telematic interworking not supported"),
        (0x81, "short message type 0 not supported"),
        (0x82, "cannot replace the message"),
        (0x83, "reserved"),
        (0x8F, "unspecified protocol identifier error"),
        (0x90, "alphabet not supported"),
        (0x91, "message class not supported"),
        (0x92, "reserved"),
        (0x9F, "unspecified data coding scheme error"),
        (0xA0, "command cannot be actioned"),
        (0xA1, "command not supported"),
        (0xAF, "unspecified command error"),
        (0xB0, "tpdu not supported"),
        (0xB1, "reserved"),
        (0xC0, "service centre busy"),
        (0xC1, "no service centre subscription"),
        (0xC2, "service centre system failure"),
        (0xC3, "invalid address"),
        (0xC4, "destination barred"),
        (0xC5, "duplicate message rejected"),
        (0xC6, "validity period format not supported"),
        (0xC7, "validity period not supported"),
        (0xC8, "reserved"),
        (0xD0, "sim storage full"),
        (0xD1, "sim has no storage for messages"),
        (0xD2, "error in the mobile"),
        (0xD3, "memory capacity exceeded"),
        (0xD4, "sim application toolkit busy"),
        (0xD5, "sim data download error"),
        (0xD6, "reserved"),
        (0xE0, "specific to an application"),
        (0xFE, "specific to an application"),
        (0xFF, "unspecified error"),
    ] {
        let cause = FailureCause::from_raw(octet);
        assert_eq!(cause.to_string(), words, "{octet:#04x}");
        assert_eq!(cause.is_reserved(), words == "reserved", "{octet:#04x}");
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// 9.2.3.12.1, at both ends of each of its four scales.
#[test]
fn a_relative_validity_is_on_one_of_four_scales() {
    for (octet, seconds) in [
        (0, 5 * MINUTE),
        (1, 10 * MINUTE),
        (23, 2 * HOUR),
        (143, 12 * HOUR),
        (144, 12 * HOUR + 30 * MINUTE),
        (167, DAY),
        (168, 2 * DAY),
        (196, 30 * DAY),
        (197, 5 * WEEK),
        (255, 63 * WEEK),
    ] {
        let (validity, duration) =
            (RelativeValidity::from_raw(octet), Duration::from_secs(seconds));
        assert_eq!(validity.duration(), duration, "{octet}");
        assert_eq!(ValidityPeriod::from(validity).duration(), Some(duration));
        assert_eq!(RelativeValidity::at_least(duration), Ok(validity), "{octet}");
        // So is a duration that is less by no more than a step.
        assert_eq!(
            RelativeValidity::at_least(duration - Duration::from_secs(4 * MINUTE)),
            Ok(validity),
            "{octet}"
        );
        // The next step begins a nanosecond later.
        let next = octet.checked_add(1).map(RelativeValidity::from_raw);
        assert_eq!(
            RelativeValidity::at_least(duration + Duration::from_nanos(1)),
            next.ok_or(ValidityError::TooLong),
            "{octet}"
        );
    }
    assert_eq!(RelativeValidity::at_least(Duration::ZERO), Ok(RelativeValidity::from_raw(0)));
}

/// 9.2.3.12.3.
#[test]
fn an_enhanced_validity_has_three_forms() {
    let day = Some(Duration::from_secs(DAY));
    for (raw, duration) in [
        ([0x00, 0, 0, 0, 0, 0, 0], None),
        ([0x01, 167, 0, 0, 0, 0, 0], day),
        ([0x41, 167, 0, 0, 0, 0, 0], day),
        ([0x02, 30, 0, 0, 0, 0, 0], Some(Duration::from_secs(30))),
        ([0x02, 0, 0, 0, 0, 0, 0], None),
        ([0x03, 0x42, 0, 0, 0, 0, 0], day),
        // 12:34:56, the first digit in the low half.
        ([0x03, 0x21, 0x43, 0x65, 0, 0, 0], Some(Duration::from_secs(45_296))),
        ([0x04, 1, 0, 0, 0, 0, 0], None),
        // A further octet of the indicator stands before the value.
        ([0x82, 0, 30, 0, 0, 0, 0], None),
    ] {
        let validity = EnhancedValidity::from_raw(raw);
        assert_eq!(validity.duration(), duration, "{raw:02X?}");
        assert_eq!(ValidityPeriod::Enhanced(validity).duration(), duration);
        assert_eq!(validity.is_single_shot(), raw[0] & 0x40 != 0);
    }
    let exactly = |seconds| {
        EnhancedValidity::exactly(Duration::from_secs(seconds)).map(EnhancedValidity::raw)
    };
    assert_eq!(exactly(0), Err(ValidityError::Zero));
    assert_eq!(exactly(1), Ok([2, 1, 0, 0, 0, 0, 0]));
    assert_eq!(exactly(255), Ok([2, 255, 0, 0, 0, 0, 0]));
    assert_eq!(exactly(256), Ok([3, 0x00, 0x40, 0x61, 0, 0, 0]));
    assert_eq!(exactly(359_999), Ok([3, 0x99, 0x95, 0x95, 0, 0, 0]));
    assert_eq!(exactly(360_000), Err(ValidityError::TooLong));
    let half = EnhancedValidity::exactly(Duration::from_millis(1_500)).map(EnhancedValidity::raw);
    assert_eq!(half, Ok([2, 2, 0, 0, 0, 0, 0]));
    let relative = EnhancedValidity::relative(RelativeValidity::from_raw(167)).single_shot();
    assert_eq!(relative.raw(), [0x41, 167, 0, 0, 0, 0, 0]);
}

#[test]
fn digits_match_from_the_end_where_at_least_six_agree() {
    let address = |digits: &str| digits.parse::<Address>().expect("a number");
    for (one, other, is_match) in [
        ("20000000", "+37120000000", true),
        ("20000000", "+37120000001", false),
        ("20000000", "+37110000000", false),
        // Only the last eight are looked at.
        ("0037120000000", "+37220000000", true),
        ("123456", "99123456", true),
        ("12345", "99912345", false),
        // Short codes are the same only as a whole.
        ("12345", "+12345", true),
        ("12345", "12346", false),
    ] {
        assert_eq!(address(one).digits_match(&address(other)), is_match, "{one} {other}");
        assert_eq!(address(other).digits_match(&address(one)), is_match, "{other} {one}");
    }
}

#[test]
fn a_zero_in_parentheses_is_refused_since_it_may_not_be_dialled() {
    use pdu::AddressError::TrunkPrefix;
    for (text, at) in [
        ("+49 (0)171 1234567", 4),
        ("+49(0)171 1234567", 3),
        ("+49 ( 0 ) 171 1234567", 4),
        ("+49 (0-)171 1234567", 4),
        ("+49 (0", 4),
        ("0049 (0) 171 1234567", 5),
        ("011 49 (0)171 1234567", 7),
        ("(0)171 1234567", 0),
        ("+49 (0171) 1234567", 4),
        ("0049 (0171) 1234567", 5),
        ("+39 (06) 1234567", 4),
    ] {
        assert_eq!(text.parse::<Address>(), Err(TrunkPrefix { at }), "{text}");
    }
    let error = "+49 (0)171".parse::<Address>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the zero in parentheses at 4 may not be part of the number: \
         write the number as it is dialled",
    );
}

#[test]
fn other_digits_in_parentheses_are_part_of_the_number() {
    for (text, number) in [
        ("(0171) 1234567", "01711234567"),
        ("+371 (20) 00-00.00", "+37120000000"),
        ("(+49) 171", "+49171"),
        ("+(49) 171", "+49171"),
        ("(0049) 171", "0049171"),
        ("(00)49 171", "0049171"),
        ("+1 (800) 1", "+18001"),
        ("+49 () 171", "+49171"),
    ] {
        assert_eq!(
            text.parse::<Address>().map(|it| it.to_string()).as_deref(),
            Ok(number),
            "{text}"
        );
    }
}
