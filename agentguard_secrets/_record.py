"""Turns a class body of annotated fields into an immutable value compared by its fields.

`dataclasses` would do the same and costs every hook call 14 ms of imports.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_options):
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Record:
    """Immutable value. Fields are the annotations of the class, in order; defaults are class attributes."""

    if TYPE_CHECKING:
        _fields: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        cls._defaults = {name: cls.__dict__[name] for name in cls._fields if name in cls.__dict__}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        own = self.__dict__
        if len(args) == len(self._fields) and not kwargs:
            # Most are made like this, some by the ten thousand.
            own.update(zip(self._fields, args, strict=True))
            return
        if len(args) > len(self._fields):
            raise TypeError(f"{type(self).__name__}: expected at most {len(self._fields)} values, got {len(args)}")
        own.update(self._defaults)
        own.update(zip(self._fields, args, strict=False))
        own.update(kwargs)
        if own.keys() != set(self._fields):
            wrong = sorted(own.keys() ^ set(self._fields))
            raise TypeError(f"{type(self).__name__}: missing or unknown fields: {', '.join(wrong)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: derive with _replace({name}=...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be deleted")

    def _replace(self, **changes: Any) -> Self:
        return type(self)(**{**self._asdict(), **changes})

    def _asdict(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._fields}

    def _astuple(self) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._astuple()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._fields if name not in self._hidden())
        return f"{type(self).__name__}({fields})"

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        """Fields that may hold a credential and therefore never appear in a repr."""
        return ()
