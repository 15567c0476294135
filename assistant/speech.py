"""Written French -> speakable French."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from num2words import num2words

from assistant.texts import load_yaml
from vectorstore.fiche import Abbreviation
from vectorstore.phones import spelt_in
from vectorstore.text import fold

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(expression), replacement)
    for expression, replacement in (
        (r"(?i)\b(?:https?://|www\.)\S*", ""),
        (r"(?i)\(?\b[\w.+-]+@[\w-]+\.\w+\b\)?", ""),
        (r"\b([\w-]+)\.(?=(?:[\w-]+\.)*(?:fr|gouv|com|org|eu|net)\b)", r"\1 point "),
        (r"(?m)^\s*[-–*•]\s+", ""),
        (r"\s*\n\s*", " "),
        (r"(?<=[a-zé])\((s|x)\)", r"\1"),
        (r"\s*\[[^\[\]]*\]", ""),
        (r"\s*\((?:[^()]|\([^()]*\))*\)", ""),
        (r"([€%])(?=[^\W\d])", r"\1 "),
        (r"(\d)\s?€", r"\1 euros"),
        (r"€(?=\w)", "euros "),
        (r"€", "euros"),
        (r"\beuros ?/ ?(?=\w)", "euros par "),
        (r"(\d)\s?%", r"\1 pour cent"),
        (r"%", "pour cent"),
        (r"\b24\s?h(?:eures)?\s?/\s?24\b", "24 heures sur 24"),
        (r"\b7\s?j(?:ours)?\s?/\s?7\b", "7 jours sur 7"),
        (r"\bkm/h\b", "kilomètres par heure"),
        (r"\b(\d{1,2})\s?[hH]\s?00\b", r"\1 heures"),
        (r"\b(\d{1,2})\s?[hH]\s?(\d{2})\b", r"\1 heures \2"),
        (r"\b(\d{1,2})\s?[hH]\b", r"\1 heures"),
        (r"(?<![\d,.])([01]) heures\b", r"\1 heure"),
        (r"\b[nN]°\s?", "numéro "),
        (r"\b[aA]rt\.\s?", "article "),
        (r"\b[cC]f\.?\s", "voir "),
        (r"\b[tT]él\.\s?", "téléphone "),
        (r"\b[mM]ax\.", "maximum"),
        (r"\b[mM]in\.", "minimum"),
        (r"\b1er\b", "premier"),
        (r"\b1[èe]?re\b", "première"),
        (r"\b[eE]t ?/ ?ou\b", "ou"),
        (r"(?<=[^\W\d_]) ?/ ?(?=[^\W\d_])", " ou "),
        (r"(?<![\d/,])1 ?/ ?2(?![\d/,])", "un demi"),
        (r"(?<![\d/,])1 ?/ ?3(?![\d/,])", "un tiers"),
        (r"(?<![\d/,])1 ?/ ?4(?![\d/,])", "un quart"),
        (r"(?<![\d/,])2 ?/ ?3(?![\d/,])", "deux tiers"),
        (r"(?<![\d/,])3 ?/ ?4(?![\d/,])", "trois quarts"),
        (r"\b([dD])e (?=un (?:demi|tiers|quart)\b)", r"\1'"),
        (r"(?<=\d) ?/ ?(?=\d)", " sur "),
        (r" ?/ ?", " ou "),
        (r"(?:^|(?<=\s))\+ ?(?=\d)", "plus "),
        (r"\s\+\s(?=de\b)", " plus "),
        (r"^\+ (?=de\b)", "plus "),
        (r"\b(ou|et) \+(?!\w)", r"\1 plus"),
        (r"(?<=\d) ?\+(?!\w)", " plus"),
        (r"\s\+\s", " plus "),
        (r"(?<=\w)\s?[=]\s?(?=\w)", " égale "),
        (r"\s[<≤]\s?(?=\d)", " moins de "),
        (r"\s[>≥]\s?(?=\d)", " plus de "),
        (r"\^(?=(?:er|re|ère|e|ème)\b)", ""),
        (r"\bkm(?:²|\^?2)(?!\w)", "kilomètres carrés"),
        (r"(?<=\d)m(?=[²³^23])", " m"),
        (r"\bm(?:²|\^?2)(?!\w)", "mètres carrés"),
        (r"\bcm(?:³|\^?3)(?!\w)", "centimètres cubes"),
        (r"\bm(?:³|\^?3)(?!\w)", "mètres cubes"),
        (r"[→=<>≤≥⩽⩾§°²³~^_|`]|&(?=\s)", " "),
        (r"(?<=\d) ?km\b|\bkm\b", " kilomètres"),
        (r"(?<=\d) ?kg\b|\bkg\b", " kilos"),
        (r"(?<=\d) ?cm\b|\bcm\b", " centimètres"),
        (r"(?<=\d) ?mm\b", " millimètres"),
        (r"(?<=\d) ?m\b(?!\.)", " mètres"),
        (r"\bM\.\s", "monsieur "),
        (r"\bMM\.?\s", "messieurs "),
        (r"\bMme\b", "madame"),
        (r"\bMlle\b", "mademoiselle"),
        (r"\betc\.(?=\s*$|\s+[A-ZÀÂÉÈÊÎÔÛÇ])", "et cetera."),
        (r"\betc\b\.?", "et cetera"),
        (r"\bex\.", "exemple"),
        (r"\.{3}|…", ""),
        (r"\*(?!\d)|•", ""),
        (r"\s*;\s*", ", "),
        (r",\s*(?=[.,:])", ""),
        (r"\b([dlDL]') (?=[1aeiouyhéèêâîôû])", r"\1"),
        (r"\s+([.,])", r"\1"),
        (r"([.,:])(?:\s*[.,:])+", r"\1"),
        (r"[()\[\]{}]", " "),
        (r"\s{2,}", " "),
    )
)
_ORDINAL = re.compile(r"(?<![\d,.*-])(\d{1,2})(?:e|è|ème|eme|me)(s?)\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀÂÉÈÊÎÔÛÇ«\d])")
_WORD = re.compile(r"[\w'’-]+")
_VOWEL = re.compile(r"[aeiouyh]")


@lru_cache(maxsize=1024)
def speakable(text: str) -> str:
    """One sentence or several, as they are said: units in words, no brackets, links or marks."""
    before = None
    while text != before:
        before = text
        for expression, replacement in _RULES:
            text = expression.sub(replacement, text)
        text = _ORDINAL.sub(lambda match: ordinal(int(match[1])) + match[2], text)
        text = text.strip(" ,;:-")
    return spelt_in(text)


@cache
def ordinal(number: int) -> str:
    """2 -> "deuxième" """
    return str(num2words(number, lang="fr", to="ordinal"))


@cache
def cardinal(number: int) -> str:
    """3 -> "trois" """
    return str(num2words(number, lang="fr"))


def with_long_forms(text: str, abbreviations: Iterable[Abbreviation], before: str = "") -> str:
    """The text with every short form said in full at its first mention.

    The fiche's own long forms come first, then those of ``prompts/speech.yaml``. Short forms that
    everybody says are left alone; the elision before a short form decides whether the long one can
    take its place in the sentence.

    Args:
        before: what is said before; a form that stands in it needs no second explanation.
    """
    table = load_yaml("speech")
    known = set(table["known"])
    own = {entry.short.strip(): entry.long.strip().rstrip(".") for entry in abbreviations}
    for short, long in {**table["long"], **own}.items():
        if not short or not long or short in known or short not in text or short in before:
            continue
        match = re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", text)
        if match is not None and fold(long) not in fold(text[: match.start()]):
            text = _spelt_out(text, match, short, speakable(long))
    return text


def _spelt_out(text: str, match: re.Match[str], short: str, long: str) -> str:
    """ "le CCAS peut" -> "le centre communal d'action sociale, CCAS, peut" """
    before, after = text[: match.start()], text[match.end() :]
    first = fold(long).split(" ")[0]
    if fold(before).endswith(f" {first} "):
        before = before[: -len(first) - 1]
    elided = before.endswith(("'", "’"))
    if elided and not _VOWEL.match(fold(long)):
        full = f"{short}, {_lowered(long)}"
    else:
        full = _lowered(long) if before else long
        if not _spells(long, short):
            return (
                before
                + full
                + re.sub(rf"(?<![\w-]){re.escape(short)}(?![\w-])", _lowered(long), after)
            )
        full += f", {short}"
    if after and not after.lstrip().startswith((".", ",", ":", ";", "!", "?", "»")):
        full += ","
    return before + full + after


def _spells(long: str, short: str) -> bool:
    """Whether a hearer can tell the short form from the first letters of the long one."""
    initials = "".join(word[0] for word in re.split(r"[\s'’-]+", long) if len(word) > 3)
    return short.replace("-", "") in initials.upper()


def _lowered(text: str) -> str:
    keep = text.split(" ")[0] in ("Cour", "Agence", "Office", "Direction")
    return text if keep or not text[1:2].islower() else text[:1].lower() + text[1:]


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its final mark."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def closed(sentence: str) -> str:
    """The sentence with a capital letter in front and a full stop behind."""
    sentence = sentence.strip(" ,;:-")
    if not sentence:
        return ""
    sentence = sentence[0].upper() + sentence[1:]
    return sentence if sentence[-1] in ".!?" else sentence + "."


def word_count(text: str) -> int:
    return len(_WORD.findall(text))
