"""What the pages in `docs` say and what the code does, held together.

Of alerts.md what can be watched, of operations.md and moving.md the environment variables, of metrics.md and
market-data.md the states and reasons, of market-data.md the numbers of the rules, and of strategies.md which there are.
Of all of them, that their links lead somewhere.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from alerts.domain.watched import CATALOGUE as WATCHED
from configuration.domain.catalogue import CATALOGUE
from markets.venues import VENUES
from metrics.domain.admission.books import WITHDRAWN
from metrics.domain.admission.coin import MIXED_IDS, MIXED_PRICES
from metrics.domain.admission.contracts import DIFF
from metrics.domain.full_books import AWAITING_SNAPSHOT, CONTRADICTED, MISSING_CHANGE, OUT_OF_REACH
from metrics.domain.market import ONE_SIDED, STATES
from metrics.domain.reasons import REASONS, REFUSALS, SILENT, STANDING

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs/operations.md").read_text()
ALERTS = (ROOT / "docs/alerts.md").read_text()
METRICS = (ROOT / "docs/metrics.md").read_text()
MARKET_DATA = (ROOT / "docs/market-data.md").read_text()
STRATEGIES = (ROOT / "docs/strategies.md").read_text()
VENUES_PAGE = (ROOT / "docs/venues.md").read_text()
MOVING = (ROOT / "docs/moving.md").read_text()
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
STACK = [*(ROOT / "realtime/stack").glob("*.py"), ROOT / "realtime/management/commands/run_stack.py"]


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables in a section, without their heads."""
    lines = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    cells = [line.strip("| ").split(" | ") for line in lines]
    rules = [place for place, row in enumerate(cells) if set(row) == {"---"}]
    heads = {place - 1 for place in rules} | set(rules)
    return [row for place, row in enumerate(cells) if place not in heads]


def names(page: str, heading: str) -> list[str]:
    """The names in the first column of the tables in a section."""
    return [name for row in rows(page, heading) for name in re.findall(r"`(\w+)`", row[0])]


# -- Commands ----------------------------------------------------------------------------------


def test_whoever_has_run_make_can_type_every_command_as_it_stands():
    noted = [ROOT / "README.md", ROOT / "examples/README.md", *(ROOT / "docs").glob("*.md")]
    pages = [*noted, *(ROOT / "templates").rglob("*.html")]
    bare = [
        page.name for page in pages if re.search(r"(?<!\.venv/bin/)\bpython manage\.py", page.read_text())
    ]
    assert not bare, "only a shell with .venv switched on has such a python"


# -- Variables ---------------------------------------------------------------------------------


def variables() -> Iterator[tuple[str, list[ast.expr]]]:
    """The arguments of every `env.…("NAME", …)` of the settings."""
    for call in calls(ROOT / "realtime/settings.py"):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *others]
            ):
                yield name, others


def read_by_settings() -> set[str]:
    return {name for name, _ in variables()}


def read_by_stack() -> set[str]:
    """What is asked of an `environ`: `environ.get("NAME")` and `port_of(environ, "NAME", …)`."""
    return {
        str(argument.value)
        for path in STACK
        for call in calls(path)
        if "environ" in ast.unparse(call)
        for argument in call.args
        if isinstance(argument, ast.Constant) and VARIABLE.fullmatch(str(argument.value))
    }


def documented() -> set[str]:
    """Names in the first column of the tables."""
    first_cells = re.findall(r"^\| (`[A-Z].*?) \|", OPERATIONS, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_collectors_see_something():
    assert {"SECRET_KEY", "DATABASE_URL", "LOG_LEVEL"} <= read_by_settings()
    assert {"PORT", "REDIS_PORT", "SIMULATE", "DJANGO_SUPERUSER_PASSWORD"} <= read_by_stack()


@pytest.mark.parametrize("name", sorted(read_by_settings() | read_by_stack()))
def test_every_variable_is_documented(name: str):
    assert name in documented()


@pytest.mark.parametrize("name", sorted(documented()))
def test_every_documented_variable_is_read(name: str):
    assert name in read_by_settings() | read_by_stack()


def test_variables_of_the_predecessor_are_read_or_not_as_is_stated():
    parameters = [each for spec in CATALOGUE.values() for each in spec.parameters.values()]
    retired = {name for spec in CATALOGUE.values() for name in spec.retired_environment}
    enabled = {f"STRATEGY_ENABLED_{name.upper()}" for name in CATALOGUE}
    read = read_by_settings() | {each.environment for each in parameters} | enabled
    noted = {
        name: here
        for there, here in rows(MOVING, "Environment")
        for name in re.findall(r"`([A-Z_]+)`", there)
    }
    assert len(noted) > 20
    assert {name for name, here in noted.items() if here.startswith("the same")} == read & noted.keys()
    assert {name for name, here in noted.items() if here.startswith("read no more")} == retired


def test_whoever_moves_learns_which_strategies_are_the_same():
    noted = re.findall(r"`(\w+)`", section(MOVING, "Strategies").partition(". There is")[0])
    assert noted == [strategy_id for strategy_id in CATALOGUE if strategy_id in noted]
    assert len(noted) == 6


# -- States and reasons ------------------------------------------------------------------------

GIVEN_AS = {"Refused": 0, "Counted": 2}
"""What takes the name of a refusal, and as which argument."""


def reasons_given() -> set[str]:
    """Every name under which code refuses a message."""
    modules = [
        ast.parse(path.read_text())
        for room in ("metrics", "strategies")
        for path in (ROOT / room).rglob("*.py")
    ]
    return {
        reason
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GIVEN_AS
        for argument in node.args[GIVEN_AS[node.func.id] :][:1]
        for reason in texts(argument, [module, *modules])
    }


def texts(expression: ast.expr | None, modules: list[ast.Module]) -> Iterator[str]:
    """The texts an expression may stand for."""
    match expression:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=first, orelse=second):
            yield from texts(first, modules)
            yield from texts(second, modules)
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            known = (
                list(meanings(name, module)) for module in modules
            )  # its own module first, then all others
            for meaning in next(filter(None, known), []):
                yield from texts(meaning, modules)


