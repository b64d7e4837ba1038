//! The fewest parts, and no cut inside a character or grapheme cluster.

use core::time::Duration;

use gsm7::{Alphabet, Coding, Codings, Language};
use pdu::{
    Class, Deliver, Outcome, Ports, Reassembler, Reference, RelativeValidity, ReportRequest, Split,
    SplitError, SubmitTemplate, Timestamp, UserData, split_data, split_text,
};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

const REFERENCES: [Reference; 2] = [Reference::Eight(1), Reference::Sixteen(1)];

fn split(text: &str, codings: Codings) -> Split<UserData> {
    split_text(text, codings, None, Reference::Eight(1)).unwrap()
}

/// Returns the characters in each part.
fn shape(text: &str, codings: Codings) -> Vec<usize> {
    join(&split(text, codings)).1.iter().map(|part| part.chars().count()).collect()
}

/// Returns the text of the whole message, reassembled, and of each part alone.
fn join(split: &Split<UserData>) -> (String, Vec<String>) {
    let dcs = pdu::Dcs::of(split.coding, None);
    let empty = Deliver::new("+37120000000".parse().unwrap(), Timestamp::default());
    let delivers = split.parts.iter().map(|&user_data| empty.with_user_data(dcs, user_data));
    let mut reassembler = Reassembler::default();
    let mut whole = None;
    let mut parts = Vec::new();
    for deliver in delivers {
        parts.push(deliver.text().unwrap());
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            whole = message.text();
        }
    }
    (whole.expect("complete"), parts)
}

#[test]
fn limits_of_one_part_and_of_several() {
    let wide = |text: &str, count: usize, codings, reference| {
        split_text(&text.repeat(count), codings, None, reference).unwrap().parts.len()
    };
    for (text, one, eight, sixteen) in
        [("a", 160, 153, 152), ("€", 80, 76, 76), ("ж", 70, 67, 66), ("😱", 35, 33, 33)]
    {
        assert_eq!(wide(text, one, Codings::DEFAULT, REFERENCES[0]), 1, "{text}");
        assert_eq!(wide(text, one + 1, Codings::DEFAULT, REFERENCES[0]), 2, "{text}");
        assert_eq!(wide(text, 2 * eight, Codings::DEFAULT, REFERENCES[0]), 2, "{text}");
        assert_eq!(wide(text, 2 * eight + 1, Codings::DEFAULT, REFERENCES[0]), 3, "{text}");
        assert_eq!(wide(text, 2 * sixteen, Codings::DEFAULT, REFERENCES[1]), 2, "{text}");
        assert_eq!(wide(text, 2 * sixteen + 1, Codings::DEFAULT, REFERENCES[1]), 3, "{text}");
    }
}

#[test]
fn one_character_outside_the_alphabet_makes_it_ucs2() {
    let split = split("Iğdır", Codings::DEFAULT);
    assert_eq!(split.coding, Coding::Ucs2);
    assert_eq!(join(&split).0, "Iğdır");
    let error = split_text("Iğdır", Codings::GSM7, None, Reference::Eight(1)).unwrap_err();
    let SplitError::Text(cause) = error else { panic!("{error}") };
    assert_eq!(cause.to_string(), "character 'ğ' at byte 1 is not in the alphabet");
}

#[test]
fn a_national_language_is_taken_where_it_saves_parts() {
    let text = "Iğdır ".repeat(25);
    assert_eq!(split(&text, Codings::DEFAULT).parts.len(), 3);
    let turkish = split(&text, Codings::DEFAULT.with_language(Language::TURKISH));
    assert_eq!(turkish.coding, Coding::Gsm7(Alphabet::locking(Language::TURKISH)));
    assert_eq!(turkish.parts.len(), 1);
    assert_eq!(join(&turkish).0, text);
    // Where nothing is gained the default alphabet stays.
    let plain = split("plain text", Codings::DEFAULT.with_language(Language::TURKISH));
    assert_eq!(plain.coding, Coding::Gsm7(Alphabet::DEFAULT));
}

