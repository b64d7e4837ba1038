//! PDUs as people paste them, and what the tool shows.

use crate::explain::joined::Joiner;
use crate::explain::recognise::Kind;
use crate::explain::report::Report;
use crate::explain::{Options, pasted};
use crate::paint::{ColorChoice, Paint};

const DELIVER: &str =
    "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";
const SUBMIT: &str = "0001000B917321000000F0000004D4F29C0E";
const STATUS_REPORT: &str = "0006410B917321000000F0621172815210006211728152900000";
/// Page 1 of 6 of a presidential alert, cut after its text.
const PAGE: &str = "676011120F1654747A0E4ACF416110BD3CA783DE66";
const ETWS: &str = "304011020580";
const MMS: &str = concat!(
    "00440B917321000000F000F562115271312480800605040B8423F01106246170706C69636174696F6E2F76",
    "6E642E7761702E6D6D732D6D65737361676500AF84B4878C829874696431323334008D908919802B333731",
    "3230303030303030302F545950453D504C4D4E00964869008A808E02180088058103083D5F83687474703A",
    "2F2F6D6D732E6578616D706C652F3F693D3100",
);
const SIM_PACKET: &str = "00440B917321000000F07FF66211527131248030027000002B1516211515B000100000000001\
    00A1B2C3D4E5F60718A0A40000023F00A0A40000027F20A0A40000026F46";

fn reports(text: &str, options: Options) -> Vec<Report> {
    pasted(text, options).into_iter().map(|read| read.unwrap().report).collect()
}

fn report(text: &str) -> Report {
    let mut reports = reports(text, Options::default());
    assert_eq!(reports.len(), 1, "{text}");
    reports.remove(0)
}

/// The error and the advice for a text, in one sentence.
fn failure(text: &str) -> String {
    match pasted(text, Options::default()).pop() {
        Some(Err(failure)) => format!("{}: {}", failure.error, failure.advice),
        _ => panic!("{text} was read"),
    }
}

#[test]
fn the_kind_of_a_pdu_is_recognised_by_its_shape() {
    let full_page = format!("{PAGE}{}", "00".repeat(88 - PAGE.len() / 2));
    let full_etws = format!("{ETWS}{}", "00".repeat(50));
    let umts = format!("01003200000F01C834{}02", "00".repeat(80));
    let padded = format!("{DELIVER}{}", "FF".repeat(20));
    for (text, kind, is_hinted) in [
        (DELIVER, "deliver", false),
        (&DELIVER[16..], "deliver", true),
        (&padded, "deliver", false),
        (SUBMIT, "submit", true),
        (&SUBMIT[2..], "submit", true),
        (STATUS_REPORT, "status-report", false),
        ("0002070001050B917321000000F000", "command", true),
        (PAGE, "cell-broadcast", true),
        (&full_page, "cell-broadcast", true),
        (ETWS, "etws-primary", true),
        (&full_etws, "etws-primary", true),
        (&umts, "cell-broadcast-umts", true),
        ("AA180C3602", "ussd", true),
        ("00420061006C0061006E00630065003A00200035", "ussd", true),
    ] {
        let report = report(text);
        assert_eq!(report.to_json()["type"], kind, "{text}");
        assert_eq!(!report.hints.is_empty(), is_hinted, "{text}: {:?}", report.hints);
    }
}

#[test]
fn a_kind_that_is_named_is_not_questioned() {
    for (text, kind, no_smsc, title) in [
        (SUBMIT, Kind::Mt, false, "SMS-SUBMIT-REPORT"),
        (SUBMIT, Kind::Mo, false, "SMS-SUBMIT, "),
        (&SUBMIT[2..], Kind::Mo, true, "SMS-SUBMIT, "),
        ("20AC0035", Kind::Ussd(Some(0x48)), false, "a USSD string: 4 octets"),
        (PAGE, Kind::Broadcast, false, "a page of a cell broadcast: 21 octets"),
    ] {
        let reports = reports(text, Options { kind: Some(kind), no_smsc, ..Options::default() });
        assert!(reports[0].title.starts_with(title), "{}", reports[0].title);
        assert!(reports[0].hints.is_empty());
    }
}

