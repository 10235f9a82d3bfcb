"""`actorweb.run`: programs with signals, standard input and an exit status. Each runs as a process of its own."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actorweb import ActorSystem, BadDefinition, run

ROOT = Path(__file__).parent.parent
HEAD = """
import asyncio, sys
from actorweb import ActorSystem, MessagePlan, define_behavior, message, run

@message
class Say:
    text: str

@message
class Interrupt: ...

def end(actor):
    print("ended:", actor.reason, flush=True)

def interrupt(message, actor):
    raise KeyboardInterrupt

speaker = define_behavior("speaker").on(Say, lambda say, actor: print(say.text, flush=True)).on(Interrupt, interrupt).on_stop(end).build()
"""


def start(main: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", f"{HEAD}\n{main}\nrun(main)"], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def ended(program: subprocess.Popen[str], given: str = "") -> tuple[int, str, str]:
    out, err = program.communicate(given, timeout=60)
    return program.returncode, out, err


def test_the_exit_status_is_what_main_returns() -> None:
    assert ended(start("async def main(system): return 3"))[0] == 3
    assert ended(start("async def main(system): return None"))[0] == 0
    assert ended(start("async def main(): return 4"))[0] == 4


def test_lines_are_read_until_the_end_of_input_and_the_system_ends_in_order() -> None:
    program = start(
        """
async def main(system, lines):
    ref = await system.spawn(speaker)
    async for line in lines:
        ref.tell(Say(line.upper()))
    await asyncio.sleep(0.05)
"""
    )
    status, out, err = ended(program, "one\r\ntwo\n\nfour")
    assert (status, err) == (0, "")
    assert out.splitlines() == ["ONE", "TWO", "", "FOUR", "ended: Shutdown(info=None)"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_system_in_order_and_is_the_status(number: signal.Signals) -> None:
    program = start(
        """
async def main(system):
    await system.spawn(speaker)
    print("ready", flush=True)
    await asyncio.sleep(3600)
"""
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    program.send_signal(number)
    status, out, err = ended(program)
    assert (status, out, err) == (128 + number, "ended: Shutdown(info=None)\n", "")


def test_a_second_signal_ends_the_process_at_once() -> None:
    program = start(
        """
async def slow_end(actor):
    print("ending", flush=True)
    await asyncio.sleep(3600)

async def main(system):
    await system.spawn(define_behavior("slow").on_stop(slow_end).build())
    print("ready", flush=True)
    await asyncio.sleep(3600)
"""
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGINT)
    assert program.stdout.readline() == "ending\n"
    program.send_signal(signal.SIGINT)
    status, _, err = ended(program)
    assert (status, err) == (130, "ended at once by a second SIGINT\n")


def test_an_error_of_main_is_raised_after_the_system_has_ended() -> None:
    program = start(
        """
async def main(system):
    await system.spawn(speaker)
    raise ValueError("no")
"""
    )
    status, out, err = ended(program)
    assert (status, out) == (1, "ended: Shutdown(info=None)\n")
    assert err.endswith("ValueError: no\n")


def test_a_fatal_error_of_a_handler_ends_the_system_in_order_and_is_raised() -> None:
    program = start(
        """
async def main(system):
    ref = await system.spawn(speaker)
    ref.tell(Interrupt())
    await asyncio.sleep(3600)
"""
    )
    status, out, err = ended(program)
    assert status != 0
    assert out == "ended: Shutdown(info=None)\n"
    assert err.endswith("KeyboardInterrupt\n")


def test_input_that_is_no_text_names_the_line() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", f"{HEAD}\nasync def main(system, lines):\n    async for line in lines: print(line)\nrun(main)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    out, err = program.communicate(b"good\n\xff\n", timeout=60)
    assert (program.returncode, out) == (1, b"good\n")
    assert b"AW-103 line 2 of the input is no UTF-8" in err


@pytest.mark.parametrize("main", [3, lambda one, two, three: None])
def test_what_is_no_main_is_refused(main: object) -> None:
    with pytest.raises(BadDefinition, match=r"AW-201 run\("):
        run(main)  # type: ignore[arg-type]


def test_beside_a_running_loop_the_program_is_a_task() -> None:
    async def main(system: ActorSystem) -> int:
        return 5

    async def page() -> int:
        task = run(main)
        assert task is not None
        return await task

    assert asyncio.run(page()) == 5
