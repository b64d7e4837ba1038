//! Text in septets, 3GPP TS 23.038, 6.2.1.

use gsm7::{
    Alphabet, EncodeError, Flaw, Language, chars, count, decode, decode_strict_to_string,
    decode_to_string, decode_vec_to_string, encode, encode_lossy, encode_to_vec,
};
use proptest::prelude::*;

use crate::naive;

/// Generates all pairs of tables, with an unknown language among them.
fn alphabets() -> impl Iterator<Item = Alphabet> {
    let languages = || core::iter::once(None).chain((1..15).map(|raw| Some(Language::new(raw))));
    languages().flat_map(move |locking| languages().map(move |single| Alphabet { locking, single }))
}

fn alphabet() -> impl Strategy<Value = Alphabet> {
    let language =
        || prop_oneof![2 => Just(None), 1 => (0..16u8).prop_map(|raw| Some(Language::new(raw)))];
    (language(), language()).prop_map(|(locking, single)| Alphabet { locking, single })
}

/// Generates text of the default alphabet with a few characters that it lacks, in runs of plain
/// ASCII of any length.
fn mostly_plain() -> impl Strategy<Value = String> {
    let run = prop_oneof![
        4 => "[ -~\n\r]{0,70}",
        2 => "[a-z]{30,80}",
        2 => "[@_$a-z]{0,40}",
        2 => "[£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà]{1,3}",
        2 => "[\\^\\{\\}\\[\\]~|€\u{C}\\\\]{1,3}",
        1 => "[şğ₤😀`\u{0}\u{1B}\u{7F}]{0,1}",
    ];
    prop::collection::vec(run, 0..if cfg!(miri) { 3 } else { 8 }).prop_map(|runs| runs.concat())
}

#[test]
fn every_character_of_every_alphabet_survives() {
    for alphabet in alphabets().step_by(if cfg!(miri) { 112 } else { 1 }) {
        for septet in (0..128).filter(|&septet| septet != gsm7::ESCAPE) {
            for septets in [vec![septet], vec![gsm7::ESCAPE, septet]] {
                let Ok(text) = decode_strict_to_string(&septets, alphabet) else {
                    continue;
                };
                let encoded = encode_to_vec(&text, alphabet).unwrap();
                assert!(encoded.len() <= septets.len(), "{alphabet:?} {septets:02X?}");
                assert_eq!(decode_strict_to_string(&encoded, alphabet), Ok(text));
            }
        }
    }
}

#[test]
fn a_character_in_both_tables_takes_one_septet() {
    assert_eq!(encode_to_vec("€", Alphabet::both(Language::TURKISH)).as_deref(), Ok(&[0x04][..]));
    assert_eq!(
        encode_to_vec("€", Alphabet::single(Language::TURKISH)).as_deref(),
        Ok(&[0x1B, 0x65][..])
    );
}

#[test]
fn a_single_shift_table_replaces_the_default_extension() {
    let portuguese = Alphabet::single(Language::PORTUGUESE);
    assert_eq!(decode_to_string(&[0x1B, 0x0B], portuguese), "Ô");
    assert_eq!(decode_to_string(&[0x1B, 0x0B], Alphabet::DEFAULT), "Ø");
}

#[test]
fn errors_tell_the_byte_position_and_the_character() {
    let mut out = [0; 80];
    for (text, position, character) in
        [("ş", 0, 'ş'), ("éş", 2, 'ş'), ("€{\u{0}", 4, '\u{0}'), ("ab`", 2, '`')]
    {
        let error = EncodeError::NotInAlphabet { position, character };
        assert_eq!(encode(text, Alphabet::DEFAULT, &mut out), Err(error));
        assert_eq!(count(text, Alphabet::DEFAULT), Err(error));
    }
    for before in 0..70 {
        let text = ["x".repeat(before).as_str(), "😀", "y"].concat();
        let error = EncodeError::NotInAlphabet { position: before, character: '😀' };
        assert_eq!(encode(&text, Alphabet::DEFAULT, &mut out), Err(error));
        assert_eq!(count(&text, Alphabet::DEFAULT), Err(error));
    }
    let error = EncodeError::NotInAlphabet { position: 2, character: '₤' };
    assert_eq!(error.to_string(), "character '₤' at byte 2 is not in the alphabet");
}