#[test]
fn every_part_of_a_national_text_names_its_language() {
    let split = split(&"ŞıĞ".repeat(120), Codings::DEFAULT.with_language(Language::TURKISH));
    assert!(split.parts.len() > 1);
    for part in &split.parts {
        assert_eq!(Coding::Gsm7(part.alphabet()), split.coding);
    }
}

#[test]
fn what_a_reader_takes_for_one_character_stays_whole_where_that_costs_no_part() {
    // 67 units a part hold eight families and three units more.
    let family = "👨\u{200D}👩\u{200D}👧";
    assert_eq!(family.encode_utf16().count(), 8);
    assert!(
        join(&split(&family.repeat(9), Codings::DEFAULT))
            .1
            .iter()
            .all(|part| part.chars().count() % 5 == 0)
    );
    // An accent of its own.
    let text = "e\u{301}".repeat(66);
    assert_eq!(shape(&text, Codings::DEFAULT), [66, 66]);
    // CR LF is one, too.
    let text = "a".repeat(152) + "\r\n" + &"b".repeat(100);
    assert_eq!(shape(&text, Codings::DEFAULT), [152, 102]);
}

#[test]
fn a_part_ends_before_a_character_where_the_others_just_hold_the_rest() {
    let text = "ж".repeat(60) + "e" + &"\u{301}".repeat(19) + &"ж".repeat(47);
    assert_eq!(shape(&text, Codings::DEFAULT), [60, 67]);
}

#[test]
fn a_character_of_surrogate_pairs_that_is_longer_than_a_part_is_cut_between_them() {
    // 33 faces are 66 units; a thumb with 33 colours of skin is 68.
    let text = "😀".repeat(33) + "👍" + &"🏽".repeat(33);
    assert_eq!(shape(&text, Codings::DEFAULT), [33, 33, 1]);
}

#[test]
fn a_character_that_is_longer_than_a_part_is_cut() {
    let text = "e".to_owned() + &"\u{301}".repeat(199);
    assert_eq!(shape(&text, Codings::DEFAULT), [67, 67, 66]);
}

#[test]
fn a_character_is_cut_rather_than_a_part_added() {
    // Exactly two full parts; a cut before the accent would make them three.
    let text = "ж".repeat(66) + "e\u{301}" + &"ж".repeat(66);
    assert_eq!(shape(&text, Codings::DEFAULT), [67, 67]);
}

#[test]
fn what_a_template_asks_for_is_in_every_part() {
    let mut template = SubmitTemplate::new("+37120000000".parse().unwrap());
    template.pid = pdu::Pid::RETURN_CALL;
    template.class = Some(Class::Flash);
    template.status_report = ReportRequest::Last;
    template.validity = Some(RelativeValidity::from_raw(167).into());
    template.reply_path = true;
    template.reject_duplicates = true;
    template.ports = Some(Ports::wide(9204, 9204));
    let parts = template.split(&"ж".repeat(100), Reference::Sixteen(0xABCD)).unwrap().parts;
    assert_eq!(parts.len(), 2);
    for (index, part) in parts.iter().enumerate() {
        assert_eq!(
            (part.dcs.raw(), part.pid, part.validity),
            (0x18, template.pid, template.validity)
        );
        assert_eq!(
            (part.reply_path, part.reject_duplicates, part.status_report),
            (true, true, index == 1)
        );
        assert_eq!(part.header().unwrap().ports(), template.ports);
        let concatenation = part.concatenation().unwrap();
        assert_eq!(concatenation.reference(), Reference::Sixteen(0xABCD));
        assert_eq!((usize::from(concatenation.sequence()), concatenation.total()), (index + 1, 2));
    }
    let data = template.split_data(&[7; 140], Reference::Eight(1)).unwrap();
    assert_eq!(data.iter().map(|part| part.dcs.raw()).collect::<Vec<_>>(), [0x14, 0x14]);
    assert_eq!(data.iter().map(|part| part.status_report).collect::<Vec<_>>(), [false, true]);
    assert_eq!(
        data.iter().flat_map(|part| part.user_data.body_octets().to_vec()).collect::<Vec<_>>(),
        [7; 140]
    );
}

