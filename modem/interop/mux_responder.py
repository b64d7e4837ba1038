#!/usr/bin/env python3
"""A naive modem that multiplexes (AT+CMUX, both options), at a pty that LINK points to.

    mux_responder.py LINK LOG

It answers every AT line with OK, and ATI with its name. The log has a line for each frame of the host.
"""

import os
import pty
import re
import sys
import tty

import mux_frames as frames

OFFER = "+CMUX: (0,1),(0),(1-8),(1-1500),(1-255),(0-100),(2-255),(1-255),(1-7)"
# The commands of the control channel that are answered with their own value.
MIRRORED = {0x23, 0x43, 0x53, 0x63, 0x83, 0x93, 0xA3, 0xC3, 0xE3}


def answer(line):
    if not line.upper().startswith("AT"):
        return b""
    information = {"ATI": "Naive modem", "AT+CMUX=?": OFFER}.get(line.upper())
    return (f"\r\n{information}\r\n" if information else "").encode() + b"\r\nOK\r\n"


class Responder:
    def __init__(self, port, log):
        self.port, self.log = port, log
        self.reader, self.lines, self.open = None, {0: b""}, set()

    def send(self, dlci, command, control, information=b""):
        os.write(self.port, frames.write(self.reader.advanced, dlci, command, control, information))

    def take(self, octets):
        if self.reader:
            for frame in self.reader.read(octets):
                if self.reader:
                    self.frame(*frame[:4])
            return
        self.lines[0] += octets
        while not self.reader and b"\r" in self.lines[0]:
            line, self.lines[0] = self.lines[0].split(b"\r", 1)
            line = line.decode("latin-1").strip()
            line = line[line.upper().find("AT"):] if "AT" in line.upper() else line
            os.write(self.port, answer(line))
            mode = re.match(r"AT\+CMUX=(\d)", line.upper())
            if mode:
                self.reader, self.open = frames.Reader(mode[1] == "1"), set()

    def frame(self, dlci, command, control, information):
        self.log.write(f"{dlci} {command} {control:02X} {information.hex()}\n")
        self.log.flush()
        kind = control & ~0x10
        if kind == frames.SABM:
            self.open.add(dlci)
            self.lines[dlci] = b""
            self.send(dlci, 1, frames.UA | 0x10)
            if dlci:
                self.send(0, 0, frames.UIH, bytes([0xE3, 5, dlci * 4 + 3, 0x8D]))
        elif kind == frames.DISC:
            self.send(dlci, 1, (frames.UA if dlci in self.open else frames.DM) | 0x10)
            self.open.discard(dlci)
            if dlci == 0:
                self.reader = None
        elif kind in (frames.UIH, frames.UI) and dlci == 0 and information and information[0] & 2:
            if information[0] not in MIRRORED:
                return self.send(0, 0, frames.UIH, bytes([0x11, 3, information[0]]))
            self.send(0, 0, frames.UIH, bytes([information[0] - 2]) + information[1:])
            if information[0] == 0xC3:
                self.reader = None
        elif kind in (frames.UIH, frames.UI) and dlci in self.open:
            self.lines[dlci] += information
            while b"\r" in self.lines[dlci]:
                line, self.lines[dlci] = self.lines[dlci].split(b"\r", 1)
                self.send(dlci, 0, frames.UIH, answer(line.decode("latin-1").strip()))


def main():
    master, slave = pty.openpty()
    for end in master, slave:
        tty.setraw(end)
    os.symlink(os.ttyname(slave), sys.argv[1])
    with open(sys.argv[2], "w", encoding="ascii") as log:
        responder = Responder(master, log)
        while True:
            responder.take(os.read(master, 4096))


if __name__ == "__main__":
    main()
