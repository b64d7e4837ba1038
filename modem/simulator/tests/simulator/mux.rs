//! The multiplexer, octet by octet: 3GPP TS 27.010.

use core::time::Duration;

use modem_simulator::{Fact, Fault, FaultPlan, MuxProfile, Profile, Simulator, Verb};

const START: Duration = Duration::ZERO;

/// The octets of words in hexadecimal; a text in quotes stands for its bytes.
fn octets(text: &str) -> Vec<u8> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .flat_map(|word| match word.strip_prefix('\'') {
            Some(text) => {
                text.replace("\\r", "\r").replace("\\n", "\n").replace('_', " ").into_bytes()
            }
            None => vec![u8::from_str_radix(word, 16).unwrap()],
        })
        .collect()
}

fn output(modem: &mut Simulator) -> Vec<u8> {
    core::iter::from_fn(|| modem.poll_transmit()).flatten().collect()
}

/// Asserts that the modem answers these octets with those.
#[track_caller]
fn exchange(modem: &mut Simulator, written: &str, expected: &str) {
    modem.handle_input(&octets(written), START);
    let found = output(modem);
    assert_eq!(found.escape_ascii().to_string(), octets(expected).escape_ascii().to_string());
}

/// A modem that multiplexes, with its control channel open.
fn multiplexing(profile: Profile) -> Simulator {
    let mut modem = Simulator::new(profile);
    modem.handle_input(b"ATE0\r", START);
    output(&mut modem);
    exchange(&mut modem, "'AT+CMUX=0\\r", "'\\r\\nOK\\r\\n");
    exchange(&mut modem, "F9 03 3F 01 1C F9", "F9 03 73 01 D7 F9");
    modem
}

/// A modem with the channels 1 and 2 open, and no echo on them.
fn with_two_channels(profile: Profile) -> Simulator {
    let mut modem = multiplexing(profile);
    let status = profile.mux.sends_status;
    let one = if status {
        "F9 07 73 01 15 F9 F9 01 EF 09 E3 05 07 8D 9A F9"
    } else {
        "F9 07 73 01 15 F9"
    };
    let two = if status {
        "F9 0B 73 01 92 F9 F9 01 EF 09 E3 05 0B 8D 9A F9"
    } else {
        "F9 0B 73 01 92 F9"
    };
    exchange(&mut modem, "F9 07 3F 01 DE F9", one);
    exchange(&mut modem, "F9 0B 3F 01 59 F9", two);
    modem.handle_input(&frame(1, b"ATE0\r"), START);
    modem.handle_input(&frame(2, b"ATE0\r"), START);
    output(&mut modem);
    modem
}

#[test]
fn the_test_form_has_ranges_in_nine_lists() {
    let mut modem = Simulator::new(Profile::GENERIC);
    modem.handle_input(b"ATE0\r", START);
    output(&mut modem);
    exchange(
        &mut modem,
        "'AT+CMUX=?\\r",
        "'\\r\\n+CMUX:_(0-1),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255),(1-7)\\r\\n\\r\\nOK\\r\\n",
    );
    exchange(&mut modem, "'AT+CMUX=0,0,5,127,10,3,30,10,2,9\\r", "'\\r\\nERROR\\r\\n");
    exchange(&mut modem, "'AT+CMUX=0,1\\r", "'\\r\\nERROR\\r\\n");
    exchange(&mut modem, "'AT\\r", "'\\r\\nOK\\r\\n");
}

#[test]
fn each_channel_has_a_dialogue_of_its_own() {
    let mut modem = with_two_channels(Profile::GENERIC);
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "F9 05 EF 0D '\\r\\nOK\\r\\n 5F F9");
    // Half a line on channel 1 does not disturb channel 2.
    modem.handle_input(&frame(1, b"A"), START);
    modem.handle_input(&frame(2, b"AT\r"), START);
    let bytes = output(&mut modem);
    assert_eq!((text(&bytes).as_str(), channels(&bytes)), ("\r\nOK\r\n", vec![2]));
    modem.handle_input(&frame(1, b"T\r"), START);
    assert_eq!(channels(&output(&mut modem)), [1]);
}

#[test]
fn the_multiplexer_is_refused_inside_itself_and_data_on_a_closed_channel_gets_dm() {
    let mut modem = with_two_channels(Profile::GENERIC);
    modem.handle_input(&frame(1, b"AT+CMUX=0\r"), START);
    assert_eq!(text(&output(&mut modem)), "\r\nERROR\r\n");
    modem.handle_input(&frame(3, b"AT\r"), START);
    assert_eq!(output(&mut modem)[..3], [0xF9, 0x0F, 0x0F]);
    // Channel 62 is never opened.
    modem.handle_input(&octets("F9 FB 3F 01 D1 F9"), START);
    let answer = output(&mut modem);
    assert!(answer.is_empty() || answer[2] == 0x1F, "{answer:X?}");
}

