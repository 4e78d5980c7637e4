"""Modules joined into one script: in order, apart, and refused where they do not fit together."""

import pytest

from convlab.page import bundle
from tests.support.browser import load


@pytest.fixture
def entry(tmp_path):
    """Writes files; the path of the first."""

    def write(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path / next(iter(files))

    return write


@pytest.fixture
def result(browser):
    """What a script exports as `result`, in a browser."""
    page = browser.new_page()

    def run(script):
        load(page, script)
        return page.evaluate("result")

    yield run
    page.close()


def test_each_module_runs_once_and_after_those_that_it_needs(entry, result):
    files = {
        "entry.js": 'import {b} from "./b.js";\nimport {c, order} from "./c.js";\n'
        'order.push("entry");\nexport const result = [...order, b, c];\n',
        "b.js": 'import {c, order} from "./c.js";\norder.push("b");\nexport const b = c + 1;\n',
        "c.js": 'export const order = ["c"];\nexport const c = 1;\n',
    }
    assert result(bundle.script(entry(files))) == ["c", "b", "entry", 2, 1]


def test_names_stay_apart(entry, result):
    files = {
        "entry.js": 'import {own as theirs} from "./other/part.js";\n'
        'import {own} from "./part.js";\n'
        "const hidden = 3;\nexport const result = [theirs, own, hidden];\n",
        "part.js": "const hidden = 1;\nexport const own = hidden;\n",
        "other/part.js": "const hidden = 2;\nexport const own = hidden;\n",
    }
    assert result(bundle.script(entry(files))) == [2, 1, 3]


def test_constants_functions_and_classes_are_exported(entry, result):
    files = {
        "entry.js": 'import {\n  A,\n  b,\n  c,\n  d as e,\n} from "./part.js";\n'
        "export const result = await Promise.all([new A().one, b(), c(), e]);\n",
        "part.js": "export class A {\n  one = 1;\n}\nexport function b() {\n  return 2;\n}\n"
        "export async function c() {\n  return 3;\n}\nexport const d = 4;\n",
    }
    assert result(bundle.script(entry(files))) == [1, 2, 3, 4]


def test_the_script_exports_what_its_entry_does(entry, result):
    files = {
        "entry.js": 'import {a} from "./a.js";\nexport const result = a;\nexport default {a};\n',
        "a.js": "export const a = 1;\n",
    }
    script = bundle.script(entry(files))
    assert result(script + "\nexport const more = 2;\n") == 1
    assert script.count("export ") == 2


def test_the_sheets_beside_the_modules_come_along_in_their_order(entry):
    files = {
        "entry.js": 'import {a} from "./a.js";\nimport {b} from "./b.js";\na(b);\n',
        "a.js": 'import {b} from "./b.js";\nexport const a = b;\n',
        "b.js": "export const b = 1;\n",
        "entry.css": "entry {}",
        "b.css": "b {}",
        "other.css": "other {}",
    }
    assert bundle.style(entry(files)) == "b {}\nentry {}"


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        (
            {
                "a.js": 'import {b} from "./b.js";\n',
                "b.js": 'import {c} from "./c.js";\nexport const b = c;\n',
                "c.js": 'import {b} from "./b.js";\nexport const c = b;\n',
            },
            ValueError,
            "in a circle, got a.js -> b.js -> c.js -> b.js",
        ),
        ({"a.js": 'import {a} from "./a.js";\n'}, ValueError, "got a.js -> a.js"),
        ({"a.js": 'import {b} from "./b.js";\n'}, FileNotFoundError, "b.js"),
        (
            {"a.js": 'import {b, c as d} from "./b.js";\n', "b.js": "export const b = 1, c = 2;\n"},
            ValueError,
            "a.js imports c, which b.js does not export",
        ),
        *(
            ({"a.js": f'{line} "./b.js";\n', "b.js": ""}, ValueError, "a.js must import as")
            for line in ("import", "import b from", "import * as b from")
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(entry, files, error, message):
    with pytest.raises(error, match=message):
        bundle.script(entry(files))
