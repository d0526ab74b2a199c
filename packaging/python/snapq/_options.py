"""Keyword arguments become options of the command line."""

import os
from typing import Any, Iterable, List, Mapping, Union

PathLike = Union[str, "os.PathLike[str]"]


def path_text(path: PathLike) -> str:
    """The path as an argument. One that begins with a hyphen would be an option, or standard input."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"a path must be str or os.PathLike[str], not {type(path).__name__}")
    if not text:
        raise ValueError("the path is empty")
    return f"./{text}" if text.startswith("-") else text


def option_texts(function: str, options: Mapping[str, Any], without: Iterable[str]) -> List[str]:
    """``max_peak="2GiB", no_oom=True, label={"run": 7}`` as ``--max-peak=2GiB --no-oom --label=run=7``.

    Options that are ``None`` or ``False`` are left out. Raises TypeError for those in `without`: they would change
    where the result goes or how it is written, and `function` could not return it.
    """
    texts: List[str] = []
    for name, value in options.items():
        if name in without:
            raise TypeError(f"{function}() does not take the option {name!r} of the command")
        option = "--" + name.replace("_", "-")
        texts += [option if one is True else f"{option}={one}" for one in _values(value)]
    return texts


def _values(value: Any) -> List[Any]:
    if value is None or value is False:
        return []
    if isinstance(value, Mapping):
        return [f"{key}={_text(one)}" for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return [_text(one) for one in value]
    return [value if value is True else _text(value)]


def _text(value: Any) -> str:
    return str(os.fspath(value) if isinstance(value, os.PathLike) else value)
