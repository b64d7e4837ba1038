//! Finds out what a modem is and can do, and sets it up, step by step.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::general::{
    Attention, CharacterSet, ReadIdentity, ReadImei, SetCharacterSet, SetEcho, SetErrorReports, SetVerbose,
    TestCharacterSet,
};
use at_proto::network::{Domain, ReadRegistration, SetRegistrationReports};
use at_proto::sim::{EnterPin, PinState, ReadIccid, ReadImsi, ReadPin, ReadRetries};
use at_proto::sms::{
    Indications, Memory, ReadCentre, ReadIndications, ReadStorage, SetFormat, SetIndications, SetService,
    SetStorage, TestIndications, TestStorage,
};
use at_proto::{CmeError, CmsError, Command, FinalError, Instant, Outcome, Request};
use gsm7::charset::Charset;

use super::choose;
use crate::config::Receive;
use crate::error::{Error, ErrorKind};
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::registration::Registrations;

/// The initialisation of a modem of which nothing is known.
///
/// Only three things must succeed: an answer to `AT`, a SIM that is unlocked, and PDU mode. All else is set where the modem
/// can, and what it cannot is noted in its profile.
#[derive(Debug, Default)]
pub(crate) struct Initialise {
    at: usize,
    tries: u8,
    deadline: Option<Instant>,
    /// Which of the commands that modems have for the same thing is next.
    asked: usize,
    /// The PIN was given once; it is not given again.
    unlocked: bool,
    lists: Vec<Vec<Memory>>,
    candidates: VecDeque<Indications>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Attention,
    EchoOff,
    Words,
    ErrorNumbers,
    Pin,
    Tries,
    Unlock,
    Manufacturer,
    Model,
    Revision,
    Imei,
    Imsi,
    Iccid,
    CharacterSets,
    CharacterSet,
    PduMode,
    StorageOffered,
    StorageNow,
    Storage,
    Service,
    IndicationsOffered,
    Indications,
    IndicationsNow,
    Centre,
    Registration,
    RegistrationNow,
    PacketRegistration,
    PacketRegistrationNow,
}

/// The stages in their order. The identity comes after the PIN, since a locked SIM does not tell it.
const STAGES: [Stage; 28] = [
    Stage::Attention,
    Stage::EchoOff,
    Stage::Words,
    Stage::ErrorNumbers,
    Stage::Pin,
    Stage::Tries,
    Stage::Unlock,
    Stage::Manufacturer,
    Stage::Model,
    Stage::Revision,
    Stage::Imei,
    Stage::Imsi,
    Stage::Iccid,
    Stage::CharacterSets,
    Stage::CharacterSet,
    Stage::PduMode,
    Stage::StorageOffered,
    Stage::StorageNow,
    Stage::Storage,
    Stage::Service,
    Stage::IndicationsOffered,
    Stage::Indications,
    Stage::IndicationsNow,
    Stage::Centre,
    Stage::Registration,
    Stage::RegistrationNow,
    Stage::PacketRegistration,
    Stage::PacketRegistrationNow,
];

/// The ways of asking how many tries of the PIN are left; a modem knows one of them, or none.
pub(crate) const TRIES: &[ReadRetries] = &[
    ReadRetries::Standard,
    ReadRetries::Huawei,
    ReadRetries::Simcom,
    ReadRetries::Telit,
    ReadRetries::MediaTek,
];

/// The ways of asking for the number of the SIM card.
const ICCID: [ReadIccid; 5] = [
    ReadIccid::Ccid,
    ReadIccid::Iccid,
    ReadIccid::Quectel,
    ReadIccid::Huawei,
    ReadIccid::Telit,
];

/// How long a modem that is busy with its SIM is left alone before it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// What follows a stage.
enum Next {
    /// The next stage.
    Go,
    /// This stage once more, after a pause.
    Pause,
    /// All from the PIN on once more, after a pause.
    PauseAndUnlock,
    /// This stage once more, at once.
    Again,
    /// Another stage.
    To(Stage),
    Fail(Error),
}