#[test]
fn lines_of_a_modem_are_read_with_their_pdus() {
    let spaced: String =
        DELIVER.as_bytes().chunks(2).map(|octet| format!("{} ", octet.escape_ascii())).collect();
    for (text, kinds) in [
        (format!("+CMT: ,30\r\n{DELIVER}\r\n"), &["deliver"][..]),
        (format!("+CMT: ,30 {DELIVER}"), &["deliver"]),
        (format!("  +CMT: \"Max\",30<CR><LF>{DELIVER}<CR><LF>"), &["deliver"]),
        (
            format!("+CMGL: 1,2,,17\n{SUBMIT}\n+CMGL: 2,1,,30\n{DELIVER}\n\nOK\n"),
            &["submit", "deliver"],
        ),
        (format!("> AT+CMGS=17\n> {SUBMIT}\u{1a}\n"), &["submit"]),
        (format!("+CDS: 25\n{STATUS_REPORT}"), &["status-report"]),
        (format!("+CBM: 21\n{PAGE}"), &["cell-broadcast"]),
        ("+CUSD: 0,\"Balance: 5\",15".to_owned(), &["ussd"]),
        (spaced, &["deliver"]),
        (format!("{DELIVER}\n{STATUS_REPORT}"), &["deliver", "status-report"]),
        (format!("{}\n{}", &DELIVER[..40], &DELIVER[40..]), &["deliver"]),
    ] {
        let reports = reports(&text, Options::default());
        let found: Vec<String> = reports
            .iter()
            .map(|report| report.to_json()["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, kinds, "{text}");
        assert!(reports.iter().all(|report| report.hints.is_empty()), "{text}");
    }
    let cut = report(&format!("+CMT: ,31\n{DELIVER}"));
    assert!(cut.hints[0].starts_with("the line before announces 31 octets, and 30 are there"));
}

#[test]
fn a_binary_message_is_shown_in_words_and_as_a_dump() {
    for (text, lines) in [
        (
            MMS,
            &[
                "an MMS notification from \"+371200000000\", subject \"Hi\", 6144 octets",
                "application/vnd.wap.mms-message",
                "4 (MMS client)",
                "location              \"http://mms.example/?i=1\"",
                "expiry                6 days 5 h after it was received",
                "  67 65 00 AF 84 B4 87 8C 82 98 74 69 64 31 32 33  |ge........tid123|",
            ][..],
        ),
        (
            SIM_PACKET,
            &[
                "a command packet for SIM files, ciphered",
                "key 1, algorithm triple DES with two keys",
                "application B00010 (SIM files)",
                "      65  02 6F 46                                         |.oF|",
            ],
        ),
    ] {
        let shown = Paint::new(ColorChoice::Never).to_text(&report(text));
        for line in lines {
            assert!(shown.contains(line), "{line} in\n{shown}");
        }
        assert!(!shown.contains('\u{1b}'));
    }
}

#[test]
fn text_is_readable_in_every_script() {
    for (text, shown) in [
        (
            "00040B917321000000F0000862115271312480140E2A0E270E310E2A0E140E350E040E230E310E1A",
            "\"สวัสดีครับ\"",
        ),
        ("00040B917321000000F00008621152713124800A05E905C105B805DC05D5", "\"שׁ\u{5b8}לו\""),
        // An escape character of a terminal, and an override of the direction.
        ("00040B917321000000F000086211527131248006001B005B202E", r#""\u{1b}[\u{202e}""#),
    ] {
        let shown_text = Paint::new(ColorChoice::Never).to_text(&report(text));
        assert!(shown_text.contains(shown), "{shown} in\n{shown_text}");
    }
}

#[test]
fn parts_are_joined_before_they_are_read() {
    // A surrogate pair is cut in two at the end of the first page.
    let first = format!("411011124812{}D83D", "0041".repeat(40));
    let second = format!("411011124822DD250042{}", "000D".repeat(39));
    let pages = format!("{first}\n{second}");
    let parts = "00440B917321000000F000086211527131248008050003070201D83D\n\
                 00440B917321000000F000086211527131248008050003070202DD25";
    for (text, joined) in [
        (&*pages, &*format!("joined from 2 pages: \"{}\u{1f525}B\"", "A".repeat(40))),
        (parts, "joined from 2 parts: \"\u{1f525}\""),
    ] {
        let mut joiner = Joiner::default();
        let last = pasted(text, Options::default())
            .into_iter()
            .filter_map(|read| joiner.insert(&read.unwrap()))
            .last();
        assert_eq!(last.unwrap().summary, joined);
    }
}

#[test]
fn each_octet_has_the_colour_of_its_field() {
    for text in [DELIVER, SUBMIT, STATUS_REPORT, PAGE, MMS, SIM_PACKET] {
        let report = report(text);
        let plain = Paint::new(ColorChoice::Never).to_text(&report);
        let coloured = Paint::new(ColorChoice::Always).to_text(&report);
        // The octets precede the fields, and the rest differs in colours only.
        let (octets, fields) = coloured.split_once("\n\n").unwrap();
        let mut fields = fields.to_owned();
        for code in ["0", "1", "31", "32", "33", "34", "35", "36"] {
            fields = fields.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(fields, plain.split_once('\n').unwrap().1);
        let codes: Vec<&str> = octets
            .lines()
            .skip(1)
            .flat_map(|line| line.split("\u{1b}[").skip(1))
            .filter_map(|piece| piece.split_once('m'))
            .filter(|(code, _)| *code != "0")
            .map(|(code, _)| code)
            .collect();
        assert_eq!(codes.len(), report.octets.len(), "every octet has a colour");
        // The first octet of each field is in the colour of its line, unless a field inside begins
        // there too.
        for line in coloured.split_once("\n\n").unwrap().1.lines() {
            let Some((range, rest)) = line.split_once("  \u{1b}[") else { continue };
            let start = range.trim().split('-').next().unwrap_or_default();
            let Ok(start) = start.parse::<usize>() else { continue };
            let code = rest.split_once('m').unwrap().0;
            let is_parent = coloured.matches(&format!("\n{:>8}", range.trim())).count() > 1
                || line.contains("tp-ud ") && codes[start] != code;
            assert!(is_parent || codes[start] == code, "{line}");
        }
    }
}

#[test]
fn json_has_the_fields_of_the_tree() {
    let json = report(MMS).to_json();
    assert_eq!(json["application"], "mms notification");
    assert_eq!(json["number"], "+37120000000");
    let fields = json["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "smsc",
            "first octet",
            "tp-oa",
            "tp-pid",
            "tp-dcs",
            "tp-scts",
            "tp-udl",
            "tp-udhl",
            "tp-ud"
        ]
    );
    assert_eq!(fields[2]["octets"], "0B917321000000F0");
    assert_eq!(fields[2]["offset"], 2);
    assert_eq!(fields[8]["fields"][0]["name"], "transaction");
}

#[test]
fn bad_input_is_refused_with_what_is_wrong_where_and_what_to_do() {
    for (text, sentence) in [
        (
            "00040B91",
            "tp-oa: needs 6 more octets but 0 are left at offset 4: copy the whole PDU, or use \
             --no-smsc if it begins with its TPDU",
        ),
        (
            "0001000B91",
            "tp-da: needs 6 more octets but 0 are left at offset 5: copy the whole PDU, or use \
             --no-smsc if it begins with its TPDU",
        ),
        (
            "07 91 zz",
            "the character \"z\" at offset 6 is not a hexadecimal digit: give whole octets of \
             hexadecimal digits",
        ),
        (
            "+CMGL: 1,\"REC READ\",\"+371200\",,\"26/11/27,18:00:00+08\"\nHello",
            "the line is one of text mode, which has no PDU: set PDU mode by AT+CMGF=0, and read \
             the message again",
        ),
    ] {
        assert_eq!(failure(text), sentence);
    }
}

#[test]
fn no_octets_make_the_reader_fail() {
    for whole in [DELIVER, SUBMIT, STATUS_REPORT, PAGE, ETWS, MMS, SIM_PACKET] {
        for cut in (0..=whole.len()).step_by(2) {
            // One octet after another is another value, and the end is missing.
            for octet in ["00", "FF", "7F"] {
                let changed =
                    format!("{}{octet}{}", &whole[..cut], whole.get(cut + 2..).unwrap_or(""));
                for text in [&changed, &whole[..cut]] {
                    for read in pasted(text, Options::default()).into_iter().flatten() {
                        let shown = Paint::new(ColorChoice::Always).to_text(&read.report);
                        assert!(!shown.is_empty() && read.report.to_json().is_object());
                    }
                }
            }
        }
    }
}