#[test]
fn a_buffer_of_the_exact_length_does_and_a_shorter_one_is_refused() {
    let texts = [
        "",
        "a",
        "plain text that is a little longer than one block",
        "€ and {} and ~",
        "ÄÖÜ äöü ß §",
    ];
    for text in texts {
        let needed = count(text, Alphabet::DEFAULT).unwrap();
        let mut septets = vec![0; needed];
        assert_eq!(encode(text, Alphabet::DEFAULT, &mut septets), Ok(needed));
        let mut back = vec![0; text.len()];
        assert_eq!(decode(&septets, Alphabet::DEFAULT, &mut back).unwrap().strict(), Ok(text));
        for available in 0..needed {
            let refused = encode(text, Alphabet::DEFAULT, &mut vec![0; available]);
            assert_eq!(refused, Err(EncodeError::BufferTooSmall { needed, available }));
        }
        for available in 0..text.len() {
            let refused = decode(&septets, Alphabet::DEFAULT, &mut back[..available]).unwrap_err();
            assert_eq!((refused.needed, refused.available), (text.len(), available));
        }
    }
}

#[test]
fn lossy_encoding_replaces_each_character_that_is_missing() {
    let mut out = [0; 20];
    for (text, replacement, septets) in [
        ("日本", '?', &b"??"[..]),
        ("a😀b", '€', b"a\x1B\x65b"),
        ("plain", '?', b"plain"),
        ("\u{1B}", ' ', b" "),
    ] {
        let length = encode_lossy(text, Alphabet::DEFAULT, replacement, &mut out).unwrap();
        assert_eq!(&out[..length], septets);
    }
    let refused = encode_lossy("a", Alphabet::DEFAULT, '₤', &mut out);
    assert_eq!(refused, Err(EncodeError::Replacement('₤')));
    let short = encode_lossy("日本語", Alphabet::DEFAULT, '€', &mut out[..3]);
    assert_eq!(short, Err(EncodeError::BufferTooSmall { needed: 6, available: 3 }));
}

#[test]
fn the_first_flaw_is_told_with_its_index() {
    let bengali = Alphabet::both(Language::BENGALI);
    let cases: &[(&[u8], Alphabet, &str, Flaw)] = &[
        (
            &[0x41, 0x1B, 0x15],
            Alphabet::DEFAULT,
            "AΩ",
            Flaw::UndefinedExtension { index: 1, septet: 0x15 },
        ),
        (
            &[0x1B, 0x0D],
            Alphabet::DEFAULT,
            "\r",
            Flaw::UndefinedExtension { index: 0, septet: 0x0D },
        ),
        (&[0x1B, 0x1B, 0x65], Alphabet::DEFAULT, " e", Flaw::ReservedEscape { index: 0 }),
        (&[0x41, 0x1B], Alphabet::DEFAULT, "A ", Flaw::DanglingEscape { index: 1 }),
        (&[0x80, 0x1B], Alphabet::DEFAULT, "\u{FFFD} ", Flaw::Undefined { index: 0, septet: 0x80 }),
        (
            &[0x1B, 0xFF],
            Alphabet::DEFAULT,
            "\u{FFFD}",
            Flaw::UndefinedExtension { index: 0, septet: 0xFF },
        ),
        (&[0x3F, 0x11], bengali, "?\u{FFFD}", Flaw::Undefined { index: 1, septet: 0x11 }),
    ];
    for &(septets, alphabet, text, flaw) in cases {
        assert_eq!(decode_to_string(septets, alphabet), text, "{septets:02X?}");
        assert_eq!(decode_vec_to_string(septets.to_vec(), alphabet), text, "{septets:02X?}");
        assert_eq!(decode_strict_to_string(septets, alphabet), Err(flaw));
        let mut out = [0; 16];
        assert_eq!(decode(septets, alphabet, &mut out).unwrap().strict(), Err(flaw));
        let mut characters = chars(septets, alphabet);
        assert!(characters.by_ref().eq(text.chars()));
        assert_eq!(characters.flaw(), Some(flaw));
    }
}

