//! WAP pushes with service indications, service loadings and MMS, held field by field against this
//! library and against the dissectors `wsp`, `wbxml` and `mmse`.
//!
//! The octets are written here after the standards. Each field has the value that was written, and
//! the text in which tshark shows it. A field that tshark is known to misread has no such text:
//!
//! - The charset of an address, or a charset of two octets, is shown as a part of the text.
//! - A message size in the short form ends the reading, although a lenient reader takes it.
//! - Relative seconds in the short form are shown as 0, though the standard allows any integer.
//! - After a parameter without a value the rest of a content type is not read.
//! - A subject with a charset is shown as ASCII: only its number of octets is compared.

use core::error::Error;
use core::time::Duration;

use pdu::{Deliver, Outcome, Reassembler};

use crate::reading::{self, Reading};
use crate::source::Source;
use crate::tshark::{self, date_time, masked, shown_date};
use crate::wap::{
    delivers, digits, encode, encoded_string, integer, long_integer, push, text, uintvar, value,
};

/// The media types that both name, by number.
const MEDIA: [(u16, &str); 21] = [
    (0x00, "*/*"),
    (0x02, "text/html"),
    (0x03, "text/plain"),
    (0x06, "text/x-vCalendar"),
    (0x07, "text/x-vCard"),
    (0x08, "text/vnd.wap.wml"),
    (0x0C, "multipart/mixed"),
    (0x14, "application/vnd.wap.wmlc"),
    (0x1D, "image/gif"),
    (0x21, "image/vnd.wap.wbmp"),
    (0x23, "application/vnd.wap.multipart.mixed"),
    (0x29, "application/vnd.wap.wbxml"),
    (0x2D, "text/vnd.wap.si"),
    (0x32, "application/vnd.wap.coc"),
    (0x33, "application/vnd.wap.multipart.related"),
    (0x36, "application/vnd.wap.connectivity-wbxml"),
    (0x44, "application/vnd.syncml.notification"),
    (0x48, "application/vnd.oma.drm.message"),
    (0x4A, "application/vnd.oma.drm.rights+xml"),
    (0x0202, "application/vnd.uplanet.signal"),
    (0x020A, "application/vnd.phonecom.mmc-wbxml"),
];
/// The character sets, by their MIBenum numbers.
const CHARSETS: [(u16, &str); 5] =
    [(3, "US-ASCII"), (4, "ISO-8859-1"), (106, "UTF-8"), (1000, "ISO-10646-UCS-2"), (2026, "Big5")];
const APPLICATIONS: [(u8, &str); 5] = [
    (0x00, "x-wap-application:*"),
    (0x02, "x-wap-application:wml.ua"),
    (0x04, "x-wap-application:mms.ua"),
    (0x07, "x-wap-application:syncml.dm"),
    (0x09, "x-wap-application:emn.ua"),
];
const ENDINGS: [&str; 4] = [".com/", ".edu/", ".net/", ".org/"];
const STARTS: [&str; 5] = ["", "http://", "http://www.", "https://", "https://www."];

/// A field, the value that was written, and the text of tshark.
struct Expected {
    field: &'static str,
    value: String,
    shown: Option<String>,
}

#[derive(Default)]
struct Case {
    expected: Vec<Expected>,
}

impl Case {
    fn add(&mut self, field: &'static str, value: &impl ToString) {
        let value = value.to_string();
        self.expected.push(Expected { field, shown: Some(value.clone()), value });
    }

    fn add_as(&mut self, field: &'static str, value: &impl ToString, shown: Option<String>) {
        self.expected.push(Expected { field, value: value.to_string(), shown });
    }
}

