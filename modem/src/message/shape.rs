//! The shape of the header of a message, which shows whether the modem is in PDU mode.

use at_proto::sms::{Message, centre_length};
use at_proto::{MessageContent, Parameter};

/// Returns `true` if the header of a stored message proves that the modem is in text mode, 3GPP TS
/// 27.005, 3.4.2 and 4.1.
///
/// In PDU mode the header is `<stat>,[<alpha>],<length>`, and in text mode the status is always
/// words. Words with a fitting length are PDU mode too, since some modems have words in both.
pub(crate) fn proves_text_mode(message: &Message) -> bool {
    let (name, parameters) = match message.header.iter().position(|byte| *byte == b':') {
        Some(colon) => message.header.split_at(colon),
        None => return false,
    };
    let mut fields = fields(parameters.get(1..).unwrap_or_default());
    if name.ends_with(b"CMGL") {
        fields.next();
    }
    if fields.next().is_none_or(|status| status.iter().all(u8::is_ascii_digit)) {
        return false;
    }
    let (count, last) =
        fields.fold((1usize, None), |(count, _), field| (count.saturating_add(1), Some(field)));
    match last {
        None => false,
        Some(last) if count <= 3 => !number(last).is_some_and(|length| {
            is_hexadecimal(&message.data) && has_length(&message.data, length)
        }),
        Some(_) => true,
    }
}

/// Returns `true` if the header of a direct delivery proves that the modem is in text mode: it has
/// more than `[<alpha>],<length>`.
pub(crate) fn proves_direct_text_mode(content: &MessageContent) -> bool {
    fields(&content.header).count() > 2
}

/// Returns `true` if a PDU has `length` bytes, with or without the service centre address.
pub(crate) fn has_length(pdu: &[u8], length: usize) -> bool {
    let pdu = pdu.trim_ascii();
    let is_of = |octets: Option<usize>| {
        octets.and_then(|octets| octets.checked_mul(2)).is_some_and(|digits| digits == pdu.len())
    };
    let with_centre = |centre: usize| length.checked_add(centre)?.checked_add(1);
    is_of(Some(length)) || is_of(centre_length(pdu).and_then(with_centre))
}

fn is_hexadecimal(data: &[u8]) -> bool {
    data.trim_ascii().iter().all(u8::is_ascii_hexdigit)
}

fn number(field: &[u8]) -> Option<usize> {
    let digits = field.strip_prefix(b"\"").unwrap_or(field);
    let digits = digits.strip_suffix(b"\"").unwrap_or(digits);
    Parameter::Bare(digits).number::<u16>().map(usize::from)
}

/// The fields between commas that are not in quotes.
fn fields(parameters: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_blank = parameters.trim_ascii().is_empty();
    let mut quoted = false;
    let fields = parameters.split(move |byte| {
        quoted ^= *byte == b'"';
        !quoted && *byte == b','
    });
    fields.map(<[u8]>::trim_ascii).filter(move |_| !is_blank)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use at_proto::Command as _;
    use at_proto::sms::{ListMessages, Message, MessageStatus, ReadMessage};
    use at_proto::{MessageContent, Response};

    use super::{proves_direct_text_mode, proves_text_mode};

    const PDU: &str =
        "0791947101670000040C919471515510100000621152210000000CD4F29C0E6A97E7F3F0B90C";

    fn read(header: &str, data: &str) -> Message {
        let response = Response::ok([header, data]);
        ReadMessage { index: 1 }.parse(&response).unwrap().unwrap()
    }

    #[test]
    fn the_shape_of_a_header_tells_text_mode_from_pdu_mode() {
        let digits = "86".repeat(43);
        for (header, data, is_text) in [
            ("+CMGR: 1,,30", PDU, false),
            ("+CMGR: 1,\"\",30", PDU, false),
            ("+CMGR: 1,\"Smith, John\",30", PDU, false),
            ("+CMGR: 1,30", PDU, false),
            ("+CMGR: ,,30", PDU, false),
            // A length that does not fit is damage, or a modem that miscounts.
            ("+CMGR: 1,,31", PDU, false),
            ("+CMGR: 1,,30,7", PDU, false),
            ("+CMGR: \"REC UNREAD\",,30", PDU, false),
            ("+CMGR: REC READ,30", PDU, false),
            ("+CMGR: \"REC UNREAD\",,31", PDU, true),
            (
                "+CMGR: \"REC UNREAD\",\"+491715550101\",,\"26/11/25,12:00:00+00\"",
                "Test message",
                true,
            ),
            ("+CMGR: \"REC UNREAD\",\"+49\",,\"26/11/25,12:00:00+00\"", &digits, true),
            (
                "+CMGR: \"REC READ\",\"+49\",,\"26/11/25,12:00:00+00\",145,4,0,0,\"+49\",145,86",
                &digits,
                true,
            ),
            ("+CMGR: \"REC READ\",6,0,\"+49\",145,\"a\",\"b\",0", "", true),
            ("+CMGR: \"STO UNSENT\",\"+49\",", "Hello", true),
            ("+CMGR: \"STO UNSENT\",2,1", "", true),
        ] {
            assert_eq!(proves_text_mode(&read(header, data)), is_text, "{header}");
        }
    }

    #[test]
    fn a_listed_message_has_an_index_before_the_fields() {
        for (header, data, is_text) in [
            ("+CMGL: 1,1,,30", PDU, false),
            ("+CMGL: 1,\"REC READ\",,30", PDU, false),
            ("+CMGL: 1,\"REC READ\",\"+49\",,\"26/11/25,12:00:00+00\"", "Hello", true),
        ] {
            let response = Response::ok([header, data]);
            let listed = ListMessages(MessageStatus::ALL).parse(&response).unwrap();
            let shown: Vec<_> = listed.iter().map(|one| proves_text_mode(&one.message)).collect();
            assert_eq!(shown, [is_text], "{header}");
        }
    }

    #[test]
    fn a_direct_delivery_in_text_mode_has_more_than_a_name_and_a_length() {
        for (header, is_text) in [
            (",24", false),
            ("24", false),
            ("\"Smith, John\",24", false),
            ("\"+49\",,\"26/11/25,12:00:00+00\"", true),
            ("6,0,\"+49\",145,\"26/11/25,12:00:00+00\",\"26/11/25,12:00:00+00\",0", true),
        ] {
            let content = MessageContent::new(None, header.into(), None);
            assert_eq!(proves_direct_text_mode(&content), is_text, "{header}");
        }
    }
}
