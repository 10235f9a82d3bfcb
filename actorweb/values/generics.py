"""Type variables with defaults on a 3.11 floor, without a dependency at run time.

Checkers bundle the stub of `typing_extensions`; at run time the default means nothing, so it is dropped.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Never as Never
    from typing_extensions import ParamSpec as ParamSpec
    from typing_extensions import Self as Self
    from typing_extensions import TypeVar as TypeVar
else:
    from typing import Never, Self

    __all__ = ["Never", "ParamSpec", "Self", "TypeVar"]

    def ParamSpec(name, *, default=None):
        return typing.ParamSpec(name)

    def TypeVar(name, *constraints, default=None, **options):
        return typing.TypeVar(name, *constraints, **options)
