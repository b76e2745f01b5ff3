"""Synthetic tools: records that a seed file could hold, made from a seed number, any one of them by its number alone.

Words follow Zipf's law (s = 1.05) over 40,000 words: stop words first, then the commonest words of our own seed,
then pronounceable words that mean nothing. What is not text (price, category, interfaces, ...) is drawn from the
real records, each group of fields from another one, so shares are real and combinations are as many as they can be.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from catalog import loader
from catalog.records import SEED_LISTED_ON, Record

WORDS = 40_000
ZIPF = 1.05
DOMAIN_WORDS = 330
STOP_WORDS = (  # noqa: SIM905  (a list of one-letter strings would be four times as long)
    "the and a to of in for is on that with as it by from are be or an at your this you can which not has its but"
    " they their have will into more than one all other when so what if out up about no only some them then these"
    " do how any most over such after who may each where while between both own under same"
).split()
STARTS = "b br c ch d dr f fl g gr h j k kr l m n p pl pr qu r s sh sk st t th tr v w y z".split()  # noqa: SIM905
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
ENDS = ["", "", "", "n", "r", "s", "l", "m", "x", "nd", "rt", "ck"]
WORD = re.compile(r"[a-z]+")
FIRST_LAUNCH = dt.date(2018, 1, 1)
LISTED_FOR = 1_000  # days over which listings are spread

# Fields that say one thing together and are taken from the same real record.
GROUPS = (
    ("pricing", "plans", "licence"),
    ("category", "also"),
    ("kind", "platforms"),
    ("modality",),
    ("interfaces",),
    ("tags",),
)


class Synthetic:
    """A catalog of any size. `real` are the records of the seed; the same seed number gives the same tools."""

    def __init__(self, real: Sequence[Record], seed: int = 1) -> None:
        self.real, self.seed = real, seed
        self.vocabulary = vocabulary(real, random.Random(f"{seed} words"))
        self._cumulated = list(accumulate(1 / rank**ZIPF for rank in range(1, WORDS + 1)))

    def record(self, number: int) -> Record:
        """Return the record of tool `number` (from 0); it passes `catalog.validation`."""
        rng = random.Random(f"{self.seed} {number}")
        made: Record = {}
        for group in GROUPS:
            source = rng.choice(self.real)
            made |= {name: source[name] for name in group if name in source}
        words = self._name(rng)
        slug = f"{'-'.join(words)}-{number}"
        made |= {
            "slug": slug,
            "name": " ".join(word.capitalize() for word in words),
            "homepage": f"https://{slug}.example.com",
            "tagline": self._tagline(rng),
            "description": self._description(rng),
            "listed": (SEED_LISTED_ON - dt.timedelta(days=rng.randrange(1, LISTED_FOR))).isoformat(),
        }
        if rng.random() < 0.4:
            made["vendor"] = f"{self._name(rng)[0].capitalize()} {rng.choice(['Inc', 'Labs', 'AI', 'Systems'])}"
        if rng.random() < 0.7:
            day = FIRST_LAUNCH + dt.timedelta(days=rng.randrange((SEED_LISTED_ON - FIRST_LAUNCH).days))
            made |= {"launched": day.isoformat()[: rng.choice((4, 7, 10, 10))], "launched_said_by": "list"}
        return made

    def words(self, number: int) -> list[str]:
        """Return the different words of the text of tool `number`."""
        return list(dict.fromkeys(WORD.findall(str(self.record(number)["description"]).lower())))

    def _draw(self, rng: random.Random, count: int) -> list[str]:
        return rng.choices(self.vocabulary, cum_weights=self._cumulated, k=count)

    def _name(self, rng: random.Random) -> list[str]:
        """Return one or two rare words, at times a common one behind them."""
        words = rng.sample(self.vocabulary[1_000:], rng.choice((1, 1, 2)))
        return [*words, rng.choice(self.vocabulary[len(STOP_WORDS) : 200])] if rng.random() < 0.2 else words

    def _tagline(self, rng: random.Random) -> str:
        words = self._draw(rng, rng.randrange(7, 11))
        text = ("AI " if rng.random() < 0.7 else "") + " ".join(words)
        while len(text) > 90:
            text = text.rpartition(" ")[0]
        return f"{text[0].upper()}{text[1:]}".ljust(20, "e")

    def _description(self, rng: random.Random) -> str:
        words = self._draw(rng, rng.randrange(50, 71))
        sentences = [" ".join(words[at : at + 15]) for at in range(0, len(words), 15)]
        return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


def vocabulary(real: Sequence[Record], rng: random.Random) -> list[str]:
    """Return WORDS different words, commonest first: stop words, words of the real records, words made of syllables."""
    counts: Counter[str] = Counter()
    for record in real:
        counts.update(WORD.findall(f"{record['tagline']} {record['description']}".lower()))
    common = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if len(word) > 2]
    found = dict.fromkeys([*STOP_WORDS, "ai"])
    for word in common:
        if len(found) == len(STOP_WORDS) + DOMAIN_WORDS:
            break
        found.setdefault(word)
    while len(found) < WORDS:
        found.setdefault(_made_up(rng))
    return list(found)


def _made_up(rng: random.Random) -> str:
    syllables = rng.choice((2, 2, 3))
    return "".join(rng.choice(STARTS) + rng.choice(VOWELS) for _ in range(syllables)) + rng.choice(ENDS)


def real_records() -> list[Record]:
    """Return the records of the seed files."""
    return [entry.value for entry in loader.read(loader.DATA).tools]