impl Procedure for Initialise {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        let next = match input {
            Input::Start => {
                self.deadline = Some(context.now + context.config.ready_timeout);
                context.settings.registrations = Registrations::default();
                Next::Again
            }
            Input::Elapsed => Next::Again,
            Input::Answer(answer) => match STAGES.get(self.at) {
                Some(stage) => self.absorb(*stage, answer, context),
                None => Next::Go,
            },
            _ => return Step::Listen,
        };
        match next {
            Next::Fail(error) => return Step::Done(Err(error)),
            Next::Pause => return Step::Wait(context.now + PAUSE),
            Next::PauseAndUnlock => {
                self.go_to(Stage::Pin);
                return Step::Wait(context.now + PAUSE);
            }
            Next::Again => {}
            Next::Go => {
                self.at += 1;
                self.asked = 0;
            }
            Next::To(stage) => self.go_to(stage),
        }
        while let Some(stage) = STAGES.get(self.at) {
            match self.request(*stage, context) {
                Some(request) => return Step::Run(request),
                None => {
                    self.at += 1;
                    self.asked = 0;
                }
            }
        }
        Step::Done(Ok(()))
    }
}

impl Initialise {
    fn go_to(&mut self, stage: Stage) {
        self.asked = 0;
        self.at = STAGES
            .iter()
            .position(|other| *other == stage)
            .unwrap_or(STAGES.len());
    }

    /// The command of a stage; `None` if there is nothing to do in it.
    fn request(&self, stage: Stage, context: &Context<'_>) -> Option<Request> {
        let receives = context.config.receive != Receive::Off;
        let quick = |request: Request| request.timeout(context.config.answer_timeout);
        Some(match stage {
            Stage::Attention => quick(Attention.request()),
            Stage::EchoOff => quick(SetEcho(false).request()),
            Stage::Words => quick(SetVerbose.request()),
            Stage::ErrorNumbers => quick(SetErrorReports(1).request()),
            Stage::Pin => ReadPin.request(),
            Stage::Tries => quick(TRIES.get(self.asked)?.request()),
            // Only `pin` comes here, and only when the SIM asks for its PIN.
            Stage::Unlock => EnterPin::Pin(context.config.pin.clone()?).request(),
            Stage::Manufacturer => quick(ReadIdentity::Manufacturer.request()),
            Stage::Model => quick(ReadIdentity::Model.request()),
            Stage::Revision => quick(ReadIdentity::Revision.request()),
            Stage::Imei => quick(ReadImei.request()),
            Stage::Imsi => ReadImsi.request(),
            Stage::Iccid => quick(ICCID.get(self.asked)?.request()),
            Stage::CharacterSets if context.config.character_set.is_some() => return None,
            Stage::CharacterSets => quick(TestCharacterSet.request()),
            Stage::CharacterSet => {
                let charset = context.config.character_set.or(context.profile.character_set)?;
                quick(SetCharacterSet(on_the_wire(charset)).request())
            }
            Stage::PduMode => SetFormat { text: false }.request(),
            Stage::Service => SetService(u8::from(self.is_direct(context))).request(),
            Stage::StorageOffered => TestStorage.request(),
            Stage::StorageNow => ReadStorage.request(),
            Stage::Storage if context.settings.storage.is_empty() || !receives => return None,
            Stage::Storage => SetStorage(context.settings.storage.clone()).request(),
            Stage::IndicationsOffered | Stage::IndicationsNow if !receives => return None,
            Stage::IndicationsOffered => TestIndications.request(),
            Stage::Indications => SetIndications(*self.candidates.front()?).request(),
            Stage::IndicationsNow => ReadIndications.request(),
            Stage::Centre => ReadCentre.request(),
            Stage::Registration => quick(
                SetRegistrationReports {
                    domain: Domain::Circuit,
                    n: 1,
                }
                .request(),
            ),
            Stage::RegistrationNow => quick(ReadRegistration(Domain::Circuit).request()),
            Stage::PacketRegistrationNow => quick(ReadRegistration(Domain::Eps).request()),
            Stage::PacketRegistration => quick(
                SetRegistrationReports {
                    domain: Domain::Eps,
                    n: 1,
                }
                .request(),
            ),
        })
    }

