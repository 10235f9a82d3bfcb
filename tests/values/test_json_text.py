"""JSON text: what is refused, at which bounds, and that refusing takes no longer than reading."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import DecodeError, EncodeError
from actorweb.values.json_text import DEPTH, DIGITS, LONG, SIZE, dumps, loads

REFUSED = [
    ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' stands twice"),
    ('[{"a": 1, "b": ":"},' * 500 + '{"a": 1, "c": 2, "c": 3}' + "]" * 500, "nested deeper"),
    ("[" + '{"a": 1, "b": ":\\":"},' * 500 + '{"a": 1, "c": 2, "c": 3}]', "the key 'c' stands twice"),
    ("[NaN]", "NaN is no JSON number"),
    ("-Infinity", "-Infinity is no JSON number"),
    ("1e999", "no float can hold 1e999"),
    ("1" * 400 + ".0", "no float can hold"),
    ("9" * (DIGITS + 1), "4300"),
    ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "nested deeper than 64"),
    ('{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1), "nested deeper than 64"),
    ('["]",' * (DEPTH + 1) + "1" + "]" * (DEPTH + 1), "nested deeper than 64"),
    (r'["\\\"]",' * (DEPTH + 1) + "1" + "]" * (DEPTH + 1), "nested deeper than 64"),
    ('"\\ud800"', "half of a surrogate pair"),
    ('{"\\udfff": 1}', "half of a surrogate pair"),
    ('"\ud800"', "half of a surrogate pair"),
    ("[1,]", "this is no JSON"),
    ("'a'", "this is no JSON"),
    ('"\n"', "this is no JSON"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_json_is_not_is_refused(text: str, says: str) -> None:
    with pytest.raises(DecodeError) as caught:
        loads(text)
    assert says in caught.value.happened


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[" * DEPTH + "]" * DEPTH, None),
        ("[" + "[]," * 1000 + "[]]", None),
        ("[" + '{"a":[{}]},' * 1000 + "0]", None),
        ('["' + "[{" * 1000 + '"]', ["[{" * 1000]),
        ('["' + '\\"[' * 1000 + '"]', ['"[' * 1000]),
        ("[" + '{"a": 1, "b:": ":\\":", "::": {}},' * 500 + "0]", None),
        ('"\\u0000"', "\0"),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        ('"\N{GRINNING FACE}"', "\N{GRINNING FACE}"),
        ("9" * DIGITS, None),
        ("-0.0", -0.0),
        ("1e308", 1e308),
    ],
    ids=lambda each: str(each)[:20],
)
def test_what_only_looks_dangerous_is_read(text: str, value: object) -> None:
    assert loads(text) == (json.loads(text) if value is None else value)


def test_the_size_of_a_text_is_bounded() -> None:
    with pytest.raises(DecodeError, match=f"at most {SIZE}"):
        loads(" " * (SIZE + 1))


def test_the_bound_of_digits_holds_where_python_has_none() -> None:
    program = f"""
import sys
sys.set_int_max_str_digits(0)
from actorweb.errors import DecodeError
from actorweb.values.json_text import loads
loads("9" * {DIGITS})
try:
    loads("[1, " + "9" * {DIGITS + 1} + "]")
except DecodeError as error:
    print(error.happened)
"""
    if sys.platform == "emscripten":
        pytest.skip("a page has no other process")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "more than 4300 digits" in done.stdout


@pytest.mark.parametrize("part", ["[", "{", '["]",', '{"a":', '"', "\\", "[]", "[{}],", '"[', "9", "\N{GRINNING FACE}"])
def test_hostile_text_is_refused_in_time_that_grows_with_its_length_only(part: str) -> None:
    def took(count: int) -> float:
        began = time.process_time()
        with pytest.raises(DecodeError):
            loads(part * count + "!")
        return time.process_time() - began

    took(1000)
    assert took(400_000) < 40 * took(40_000) + 0.1


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("\ud800", "half of a surrogate pair"),
        ({"\udc00": 1}, "half of a surrogate pair"),
        (float("inf"), "has no JSON text"),
        (10 ** (DIGITS + 1), "has no JSON text"),
        ({(1, 2): 3}, "has no JSON text"),
        (object(), "has no JSON text"),
    ],
    ids=["text", "key", "infinity", "digits", "keys", "object"],
)
def test_what_could_not_be_read_is_not_written(value: object, says: str) -> None:
    with pytest.raises(EncodeError) as caught:
        dumps(value)
    assert says in caught.value.happened


brackets = st.lists(st.sampled_from(["[", "]", "{", "}", '"', "\\", "\\\\", '\\"', "a", "é", ","]), max_size=30).map("".join)
nests = st.integers(60, 68).map(lambda depth: "[" * depth + "]" * depth)


@given(
    st.recursive(
        brackets.map(lambda text: json.dumps(text)) | nests, lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
    )
)
def test_a_text_is_read_exactly_if_it_is_nested_at_most_64_deep(text: str) -> None:
    value = json.loads(text)

    def depth(each: object) -> int:
        return 1 + max(map(depth, each), default=0) if isinstance(each, list) else 0

    if depth(value) <= DEPTH:
        assert loads(text) == value
    else:
        with pytest.raises(DecodeError, match="nested deeper"):
            loads(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])) | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", ":", '"', "\\", "[", '":"', ""]), inner, max_size=4),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_a_long_text_is_read_like_a_short_one(value: object, twice: bool) -> None:
    text = json.dumps([value, {"b": 1}])
    if twice:
        text = text.replace('"b": 1', '"b": 1, "b": 2')
    for padded in (text, text + " " * LONG):
        if twice:
            with pytest.raises(DecodeError, match="the key 'b' stands twice"):
                loads(padded)
        else:
            assert loads(padded) == [value, {"b": 1}]
