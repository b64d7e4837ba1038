//! Messages that wait elsewhere, such as voice mail, 3GPP TS 23.038, 4 and TS 23.040, 9.2.3.24.

use alloc::vec::Vec;

use pdu::{Address, EnhancedVoiceMail, Information, Message, SpecialMessage, WaitingKind};

/// Messages that wait elsewhere, as reported by the coding scheme (3GPP TS 23.038, 4) or the header
/// (3GPP TS 23.040, 9.2.3.24.2 and 9.2.3.24.13) of a message.
#[doc(alias("voice mail", "MWI"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct WaitingMessages {
    /// The kind of the waiting messages.
    pub kind: WaitingKind,
    /// The kind among [`WaitingKind::Other`]: 1 for video messages; 0 if there is none.
    pub extended_kind: u8,
    /// The number of waiting messages; `None` for an unknown number, and 0 when none are left. 255
    /// stands for 255 or more.
    pub count: Option<u8>,
    /// `true` if the message that reports them is to be kept.
    pub store: bool,
    /// The profile of the subscriber, 1 to 4; 1 if the message does not name it.
    pub profile: u8,
    /// The number to call to listen to voice mail, if the message names it.
    pub mailbox: Option<Address>,
}

impl WaitingMessages {
    /// The waiting messages that the parts of a message report.
    pub(crate) fn of<T>(message: &Message<T>) -> Vec<Self> {
        let headers = message.parts().iter().filter_map(|part| part.deliver.header());
        let mut waiting = Vec::new();
        for information in headers.flat_map(|header| header.information()) {
            match information {
                Information::SpecialMessage(special) => waiting.push(Self::counted(special)),
                Information::EnhancedVoiceMail(mail) => waiting.push(Self::mailbox(&mail)),
                _ => {}
            }
        }
        // The header has more detail, and both report the same messages.
        if let (true, Some(indication)) = (waiting.is_empty(), message.dcs().waiting()) {
            waiting.push(Self {
                kind: indication.kind,
                extended_kind: 0,
                count: (!indication.active).then_some(0),
                store: indication.store,
                profile: 1,
                mailbox: None,
            });
        }
        waiting
    }

    const fn counted(special: SpecialMessage) -> Self {
        Self {
            kind: special.kind(),
            extended_kind: special.extended_kind(),
            count: Some(special.count),
            store: special.store(),
            profile: special.profile(),
            mailbox: None,
        }
    }

    fn mailbox(mail: &EnhancedVoiceMail<'_>) -> Self {
        Self {
            kind: WaitingKind::VoiceMail,
            extended_kind: 0,
            count: Some(mail.waiting()),
            store: mail.store(),
            profile: mail.profile(),
            mailbox: Some(mail.mailbox()).filter(|mailbox| !mailbox.is_empty()),
        }
    }
}
