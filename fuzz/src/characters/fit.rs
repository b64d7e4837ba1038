//! The cheapest coding, and the cuts of a text.

use gsm7::{Coding, Codings, Language};

use crate::input::Input;

pub(super) fn fit(input: &mut Input<'_>, text: &str) {
    let codings = codings(input);
    let budget = usize::from(input.byte());
    let mut cheapest: Option<(usize, Coding, usize)> = None;
    for coding in codings.iter() {
        let costs: Option<Vec<usize>> =
            text.chars().map(|character| coding.cost(character)).collect();
        let Some(units) = costs.map(|costs| costs.iter().sum()) else {
            assert!(coding.count(text).is_err());
            continue;
        };
        assert_eq!(coding.count(text), Ok(units));
        let bits = bits(coding, units);
        if cheapest.is_none_or(|(least, ..)| bits < least) {
            cheapest = Some((bits, coding, units));
        }
    }
    let Ok(fit) = gsm7::fit(text, codings) else {
        assert_eq!(cheapest, None);
        return;
    };
    let Some((_, coding, units)) = cheapest else { panic!("{fit:?}") };
    assert_eq!((fit.coding(), fit.units()), (coding, units));
    assert_eq!(fit.costs().map(|cost| cost.units).sum::<usize>(), units);
    assert_eq!(fit.forced_by().is_none(), gsm7::count(text, gsm7::Alphabet::DEFAULT).is_ok());

    let pieces: Vec<&str> = fit.cuts(budget).collect();
    assert_eq!(pieces.concat(), text);
    let budget = budget.max(2);
    for (piece, next) in pieces.iter().zip(pieces.iter().skip(1)) {
        let first = next.chars().next().and_then(|character| coding.cost(character)).unwrap();
        let units = coding.count(piece).unwrap();
        assert!(units <= budget && units + first > budget, "{piece:?} of {budget}");
    }
    assert!(pieces.last().is_some_and(|last| coding.count(last).unwrap() <= budget));
    assert_eq!(fit.parts(units, budget), 1);
    assert_eq!(fit.parts(0, budget), if units == 0 { 1 } else { pieces.len() });
}

pub(crate) fn codings(input: &mut Input<'_>) -> Codings {
    let mut codings = match input.byte() % 4 {
        0 => Codings::GSM7,
        1 => Codings::UCS2,
        _ => Codings::DEFAULT,
    };
    for _ in 0..input.byte() % 4 {
        let choice = input.byte();
        let language = Language::new(choice >> 2);
        codings = match choice % 4 {
            0 => codings.with_locking(language),
            1 => codings.with_single(language),
            _ => codings.with_language(language),
        };
    }
    codings
}

/// The bits of the text in a message, including the header that names a language.
fn bits(coding: Coding, units: usize) -> usize {
    match coding {
        Coding::Ucs2 => 16 * units,
        Coding::Gsm7(alphabet) => {
            let header = match (alphabet.locking, alphabet.single) {
                (None, None) => 0,
                (Some(_), Some(_)) => 7,
                _ => 4,
            };
            // The header occupies whole septets.
            7 * (units + (8 * header as usize).div_ceil(7))
        }
    }
}
