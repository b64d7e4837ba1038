//! Near characters for those that an alphabet lacks.

use gsm7::{Alphabet, Language, count, transliterate};
use proptest::prelude::*;

#[test]
fn typography_becomes_plain() {
    for (text, plain) in [
        ("‘a’ ‚b‛ `c´", "'a' 'b' 'c'"),
        ("“a” „b‟ «c» ‹d›", "\"a\" \"b\" \"c\" <d>"),
        ("a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h"),
        ("wait…", "wait..."),
        ("1\u{A0}000\u{202F}km\u{2009}\t!", "1 000 km  !"),
        ("soft\u{AD}hyphen zero\u{200B}width", "softhyphen zerowidth"),
        ("½ × 2 © ™ №", "1/2 x 2 (c) (TM) No"),
    ] {
        assert_eq!(transliterate(text, Alphabet::DEFAULT).to_string(), plain);
    }
}

#[test]
fn letters_lose_only_the_accents_that_the_alphabet_lacks() {
    for (text, plain) in [
        ("Žluťoučký kůň", "Zlutoucky kun"),
        ("Łódź, Győr, Şişli", "Lodz, Gyor, Sisli"),
        ("äöüß éèàùìò ÆØÅ Ññ Ç", "äöüß éèàùìò ÆØÅ Ññ Ç"),
        ("ÁÈÔ áêî ç", "AEO aei c"),
        ("Tiếng Việt ǘ Ǿ", "Tieng Viet ü Ø"),
        ("Œuvre Þór", "OEuvre THor"),
    ] {
        assert_eq!(transliterate(text, Alphabet::DEFAULT).to_string(), plain);
    }
}

#[test]
fn combining_marks_are_put_together_or_dropped() {
    assert_eq!(
        transliterate("cafe\u{301} u\u{308} o\u{301} z\u{30C}", Alphabet::DEFAULT).to_string(),
        "café ü o z"
    );
    assert_eq!(transliterate("\u{301}a", Alphabet::DEFAULT).to_string(), "a");
}

#[test]
fn what_has_no_near_character_stays() {
    assert_eq!(transliterate("日本 ж 😀", Alphabet::DEFAULT).to_string(), "日本 ж 😀");
}

#[test]
fn another_alphabet_keeps_its_own_letters() {
    let turkish = Alphabet::locking(Language::TURKISH);
    assert_eq!(transliterate("Şişli ő", turkish).to_string(), "Şişli o");
    // Portuguese has no Ö.
    let portuguese = Alphabet::both(Language::PORTUGUESE);
    assert_eq!(transliterate("Ñ Ȫ ß ã", portuguese).to_string(), "N O ss ã");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 256 }))]

    #[test]
    fn texts_of_the_alphabet_stay_and_others_come_no_further_from_it(text in "[ -z¡-ſ–—‘’“”…]{0,40}") {
        let plain = transliterate(&text, Alphabet::DEFAULT).to_string();
        if count(&text, Alphabet::DEFAULT).is_ok() {
            prop_assert_eq!(&plain, &text);
        }
        let missing = |text: &str| text.chars().filter(|&c| Alphabet::DEFAULT.cost(c).is_none()).count();
        prop_assert!(missing(&plain) <= missing(&text));
        prop_assert_eq!(transliterate(&plain, Alphabet::DEFAULT).to_string(), plain);
    }

    #[test]
    fn any_text_is_taken(text: String) {
        let _ = transliterate(&text, Alphabet::DEFAULT).count();
    }
}
