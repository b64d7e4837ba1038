//! The control channel of the modem: 3GPP TS 27.010, 5.4.6.

use super::{PLAIN, Simulator};

/// The bit of a type that marks a command.
const COMMAND: u8 = 2;

impl Simulator {
    /// Takes messages of the host: type, length, value.
    pub(super) fn take_control(&mut self, mut octets: &[u8]) {
        while let [kind, length, rest @ ..] = octets {
            let length = usize::from(length >> 1);
            let Some(value) = rest.get(..length) else { return };
            octets = rest.get(length..).unwrap_or_default();
            if kind & COMMAND != 0 {
                self.take_control_command(*kind, value);
                if !self.mux.is_running() {
                    return;
                }
            }
        }
    }

    fn take_control_command(&mut self, kind: u8, value: &[u8]) {
        let answer = kind & !COMMAND;
        let Some(running) = &mut self.mux.running else { return };
        match (kind, value) {
            // Test, line status.
            (0x23 | 0x53, _) => {}
            // Power saving.
            (0x43, _) => {
                self.write_control(answer, value);
                if let Some(running) = &mut self.mux.running {
                    running.is_asleep = true;
                }
                return;
            }
            // Close-down.
            (0xC3, _) => {
                self.write_control(answer, value);
                return self.end_mux();
            }
            // Flow control of all channels: on and off.
            (0xA3, _) => running.all_stopped = false,
            (0x63, _) => running.all_stopped = true,
            // Status of a channel.
            (0xE3, [address, signals, ..]) => {
                let dlci = address >> 2;
                if signals & 2 != 0 && dlci != PLAIN {
                    running.stopped.insert(dlci);
                } else {
                    running.stopped.remove(&dlci);
                }
            }
            // Negotiation: the information of a frame may be lowered.
            (0x83, [dlci, frame_type, priority, t1, low, high, n2, window]) => {
                let wanted = u16::from_le_bytes([*low, *high]);
                let [low, high] = wanted.clamp(1, self.desk.profile.mux.information).to_le_bytes();
                // UIH only, whatever convergence layer is asked for.
                let frame_type = frame_type & 0xF0;
                let value = [*dlci, frame_type, *priority, *t1, low, high, *n2, *window];
                return self.write_control(answer, &value);
            }
            // The settings of the port: 115,200 bits per second, 8N1.
            (0x93, [address, ..]) => {
                let value = [*address, 7, 3, 0, 0x11, 0x13, 0, 0];
                return self.write_control(answer, &value);
            }
            // Not supported.
            _ => return self.write_control(0x11, &[kind]),
        }
        self.write_control(answer, value);
    }

    /// Writes a message on the control channel.
    pub(super) fn write_control(&mut self, kind: u8, value: &[u8]) {
        let length = u8::try_from(value.len().min(127)).unwrap_or(127);
        let value = value.get(..usize::from(length)).unwrap_or(value);
        self.write_data(PLAIN, &[&[kind, length << 1 | 1], value].concat());
    }

    /// Closes the multiplexer without a request of the host.
    pub(crate) fn close_mux_unasked(&mut self) {
        self.switch(PLAIN);
        if self.mux.is_running() {
            self.write_control(0xC3, &[]);
            self.end_mux();
        }
    }
}
