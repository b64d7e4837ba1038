//! Texts that are scripts, that are not, and that are not complete.

use super::{SyntaxError, read};

fn refusal(text: &str) -> String {
    match read(text) {
        Err(SyntaxError::Invalid(what, at)) => format!("{what} {at}"),
        other => panic!("{text:?} was not refused: {other:?}"),
    }
}

#[test]
fn text_that_ends_early_waits_for_more() {
    for (text, missing) in [
        ("x \\", "the line after the \\"),
        ("x \\\n", "the line after the \\"),
        ("x \"a", "a closing quote"),
        ("x \"a\\", "a closing quote"),
        ("x \"a $[find", "a closing ]"),
        ("x $\"a", "a closing quote"),
        ("x source={a {b}", "a closing brace"),
        ("x {a", "a closing brace"),
        ("x [find", "a closing ]"),
        ("x (1 + ", "a value"),
        ("x (1", "a closing )"),
    ] {
        assert_eq!(read(text), Err(SyntaxError::Incomplete(missing)), "{text}");
    }
}

#[test]
fn invalid_text_is_refused_with_its_line_and_column() {
    for (text, refused) in [
        ("x \\ y", "a \\ outside quotes must end its line (line 1 column 3)"),
        ("x\n\n  y )", ") is not allowed here: put the value in quotes (line 3 column 5)"),
        ("x a}", "} is not allowed here: put the value in quotes (line 1 column 4)"),
        ("x (1 + ]", "expected a value, not ] (line 1 column 8)"),
        ("x (1 2)", "expected ), not 2 (line 1 column 6)"),
        ("x [find)", "expected ], not ) (line 1 column 8)"),
        (
            ":if (true) { x }",
            "expected do= or else= before the braces, without a blank (line 1 column 12)",
        ),
        (
            "x {a b}",
            "the elements of an array are divided by ;: put a text with blanks in quotes (line 1 column 6)",
        ),
        (
            "print where",
            "where has no condition: add one, such as phone=+37120000000 (line 1 column 7)",
        ),
    ] {
        assert_eq!(refusal(text), refused, "{text}");
    }
    assert!(refusal(r#"x "\E9""#).contains("not valid UTF-8"));
    assert!(refusal(&"(".repeat(100)).contains("nested too deeply"));
    assert!(refusal(&format!("x ({}1)", "!".repeat(100))).contains("nested too deeply"));
    assert!(refusal(&format!("x (1{})", "+1".repeat(100))).contains("operators in a row"));
    assert!(refusal(&format!("x ($a{})", "->b".repeat(100))).contains("operators in a row"));
    assert!(refusal(&"x".repeat(70_000)).contains("has 70000 bytes"));
}

#[test]
fn every_beginning_of_a_text_is_read_or_waits_or_is_invalid() {
    let text = "/tool sms send usb3 \"20\\C3\\BC\" \\\n message=\"a\\\"b $x $[:len (1+2)] \\\n c\" # ü\n\
                :if ([find where phone=$p and message~\"^a\"]->0 != {a=1;\"b\"=(-2)}) do={ :put {1;2} } else={x}";
    assert!(read(text).is_ok(), "{:?}", read(text));
    let ends = text.char_indices().map(|(end, _)| end);
    let early =
        ends.clone().filter(|end| matches!(read(&text[..*end]), Err(SyntaxError::Incomplete(_))));
    assert!(early.count() > 100);
    // The reader ends with a result, even if any letter in the middle is missing.
    let cut = ends.map(|end| {
        let rest: String = text[end..].chars().skip(1).collect();
        read(&format!("{}{rest}", &text[..end])).is_err()
    });
    assert!(cut.filter(|is_error| *is_error).count() > 10);
}
