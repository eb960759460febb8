"""Options of a command that are the fields of dataclasses: their names, types, texts and defaults are written there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from model.fields import bare, descriptions, parsed

Fields = dict[str, Any]
"""The fields of a dataclass that were given on the command line."""


@dataclass(frozen=True)
class Options:
    """The options that a parameter of a command stands for: fields of a dataclass, all or some, under a title."""

    kind: type
    title: str
    names: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Where they are not those of the dataclass."""

    def parameters(self) -> dict[str, inspect.Parameter]:
        """By the name of the field: the parameter that typer makes an option of."""
        hints, texts = get_type_hints(self.kind), descriptions(self.kind, self.defaults)
        return {name: _parameter(name, hints[name], texts[name], self.title) for name in self.names or tuple(hints)}


def _parameter(name: str, hint: Any, text: str, title: str) -> inspect.Parameter:
    kind = bare(hint)
    shown: Any = str if get_origin(kind) is tuple else kind
    metavar = "N,N,..." if get_origin(kind) is tuple else None
    option = typer.Option(help=text, rich_help_panel=title, metavar=metavar, show_default=False)
    annotation = Annotated[shown | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def with_options(**groups: Options) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of dataclasses: each of its parameters named here gets the fields that were given.

    Values of the wrong type are wrong usage, or raise ValueError.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name not in groups]
        options = {name: group.parameters() for name, group in groups.items()}

        def run(**given: Any) -> None:
            taken = {}
            for group, parameters in options.items():
                hints = get_type_hints(groups[group].kind)
                values = {name: given.pop(name) for name in parameters}
                taken[group] = {
                    name: parsed(name, value, hints[name]) for name, value in values.items() if value is not None
                }
            command(**given, **taken)

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        parameters += [parameter for group in options.values() for parameter in group.values()]
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate
