"""Look for a finding by its level and the words that matter."""

from collections.abc import Iterable

from navsim_agent.doctor.finding import Finding, Level


def told(findings: Iterable[Finding], level: Level, *words: str) -> Finding:
    """The finding of that level that holds all words, in what was found, its subject or its cure."""
    findings = list(findings)
    for finding in findings:
        text = f"{finding.subject} {finding.found} {finding.cure}"
        if finding.level is level and all(word in text for word in words):
            return finding
    lines = "\n".join(f"{item.level.value}: {item.subject}: {item.found} -> {item.cure}" for item in findings)
    raise AssertionError(f"no {level.value} with {words} in\n{lines}")


def levels(findings: Iterable[Finding]) -> set[Level]:
    return {finding.level for finding in findings}
