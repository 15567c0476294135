"""Errors of the evaluation that a member of the QA team meets: one clear French line each."""

from __future__ import annotations


class EvalError(Exception):
    """Something failed although the command was used rightly."""

    exit_code = 1


class UsageError(EvalError):
    """The command, a file given to it, or a setting is wrong."""

    exit_code = 2


class GoldError(UsageError):
    """A gold file is wrong; the message names the file and the line."""
