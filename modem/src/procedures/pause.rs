//! Has messages stored that would be delivered directly, 3GPP TS 27.005, 3.4.1.

use at_proto::sms::{Indications, SetIndications};

use crate::procedure::{Context, Input, Procedure, Step};

/// Makes the modem store and announce what it delivers directly, while the application has more
/// unacknowledged messages than it may have.
///
/// A modem that refuses this goes on delivering.
#[derive(Debug, Default)]
pub(crate) struct Pause;

impl Procedure for Pause {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        match (input, context.profile.indications) {
            (Input::Start, Some(Indications { mode, mt, bm, ds, bfr })) => {
                let ds = if ds == 1 { 2 } else { ds };
                let stored = Indications { mode, mt: mt.min(1), bm, ds, bfr };
                Step::command(&SetIndications(stored))
            }
            (Input::Start | Input::Answer(_), _) => Step::Done(Ok(())),
            _ => Step::Listen,
        }
    }
}
