//! The jobs of a session: its own flows, and those of the application.

use alloc::boxed::Box;
use core::any::TypeId;
use core::fmt;

use super::tickets::{Erased, TicketId, erased};
use crate::message::MessageId;
#[cfg(feature = "erase")]
use crate::message::StoredMessage;
use crate::procedure::{Context, Input, Procedure, Step};
#[cfg(feature = "erase")]
use crate::procedures::Erase;
use crate::procedures::{
    Acknowledge, CancelUssd, Check, Initialise, Pause, ReadSlot, ReleaseSlot, SendPart, Sweep,
    Ussd, Wake,
};

/// One procedure, and the receiver of its result.
#[derive(Debug)]
pub(super) enum Job {
    Initialise(Box<Initialise>),
    Wake(Wake),
    Check(Check),
    Acknowledge(Acknowledge),
    Pause(Pause),
    Read(ReadSlot),
    Sweep(Box<Sweep>),
    Release(ReleaseSlot),
    /// The next part of a message. The part is created when its turn comes, since its validity is
    /// the message's remaining time.
    Message(MessageId),
    Part(MessageId, Box<SendPart>),
    #[cfg(feature = "erase")]
    Erase(EraseFor, Box<Erase>),
    Application(TicketId, Box<dyn ErasedProcedure>),
}

impl Job {
    /// Returns `true` if the job depends on the settings that the session has made in the modem.
    pub(super) fn needs_settings(&self) -> bool {
        match self {
            Self::Application(_, procedure) => ErasedProcedure::needs_settings(&**procedure),
            Self::Initialise(_) | Self::Wake(_) | Self::Check(_) => false,
            _ => true,
        }
    }

    /// The ticket that the job finishes.
    pub(super) const fn ticket(&self) -> Option<TicketId> {
        match self {
            Self::Application(id, _) => Some(*id),
            #[cfg(feature = "erase")]
            Self::Erase(EraseFor::Application(id), _) => Some(*id),
            _ => None,
        }
    }

    /// Returns `true` if the job belongs to a USSD dialogue.
    pub(super) fn is_ussd(&self) -> bool {
        matches!(self, Self::Application(_, procedure) if ErasedProcedure::is_ussd(&**procedure))
    }
}

/// The reason for the deletion of a message that was not acknowledged.
#[cfg(feature = "erase")]
#[derive(Debug, Clone)]
pub(super) enum EraseFor {
    /// The application requested it.
    Application(TicketId),
    /// The memory is full, and this is the oldest message in it.
    Room(Box<StoredMessage>),
}

/// A [`Procedure`] with an erased result type, which its ticket knows.
pub(super) trait ErasedProcedure: Send + 'static {
    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erased>;

    fn needs_settings(&self) -> bool;

    fn is_ussd(&self) -> bool;
}

impl<P: Procedure> ErasedProcedure for P {
    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erased> {
        Procedure::step(self, input, context).map(erased)
    }

    fn needs_settings(&self) -> bool {
        Procedure::needs_settings(self)
    }

    fn is_ussd(&self) -> bool {
        [TypeId::of::<Ussd>(), TypeId::of::<CancelUssd>()].contains(&TypeId::of::<P>())
    }
}

impl Procedure for Box<dyn ErasedProcedure> {
    type Output = Erased;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erased> {
        ErasedProcedure::step(&mut **self, input, context)
    }

    fn needs_settings(&self) -> bool {
        ErasedProcedure::needs_settings(&**self)
    }
}

impl fmt::Debug for dyn ErasedProcedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Procedure")
    }
}