#[test]
fn a_flaw_after_a_long_plain_text_is_found() {
    for before in 0..100 {
        let mut septets = vec![0x61; before];
        septets.extend([0x1B, 0x61]);
        septets.extend([0x62; 40]);
        let flaw = Flaw::UndefinedExtension { index: before, septet: 0x61 };
        assert_eq!(decode_strict_to_string(&septets, Alphabet::DEFAULT), Err(flaw));
    }
}

#[test]
fn as_many_characters_as_septets_are_left_or_half_as_many() {
    let mut characters = chars(b"a\x1Bebc", Alphabet::DEFAULT);
    for hint in [(3, Some(5)), (2, Some(4)), (1, Some(2)), (1, Some(1)), (0, Some(0))] {
        assert_eq!(characters.size_hint(), hint);
        characters.next();
    }
    assert_eq!(characters.next(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 400 }))]

    #[test]
    fn encoding_agrees_with_looking_everything_up(text in mostly_plain(), alphabet in alphabet()) {
        for alphabet in [alphabet, Alphabet::DEFAULT] {
            match naive::encode(&text, alphabet) {
                Ok(septets) => {
                    prop_assert_eq!(count(&text, alphabet), Ok(septets.len()));
                    prop_assert_eq!(encode_to_vec(&text, alphabet), Ok(septets.clone()));
                    prop_assert_eq!(decode_strict_to_string(&septets, alphabet), Ok(text.clone()));
                }
                Err((position, character)) => {
                    let error = EncodeError::NotInAlphabet { position, character };
                    prop_assert_eq!(count(&text, alphabet), Err(error));
                    prop_assert_eq!(encode_to_vec(&text, alphabet), Err(error));
                }
            }
        }
    }

    #[test]
    fn decoding_agrees_with_septet_by_septet(
        septets in prop_oneof![
            prop::collection::vec(0..128u8, 0..200),
            prop::collection::vec(prop_oneof![8 => 0x20..0x7Bu8, 1 => any::<u8>()], 0..200),
        ],
        alphabet in alphabet(),
    ) {
        for alphabet in [alphabet, Alphabet::DEFAULT] {
            let text = naive::decode(&septets, alphabet);
            prop_assert_eq!(&decode_to_string(&septets, alphabet), &text);
            prop_assert_eq!(&decode_vec_to_string(septets.clone(), alphabet), &text);
            prop_assert_eq!(&chars(&septets, alphabet).to_string(), &text);
            prop_assert!(chars(&septets, alphabet).eq(text.chars()));
            let mut out = vec![0; 3 * septets.len()];
            let decoded = decode(&septets, alphabet, &mut out).unwrap();
            prop_assert_eq!(decoded.text, &text);
            let mut one_by_one = chars(&septets, alphabet);
            one_by_one.by_ref().for_each(drop);
            prop_assert_eq!(decoded.flaw, one_by_one.flaw());
        }
    }

    #[test]
    fn any_text_in_any_room_never_panics(text: String, alphabet in alphabet(), room in 0..40usize) {
        let mut out = vec![0; room];
        let _ = encode(&text, alphabet, &mut out);
        let _ = encode_lossy(&text, alphabet, '?', &mut out);
        let _ = decode(text.as_bytes(), alphabet, &mut out);
    }

    #[test]
    fn lossy_is_strict_where_nothing_is_missing(text in mostly_plain()) {
        let mut out = vec![0; 2 * text.len()];
        let lossy = encode_lossy(&text, Alphabet::DEFAULT, '?', &mut out).unwrap();
        let only_known = text.chars().map(|c| if Alphabet::DEFAULT.cost(c).is_some() { c } else { '?' });
        let only_known: String = only_known.collect();
        out.truncate(lossy);
        prop_assert_eq!(encode_to_vec(&only_known, Alphabet::DEFAULT), Ok(out));
    }
}
