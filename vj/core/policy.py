"""What no prompt may ask for: a real person's likeness, their face on somebody else, their clothes off.

A table of patterns, read by people as well (docs/ethics.md shows it). It knows many names, not all, and no pictures:
it keeps an honest user from harm by accident, and does not stop a determined one. No row looks at an artist's style.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from vj.core.errors import PolicyError
from vj.core.people import ALONE, FREE, GIVEN, PUBLIC, THINGS

MEND = "say what to see without it; docs/ethics.md has the table and the reasons"
_LEET = str.maketrans("013457@$", "oieastas")
_DASHES = re.compile(r"[\s_.,;:!?\"'`\u2019\u2018\u201c\u201d()\[\]{}/\\|*+~-]+")
_STYLE = re.compile(
    r"\b(?i:in the )?(?i:style|manner|spirit|palette|colou?rs|paintings?|prints?) (?i:of|by) [A-Z]\w+(?: [A-Z]\w+)?"
    r"|\b[A-Z]\w+(?: [A-Z]\w+)? (?i:style|inspired|esque)\b"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """pattern: a regular expression with {PARTS}; `cased`: for the text with its capitals, else for lower case without
    accents and punctuation. what, why: the ends of "asks for ..." and "because ..."; example: what it refuses."""

    name: str
    pattern: str
    what: str
    why: str
    example: str
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """found: the words that the rule saw, as it reads them."""

    rule: Rule
    found: str


def _any(words: Iterable[str]) -> str:
    """One of the words; spaces in them may be missing."""
    return "(?:" + "|".join(sorted((w.replace(" ", " ?") for w in words), key=len, reverse=True)) + ")"


_CAPITAL = r"(?!(?i:{THINGS})\b)[A-Z][a-z]+(?:[A-Z][a-z]+)?\b"
PARTS: dict[str, str] = {
    "SHOWN": r"(?:photo(?:graph)?s?|pictures?|portraits?|images?|selfies?|headshots?|mugshots?|faces?|likeness|"
    r"avatars?|videos?|footage|lookalike|double|clone|fotos?|bild(?:er)?|portraet|gesicht|visage|retrato|cara|rostro)",
    "OF": r"(?:of|showing|von|vom|de|del)",
    "LIKE": r"(?:looks? like|looking like|resembling|starring|featuring|played by|impersonating|disguised as|"
    r"dressed as|lookalike of|voice of)",
    "WHO": r"(?:(?:my|your|his|her|our|their|this|that|someones?|somebodys?|another|a real|meine[rms]?|seine[rms]?|"
    r"ihre[rms]?|mon|ma|mes|son|sa|mi|su)(?: \w+){0,2}? |\w+ s (?:\w+ )?)",
    "PERSON": r"(?:wom[ae]n|m[ae]n|girls?|boys?|lad(?:y|ies)|guys?|child(?:ren)?|kids?|teen\w*|minors?|"
    r"schoolgirls?|wife|husband|ex|girlfriend|boyfriend|friends?|sister|brother|mother|father|mom|mum|dad|teacher|colleague|coworker|"
    r"classmate|neighbou?r|boss|actress|actor|singer|celebrit(?:y|ies)|idol|influencer|politician|student|people|"
    r"person|her|him|them|she|he|frau(?:en)?|maedchen|mann|junge|freundin|femmes?|filles?|hommes?|garcons?|"
    r"mujer(?:es)?|chicas?|ninas?|hombres?|chicos?)",
    "BARE": r"(?:nudes?|naked|topless|undressed|unclothed|lingerie|sexy|sex|sexual\w*|seductive|erotic\w*|porn\w*|nsfw|"
    r"hentai|nackt\w*|ausgezogen\w*|nue?s?|desnud\w+)",
    "KNOWN": _any((*PUBLIC, *ALONE)),
    "GIVEN": _any(GIVEN),
    "THINGS": _any(THINGS),
    "SMALL": r"(?:a|an|and|as|at|by|for|from|in|into|of|on|or|over|the|to|with|und|im|auf|et|en|dans|y|con|\w+ing)",
}
"""what {NAMES} in patterns stand for"""

RULES: tuple[Rule, ...] = (
    Rule(
        "face swap",
        r"\b(?:face|head) ?swap\w*|\b(?:swap|exchang|switch)\w* (?:\w+ ){0,5}?faces?\b|\bdeep ?(?:fake|nude)\w*"
        r"|\b(?:replac|substitut|morph)\w* (?:\w+ ){0,3}?faces? (?:with|by|for|into) (?:{WHO}|mine\b)"
        r"|\b(?:put|paste|place|map|stick|transfer|graft|insert|superimpose|add)\w* {WHO}(?:face|head|likeness)\b"
        r"|\b{WHO}(?:face|head) (?:on|onto) (?:the|a|an|my|your|his|her|our|their|this|that|\w+ s)\b"
        r"|\bgesicht\w* ?(?:aus)?tausch\w*|\btausch\w* (?:\w+ ){0,4}?gesicht\w*"
        r"|\bsetze? (?:\w+ ){0,4}?gesicht (?:\w+ ){0,4}?auf\b"
        r"|\bechang\w* (?:\w+ ){0,3}?visages?\b"
        r"|\b(?:mettre|mets|colle\w*|remplace\w*) (?:\w+ ){0,2}?visage (?:de|d|par)\b"
        r"|\bintercambi\w* (?:\w+ ){0,3}?(?:caras?|rostros?)\b|\b(?:pon\w*|cambi\w*) (?:la|el) (?:cara|rostro) de\b",
        "one person's face on another, or a deepfake",
        "it makes people do what they never did",
        "put my ex's face on the dancer",
    ),
    Rule(
        "undressing",
        r"\bnudif\w+|\bundress(?:ing)? {PERSON}\b|\bstrip(?:s|ped|ping)? (?:her|him|them)\b"
        r"|\b(?:remov\w*|tak\w+ off|without|see through) (?:her|his|their|all|any|the)? ?(?:clothes|clothing|dress)\b"
        r"|\b{BARE} (?:\w+ ){0,4}?{PERSON}\b|\b{PERSON} (?:\w+ ){0,4}?{BARE}\b"
        r"|\b{BARE} (?:\w+ ){0,4}?{KNOWN}\b|\b{KNOWN} (?:\w+ ){0,4}?{BARE}\b"
        r"|\bzieh\w* (?:sie|ihn) aus\b|\bentkleid\w+|\bdeshabill\w+",
        "a person undressed or sexualised",
        "over somebody's picture that is abuse, and nobody was asked",
        "undress her",
    ),
    Rule(
        "known person",
        r"\b{KNOWN}s?\b",
        "the likeness of a real person",
        "nobody asked them",
        "taylor swift on the moon",
    ),
    Rule(
        "likeness",
        rf"\b(?i:{{SHOWN}} {{OF}}|{{LIKE}}) (?:{_CAPITAL} {_CAPITAL}(?! [A-Z]| (?i:{{THINGS}})\b))",
        "the likeness of somebody who has a name",
        'nobody asked them (a place or a thing: write "the" before it)',
        "a portrait of Jordi Ferrer",
        cased=True,
    ),
    Rule(
        "full name",
        rf"\b(?!(?:I|A|The)\b)(?i:{{GIVEN}}) {_CAPITAL}(?! (?i:{{THINGS}})\b)",
        "somebody by their name",
        "nobody asked them",
        "Hannah Brandt as a robot",
        cased=True,
    ),
    Rule(
        "full name, small",
        r"\b(?:{SHOWN} {OF}|{LIKE}) {GIVEN} (?!(?:{SMALL}|{THINGS})\b)[a-z]{3,}\b",
        "the likeness of somebody who has a name",
        "nobody asked them",
        "photo of hannah brandt",
    ),
    Rule(
        "title",
        rf"\b(?i:president|chancellor|prime minister|pope|senator|kanzler(?:in)?|praesident(?:in)?|papst|"
        rf"presidente) {_CAPITAL}"
        r"|\b(?i:king|queen|prince|princess|sir|dame|koenig(?:in)?|prinz(?:essin)?|roi|reine|rey|reina) "
        r"(?!(?:of|de)\b)(?i:{GIVEN})\b"
        r"|\b(?i:{SHOWN} {OF} the (?:\w+ )?(?:pope|president|prime minister|chancellor))\b",
        "somebody by their office",
        "nobody asked them",
        "President Lindqvist dancing",
        cased=True,
    ),
)


def refusal(prompt: str) -> Refusal | None:
    """The first rule that a prompt breaks, or None."""
    cased, lower = _read(prompt)
    for rule in RULES:
        if found := _compiled(rule).search(cased if rule.cased else lower):
            return Refusal(rule, found[0].strip())
    return None


def permitted(*prompts: str, what: str = "prompt") -> None:
    """Raises PolicyError for a prompt that breaks a rule. what: the prompt's name in the message."""
    for prompt in prompts:
        if wrong := refusal(prompt):
            raise PolicyError(f'{what} "{prompt[:60]}": {told(wrong)}', MEND)


