"""`actorweb schema`: the messages of a behavior as a JSON Schema, for editors, forms and clients in other languages."""

from __future__ import annotations

import json
import sys

from actorweb.errors import ActorError
from actorweb.tools.run import find
from actorweb.values.schema import json_schema, messages_schema


def schema(target: str, *, context: bool = False) -> int:
    """Print the schema of the messages that a behavior takes, or of its context. Gives the exit status: 2 if there is none."""
    try:
        behavior = find(target)
        found = json_schema(behavior.context_form) if context else messages_schema(behavior.messages)
    except ActorError as error:
        print(error, file=sys.stderr)  # noqa: T201  (speaks to a terminal)
        return 2
    print(json.dumps(found, indent=2, ensure_ascii=False))  # noqa: T201  (as above)
    return 0