def meanings(name: str, module: ast.Module) -> Iterator[ast.expr | None]:
    """What a constant of the module is, or what a function there returns."""
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=assigned)], value=value) if assigned == name:
                yield value
            case ast.FunctionDef(name=defined) if defined == name:
                yield from (node.value for node in ast.walk(statement) if isinstance(node, ast.Return))


def test_messages_are_refused_for_the_reasons_there_are_and_no_other():
    found_by_signs = {MIXED_PRICES, MIXED_IDS}
    assert (reasons_given() - {DIFF}) | found_by_signs == set(REFUSALS)


def test_what_may_be_the_matter_with_a_book_itself_has_a_name():
    of_full_books = {AWAITING_SNAPSHOT, MISSING_CHANGE, CONTRADICTED, OUT_OF_REACH}
    assert {DIFF, WITHDRAWN, ONE_SIDED, SILENT} | of_full_books == set(STANDING)


@pytest.mark.parametrize("page", [METRICS, MARKET_DATA], ids=["metrics", "market-data"])
def test_a_page_names_every_state_and_every_reason_once(page: str):
    assert sorted(names(page, "States")) == sorted(STATES)
    assert sorted(names(page, "Reasons")) == sorted(REASONS)


def test_the_page_shows_of_a_reason_what_the_product_states():
    assert {row[0].strip("`"): row[1] for row in rows(MARKET_DATA, "Reasons")} == dict(REASONS)


# -- Strategies --------------------------------------------------------------------------------


def test_the_page_shows_of_every_strategy_what_it_looks_at():
    assert [row[0].strip("`") for row in rows(STRATEGIES, "What each looks at")] == list(CATALOGUE)


# -- Venues ------------------------------------------------------------------------------------


def test_the_page_shows_the_limits_of_every_venue_as_they_are():
    noted = {
        tuple(row[0].replace("`", "").split()): numbers_of(row[1:]) for row in rows(VENUES_PAGE, "Limits")
    }
    assert noted == {
        key: [
            venue.limits.channels_a_connection,
            venue.limits.channels_a_message,
            venue.limits.messages_a_second,
            venue.limits.connections_in_five_minutes,
        ]
        for key, venue in VENUES.items()
    }


def numbers_of(cells: list[str]) -> list[float]:
    return [number for cell in cells for number in numbers(cell)]


def test_reasons_for_which_books_are_lost_stand_on_the_page():
    words = section(VENUES_PAGE, "What is read of each")
    assert all(f"(`{reason}`)" in words for reason in ("gap", "checksum", "crossed", "silent"))


# -- Numbers of the rules ----------------------------------------------------------------------

NUMBER = re.compile(r"\d+(?:,\d{3})*")
MEASURE = re.compile(rf"{NUMBER.pattern}(?: (?:s\b|%|MiB))?")
UNITS = {"%": 0.01, "MiB": 1024 * 1024}


def numbers(cell: str) -> list[float]:
    """What a cell such as "10 %", "1,000", "5 and 10" or "year 2010" (its beginning) stands for."""
    found = [float(text.replace(",", "")) for text in NUMBER.findall(cell)]
    if cell.startswith("year "):
        return [datetime(int(year), 1, 1, tzinfo=UTC).timestamp() for year in found]
    return [UNITS.get(cell.split()[-1], 1) * number for number in found]


def stated(name: str) -> list[float]:
    """The default of a setting, or a constant of a module in `metrics` or `metrics/domain`."""
    if VARIABLE.fullmatch(name):
        (default,) = (others[0] for variable, others in variables() if variable == name)
        return [ast.literal_eval(default)]
    module, _, constant = name.rpartition(".")
    room = "metrics" if module.startswith("feed.") else "metrics.domain"
    value: Any = getattr(import_module(f"{room}.{module}"), constant)
    return list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(
    ("number", "name"), [(row[0], row[2].strip("`")) for row in rows(MARKET_DATA, "The numbers")]
)
def test_the_page_shows_the_numbers_of_the_code(number: str, name: str):
    assert numbers(number) == pytest.approx(stated(name))


def test_the_rules_in_words_use_the_numbers_that_are_compared():
    words = re.sub(r"`.*?`", "", " ".join(section(MARKET_DATA, "The rules").split()))
    compared = {measure for row in rows(MARKET_DATA, "The numbers") for measure in MEASURE.findall(row[0])}
    assert set(MEASURE.findall(words)) <= compared


def test_the_page_of_alerts_names_what_can_be_watched_and_nothing_else():
    kinds = ("a market", "the summary", "a strategy", "a level", "a halt", "a part", "a rule")
    found: list[str] = []
    for kind in kinds:
        for name in names(ALERTS, f"Of {kind}"):
            found.append(found[-1].rpartition("_")[0] + name if name.startswith("_") else name)
    assert sorted(found) == sorted(WATCHED)


PAGES = [
    *ROOT.glob("docs/*.md"),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "clients/python/README.md")),
]
LINK = re.compile(r"\]\((?P<page>[^)\s#:]*)(?:#(?P<section>[^)\s]+))?\)")


def sections(page: Path) -> set[str]:
    """What links call the sections of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    heads = re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_section_that_there_is(page: Path):
    for link in LINK.finditer(page.read_text()):
        target = page.parent / link["page"] if link["page"] else page
        assert target.exists(), link[0]
        assert not link["section"] or link["section"] in sections(target), link[0]
