"""Evaluation of the assistant: gold sets, metrics, runs, reports and the gate.

Words (see docs/design.md): a *gold item* is a question with what a right answer must hold; a *run*
is one evaluation over a gold set; a *system* is what is evaluated (the assistant, or a baseline);
an *output* is what a system gave for one item; a *result* is the item's scores.
"""
