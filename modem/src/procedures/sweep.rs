//! Reads all stored messages, 3GPP TS 27.005, 4.1 and 4.2.

use alloc::boxed::Box;
use alloc::vec::Vec;

use at_proto::sms::{ListMessages, Memory, MessageStatus, ReadMessage, StorageUse, TestStorage};
use at_proto::{Command as _, ParseErrorKind};
use pdu::collections::Deque;

use super::initialise::readable;
use super::select::{current_memory, reselect};
use super::stored::selected;
use crate::config::Listing;
use crate::error::{Error, ErrorKind, Origin};
use crate::event::Task;
use crate::message::{Slot, Stored};
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::retry::TaskFailure;

/// Reads all memories, one after the other.
///
/// The session's own sweep is cut into jobs of one memory or of at most 20 slots, so that messages
/// can be sent in between; the other sweeps are one job.
///
/// If none of them can be selected, the memory in use is read instead: under a name of its own,
/// unless it was selected before.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The session's own work, which waits for the delays of its failures.
    is_own: bool,
    /// The memories to read; all of them if empty.
    only: Vec<Memory>,
    memories: Deque<Memory>,
    doing: Stage,
    /// The command is repeated, since its first answer was damaged in transit.
    is_repeated: bool,
    /// The memories are known, since an earlier job has begun.
    has_begun: bool,
    /// The slot at which the next job continues, and the number of messages that are left.
    continues: Option<(u16, u32)>,
    /// The number of slots that this job has read.
    read_slots: u16,
    /// The memory in use is read, without being selected.
    in_use: bool,
    /// The number of messages found by earlier jobs.
    reported: usize,
    /// A memory was refused, or is not tried again yet.
    skipped: bool,
    /// The use of the current memory, if the modem reports it.
    usage: Option<StorageUse>,
    /// The number of memories or slots in a row without an answer.
    unanswered: u8,
    swept: Swept,
}

/// The result of a sweep, or of one job of it.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// The messages found by this job.
    pub(crate) fresh: Vec<Stored>,
    /// The rest of the sweep.
    pub(crate) rest: Option<Box<Sweep>>,
    /// The sweep has read all memories.
    pub(crate) is_whole: bool,
    /// All messages, of a sweep that has ended. The session's own sweep has them only if the oldest
    /// one may be erased for room.
    pub(crate) found: Vec<Stored>,
    /// The use of each memory, if the modem reports it.
    pub(crate) uses: Vec<StorageUse>,
    /// A memory was selected.
    pub(crate) selected: bool,
    /// The reason why there may be more messages.
    pub(crate) error: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// Asking which memories there are, where the initialisation had no answer.
    #[default]
    Asking,
    Selecting,
    Listing,
    /// Reading the slot `index`; `left` messages of the memory have not been found yet.
    Reading {
        index: u16,
        left: u32,
    },
}

/// The number of slots that are read in a memory whose size is unknown.
pub(super) const DEFAULT_SLOTS: u32 = 50;

/// The maximum number of slots that are read in one memory.
pub(super) const MAX_SLOTS: u32 = 1000;

/// After this number of slots in a row without an answer the sweep ends: each further one would
/// take its full timeout.
const MAX_UNANSWERED: u8 = 2;

/// The maximum number of slots that one job reads.
const MAX_SLOTS_OF_JOB: usize = 20;

impl Procedure for Sweep {
    type Output = Swept;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Swept> {
        match &input {
            Input::Start if self.has_begun => self.select(context),
            Input::Start if context.settings.memories_unknown => {
                Step::Run(TestStorage.request().timeout(context.config.answer_timeout))
            }
            Input::Start => self.begin(context),
            Input::Answer(answer) if self.doing == Stage::Asking => {
                if let Ok(offered) = answer.parse(&TestStorage) {
                    context.profile.memories = readable(offered.lists.first());
                    context.settings.memories_unknown = false;
                }
                self.begin(context)
            }
            Input::Answer(answer) => match self.memories.front().copied() {
                Some(memory) => self.answered(memory, answer, context),
                None => self.select(context),
            },
            _ => Step::Listen,
        }
    }
}

impl Sweep {
    /// A sweep of all memories by the session itself.
    pub(crate) fn own() -> Self {
        Self { is_own: true, ..Self::default() }
    }

    /// A sweep of these memories by the session itself.
    pub(crate) fn of(memories: Vec<Memory>) -> Self {
        Self { only: memories, ..Self::own() }
    }

    /// Returns `true` if the sweep continues an earlier job.
    pub(crate) fn is_rest(&self) -> bool {
        self.has_begun
    }

    /// Returns `true` if the sweep reads all memories.
    pub(crate) fn is_whole(&self) -> bool {
        self.only.is_empty()
    }

    fn begin(&mut self, context: &mut Context<'_>) -> Step<Swept> {
        let known = context.profile.memories.iter().copied();
        self.memories =
            known.filter(|memory| self.is_whole() || self.only.contains(memory)).collect();
        self.has_begun = true;
        self.select(context)
    }

