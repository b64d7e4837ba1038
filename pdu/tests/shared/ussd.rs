//! The reading of USSD strings, over texts in 30 languages and strings that are plain.

use std::fs;

use gsm7::charset::Charset;
use pdu::{CbsDcs, UssdEncoding, UssdReader};

use super::shared;

/// The rows of a table, without its first line.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(shared().join("data/applications").join(name)).unwrap();
    let columns = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(columns).collect()
}

fn reader(scheme: Option<u8>) -> UssdReader {
    let reader = UssdReader::new(Charset::Gsm);
    scheme.map_or(reader, |octet| reader.dcs(CbsDcs::from_raw(octet)))
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn every_text_is_read_in_every_form_under_every_scheme() {
    let (mut wrong, mut read) = (Vec::new(), 0);
    for row in table("ussd_scripts.tsv") {
        let [id, _, _, _, text, units, packed] = &row[..] else { panic!("{row:?}") };
        let bytes: Option<Vec<u8>> =
            text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        let bytes = bytes.map(|bytes| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>());
        let plain = Charset::Gsm.encode(text).ok();
        let forms = [
            (UssdEncoding::Ucs2, Some(units.clone().into_bytes())),
            (UssdEncoding::Packed, (packed != "-").then(|| packed.clone().into_bytes())),
            (UssdEncoding::Plain, plain),
            (UssdEncoding::Bytes, bytes.map(String::into_bytes)),
        ];
        for (encoding, string) in forms {
            let Some(string) = string else { continue };
            let last = if encoding == UssdEncoding::Ucs2 { 88 } else { 0x44 };
            for scheme in [None, Some(0), Some(15), Some(last)] {
                let reading = reader(scheme).read(&string);
                read += 1;
                if (&reading.text, reading.encoding) != (text, encoding) {
                    wrong.push(format!("{id} {scheme:?} {encoding:?}: {reading:?}"));
                }
            }
        }
    }
    println!("{} of {read} strings are read wrongly", wrong.len());
    assert!(read > 150 && wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn strings_that_look_hexadecimal_are_read_as_what_they_are() {
    let mut checked = 0;
    for row in table("ussd_plain.tsv") {
        let [id, string, scheme, _, text, ambiguous, _] = &row[..] else { panic!("{row:?}") };
        let reading = reader(Some(scheme.parse().unwrap())).read(string.as_bytes());
        if id == "P57" {
            // Only the habit of the session can tell four digits from a code.
            assert_eq!(reading.text, *string);
            let reader = reader(Some(15)).habit(UssdEncoding::Packed);
            assert_eq!(reader.read(string.as_bytes()).text, *text);
        } else {
            assert_eq!(reading.text, *text, "{id}, ambiguous: {ambiguous}");
        }
        checked += 1;
    }
    assert!(checked >= 39, "{checked}");
}
