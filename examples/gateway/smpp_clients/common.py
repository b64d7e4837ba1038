"""What all clients send, and what they must get back.

The recipient is the simulated subscriber who sends every message back, so that each text is compared
after it has gone out through the modem and has come in again.
"""

import re
import time

ECHO = "491715550177"
PORT = 2775
# Seconds, many times what a slow and busy machine needs.
WITHIN = 180

LATIN = "The quick brown fox. Grüße: @£$ àéèìòù ÄÖÑÜ {[~]} €; "
TEXTS = [
    (LATIN * 4)[:150] + "0123456789",
    "x" * 161,
    ("One, two, three, four, five. " * 11)[:300],
    "Привет, мир",
    "Жук 🦊 " * 20,
]


def is_gsm(text):
    """Whether one of the texts is in the GSM 7-bit default alphabet."""
    return all(ord(character) < 0x100 or character == "€" for character in text)


RECEIPT = re.compile(
    r"^id:([1-9]\d{0,18}) sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} "
    r"stat:DELIVRD err:000 text:.*$"
)


def receipt_id(text):
    """The message id of the receipt of a message that was delivered."""
    found = RECEIPT.match(text)
    assert found, text
    return found.group(1)


class Until:
    """Waits for a condition."""

    def __init__(self):
        self.end = time.monotonic() + WITHIN

    def holds_on(self, what):
        assert time.monotonic() < self.end, f"nothing has come: {what}"