/// A data frame of the host on a channel, for at most 127 octets.
fn frame(dlci: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    let header = [dlci << 2 | 3, 0xEF, length << 1 | 1];
    let check = header.iter().fold(0xFFu8, |check, octet| {
        (0..8).fold(
            check ^ octet,
            |check, _| if check & 1 == 1 { check >> 1 ^ 0xE0 } else { check >> 1 },
        )
    });
    [&[0xF9], &header[..], data, &[0xFF - check, 0xF9]].concat()
}

/// The data of all frames, with short lengths.
fn text(mut bytes: &[u8]) -> String {
    let mut found = Vec::new();
    while let [0xF9, _, _, length, rest @ ..] = bytes {
        let length = usize::from(length >> 1);
        found.extend(&rest[..length]);
        bytes = &rest[length + 2..];
    }
    String::from_utf8(found).unwrap()
}

/// The channels of all frames.
fn channels(mut bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    while let [0xF9, address, _, length, rest @ ..] = bytes {
        found.push(address >> 2);
        bytes = &rest[usize::from(length >> 1) + 2..];
    }
    found
}

#[test]
fn unsolicited_lines_come_on_the_channel_that_asked_or_on_that_of_the_profile() {
    for (fixed, expected) in [(None, 2), (Some(1), 1)] {
        let mut profile = Profile::GENERIC;
        profile.mux.urc_channel = fixed;
        let mut modem = with_two_channels(profile);
        for channel in [1, 2] {
            modem.handle_input(&frame(channel, b"AT+CNMI=2,1\r"), START);
        }
        output(&mut modem);
        modem.deliver("+491715550100", "Hello", START).unwrap();
        let bytes = output(&mut modem);
        assert_eq!(text(&bytes), "\r\n+CMTI: \"SM\",1\r\n");
        assert_eq!(channels(&bytes), [expected]);
        // One store for both.
        modem.handle_input(&frame(1, b"AT+CMGF=1;+CMGR=1\r"), START);
        assert!(text(&output(&mut modem)).contains("Hello"));
    }
}

#[test]
fn a_late_answer_goes_to_the_channel_of_its_command() {
    let mut modem = with_two_channels(Profile::GENERIC);
    modem.set_latency(Duration::from_secs(2));
    modem.handle_input(&frame(2, b"AT+CMGS=11\r"), START);
    modem.handle_input(&frame(2, b"0011000491214300F5AA014A\x1a"), START);
    output(&mut modem);
    modem.handle_input(&frame(1, b"AT\r"), START);
    assert_eq!(channels(&output(&mut modem)), [1], "channel 1 does not wait for channel 2");
    let later = Duration::from_secs(3);
    let mut bytes = Vec::new();
    while let Some(due) = modem.poll_timeout().filter(|due| *due <= later) {
        modem.handle_timeout(due);
        bytes.extend(output(&mut modem));
    }
    assert_eq!(channels(&bytes), [2]);
    assert!(text(&bytes).contains("+CMS ERROR") || text(&bytes).contains("+CMGS: "));
}

#[test]
fn the_advanced_option_multiplexes_as_well() {
    let mut modem = Simulator::new(Profile::GENERIC);
    modem.handle_input(b"ATE0\rAT+CMUX=1\r", START);
    output(&mut modem);
    exchange(&mut modem, "7E 03 3F FC 7E", "7E 03 73 85 7E");
    exchange(&mut modem, "7E 07 3F 89 7E", "7E 07 73 F0 7E 7E 01 EF E3 05 07 8D AA 7E");
    modem.handle_input(&octets("7E 07 EF 'ATE0\\r 05 7E"), START);
    output(&mut modem);
    exchange(&mut modem, "7E 07 EF 'AT\\r 05 7E", "7E 05 EF '\\r\\nOK\\r\\n DF 7E");
}

#[test]
fn the_control_channel_answers_and_closes_down() {
    let mut modem = with_two_channels(Profile::GENERIC);
    exchange(
        &mut modem,
        "F9 03 EF 0D 23 09 70 69 6E 67 FC F9",
        "F9 01 EF 0D 21 09 70 69 6E 67 9D F9",
    );
    // Service negotiation is not supported.
    exchange(&mut modem, "F9 03 EF 09 D3 05 07 01 FB F9", "F9 01 EF 07 11 03 D3 70 F9");
    // Status with FC: channel 1 is silent until it is released.
    exchange(&mut modem, "F9 03 EF 09 E3 05 07 8F FB F9", "F9 01 EF 09 E1 05 07 8F 9A F9");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "");
    exchange(
        &mut modem,
        "F9 03 EF 09 E3 05 07 8D FB F9",
        "F9 01 EF 09 E1 05 07 8D 9A F9 F9 05 EF 0D '\\r\\nOK\\r\\n 5F F9",
    );
    // After the close-down the port has the dialogue that it had before.
    exchange(
        &mut modem,
        "F9 03 EF 05 C3 01 F2 F9 'AT\\r",
        "F9 01 EF 05 C1 01 93 F9 '\\r\\nOK\\r\\n",
    );
}

