//! Acknowledges a direct delivery, 3GPP TS 27.005, 3.4.4.

use at_proto::sms;

use crate::procedure::{Context, Input, Procedure, Step};

/// Acknowledges the oldest unacknowledged direct delivery.
#[derive(Debug)]
pub(crate) struct Acknowledge;

impl Procedure for Acknowledge {
    type Output = ();

    fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<()> {
        match &input {
            Input::Start => Step::command(&sms::AcknowledgeMessage::Received),
            Input::Answer(answer) => Step::Done(answer.parse(&sms::AcknowledgeMessage::Received)),
            _ => Step::Listen,
        }
    }
}