def told(wrong: Refusal) -> str:
    """`asks for ..., which is not made: ...`"""
    return f'"{wrong.found}" asks for {wrong.rule.what}, which is not made: {wrong.rule.why}'


def lines(prompts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A line for every (key path, prompt) of a setlist that breaks a rule."""
    for key, prompt in prompts:
        if wrong := refusal(prompt):
            yield f'{key}: got "{prompt[:60]}", allowed: what asks for nobody: {told(wrong)}'


@cache
def _compiled(rule: Rule) -> re.Pattern[str]:
    pattern = rule.pattern
    for _ in range(2):  # parts may name parts
        for name, part in PARTS.items():
            pattern = pattern.replace(f"{{{name}}}", part)
    return re.compile(pattern)


@cache
def _free() -> re.Pattern[str]:
    return re.compile(rf"\b(?i:{_any(FREE)})\b")


def _read(prompt: str) -> tuple[str, str]:
    """With its capitals, less who is free and whose style is meant; and in lower case, letters for digits, spaced-out
    words closed up."""
    for umlaut, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        prompt = unicodedata.normalize("NFC", prompt).replace(umlaut, two)
    letters = "".join(c for c in unicodedata.normalize("NFKD", prompt) if unicodedata.category(c) not in ("Mn", "Cf"))
    words = " ".join(
        w.translate(_LEET) if any(c.isalpha() for c in w) and not w[:1].isdigit() else w
        for w in _DASHES.sub(" ", letters).split()
    )
    words = re.sub(r"\b(?:[A-Za-z] ){3,}[A-Za-z]\b", lambda spaced: spaced[0].replace(" ", ""), words)
    words = _free().sub(" ", words)
    cased = words if any(c.islower() for c in words) else ""  # all in capitals: they say nothing
    return " ".join(_STYLE.sub(" ", cased).split()), " ".join(words.lower().split())
