"""Which figures in a text are phone numbers."""

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


def phones_in(text: str) -> tuple[str, ...]:
    """Phone numbers in the order in which they stand, each once: ten digits or a short number."""
    return tuple(dict.fromkeys(" ".join(match[0].split()) for match in _PHONE.finditer(text)))