/// Compares `count` pushes, and returns the number of those that this library or tshark reads
/// otherwise.
pub(crate) fn compare(count: usize) -> Result<usize, Box<dyn Error>> {
    let mut source = Source(2_948);
    let mut dump = String::new();
    let mut all = Vec::new();
    let mut packets = 0;
    for (reference, kind) in (0..).zip((0..4).cycle().take(count)) {
        let (octets, case) = generate(kind, &mut source);
        let tpdus = delivers(reference, &octets);
        tpdus.iter().for_each(|tpdu| tshark::add_packet(&mut dump, false, tpdu));
        packets += tpdus.len();
        // The packet of the last part has the whole push.
        all.push((join(&tpdus)?, case, packets - 1));
    }
    let rows = reading::of_tshark(&tshark::read(&dump, &["-T".to_owned(), "pdml".to_owned()])?);
    if rows.len() != packets {
        return Err(format!("tshark read {} TPDUs of {packets}", rows.len()).into());
    }
    let mut differences = 0;
    for (octets, case, row) in &all {
        let ours = reading::ours(octets).unwrap_or_default();
        let found = case.expected.iter().find_map(|field| difference(field, &ours, &rows[*row]));
        if let Some(difference) = found {
            println!("{octets:02X?}\n  {difference}");
            differences += 1;
        }
    }
    Ok(differences)
}

fn difference(expected: &Expected, ours: &Reading, tshark: &Reading) -> Option<String> {
    let Expected { field, value, shown } = expected;
    let (ours, tshark) = (ours.get(*field), tshark.get(*field));
    let agrees = ours == Some(value) && (shown.is_none() || tshark == shown.as_ref());
    (!agrees).then(|| format!("{field}: written {value:?}, we {ours:?}, tshark {tshark:?}"))
}

/// Returns the data of the parts of a message.
fn join(tpdus: &[Vec<u8>]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut reassembler = Reassembler::default();
    for tpdu in tpdus {
        let deliver = Deliver::decode(tpdu)?.strict()?;
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            return Ok(message.data());
        }
    }
    Err("the parts are not a message".into())
}

fn generate(kind: u8, source: &mut Source) -> (Vec<u8>, Case) {
    let mut case = Case::default();
    let (media, data) = match kind {
        0 => (None, source.pick("abc \n", 9).collect::<String>().into_bytes()),
        1 => (Some((0x2E, "application/vnd.wap.sic")), service_indication(source, &mut case)),
        2 => (Some((0x30, "application/vnd.wap.slc")), service_loading(source, &mut case)),
        _ => (Some((0x3E, "application/vnd.wap.mms-message")), mms(source, &mut case)),
    };
    let (number, name) = media.unwrap_or_else(|| source.one_of(&MEDIA));
    let mut headers = content_type(source, number, name, &mut case);
    headers.extend(push_headers(source, &mut case));
    let (transaction, kind) = (source.below(255), 6 + source.below(2));
    case.add("wsp.TID", &transaction);
    case.add("wsp.pdu_type", &kind);
    let length = uintvar(u32::try_from(headers.len()).expect("a few headers"), source.flip());
    (push(transaction, kind, &length, &headers, &data), case)
}

fn content_type(source: &mut Source, number: u16, name: &str, case: &mut Case) -> Vec<u8> {
    case.add("wsp.header.content_type", &name);
    let media = if source.flip() {
        case.add_as("media number", &number, None);
        integer(u64::from(number))
    } else {
        text(name.as_bytes())
    };
    // The constrained form has no parameters, and no number of two octets.
    if source.flip() && media[0] >= 0x20 {
        return media;
    }
    let mut content = media;
    let parameter = source.below(5);
    match parameter {
        0 => content.extend([0x80, 1 + source.below(100)]),
        1 => content.extend([&[0x97][..], &text(b"a name")].concat()),
        2 => content.extend([&text(b"x-own")[..], &text(b"\"quoted")].concat()),
        3 => content.extend([0x90, 0x00]),
        _ => {}
    }
    if source.flip() {
        let (charset, charset_name) = source.one_of(&CHARSETS);
        content.push(0x81);
        content.extend(integer(u64::from(charset)));
        let shown = (parameter != 3).then(|| charset_name.to_owned());
        case.add_as("wsp.parameter.charset", &charset, shown);
    }
    value(&content, source.flip())
}

