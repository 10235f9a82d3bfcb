"""`actorweb schema`, as a shell sees it."""

from __future__ import annotations

import json

from tests.tools.test_run import actorweb


def test_the_messages_of_a_behavior_are_one_schema() -> None:
    done = actorweb("schema", "components.counter:counter")
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    names = {each["$ref"].rpartition("/")[2] for each in schema["oneOf"]}
    assert {"Increment", "Count"} <= names
    assert "by" in schema["$defs"]["Increment"]["properties"]
    assert schema["$defs"]["Increment"]["properties"]["type"] == {"const": "Increment"}
    assert (done.returncode, done.stderr) == (0, "")


def test_the_form_of_its_context_is_another() -> None:
    done = actorweb("schema", "components.counter:counter", "--context")
    assert "count" in json.dumps(json.loads(done.stdout))
    assert done.returncode == 0


def test_what_is_no_behavior_is_refused() -> None:
    done = actorweb("schema", "components.counter:nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no 'nothing'" in done.stderr