    fn answered(
        &mut self,
        memory: Memory,
        answer: &Answer,
        context: &mut Context<'_>,
    ) -> Step<Swept> {
        match self.doing {
            Stage::Asking => self.begin(context),
            Stage::Selecting => match selected(memory, answer, context) {
                Ok(usage) => {
                    self.unanswered = 0;
                    self.swept.selected = true;
                    self.usage = usage;
                    if let Some((index, left)) = self.continues.take() {
                        return self.read_slot(index, left);
                    }
                    self.swept.uses.extend(usage);
                    self.read(memory, context)
                }
                Err(error) => {
                    self.skipped |= matches!(error.kind(), ErrorKind::Refused(_));
                    self.failed(Task::SelectMemory(memory), &error, context);
                    // A modem may list memories that it never lets be selected.
                    let exists = context.settings.selectable.contains(&memory);
                    self.missed(error, exists);
                    self.continues = None;
                    self.next_memory(context)
                }
            },
            Stage::Listing => match answer.parse(&ListMessages(MessageStatus::ALL)) {
                Ok(listed) if !self.is_repeated && self.is_short(listed.len()) => {
                    self.is_repeated = true;
                    self.list()
                }
                Ok(listed) => {
                    self.unanswered = 0;
                    context.settings.retries.succeeded(Task::ListMemory(memory));
                    for one in listed {
                        let stored = Stored::new(Slot::new(memory, one.index), &one.message);
                        if self.take(stored, context) {
                            return self.give_up(context);
                        }
                    }
                    self.next_memory(context)
                }
                Err(error) if self.repeats(&error) => self.list(),
                // Some modems never answer, and a list can be longer than the buffer.
                Err(error) => {
                    // Some modems refuse to list a memory that is empty.
                    let refused = matches!(error.kind(), ErrorKind::Refused(_));
                    let listing = Task::ListMemory(memory);
                    if refused && self.is_empty() {
                        context.settings.retries.failed(listing, context.now);
                    } else {
                        self.failed(listing, &error, context);
                    }
                    self.read_slots()
                }
            },
            Stage::Reading { index, left } => {
                let slot = Slot::new(memory, index);
                let message = match answer.parse(&ReadMessage { index }) {
                    Ok(message) => {
                        self.unanswered = 0;
                        message
                    }
                    Err(error) if self.repeats(&error) => {
                        return Step::command(&ReadMessage { index });
                    }
                    // The other slots of a SIM that cannot be read are not asked for.
                    Err(error) if error.origin() == Origin::Sim => {
                        self.failed(Task::ReadSlot(slot), &error, context);
                        self.missed(error, true);
                        return self.next_memory(context);
                    }
                    Err(error) => {
                        if !matches!(error.kind(), ErrorKind::Refused(_)) {
                            self.failed(Task::ReadSlot(slot), &error, context);
                        }
                        self.missed(error, false);
                        None
                    }
                };
                if self.unanswered >= MAX_UNANSWERED {
                    return self.give_up(context);
                }
                let left = left.saturating_sub(u32::from(message.is_some()));
                let stored = message.and_then(|message| Stored::new(slot, &message));
                if self.take(stored, context) {
                    return self.give_up(context);
                }
                let slots = self.usage.map_or(DEFAULT_SLOTS, |usage| usage.total.min(MAX_SLOTS));
                if left == 0 || u32::from(index) >= slots {
                    return self.next_memory(context);
                }
                let next = index.saturating_add(1);
                self.read_slots = self.read_slots.saturating_add(1);
                // The application takes no more than this, and a small memory holds no more.
                let limit = context.config.max_unacknowledged.clamp(1, MAX_SLOTS_OF_JOB);
                if self.is_own && usize::from(self.read_slots) >= limit {
                    self.continues = Some((next, left));
                    return self.end(context);
                }
                self.read_slot(next, left)
            }
        }
    }

    /// Takes in the content of a slot. Returns `true` if the modem is in text mode: the memories
    /// are read after another initialisation.
    fn take(&mut self, stored: Option<Stored>, context: &mut Context<'_>) -> bool {
        let Some(stored) = stored else {
            return false;
        };
        if stored.in_text_mode && !context.settings.text_mode_tried {
            context.settings.text_mode_seen = true;
            if self.is_own {
                // In text mode `+CMGL=4` is refused.
                let listing = |task: &Task| matches!(task, Task::ListMemory(_));
                let settings = &mut *context.settings;
                let (failures, other) = core::mem::take(&mut settings.failures)
                    .into_iter()
                    .partition(|failure| listing(&failure.task));
                settings.failures = other;
                let failures: Vec<TaskFailure> = failures;
                failures.iter().for_each(|failure| settings.retries.succeeded(failure.task));
                return true;
            }
        }
        self.swept.found.push(stored);
        false
    }

    /// Notes a failure of the session's own work.
    fn failed(&self, task: Task, error: &Error, context: &mut Context<'_>) {
        if self.is_own {
            context.task_failed(task, error);
        }
    }

