"""What the scripts share that publish at a centre and look at a post: an alert, a row of a list, a scan and its reasons."""
import time


def alert(surname, given, **more):
    return {"owner": "State Police", "basis": "Law 108, article 9", "purpose": "to ask about a theft", "action": "inquiry", "until": "2099-12-31",
            "people": [{"surname": surname, "given": given, "birth": "1988-02-03"}], **more}


def scan(browser, surname, given, direction="entry"):
    status, answer = browser.ask("POST", "/v1/scans", {"person": {"surname": surname, "given": given, "birth": "1988-02-03", "nationality": "UTO", "sex": "F",
                                                                  "document": {"kind": "passport", "issuer": "UTO", "number": "U55500012", "expiry": "2034-01-01"}},
                                                       "direction": direction, "party": {"adults": 1, "children": 0}})
    assert status == 200, (status, answer)
    return {**answer, **(answer.get("advice") if isinstance(answer.get("advice"), dict) else {})}


def reasons(answer):
    return [reason["rule"] for reason in answer["reasons"]]


def row_of(entry, surname, given, **more):
    return {"id": entry, "kind": "person", "names": [f"{surname}, {given}"], "births": ["1988-02-03"], "nationalities": ["UTO"], "on_entry": "inquiry", "on_exit": "inform", **more}


def until_scan(browser, surname, given, rule, limit=40.0, **more):
    """Seconds until a scan gives that reason, and the scan."""
    began = time.monotonic()
    while time.monotonic() - began < limit:
        answer = scan(browser, surname, given, **more)
        if rule in reasons(answer):
            return time.monotonic() - began, answer
        time.sleep(0.02)
    return None, answer