fn push_headers(source: &mut Source, case: &mut Case) -> Vec<u8> {
    const APPLICATION: &str = "wsp.header.x_wap_application_id";
    let mut headers = Vec::new();
    let mut texts = [
        (0xB0, "wsp.header.content_uri"),
        (0xB1, "wsp.header.initiator_uri"),
        (0x93, "wsp.header.etag"),
        (0x8E, "wsp.header.content_location"),
    ]
    .into_iter();
    if source.flip() {
        let (number, uri) = source.one_of(&APPLICATIONS);
        headers.push(0xAF);
        if source.flip() {
            headers.push(0x80 | number);
            case.add_as(APPLICATION, &number, Some(uri.to_owned()));
        } else {
            headers.extend(text(uri.as_bytes()));
            case.add(APPLICATION, &uri);
        }
    }
    while source.flip() {
        let Some((code, field)) = texts.next() else { break };
        let written = source.text();
        headers.push(code);
        headers.extend(text(written.as_bytes()));
        case.add(field, &written);
    }
    if source.flip() {
        headers.extend([&text(b"X-Own")[..], &text(b"own")].concat());
        case.add_as("X-Own", &"own", None);
    }
    if source.flip() {
        let flags = source.below(8);
        headers.extend([0xB4, 0x80 | flags]);
        case.add("wsp.header.push_flag.authenticated", &(flags & 1));
        case.add("wsp.header.push_flag.trusted", &(flags >> 1 & 1));
        case.add("wsp.header.push_flag.last", &(flags >> 2 & 1));
    }
    for (code, field) in [(0x92, "wsp.header.date"), (0x94, "wsp.header.expires")] {
        if source.flip() {
            let seconds = source.seconds();
            headers.push(code);
            headers.extend(long_integer(seconds));
            case.add_as(field, &seconds, Some(shown_date(seconds)));
        }
    }
    if source.flip() {
        // Another code page, with a header that must not be taken for one of the first page.
        headers.extend([0x7F, 0x02, 0x8D, 0x85]);
        headers.push(0x01);
    }
    if source.flip() {
        let length = u64::from(source.below(255)) << source.below(9);
        headers.push(0x8D);
        headers.extend(integer(length));
        case.add("wsp.header.content_length", &length);
    }
    headers
}

/// The head of a document, with a string table.
fn head(source: &mut Source, public_id: u8, charset: u8) -> Vec<u8> {
    // Version 1.0 has no charset.
    let version = if charset == 0 { 0 } else { 1 + source.below(3) };
    let mut head = vec![version, public_id];
    head.extend((version > 0).then_some(charset));
    head.extend(b"\x09in\0table\0");
    head
}

/// Returns a link: its start of the table of attributes, a string and an ending.
fn link(source: &mut Source, first: u8, case: &mut Case) -> Vec<u8> {
    let start = source.below(5);
    let ending = source.below(4);
    let host: String = source.pick("abcdef.-", 6).collect();
    let mut octets = vec![first + start, 0x03];
    octets.extend(text(host.as_bytes()));
    octets.push(0x85 + ending);
    let mut link = format!("{}{host}{}", STARTS[usize::from(start)], ENDINGS[usize::from(ending)]);
    match source.below(3) {
        0 => {
            octets.extend([0x83, 0x03]);
            link.push_str("table");
        }
        1 => {
            octets.extend(b"\x02\x26\x03x=1\0");
            link.push_str("&x=1");
        }
        _ => {}
    }
    case.add("href", &link);
    octets
}

