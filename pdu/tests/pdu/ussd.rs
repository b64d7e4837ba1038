//! The reading of `+CUSD` strings: every row of its decision table, and its measured errors.

mod texts;

use gsm7::charset::Charset;
use pdu::{CbsDcs, UssdEncoding, UssdReader, UssdReading, UssdReason};

use crate::common::hex;
use texts::{GSM, PLAIN, UCS2};

const GSM_READER: UssdReader = UssdReader::new(Charset::Gsm);

/// The schemes under which modems report strings of any encoding.
const SCHEMES: [Option<u8>; 4] = [None, Some(0), Some(15), Some(0x44)];

fn under(scheme: Option<u8>) -> UssdReader {
    scheme.map_or(GSM_READER, |octet| GSM_READER.dcs(CbsDcs::from_raw(octet)))
}

fn ucs2(text: &str) -> String {
    hex(&gsm7::ucs2::encode_to_vec(text))
}

fn packed(text: &str) -> Option<String> {
    let septets = gsm7::encode_to_vec(text, gsm7::Alphabet::DEFAULT).ok()?;
    Some(hex(&gsm7::pack_ussd_to_vec(&septets).unwrap()))
}

/// Every form in which a modem can write the text, with the encoding that it is in.
fn forms(text: &str) -> Vec<(Vec<u8>, UssdEncoding)> {
    let mut forms = vec![(ucs2(text).into_bytes(), UssdEncoding::Ucs2)];
    if let (Some(packed), Ok(plain)) = (packed(text), Charset::Gsm.encode(text)) {
        forms.push((packed.into_bytes(), UssdEncoding::Packed));
        forms.push((plain, UssdEncoding::Plain));
    }
    let latin = text.chars().map(|character| u8::try_from(u32::from(character)).ok());
    if let Some(latin) = latin.collect::<Option<Vec<u8>>>() {
        forms.push((hex(&latin).into_bytes(), UssdEncoding::Bytes));
    }
    forms
}

fn name(string: &[u8]) -> String {
    String::from_utf8_lossy(string).into_owned()
}

