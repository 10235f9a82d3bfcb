"""`actorweb store` and `actorweb run --store`, as a shell sees them."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from actorweb.state.history_file import read_history
from tests.state.steps import filled, harm

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "TZ": "UTC"}
COUNTER = "components.counter:counter"


def actorweb(*arguments: object, text: str = "", environment: dict[str, str] = ENVIRONMENT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "actorweb.cli", *map(str, arguments)],
        input=text,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        timeout=60,
        check=False,
    )


def on_a_terminal(*arguments: object) -> tuple[int, str]:
    """Run the command with a terminal as its output. Gives the exit status and what it wrote there."""
    ours, its = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "actorweb.cli", *map(str, arguments)], stdout=its, stderr=its, cwd=ROOT, env=ENVIRONMENT)
    os.close(its)
    written = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux: the other side was closed
            break
        if not chunk:
            break
        written += chunk
    os.close(ours)
    return process.wait(60), written.decode().replace("\r\n", "\n")


def increments(*values: int) -> str:
    return "".join(json.dumps({"type": "Increment", "by": value}) + "\n" for value in values)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The file of a counter that got 5 and 2, and of another that got 1."""
    path = tmp_path / "store.db"
    assert actorweb("run", COUNTER, "--store", path, text=increments(5, 2)).returncode == 0
    assert actorweb("run", COUNTER, "--store", path, "--key", "counters/42", text=increments(1)).returncode == 0
    return path


def test_an_actor_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = actorweb("run", COUNTER, "--store", path, text=increments(5))
    second = actorweb("run", COUNTER, "--store", path, text=increments(2) + '{"type": "Count"}\n')
    other = actorweb("run", COUNTER, "--store", path, "--key", "other", text='{"type": "Count"}\n')
    assert [first.stdout, second.stdout, other.stdout] == ['{"type":"Changed","count":5}\n', '{"type":"Changed","count":7}\n{"reply":7}\n', '{"reply":0}\n']
    assert [done.returncode for done in (first, second, other)] == [0, 0, 0]
    assert first.stderr + second.stderr + other.stderr == ""


def test_what_came_out_of_a_run_that_was_killed_is_where_the_next_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "actorweb.cli", "run", COUNTER, "--store", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(increments(*[1] * 2000))
        process.stdin.flush()
        seen = json.loads(process.stdout.readline())["count"]
        process.kill()
        seen = max([seen, *(json.loads(line)["count"] for line in process.stdout if line.endswith("}\n"))])
    done = actorweb("run", COUNTER, "--store", path, text='{"type": "Count"}\n')
    assert seen <= json.loads(done.stdout)["reply"] <= 2000


def test_a_file_that_cannot_be_a_store_is_told_before_anything_is_read(tmp_path: Path) -> None:
    done = actorweb("run", COUNTER, "--store", tmp_path / "nowhere" / "store.db", text=increments(1))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be opened" in done.stderr
    assert "Do: " in done.stderr


def test_a_damaged_record_is_named_and_nothing_is_handled(store: Path) -> None:
    harm(store, "UPDATE records SET text = 'other' WHERE key = 'counter' AND sequence = 2")
    done = actorweb("run", COUNTER, "--store", store, text=increments(1))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{store}: key 'counter', record 2" in done.stderr
    assert actorweb("run", COUNTER, "--store", store, "--key", "counters/42", text='{"type": "Count"}\n').stdout == '{"reply":1}\n'


def test_a_key_without_a_store_is_bad_usage() -> None:
    done = actorweb("run", COUNTER, "--key", "counter")
    assert (done.returncode, done.stdout) == (2, "")
    assert "give both" in done.stderr


def test_inspect_gives_the_keys_as_json_lines(store: Path) -> None:
    done = actorweb("store", "inspect", store)
    keys = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(key["key"], key["sequence"], key["records"]) for key in keys] == [("counter", 2, 2), ("counters/42", 1, 1)]
    assert all(key["bytes"] > 100 and key["at"] > 1.7e9 for key in keys)
    assert (done.returncode, done.stderr) == (0, "")


