//! Reference vectors of other projects, in the folder that the variable `MODEM_SHARED` names.

use std::path::{Path, PathBuf};

use gsm7::{
    Alphabet, Language, decode_strict_to_string, decode_to_string, encode_to_vec, pack_to_vec,
    pack_ussd_to_vec, ucs2, unpack_to_vec, unpack_ussd_to_vec,
};
use serde_json::Value;

/// Rows that contradict the standard.
const KNOWN_DIFFERENCES: [(&str, &str); 3] = [
    ("gsm7-pack-002", "23.040, 9.2.3.24: fill bits take an octet even where no septet follows"),
    (
        "edge-005",
        "23.038, 6.1.2.3.1: a carriage return that ends off an octet boundary is not taken away",
    ),
    ("ussd-unpack-011", "the same"),
];

struct Row {
    id: String,
    kind: String,
    input: String,
    expected: Value,
}

impl Row {
    fn text(&self, name: &str) -> Option<&str> {
        self.expected.get(name)?.as_str()
    }

    fn octets(&self, name: &str) -> Option<Vec<u8>> {
        self.text(name).map(hex)
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.expected.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok())
    }

    fn fill_bits(&self) -> u8 {
        let bits = self.number("fill_bits").or(self.number("bit_offset")).unwrap_or(0);
        u8::try_from(bits).unwrap()
    }

    fn refused(&self) -> bool {
        self.expected.get("error").is_some_and(|error| !error.is_null() && error != false)
    }

    /// The tables; `None` if the tables of the row are not part of the standard.
    fn alphabet(&self) -> Option<Alphabet> {
        let language = |name: &str| match self.text(name) {
            Some("turkish") => Some(Language::TURKISH),
            Some("spanish") => Some(Language::SPANISH),
            Some("portuguese") => Some(Language::PORTUGUESE),
            _ => None,
        };
        let alphabet = Alphabet { locking: language("locking"), single: language("single") };
        let source = self.text("_src").unwrap_or_default();
        match source.rsplit(' ').next().unwrap_or_default() {
            "TestWithCharset" => Some(Alphabet::locking(Language::TURKISH)),
            "TestWithExtCharset" => Some(Alphabet::single(Language::TURKISH)),
            _ if source.contains("coderWith") || source.contains("DecoderStrict/") => None,
            _ => Some(alphabet),
        }
    }

    /// Returns `true` if the row holds, and `None` if it is not about this crate.
    fn holds(&self) -> Option<bool> {
        let input = || hex(&self.input);
        let out = || self.octets("out").or(self.octets("packed")).or(self.octets("unpacked"));
        Some(match self.kind.as_str() {
            "gsm7-pack" => pack_to_vec(&input(), self.fill_bits()).ok() == out(),
            "gsm7-unpack" => {
                let count = self.number("septets").or(out().map(|out| out.len()))?;
                let septets = unpack_to_vec(&input(), self.fill_bits(), count).ok()?;
                match self.text("text") {
                    Some(text) => decode_to_string(&septets, Alphabet::DEFAULT) == text,
                    None => Some(septets) == out(),
                }
            }
            // Fill bits before a USSD string are not part of the standard.
            "ussd-pack" | "ussd-unpack" if self.fill_bits() > 0 => return None,
            "ussd-pack" => {
                let septets =
                    self.text("text").and_then(|text| encode_to_vec(text, Alphabet::DEFAULT).ok());
                pack_ussd_to_vec(&septets.unwrap_or_else(input)).ok() == out()
            }
            "ussd-unpack" => {
                let septets = unpack_ussd_to_vec(&input());
                match self.text("text") {
                    Some(text) => decode_to_string(&septets, Alphabet::DEFAULT) == text,
                    None => Some(septets) == out(),
                }
            }
            "ussd-encode" if self.number("dcs") == Some(15) => {
                let text = self.input.replace("\\r", "\r");
                let septets = encode_to_vec(&text, Alphabet::DEFAULT).ok()?;
                pack_ussd_to_vec(&septets).ok() == self.octets("data")
            }
            "ussd-encode" => Some(ucs2::encode_to_vec(&self.input)) == self.octets("data"),
            "ussd-decode" => match self.number("dcs") {
                Some(240) => {
                    let septets = unpack_ussd_to_vec(&input());
                    Some(decode_to_string(&septets, Alphabet::DEFAULT).as_str())
                        == self.text("text")
                }
                Some(72) => Some(ucs2::decode_to_string(&input()).as_str()) == self.text("text"),
                _ => return None,
            },
            "gsm7-char" => {
                let alphabet = self.alphabet()?;
                let code =
                    u32::from_str_radix(self.text("unicode")?.trim_start_matches("U+"), 16).ok()?;
                let text = char::from_u32(code)?.to_string();
                decode_strict_to_string(&input(), alphabet).as_ref() == Ok(&text)
                    && encode_to_vec(&text, alphabet)
                        .is_ok_and(|septets| septets.len() <= input().len())
            }
            "gsm7-decode" | "gsm7-decode-unpacked" => {
                let alphabet = self.alphabet()?;
                let septets = match self.number("septets") {
                    Some(count) => unpack_to_vec(&input(), 0, count).ok()?,
                    None => input(),
                };
                if self.refused() {
                    decode_strict_to_string(&septets, alphabet).is_err()
                } else {
                    Some(decode_to_string(&septets, alphabet).as_str()) == self.text("text")
                }
            }
            "gsm7-encode" => {
                let septets = encode_to_vec(self.text("text")?, self.alphabet()?);
                if self.refused() {
                    septets.is_err()
                } else {
                    septets.ok() == self.octets("septets")
                }
            }
            "ucs2-encode" => Some(ucs2::encode_to_vec(self.text("text")?)) == out(),
            "ucs2-decode" if self.refused() => ucs2::decode_strict_to_string(&input()).is_err(),
            "ucs2-decode" => Some(ucs2::decode_to_string(&input()).as_str()) == self.text("text"),
            _ => return None,
        })
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.filter_map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn shared() -> PathBuf {
    std::env::var_os("MODEM_SHARED")
        .expect("MODEM_SHARED names the folder with the reference vectors")
        .into()
}

fn rows(folder: &Path) -> Vec<Row> {
    let vectors = folder.join("vectors");
    let mut rows = Vec::new();
    for name in ["ofono.tsv", "warthog618.tsv"] {
        let file = std::fs::read_to_string(vectors.join(name)).expect("the file of vectors");
        for line in file.lines().skip(1) {
            let [id, kind, input, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
                continue;
            };
            let expected = serde_json::from_str(expected).expect("a JSON object");
            rows.push(Row { id: id.into(), kind: kind.into(), input: input.into(), expected });
        }
    }
    rows
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn vectors_of_other_projects_hold() {
    let rows = rows(&shared());
    let checked: Vec<_> = rows.iter().filter_map(|row| Some((row, row.holds()?))).collect();
    let differs = |row: &Row| KNOWN_DIFFERENCES.iter().any(|(id, _)| *id == row.id);
    let wrong: Vec<String> = checked
        .iter()
        .filter(|(row, holds)| *holds == differs(row))
        .map(|(row, _)| format!("{} {} {} {}", row.id, row.kind, row.input, row.expected))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!(
        "{} rows hold, {} differ as known",
        checked.len() - KNOWN_DIFFERENCES.len(),
        KNOWN_DIFFERENCES.len()
    );
    assert!(checked.len() > 350, "only {} rows were understood", checked.len());
}
