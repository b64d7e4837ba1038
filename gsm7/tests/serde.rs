//! Saved forms: they read as documented, and round-trip.

use gsm7::charset::Charset;
use gsm7::{Alphabet, Coding, Codings, Language};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn survives<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value, "{json}");
}

#[test]
fn the_saved_forms_are_those_of_the_documentation() {
    let json = |value| serde_json::to_string(&value).unwrap();
    let turkish = Coding::Gsm7(Alphabet::locking(Language::TURKISH));
    assert_eq!(json(Coding::Ucs2), r#""ucs2""#);
    assert_eq!(json(turkish), r#"{"gsm7":{"locking":1,"single":null}}"#);
    assert_eq!(serde_json::to_string(&Charset::Iso8859_1).unwrap(), r#""8859-1""#);
    assert_eq!(
        serde_json::to_string(&Codings::DEFAULT).unwrap(),
        r#"[{"gsm7":{"locking":null,"single":null}},"ucs2"]"#,
    );
}

#[test]
fn a_charset_is_saved_by_its_name() {
    for charset in Charset::ALL {
        assert_eq!(serde_json::to_value(charset).unwrap(), charset.name());
        survives(&charset);
    }
}

#[test]
fn a_set_of_codings_has_at_least_one() {
    let error = serde_json::from_str::<Codings>("[]").unwrap_err();
    assert!(error.to_string().contains("a list of one or more codings"), "{error}");
}

proptest! {
    #[test]
    fn values_round_trip(
        locking in option::of(any::<u8>()),
        single in option::of(any::<u8>()),
        languages in prop::collection::vec(0..16_u8, 0..4),
    ) {
        let [locking, single] = [locking, single].map(|raw| raw.map(Language::new));
        survives(&Alphabet { locking, single });
        survives(&Coding::Gsm7(Alphabet { locking, single }));
        for base in [Codings::DEFAULT, Codings::GSM7, Codings::UCS2] {
            survives(&languages.iter().fold(base, |codings, &language| {
                codings.with_language(Language::new(language))
            }));
        }
    }
}
