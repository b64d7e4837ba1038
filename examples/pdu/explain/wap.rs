//! WAP push: its headers, and the contents that are typed.

use pdu::{
    Mms, MmsAddress, MmsClass, MmsSender, MmsTime, MmsType, PushContent, ServiceIndication,
    ServiceLoading, WapPush, WapText, WapValue,
};

use super::content::{Content, Cut, count};
use super::printable::{quoted, span, words};
use super::report::Field;

pub(crate) fn push(push: &WapPush<'_>, body: &[u8], start: usize) -> Content {
    let (headers, data) = (push.header_octets().len(), push.data().len());
    // The length of the headers is a uintvar: its last octet has no top bit.
    let length = body.iter().skip(2).take_while(|octet| **octet & 0x80 != 0).count() + 1;
    let content_type = body.len().saturating_sub(3 - 1 + length + headers + data);
    let mut cut = Cut(start);
    let kind = if push.is_confirmed() { "confirmed push" } else { "push" };
    let mut fields = vec![
        Field::new("transaction", cut.next(1), push.transaction().to_string()),
        Field::new("pdu type", cut.next(1), kind),
        Field::new("headers", cut.next(length), format!("{} octets", content_type + headers)),
        Field::new("content type", cut.next(content_type), content_type_words(push)),
    ];
    if headers > 0 {
        let inner = push.headers().map(|header| header_field(push, &header)).collect();
        let octets = cut.next(headers);
        fields.push(Field::new("headers", octets, "").with_inner(inner));
    }
    let octets = cut.next(data);
    let (name, meaning, inner) = match push.content() {
        PushContent::ServiceIndication(indication) => {
            ("service indication", indication_words(&indication), indication_fields(&indication))
        }
        PushContent::ServiceLoading(loading) => {
            ("service loading", loading_words(&loading), loading_fields(&loading))
        }
        PushContent::Mms(mms) => {
            let name = match mms.message_type() {
                MmsType::NOTIFICATION => "mms notification",
                MmsType::DELIVERY_REPORT => "mms delivery report",
                MmsType::READ_REPORT => "mms read report",
                _ => "mms message",
            };
            (name, mms_words(name, &mms), mms_fields(&mms))
        }
        _ => {
            let words = format!("a WAP push of {}, {}", content_type_words(push), count(data));
            ("wap push", words, Vec::new())
        }
    };
    fields.push(Field::new("data", octets, name).with_inner(inner));
    Content { name: Some(name.to_owned()), meaning, fields }
}

fn content_type_words(push: &WapPush<'_>) -> String {
    let content_type = push.content_type();
    let mut words = content_type.media.name().map_or_else(
        || super::printable::printable(&format!("{:?}", content_type.media)),
        super::printable::printable,
    );
    match content_type.charset() {
        Some(106) => words.push_str(", charset utf-8"),
        Some(charset) => words.push_str(&format!(", charset {charset}")),
        None => {}
    }
    words
}

fn header_field(push: &WapPush<'_>, header: &pdu::WapHeader<'_>) -> Field {
    let name = match (header.name(), header.name) {
        (Some(name), _) => super::printable::printable(name).to_lowercase(),
        (None, WapValue::Short(code)) => format!("header {code:#04x} of page {}", header.page),
        (None, _) => "header".to_owned(),
    };
    let meaning = match (header.page, header.name, header.value) {
        (1, WapValue::Short(APPLICATION_ID), WapValue::Short(id)) => match application(id) {
            Some(application) => format!("{id} ({application})"),
            None => id.to_string(),
        },
        (1, WapValue::Short(PUSH_FLAG), _) => flags(push),
        (_, _, value) => self::value(value),
    };
    Field::value(name, meaning)
}

const APPLICATION_ID: u8 = 0x2F;
const PUSH_FLAG: u8 = 0x34;

/// Returns the name of an application of a mobile, by its number in the registry of WAP.
const fn application(id: u8) -> Option<&'static str> {
    Some(match id {
        0 => "any application",
        1 => "push session",
        2 => "browser",
        3 => "telephony",
        4 => "MMS client",
        5 => "SyncML data synchronisation",
        6 => "location client",
        7 => "SyncML device management",
        8 => "DRM agent",
        9 => "e-mail notification",
        10 => "instant messages",
        16 => "location by SUPL",
        _ => return None,
    })
}

