#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
// `clippy::arithmetic_side_effects` and `clippy::indexing_slicing` are off: the sums and indexes
// are positions in arrays whose sizes the standard gives, and fields of at most 16 bits in wider
// types. The fuzz targets run all of them with overflow checks.
#![doc = include_str!("../README.md")]

#[cfg(feature = "alloc")]
extern crate alloc;

mod address;
#[cfg(feature = "alloc")]
mod broadcast;
mod cbs_dcs;
#[cfg(feature = "alloc")]
mod cell_broadcast;
// Not part of the interface: public since `modem` has the same collections.
#[cfg(feature = "alloc")]
#[doc(hidden)]
pub mod collections;
mod command;
mod content;
mod dcs;
mod deliver;
mod deliver_ref;
mod deliver_report;
mod element;
mod ems;
mod envelope;
mod error;
mod etws;
mod failure_cause;
mod field;
mod header;
mod hex;
#[cfg(feature = "alloc")]
mod joined;
#[cfg(feature = "alloc")]
mod likelihood;
#[cfg(feature = "alloc")]
mod message;
mod message_id;
mod mms;
mod number_space;
mod page;
mod parameters;
#[cfg(feature = "alloc")]
mod pending;
mod pid;
mod reader;
#[cfg(feature = "alloc")]
mod reassembly;
#[cfg(feature = "serde")]
mod saved;
mod secured;
#[cfg(feature = "alloc")]
mod senders;
#[cfg(feature = "serde")]
mod serde_forms;
#[cfg(feature = "alloc")]
mod split;
mod status;
mod status_report;
mod stored;
mod submit;
mod submit_report;
#[cfg(feature = "alloc")]
mod template;
mod timestamp;
mod tpdu;
mod user_data;
mod user_data_ref;
#[cfg(feature = "alloc")]
mod ussd;
#[cfg(feature = "alloc")]
mod ussd_reading;
mod validity;
mod wap_names;
mod warning;
mod wbxml;
mod writer;
mod wsp;

pub use address::{Address, AddressError, NumberingPlan, TypeOfNumber};
pub use cbs_dcs::CbsDcs;
pub use command::{Command, CommandType};
pub use content::LanguageCode;
pub use dcs::{CharacterSet, Class, Dcs, Waiting, WaitingKind};
pub use deliver::Deliver;
pub use deliver_ref::DeliverRef;
pub use deliver_report::DeliverReport;
pub use element::{
    Concatenation, Element, ElementId, EnhancedVoiceMail, Information, Ports, Reference,
    SpecialMessage,
};
pub use ems::{Alignment, Ems, TextFormat, TextSize};
pub use envelope::Envelope;
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use etws::{EtwsPrimary, WarningType};
pub use failure_cause::FailureCause;
pub use field::Field;
pub use header::Header;
pub use message_id::{Certainty, MessageId, Severity, Topic, Urgency, WarningSystem};
pub use mms::{Mms, MmsAddress, MmsClass, MmsHeader, MmsSender, MmsTime, MmsType};
pub use page::{EtwsCode, GeographicalScope, Page, SerialNumber};
pub use parameters::Parameters;
pub use pid::Pid;
pub use secured::{
    ClearPacket, CommandPacket, PacketCheck, PacketCounter, ProofOfReceipt, ResponsePacket,
};
pub use status::{Status, StatusCategory};
pub use status_report::StatusReport;
pub use stored::Stored;
pub use submit::Submit;
pub use submit_report::SubmitReport;
pub use timestamp::{DateTime, DateTimeError, Timestamp};
pub use tpdu::{Acknowledgement, Incoming, Outgoing, Tpdu};
pub use user_data::{UserData, UserDataError};
pub use user_data_ref::UserDataRef;
pub use validity::{EnhancedValidity, RelativeValidity, ValidityError, ValidityPeriod};
pub use warning::{Decoded, Warning, Warnings};
pub use wbxml::{LoadAction, ServiceIndication, ServiceLoading, SignalAction, WbxmlText};
pub use wsp::{
    ContentType, MediaType, PushContent, PushFlags, WapHeader, WapPush, WapText, WapValue,
};

#[cfg(feature = "alloc")]
pub use {
    broadcast::{Broadcast, Broadcasts, Location},
    cell_broadcast::{CellBroadcast, UmtsBroadcast},
    message::{Message, Part},
    reassembly::{Limits, Outcome, Reassembler},
    split::{Split, SplitError, split_data, split_text},
    template::{ReportRequest, SubmitTemplate},
    ussd::UssdString,
    ussd_reading::{UssdEncoding, UssdReader, UssdReading, UssdReason},
};

#[cfg(feature = "serde")]
pub use saved::{RestoreError, Saved};
