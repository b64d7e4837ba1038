"""jasmin, which runs already: set up by the commands in the file given, with messages and receipts
over HTTP."""

import collections
import http.server
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

from common import ECHO, TEXTS, WITHIN, Until, is_gsm

receipts, texts = [], []


class Handler(http.server.BaseHTTPRequestHandler):
    """The addresses of dlr-url and of the HTTP connector."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        query = urllib.parse.parse_qs(body.decode("ascii"), keep_blank_values=True)
        path = urllib.parse.urlparse(self.path)
        if path.path == "/receipt":
            receipts.append((path.query, query["message_status"][0]))
        else:
            octets = bytes.fromhex(query["binary"][0])
            texts.append(octets.decode("utf-16-be") if query["coding"] == ["\x08"] else gsm(octets))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ACK/Jasmin")

    def log_message(self, *arguments):
        pass


def gsm(octets):
    """The text of septets, one in each octet."""
    import smpplib.gsm

    text, octets = "", list(octets)
    while octets:
        octet = octets.pop(0)
        is_escape = octet == 0x1B
        text += smpplib.gsm.GSM_CHARACTER_TABLE[octets.pop(0) + 0x80 if is_escape else octet]
    return text


def set_up(commands):
    """Types commands into the console, each after its prompt."""
    until = Until()
    while True:
        try:
            console = socket.create_connection(("127.0.0.1", 8990))
            break
        except ConnectionRefusedError as error:
            until.holds_on(error)
            time.sleep(0.1)
    console.settimeout(WITHIN)

    def read(*ends):
        seen = b""
        while not seen.endswith(ends):
            octets = console.recv(4096)
            assert octets, seen
            seen += octets
        return seen.decode("utf-8", "replace")

    # The first prompt waits for a terminal.
    read(b"\n")
    for command in commands:
        console.sendall(command.encode() + b"\r\n")
        answer = read(b"jcli : ", b"> ")
        assert "Error" not in answer and "nknown" not in answer, (command, answer)
    console.close()


def ask(path, query):
    with urllib.request.urlopen(f"http://127.0.0.1:1401/{path}?{query}") as answer:
        return answer.read().decode()


def send(number, text):
    query = {
        "username": "shop",
        "password": "secret",
        "from": "Shop",
        "to": ECHO,
        "coding": 0 if is_gsm(text) else 8,
        "dlr": "yes",
        "dlr-level": 2,
        "dlr-method": "POST",
        "dlr-url": f"http://127.0.0.1:13098/receipt?{number}",
    }
    if is_gsm(text):
        query["content"] = text
    else:
        query["hex-content"] = text.encode("utf-16-be").hex()
    answer = ask("send", urllib.parse.urlencode(query))
    assert answer.startswith("Success"), answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 13098), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(sys.argv[1], encoding="ascii") as file:
    set_up([line for line in file.read().splitlines() if not line.startswith("#")])
for number, text in enumerate(TEXTS):
    send(number, text)
until = Until()
while len(texts) < len(TEXTS) or len(receipts) < len(TEXTS):
    until.holds_on((receipts, texts))
    time.sleep(0.05)
assert sorted(receipts) == [(str(number), "DELIVRD") for number in range(len(TEXTS))], receipts
assert collections.Counter(texts) == collections.Counter(TEXTS), texts
print(f"jasmin: {len(TEXTS)} messages, each with its receipt and its echo")