fn flags(push: &WapPush<'_>) -> String {
    let Some(flags) = push.flags() else { return "unreadable".to_owned() };
    let words: Vec<&str> =
        [(flags.authenticated, "authenticated"), (flags.trusted, "trusted"), (flags.last, "last")]
            .into_iter()
            .filter_map(|(set, word)| set.then_some(word))
            .collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn value(value: WapValue<'_>) -> String {
    match value {
        WapValue::Short(number) => number.to_string(),
        WapValue::Text(words) => text(words),
        WapValue::Data(octets) => faster_hex::hex_string_upper(octets),
        _ => String::new(),
    }
}

fn text(text: WapText<'_>) -> String {
    quoted(&text.to_string())
}

fn indication_words(indication: &ServiceIndication<'_>) -> String {
    let mut words = format!("a service indication: {}", quoted(&indication.text().to_string()));
    if let Some(link) = indication.href() {
        words.push_str(&format!(" with the link {}", quoted(&link.to_string())));
    }
    words
}

fn indication_fields(indication: &ServiceIndication<'_>) -> Vec<Field> {
    fields([
        ("action", indication.action().map(|action| words(&action))),
        ("link", indication.href().map(|link| quoted(&link.to_string()))),
        ("id", indication.id().map(|id| quoted(&id.to_string()))),
        ("created", indication.created().map(|time| time.to_string())),
        ("expires", indication.expires().map(|time| time.to_string())),
        ("text", Some(quoted(&indication.text().to_string()))),
    ])
}

fn loading_words(loading: &ServiceLoading<'_>) -> String {
    match loading.href() {
        Some(link) => format!("a service loading of the link {}", quoted(&link.to_string())),
        None => "a service loading without a link".to_owned(),
    }
}

fn loading_fields(loading: &ServiceLoading<'_>) -> Vec<Field> {
    fields([
        ("action", loading.action().map(|action| words(&action))),
        ("link", loading.href().map(|link| quoted(&link.to_string()))),
    ])
}

/// Returns sender, subject and size; the location has a token, and is left to the fields.
fn mms_words(name: &str, mms: &Mms<'_>) -> String {
    let mut words = match name.as_bytes() {
        [b'm', b'm', b's', ..] => format!("an MMS{}", &name[3..]),
        _ => name.to_owned(),
    };
    match mms.from() {
        Some(MmsSender::Address(address)) => {
            words.push_str(&format!(" from {}", text(address.address())));
        }
        Some(MmsSender::Hidden) => words.push_str(" from a hidden sender"),
        None => {}
    }
    if let Some(subject) = mms.subject() {
        words.push_str(&format!(", subject {}", text(subject)));
    }
    if let Some(size) = mms.size() {
        words.push_str(&format!(", {size} octets"));
    }
    if let Some(status) = mms.status_name() {
        words.push_str(&format!(": {status}"));
    }
    match mms.is_read() {
        Some(true) => words.push_str(": read"),
        Some(false) => words.push_str(": deleted unread"),
        None => {}
    }
    words
}

fn mms_fields(mms: &Mms<'_>) -> Vec<Field> {
    let kind = mms.message_type();
    let status = match (mms.status_name(), mms.status()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, status) => status.map(|status| format!("{status:#04x}")),
    };
    let read = mms.is_read().map(|read| if read { "yes" } else { "deleted unread" }.to_owned());
    let to: Vec<String> = mms.to().map(address).collect();
    let expiry = mms.expiry().map(|expiry| match expiry {
        MmsTime::Absolute(seconds) => date(seconds),
        MmsTime::Relative(seconds) => format!("{} after it was received", span(seconds)),
    });
    let class = mms.class().map(|class| match class {
        MmsClass::Text(class) => text(class),
        MmsClass::Other(other) => format!("{other:#04x}"),
        class => words(&class),
    });
    let from = mms.from().map(|from| match from {
        MmsSender::Address(from) => address(from),
        MmsSender::Hidden => "hidden".to_owned(),
    });
    let kind = kind.name().map_or_else(|| format!("{:#04x}", kind.raw()), str::to_owned);
    fields([
        ("message type", Some(kind)),
        ("transaction", mms.transaction_id().map(text)),
        ("version", mms.version().map(|(major, minor)| format!("{major}.{minor}"))),
        ("from", from),
        ("to", (!to.is_empty()).then(|| to.join(", "))),
        ("subject", mms.subject().map(text)),
        ("class", class),
        ("size", mms.size().map(|size| format!("{size} octets"))),
        ("expiry", expiry),
        ("location", mms.location().map(text)),
        ("message id", mms.message_id().map(text)),
        ("date", mms.date().map(date)),
        ("status", status),
        ("read", read),
    ])
}

fn address(address: MmsAddress<'_>) -> String {
    match address.address_type() {
        Some(kind) => format!("{} ({kind})", text(address.address())),
        None => text(address.address()),
    }
}

/// Returns a time in seconds since 1970 as a date.
fn date(seconds: u64) -> String {
    let date = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| pdu::DateTime::from_unix_seconds(seconds, 0));
    date.map_or_else(|| format!("{seconds} s after 1970"), |date| date.to_string())
}

fn fields<const N: usize>(values: [(&str, Option<String>); N]) -> Vec<Field> {
    values
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| Field::value(name, value)))
        .collect()
}
