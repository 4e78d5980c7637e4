"""What explorers send is what `convlab.explore.schema` says, and what its twin says."""

import json
from types import ModuleType
from typing import Literal, NotRequired, TypeAlias, TypedDict

import pytest
import typeguard

from convlab import explore
from convlab.explore import schema
from convlab.explore.base import Explorer
from tests.support.oracle import unpacked
from tests.support.strips import NETWORKS
from tests.support.strips import tables as strip_tables
from tests.support.typescript import FILE, declarations, typescript

QUESTIONS = {
    "convolution": [
        {"mode": mode, "kernel": [2, 3], "stride": [1, 1], "padding": [1, 1], "dilation": [1, 2]}
        for mode in ("max", "transposed")
    ],
    "descent": [{"start": [0.5, -1.0], "lr": lr} for lr in (0.01, 100.0)],
    "kernel": [
        {"weights": [1, 0.5, -2] * 3, "at": [0, 3]},
        {"weights": [0.5] * 25, "at": [2, 0], "range": 1},
    ],
    "receptive_field": [{"conv1": [[3, 3], [n, n], [1, 1]]} for n in (2, 9)],
}
EDITS = {"conv1d": ["average of 3", "0.5", 1, 0.25, -1], "convolution": ["K", 4, "2,5"]}
each = pytest.mark.parametrize("name", explore.__all__)


@pytest.fixture
def json_tuples():
    """A tuple is a list in JSON."""
    lookups = typeguard.checker_lookup_functions
    usual = lookups[0]

    def lookup(origin, arguments, extras):
        def check(value, *rest):
            value = tuple(value) if isinstance(value, list) else value
            usual(origin, arguments, extras)(value, *rest)

        return check if origin is tuple else None

    lookups.insert(0, lookup)
    yield
    lookups.remove(lookup)


def require(value, hint):
    """The value, as it arrives in the page, is of a type of the schema."""
    every = typeguard.CollectionCheckStrategy.ALL_ITEMS
    typeguard.check_type(json.loads(json.dumps(value)), hint, collection_check_strategy=every)


def described(name, part):
    """The type of a part of what the explorer `name` sends."""
    return getattr(schema, "".join(map(str.capitalize, [*name.split("_"), part])))


def traits(explorer):
    """What the explorer itself keeps in step with the page."""
    own = set(explorer.traits(sync=True)) - set(Explorer.class_traits(sync=True))
    return {name: getattr(explorer, name) for name in own if not name.startswith("_")}


@each
def test_tables_are_as_described(json_tuples, name):
    require(unpacked(getattr(explore, name)()), described(name, "tables"))


@each
def test_traits_are_as_described(json_tuples, name):
    kept = traits(getattr(explore, name)())
    assert isinstance(kept.pop("data"), str)
    assert kept
    for trait, value in kept.items():
        require(value, str if isinstance(value, str) else described(name, trait))


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_and_answers_are_as_described(json_tuples, name):
    explorer = getattr(explore, name)()
    for question in QUESTIONS[name]:
        require(question, described(name, "question"))
        require(explorer.answer(question), described(name, "answer"))


@pytest.mark.parametrize("name", EDITS)
def test_edits_and_what_comes_of_them_are_as_described(json_tuples, name):
    explorer = getattr(explore, name)()
    before = traits(explorer)
    require(EDITS[name], described(name, "edit"))
    explorer.edit(*EDITS[name])
    assert traits(explorer) != before
    require(unpacked(explorer), described(name, "tables"))
    if "edited" in before:
        require(unpacked(explorer, "edited"), described(name, "table"))


@pytest.mark.parametrize("name", NETWORKS)
def test_strips_of_any_network_are_as_described(json_tuples, name):
    data, _ = strip_tables(*NETWORKS[name])
    require(data, schema.StripTables)


class Part(TypedDict):
    size: tuple[int, float]
    kind: Literal["a", 2, True]


class Whole(Part):
    name: str | None
    parts: NotRequired[list[Part]]
    rows: dict[str, list[bool | str]]


def test_what_is_not_as_described_is_refused(json_tuples):
    part = {"size": [1, 2.5], "kind": "a"}
    whole = part | {"name": None, "rows": {"x": [True, "y"]}}
    for good in (whole, whole | {"parts": [part, part]}):
        require(good, Whole)
    changes = [{"size": [1]}, {"size": 1}, {"size": [1, "2"]}, {"kind": "b"}, {"name": 1}]
    changes += [{"parts": [part, {}]}, {"rows": {"x": [True, None]}}, {"extra": 1}]
    for change in changes:
        with pytest.raises(typeguard.TypeCheckError):
            require(whole | change, Whole)
    with pytest.raises(typeguard.TypeCheckError):
        require(part, Whole)


def test_the_twin_in_typescript_says_the_same():
    assert FILE.read_text(encoding="utf-8") == declarations(schema)


def test_every_kind_of_type_has_its_twin():
    module = ModuleType(__name__)
    module.__annotations__ = {"Rows": TypeAlias}
    module.Part, module.Whole, module.Rows = Part, Whole, list[tuple[int, str]]
    _, text = declarations(module).split("\n\n", 1)
    assert (
        text
        == """\
export interface Part {
  size: [number, number];
  kind: "a" | 2 | true;
}

export interface Whole {
  size: [number, number];
  kind: "a" | 2 | true;
  name: string | null;
  parts?: Part[];
  rows: Record<string, (boolean | string)[]>;
}

export type Rows = [number, string][];
"""
    )


@pytest.mark.parametrize("hint", [set[int], dict[int, str], tuple[int, ...], object])
def test_what_json_has_not_is_refused(hint):
    with pytest.raises(TypeError, match="hint must be a type of plain JSON, got "):
        typescript(hint)
