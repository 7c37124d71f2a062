"""What the scripts share that ask a country's nodes: numbered checks, one run of the program named first on the command
line, and somebody at a page."""
import http.client
import json
import os
import re
import subprocess
import sys

program = os.path.abspath(sys.argv[1])
tried, failed = 0, 0


def check(name, good, seen=None):
    global tried, failed
    tried += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {tried} - {name}" + ("" if good else f" # {seen}"), flush=True)


def over():
    """How many checks there were; ends with 1 when one failed or there was none."""
    print(f"1..{tried}")
    sys.exit(1 if failed or tried == 0 else 0)


def run(*arguments, text=""):
    return subprocess.run([program, *arguments], input=text, text=True, capture_output=True, check=True).stdout


class Browser:
    """Asks one node, with the session it was given; an interface, if any, sees every answer."""
    def __init__(self, address, interface=None):
        self.host = re.sub("^http://", "", address)
        self.cookie, self.csrf, self.interface = "", "", interface

    def ask(self, method, path, body=None, **more):
        port = int(self.host.rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Host": self.host, "Cookie": self.cookie, "X-Postern-Csrf": self.csrf, "Content-Type": "application/json", **more}
        connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body), {k: v for k, v in headers.items() if v})
        answer = connection.getresponse()
        text = answer.read()
        if self.interface:
            self.interface.saw(method, path, body, answer, text)
        if answer.getheader("Set-Cookie"):
            self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    def sign_in(self, user, password, **more):
        status, answer = self.ask("POST", "/v1/session", {"user": user, "password": password, **more})
        if status == 200:
            self.csrf = answer["csrf"]
        return status, answer