    /// What the answer of a stage means.
    fn absorb(&mut self, stage: Stage, answer: Answer, context: &mut Context<'_>) -> Next {
        if answer.is_closed() {
            // Nobody knows whether the SIM has taken the PIN; over the next link it might be the try that is too many.
            context.settings.pin_refused |= stage == Stage::Unlock;
            return Next::Fail(ErrorKind::Closed.into());
        }
        let in_time = self.deadline.is_some_and(|deadline| context.now < deadline);
        let profile = &mut *context.profile;
        match stage {
            Stage::Attention if answer.is_ok() => return Next::Go,
            Stage::Attention => {
                self.tries += 1;
                // A modem that answers anything at all is there.
                return match answer.outcome() {
                    Outcome::Error(_) => Next::Go,
                    _ if self.tries < context.config.attempts => Next::Again,
                    _ => Next::Fail(ErrorKind::Silent.into()),
                };
            }
            Stage::Pin => return self.pin(answer, in_time, context),
            Stage::Tries => {
                let left = TRIES
                    .get(self.asked)
                    .and_then(|tries| answer.parse(tries).ok()?.pin);
                return match left {
                    // A wrong PIN would lock the SIM now.
                    Some(left) if left <= 1 => Next::Fail(ErrorKind::LastTry(left).into()),
                    Some(_) => Next::Go,
                    None => {
                        self.asked += 1;
                        Next::Again
                    }
                };
            }
            Stage::Unlock => {
                let is_busy = is_busy(&answer);
                return match answer.response() {
                    Ok(_) => Next::To(Stage::Pin),
                    Err(error) => {
                        // Not all modems say what was wrong. Only one that was busy has not looked at the PIN.
                        context.settings.pin_refused = !is_busy;
                        Next::Fail(pin_refused(error))
                    }
                };
            }
            Stage::Manufacturer => profile.manufacturer = answer.parse(&ReadIdentity::Manufacturer).ok(),
            Stage::Model => profile.model = answer.parse(&ReadIdentity::Model).ok(),
            Stage::Revision => profile.revision = answer.parse(&ReadIdentity::Revision).ok(),
            Stage::Imei => profile.imei = answer.parse(&ReadImei).ok(),
            Stage::Imsi => profile.imsi = answer.parse(&ReadImsi).ok(),
            Stage::Iccid => {
                profile.iccid = ICCID
                    .get(self.asked)
                    .and_then(|command| answer.parse(command).ok());
                if profile.iccid.is_none() {
                    self.asked += 1;
                    return Next::Again;
                }
            }
            Stage::CharacterSets => {
                profile.character_set = character_set(&answer.parse(&TestCharacterSet).unwrap_or_default());
            }
            Stage::CharacterSet if !answer.is_ok() => profile.character_set = None,
            Stage::CharacterSet => {
                profile.character_set = context.config.character_set.or(profile.character_set);
            }
            // SMS commands answer ERROR until the modem has read its SIM, and all that was asked about the SIM before has had no
            // answer either: on SIMCom modems not even whether it wants its PIN.
            Stage::PduMode if !answer.is_ok() => {
                return match answer.outcome() {
                    Outcome::Error(_) if in_time => Next::PauseAndUnlock,
                    _ => Next::Fail(answer.into_error()),
                };
            }
            Stage::StorageOffered if is_busy(&answer) && in_time => return Next::Pause,
            Stage::StorageOffered => match answer.parse(&TestStorage) {
                Ok(offered) => {
                    self.lists = offered.places;
                    profile.memories = readable(self.lists.first());
                }
                // A modem that does not say where it stores may do so on the SIM all the same.
                Err(_) => profile.memories = Vec::from([Memory::SIM]),
            },
            Stage::StorageNow => {
                let uses = answer.parse(&ReadStorage).unwrap_or_default();
                let now = uses.last().and_then(|last| last.memory);
                let wanted = context.config.memory;
                let chosen = choose::memories(&self.lists, wanted.as_ref(), now.as_ref(), &Memory::SIM);
                profile.receiving = chosen.last().copied();
                context.settings.storage = chosen;
                context.settings.reading = None;
            }
            // Some modems take fewer memories than they list.
            Stage::Storage if !answer.is_ok() => {
                context.settings.storage.pop();
                return Next::Again;
            }
            Stage::Storage => {
                context.settings.reading = context.settings.storage.first().copied();
            }
            Stage::IndicationsOffered => {
                let offered = answer.parse(&TestIndications).unwrap_or_default();
                self.candidates.extend(context.config.indications);
                if !self.candidates.is_empty() {
                    return Next::Go;
                }
                self.candidates = choose::indications(&offered, self.is_direct(context)).into();
            }
            // Modems refuse what they have offered; the next best is tried.
            Stage::Indications if !answer.is_ok() => {
                self.candidates.pop_front();
                return Next::Again;
            }
            // What the modem says of itself counts, and a modem that does not say is believed.
            Stage::IndicationsNow => {
                profile.indications = answer
                    .parse(&ReadIndications)
                    .ok()
                    .or(self.candidates.front().copied())
                    .filter(|indications| indications.mode > 0 && indications.mt > 0);
            }
            Stage::Centre => {
                let centre = answer
                    .parse(&ReadCentre)
                    .ok()
                    .filter(|centre| !centre.number.is_empty());
                profile.smsc = centre
                    .as_ref()
                    .map(|centre| String::from_utf8_lossy(&centre.number).into_owned());
                context.settings.centre = centre.map(|centre| (centre.number, centre.kind));
            }
            // Only phase 2+ of the service lets the host acknowledge what is handed over.
            Stage::Service => {
                context.settings.acknowledges = answer.is_ok() && self.is_direct(context);
            }
            Stage::RegistrationNow => note_registration(Domain::Circuit, answer, context),
            Stage::PacketRegistrationNow => note_registration(Domain::Eps, answer, context),
            _ => {}
        }
        Next::Go
    }