def test_inspect_shows_people_a_table(store: Path) -> None:
    status, written = on_a_terminal("store", "inspect", store)
    head, *rows, count = written.splitlines()
    assert status == 0
    assert head.split() == ["KEY", "RECORD", "KEPT", "BYTES", "WRITTEN"]
    assert [row.split()[:3] for row in rows] == [["counter", "2", "2"], ["counters/42", "1", "1"]]
    assert all(row.endswith("+00:00") for row in rows)
    assert len({row.index("20") for row in rows}) == 1, "the columns stand below each other"
    assert count == "2 keys"


def test_inspect_of_a_key_gives_its_newest_record(store: Path) -> None:
    done = actorweb("store", "inspect", store, "--key", "counter")
    record = json.loads(done.stdout)
    assert (record["sequence"], record["behavior"], record["context"]["count"], record["message"]) == (2, "counter", 7, {"type": "Increment", "by": 2})
    status, written = on_a_terminal("store", "inspect", store, "--key", "counter")
    head, _, rest = written.partition("\n")
    assert (status, done.returncode) == (0, 0)
    assert head.startswith("counter: record 2, written 20")
    assert head.endswith("; 2 kept")
    assert {"sequence": 2, **json.loads(rest)} == record
    assert '\n  "version": 2,\n' in rest


def test_a_key_that_would_control_a_terminal_is_quoted(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"\x1b[2Jgone": 1, "two\nlines": 1, "": 1, " a": 1, "größe": 1})
    status, written = on_a_terminal("store", "inspect", path)
    assert status == 0
    assert "\x1b" not in written
    for shown in ("'\\x1b[2Jgone'", "'two\\nlines'", "''", "' a'", "größe"):
        assert f"\n{shown} " in f"\n{written}"


