//! The reading of answers to one command.

use core::fmt::Debug;

use at_proto::{Command, Response};

/// Asserts what is read of each answer.
pub(crate) fn reads<C: Command<Output: PartialEq + Debug>>(
    command: &C,
    answers: &[(&str, C::Output)],
) {
    for (answer, expected) in answers {
        let read = command.parse(&Response::ok([answer]));
        assert_eq!(read.as_ref().ok(), Some(expected), "{answer}: {read:?}");
    }
}

/// Asserts that nothing can be read of these answers, and that this is an error.
pub(crate) fn refuses<C: Command<Output: Debug>>(command: &C, answers: &[&str]) {
    for answer in answers {
        let read = command.parse(&Response::ok([answer]));
        assert!(read.is_err(), "{answer}: {read:?}");
    }
}
