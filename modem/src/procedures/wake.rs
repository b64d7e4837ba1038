//! Wakes a modem that sleeps when it is idle.

use at_proto::Command as _;
use at_proto::general::Attention;

use crate::procedure::{Context, Input, Procedure, Step};

/// Writes `AT` and waits for any answer or none: a sleeping modem loses the line that wakes it.
#[derive(Debug)]
pub(crate) struct Wake;

impl Procedure for Wake {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        match &input {
            Input::Start => Step::Run(Attention.request().timeout(context.config.answer_timeout)),
            Input::Answer(_) => Step::Done(Ok(())),
            _ => Step::Listen,
        }
    }
}
