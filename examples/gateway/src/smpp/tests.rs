//! Random frames, as a fuzzer would make them: a binary has no library that a fuzz target could
//! depend on, so that this test takes its place.

use bytes::BytesMut;
use rusmpp::values::{DataCoding, EsmClass, Ton};
use rusmpp::{CommandStatus, Pdu};
use tokio_util::codec::Decoder as _;

use super::frames::{self, Header};
use super::submit;
use crate::config::Config;

const NOW: i64 = 1_795_000_000_000;

fn config() -> Config {
    Config::parse("[[smpp.accounts]]\nsystem_id = \"shop\"\npassword = \"secret08\"", "").unwrap()
}

/// Frames of valid PDUs.
fn seeds() -> Vec<Vec<u8>> {
    let submit = |coding: u8, esm_class: u8, message: &[u8]| {
        let mut pdu = rusmpp::pdus::SubmitSm::default();
        pdu.dest_addr_ton = Ton::International;
        pdu.destination_addr = "491715550100".parse().unwrap();
        pdu.data_coding = DataCoding::from(coding);
        pdu.esm_class = EsmClass::from(esm_class);
        pdu.set_short_message(message.try_into().unwrap());
        Pdu::from(pdu)
    };
    let mut with_tlvs = match submit(0, 0, b"") {
        Pdu::SubmitSm(pdu) => pdu,
        other => panic!("{other:?}"),
    };
    use rusmpp::tlvs::MessageSubmissionRequestTlvValue as Tlv;
    with_tlvs.set_tlvs(vec![
        Tlv::SarMsgRefNum(7),
        Tlv::SarTotalSegments(2),
        Tlv::SarSegmentSeqnum(1),
        Tlv::DestPort(2948),
        Tlv::QosTimeToLive(60),
    ]);
    let pdus: Vec<Pdu> = vec![
        submit(0, 0, b"Hello"),
        submit(8, 0, &[4, 16, 0xD8, 0x3E, 0xDD, 0x8A]),
        submit(0, 0x40, b"\x05\x00\x03\x01\x02\x01part"),
        submit(0xF5, 0x40, b"\x06\x05\x04\x0B\x84\x23\xF0data"),
        with_tlvs.into(),
        rusmpp::pdus::BindTransceiver::default().into(),
        rusmpp::pdus::QuerySm::default().into(),
        rusmpp::pdus::CancelSm::default().into(),
        rusmpp::pdus::DeliverSmResp::default().into(),
        Pdu::EnquireLink,
        Pdu::Unbind,
    ];
    let mut frames = Vec::new();
    for pdu in pdus {
        let mut out = Vec::new();
        frames::write(&mut out, CommandStatus::EsmeRok, 7, pdu);
        frames.push(out);
    }
    frames
}

#[test]
fn seeds_are_read_as_they_are() {
    let config = config();
    for frame in seeds() {
        let command = frames::read(BytesMut::from(frame.as_slice())).unwrap();
        if let Some(Pdu::SubmitSm(pdu)) = command.pdu() {
            submit::read(pdu, &config.smpp.accounts[0], &config, NOW).unwrap();
        }
        let mut again = Vec::new();
        frames::write(&mut again, command.status, 7, command.pdu().unwrap().clone());
        assert_eq!(again, frame);
    }
}

#[test]
fn a_hundred_thousand_damaged_frames_are_read_or_refused_with_a_status() {
    let (config, seeds, mut random) = (config(), seeds(), fastrand::Rng::with_seed(26));
    let (mut read, mut accepted) = (0, 0);
    for _ in 0..100_000 {
        let mut frame = seeds[random.usize(..seeds.len())].clone();
        for _ in 0..1 + random.usize(..4) {
            let at = 4 + random.usize(..frame.len().saturating_sub(4).max(1));
            match random.usize(..4) {
                0 | 1 if at < frame.len() => frame[at] = random.u8(..),
                2 => frame.truncate(at.max(16)),
                _ => frame.insert(at.min(frame.len()), random.u8(..)),
            }
        }
        let length = u32::try_from(frame.len()).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let mut stream = BytesMut::from(frame.as_slice());
        let frame = frames::codec().decode(&mut stream).unwrap().unwrap();
        assert!(stream.is_empty() && Header::of(&frame).is_some());
        let command = match frames::read(frame) {
            Ok(command) => command,
            Err(status) => {
                assert_ne!(status, CommandStatus::EsmeRok);
                continue;
            }
        };
        read += 1;
        let Some(Pdu::SubmitSm(pdu)) = command.pdu() else { continue };
        match submit::read(pdu, &config.smpp.accounts[0], &config, NOW) {
            Ok(submitted) => {
                accepted += 1;
                assert!((1..=255).contains(&submitted.checked.parts));
                assert!(submitted.checked.expires_at > NOW);
                // An accepted message can be handed to a modem.
                let left = std::time::Duration::from_secs(60);
                submitted.checked.message.submission(left, None).unwrap();
            }
            Err(status) => assert_ne!(status, CommandStatus::EsmeRok),
        }
    }
    assert!(read > 30_000 && accepted > 1_000, "{read} {accepted}");
}

#[test]
fn frames_are_found_wherever_a_stream_is_cut() {
    let stream = seeds().concat();
    for cut in 0..=stream.len() {
        let (mut codec, mut buffer, mut frames) = (frames::codec(), BytesMut::new(), Vec::new());
        for piece in [&stream[..cut], &stream[cut..]] {
            buffer.extend_from_slice(piece);
            while let Some(frame) = codec.decode(&mut buffer).unwrap() {
                frames.push(frame.to_vec());
            }
        }
        assert_eq!(frames, seeds(), "cut at {cut}");
    }
}

#[test]
fn a_length_that_is_broken_is_seen_at_once() {
    for (length, is_error) in [(0_u32, false), (15, false), (16, false), (66_001, true)] {
        let mut stream = BytesMut::from([length.to_be_bytes(), [0; 4]].concat().as_slice());
        stream.extend_from_slice(&[0; 8]);
        match frames::codec().decode(&mut stream) {
            Ok(frame) => {
                let is_broken = Header::of(&frame.unwrap()).is_none();
                assert_eq!((is_broken, is_error), (length < 16, false), "{length}");
            }
            Err(_) => assert!(is_error, "{length}"),
        }
    }
}
