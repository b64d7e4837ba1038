//! The cheapest coding, its cost, and the cuts of a text.

use gsm7::{Alphabet, Coding, Codings, EncodeError, Fit, Language, fit};
use proptest::prelude::*;

const PLAIN: Coding = Coding::Gsm7(Alphabet::DEFAULT);

#[test]
fn the_default_alphabet_is_taken_where_it_has_every_character() {
    for (text, coding, units, forced_by) in [
        ("", PLAIN, 0, None),
        ("hello", PLAIN, 5, None),
        ("{€}", PLAIN, 6, None),
        ("ж", Coding::Ucs2, 1, Some((0, 'ж'))),
        ("né😀`", Coding::Ucs2, 5, Some((3, '😀'))),
        ("tick `", Coding::Ucs2, 6, Some((5, '`'))),
    ] {
        let fit = fit(text, Codings::DEFAULT).unwrap();
        assert_eq!(
            (fit.coding(), fit.units(), fit.forced_by()),
            (coding, units, forced_by),
            "{text:?}"
        );
    }
}

#[test]
fn a_language_is_taken_where_it_is_allowed_and_cheaper_with_its_header() {
    let single = Coding::Gsm7(Alphabet::single(Language::TURKISH));
    let locking = Coding::Gsm7(Alphabet::locking(Language::TURKISH));
    let hindi = Coding::Gsm7(Alphabet::locking(Language::HINDI));
    let both =
        Coding::Gsm7(Alphabet { locking: Some(Language::HINDI), single: Some(Language::TURKISH) });
    let turkish = Codings::DEFAULT.with_language(Language::TURKISH);
    for (text, allowed, coding) in [
        ("plain", turkish, PLAIN),
        // Two septets each, or one and five of header.
        ("€€€€€", turkish, PLAIN),
        ("€€€€€€", turkish, locking),
        ("€€€€€€", Codings::DEFAULT.with_single(Language::TURKISH), PLAIN),
        // 17 units of 16 bits are 272, 34 septets and five of header are 273.
        (&"ş".repeat(17), Codings::DEFAULT.with_single(Language::TURKISH), Coding::Ucs2),
        (&"ş".repeat(18), Codings::DEFAULT.with_single(Language::TURKISH), single),
        // 16 bits against 5 septets of header and one or two of text.
        ("ş", turkish, Coding::Ucs2),
        ("Bugün hava çok güzel, değil mi", turkish, locking),
        ("Bugün hava çok güzel, değil mi", Codings::DEFAULT.with_single(Language::TURKISH), single),
        ("Bugün hava çok güzel, değil mi", Codings::DEFAULT, Coding::Ucs2),
        ("नमस्ते दुनिया", Codings::DEFAULT.with_language(Language::HINDI), hindi),
        ("नमस्ते दुनिया ş", turkish.with_language(Language::HINDI), both),
        ("नमस्ते दुनिया 😀", turkish.with_language(Language::HINDI), Coding::Ucs2),
    ] {
        assert_eq!(fit(text, allowed).unwrap().coding(), coding, "{text:?}");
    }
}

#[test]
fn what_no_allowed_coding_has_is_an_error_with_its_position() {
    let refused = fit("né ж", Codings::GSM7);
    assert_eq!(refused, Err(EncodeError::NotInAlphabet { position: 4, character: 'ж' }));
    assert_eq!(fit("né ж", Codings::UCS2).unwrap().coding(), Coding::Ucs2);
    assert_eq!(fit("abc", Codings::UCS2).unwrap().coding(), Coding::Ucs2);
}

#[test]
fn codings_list_the_default_alphabet_first_and_ucs2_last() {
    assert!(Codings::DEFAULT.iter().eq([PLAIN, Coding::Ucs2]));
    assert!(Codings::UCS2.iter().eq([Coding::Ucs2]));
    let turkish = Codings::GSM7.with_language(Language::TURKISH);
    assert!(turkish.iter().eq([
        PLAIN,
        Coding::Gsm7(Alphabet::single(Language::TURKISH)),
        Coding::Gsm7(Alphabet::locking(Language::TURKISH)),
        Coding::Gsm7(Alphabet::both(Language::TURKISH)),
    ]));
    assert_eq!(turkish.with_language(Language::TURKISH), turkish);
    for one in [Codings::with_locking, Codings::with_single] {
        let codings = one(Codings::UCS2, Language::TURKISH);
        assert_eq!(codings.iter().next(), Some(PLAIN));
        assert_eq!((codings.iter().count(), codings.iter().last()), (3, Some(Coding::Ucs2)));
    }
    // Spanish has no locking shift table, and a reserved language none at all.
    assert_eq!(Codings::GSM7.with_language(Language::SPANISH).iter().count(), 2);
    assert_eq!(Codings::GSM7.with_language(Language::new(77)), Codings::GSM7);
    let all = Language::ALL.into_iter().fold(Codings::UCS2, Codings::with_language);
    assert_eq!(all.iter().count(), 13 * 14 + 1);
}

