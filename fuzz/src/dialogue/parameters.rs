//! The grammar of the parameters after a line's colon.

use at_proto::{NumberSet, Parameter, Parameters, Refused, Request, WireString};

use crate::input::Input;

/// Input: a line of an answer, which is also used as choices of parameters and as a command line.
pub fn parameters(data: &[u8]) {
    any_line(data);
    round_trip(data);
    number_set(data);
    command_line(data);
}

/// Checks that parameters are pieces of the line in order, and no more than its commas and lists
/// allow: a list that follows another needs no comma.
fn any_line(line: &[u8]) {
    let offset = |bytes: &[u8]| bytes.as_ptr() as usize - line.as_ptr() as usize;
    let separators = line.iter().filter(|&byte| b",(".contains(byte)).count();
    let (mut count, mut at) = (0, 0);
    let mut parameters = Parameters::of_line(line);
    for parameter in parameters.by_ref() {
        count += 1;
        let bytes = parameter.as_bytes();
        if bytes.is_empty() {
            continue;
        }
        assert!(offset(bytes) >= at && offset(bytes) + bytes.len() <= line.len());
        at = offset(bytes) + bytes.len();
        if let Parameter::Bare(bare) = parameter {
            assert!(!bare.contains(&b',') && bare.trim_ascii() == bare && !bare.is_empty());
        }
    }
    assert!(count <= separators + 1);
    assert_eq!(parameters.next(), None, "stays at the end");
    assert!(parameters.rest().is_empty());

    let mut numbers = Parameters::of_line(line);
    for _ in 0..=separators {
        if let Err(error) = numbers.number::<u16>("n") {
            assert!(error.at <= line.len());
            assert_eq!(error.line.as_bytes(), line);
        }
    }
}

/// Checks that a line built from parameters is split into the same parameters.
fn round_trip(data: &[u8]) {
    let mut input = Input::new(data);
    let mut line = b"+X: ".to_vec();
    let mut expected = Vec::new();
    for index in 0..1 + input.byte() % 6 {
        let (kind, length) = (input.byte(), usize::from(input.byte() % 16));
        let bytes: Vec<u8> = input
            .bytes(length)
            .iter()
            .copied()
            .filter(|byte| !b"\",() \t\r\n\x0c".contains(byte))
            .collect();
        if index > 0 {
            line.push(b',');
        }
        let spaces = usize::from(kind >> 4 & 3);
        line.extend(core::iter::repeat_n(b' ', spaces));
        let (open, close): (&[u8], &[u8]) = match kind % 5 {
            0 => (b"", b""),
            1 => (b"\"", b"\""),
            2 => (b"(", b")"),
            3 => (b"(1, \"a) (b, ", b" )\",2)"),
            _ => (b"\"a, ", b" b\""),
        };
        line.extend([open, &bytes, close].concat());
        line.extend(core::iter::repeat_n(b' ', usize::from(kind >> 6)));
        expected.push(match kind % 5 {
            0 if bytes.is_empty() => (0, bytes),
            0 => (1, bytes),
            1 => (2, bytes),
            2 => (3, bytes),
            3 => (3, [b"1, \"a) (b, ", &bytes[..], b" )\",2"].concat()),
            _ => (2, [b"a, ", &bytes[..], b" b"].concat()),
        });
    }
    if expected.len() == 1 && expected[0].0 == 0 {
        expected.clear();
    }
    let found: Vec<(u8, Vec<u8>)> = Parameters::of_line(&line)
        .map(|parameter| {
            let kind = match parameter {
                Parameter::Absent => 0,
                Parameter::Bare(_) => 1,
                Parameter::Quoted(_) => 2,
                Parameter::List(_) => 3,
                other => panic!("{other:?}"),
            };
            (kind, parameter.as_bytes().to_vec())
        })
        .collect();
    assert_eq!(found, expected, "{}", line.escape_ascii());
}

fn number_set(data: &[u8]) {
    let set = NumberSet::parse(data);
    assert_eq!(set.is_empty(), set.iter().next().is_none());
    for number in set.iter().take(64) {
        assert!(set.contains(number));
    }
    // The numbers survive in plain notation.
    let plain: Vec<String> = set.iter().take(64).map(|number| number.to_string()).collect();
    let again = NumberSet::parse(format!("({})", plain.join(",")).as_bytes());
    assert!(again.iter().eq(set.iter().take(64)));
}

/// Checks that no byte accepted into a command line ends or edits it.
fn command_line(data: &[u8]) {
    let ends = |byte: &u8| b"\r\n\x1a\x1b".contains(byte);
    if let Ok(request) = Request::raw(data) {
        assert_eq!(request.line(), data);
        assert!(!data.iter().any(ends));
    }
    let refused = |byte: &u8| *byte == b'"' || byte.is_ascii_control();
    match WireString::new(data) {
        Ok(string) => assert!(string.as_bytes() == data && !data.iter().any(refused)),
        Err(Refused::Byte { at, byte }) => {
            assert!(data[at] == byte && data.iter().position(refused) == Some(at))
        }
        Err(error) => panic!("{error}"),
    }
}