def test_json_lines_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"größe": 1})
    done = actorweb("store", "inspect", path, environment=ENVIRONMENT | {"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout)["key"] == "größe"


def test_export_of_a_key_is_a_history_file(store: Path) -> None:
    done = actorweb("store", "export", store, "--key", "counter")
    head, *records = [json.loads(line) for line in done.stdout.splitlines()]
    assert head == {"actorweb-history": 1, "behavior": "counter", "key": "counter"}
    assert [(record["sequence"], record["context"]["count"], record["message"]["by"]) for record in records] == [(1, 5, 5), (2, 7, 2)]
    recorded = read_history(done.stdout)
    assert recorded.behavior == "counter"
    assert [state.version for state in recorded.states] == [1, 2]
    assert done.returncode == 0


def test_export_without_a_key_writes_all_of_them(store: Path) -> None:
    done = actorweb("store", "export", store)
    heads = [json.loads(line)["key"] for line in done.stdout.splitlines() if "actorweb-history" in line]
    assert heads == ["counter", "counters/42"]
    assert len(done.stdout.splitlines()) == 5


def test_export_leaves_a_damaged_record_out_and_tells_it(store: Path) -> None:
    harm(store, "UPDATE records SET text = 'other' WHERE key = 'counter' AND sequence = 1")
    done = actorweb("store", "export", store)
    assert [json.loads(line).get("sequence") for line in done.stdout.splitlines()] == [None, 2, None, 1]
    assert "key 'counter', record 1" in done.stderr
    assert done.returncode == 1


def test_export_tells_a_record_that_no_actor_wrote(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    filled(path, {"a": 2})
    from actorweb.state.store import Write
    from tests.state.steps import put, step_store

    store = step_store(path)
    put(store, Write("list", 1, "[1]", journal=True), Write("none", 1, "what", journal=True))
    store._ledger.close()
    done = actorweb("store", "export", path)
    assert "key 'list', record 1: it is '[1]'" in done.stderr
    assert "key 'none', record 1: this is no JSON" in done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert done.returncode == 1


def test_verify_tells_that_all_is_sound(store: Path) -> None:
    done = actorweb("store", "verify", store)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{store}: 3 records under 2 keys, all sound\n", "")


def test_verify_tells_every_damage_in_three_parts(store: Path) -> None:
    harm(store, "UPDATE records SET text = 'other' WHERE key = 'counter' AND sequence = 1")
    harm(store, "DELETE FROM records WHERE key = 'counters/42'")
    done = actorweb("store", "verify", store)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("AW-356") == done.stderr.count("\nExpected: ") == done.stderr.count("\nDo: ") == 2
    assert "key 'counter', record 1" in done.stderr
    assert "key 'counters/42', record 1: it is missing" in done.stderr


def test_verify_tells_a_garbled_file(store: Path) -> None:
    garbled = bytearray(store.read_bytes())
    garbled[100:8192] = b"\xff" * 8092
    store.write_bytes(garbled)
    done = actorweb("store", "verify", store)
    assert done.returncode == 1
    assert str(store) in done.stderr


def test_compact_keeps_the_newest_records(store: Path) -> None:
    done = actorweb("store", "compact", store)
    assert json.loads(done.stdout)["removed"] == 1
    assert [json.loads(line)["records"] for line in actorweb("store", "inspect", store).stdout.splitlines()] == [1, 1]
    assert actorweb("run", COUNTER, "--store", store, text='{"type": "Count"}\n').stdout == '{"reply":7}\n'
    status, written = on_a_terminal("store", "compact", store, "--keep", 5)
    assert status == 0
    assert written.startswith(f"{store}: 0 records removed; ")


def test_compact_leaves_a_damaged_file_as_it_is(store: Path) -> None:
    harm(store, "UPDATE records SET text = 'other' WHERE key = 'counter' AND sequence = 2")
    before = store.read_bytes()
    done = actorweb("store", "compact", store)
    assert (done.returncode, done.stdout) == (1, "")
    assert "store verify" in done.stderr
    assert store.read_bytes() == before


@pytest.mark.parametrize("command", ["inspect", "export", "compact", "verify"])
def test_a_file_that_there_is_not_is_bad_usage_and_is_not_made(command: str, tmp_path: Path) -> None:
    done = actorweb("store", command, tmp_path / "nowhere.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such file" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["inspect", "export"])
def test_a_key_that_there_is_not_is_bad_usage_and_the_keys_are_told(command: str, store: Path) -> None:
    done = actorweb("store", command, store, "--key", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no key 'nobody'" in done.stderr
    assert "one of its keys: counter, counters/42" in done.stderr


@pytest.mark.parametrize(("command", "status"), [("inspect", 2), ("export", 2), ("compact", 2), ("verify", 1)])
def test_a_file_of_another_program_is_refused(command: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (a)")
    connection.close()
    done = actorweb("store", command, path)
    assert (done.returncode, done.stdout) == (status, "")
    assert "belongs to another program" in done.stderr


def test_a_file_of_newer_code_is_bad_usage_for_verify_too(store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    done = actorweb("store", "verify", store)
    assert done.returncode == 2
    assert "update actorweb" in done.stderr


@pytest.mark.parametrize("arguments", [["store"], ["store", "inspect"], ["store", "compact", "x", "--keep", "0"], ["store", "compact", "x", "--keep", "x"]])
def test_bad_usage_is_told(arguments: list[str]) -> None:
    done = actorweb(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: " in done.stderr


def test_a_reader_that_goes_away_is_no_error(store: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m actorweb.cli store export "{store}" | true; echo "${{PIPESTATUS[0]}}"'],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
        check=True,
    )
    assert done.stdout in {"0\n", "1\n"}
    assert done.stderr == ""


def test_the_commands_teach() -> None:
    assert "actorweb store inspect counter.db" in actorweb("store", "--help").stdout
    assert "--key counter > counter.jsonl" in actorweb("store", "export", "--help").stdout
    assert "--keep 10" in actorweb("store", "compact", "--help").stdout
    assert "all sound" in actorweb("store", "verify", "--help").stdout
    assert "written 2026" in actorweb("store", "inspect", "--help").stdout
    assert "--store counter.db" in actorweb("run", "--help").stdout


def test_the_commands_of_the_guide_work(store: Path) -> None:
    text = (ROOT / "docs" / "how-to" / "inspect-a-store.md").read_text()
    commands = text.split("```sh\n")[1].split("```")[0]
    store.rename(store.with_name("counter.db"))
    done = subprocess.run(
        ["bash", "-euc", commands.replace("actorweb store", f'"{sys.executable}" -m actorweb.cli store')],
        capture_output=True,
        text=True,
        cwd=store.parent,
        env=ENVIRONMENT,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 5
    assert read_history((store.parent / "counter.jsonl").read_text()).behavior == "counter"