#[test]
fn every_text_is_read_in_every_form_under_every_scheme() {
    let (mut wrong, mut read) = (Vec::new(), 0);
    for (language, text) in GSM.iter().chain(UCS2) {
        for (string, encoding) in forms(text) {
            let named = [Some(0x48), Some(0x58), Some(0x08)];
            let schemes = match encoding {
                UssdEncoding::Ucs2 => [&SCHEMES[..], &named].concat(),
                _ => SCHEMES.to_vec(),
            };
            for scheme in schemes {
                let reading = under(scheme).read(&string);
                read += 1;
                if (reading.text.as_str(), reading.encoding) != (text, encoding) {
                    wrong.push(format!("{language}, {scheme:?}, {}: {reading:?}", name(&string)));
                }
            }
        }
    }
    assert!(read > 700, "{read}");
    assert!(wrong.is_empty(), "{} of {read}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A short beginning of a text is as good as a short text.
#[test]
fn a_text_of_eight_characters_is_enough() {
    let mut wrong = Vec::new();
    for (language, text) in GSM.iter().chain(UCS2) {
        let ends = text.char_indices().map(|(at, _)| at).skip(8).chain([text.len()]);
        for beginning in ends.map(|end| &text[..end]) {
            for (string, encoding) in forms(beginning) {
                let reading = GSM_READER.dcs(CbsDcs::GSM7).read(&string);
                // Digits only are a number.
                let expected = match string.iter().all(u8::is_ascii_digit) {
                    true => UssdEncoding::Plain,
                    false => encoding,
                };
                if reading.encoding != expected {
                    wrong.push(format!("{language}, {}: {reading:?}", name(&string)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn numbers_words_and_codes_stay_as_they_are() {
    for string in PLAIN {
        for scheme in [None, Some(0), Some(15), Some(1), Some(0xF1)] {
            let reading = under(scheme).read(string.as_bytes());
            assert_eq!(
                (reading.text.as_str(), reading.encoding),
                (*string, UssdEncoding::Plain),
                "{scheme:?}"
            );
        }
    }
}

/// The next of a series of numbers that look random.
fn next(seed: &mut u64) -> u32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from(*seed >> 40).unwrap()
}

/// A code of random digits can look like a text: these are the bounds for 10,000 codes.
#[test]
fn few_random_codes_are_read_as_texts() {
    let mut seed = 2_026;
    let bounds =
        [(6, 20), (8, 20), (10, 20), (12, 30), (16, 60), (20, 60), (24, 80), (32, 150), (40, 150)];
    for (length, bound) in bounds {
        let codes = (0..10_000).map(|_| {
            let digits = (0..length).map(|_| char::from_digit(next(&mut seed) % 16, 16).unwrap());
            digits.collect::<String>().to_ascii_uppercase()
        });
        let wrong = codes.filter(|code| GSM_READER.read(code.as_bytes()).text != *code).count();
        println!("{length} digits: {wrong} of 10,000");
        assert!(wrong <= bound, "{length} digits: {wrong} of 10,000");
    }
}

#[test]
fn what_is_read_wrongly_without_a_habit_is_read_rightly_with_it() {
    // A code of so many digits has the same shape, and the standard says that it is plain.
    for (string, encoding, text) in [
        ("CF25", UssdEncoding::Packed, "OK"),
        ("D6375D5E06", UssdEncoding::Packed, "Votre"),
        ("D655C778", UssdEncoding::Ucs2, "확인"),
        ("4F59989D4E0D8DB3", UssdEncoding::Ucs2, "余额不足"),
        ("041E041A", UssdEncoding::Ucs2, "ОК"),
        ("4F4B", UssdEncoding::Bytes, "OK"),
    ] {
        let without = GSM_READER.read(string.as_bytes());
        assert_eq!((without.text.as_str(), without.encoding), (string, UssdEncoding::Plain));
        let with = GSM_READER.habit(encoding).read(string.as_bytes());
        assert_eq!((with.text.as_str(), with.encoding), (text, encoding), "{string}");
        assert_eq!(with.habit(), Some(encoding));
    }
}

#[test]
fn words_stay_words_and_digits_stay_digits_whatever_the_habit() {
    for habit in [UssdEncoding::Packed, UssdEncoding::Ucs2, UssdEncoding::Bytes] {
        for string in ["FACE", "CAFE", "BEEF", "ABBA", "DEADBEEF", "CAFEBABE", "DECADE", "1234"]
            .into_iter()
            .chain(["447700900123", "00310032", "12345678901234", "Balance: 5", "+1"])
        {
            let reading = GSM_READER.habit(habit).read(string.as_bytes());
            assert_eq!(reading.text, string, "{habit:?}");
        }
    }
    // A modem that writes texts plainly still gets a longer text of UCS-2 read.
    let reader = GSM_READER.habit(UssdEncoding::Plain).dcs(CbsDcs::GSM7);
    assert_eq!(reader.read(ucs2("Ваш баланс").as_bytes()).text, "Ваш баланс");
}

fn reading(reader: UssdReader, string: &str) -> (String, UssdEncoding, UssdReason) {
    let UssdReading { text, encoding, reason, .. } = reader.read(string.as_bytes());
    (text, encoding, reason)
}

#[test]
fn each_row_of_the_table_decides() {
    use UssdEncoding::{Bytes, Packed, Plain, Ucs2};

    let rows: &[(UssdReader, &str, &str, UssdEncoding, UssdReason)] = &[
        // 1: the application.
        (GSM_READER.force(Packed), "AA180C3602", "*100#", Packed, UssdReason::Forced),
        (GSM_READER.force(Plain), "004F004B", "004F004B", Plain, UssdReason::Forced),
        (GSM_READER.force(Ucs2), "00310032", "12", Ucs2, UssdReason::Forced),
        (GSM_READER.force(Bytes), "31", "1", Bytes, UssdReason::Forced),
        (under(Some(72)).force(Plain), "0031", "0031", Plain, UssdReason::Forced),
        // A string that cannot have the forced encoding.
        (GSM_READER.force(Packed), "Balance", "Balance", Plain, UssdReason::NotHexadecimal),
        (GSM_READER.force(Ucs2), "31", "31", Plain, UssdReason::NotHexadecimal),
        // 2: the shape.
        (under(Some(72)), "Balance", "Balance", Plain, UssdReason::NotHexadecimal),
        (under(Some(72)), "BADCAFE", "BADCAFE", Plain, UssdReason::NotHexadecimal),
        (GSM_READER, "", "", Plain, UssdReason::NotHexadecimal),
        // 3: the scheme, by its group and not by one value.
        (under(Some(0x48)), "00310032", "12", Ucs2, UssdReason::Scheme),
        (under(Some(0x48)), "0031", "1", Ucs2, UssdReason::Scheme),
        (under(Some(0x4B)), "ABBA", "\u{ABBA}", Ucs2, UssdReason::Scheme),
        (under(Some(0x58)), "20AC0035", "€5", Ucs2, UssdReason::Scheme),
        (under(Some(0x5B)), "20AC0035", "€5", Ucs2, UssdReason::Scheme),
        (under(Some(0x48)), "00310000FFFF60B1", "1", Ucs2, UssdReason::Scheme),
        // Two octets of language come first.
        (under(Some(0x11)), "6139063106350000FFFF", "رص", Ucs2, UssdReason::Scheme),
        // 4: the character set.
        (UssdReader::new(Charset::Ucs2), "0031", "1", Plain, UssdReason::CharacterSet),
        (UssdReader::new(Charset::Ucs2), "041E041A", "ОК", Plain, UssdReason::CharacterSet),
        (UssdReader::new(Charset::Ucs2), "D655C778", "확인", Plain, UssdReason::CharacterSet),
        (UssdReader::new(Charset::Ucs2), "447700900123", "447700900123", Plain, UssdReason::Digits),
        (
            UssdReader::new(Charset::Ucs2),
            "EBB79B1E0685E9ECF4BADE9E03",
            "konta atlikums",
            Packed,
            UssdReason::Shortest,
        ),
        // 5: a scheme that is UCS-2 in SMS.
        (under(Some(8)), "00310032", "12", Ucs2, UssdReason::Scheme),
        (under(Some(8)), "447700900123", "447700900123", Plain, UssdReason::Digits),
        // 6: digits.
        (under(Some(15)), "00310032", "00310032", Plain, UssdReason::Digits),
        (under(Some(0x44)), "31323334", "31323334", Plain, UssdReason::Digits),
        (UssdReader::new(Charset::Hex), "31323334", "1234", Plain, UssdReason::Shortest),
        // 7: a code.
        (GSM_READER, "CAFE", "CAFE", Plain, UssdReason::Short),
        (GSM_READER, "4F", "4F", Plain, UssdReason::Short),
        // 8: the shortest description.
        (GSM_READER, "EBB79B1E0685E9ECF4BADE9E03", "konta atlikums", Packed, UssdReason::Shortest),
        (GSM_READER, "5468616E6B73", "Thanks", Bytes, UssdReason::Shortest),
        (under(Some(0x44)), "5468616E", "Than", Bytes, UssdReason::Shortest),
        (GSM_READER, "004F004B", "OK", Ucs2, UssdReason::Shortest),
        // Three septets of language come first, packed or plain.
        (under(Some(0x10)), "657743186687DDE3B20E5403", "Balance: 5", Packed, UssdReason::Shortest),
        (under(Some(0x10)), "en\rBalance: 5", "Balance: 5", Plain, UssdReason::NotHexadecimal),
    ];
    for (reader, string, text, encoding, reason) in rows {
        let expected = ((*text).to_owned(), *encoding, *reason);
        assert_eq!(reading(*reader, string), expected, "{string} {reader:?}");
    }
}

/// The strings of modems that were reported, from 3GPP TS 23.038 read by hand.
#[test]
fn the_strings_of_known_modems_are_read() {
    let chinese = "60A876844F59989D4E3A00310032002E003500305143FF0C67096548671F81F300320030003200365E740031003267080033003165E5";
    for (string, scheme, text) in [
        (chinese, Some(15), "您的余额为12.50元，有效期至2026年12月31日"),
        (&chinese[..44], Some(88), "您的余额为12.50元"),
        // Huawei E160: packed, under scheme 15 or none.
        (
            "49B41C74ACD3D16171D90D32FBE52072BA0C72CA5DB45CAC76C3CD6CB41B2D060389CB74F9FE4C07D55C371CA85897BF1B",
            Some(15),
            "Ihr Guthaben für die Nr.4915783647410 beträgt 5.78 Euro",
        ),
        (
            "49B41C74ACD3D16171D90D66666666666666666666B45CAC76C3CD6CB41B2D060389CB74F9FE4C07DD5CB91AA85897BF1B",
            None,
            "Ihr Guthaben¿LΘ3fLΘ3fLΘ34915783647410 beträgt 7.95 Euro",
        ),
        // MikroTik R11e-LTE: packed, under scheme 0.
        ("EBB79B1E0685E9ECF4BADE9E03", Some(0), "konta atlikums"),
        // Bytes of ASCII, under scheme 0.
        ("536973612070756C73612052702E333030302E41", Some(0), "Sisa pulsa Rp.3000.A"),
        // Huawei E3276.
        (
            "0414043B044F00200441043F044004300432043A0438002A0031003000350023",
            Some(72),
            "Для справки*105#",
        ),
        // Telit HE910: two octets of language before the text, and the rest of a buffer after it.
        (
            "613906310635064A062F06430020003100300037002E003900330000FFFF60B16260EEEEFFFF",
            Some(17),
            "رصيدك 107.93",
        ),
    ] {
        assert_eq!(under(scheme).read(string.as_bytes()).text, text, "{string}");
    }
}
