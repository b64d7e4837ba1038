"""kannel's bearerbox and smsbox, which run already: messages and receipts over HTTP."""

import collections
import http.server
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from common import ECHO, TEXTS, Until, is_gsm

receipts, texts = [], []


class Handler(http.server.BaseHTTPRequestHandler):
    """The addresses of dlr-url and of the sms-service."""

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query, encoding="latin-1", keep_blank_values=True)
        if url.path == "/receipt":
            receipts.append((query["number"][0], int(query["status"][0])))
        else:
            octets = query["text"][0].encode("latin-1")
            coding = "utf-16-be" if query["coding"][0] == "2" else "utf-8"
            texts.append(octets.decode(coding))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 13099), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def send(number, text):
    query = {
        "username": "shop",
        "password": "secret",
        "from": "Shop",
        "to": "+" + ECHO,
        "charset": "UTF-8" if is_gsm(text) else "UTF-16BE",
        "coding": 0 if is_gsm(text) else 2,
        "dlr-mask": 3,
        "dlr-url": f"http://127.0.0.1:13099/receipt?number={number}&status=%d",
    }
    encoded = urllib.parse.urlencode(query)
    encoded += "&text=" + urllib.parse.quote(text.encode(query["charset"]), safe="")
    until = Until()
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:13013/cgi-bin/sendsms?{encoded}") as answer:
                assert answer.status == 202, answer.status
                return
        except urllib.error.URLError as error:
            # smsbox may still start.
            until.holds_on(error)
            time.sleep(0.1)


for number, text in enumerate(TEXTS):
    send(number, text)
until = Until()
# 1 is delivered, 8 is accepted by the service centre. A long text has one receipt, for its first part.
delivered = lambda: sorted(number for number, status in receipts if status == 1)
while len(texts) < len(TEXTS) or len(delivered()) < len(TEXTS):
    until.holds_on((receipts, texts))
    time.sleep(0.05)
assert delivered() == sorted(str(number) for number in range(len(TEXTS))), receipts
assert {status for _, status in receipts} <= {1, 8}, receipts
assert collections.Counter(texts) == collections.Counter(TEXTS), texts
print(f"kannel: {len(TEXTS)} messages, each with its receipt and its echo")