    /// Notes that a memory or a slot was not read. A refusal means that it does not exist, unless
    /// it is known to exist.
    fn missed(&mut self, error: Error, exists: bool) {
        match error.kind() {
            ErrorKind::Timeout => self.unanswered = self.unanswered.saturating_add(1),
            _ => self.unanswered = 0,
        }
        if exists || !matches!(error.kind(), ErrorKind::Refused(_)) {
            self.swept.error = Some(error);
        }
    }

    /// Ends the job, and with it the sweep unless something is left to read.
    fn end(&mut self, context: &Context<'_>) -> Step<Swept> {
        // Only the choice of the oldest message needs all of them.
        let needs_all = !self.is_own || context.config.when_full.erases();
        let fresh = match needs_all {
            true => self.swept.found.get(self.reported..).unwrap_or_default().to_vec(),
            false => core::mem::take(&mut self.swept.found),
        };
        let is_over = self.memories.is_empty();
        let mut swept = match is_over {
            true => core::mem::take(&mut self.swept),
            false => Swept { selected: self.swept.selected, ..Swept::default() },
        };
        (swept.fresh, swept.is_whole) = (fresh, is_over && self.is_whole());
        if !is_over {
            self.reported = self.swept.found.len();
            self.read_slots = 0;
            swept.rest = Some(Box::new(core::mem::take(self)));
        }
        Step::Done(Ok(swept))
    }

    /// Ends the sweep, whatever is left to read.
    fn give_up(&mut self, context: &Context<'_>) -> Step<Swept> {
        self.memories.clear();
        self.end(context).map(|swept| Swept { is_whole: false, ..swept })
    }

    fn next_memory(&mut self, context: &Context<'_>) -> Step<Swept> {
        self.memories.pop_front();
        if self.is_own && !self.memories.is_empty() {
            self.end(context)
        } else {
            self.select(context)
        }
    }

    fn select(&mut self, context: &Context<'_>) -> Step<Swept> {
        if let Some((index, left)) = self.continues.take_if(|_| self.in_use) {
            return self.read_slot(index, left);
        }
        if self.memories.front().copied() == context.settings.reading {
            // The memory of the last job is still selected.
            if let Some((index, left)) = self.continues.take() {
                return self.read_slot(index, left);
            }
        }
        while let Some(memory) = self.memories.front().copied() {
            let selection = Task::SelectMemory(memory);
            if self.is_own && !context.settings.retries.may_run(selection, context.now) {
                self.skipped = true;
                self.memories.pop_front();
                continue;
            }
            self.doing = Stage::Selecting;
            self.usage = None;
            // Selected even if it is selected already: the answer has the use of the memory.
            return Step::Run(reselect(memory, context));
        }
        if self.skipped && !self.swept.selected && self.is_whole() {
            self.skipped = false;
            let memory = context.settings.last_selected.unwrap_or_else(current_memory);
            self.memories.push_back(memory);
            self.in_use = true;
            return self.read(memory, context);
        }
        self.end(context)
    }

    fn read(&mut self, memory: Memory, context: &Context<'_>) -> Step<Swept> {
        let listing = Task::ListMemory(memory);
        match context.config.listing {
            Listing::List
                if !self.is_own || context.settings.retries.may_run(listing, context.now) =>
            {
                self.is_repeated = false;
                self.list()
            }
            // The listing of the empty memory was refused just now.
            Listing::List if self.is_empty() => self.next_memory(context),
            _ => self.read_slots(),
        }
    }

    fn list(&mut self) -> Step<Swept> {
        self.doing = Stage::Listing;
        let list = ListMessages(MessageStatus::ALL);
        Step::Run(self.usage.map_or_else(|| list.request(), |usage| list.request_for(usage.used)))
    }

    /// Returns `true` if the command is to be repeated, since its answer was damaged in transit and
    /// hides a message. It is repeated once.
    fn repeats(&mut self, error: &Error) -> bool {
        let is_damaged = matches!(error.kind(), ErrorKind::Malformed(error)
            if error.kind != ParseErrorKind::Truncated);
        is_damaged && !core::mem::replace(&mut self.is_repeated, true)
    }

    /// Returns `true` if the application asked for the messages, and the listing has fewer than the
    /// modem counts. A count only informs, so that the second listing is believed.
    fn is_short(&self, listed: usize) -> bool {
        let is_more = |used: u32| usize::try_from(used).is_ok_and(|used| listed < used);
        !self.is_own && self.usage.is_some_and(|usage| is_more(usage.used))
    }

    /// Returns `true` if the modem counts no message in the memory.
    fn is_empty(&self) -> bool {
        self.usage.is_some_and(|usage| usage.used == 0)
    }

    /// Reads slot by slot, from 0, since some modems count from 0.
    fn read_slots(&mut self) -> Step<Swept> {
        self.read_slot(0, self.usage.map_or(u32::MAX, |usage| usage.used))
    }

    fn read_slot(&mut self, index: u16, left: u32) -> Step<Swept> {
        (self.doing, self.is_repeated) = (Stage::Reading { index, left }, false);
        Step::command(&ReadMessage { index })
    }
}