/// Returns the number of parts that a text takes in a coding, counted character by character.
fn naive_parts(units: &[usize], coding: Coding, header: usize) -> usize {
    let capacity = |header: usize| match coding {
        Coding::Gsm7(_) => 160 - (header * 8).div_ceil(7),
        _ => (140 - header) / 2,
    };
    let language = match coding {
        Coding::Gsm7(alphabet) => {
            3 * (usize::from(alphabet.locking.is_some()) + usize::from(alphabet.single.is_some()))
        }
        _ => 0,
    };
    let alone = if language == 0 { 0 } else { 1 + language };
    if units.iter().sum::<usize>() <= capacity(alone) {
        return 1;
    }
    let each = capacity(1 + language + header);
    let mut parts = 1;
    let mut room = each;
    for &unit in units {
        if unit > room {
            parts += 1;
            room = each;
        }
        room = room.saturating_sub(unit);
    }
    parts
}

fn costs(text: &str, coding: Coding) -> Option<Vec<usize>> {
    text.chars().map(|character| coding.cost(character)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn parts_are_as_few_as_can_be_and_hold_the_whole_text(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "hello world ", "€", "{}", "\r\n", "ğ", "Ş", "ж", "е\u{301}", "😱", "👨\u{200D}👩\u{200D}👧", "🇱🇻",
        ]), 0..220),
        kind in 0..4_usize,
        wide: bool,
    ) {
        let text: String = match kind {
            0 => pieces.into_iter().filter(|piece| piece.is_ascii() || *piece == "€").collect(),
            1 => pieces.into_iter().filter(|piece| !"ж е\u{301}😱".contains(*piece) && piece.chars().count() != 2).collect(),
            _ => pieces.into_iter().collect(),
        };
        let codings = if kind == 3 { Codings::UCS2 } else { Codings::DEFAULT.with_language(Language::TURKISH) };
        let header = if wide { 6 } else { 5 };
        let split = split_text(&text, codings, None, REFERENCES[usize::from(wide)]).unwrap();

        let fewest = codings.iter().filter_map(|coding| Some(naive_parts(&costs(&text, coding)?, coding, header))).min();
        prop_assert_eq!(Some(split.parts.len()), fewest);

        let (whole, parts) = join(&split);
        prop_assert_eq!(&whole, &text);
        prop_assert_eq!(parts.concat(), text.clone(), "no pair is cut");
        prop_assert!(split.parts.iter().all(|part| part.octets().len() <= 140));

        // With graphemes for characters: if they fit as many parts, none of them is cut.
        let graphemes: Option<Vec<usize>> = text
            .graphemes(true)
            .map(|grapheme| costs(grapheme, split.coding).map(|costs| costs.iter().sum()))
            .collect();
        let graphemes = graphemes.unwrap();
        if graphemes.iter().all(|&units| units < 60) && naive_parts(&graphemes, split.coding, header) == split.parts.len() {
            let boundaries: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            let mut at = 0;
            for part in &parts[..parts.len() - 1] {
                at += part.len();
                prop_assert!(boundaries.contains(&at), "cut inside a grapheme at {}", at);
            }
        }
    }

    #[test]
    fn data_comes_back_whole(data in prop::collection::vec(any::<u8>(), 0..1_000), wide: bool, ports: bool) {
        let ports = ports.then_some(Ports::wide(2948, 9200));
        let parts = split_data(&data, ports, REFERENCES[usize::from(wide)]).unwrap();
        prop_assert_eq!(parts.iter().flat_map(|part| part.body_octets().to_vec()).collect::<Vec<_>>(), data.clone());
        let full = parts.iter().rev().skip(1).all(|part| part.octets().len() == 140);
        prop_assert!(full, "all parts but the last are full");
    }
}
