"""Which figures in a text are phone numbers, and the one way in which they are spelt."""

from __future__ import annotations

import re

_PHONE = re.compile(
    r"""
    (?<![\w.,/+-])(?<!\d[ ])(?:
        (?:(?:\+[ ]?|00)33[ ]?(?:\(0\)[ ]?)?|0[ ]?)[1-9](?:[ .-]?\d{2}){4}   # 01 40 20 30 40
      | 0[ ]?8\d{2}(?:[ .]?\d{3}){2}                                    # 0 806 000 126
      | 00[ ]6\d{2}(?:[ ]\d{2}){3,4}                                     # 00 687 27 93 67
      | 3\d{3} | 3\d[ ]\d{2}                                            # 3939, 36 46
      | 11[68][ ]?\d{3}                                                 # 116 117
      | (?<!BP[ ])(?:11[24589]|19[167])                                 # 115, 119
      | (?:(?<=^)|(?<=[zr][ ]le[ ]))1[578](?=\s*$|[.;(]|[ ](?:ou|en|pour)\b)  # composez le 15
    )
    (?![\w/-]|[.,]\d|[ ]?(?:\d|€|%|euros)|,?[ ](?:bis\b|rue|avenue|av\.|bd|boulevard|quai|place))
    """,
    re.VERBOSE | re.MULTILINE,
)

_LONG = re.compile(
    r"(?<![\d*+])0 ?\d(?:[ .-]?\d{2}){4}(?![\d*])|(?<![\d*+])0 ?8\d{2}(?:[ .]?\d{3}){2}(?!\d)"
    r"|(?<![\d*])(?:\+ ?|00)33 ?(?:\(0\) ?)?[1-9](?:[ .-]?\d{2}){4}(?![\d*])"
)
_SHORT = re.compile(
    r"(?<=\b(?:le|au) )3\d \d{2}(?! ?(?:\d|€|%)| (?:ans|euros|jours|mois|minutes)\b)"
)


def phones_in(text: str) -> tuple[str, ...]:
    """Phone numbers in the order in which they stand, each once: ten digits or a short number."""
    return tuple(dict.fromkeys(" ".join(match[0].split()) for match in _PHONE.finditer(text)))


def spelt(number: str) -> str:
    """A phone number as it is read aloud everywhere.

    "0809 401 401" and "+33 8 09 40 14 01" -> "08 09 40 14 01", in pairs; "34 00" -> "3400". A number
    of another length, and what is none, stay as they are.
    """
    digits = re.sub(r"^(?:\+|00)33(?:0(?=\d{9}$))?", "0", re.sub(r"[^\d+]", "", number))
    if not re.fullmatch(r"[\d\s.()+-]+", number):
        return number
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return " ".join(digits[n : n + 2] for n in range(0, 10, 2))
    return digits if re.fullmatch(r"3\d{3}", digits) else number


def spelt_in(text: str) -> str:
    """The text with every phone number as ``spelt`` writes it."""
    text = _LONG.sub(lambda match: spelt(match[0]), text)
    return _SHORT.sub(lambda match: spelt(match[0]), text)
