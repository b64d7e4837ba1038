//! Every typed command has its row in the table of commands.

extern crate std;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use std::fs;
use std::path::{Path, PathBuf};

use crate::call::{Answer, Dial, HangUp, ListCalls, SetCallerId, SetRingType};
use crate::clock::{ReadClock, ReadTimeUpdate, SetClock, SetTimeUpdate, SetZoneReports, Time};
use crate::expect::Expect;
use crate::general::*;
use crate::mux::TestMux;
use crate::network::*;
use crate::phonebook::*;
use crate::power::*;
use crate::sim::*;
use crate::sms::*;
use crate::{Command, Request, WireString, ussd};

/// At least one value of each typed command: the path of its type, and its request.
fn samples() -> Vec<(&'static str, Request)> {
    fn path<C: Command>(_: &C) -> &'static str {
        core::any::type_name::<C>()
    }
    macro_rules! samples {
        ($($sample:expr,)*) => { vec![$((path(&$sample), $sample.request())),*] };
    }
    let pin = || Pin::new("1234").unwrap();
    let text = || WireString::new("1").unwrap();
    let facility = Facility::SIM;
    let domain = Domain::Circuit;
    let time =
        Time { year: 2026, month: 11, day: 23, hour: 12, minute: 0, second: 0, zone: Some(4) };
    samples![
        Answer,
        Dial::new("*99#").unwrap(),
        HangUp::Cellular,
        HangUp::Plain,
        ListCalls,
        SetCallerId(true),
        SetRingType(true),
        ReadClock,
        ReadTimeUpdate,
        SetClock(time),
        SetTimeUpdate(true),
        SetZoneReports(1),
        Attention,
        ReadActivity,
        ReadBattery,
        ReadCapabilities,
        ReadCharacterSet,
        ReadErrorReports,
        ReadFunctionality,
        ReadIdentity::Manufacturer,
        ReadIdentity::Model,
        ReadIdentity::Revision,
        ReadIdentity::Information,
        ReadImei,
        ReadLastFailure,
        TestMux,
        SetCharacterSet(CharacterSet::Gsm),
        SetEcho(true),
        SetErrorReports(1),
        SetFunctionality { level: 1, reset: true },
        SetVerbose,
        TestCharacterSet,
        TestErrorReports,
        TestFunctionality,
        ReadAttachment,
        ReadExtendedSignal,
        ReadOperator,
        ReadRegistration(Domain::Circuit),
        ReadRegistration(Domain::Packet),
        ReadRegistration(Domain::Eps),
        ReadRegistration(Domain::FiveG),
        ReadSignal,
        ScanOperators,
        SelectOperator::Automatic,
        SelectOperator::Manual(OperatorFormat::Long, text()),
        SelectOperator::Deregister,
        SetOperatorFormat(OperatorFormat::Long),
        SetRegistrationReports { domain, n: 2 },
        TestRegistrationReports(domain),
        DeleteContact(1),
        FindContacts(text()),
        ReadContacts { first: 1, last: Some(250) },
        ReadPhonebook,
        SelectPhonebook(Phonebook::SIM),
        TestContacts,
        TestPhonebooks,
        WriteContact::new(None, "1", text()).unwrap(),
        ReadDrx,
        ReadPowerSaving,
        SetDrx::Reset,
        SetPowerSaving::Off,
        ChangePin { facility, old: pin(), new: pin() },
        EnterPin::Pin(pin()),
        EnterPin::Puk(pin(), pin()),
        ReadFile { file: 0x6F05, offset: 0, length: 10 },
        ReadIccid::Ccid,
        ReadIccid::Iccid,
        ReadIccid::Huawei,
        ReadIccid::Quectel,
        ReadIccid::Telit,
        ReadImsi,
        ReadLock(facility),
        ReadNumbers,
        ReadPin,
        ReadRetries::Standard,
        ReadRetries::Huawei,
        ReadRetries::MediaTek,
        ReadRetries::Telit,
        ReadRetries::Simcom,
        SendToSim::new("A0A40000023F00").unwrap(),
        SetLock { facility, on: true, pin: pin() },
        AcknowledgeMessage::Received,
        AcknowledgeMessage::Text,
        AcknowledgeMessage::Refused,
        DeleteMessage { index: 1, flag: DeleteFlag::ONE },
        KeepLink::No,
        KeepLink::ForNow,
        KeepLink::Always,
        ListMessages(MessageStatus::ALL),
        ReadMessage { index: 1 },
        ReadBroadcast,
        ReadCentre,
        ReadFormat,
        ReadIndications,
        ReadKeepLink,
        ReadService,
        ReadStorage,
        ReadTransport,
        SendMessage::new(2, "0001").unwrap(),
        SendCommand::new(2, "0001").unwrap(),
        SendStored { index: 1 },
        SetBroadcast { except: false, identifiers: Vec::new(), codings: Vec::new() },
        SetCentre { number: text(), kind: None },
        SetFormat { text: true },
        SetIndications(Indications::default()),
        SetService(1),
        SetShowHeaders(true),
        SetStorage(vec![Memory::SIM]),
        SetTextParameters { first_octet: 17, validity: 167, protocol: 0, coding: 0 },
        SetTransport(1),
        TestDelete,
        TestFormat,
        TestIndications,
        TestService,
        TestStorage,
        TestTransport,
        WriteMessage::new(2, "0001", None).unwrap(),
        ussd::ReadPresentation,
        ussd::SetPresentation::Off,
        ussd::SetPresentation::On,
        ussd::SetPresentation::Cancel,
        ussd::SendUssd { text: text(), coding: None },
        ussd::TestPresentation,
    ]
}