#[test]
fn disc_on_the_control_channel_closes_down_too() {
    let mut modem = with_two_channels(Profile::GENERIC);
    exchange(&mut modem, "F9 07 53 01 3F F9", "F9 07 73 01 15 F9");
    exchange(&mut modem, "F9 03 53 01 FD F9 'AT\\r", "F9 03 73 01 D7 F9 '\\r\\nOK\\r\\n");
}

#[test]
fn without_a_control_channel_the_modem_is_in_at_mode_again_after_5_s() {
    let mut modem = Simulator::new(Profile::GENERIC);
    modem.handle_input(b"ATE0\rAT+CMUX=0\r", START);
    output(&mut modem);
    exchange(&mut modem, "'AT\\r", "");
    modem.handle_timeout(Duration::from_secs(5));
    modem.handle_input(b"AT\r", Duration::from_secs(5));
    assert_eq!(output(&mut modem), b"\r\nOK\r\n");
}

#[test]
fn a_reset_on_a_channel_ends_the_multiplexer() {
    let mut modem = with_two_channels(Profile::GENERIC);
    modem.handle_input(&frame(1, b"AT+CFUN=1,1\r"), START);
    output(&mut modem);
    modem.handle_input(b"ATE0\r", START);
    assert!(output(&mut modem).ends_with(b"OK\r\n"));
    assert!(modem.truth().iter().filter(|entry| entry.fact == Fact::PoweredUp).count() > 1);
}

#[test]
fn profiles_depart_from_the_standard() {
    let mut profile = Profile::GENERIC;
    profile.mux = MuxProfile {
        channels: 2,
        sends_status: false,
        sets_poll_bit: true,
        ..MuxProfile::STANDARD
    };
    let mut modem = with_two_channels(profile);
    exchange(&mut modem, "F9 0F 3F 01 9B F9", "F9 0F 1F 01 B1 F9");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "F9 05 FF 0D '\\r\\nOK\\r\\n 4A F9");

    profile.mux = MuxProfile { stays: true, ..MuxProfile::STANDARD };
    let mut modem = Simulator::new(profile);
    exchange(&mut modem, "'AT+CMUX=0\\r", "'AT+CMUX=0\\r\\r\\nOK\\r\\n");
    exchange(&mut modem, "F9 03 3F 01 1C F9", "F9 03 3F 01 1C F9");

    profile.mux = MuxProfile::NONE;
    let mut modem = Simulator::new(profile);
    exchange(&mut modem, "'AT+CMUX=?\\r", "'AT+CMUX=?\\r\\r\\nERROR\\r\\n");

    profile.mux = MuxProfile { information: 4, ..MuxProfile::STANDARD };
    let mut modem = with_two_channels(profile);
    modem.handle_input(&frame(1, b"AT\r"), START);
    let bytes = output(&mut modem);
    assert_eq!((text(&bytes).as_str(), channels(&bytes)), ("\r\nOK\r\n", vec![1, 1]));
}

#[test]
fn faults_lose_and_spoil_frames_stop_channels_and_close_down() {
    let mut modem = with_two_channels(Profile::GENERIC);
    let fault = |modem: &mut Simulator, line: &str| {
        modem.perform(line.parse::<Verb>().unwrap(), START).unwrap();
    };
    fault(&mut modem, "fault lose-frame 0");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "");
    fault(&mut modem, "fault spoil-frame 0");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "F9 05 EF 0D '\\r\\nOK\\r\\n 5E F9");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "F9 05 EF 0D '\\r\\nOK\\r\\n 5F F9");
    fault(&mut modem, "fault mute-channel 1");
    exchange(&mut modem, "F9 07 EF 07 'AT\\r D3 F9", "");
    exchange(&mut modem, "F9 0B EF 07 'AT\\r 54 F9", "F9 09 EF 0D '\\r\\nOK\\r\\n D8 F9");
    // Opened again, it lives.
    exchange(&mut modem, "F9 07 3F 01 DE F9", "F9 07 73 01 15 F9 F9 01 EF 09 E3 05 07 8D 9A F9");
    modem.handle_input(&frame(1, b"ATE0\r"), START);
    assert!(text(&output(&mut modem)).ends_with("OK\r\n"));
    fault(&mut modem, "close-mux");
    assert_eq!(output(&mut modem), octets("F9 01 EF 05 C3 01 93 F9").as_slice());

    let mut modem = multiplexing(Profile::GENERIC);
    modem.set_faults(FaultPlan::new(1).with(Fault::StopChannel { channel: 1 }));
    exchange(&mut modem, "F9 07 3F 01 DE F9", "F9 07 73 01 15 F9 F9 01 EF 09 E3 05 07 8F 9A F9");
}
