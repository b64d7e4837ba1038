//! Deletes an acknowledged message if it is still in its slot, 3GPP TS 27.005, 3.5.4.

use at_proto::FinalError;
use at_proto::sms::{DeleteFlag, DeleteMessage, Message, ReadMessage};

use super::select::{is_gone, select};
use super::stored::selected;
use crate::error::{Error, ErrorKind};
use crate::message::{PduLine, Slot, has_length, proves_text_mode};
use crate::procedure::{Context, Input, Procedure, Step};

/// Deletes the message in one slot, after a check that the slot still holds what was delivered.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseSlot {
    slot: Slot,
    pdu: PduLine,
    stage: Stage,
    /// The slot is read again after its deletion, which the modem has confirmed before without
    /// deleting anything.
    verify: bool,
    /// The number of readings that equal the delivered message, but do not have the length in their
    /// header.
    equal_readings: u8,
}

/// The number of equal readings with a wrong length after which the message is trusted. A wrong
/// length is transmission damage, or the modem miscounts.
const MIN_EQUAL_READINGS: u8 = 4;

/// The result for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// The delivered message was deleted.
    Deleted(Slot),
    /// The slot was read as empty.
    Empty(Slot),
    /// The slot holds something other than what was delivered: a later message, or a misread one.
    Changed(Slot),
}

impl Release {
    /// The slot, if it is free now.
    #[cfg(feature = "erase")]
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
    Verify,
}

impl ReleaseSlot {
    pub(crate) const fn new(slot: Slot, pdu: PduLine) -> Self {
        Self { slot, pdu, stage: Stage::Select, verify: false, equal_readings: 0 }
    }

    /// The same deletion, with another look at the slot after it.
    pub(crate) const fn verified(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Another attempt, which trusts a message that was read often enough.
    pub(crate) fn again(self) -> Self {
        Self { stage: Stage::Select, ..self }
    }

    pub(crate) const fn slot(&self) -> Slot {
        self.slot
    }

    fn compare(&mut self) -> Step<Release> {
        self.stage = Stage::Compare;
        self.read()
    }

    fn read(&self) -> Step<Release> {
        Step::command(&ReadMessage { index: self.slot.index })
    }
}

impl Procedure for ReleaseSlot {
    type Output = Release;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Release> {
        let answer = match &input {
            Input::Start if is_gone(self.slot.memory, context) => {
                return Step::Done(Ok(Release::Changed(self.slot)));
            }
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
                // Nothing is compared with a text, and nothing deleted.
                Ok(Some(message)) if proves_text_mode(&message) => {
                    context.settings.text_mode_seen = true;
                    Step::fail(ErrorKind::TextMode)
                }
                Ok(Some(message)) if self.pdu.reads(&message.data) => {
                    self.equal_readings = self.equal_readings.saturating_add(1);
                    if !is_whole(&message) && self.equal_readings < MIN_EQUAL_READINGS {
                        return self.compare();
                    }
                    self.stage = Stage::Delete;
                    Step::command(&delete)
                }
                Ok(Some(_)) => Step::Done(Ok(Release::Changed(self.slot))),
                Ok(None) => Step::Done(Ok(Release::Empty(self.slot))),
                Err(error) if is_empty_slot(&error) => Step::Done(Ok(Release::Empty(self.slot))),
                Err(error) => Step::Done(Err(error)),
            },
            Stage::Delete => match answer.parse(&delete) {
                Ok(()) if self.verify => {
                    self.stage = Stage::Verify;
                    self.read()
                }
                result => Step::Done(result.map(|()| Release::Deleted(self.slot))),
            },
            Stage::Verify => match answer.parse(&ReadMessage { index: self.slot.index }) {
                Ok(Some(message)) if self.pdu.reads(&message.data) => {
                    Step::fail(ErrorKind::NotDeleted)
                }
                // An empty slot, another message, or no answer: the deletion was confirmed.
                _ => Step::Done(Ok(Release::Deleted(self.slot))),
            },
        }
    }
}

/// Returns `true` if a message has the length in its header, with or without the service centre
/// address.
fn is_whole(message: &Message) -> bool {
    let Some(length) = message.length.map(usize::from) else {
        return true;
    };
    has_length(&message.data, length)
}

/// Returns `true` if a read was refused since the slot is empty: some modems answer +CMS ERROR 321,
/// invalid memory index.
fn is_empty_slot(error: &Error) -> bool {
    let ErrorKind::Refused(failure) = error.kind() else {
        return false;
    };
    matches!(failure.error(), FinalError::Cms(Some(at_proto::CmsError(321))))
}
