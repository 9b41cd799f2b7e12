"""``irl-vla <verb> --help``: the keys of a verb with default and meaning, read from its dataclass."""

import ast
import dataclasses
import inspect
import textwrap
from enum import Enum
from types import ModuleType
from typing import get_type_hints

INDENT = " " * 6


def verb_help(verb: str, summary: str, module: ModuleType) -> str:
    """Usage, purpose and every key of a verb."""
    lines = [f"usage: irl-vla {verb} [key=value ...]", "", f"{summary[0].upper()}{summary[1:]}.", ""]
    text = inspect.getdoc(module) or ""
    if "\n" in text:
        lines += [text.split("\n", 1)[1].strip(), ""]
    lines.append("keys:")
    lines += _keys(module.Config, prefix="")
    return "\n".join(lines)


def _keys(schema: type, prefix: str) -> list[str]:
    notes, hints = _attribute_notes(schema), get_type_hints(schema)
    lines = []
    for field in dataclasses.fields(schema):
        name, kind = prefix + field.name, hints[field.name]
        if dataclasses.is_dataclass(kind):
            lines += _keys(kind, prefix=f"{name}.")  # type: ignore[arg-type]
            continue
        lines.append(f"  {name}={_default(field)}")
        note = notes.get(field.name, "")
        if isinstance(kind, type) and issubclass(kind, Enum):
            note = f"{note} One of: {', '.join(kind.__members__)}."
        lines += textwrap.wrap(note, 92, initial_indent=INDENT, subsequent_indent=INDENT)
    return lines


def _default(field: dataclasses.Field) -> str:  # type: ignore[type-arg]
    if field.default is not dataclasses.MISSING:
        value = field.default
    elif field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    else:
        return "<required>"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list | tuple):
        return f"[{','.join(map(str, value))}]"
    return "" if value in ("???", None) else str(value)


def _attribute_notes(schema: type) -> dict[str, str]:
    """The string literal under each field of a dataclass, its own and inherited ones."""
    notes: dict[str, str] = {}
    for cls in reversed(schema.__mro__):
        if not dataclasses.is_dataclass(cls):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body  # type: ignore[attr-defined]
        for field, note in zip(body, body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(note, ast.Expr)
                and isinstance(note.value, ast.Constant)
            ):
                notes[field.target.id] = " ".join(str(note.value.value).split())
    return notes
