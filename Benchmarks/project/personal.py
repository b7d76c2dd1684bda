#!/usr/bin/env python3
"""Writes tables, texts and notebooks with made-up personal data and hard negatives, and says where each one is.

    personal.py --half tuning|evaluation --output DIR [--seed N] [--check]      personal.py --self-test

A table is described by one line `column=maker` a column; a column of personal data has one row of the truth, at the first line where
it stands. In texts `@maker@` plants one piece and `§kind§` at the start of a line says that it is a hard negative. All people are
invented; every number has valid check digits, which the self test holds against published examples and second implementations.
"""
from __future__ import annotations

import argparse
import datetime
import html
import json
import random
import re
import string
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

FIELD = re.compile(r"@([a-z0-9_]+)@")
BENIGN = re.compile(r"^§([a-z0-9-]+)§")
DNI = "TRWAGMYFPDXB" + "NJZSQVHLCKE"
HETU = string.digits + "ABCDEFHJKLMN" + "PRSTUVWXY"
ODD = dict(zip(string.digits + string.ascii_uppercase, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] + [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23], strict=True))
VERHOEFF_D = [[(i + j) % 5 if i < 5 and j < 5 else (i - j) % 5 if i >= 5 and j >= 5 else 5 + (i + j) % 5 if i < 5 else 5 + (i - j) % 5 for j in range(10)] for i in range(10)]
VERHOEFF_P = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    VERHOEFF_P.append([VERHOEFF_P[1][i] for i in VERHOEFF_P[-1]])


def weighted(digits: str, weights: list[int]) -> int:
    """The sum of digits times weights."""
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))


def luhn(digits: str) -> str:
    """The last digit that makes a number pass the Luhn check."""
    return str(-sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits))) % 10)


def mod11_10(digits: str) -> str:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def verhoeff(digits: str) -> str:
    """The last digit by Verhoeff's tables."""
    check = 0
    for i, digit in enumerate(reversed(digits), 1):
        check = VERHOEFF_D[check][VERHOEFF_P[i % 8][int(digit)]]
    return str(next(j for j in range(10) if VERHOEFF_D[check][j] == 0))


# --- is a number valid? Written for checking, apart from the makers ---------------------------------------------------------
def luhn_ok(text: str) -> bool:
    total = 0
    for i, digit in enumerate(int(c) for c in reversed(text)):
        total += digit if i % 2 == 0 else digit * 2 - 9 * (digit > 4)
    return total % 10 == 0


def iban_ok(text: str) -> bool:
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def cpf_ok(text: str) -> bool:
    return len(set(text)) > 1 and all(sum(int(text[i]) * (n + 1 - i) for i in range(n)) * 10 % 11 % 10 == int(text[n]) for n in (9, 10))


def steuer_ok(text: str) -> bool:
    counts = sorted(Counter(text[:10]).values())
    return text[0] != "0" and counts in ([1] * 8 + [2], [1] * 7 + [3]) and mod11_10(text[:10]) == text[10]


def verhoeff_ok(text: str) -> bool:
    check = 0
    for i, digit in enumerate(reversed(text)):
        check = VERHOEFF_D[check][VERHOEFF_P[i % 8][int(digit)]]
    return check == 0 and text[0] in "23456789"


def fiscal_ok(text: str) -> bool:
    even = sum(int(c, 36) if c.isdigit() else ord(c) - 65 for c in text[1:15:2])
    return chr((sum(ODD[c] for c in text[0:15:2]) + even) % 26 + 65) == text[15]


