//! Deletes a message that is safe, if it is still where it was, 3GPP TS 27.005, 3.5.4.

use at_proto::FinalError;
use at_proto::sms::{DeleteFlag, DeleteMessage, Message, ReadMessage};

use super::select::select;
use super::stored::selected;
use crate::error::{Error, ErrorKind};
use crate::message::{PduLine, Slot};
use crate::procedure::{Context, Input, Procedure, Step};

/// Deletes one place after a look whether it still holds what was handed out.
#[derive(Debug)]
pub(crate) struct ReleaseSlot {
    slot: Slot,
    pdu: PduLine,
    stage: Stage,
    /// How often it was read as what was handed out, and yet not as long as its header says.
    doubts: u8,
}

/// One that is not as long as its header says is damaged on its way, unless it reads the same so often: some modems miscount.
const ENOUGH_READINGS: u8 = 4;

/// What became of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// What was handed out is deleted.
    Deleted(Slot),
    /// It read as empty.
    Empty(Slot),
    /// It holds something else than what was handed out: a later message, or the same one that was misread.
    Changed(Slot),
}

impl Release {
    /// The place, if nothing is in it any more.
    pub(crate) const fn free(self) -> Option<Slot> {
        match self {
            Self::Deleted(slot) | Self::Empty(slot) => Some(slot),
            Self::Changed(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Select,
    Compare,
    Delete,
}

impl ReleaseSlot {
    pub(crate) const fn new(slot: Slot, pdu: PduLine) -> Self {
        Self { slot, pdu, stage: Stage::Select, doubts: 0 }
    }

    fn compare(&mut self) -> Step<Release> {
        self.stage = Stage::Compare;
        Step::command(&ReadMessage { index: self.slot.index })
    }
}

impl Procedure for ReleaseSlot {
    type Output = Release;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Release> {
        let answer = match input {
            Input::Start => {
                return select(self.slot.memory, context).map_or_else(|| self.compare(), Step::Run);
            }
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        let delete = DeleteMessage { index: self.slot.index, flag: DeleteFlag::ONE };
        match self.stage {
            Stage::Select => match selected(self.slot.memory, answer, context) {
                Ok(_) => self.compare(),
                Err(error) => Step::Done(Err(error)),
            },
            Stage::Compare => match answer.parse(&ReadMessage { index: self.slot.index }) {
                Ok(Some(message)) if PduLine::new(&message.data) == self.pdu => {
                    self.doubts += 1;
                    if !is_whole(&message) && self.doubts < ENOUGH_READINGS {
                        return self.compare();
                    }
                    self.stage = Stage::Delete;
                    Step::command(&delete)
                }
                Ok(Some(_)) => Step::Done(Ok(Release::Changed(self.slot))),
                Ok(None) => Step::Done(Ok(Release::Empty(self.slot))),
                Err(error) if is_empty_place(&error) => Step::Done(Ok(Release::Empty(self.slot))),
                Err(error) => Step::Done(Err(error)),
            },
            Stage::Delete => {
                Step::Done(answer.parse(&delete).map(|()| Release::Deleted(self.slot)))
            }
        }
    }
}

/// Whether a message is as long as its header says, with the address of the service centre or without it.
fn is_whole(message: &Message) -> bool {
    let Some(length) = message.length.map(usize::from) else {
        return true;
    };
    let pdu = message.data.trim_ascii();
    let centre = pdu.get(..2).and_then(|digits| core::str::from_utf8(digits).ok());
    let centre = centre.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    pdu.len() == 2 * length || centre.is_some_and(|centre| pdu.len() == 2 * (1 + centre + length))
}

/// Some modems answer a read of an empty place with +CMS ERROR 321, invalid memory index.
fn is_empty_place(error: &Error) -> bool {
    let ErrorKind::Refused(failure) = error.kind() else {
        return false;
    };
    matches!(failure.error(), FinalError::Cms(Some(at_proto::CmsError(321))))
}
