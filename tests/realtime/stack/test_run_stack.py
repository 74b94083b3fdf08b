"""`manage.py run_stack` from an empty environment: real servers, real processes, real signals."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import redis
from asgiref.sync import async_to_sync

from configuration.domain.catalogue import CATALOGUE
from journal.stream import Reach, reach
from messaging import bus
from realtime.stack.leftovers import PROCESSES, note
from realtime.stack.servers import LOCALHOST, free_port
from tests.markets.binance_played import played_binance
from tests.servers import until

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SECONDS = 60


class Stack:
    """One running stack, and every process it has ever had."""

    def __init__(self, state_dir: Path, **variables: str) -> None:
        self.state_dir = state_dir
        self.port = variables.get("PORT") or str(free_port())
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run_stack"],
            cwd=ROOT,
            env=empty_environment(state_dir) | {"PORT": self.port} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self.family: list[psutil.Process] = []

    def wait_until_ready(self) -> "Stack":
        assert self.process.stdout is not None
        while "Stop with Ctrl-C" not in self.output:
            line = self.process.stdout.readline()
            assert line, self.output
            self.output += line
        self.look()
        return self

    def look(self) -> None:
        """Remember the processes it has now; some of those before may have died and been started again."""
        self.family = [*{*self.family, *psutil.Process(self.process.pid).children(recursive=True)}]

    def child(self, word: str) -> psutil.Process:
        return next(one for one in self.family if runs(one, word))

    def end(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.output += self.process.communicate(timeout=SECONDS)[0] or ""
        return self.process.returncode

    def survivors(self) -> list[str]:
        _, alive = psutil.wait_procs(self.family, timeout=10)
        return [" ".join(one.cmdline()) for one in alive]

    def kill(self, word: str) -> None:
        """Whichever run of a process there is at the moment, if any."""
        with suppress(psutil.NoSuchProcess):
            self.look()
        for one in self.family:
            if runs(one, word):
                one.kill()

    def log(self, name: str) -> Path:
        return self.state_dir / "logs" / f"{name}.log"

    @property
    def sentence(self) -> str:
        """All it has printed, in one line."""
        return " ".join(self.output.split())

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://{LOCALHOST}:{self.port}{path}", timeout=10)

    def variable(self, name: str) -> str:
        """As the stack leaves it for other commands."""
        found = re.search(rf"^{name}=(.*)$", (self.state_dir / "stack.env").read_text(), re.MULTILINE)
        assert found
        return found[1].strip("'")


def runs(process: psutil.Process, word: str) -> bool:
    """Is this the process of that command line, and does it run?"""
    try:
        return word in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # or one that nobody has buried yet
        return False


def empty_environment(state_dir: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "STATE_DIR": str(state_dir),
        "NATS_PORT": str(free_port()),
        "REDIS_PORT": str(free_port()),
        "SIMULATE": "0",
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables and static files as a first start makes them, and nobody in the tables yet."""
    directory = tmp_path_factory.mktemp("prepared")
    for arguments in (("migrate",), ("collectstatic", "--noinput")):
        manage(directory, *arguments, DEBUG="true").check_returncode()
    return directory


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    with socket.create_server((LOCALHOST, 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, prepared: Path, taken_port: int) -> Iterator[Stack]:
    """A stack that runs, for whoever only looks at it: its log-in is given, the port it would have for NATS is taken,
    and its state was open to everybody before."""
    state = tmp_path_factory.mktemp("used") / "state"
    shutil.copytree(prepared, state)
    (state / "strategies").mkdir()
    (state / "strategies" / "halts.json").write_text("[]")
    for path in everything_in(state):
        path.chmod(0o777)
    (state.parent / "outside").write_text("of somebody else")
    (state.parent / "outside").chmod(0o644)
    (state / "strategies" / "link").symlink_to(state.parent / "outside")
    stack = Stack(state, NATS_PORT=str(taken_port), **GIVEN).wait_until_ready()
    yield stack
    stack.end(signal.SIGTERM)
    assert not stack.survivors()


GIVEN = {"DJANGO_SUPERUSER_USERNAME": "risk", "DJANGO_SUPERUSER_PASSWORD": "tulips-1637"}


def everything_in(directory: Path) -> list[Path]:
    return [directory, *directory.rglob("*")]


@pytest.fixture
def start(tmp_path: Path, prepared: Path) -> Iterator[Callable[..., Stack]]:
    """Starts stacks; where one has prepared everything before, unless it `is_first`: that takes half of the time."""
    started: list[Stack] = []

    def start(state_dir: Path = tmp_path / "state", *, is_first: bool = False, **variables: str) -> Stack:
        if not is_first and not (state_dir / "db.sqlite3").exists():
            shutil.copytree(prepared, state_dir, dirs_exist_ok=True)
        started.append(Stack(state_dir, **variables))
        return started[-1]

    yield start
    for stack in started:
        stack.end(signal.SIGTERM)
        assert not stack.survivors()


def refused(state_dir: Path, **variables: str) -> str:
    """The sentence of a start that must fail."""
    stack = Stack(state_dir, **variables)
    assert stack.end(signal.SIG_DFL) == 1, stack.output
    assert "Traceback" not in stack.output
    return " ".join(stack.output.split())


def log_in(stack: Stack, username: str, password: str) -> bool:
    with httpx.Client(base_url=f"http://{LOCALHOST}:{stack.port}", follow_redirects=True) as client:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/admin/login/").text)
        assert token
        form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        client.post("/admin/login/", data=form, headers={"Referer": str(client.base_url)})
        return "sessionid" in client.cookies


def test_everything_runs_and_ctrl_c_leaves_nothing_behind(start):
    stack = start(is_first=True, SIMULATE="1").wait_until_ready()
    assert stack.get("/healthz").json() == {"status": "ok"}
    assert stack.get("/static/unfold/css/styles.css").headers["Content-Encoding"] == "gzip"
    deadline = time.monotonic() + SECONDS
    while stack.get("/ready").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert stack.get("/ready").json()["missing"] == []
    while stack.get("/api/v1/metrics/depth/BTCUSDT").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert stack.get("/api/v1/metrics/depth/BTCUSDT").json()["state"] == "live"
    until(lambda: journal_of(stack).messages, "the market in the journal")
    assert journal_of(stack).limits.subjects == ("binance.websocket.data",)
    assert (
        len(stack.family) == 8
    )  # nats, valkey, web, feed, strategies, alerts, what-if, simulator; nothing in between
    assert stack.end(signal.SIGINT) == 0
    assert "Everything has stopped." in stack.output
    assert not stack.survivors()
    assert not (stack.state_dir / "stack.env").exists()


def journal_of(stack: Stack) -> Reach:
    async def asked() -> Reach:
        async with bus.reached(stack.variable("NATS_URL"), "test") as client:
            return await reach(client)

    return async_to_sync(asked)()


def wait_for_line(stack: Stack, words: str) -> None:
    """What is shown on the screen after the welcome."""
    assert stack.process.stdout is not None
    while words not in stack.output:
        line = stack.process.stdout.readline()
        assert line, stack.output
        stack.output += line


def test_a_real_market_comes_in_place_of_the_invented_one_and_its_bringer_is_started_again(start):
    with played_binance() as origins:
        stack = start(MARKET="binance:top:20", SIMULATE="", **origins).wait_until_ready()
        assert not [one for one in stack.family if runs(one, "simulate_market")]
        wait_for_line(stack, "frames come from binance")
        until(
            lambda: stack.get("/api/v1/metrics/depth/BTCUSDT").json().get("state") == "live", "live", SECONDS
        )
        (source,) = stack.get("/api/v1/feed").json()["markets"]
        assert source["venues"][0]["symbols"] == 2
        assert source["venues"][0]["is_well"] is True
        until(
            lambda: stack.get("/api/v1/feed").json()["strategies"][0]["messages"], "strategies hear", SECONDS
        )
        stack.kill("stream_market")
        until(lambda: _restarts_of_markets(stack) == [1], "started again", SECONDS)
        assert stack.end() == 0
    assert "simulator off; MARKET brings a real market" in stack.sentence


def _restarts_of_markets(stack: Stack) -> list[int]:
    return [each["restarts"] for each in stack.get("/api/v1/feed").json()["markets"]]


def test_a_venue_that_cannot_be_reached_is_one_sentence_and_the_stack_goes_on(start):
    nowhere = f"http://{LOCALHOST}:{free_port()}"
    stack = start(MARKET="okx:BTCUSDT", SIMULATE="", VENUE_OKX_SPOT_REST=nowhere).wait_until_ready()
    wait_for_line(stack, "SIMULATE=1 instead of it.")
    assert f"✗ markets okx spot: no answer from {nowhere} (ConnectError" in stack.sentence
    assert "trying until it is back. For an invented market stop this" in stack.sentence
    assert stack.get("/ready").status_code == 200
    assert stack.end() == 0


def test_a_market_that_nobody_can_bring_is_refused(tmp_path: Path):
    printed = refused(tmp_path / "state", MARKET="ftx:top:20")
    assert "CommandError: MARKET says where from and what: binance:top:20" in printed


def test_the_printed_login_works_and_a_second_start_prints_the_same(start):
    stack = start(is_first=True).wait_until_ready()
    stored = json.loads((stack.state_dir / "login.json").read_text())
    assert re.search(rf"Log-in\s+{stored['username']}\s+{re.escape(stored['password'])}", stack.output)
    assert log_in(stack, **stored)
    assert not log_in(stack, stored["username"], "guessed")
    for name in ("secret_key", "stack.env", "login.json"):
        assert (stack.state_dir / name).stat().st_mode & 0o077 == 0
    key = stack.variable("SECRET_KEY")
    assert stack.end() == 0
    again = start().wait_until_ready()
    assert stored["password"] in again.output
    assert again.variable("SECRET_KEY") == key
    assert log_in(again, **stored)


def test_a_given_login_is_used(used):
    assert log_in(used, "risk", "tulips-1637")
    assert not (used.state_dir / "login.json").exists()


def test_nobody_else_may_look_into_the_state(used):
    """Of a state that was open to everybody before, too."""
    found = [path for path in everything_in(used.state_dir) if path.exists() and not path.is_symlink()]
    names = {path.name for path in found}
    assert {"halts.json", "valkey.conf", "stack.env", "db.sqlite3", "lock", "web.log"} <= names
    assert [path for path in found if path.stat().st_mode & 0o077] == []
    assert (used.state_dir.parent / "outside").stat().st_mode & 0o777 == 0o644


def test_a_directory_for_everybody_is_no_state_directory(tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    assert "is for everybody. Give the stack a STATE_DIR of its own." in refused(shared)
    assert shared.stat().st_mode & 0o777 == 0o777


def test_its_valkey_asks_for_a_password_that_no_command_line_shows(start, tmp_path: Path):
    directory = 'a state of "one\'s" own/' + 12 * "very-long/"
    stack = start(tmp_path / directory).wait_until_ready()
    url = stack.variable("REDIS_URL")
    with redis.Redis.from_url(url) as client:
        assert client.ping()
    stranger = redis.Redis(LOCALHOST, urlsplit(url).port or 0)
    with pytest.raises(redis.AuthenticationError):
        stranger.get("realtime:rows")
    stranger.close()
    password = urlsplit(url).password
    assert password
    assert len(password) > 30
    assert not [process for process in stack.family if password in " ".join(process.cmdline())]
    assert password not in stack.output
    logs = (log.read_text(errors="replace") for log in (stack.state_dir / "logs").iterdir())
    assert not [text for text in logs if password in text]
    assert stack.end() == 0
    assert start(tmp_path / directory).wait_until_ready().variable("REDIS_URL").count(password) == 1


def test_a_lost_terminal_stops_everything(start):
    stack = start().wait_until_ready()
    stack.process.stdout.close()  # nobody reads any more
    stack.process.send_signal(signal.SIGHUP)
    assert stack.process.wait(SECONDS) == 0
    stack.process.stdout = None
    assert not stack.survivors()


def test_what_a_killed_supervisor_leaves_is_not_believed_and_is_ended_by_the_next_one(start):
    stack = start().wait_until_ready()
    processes = stack.state_dir / PROCESSES
    noted = {int(line.split()[0]) for line in processes.read_text().splitlines()}
    assert noted == {child.pid for child in psutil.Process(stack.process.pid).children()}
    assert manage(stack.state_dir, *PRINT_NATS).stdout.strip() == stack.variable("NATS_URL")
    stack.end(signal.SIGKILL)
    if sys.platform == "linux":  # alone it lets children know that their parent died
        assert not stack.survivors()

    assert (stack.state_dir / "stack.env").exists()
    sentence = f"{stack.state_dir}/stack.env is of a stack that no longer runs, and is not read.\n"
    reported = manage(stack.state_dir, *PRINT_NATS)
    assert (reported.stdout.strip(), reported.stderr) == ("nats://127.0.0.1:4222", sentence)
    assert manage(stack.state_dir, "check").stderr.startswith(sentence)
    nowhere = f"nats://{LOCALHOST}:{free_port()}"  # whoever listens on the usual port must not hear it
    halted = manage(stack.state_dir, "halt", "--reason", "nobody is there", NATS_URL=nowhere)
    assert halted.stderr.startswith(sentence)

    with subprocess.Popen(["sleep", "600"]) as left:
        note(stack.state_dir, left.pid)  # one that has not heard that its parent died, as on macOS
        again = start().wait_until_ready()
        assert left.wait(SECONDS) == -signal.SIGTERM
    assert again.get("/healthz").status_code == 200
    assert "Left running by a stack that was killed, and ended now: sleep 600" in again.sentence
    assert sentence.strip() in again.sentence
    assert manage(again.state_dir, *PRINT_NATS).stderr == ""
    assert again.end() == 0
    assert not processes.exists()


@pytest.mark.parametrize("word", ["serve_web", "nats-server"])
def test_a_server_that_dies_is_named_and_ends_the_stack(start, word):
    stack = start().wait_until_ready()
    stack.child(word).kill()
    stack.process.wait(SECONDS)
    assert stack.end() == 1
    name = {"serve_web": "web", "nats-server": "nats"}[word]
    assert f"The {name} process (log: {stack.log(name)}) ended by SIGKILL." in stack.sentence
    assert not stack.survivors()


def restarts(stack: Stack) -> dict[str, int]:
    """How often the feed and the strategy process that are heard report that they were started again."""
    reported = stack.get("/api/v1/feed").json()
    return {
        kind: each["restarts"]
        for kind in ("feeds", "strategies")
        for each in reported[kind]
        if each["state"] == "running"
    }


MORTALS = {
    "feed": "consume_depth",
    "strategies": "run_strategies",
    "alerts": "watch_alerts",
    "what-if": "run_what_if",
    "simulator": "simulate_market",
}


def test_what_dies_is_started_again_and_that_is_reported_until_it_has_died_three_times_in_a_minute(start):
    stack = start(SIMULATE="1").wait_until_ready()
    for word in MORTALS.values():  # all at once
        stack.kill(word)
    back = "WARNING run_stack {} started again at "
    until(lambda: all(back.format(name) in stack.log(name).read_text() for name in MORTALS), "back", SECONDS)
    for name in MORTALS:
        assert f"WARNING run_stack {name} ended by SIGKILL at " in stack.log(name).read_text()
    until(lambda: restarts(stack) == {"feeds": 1, "strategies": 1}, "reports", SECONDS)
    until(lambda: stack.get("/api/v1/metrics/depth/BTCUSDT").json().get("state") == "live", "live", SECONDS)
    deadline = time.monotonic() + SECONDS
    while stack.process.poll() is None and time.monotonic() < deadline:
        stack.kill(MORTALS["feed"])
        time.sleep(0.1)
    assert stack.end() == 1
    for name in MORTALS:
        moment = r"\d\d:\d\d:\d\d UTC"
        assert re.search(rf"✗ {name} +ended by SIGKILL at {moment}; it is started again in 1 s", stack.output)
        assert re.search(rf"✓ {name} +started again at {moment}, 1 time by now", stack.output)
    assert "it is started again in 2 s" in stack.sentence
    last = (
        f"The feed process (log: {stack.log('feed')}) ended by SIGKILL. It has died 3 times within a minute."
    )
    assert last in stack.sentence
    assert not stack.survivors()


def test_ctrl_c_while_one_waits_to_be_started_again_ends_everything(start):
    stack = start().wait_until_ready()
    stack.child("run_strategies").kill()
    until(lambda: "it is started again" in stack.log("strategies").read_text(), "dead", SECONDS)
    assert stack.end(signal.SIGINT) == 0
    assert "Everything has stopped." in stack.output
    assert not stack.survivors()


def test_what_can_never_start_ends_the_stack_with_its_own_words(start):
    stack = start(**{f"STRATEGY_ENABLED_{name.upper()}": "false" for name in CATALOGUE})
    assert stack.end(signal.SIG_DFL) == 1, stack.output
    assert "Traceback" not in stack.output
    assert "strategies.log) ended with code 1. It has died 3 times within a minute." in stack.sentence
    assert "No strategy is left to run: all are disabled by STRATEGY_ENABLED_…." in stack.sentence


def test_a_second_start_while_one_runs_is_a_sentence(used):
    answer = refused(used.state_dir)
    assert f"already running here (process {used.process.pid})" in answer
    assert used.get("/healthz").status_code == 200


def test_a_taken_port_is_a_sentence(tmp_path: Path):
    with socket.create_server((LOCALHOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is taken." in refused(tmp_path, PORT=str(port))


def test_preferred_ports_that_are_taken_are_replaced_and_printed(used, taken_port):
    url = used.variable("NATS_URL")
    assert not url.endswith(f":{taken_port}")
    assert url in used.output


def test_given_servers_are_used_and_not_started(start):
    given = {name: os.environ[name] for name in ("NATS_URL", "REDIS_URL")}
    stack = start(**given, STORE_PREFIX="stack-test").wait_until_ready()
    assert len(stack.family) == 5  # feed, web, strategies, alerts and what-if
    assert "given by NATS_URL" in stack.output
    assert "given by REDIS_URL" in stack.output


def manage(state_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Another command of the checkout, which knows of the stack nothing but where its state is, unless set."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "STATE_DIR": str(state_dir)} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


EXAMPLE = str(next((ROOT / "examples").glob("*.ndjson.gz")))
PRINT_NATS = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.NATS_URL)")


def test_other_commands_reach_the_running_stack(used):
    done = manage(used.state_dir, "simulate_market", "--seconds", "1", "--symbols", "2")
    assert done.returncode == 0, done.stderr
    assert "stack.env" not in done.stderr
    assert (
        f"Publishing to {used.variable('NATS_URL')} (the stack that runs in {used.state_dir}), on"
        in done.stdout
    )
    assert f"Commands STATE_DIR={used.state_dir} .venv/bin/python manage.py" in used.sentence
    assert used.get("/api/v1/metrics/summary").json()["symbols_tracked"] == 2


@pytest.mark.parametrize("command", [("simulate_market",), ("replay_market", EXAMPLE)])
def test_nothing_is_published_where_no_place_is_set(tmp_path, command):
    """Whoever listens on the usual port may trade on what they hear."""
    done = manage(tmp_path, *command)
    assert done.returncode == 1
    assert f"No stack runs in {tmp_path}, and NATS_URL is not set" in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT must be a port number"),
        ({"NATS_PORT": "70000"}, "NATS_PORT must be a port number"),
        ({"SIMULATE": "yes"}, "SIMULATE must be 0 or 1"),
        ({"NATS_URL": "nats://desk:secret@127.0.0.1:1"}, "NATS cannot be reached (NATS_URL): 127.0.0.1:1:"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis cannot be used (REDIS_URL):"),
        ({"REDIS_URL": "nonsense"}, "Redis cannot be used (REDIS_URL):"),
        ({"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"}, "The database (127.0.0.1:1/x,"),
        ({"DATABASE_URL": "sqlite:////no/such/place/db.sqlite3"}, "The database (SQLite, /no/such/place"),
        ({"PUSH_INTERVAL_MS": "often"}, "PUSH_INTERVAL_MS"),
        ({"STATIC_ROOT": "/dev/null/static"}, "Static files cannot be put into STATIC_ROOT"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path: Path, variables: dict[str, str], sentence: str):
    answer = refused(tmp_path, **variables)
    assert sentence in answer
    assert "secret@" not in answer


def test_an_unusable_state_directory_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("not a directory")
    assert "cannot be written" in refused(tmp_path / "file")
