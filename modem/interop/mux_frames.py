"""Frames of 3GPP TS 27.010, written naively: the check bit by bit, the reader octet by octet."""

SABM, UA, DM, DISC, UIH, UI = 0x2F, 0x63, 0x0F, 0x43, 0xEF, 0x03
FLAGS = {False: 0xF9, True: 0x7E}


def check(octets):
    remainder = 0xFF
    for octet in octets:
        remainder ^= octet
        for _ in range(8):
            remainder = remainder >> 1 ^ 0xE0 if remainder & 1 else remainder >> 1
    return 0xFF - remainder


def write(advanced, dlci, command, control, information=b""):
    """The octets of a frame, flags included."""
    header = bytes([dlci * 4 + command * 2 + 1, control])
    if not advanced:
        length = len(information)
        header += bytes([length * 2 + 1]) if length < 128 else bytes([length % 128 * 2, length // 128])
    covered = header if control & ~0x10 == UIH else header + information
    body = header + information + bytes([check(covered)])
    if advanced:
        escaped = bytearray()
        for octet in body:
            escaped += bytes([0x7D, octet ^ 0x20]) if octet in (0x7E, 0x7D, 0x11, 0x13) else bytes([octet])
        body = bytes(escaped)
    flag = bytes([FLAGS[advanced]])
    return flag + body + flag


class Reader:
    """Returns frames as (dlci, command, control, information, octets)."""

    def __init__(self, advanced):
        self.advanced = advanced
        self.octets = b""

    def read(self, octets):
        self.octets += octets
        flag = bytes([FLAGS[self.advanced]])
        frames = []
        while True:
            begin = self.octets.find(flag)
            if begin < 0:
                self.octets = b""
                return frames
            self.octets = flag + self.octets[begin:].lstrip(flag)
            end = self.end(flag)
            if end is None:
                return frames
            frame = self.frame(self.octets[1:end]) if end else None
            if frame:
                frames.append((*frame, self.octets[: end + 1]))
                self.octets = self.octets[end:]
            else:
                self.octets = self.octets[1:]

    def end(self, flag):
        """The position of the closing flag; 0 if there is none where it should be, None if it is not there yet."""
        octets = self.octets
        if self.advanced:
            end = octets.find(flag, 1)
            return None if end < 0 else end
        if len(octets) < 5:
            return None
        header = 4 if octets[3] % 2 else 5
        length = octets[3] // 2 + (0 if octets[3] % 2 else octets[4] * 128)
        end = header + length + 1
        if end >= len(octets):
            return None
        return end if octets[end : end + 1] == flag else 0

    def frame(self, body):
        if self.advanced:
            plain, rest = bytearray(), iter(body)
            for octet in rest:
                plain.append(next(rest, 0) ^ 0x20 if octet == 0x7D else octet)
            body = bytes(plain)
        if len(body) < 3:
            return None
        header = 2 if self.advanced else 3 if body[2] % 2 else 4
        covered = body[:header] if body[1] & ~0x10 == UIH else body[:-1]
        if check(covered) != body[-1]:
            return None
        return body[0] // 4, body[0] // 2 % 2, body[1], body[header:-1]
