"""Reads the letter that a mail server delivered, and compares it with what dime said it would send.

Usage: delivered.py MAILDIR SAID SUBJECT ID RECEIVED. MAILDIR must hold exactly one new letter, which is marked as seen;
SAID is the answer of `dime digest --json`; SUBJECT is the letter's; its Message-ID must begin with ID, and a line of the
way it took must hold RECEIVED. Prints a line a check and the Message-ID, and ends at the first check that fails.
"""

import email
import email.policy
import email.utils
import json
import mailbox
import sys
import time

maildir, said, subject, id_begins, received = sys.argv[1:]


def check(what, good, found=""):
    if not good:
        sys.exit(f"FAILED  {what}\n        {found}")
    print(f"ok      {what}")


def same(what, expected, found):
    check(what, expected == found, f"expected {expected!r}\n        found    {found!r}")


box = mailbox.Maildir(maildir, factory=None, create=False)
new = [(key, message) for key, message in box.items() if message.get_subdir() == "new"]
same("one letter is delivered", 1, len(new))
key, raw = new[0]
raw.set_subdir("cur")
letter = email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
box[key] = raw

with open(said, encoding="utf-8") as file:
    said = json.load(file)
check("  it came as it should", any(received in line for line in letter.get_all("Received")), letter["Received"])
same("  Subject", subject, letter["Subject"])
same("  From", "dime für Marisol <dime@example.com>", letter["From"])
same("  To", "Zoë Ångström <pat@example.com>", letter["To"])
same("  envelope", ["<dime@example.com>", "pat@example.com"], [letter["Return-Path"], letter["X-Original-To"]])
same("  Auto-Submitted", "auto-generated", letter["Auto-Submitted"])
same("  List-Id", "dime <digest.example.com>", letter["List-Id"])
date = letter["Date"].datetime
check("  Date is of this hour", abs(time.time() - date.timestamp()) < 3600, date)
check("  Message-ID", letter["Message-ID"].startswith(f"<{id_begins}") and letter["Message-ID"].endswith("@example.com>"),
      letter["Message-ID"])
same("  no header twice", [], [name for name in set(letter.keys()) if name != "Received" and len(letter.get_all(name)) > 1])
same("  nothing is damaged", [], [defect for part in letter.walk() for defect in part.defects])
same("  plain text, then HTML", ["text/plain", "text/html"], [part.get_content_type() for part in letter.iter_parts()])
for part, name in zip(letter.iter_parts(), ("text", "html")):
    text = part.get_content().replace("\r\n", "\n")
    same(f"  every word of the {name}", said[name].strip(), text.strip())
    check(f"  some words of the {name} are not ASCII", not text.isascii())
print(letter["Message-ID"])