    /// Whether messages are to be handed over without being stored: by choice, or since there is nowhere to store them.
    fn is_direct(&self, context: &Context<'_>) -> bool {
        let nowhere = !self.lists.is_empty() && self.lists.iter().all(Vec::is_empty);
        match context.config.receive {
            Receive::Direct => true,
            Receive::Stored | Receive::Kept => nowhere,
            Receive::Off => false,
        }
    }

    fn pin(&mut self, answer: Answer, in_time: bool, context: &mut Context<'_>) -> Next {
        if is_busy(&answer) {
            return if in_time {
                Next::Pause
            } else {
                Next::Fail(ErrorKind::NotReady.into())
            };
        }
        if let Outcome::Error(failure) = answer.outcome() {
            return match failure.error() {
                FinalError::Cme(Some(CmeError(10 | 13 | 15)))
                | FinalError::Cms(Some(CmsError(310 | 313 | 315))) => Next::Fail(ErrorKind::NoSim.into()),
                // A modem that does not know the command has no SIM to unlock.
                _ => Next::To(Stage::Manufacturer),
            };
        }
        match (answer.parse(&ReadPin), &context.config.pin) {
            (Ok(PinState::SimPin), _) if self.unlocked || context.settings.pin_refused => {
                Next::Fail(ErrorKind::PinRefused.into())
            }
            (Ok(PinState::SimPin), Some(_)) => {
                self.unlocked = true;
                Next::To(Stage::Tries)
            }
            (Ok(PinState::SimPin), None) => Next::Fail(ErrorKind::PinRequired.into()),
            (Ok(PinState::SimPuk), _) => Next::Fail(ErrorKind::CodeRequired("SIM PUK".to_string()).into()),
            (Ok(PinState::Other(code)), _) => Next::Fail(ErrorKind::CodeRequired(code).into()),
            (Ok(PinState::Ready), _) => {
                context.settings.pin_refused = false;
                Next::To(Stage::Manufacturer)
            }
            // The second PIN is for other things than messages; an answer that cannot be read is no reason to give up.
            _ => Next::To(Stage::Manufacturer),
        }
    }
}

pub(super) fn note_registration(domain: Domain, answer: Answer, context: &mut Context<'_>) {
    if let Ok(state) = answer.parse(&ReadRegistration(domain)) {
        context.settings.registrations.note(domain, state);
    }
}

/// GSM loses nothing of what the network sends; HEX and UCS2 stop USSD on some modems.
fn character_set(offered: &[CharacterSet]) -> Option<Charset> {
    [Charset::Gsm, Charset::Ira]
        .into_iter()
        .find(|charset| offered.contains(&on_the_wire(*charset)))
}

pub(super) fn on_the_wire(charset: Charset) -> CharacterSet {
    match charset {
        Charset::Gsm => CharacterSet::Gsm,
        Charset::Ucs2 => CharacterSet::Ucs2,
        Charset::Hex => CharacterSet::Hex,
        Charset::Iso8859_1 => CharacterSet::Latin1,
        _ => CharacterSet::Ira,
    }
}

/// The memories to look for messages in. MT is SM and ME together, and shows their messages once more.
fn readable(list: Option<&Vec<Memory>>) -> Vec<Memory> {
    let listed = |memory: &Memory| list.is_some_and(|list| list.contains(memory));
    let mut memories: Vec<Memory> = [Memory::SIM, Memory::MODEM].into_iter().filter(listed).collect();
    if memories.is_empty() {
        memories.extend(Some(Memory::BOTH).filter(listed));
    }
    memories.extend(Some(Memory::REPORTS).filter(listed));
    memories
}

fn is_busy(answer: &Answer) -> bool {
    let Outcome::Error(failure) = answer.outcome() else {
        return false;
    };
    matches!(
        failure.error(),
        FinalError::Cme(Some(CmeError(14 | 515))) | FinalError::Cms(Some(CmsError(314)))
    )
}

/// 16 is "incorrect password".
fn pin_refused(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Refused(failure) if failure.error() == FinalError::Cme(Some(CmeError(16))) => {
            ErrorKind::PinRefused.into()
        }
        _ => error,
    }
}