#[test]
fn messages_have_the_parts_of_the_standard_at_their_borders() {
    let parts = |text: &str, single, each| fit(text, Codings::DEFAULT).unwrap().parts(single, each);
    for (letters, count) in [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)] {
        assert_eq!(parts(&"a".repeat(letters), 160, 153), count, "{letters} letters");
    }
    for (letters, count) in [(70, 1), (71, 2), (134, 2), (135, 3)] {
        assert_eq!(parts(&"ж".repeat(letters), 70, 67), count, "{letters} letters");
    }
    // 153 and 67 are odd: a pair at the end goes to the next part.
    for (pairs, count) in [(80, 1), (81, 2), (152, 2), (153, 3)] {
        assert_eq!(parts(&"€".repeat(pairs), 160, 153), count, "{pairs} pairs");
    }
    for (pairs, count) in [(35, 1), (36, 2), (66, 2), (67, 3)] {
        assert_eq!(parts(&"😀".repeat(pairs), 70, 67), count, "{pairs} pairs");
    }
}

#[test]
fn an_empty_text_is_one_empty_piece_and_a_budget_of_nothing_is_two() {
    assert!(fit("", Codings::DEFAULT).unwrap().cuts(153).eq([""]));
    assert!(fit("a€b", Codings::DEFAULT).unwrap().cuts(0).eq(["a", "€", "b"]));
}

#[test]
fn a_piece_may_be_shorter_than_a_block() {
    let text = "x".repeat(70);
    for budget in 2..70 {
        let fit = fit(&text, Codings::DEFAULT).unwrap();
        assert!(
            fit.cuts(budget).eq(text
                .as_bytes()
                .chunks(budget)
                .map(|piece| core::str::from_utf8(piece).unwrap()))
        );
    }
}

/// 3GPP TS 23.040, 9.2.3.24.15: an element of three octets for each table.
#[test]
fn each_table_costs_three_octets_of_header() {
    let language = Language::TURKISH;
    for (alphabet, octets) in [
        (Alphabet::DEFAULT, 0),
        (Alphabet::locking(language), 3),
        (Alphabet::single(language), 3),
        (Alphabet::both(language), 6),
    ] {
        assert_eq!(alphabet.header_octets(), octets, "{alphabet:?}");
    }
}

#[test]
fn a_character_costs_one_or_two_units_or_is_not_there() {
    for (character, septets, units) in
        [('a', Some(1), 1), ('€', Some(2), 1), ('ж', None, 1), ('😀', None, 2)]
    {
        assert_eq!(PLAIN.cost(character), septets, "{character}");
        assert_eq!(Coding::Ucs2.cost(character), Some(units), "{character}");
    }
}

#[test]
fn costs_name_each_character_with_its_place() {
    let fit = Fit::new("a😀b", Coding::Ucs2).unwrap();
    let costs: Vec<_> =
        fit.costs().map(|cost| (cost.position, cost.character, cost.units)).collect();
    assert_eq!(costs, [(0, 'a', 1), (1, '😀', 2), (5, 'b', 1)]);
    assert_eq!(fit.text(), "a😀b");
    assert_eq!(fit.costs().size_hint(), fit.text().chars().size_hint());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

    #[test]
    fn pieces_are_the_text_fit_the_budget_and_could_not_be_longer(
        text in "([a-z]{0,50}[{}€£é]{0,3}){0,6}[😀ж]{0,2}[a-z]{0,40}",
        budget in 2..170usize,
        allowed in prop_oneof![Just(Codings::DEFAULT), Just(Codings::UCS2)],
    ) {
        let fit = fit(&text, allowed).unwrap();
        prop_assert_eq!(fit.units(), fit.costs().map(|cost| cost.units).sum::<usize>());
        let pieces: Vec<&str> = fit.cuts(budget).collect();
        prop_assert_eq!(&pieces.concat(), &text);
        let units = |text: &str| fit.coding().count(text).unwrap();
        for (index, piece) in pieces.iter().enumerate() {
            prop_assert!(units(piece) <= budget);
            if let Some(next) = pieces.get(index + 1).and_then(|next| next.chars().next()) {
                prop_assert!(units(piece) + fit.coding().cost(next).unwrap() > budget);
            }
        }
    }

    #[test]
    fn no_allowed_coding_is_cheaper(text in "[a-zğşıİçéà€{}ж]{0,40}") {
        let allowed = Codings::DEFAULT.with_language(Language::TURKISH).with_single(Language::SPANISH);
        let bits = |fit: &Fit<'_>| match fit.coding() {
            Coding::Ucs2 => 16 * fit.units(),
            Coding::Gsm7(alphabet) => 7 * fit.units() + [0, 35, 56][alphabet.header_octets() / 3],
        };
        let best = fit(&text, allowed).unwrap();
        for coding in allowed.iter() {
            if let Ok(other) = Fit::new(&text, coding) {
                prop_assert!(bits(&best) <= bits(&other));
            }
        }
    }

    #[test]
    fn nothing_panics(text: String, budget: usize) {
        let languages = Language::ALL.into_iter().fold(Codings::GSM7, Codings::with_language);
        let _ = fit(&text, languages);
        let fit = fit(&text, Codings::DEFAULT).unwrap();
        prop_assert_eq!(fit.cuts(budget).map(str::len).sum::<usize>(), text.len());
    }
}