/// The files of the library, each with the path of its module and its lines of code, tests left
/// out.
fn sources() -> Vec<(String, Vec<String>)> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    visit(&root, &mut found);
    let module = |path: &Path| {
        let path = path.strip_prefix(&root).unwrap().with_extension("");
        let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
        core::iter::once("at_proto".into()).chain(parts).collect::<Vec<_>>().join("::")
    };
    let code = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .take_while(|line| *line != "#[cfg(test)]" && !line.starts_with("extern crate std"))
            .map(|line| line.trim_start().to_string())
            .filter(|line| !line.starts_with("//"))
            .collect()
    };
    found.iter().map(|path| (module(path), code(path))).collect()
}

#[test]
#[cfg_attr(miri, ignore = "reads the sources, thousands of lines")]
fn every_typed_command_has_a_sample() {
    let sampled: BTreeSet<String> = samples().iter().map(|(path, _)| path.to_string()).collect();
    let mut written = BTreeSet::new();
    for (module, lines) in sources() {
        for line in lines.iter().filter(|line| line.starts_with("impl")) {
            let Some((_, name)) = line.split_once("Command for ") else {
                continue;
            };
            let end = name.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(name.len());
            written.insert(alloc::format!("{module}::{}", &name[..end]));
        }
    }
    assert!(written.len() > 80, "the sources were not understood");
    let (missing, unknown): (Vec<_>, Vec<_>) =
        (written.difference(&sampled).collect(), sampled.difference(&written).collect());
    assert!(missing.is_empty(), "add a sample of {missing:?}");
    assert!(unknown.is_empty(), "not found in the sources: {unknown:?}");
}

#[test]
fn every_typed_command_has_a_row() {
    for (path, request) in samples() {
        let unknown = request.0.expect.names_without_a_row();
        assert!(unknown.is_empty(), "{path}: no row for {unknown:?}");
    }
}

/// A variant of a typed command may have a name of its own.
#[test]
#[cfg_attr(miri, ignore = "reads the sources, thousands of lines")]
fn every_command_line_in_the_sources_has_a_row() {
    let mut found = 0;
    for (module, lines) in sources() {
        for line in &lines {
            for literal in line.split("\"AT").skip(1) {
                // The rest is inserted at run time.
                let end = literal.find(['"', '{', '\\']).unwrap_or(literal.len());
                let command = alloc::format!("AT{}", &literal[..end]);
                let expect = Expect::of(command.as_bytes());
                let unknown = expect.names_without_a_row();
                assert!(unknown.is_empty(), "{module}: no row for {unknown:?}, in {line}");
                found += 1;
            }
        }
    }
    assert!(found > 80, "the sources were not understood");
}