fn service_indication(source: &mut Source, case: &mut Case) -> Vec<u8> {
    const ACTIONS: [&str; 5] =
        ["signal-none", "signal-low", "signal-medium", "signal-high", "delete"];
    let charset = source.one_of(&[0, 3, 4, 106]);
    let mut octets = head(source, 0x05, charset);
    octets.extend([0x45, 0xC6]);
    if source.flip() {
        let action = source.below(5);
        octets.push(0x05 + action);
        case.add("action", &ACTIONS[usize::from(action)]);
    }
    octets.extend(link(source, 0x0B, case));
    if source.flip() {
        let id = source.text();
        octets.extend([0x11, 0x03]);
        octets.extend([id.as_bytes(), b"\0"].concat());
        case.add("si-id", &id);
    }
    for (token, field) in [(0x0A, "created"), (0x10, "si-expires")] {
        // Version 1.0 has no opaque data.
        if charset > 0 && source.flip() {
            // Zeros at the end of the date are left out.
            let seconds = match source.below(3) {
                0 => source.seconds() / 86_400 * 86_400,
                1 => source.seconds() / 60 * 60,
                _ => source.seconds(),
            };
            let date = date_time(seconds);
            let date = date.to_string().replace("+00:00", "Z");
            let digits = digits(&date);
            octets.extend([token, 0xC3, u8::try_from(digits.len()).expect("at most 7")]);
            octets.extend(digits);
            case.add_as(field, &seconds, Some(date));
        }
    }
    octets.extend([0x01, 0x03]);
    let written: String = match charset {
        106 => source.pick("aZ \"'&<äжЯ中€😀", 20).collect(),
        4 => source.pick("aZ \"'&<äÖß", 20).collect(),
        _ => source.pick("aZ \"'&<", 20).collect(),
    };
    let encoded = encode(&written, if charset == 4 { 4 } else { 106 });
    let shown = if charset == 4 { masked(&encoded) } else { written.clone() };
    octets.extend([&encoded[..], b"\0\x01\x01"].concat());
    case.add_as("text", &written, Some(shown));
    octets
}

fn service_loading(source: &mut Source, case: &mut Case) -> Vec<u8> {
    const ACTIONS: [&str; 3] = ["execute-low", "execute-high", "cache"];
    let charset = source.one_of(&[0, 4, 106]);
    let mut octets = head(source, 0x06, charset);
    octets.push(0x85);
    if source.flip() {
        let action = source.below(3);
        octets.push(0x05 + action);
        case.add("action", &ACTIONS[usize::from(action)]);
    }
    octets.extend(link(source, 0x08, case));
    octets.push(0x01);
    octets
}

fn mms(source: &mut Source, case: &mut Case) -> Vec<u8> {
    let kind = source.one_of(&[0x82, 0x86, 0x88]);
    let mut octets = vec![0x8C, kind];
    case.add("mmse.message_type", &kind);
    let mut add_text = |octets: &mut Vec<u8>, code, field, written: String| {
        octets.push(code);
        octets.extend(text(written.as_bytes()));
        case.add(field, &written);
    };
    if kind == 0x82 {
        add_text(&mut octets, 0x98, "mmse.transaction_id", source.text());
    }
    let minor = source.below(4);
    octets.extend([0x8D, 0x90 | minor]);
    if kind == 0x82 {
        let location =
            format!("http://mms.example/{}", source.pick("abc?&=/", 9).collect::<String>());
        add_text(&mut octets, 0x83, "mmse.content_location", location);
        if source.flip() {
            let class = format!("x{}", source.text());
            add_text(&mut octets, 0x8A, "mmse.message_class.str", class);
        } else {
            let class = 0x80 | source.below(4);
            octets.extend([0x8A, class]);
            case.add("mmse.message_class.id", &class);
        }
        octets.push(0x88);
        let (token, field, seconds) = if source.flip() {
            (0x80, "mmse.expiry.abs", source.seconds())
        } else {
            (0x81, "mmse.expiry.rel", u64::from(source.below(255)) << source.below(15))
        };
        let time = if token == 0x80 { long_integer(seconds) } else { integer(seconds) };
        octets.extend(value(&[&[token], &time[..]].concat(), source.flip()));
        let shown = match (token, time.len()) {
            (0x80, _) => Some(shown_date(seconds)),
            (_, 1) => None,
            _ => Some(seconds.to_string()),
        };
        case.add_as(field, &seconds, shown);
    } else {
        add_text(&mut octets, 0x8B, "mmse.message_id", source.text());
        add_text(&mut octets, 0x97, "mmse.to", source.mms_address());
        let seconds = source.seconds();
        octets.push(0x85);
        octets.extend(long_integer(seconds));
        case.add_as("mmse.date", &seconds, Some(shown_date(seconds)));
        let status = if kind == 0x86 { source.below(8) } else { source.below(2) } | 0x80;
        octets.extend([if kind == 0x86 { 0x95 } else { 0x9B }, status]);
        case.add(if kind == 0x86 { "mmse.status" } else { "mmse.read_status" }, &status);
    }
    case.add("mmse.mms_version", &format!("1.{minor}"));
    if kind != 0x86 {
        octets.extend(from(source, case));
    }
    if kind == 0x82 {
        if source.flip() {
            octets.extend(subject(source, case));
        }
        let size = u64::from(source.below(255)) << source.below(20);
        let encoded = if source.flip() { integer(size) } else { long_integer(size) };
        case.add_as("mmse.message_size", &size, (encoded.len() > 1).then(|| size.to_string()));
        octets.push(0x8E);
        octets.extend(encoded);
    }
    octets
}

