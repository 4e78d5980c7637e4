"""How the lessons are made: what can be checked of it without running them."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from convlab import explore, solutions
from convlab.course.copying import PITFALLS
from convlab.course.saved import VIEW, numbers_of
from convlab.course.sections import FOLDED, further_sections, minutes, pitfalls

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 25
LONGEST_CORE = 45  # minutes
LARGEST_FILE = 2_000_000
LARGEST_STATE = 150_000
PRIVATE = re.compile(r"/(?:home|root|tmp|work|Users)/\w")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture
def lesson(path):
    return solutions.lessons()[path.stem[:2]]


def tagged(code, tag):
    return [cell for cell in code if tag in cell.metadata.get("tags", ())]


def test_every_lesson_has_its_answers_and_the_other_way_round():
    assert [path.stem[:2] for path in NOTEBOOKS] == list(solutions.lessons())


def test_it_is_valid(notebook):
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


def test_it_says_its_title_question_and_next_step(path, lesson, notebook, prose):
    assert notebook.cells[0].source.startswith(f"# {path.stem[:2]} {lesson.TITLE}\n")
    for part in ("**Question.**", "**Before.**", "**After.**", "## What to keep", "**Next.**"):
        assert part in prose, part


def test_it_says_honestly_how_long_it_takes(notebook):
    core, further = minutes(notebook)
    assert core <= LONGEST_CORE
    assert further == sum(section.minutes for section in further_sections(notebook))


def test_what_goes_further_is_folded_and_nothing_else(notebook):
    folded = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get(FOLDED)]
    assert folded == [section.cells[0] for section in further_sections(notebook)]
    assert "## Further" not in "".join(notebook.cells[i].source for i in unfolded(notebook))


def unfolded(notebook):
    further = [i for section in further_sections(notebook) for i in section.cells]
    return [i for i in range(len(notebook.cells)) if i not in further]


def test_the_core_needs_nothing_that_goes_further(notebook):
    core, ours, theirs = unfolded(notebook), set(), set()
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        stored, loaded = names_of(cell.source)
        if i in core:
            ours |= stored
            assert loaded & theirs - ours == set(), cell.id
        else:
            theirs |= stored


def names_of(source):
    """The names that a cell binds, and those that it reads."""
    stored, loaded = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else stored).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            stored.add(node.name)
        elif isinstance(node, ast.arg):
            stored.add(node.arg)
        elif isinstance(node, ast.alias):
            stored.add((node.asname or node.name).partition(".")[0])
    return stored, loaded


def test_it_ends_with_pitfalls_and_three_questions(path, notebook):
    if path.stem == "00_start_here":
        return
    assert pitfalls(notebook)
    (last,) = (c.source for c in notebook.cells if "## Three questions" in c.source)
    questions = last.partition("## Three questions")[2]
    assert (
        len(re.findall(r"<details><summary>.+?</summary>\n\n.+?\n\n</details>", questions, re.S))
        == 3
    )


def test_an_exercise_says_how_hard_it_is_how_long_it_takes_and_whether_it_is_core(
    notebook, prose, lesson
):
    core = {notebook.cells[i].id for i in unfolded(notebook)}
    for name, exercise in lesson.EXERCISES.items():
        dots = "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)
        part = "core" if exercise.core else "further"
        plural = "" if exercise.minutes == 1 else "s"
        line = f"{dots} · {exercise.minutes} minute{plural} · {part}"
        assert f"### Exercise: {name}\n\n{line}\n" in prose
        assert (f"ex-{name}" in core) == exercise.core


def test_links_lead_to_lessons(prose):
    names = {path.name for path in NOTEBOOKS} | {PITFALLS}
    assert set(re.findall(r"\]\((\w+\.ipynb)\)", prose)) <= names


def test_files_that_the_prose_names_are_there(prose):
    names = set(re.findall(r"\bconvlab/[\w/]+\.\w+", prose))
    assert {name for name in names if not (NOTEBOOKS[0].parents[1] / name).exists()} == set()


def test_cells_fit_on_a_screen(code):
    assert [cell.id for cell in code if len(cell.source.splitlines()) > LONGEST_CELL] == []


def test_outputs_are_saved_in_order_and_clean(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", cell.id
            assert "image/svg+xml" not in output.get("data", {}), cell.id


def test_the_file_is_small_and_names_no_place_on_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < LARGEST_FILE
    assert not PRIVATE.search(re.sub(r'"image/png": "[^"]*"', "", text))


def test_explorers_are_saved_lean_and_small(notebook, code):
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if VIEW in output.get("data", {})]
    saved = list(filter(None, map(numbers_of, outputs)))
    assert not [one for one in saved if {"_esm", "_css"} & set(one.traits)]
    assert {one.explorer for one in saved} <= set(explore.__all__)
    assert len(json.dumps(saved)) <= LARGEST_STATE


def test_exercises_are_those_of_the_answers_in_order(code, lesson):
    names = [cell.id for cell in tagged(code, "exercise")]
    assert names == [f"ex-{name}" for name in lesson.EXERCISES]
    assert [cell.id for cell in tagged(code, "check")] == [f"check-{n}" for n in lesson.EXERCISES]


def test_each_check_follows_its_exercise(code, lesson):
    order = [cell.id for cell in code]
    for name in lesson.EXERCISES:
        assert order.index(f"check-{name}") == order.index(f"ex-{name}") + 1


def test_stubs_leave_the_work_to_the_learner(code, lesson):
    for cell in tagged(code, "exercise"):
        name = cell.id.removeprefix("ex-")
        if callable(getattr(lesson, name)):
            assert "raise NotImplementedError" in cell.source, cell.id
            assert '"""' in cell.source, cell.id
        else:
            assert re.search(rf"^{name} = \.\.\.", cell.source, re.MULTILINE), cell.id


def test_stub_and_answer_have_one_signature_and_docstring(code, lesson):
    for cell in tagged(code, "exercise"):
        answer = getattr(lesson, cell.id.removeprefix("ex-"))
        if callable(answer):
            source = solutions.source(answer.__name__)
            assert cell.source.splitlines()[0] == source.splitlines()[0]
            assert cell.source.split('"""')[1] == source.split('"""')[1], cell.id


def test_checks_call_check(code, lesson):
    for cell in tagged(code, "check"):
        name = cell.id.removeprefix("check-")
        argument = name if callable(getattr(lesson, name)) else f"{name}={name}"
        assert cell.source == f"{name} = check({argument})"


def test_nbgrader_knows_exercises_and_checks(code):
    for cell in tagged(code, "exercise"):
        grading = cell.metadata.nbgrader
        assert (grading.solution, grading.grade, grading.grade_id) == (True, False, cell.id)
    for cell in tagged(code, "check"):
        grading = cell.metadata.nbgrader
        assert (grading.solution, grading.grade, grading.locked) == (False, True, True)
        assert grading.points >= 1
        assert grading.grade_id == cell.id


def test_help_is_imported_before_it_is_offered(code):
    statements = (s for s in ast.parse(code[0].source).body if isinstance(s, ast.ImportFrom))
    imported = {alias.name for s in statements if s.module == "convlab" for alias in s.names}
    assert {"check", "hint", "progress", "solution"} <= imported


def test_it_has_as_many_exercises_as_a_lesson_should(path, lesson):
    callables = [callable(getattr(lesson, name)) for name in lesson.EXERCISES]
    if path.stem != "00_start_here":
        assert 3 <= len(callables) <= 6
        assert any(callables)
        assert not all(callables), "one exercise asks for a prediction"
