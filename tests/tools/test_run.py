"""`actorweb run`, as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def actorweb(*arguments: str, text: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "actorweb.cli", *arguments], input=text, capture_output=True, text=True, cwd=cwd, env=environment, timeout=60, check=False
    )


def lines(*messages: object) -> str:
    return "".join(json.dumps(message) + "\n" for message in messages)


def test_messages_go_in_and_what_is_emitted_and_replied_comes_out() -> None:
    done = actorweb("run", "components.counter:counter", text=lines({"type": "Increment", "by": 5}, {"type": "Count"}))
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"type": "Changed", "count": 5}, {"reply": 5}]
    assert (done.returncode, done.stderr) == (0, "")


def test_the_last_line_needs_no_newline_and_empty_lines_are_passed_over() -> None:
    done = actorweb("run", "components.counter:counter", text='\n\n{"type":"Count"}')
    assert (done.stdout, done.returncode) == ('{"reply":0}\n', 0)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("nonsense", "this is no JSON"),
        ('{"type":"Nope"}', "Expected: one of BecomeCounter"),
        ('{"type":"Increment","by":"x"}', "message.by is 'x'"),
        ("[]", "message is []"),
        ("[" * 500, "nested deeper than 64"),
    ],
)
def test_a_bad_line_is_reported_with_number_text_and_what_was_expected_and_the_run_goes_on(bad: str, says: str) -> None:
    done = actorweb("run", "components.counter:counter", text=f'{{"type":"Increment"}}\n{bad}\n{{"type":"Count"}}\n')
    assert f"line 2: {bad[:100]}" in done.stderr
    assert says in done.stderr
    assert "Expected: " in done.stderr
    assert '{"reply":1}' in done.stdout
    assert done.returncode == 1


def test_a_line_that_is_no_utf8_is_reported() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "actorweb.cli", "run", "components.counter:counter"], input=b"\xff\xfe\n", capture_output=True, cwd=ROOT, check=False
    )
    assert b"this is no UTF-8" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("components.counter", "MODULE:NAME"),
        ("components.nowhere:counter", "there is no module 'components.nowhere'"),
        ("components.counter:nothing", "one of its behaviors: counter"),
        ("components.counter:Increment", "is a type"),
        ("components.counter:counter_element", "is a Element"),
    ],
)
def test_a_target_that_is_none_says_what_was_expected(target: str, says: str) -> None:
    done = actorweb("run", target)
    assert says in done.stderr
    assert "Do: " in done.stderr
    assert done.returncode == 2


MODULE = """
import asyncio
from actorweb import MessagePlan, Request, Task, define_behavior, message

@message
class Boom: ...
@message
class Slow:
    n: int
@message
class Done:
    n: int
@message
class Odd(Request[object]): ...

async def slow(m, a):
    await asyncio.sleep(0.05)
    return MessagePlan(emit=[Done(m.n)])

async def work():
    await asyncio.sleep(0.05)
    return 9

app = (define_behavior("app").on(Boom, lambda m, a: 1 / 0).on(Slow, slow).on(Odd, lambda m, a: MessagePlan(reply=object()))
    .on("TASK", lambda m, a: MessagePlan(run=[Task(work, on_done=Done)])).on(Done, lambda m, a: MessagePlan(emit=[m], stop=m.n == 0)).build())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(MODULE)
    return tmp_path


def test_a_module_of_the_present_folder_is_found_and_its_crash_is_told(folder: Path) -> None:
    done = actorweb("run", "shop:app", text=lines({"type": "Boom"}, {"type": "Slow", "n": 1}), cwd=folder)
    assert "crashed on Boom()" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert (done.stdout, done.returncode) == ('{"type":"Done","n":1}\n', 1)


def test_the_end_of_input_waits_for_async_handlers_and_tasks(folder: Path) -> None:
    done = actorweb("run", "shop:app", text=lines({"type": "Slow", "n": 1}, {"type": "Slow", "n": 2}, {"type": "TASK"}), cwd=folder)
    assert done.stdout.splitlines() == ['{"type":"Done","n":1}', '{"type":"Done","n":2}', '{"type":"Done","n":9}']


def test_a_reply_that_has_no_json_form_is_reported(folder: Path) -> None:
    done = actorweb("run", "shop:app", text=lines({"type": "Odd"}), cwd=folder)
    assert "has no JSON form" in done.stderr
    assert done.returncode == 1


def test_an_actor_that_stops_ends_the_run(folder: Path) -> None:
    done = actorweb("run", "shop:app", text=lines({"type": "Done", "n": 0}, {"type": "Slow", "n": 1}), cwd=folder)
    assert done.stdout.splitlines()[0] == '{"type":"Done","n":0}'


def test_ten_thousand_lines_pass_in_bounded_memory() -> None:
    program = (
        "import resource, sys\n"
        "from actorweb.cli import main\n"
        "status = main(['run', 'components.counter:counter'])\n"
        "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))\n"
        "sys.exit(status)\n"
    )

    def run(count: int) -> tuple[str, int]:
        text = lines({"type": "Increment", "by": 1}) * count + lines({"type": "Count"})
        done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, cwd=ROOT, check=True)
        return done.stdout.splitlines()[-1], int(done.stderr)

    small, large = run(10), run(10_000)
    assert large[0] == '{"reply":10000}'
    assert large[1] < small[1] + 20_000  # kilobytes


def test_trace_prints_each_turn() -> None:
    done = actorweb("run", "components.counter:counter", "--trace", text=lines({"type": "Increment", "by": 2}))
    (turn,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert turn == {
        "turn": 1,
        "actor": "/run-1/counter",
        "message": {"type": "Increment", "by": 2},
        "context": {"count": 2, "step": 1, "labels": []},
        "mode": "default",
        "version": 1,
    }


def test_the_command_teaches() -> None:
    assert actorweb("--version").stdout == "actorweb 0.1.0\n"
    assert "COMMAND --help" in actorweb("--help").stdout
    assert '{"type": "Increment", "by": 5}' in actorweb("run", "--help").stdout
    assert "data-components" in actorweb("dev", "--help").stdout
    assert "COMMAND" in actorweb().stdout