fn from(source: &mut Source, case: &mut Case) -> Vec<u8> {
    const FROM: &str = "mmse.from";
    let address = source.mms_address();
    let content = match source.below(3) {
        0 => {
            case.add_as(FROM, &"hidden", Some("<insert address>".to_owned()));
            vec![0x81]
        }
        1 => {
            let encoded = encoded_string(106, address.as_bytes(), source.flip());
            case.add_as(FROM, &address, None);
            [&[0x80], &encoded[..]].concat()
        }
        _ => {
            let plain = text(address.as_bytes());
            case.add(FROM, &address);
            [&[0x80], &plain[..]].concat()
        }
    };
    [&[0x89], &value(&content, source.flip())[..]].concat()
}

fn subject(source: &mut Source, case: &mut Case) -> Vec<u8> {
    const SUBJECT: &str = "mmse.subject";
    let charset = source.one_of(&[0, 3, 4, 106, 1000]);
    let of = match charset {
        3 => "aZ09 \"'&<>",
        4 => "aZ09 \"'&<>äÖßé",
        1000 => "aZ09 \"'&<>äЖ中€",
        _ => "aZ09 \"'&<>äЖ中€😀",
    };
    let len = 1 + source.below(30);
    let written: String = source.pick(of, len).collect();
    let octets = encode(&written, charset);
    let encoded = match charset {
        0 => text(&octets),
        _ => encoded_string(charset, &octets, source.flip()),
    };
    let shown = match charset {
        0 => Some(written.clone()),
        1000 => None,
        _ => Some(masked(&text(&octets)[..])),
    };
    case.add_as(
        SUBJECT,
        &written,
        shown.map(|shown| shown.trim_matches(['\0', '\x7F']).to_owned()),
    );
    [&[0x96], &encoded[..]].concat()
}

impl Source {
    /// Returns a text that may begin with a quotation mark, which is part of it.
    fn text(&mut self) -> String {
        let len = 1 + self.below(12);
        self.pick("aZ09:/?=&<'\"-.@", len).collect()
    }

    /// Returns a time between 2004 and 2036.
    fn seconds(&mut self) -> u64 {
        let octets = [0x40 | self.below(0x40), self.below(255), self.below(255), self.below(255)];
        u64::from(u32::from_be_bytes(octets))
    }

    /// Returns an address of MMS.
    fn mms_address(&mut self) -> String {
        let number: String = self.pick("0123456789", 9).collect();
        match self.below(4) {
            0 => format!("+{number}/TYPE=PLMN"),
            1 => format!("192.0.2.{}/TYPE=IPv4", self.below(255)),
            2 => format!("user.{number}@mms.example"),
            _ => number,
        }
    }
}