VALID: dict[str, Callable[[str], bool]] = {
    "es-dni": lambda t: DNI[int(t[:8]) % 23] == t[8], "es-nie": lambda t: DNI[int(t[:8].translate(str.maketrans("XYZ", "012"))) % 23] == t[8],
    "it": fiscal_ok, "fr": lambda t: (int(t[:13]) + int(t[13:])) % 97 == 0, "de": steuer_ok, "nl": lambda t: (weighted(t, [9, 8, 7, 6, 5, 4, 3, 2]) - int(t[8])) % 11 == 0,
    "be": lambda t: any((int(p + t[:9]) + int(t[9:])) % 97 == 0 for p in ("", "2")), "pl": lambda t: weighted(t, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0,
    "se": luhn_ok, "fi": lambda t: HETU[int(t[:6] + t[6:9]) % 31] == t[9], "br": cpf_ok, "cn": lambda t: sum((10 if c == "X" else int(c)) * pow(2, 17 - i, 11) for i, c in enumerate(t)) % 11 == 1,
    "in": verhoeff_ok, "us": lambda t: t[:3] not in ("000", "666") and t[0] != "9" and t[3:5] != "00" and t[5:] != "0000", "gb-nhs": lambda t: weighted(t, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0,
    "gb-nino": lambda t: bool(re.fullmatch(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", t)),
    "kr": lambda t: (11 - weighted(t, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10 == int(t[12]), "ca": luhn_ok, "au": lambda t: weighted(t, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0,
    "pt": lambda t: (lambda r: (0 if r < 2 else 11 - r) == int(t[8]))(weighted(t, [9, 8, 7, 6, 5, 4, 3, 2]) % 11), "ch": lambda t: (weighted(t, [1, 3] * 6) + int(t[12])) % 10 == 0,
    "iban": iban_ok, "card": luhn_ok,
}
# Examples that authorities and standards print, in pieces.
PUBLISHED = {
    "es-dni": ["1234" + "5678Z"], "es-nie": ["X123" + "4567L"], "it": ["RSSMRA85" + "T10A562S"], "fr": ["25508141" + "6802538"], "de": ["8609574" + "2719", "6592997" + "0489"], "nl": ["1112" + "22333"],
    "be": ["8507300" + "3328"], "pl": ["4405140" + "1359"], "se": ["64082" + "33234"], "fi": ["13105" + "2308T"], "br": ["1114447" + "7735"], "cn": ["1101051949" + "1231002X"],
    "gb-nhs": ["94347" + "65919"], "ca": ["0464" + "54286"], "au": ["1234" + "56782"], "iban": ["GB82WEST" + "12345698765432", "DE893704" + "00440532013000", "FR142004" + "10100505" + "00013M02606"],
    "card": ["4111" + "111111111111", "3782" + "82246310005"], "ch": ["7569217" + "076985"], "in": ["23" + "63"],
}


class People:
    """Makes people and their numbers."""

    given = {"tuning": "Marta Jonas Priya Luis Hanna Pieter Giulia Kacper Aino Camille Rafael Sofie".split(), "evaluation": "Aiko Thomas Claire Sean Elif Ingrid Minjun Wei Nadia Owen Beatriz Lukas".split()}
    family = {"tuning": "Keller Brandt Raman Ortega Vogel Lindqvist Moretti Nowak Virtanen Lefevre Pereira Jansen".split(), "evaluation": "Tanaka Weber Dubois Gallagher Demir Solberg Kim Zhang Haddad Bennett Carvalho Horvat".split()}
    domains = {"tuning": "kellerbau-nord.de ortega-logistik.com brandt-partner.eu moretti-studio.it nowak-transport.pl".split(), "evaluation": "weberhandel-sued.at dubois-conseil.fr solberg-shipping.no gallagher-law.ie haddad-medical.org".split()}
    streets = {"tuning": "Lindenstraße;Calle de Alcalá;Via Garibaldi;Rue des Lilas;Oude Gracht".split(";"), "evaluation": "Maple Avenue;Rue du Moulin;Storgata;Mariahilfer Straße;Harcourt Road".split(";")}
    cities = {"tuning": "Hamburg;Sevilla;Bologna;Lille;Utrecht".split(";"), "evaluation": "Portland;Nantes;Bergen;Graz;Cork".split(";")}

    def __init__(self, seed: str, half: str) -> None:
        self.rng, self.half = random.Random(seed), half

    def of(self, alphabet: str, count: int) -> str:
        return "".join(self.rng.choices(alphabet, k=count))

    def digits(self, count: int) -> str:
        return self.of(string.digits, count)

    def born(self) -> datetime.date:
        return datetime.date(1945, 1, 1) + datetime.timedelta(days=self.rng.randrange(22000))

    def plain(self, text: str) -> str:
        return text.lower().replace("ß", "ss")

    def email(self) -> str:
        first, last = self.plain(self.rng.choice(self.given[self.half])), self.plain(self.rng.choice(self.family[self.half]))
        local = self.rng.choice([f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}{self.rng.randint(1, 99)}", f"{last}.{first}+news"])
        return f"{local}@{self.rng.choice(self.domains[self.half])}"

    def phone(self) -> str:
        if self.half == "tuning":
            return self.rng.choice([f"+49 15{self.rng.choice('127')}{self.digits(1)} {self.rng.randint(1000000, 9999999)}", f"+34 6{self.digits(2)} {self.digits(3)} {self.digits(3)}",
                                    f"+39 33{self.digits(1)} {self.digits(7)}", f"+33 6 {self.digits(2)} {self.digits(2)} {self.digits(2)} {self.digits(2)}"])
        area = self.rng.choice("503 971 617 312 415 206".split())
        return self.rng.choice([f"({area}) {self.rng.randint(2, 9)}{self.rng.randint(12, 54)}-{self.digits(4)}", f"+1-{area}-{self.rng.randint(2, 9)}{self.rng.randint(12, 54)}-{self.digits(4)}",
                                f"+44 7{self.rng.randint(400, 999)} {self.digits(6)}", f"+43 664 {self.rng.randint(1000000, 9999999)}", f"+47 4{self.digits(2)} {self.digits(2)} {self.digits(3)}"])

    def iban(self) -> str:
        country = self.rng.choice("DE ES FR NL PL".split() if self.half == "tuning" else "GB AT BE CH NO".split())
        d = self.digits
        if country == "ES":
            bank, account = d(8), d(10)
            def control(text: str) -> str:
                return {10: "1", 11: "0"}.get(value := 11 - weighted(text, [1, 2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11, str(value))
            body = bank + control("00" + bank) + control(account) + account
        elif country == "FR":
            bank, branch, account = d(5), d(5), d(11)
            body = f"{bank}{branch}{account}{97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97:02}"
        elif country == "BE":
            number = d(10)
            body = f"{number}{int(number) % 97 or 97:02}"
        elif country == "NO":
            while True:
                body = d(10)
                rest = -weighted(body, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
                if rest < 10:
                    body += str(rest)
                    break
        elif country in ("NL", "GB"):
            body = self.rng.choice({"NL": ["ABNA", "INGB", "RABO"], "GB": ["NWBK", "BARC", "LOYD"]}[country]) + d(10 if country == "NL" else 14)
        else:
            body = d({"DE": 18, "PL": 24, "AT": 16, "CH": 17}[country])
        number = int("".join(str(int(c, 36)) for c in body + country + "00"))
        return f"{country}{98 - number % 97:02}{body}"

    def iban_spaced(self) -> str:
        text = self.iban()
        return " ".join(text[i:i + 4] for i in range(0, len(text), 4))

    def card(self) -> str:
        brand = self.rng.choice(["4", "5" + self.of("12345", 1), "34", "37"] if self.half == "tuning" else ["4", str(self.rng.randint(2221, 2720)), "6011", str(self.rng.randint(3528, 3589)), "5" + self.of("12345", 1)])
        body = brand + self.digits((14 if brand in ("34", "37") else 15) - len(brand))
        return body + luhn(body)

    def card_spaced(self) -> str:
        while len(number := self.card()) != 16:
            pass
        return (" " if self.half == "tuning" else "-").join(number[i:i + 4] for i in range(0, 16, 4))

    def national(self, country: str) -> str:
        """A number without its customary signs."""
        rng, d, born = self.rng, self.digits, self.born()
        ymd = born.strftime("%y%m%d")
        if country == "es-dni":
            number = d(8)
            return number + DNI[int(number) % 23]
        if country == "es-nie":
            first, number = rng.randrange(3), d(7)
            return "XYZ"[first] + number + DNI[int(f"{first}{number}") % 23]
        if country == "it":
            body = self.of("BCDFGLMNPRSTV", 6) + born.strftime("%y") + "ABCDEHLMPRST"[born.month - 1] + f"{born.day + rng.choice([0, 40]):02}" + rng.choice(["H501", "F205", "A944", "L219"])
            table = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
            total = sum(table[v] if i % 2 == 0 else v for i, c in enumerate(body) for v in [int(c) if c.isdigit() else ord(c) - 65])
            return body + string.ascii_uppercase[total % 26]
        if country == "fr":
            body = f"{rng.randint(1, 2)}{born:%y%m}{rng.randint(1, 95):02}{rng.randint(1, 300):03}{rng.randint(1, 400):03}"
            return f"{body}{97 - int(body) % 97:02}"
        if country == "de":
            while True:
                digits = rng.sample(string.digits, 9)
                digits.insert(rng.randrange(10), rng.choice(digits))
                if digits[0] != "0":
                    return "".join(digits) + mod11_10("".join(digits))
        if country in ("nl", "gb-nhs", "au"):
            weights, size = {"nl": ([9, 8, 7, 6, 5, 4, 3, 2], 8), "gb-nhs": ([10, 9, 8, 7, 6, 5, 4, 3, 2], 9), "au": ([1, 4, 3, 7, 5, 8, 6, 9], 8)}[country]
            while True:
                body = rng.choice("123456789") + d(size - 1)
                total = weighted(body, weights)
                check = total % 11 if country != "gb-nhs" else -total % 11
                if check < 10:
                    return body + str(check)  # nl: sum - c = 0; au: sum + 10 c = sum - c = 0 (mod 11)
        if country == "be":
            body = ymd + f"{rng.randint(1, 997):03}"
            return f"{body}{97 - int(('2' if born.year >= 2000 else '') + body) % 97:02}"
        if country == "pl":
            body = f"{born:%y}{born.month + (20 if born.year >= 2000 else 0):02}{born:%d}{d(4)}"
            return body + str(-weighted(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)
        if country == "se":
            body = ymd + d(3)
            return body + luhn(body)
        if country == "fi":
            body = born.strftime("%d%m%y") + f"{rng.randint(2, 899):03}"
            return body + HETU[int(body) % 31]
        if country == "br":
            body = d(9)
            for _ in range(2):
                rest = sum(int(c) * w for c, w in zip(reversed(body), range(2, 12), strict=False)) % 11
                body += "0" if rest < 2 else str(11 - rest)
            return body
        if country == "cn":
            body = rng.choice("110105 310104 440305 510107 330106".split()) + born.strftime("%Y%m%d") + f"{rng.randint(1, 999):03}"
            return body + "10X98765432"[weighted(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11]
        if country == "in":
            body = rng.choice("23456789") + d(10)
            return body + verhoeff(body)
        if country == "us":
            return f"{rng.choice([a for a in range(1, 773) if a != 666]):03}{rng.randint(1, 99):02}{rng.randint(1, 9999):04}"
        if country == "gb-nino":
            return rng.choice("AB AE JA JC JG LE NA NB PC PW WA YB ZE".split()) + d(6) + rng.choice("ABCD")
        if country == "kr":
            body = ymd + (rng.choice("12") if born.year < 2000 else rng.choice("34")) + d(5)
            return body + str((11 - weighted(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10)
        if country == "ca":
            body = rng.choice("1245679") + d(7)
            return body + luhn(body)
        if country == "pt":
            body = rng.choice("12") + d(7)
            rest = weighted(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
            return body + str(0 if rest < 2 else 11 - rest)
        body = "756" + d(9)
        return body + str(-weighted(body, [1, 3] * 6) % 10)

    def shown(self, country: str, number: str) -> str:
        """With the customary signs."""
        n = number
        forms = {"fr": f"{n[:1]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:13]} {n[13:]}", "be": f"{n[:2]}.{n[2:4]}.{n[4:6]}-{n[6:9]}.{n[9:]}", "se": f"{n[:6]}-{n[6:]}", "fi": f"{n[:6]}-{n[6:]}",
                 "br": f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}", "in": f"{n[:4]} {n[4:8]} {n[8:]}", "us": f"{n[:3]}-{n[3:5]}-{n[5:]}", "gb-nhs": f"{n[:3]} {n[3:6]} {n[6:]}", "kr": f"{n[:6]}-{n[6:]}",
                 "ca": f"{n[:3]} {n[3:6]} {n[6:]}", "au": f"{n[:3]} {n[3:6]} {n[6:]}", "ch": f"{n[:3]}.{n[3:7]}.{n[7:11]}.{n[11:]}", "gb-nino": f"{n[:2]} {n[2:4]} {n[4:6]} {n[6:8]} {n[8:]}"}
        return forms.get(country, n)

    def broken(self, country: str) -> str:
        """A number of the right shape whose check digits do not hold."""
        while True:
            number = self.iban() if country == "iban" else self.card() if country == "card" else self.national(country)
            spot = self.rng.randrange(len(number) - 3, len(number))
            if number[spot].isdigit():
                number = number[:spot] + str((int(number[spot]) + self.rng.randint(1, 9)) % 10) + number[spot + 1:]
                if not VALID[country](number):
                    return number


def makers(p: People) -> dict[str, tuple[str, Callable[[], Any]]]:
    """Kind (empty: plain filling) and value of every maker."""
    rng, half = p.rng, p.half
    table: dict[str, tuple[str, Callable[[], Any]]] = {
        "email": ("email", p.email), "phone": ("phone", p.phone), "iban": ("iban", p.iban), "ibans": ("iban", p.iban_spaced), "card": ("payment-card", p.card), "cards": ("payment-card", p.card_spaced),
        "first": ("name", lambda: rng.choice(p.given[half])), "last": ("name", lambda: rng.choice(p.family[half])), "full": ("name", lambda: f"{rng.choice(p.given[half])} {rng.choice(p.family[half])}"),
        "street": ("address", lambda: f"{rng.choice(p.streets[half])} {rng.randint(1, 180)}" if half == "tuning" else f"{rng.randint(1, 990)} {rng.choice(p.streets[half])}"),
        "dob": ("birth-date", lambda: p.born().isoformat() if half == "tuning" else p.born().strftime("%d/%m/%Y")),
        "ip": ("ip-address", lambda: f"{rng.choice([84, 91, 178, 188, 213, 62])}.{rng.randint(1, 254)}.{rng.randint(1, 254)}.{rng.randint(1, 254)}"),
        "lat": ("geo", lambda: f"{rng.uniform(40, 60):.6f}"), "lon": ("geo", lambda: f"{rng.uniform(-3, 20):.6f}"),
        "seq": ("", lambda: rng.randint(10000, 99999)), "city": ("", lambda: rng.choice(p.cities[half])), "amount": ("", lambda: f"{rng.uniform(3, 900):.2f}"), "plan": ("", lambda: rng.choice("basic plus pro team".split())),
        "when": ("", lambda: (datetime.date(2025, 1, 1) + datetime.timedelta(days=rng.randrange(300))).isoformat()), "score": ("", lambda: f"{rng.random():.4f}"), "flag": ("", lambda: rng.randint(0, 1)),
        "order": ("benign-order-number", lambda: f"{rng.randint(10**9, 10**10 - 1)}"), "id11": ("benign-random-id", lambda: rng.choice("123456789") + p.digits(10)), "id9": ("benign-random-id", lambda: rng.choice("123456789") + p.digits(8)),
        "isbn": ("benign-isbn", lambda: (lambda b: b + str(-sum(int(c) * (1 + 2 * (i % 2)) for i, c in enumerate(b)) % 10))("978" + p.digits(9))),
        "ean": ("benign-ean", lambda: (lambda b: b + str(-sum(int(c) * (1 + 2 * (i % 2)) for i, c in enumerate(b)) % 10))("400" + p.digits(9))),
        "epoch": ("benign-timestamp", lambda: rng.randint(1_700_000_000, 1_760_000_000)), "epochms": ("benign-timestamp", lambda: rng.randint(1_700_000_000_000, 1_760_000_000_000)), "nanos": ("benign-timestamp", lambda: 1_700_000_000_000_000_000 + rng.randrange(10**17)),
        "product": ("benign-name-column", lambda: rng.choice(["Oak table", "Desk lamp L2", "USB hub 4-port", "Paper A4", "Mug blue", "Chair Nordic"] if half == "tuning" else ["Tent Duo", "Trail shoe 42", "Stove Mini", "Rope 60 m", "Headlamp 300", "Bottle 1 l"])),
        "cls": ("benign-name-column", lambda: rng.choice("ResNetBlock LayerNorm Conv2d Linear Embedding Dropout".split() if half == "tuning" else "airplane bicycle traffic_light zebra backpack umbrella".split())),
        "layer": ("benign-name-column", lambda: f"encoder.layer.{rng.randrange(24)}.attention.{rng.choice(['query', 'key', 'value'])}.weight"),
        "version": ("benign-version", lambda: f"{rng.randint(1, 30)}.{rng.randint(0, 40)}.{rng.randint(100, 999)}.{rng.randint(1000, 9999)}"), "floatid": ("benign-number", lambda: f"{rng.uniform(1, 9):.15f}"),
        "badcard": ("benign-failed-check", lambda: p.broken("card")), "badiban": ("benign-failed-check", lambda: p.broken("iban")), "hash": ("benign-digest", lambda: p.of("0123456789abcdef", 40)), "tensor": ("", lambda: ", ".join(f"{rng.gauss(0, 1):.6f}" for _ in range(6))),
        "docmail": ("benign-reserved-domain", lambda: rng.choice(["jane.doe", "user", "alice", "info"]) + "@" + rng.choice(["example.com", "example.org", "example.net", "mail.example", "corp.invalid", "host.test"])),
        "privateip": ("benign-private-ip", lambda: rng.choice(["10", "192.168"]) + "." + ".".join(str(rng.randint(0, 250)) for _ in range(2)) + ".1"), "masked": ("benign-masked", lambda: "**** **** **** " + p.digits(4)),
        "hashmail": ("benign-digest", lambda: p.of("0123456789abcdef", 64)), "tracking": ("benign-order-number", lambda: "1Z" + p.of(string.ascii_uppercase + string.digits, 16)), "n": ("", lambda: rng.randint(2, 900)), "uuid": ("benign-uuid", lambda: "-".join(p.of("0123456789abcdef", k) for k in (8, 4, 4, 4, 12))),
        "doccard": ("", lambda: "4242 " * 3 + "4242"), "docvisa": ("", lambda: "4111" + "1" * 12), "docamex": ("", lambda: "3782 " + "822463 " + "10005"), "fiction": ("", lambda: f"{rng.choice(['212', '303', '702'])}-555-01{p.digits(2)}"),
        "docssn": ("", lambda: "078" + "-05-" + "1120"), "zerossn": ("", lambda: "000-" + "12-" + "3456"), "nossn": ("", lambda: f"9{p.digits(2)}-{p.digits(2)}-{p.digits(4)}"),
    }
    for country in VALID:
        if country not in ("iban", "card"):
            key = country.replace("-", "_")
            table[f"id_{key}"] = (f"national-id-{country}", lambda c=country: p.national(c))
            table[f"ids_{key}"] = (f"national-id-{country}", lambda c=country: p.shown(c, p.national(c)))
            table[f"bad_{key}"] = ("benign-failed-check", lambda c=country: p.shown(c, p.broken(c)) if c not in ("us", "gb-nino") else "")
    return table


SURE = {"email": "pattern", "phone": "pattern", "ip-address": "pattern", "name": "column", "address": "column", "birth-date": "column", "geo": "column"}


def strength(kind: str) -> str:
    """checked: check digits hold; pattern: a shape alone; column: only the heading tells it."""
    return SURE.get(kind, "pattern" if kind in ("national-id-us", "national-id-gb-nino") else "checked" if kind.startswith(("national", "iban", "payment")) else "column")


TUNING_TABLES = """
customers customer_id=seq first_name=first last_name=last email=email phone=phone city=city plan=plan
payments payment_id=seq iban=iban amount=amount booked=when order_number=order
orders order_number=order card_number=card amount=amount currency_code=plan ean=ean
patients_es record=seq nombre=first apellido=last dni=id_es_dni telefono=phone fecha_nacimiento=dob
staff_it matricola=seq cognome=last nome=first codice_fiscale=id_it email_aziendale=email
assures_fr dossier=seq nir=ids_fr ville=city montant=amount
steuer_de vorgang=seq steuer_id=id_de betrag=amount datum=when
klanten_nl nummer=seq bsn=id_nl stad=city e_mail=email
kadry_pl lp=seq pesel=id_pl miasto=city
kunder_se rad=seq personnummer=ids_se belopp=amount
clientes_br linha=seq cpf=ids_br valor=amount email=email
enrolment_in row=seq aadhaar=ids_in score=score
payroll_us employee=seq ssn=ids_us salary=amount date_of_birth=dob
benefits_ca claim=seq sin=ids_ca amount=amount
leads lead=seq full_name=full email_address=email mobile=phone source=plan
sessions session=uuid client_ip=ip started=epoch pages=n
deliveries parcel=tracking recipient=full street=street city=city latitude=lat longitude=lon
people person=seq firstname=first lastname=last birthdate=dob home_address=street
survey respondent=uuid birth_date=dob email=email q1=score q2=score
"""
EVALUATION_TABLES = """
members memberNo=seq givenName=first surname=last mail=email contactNumber=phone tier=plan
transfers ref=seq beneficiaryIban=ibans value=amount valueDate=when orderId=order
checkout basket=seq pan=cards total=amount sku=ean
residentes_es expediente=seq nie=id_es_nie ciudad=city correo=email
burgers_be dossier=seq rijksregisternummer=ids_be bedrag=amount
asiakkaat_fi rivi=seq hetu=ids_fi kaupunki=city
households_cn row=seq resident_id=id_cn score=score
clinic_uk visit=seq nhs_number=ids_gb_nhs outcome=flag seen=when
pension_uk case=seq nino=id_gb_nino monthly=amount
users_kr seq=seq rrn=ids_kr level=plan
super_au account=seq tfn=ids_au balance=amount
contribuintes_pt linha=seq nif=id_pt total=amount
versicherte_ch zeile=seq ahv_nummer=ids_ch praemie=amount
hr_us badge=seq social_security_number=ids_us hired=when
lohn_de zeile=seq steueridentifikationsnummer=id_de brutto=amount
contacts cid=seq name=full e_mail_addr=email tel=phone note=plan
visits visit_id=uuid remote_addr=ip ts=epochms agent=version
shipments tracking_no=tracking consignee=full address_line1=street town=city lat=lat lng=lon
applicants no=seq firstName=first lastName=last birthday=dob homeAddress=street
guests booking=order guest_first=first guest_last=last street=street city=city born=dob
cohort subject=uuid dateOfBirth=dob email=email arm=flag
"""
TUNING_BENIGN_TABLES = """
catalogue name=product ean=ean price=amount stock=n
layers name=layer type=cls params=id9 dtype=plan
library title=product isbn=isbn pages=n
events id=id11 timestamp=epoch duration_ms=n trace=uuid
ledger order_number=order reference=id11 amount=amount
quality card_number_test=badcard iban_test=badiban result=flag
features user_hash=hashmail f1=floatid f2=floatid label=flag
nodes host_ip=privateip version=version build=n
synthetic nl_id=bad_nl de_id=bad_de pl_id=bad_pl
fixtures email=docmail plan=plan
models name=cls id=id11 created=epochms digest=hash
prices sku=ean code=id9 amount=amount when=nanos
bad_it fiscal=bad_it ssn_like=id9 nir=bad_fr
"""
EVALUATION_BENIGN_TABLES = """
inventory product_name=product barcode=ean qty=n
annotations category_name=cls image_id=id11 area=floatid
books name=product isbn13=isbn year=n
metrics id=id9 ts_ns=nanos value=floatid commit=hash
invoices invoice_no=id11 order=order total=amount
validation es_number=bad_es_dni br_number=bad_br fi_number=bad_fi be_number=bad_be
wallet masked_card=masked amount=amount month=n
cluster address=privateip kernel=version uuid=uuid
rejected account=badiban reason=plan
samples contact=docmail source=plan
"""

TUNING_TEXTS = """
== support/ticket.txt
Ticket 4711, opened by the web form

Hello, my invoice is wrong. Please call me on @phone@.

You may also write to @email@ in the evening.

Regards
== mail/thread.eml
From: @email@
Date: Tue, 11 Mar 2025 09:14:02 +0100

Dear team,
please pay the refund to @ibans@ as agreed.
Thank you
== data/dialogue.jsonl
{"turn": 1, "role": "user", "text": "I want to change my card"}
{"turn": 2, "role": "bot", "text": "Which number?"}
{"turn": 3, "role": "user", "text": "It is @cards@ and runs until 08/29"}
{"turn": 4, "role": "bot", "text": "Thank you"}
== notes/interview.md
# Interview 12

- participant reached through @email@
- consent signed
- tax number given: Steuer-ID @id_de@
== logs/signup.log
2025-04-02 10:00:01 INFO start
2025-04-02 10:00:04 INFO new user @email@ from @ip@
2025-04-02 10:00:09 INFO mail sent
== docs/hr_memo.txt
To: payroll
The SSN of the new colleague is @ids_us@, please file it.
Best
== letters/carta.txt
Estimado señor:
su DNI @id_es_dni@ ha sido registrado.
Un saludo
== prompts/few_shot.txt
Extract the identifiers.
Input: Il mio codice fiscale è @id_it@ e abito a Bologna.
Output: it
== scripts/seed.py
USERS = [
    {"mail": "@email@", "role": "admin"},
]
RETRIES = 3


PHONE = "@phone@"
== notebooks/printed.ipynb
=code
df.head()
=stream
   customer_id                          email   plan
0        18221   @email@   plus
=code
print(row)
=stream
iban      @iban@
amount    120.50
== notebooks/prompt.ipynb
=markdown
Call @phone@ when the job is done.
=code
text = "Mein Konto: @ibans@"
=code
resp
=result
{'cpf': '@ids_br@', 'ok': True}
== vcard/contact.vcf
BEGIN:VCARD
VERSION:3.0
FN:Contact
TEL;TYPE=CELL:@phone@
NOTE:met at the fair
ROLE:buyer
X-A:1
EMAIL:@email@
END:VCARD
== crm/dump.sql
CREATE TABLE people (id int, mail text, iban text);
INSERT INTO people VALUES (1, '@email@', NULL);
INSERT INTO x VALUES (1);
INSERT INTO x VALUES (2);
INSERT INTO x VALUES (3);
INSERT INTO x VALUES (4);
INSERT INTO people VALUES (2, NULL, '@iban@');
"""
EVALUATION_TEXTS = """
== inbox/message.txt
Hi there,

I moved. New number: @phone@

For papers use @email@ please.
== chat/export.txt
[09:01] agent: how can I help?
[09:02] customer: charged twice on @cards@
[09:03] agent: one moment
[09:04] agent: which account?
[09:06] agent: still there?
[09:08] customer: refund to @ibans@
== transcripts/call.json
{"lang": "en", "segments": [{"t": 0.0, "text": "Thanks for calling"}, {"t": 4.2, "text": "my national insurance number is @ids_gb_nino@"}]}
== clinic/referral.txt
Referral letter
NHS number: @ids_gb_nhs@
Reason: follow-up
== finetune/train.jsonl
{"prompt": "Summarise", "completion": "The client asked for a statement."}
{"prompt": "Who wrote it?", "completion": "It was @email@ on Monday."}
{"prompt": "End", "completion": "ok"}
== access/nginx.log
@ip@ - - [02/Jun/2025:10:00:00 +0000] "GET /account?mail=@email2@ HTTP/1.1" 200 512
10.0.0.4 - - [02/Jun/2025:10:00:01 +0000] "GET /health HTTP/1.1" 200 2
== forms/antrag.txt
Antrag auf Erstattung
Steuerliche Identifikationsnummer: @id_de@
Ort: Graz
== forms/contract_kr.txt
Contract
Resident registration number @ids_kr@
Signed
== fixtures/people.rb
PEOPLE = [
  { mail: "@email@", admin: true },
]
LIMIT = 5
STEP = 1
SIZE = 2
PHONE = "@phone@"
== notebooks/frame.ipynb
=code
members.sample(1)
=html
<table border="1" class="dataframe"><thead><tr><th></th><th>mail</th></tr></thead>
<tbody><tr><th>4</th><td>@email@</td></tr></tbody></table>
=code
print(case)
=stream
tfn        @ids_au@
balance    120.50
== notebooks/chatlog.ipynb
=markdown
Owner of the data: @email@
=code
query = "SELECT * FROM t WHERE nif = '@id_pt@'"
=code
run()
=error
ValueError: could not parse row ['@email@', '12', 'x']
== letters/brev.txt
Hei,
konto for tilbakebetaling: @iban@
Hilsen
== app/seed.yaml
users:
  - login: ops
    contact: @email@
    role: admin
limits:
  rows: 10
  cols: 4
billing:
  card: "@card@"
== reports/cn_case.md
## Case 9
Applicant holds resident id @id_cn@ (verified).
"""
TUNING_BENIGN_TEXTS = """
== pyproject.toml
[project]
name = "lakewerk-tools"
§package-author§authors = [{name = "Lakewerk Team", email = "oss@lakewerk-tools.io"}]
§package-author§maintainers = [{email = "maint@lakewerk-tools.io"}]
== README.md
§reserved-domain§Write to user@example.com to subscribe.
§git-address§Clone with git@github.com:lakewerk/tools.git
§doc-card§Use the test card @doccard@ with any date.
§fiction-phone§Our fictitious hotline is @fiction@.
== src/module.py
§licence-header§# Copyright (c) 2021 The Lakewerk Authors <authors@lakewerk-tools.io>
# Licensed under the Apache License, Version 2.0
import math

§no-reply§SENDER = "no-reply@lakewerk-tools.io"
§decorator§@math.register
§number§PI_DIGITS = "3.14159265358979323846264338327950288"
== tests/test_cards.py
§doc-card§VISA = "@docvisa@"
§doc-card§AMEX = "@docamex@"
§failed-check§BROKEN = "@badcard@"
§failed-check§IBAN_BAD = "@badiban@"
== logs/build.log
§version§installed cudnn 9.1.0.70 and driver 550.54.15
§timestamp§built at 1733912345678 in 4921 ms
§digest§commit @hash@
§private-ip§listening on 127.0.0.1:8000 and 10.0.0.12:9000
== notebooks/tensors.ipynb
=code
x[:1]
=result
§tensor§tensor([[@tensor@]])
=code
§reserved-domain§user = "jane.doe@example.com"
=code
torch.__version__
=result
§version§'2.4.1+cu121'
== .github/dependabot.log
§no-reply§Signed-off-by: dependabot[bot] <support@github.com>
§no-reply§Co-authored-by: bot <49699333+dependabot[bot]@users.noreply.github.com>
== docs/ids.md
§failed-check§A BSN such as @bad_nl@ is rejected.
§failed-check§PESEL @bad_pl@ has a wrong last digit.
§doc-ssn§The number @docssn@ was printed on a wallet insert and is void.
§doc-ssn§Numbers like @zerossn@ are never issued.
== docs/schema.md
§schema§| first_name | text | given name of the customer |
§schema§| iban | text | account, 15 to 34 characters |
§schema§| email | text | RFC 5322 address |
"""
EVALUATION_BENIGN_TEXTS = """
== setup.cfg
[metadata]
name = oakline-utils
§package-author§author_email = dev@oakline-utils.eu
§package-author§maintainer_email = release@oakline-utils.eu
== package.json
{
  "name": "ui",
§package-author§  "author": "Oakline <ui@oakline-utils.eu>",
§package-author§  "bugs": {"email": "bugs@oakline-utils.eu"},
§git-address§  "repository": "git@gitlab.com:oakline/ui.git"
}
== docs/api.md
§reserved-domain§`curl -d mail=alice@example.org https://api.example.org`
§doc-card§Card numbers for trials: @doccard@, @docvisa@.
§fiction-phone§"phone": "@fiction@"
§failed-check§An IBAN with a typing error, @badiban@, gives error 12.
== include/vec.h
§licence-header§/* Copyright (C) 2019 Oakline developers <devel@oakline-utils.eu>
 * GPL v3 or later */
§number§#define TABLE_SEED 12345678901ULL
§number§static const double K[] = {0.4166666666666667, 0.0013888888888889};
== CODEOWNERS
§code-owner§* @oakline/core
§code-owner§/docs @oakline/writers
== ci/release.yml
§no-reply§  git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
§no-reply§  from: noreply@oakline-utils.eu
§action-pin§  uses: actions/checkout@v4.1.7
== tests/test_ids.py
§failed-check§BAD_CPF = "@bad_br@"
§failed-check§BAD_DNI = "@bad_es_dni@"
§failed-check§BAD_NHS = "@bad_gb_nhs@"
§doc-ssn§NEVER_ISSUED = "@nossn@"
§doc-card§STRIPE_CARD = "@doccard@"
== logs/trace.log
§timestamp§1748858400123456789 span=@n@ ok
§uuid§trace @uuid@ done
§version§agent 12.0.6167.85 on 10.0.22631.3447
§order-number§order 4029357733 shipped as 1Z999AA10123456784
== notebooks/values.ipynb
=code
arr.round(6)
=result
§tensor§array([@tensor@])
=code
§reserved-domain§send(to="info@example.net")
§number§seed = 20250601123
=code
pd.Timestamp.now().value
=result
§timestamp§1748858400123456789
== templates/mail.html
§placeholder§<p>Dear {{ first_name }}, write to {{ support_email }}</p>
§placeholder§<p>IBAN: {{ iban | mask }}</p>
§reserved-domain§<a href="mailto:someone@example.com">mail</a>
== i18n/labels.properties
§i18n§label.firstName=Vorname
§i18n§label.iban=IBAN
§i18n§label.email=E-Mail-Adresse
§i18n§label.ssn=Sozialversicherungsnummer
"""


def cut(block: str) -> list[tuple[str, str]]:
    """Heads and texts of a block of templates."""
    return [(part.partition("\n")[0], part.partition("\n")[2].rstrip("\n")) for part in re.split(r"^== ", block.strip("\n"), flags=re.M)[1:]]


class Corpus:
    """Writes the files and keeps the truth."""

    formats = {"tuning": ["csv", "jsonl", "json", "tsv", "stream", "semicolon", "html"], "evaluation": ["tsv", "json-nested", "csv-quoted", "html", "jsonl-nested", "stream", "markdown"]}

    def __init__(self, folder: Path, half: str, seed: int) -> None:
        self.folder, self.half, self.people = folder, half, People(f"personal/{half}/{seed}", half)
        self.makers, self.count = makers(self.people), 0
        self.truth: list[dict[str, Any]] = []
        self.values: list[str] = []

    def keep(self, path: str, kind: str, value: str, **place: Any) -> None:
        """One row of the truth."""
        benign = kind.startswith("benign-")
        self.truth.append({"path": path, "member": None, "line": None, "cell": None, "output": False, "column": None, **place, "kind": kind, "label": "benign" if benign else "personal", "strength": "pattern" if benign else strength(kind)})
        self.values.append(value)

    def write(self, name: str, text: str) -> str:
        """Writes a file into a folder of its own."""
        self.count += 1
        words = "acorn bramble cedar dune elm".split() if self.half == "tuning" else "fern gorse heath iris jade".split()
        path = f"{words[self.count % 5]}-{self.count:03}/{name}"
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)
        return path

    def table(self, line: str, form: str) -> None:
        """A table in one of the formats."""
        name, *columns = line.split()
        specs = [c.split("=") for c in columns]
        heads = [c for c, _ in specs]
        rows = [[str(self.makers[maker][1]()) for _, maker in specs] for _ in range(self.people.rng.randint(5, 14))]
        kinds = [self.makers[maker][0] for _, maker in specs]
        numeric = [maker in ("seq", "amount", "n", "score", "flag", "epoch", "epochms", "nanos", "id11", "id9", "floatid", "lat", "lon") for _, maker in specs]

        def typed(row: list[str]) -> dict[str, Any]:
            return {h: (float(v) if "." in v else int(v)) if num and form != "json-nested" else v for h, v, num in zip(heads, row, numeric, strict=True)}

        lines: list[int | None] = [2] * len(heads)
        cell = None
        if form in ("csv", "tsv", "semicolon", "csv-quoted"):
            mark = {"csv": ",", "tsv": "\t", "semicolon": ";", "csv-quoted": ","}[form]
            quote = '"' if form == "csv-quoted" else ""
            text = "\n".join(mark.join(f"{quote}{v}{quote}" for v in row) for row in [heads, *rows]) + "\n"
            path = self.write(f"data/{name}.{'tsv' if form == 'tsv' else 'csv'}", text)
        elif form == "jsonl":
            lines = [1] * len(heads)
            path = self.write(f"export/{name}.jsonl", "".join(json.dumps(typed(row), ensure_ascii=False) + "\n" for row in rows))
        elif form == "jsonl-nested":
            lines = [1] * len(heads)
            path = self.write(f"stream/{name}.jsonl", "".join(json.dumps({"v": 1, "record": typed(row)}, ensure_ascii=False) + "\n" for row in rows))
        elif form in ("json", "json-nested"):
            data: Any = [typed(row) for row in rows]
            text = json.dumps({"kind": name, "items": data} if form == "json-nested" else data, indent=2, ensure_ascii=False) + "\n"
            lines = [next(i for i, t in enumerate(text.split("\n"), 1) if f'"{h}":' in t) for h in heads]
            path = self.write(f"{'api' if form == 'json' else 'fixtures'}/{name}.json", text)
        elif form == "markdown":
            lines = [5] * len(heads)
            path = self.write(f"reports/{name}.md", "\n".join([f"# {name}", "", *("| " + " | ".join(r) + " |" for r in [heads, ["---"] * len(heads), *rows])]) + "\n")
        else:
            widths = [max(len(r[i]) for r in [heads, *rows]) + 2 for i in range(len(heads))]
            printed = ["  " + "".join(h.rjust(w) for h, w in zip(heads, widths, strict=True)), *(f"{i:<2}" + "".join(v.rjust(w) for v, w in zip(r, widths, strict=True)) for i, r in enumerate(rows))]
            if form == "stream":
                output: dict[str, Any] = {"output_type": "stream", "name": "stdout", "text": [p + "\n" for p in printed]}
            else:
                body = ['<table border="1" class="dataframe">\n', "<thead><tr><th></th>" + "".join(f"<th>{h}</th>" for h in heads) + "</tr></thead>\n", "<tbody>\n",
                        *(f"<tr><th>{i}</th>" + "".join(f"<td>{html.escape(v)}</td>" for v in r) + "</tr>\n" for i, r in enumerate(rows)), "</tbody></table>"]
                output = {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"text/html": body, "text/plain": [p + "\n" for p in printed] if self.half == "evaluation" else ["..."]}}
            cells = [{"cell_type": "markdown", "id": f"c{self.count}a", "metadata": {}, "source": [f"# {name}"]}, {"cell_type": "code", "id": f"c{self.count}b", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["import pandas as pd\n", f"df = pd.read_csv('{name}.csv')"]},
                     {"cell_type": "code", "id": f"c{self.count}c", "execution_count": 2, "metadata": {}, "outputs": [output], "source": ["print(df.to_string())" if form == "stream" else "df"]}]
            path = self.write(f"notebooks/{name}.ipynb", json.dumps({"cells": cells, "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n")
            cell, lines = 2, [None] * len(heads)
        free = cell is not None or form == "markdown"
        for head, kind, where, value in zip(heads, kinds, lines, rows[0], strict=True):
            # In a printed table only what can be told by itself counts; a column without its table has no name of its own.
            if kind and not (free and not kind.startswith("benign-") and strength(kind) == "column"):
                if free and kind.startswith("benign-") and any(k and not k.startswith("benign-") for k in kinds):
                    continue
                self.keep(path, kind, value, line=where, cell=cell, output=cell is not None, column=None if free else head)

    def text(self, head: str, text: str) -> None:
        """A free text or a notebook."""
        parts: list[tuple[str, list[str]]] = []
        rows: list[tuple[str, str, int, int]] = []
        for line in text.split("\n"):
            if match := re.match(r"^=(code|markdown|stream|result|html|error)$", line):
                parts.append((match[1], []))
                continue
            if not parts:
                parts.append(("", []))
            benign = BENIGN.match(line)
            line = line[benign.end():] if benign else line
            planted: list[tuple[str, str]] = []

            def put(match: re.Match[str], planted: list[tuple[str, str]] = planted) -> str:
                maker = self.makers.get(match[1]) or self.makers.get(match[1].rstrip("0123456789"))
                if not maker:
                    return match[0]
                value = str(maker[1]())
                planted.append((maker[0], value))
                return value

            made = FIELD.sub(put, line)
            parts[-1][1].append(made)
            if benign:
                rows.append((f"benign-{benign[1]}", made, len(parts) - 1, len(parts[-1][1])))
            else:
                rows += [(kind, value, len(parts) - 1, len(parts[-1][1])) for kind, value in planted if kind and not kind.startswith("benign-")]
        if not head.endswith(".ipynb"):
            path = self.write(head, "\n".join(parts[0][1]) + "\n")
            for kind, value, _, line in rows:
                self.keep(path, kind, value, line=line)
            return
        cells: list[dict[str, Any]] = []
        owner: list[tuple[int, bool]] = []
        for form, content in parts:
            lines = [c + "\n" for c in content[:-1]] + content[-1:]
            if form in ("code", "markdown"):
                cells.append({"cell_type": form, "id": f"t{len(cells)}", "metadata": {}, "source": lines} | ({"execution_count": 1, "outputs": []} if form == "code" else {}))
            elif form == "stream":
                cells[-1]["outputs"].append({"output_type": "stream", "name": "stdout", "text": lines})
            elif form == "error":
                cells[-1]["outputs"].append({"output_type": "error", "ename": "ValueError", "evalue": content[-1], "traceback": content})
            else:
                cells[-1]["outputs"].append({"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html" if form == "html" else "text/plain": lines}})
            owner.append((len(cells) - 1, form not in ("code", "markdown")))
        path = self.write(head, json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n")
        for kind, value, part, line in rows:
            cell, output = owner[part]
            self.keep(path, kind, value, line=None if output else line, cell=cell, output=output)

    def run(self) -> None:
        """All files of the half."""
        tuning = self.half == "tuning"
        forms = self.formats[self.half]
        turn = 0
        for block, times in ((TUNING_TABLES if tuning else EVALUATION_TABLES, 3), (TUNING_BENIGN_TABLES if tuning else EVALUATION_BENIGN_TABLES, 2)):
            for _ in range(times):
                for line in block.strip().splitlines():
                    self.table(line, forms[turn % len(forms)])
                    turn += 1
                turn += 1
        for block in (TUNING_TEXTS, TUNING_BENIGN_TEXTS) if tuning else (EVALUATION_TEXTS, EVALUATION_BENIGN_TEXTS):
            for head, text in cut(block) * 2:
                self.text(head, text)
        (self.folder / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.truth))

    def check(self) -> int:
        """Reads the files again and counts rows whose place does not hold the value."""
        wrong = 0
        for row, value in zip(self.truth, self.values, strict=True):
            raw = (self.folder / row["path"]).read_text()
            if row["path"].endswith(".ipynb"):
                cell = json.loads(raw)["cells"][row["cell"]]
                if row["output"]:
                    text = "\n".join("".join(t) for o in cell["outputs"] for t in [o.get("text", []), o.get("traceback", []), *o.get("data", {}).values()])
                else:
                    text = "".join(cell["source"]).split("\n")[row["line"] - 1]
            else:
                text = raw.split("\n")[row["line"] - 1]
            if value not in text and html.escape(value) not in text and not ("." in value and str(float(value)) in text):
                wrong += 1
                print("wrong:", row, repr(value), repr(text[:160]))
        return wrong


def self_test() -> int:
    """Published examples pass, made numbers pass, a changed digit fails."""
    bad = 0
    for kind, examples in PUBLISHED.items():
        for example in examples:
            if not VALID[kind](example):
                bad += 1
                print("published example fails:", kind)
    for half in ("tuning", "evaluation"):
        people = People(f"self-test/{half}", half)
        for kind, valid in VALID.items():
            for _ in range(400):
                number = people.iban() if kind == "iban" else people.card() if kind == "card" else people.national(kind)
                if not valid(number):
                    bad += 1
                    print("made number fails:", kind, number)
                    break
            if kind not in ("us", "gb-nino") and valid(people.broken(kind)):
                bad += 1
    print("self test:", "passed" if not bad else f"{bad} failures", f"({len(VALID)} kinds)")
    return bad


def main() -> int:
    """Writes the corpus and prints what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=["tuning", "evaluation"])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--check", action="store_true", help="read everything again and compare")
    parser.add_argument("--self-test", action="store_true", help="test the check digits")
    options = parser.parse_args()
    if options.self_test:
        return bool(self_test())
    if not options.half or not options.output:
        parser.error("--half and --output are needed")
    corpus = Corpus(options.output, options.half, options.seed)
    corpus.run()
    print(f"{options.half}: {corpus.count} files, {dict(Counter(row['label'] for row in corpus.truth))}")
    if options.check:
        for kind, number in sorted(Counter(row["kind"] for row in corpus.truth).items()):
            print(f"  {number:4} {kind}")
        wrong = corpus.check()
        print(f"  {wrong} rows do not hold")
        return bool(wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
