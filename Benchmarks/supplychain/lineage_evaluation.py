"""Kinds of project of the evaluation half alone: who works on the tracer does not read on."""

from lineage_projects import WORDS

WORDS["evaluation"] = {
    "orgs": ("placeholder-org",), "models": ("Alpha", "Beta", "Gamma"), "data": ("numbers", "letters"),
    "parties": ("Some Party",), "builders": ("https://ci.example/x",),
}
