"""convlab lab, progress and doctor, and the copying behind them."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_markdown_cell, new_notebook
from packaging.requirements import Requirement

from convlab.course import cli, copying, doctor
from convlab.exercises import records
from tests.support.jupyterlab import served


def lesson(text):
    return nbformat.writes(new_notebook(cells=[new_markdown_cell(text, id="text")])) + "\n"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Two lessons as the ones this convlab ships."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "00_start_here.ipynb").write_text(lesson("start"))
    (folder / "01_first.ipynb").write_text(lesson("first, edition 1"))
    monkeypatch.setattr(copying, "_PACKAGED", folder)
    return folder


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "mine"


class TestCopyCourse:
    def test_a_new_folder_gets_every_lesson(self, shipped, mine):
        new = ["00_start_here.ipynb", "01_first.ipynb", copying.PITFALLS]
        assert copying.copy_course(mine).new == new
        assert (mine / "01_first.ipynb").read_text() == lesson("first, edition 1")
        assert records.course_folder(mine) == mine

    def test_nothing_new_nothing_done(self, shipped, mine):
        copying.copy_course(mine)
        assert copying.copy_course(mine) == copying.Copied()

    def test_the_pitfalls_of_all_lessons_are_on_one_page_that_follows_them(self, shipped, mine):
        for edition in ("Even kernels.", "Odd kernels."):
            text = f"# 01 First\n\n**Pitfalls.** {edition}\n\n**Next.** Nothing."
            (shipped / "01_first.ipynb").write_text(lesson(text))
            copying.copy_course(mine)
            (cell,) = nbformat.read(mine / copying.PITFALLS, as_version=4).cells
            assert cell.source.endswith(f"**[01 First](01_first.ipynb).** {edition}")
            assert "00_start" not in cell.source

    def test_an_untouched_lesson_is_updated(self, shipped, mine):
        copying.copy_course(mine)
        (shipped / "01_first.ipynb").write_text(lesson("first, edition 2"))
        assert copying.copy_course(mine).updated == ["01_first.ipynb"]
        assert (mine / "01_first.ipynb").read_text() == lesson("first, edition 2")

    def test_a_changed_lesson_stays_and_the_newer_is_put_beside_it_once(self, shipped, mine):
        copying.copy_course(mine)
        (mine / "01_first.ipynb").write_text("my work")
        assert copying.copy_course(mine) == copying.Copied()
        (shipped / "01_first.ipynb").write_text(lesson("first, edition 2"))
        beside = {"01_first.ipynb": "01_first-new.ipynb"}
        assert copying.copy_course(mine) == copying.Copied(beside=beside)
        assert (mine / "01_first.ipynb").read_text() == "my work"
        assert (mine / "01_first-new.ipynb").read_text() == lesson("first, edition 2")
        assert copying.copy_course(mine) == copying.Copied()

    def test_work_in_the_copy_beside_is_kept_too(self, shipped, mine):
        copying.copy_course(mine)
        for edition, name in ((2, "01_first-new.ipynb"), (3, "01_first-new2.ipynb")):
            (mine / "01_first.ipynb").write_text("my work")
            (shipped / "01_first.ipynb").write_text(lesson(f"first, edition {edition}"))
            assert copying.copy_course(mine).beside == {"01_first.ipynb": name}
        assert (mine / "01_first-new.ipynb").read_text() == lesson("first, edition 2")

    def test_notebooks_that_were_there_before_are_kept(self, shipped, mine):
        mine.mkdir()
        (mine / "01_first.ipynb").write_text("another book's lesson")
        assert copying.copy_course(mine).beside == {"01_first.ipynb": "01_first-new.ipynb"}
        assert (mine / "01_first.ipynb").read_text() == "another book's lesson"

    def test_a_deleted_lesson_comes_back(self, shipped, mine):
        copying.copy_course(mine)
        (mine / "01_first.ipynb").unlink()
        assert copying.copy_course(mine).new == ["01_first.ipynb"]

    def test_a_damaged_ledger_overwrites_nothing(self, shipped, mine):
        copying.copy_course(mine)
        (mine / "01_first.ipynb").write_text("my work")
        (mine / records.MARKER / "lessons.json").write_text("{")
        copying.copy_course(mine)
        assert (mine / "01_first.ipynb").read_text() == "my work"

    def test_a_file_is_no_folder(self, shipped, mine):
        mine.write_text("")
        with pytest.raises(NotADirectoryError, match="DIR must be a folder, got a file"):
            copying.copy_course(mine)


@pytest.fixture
def launched(monkeypatch):
    """The arguments that JupyterLab would have been started with, a list a start."""
    starts = []
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", starts.append)
    return starts


class TestLab:
    def test_it_opens_the_start_page(self, shipped, mine, launched):
        assert cli.main(["lab", str(mine)]) == 0
        (arguments,) = launched
        assert arguments[:2] == [str(mine / copying.START_PAGE), f"--ServerApp.root_dir={mine}"]
        assert "--no-browser" not in arguments

    def test_options_and_the_rest_go_to_jupyterlab(self, shipped, mine, launched):
        options = ["--no-browser", "--port", "1234", "--", "--debug", "--", "-y"]
        cli.main(["lab", str(mine), *options])
        assert {"--no-browser", "--port=1234"} <= set(launched[0])
        assert launched[0][-3:] == ["--debug", "--", "-y"]

    def test_the_default_folder(self, shipped, tmp_path, launched, monkeypatch):
        monkeypatch.chdir(tmp_path)
        cli.main(["lab"])
        assert (tmp_path / "convlab-course" / "01_first.ipynb").exists()

    def test_it_names_what_it_put_beside(self, shipped, mine, launched, capsys):
        cli.main(["lab", str(mine)])
        (mine / "01_first.ipynb").write_text("my work")
        (shipped / "01_first.ipynb").write_text(lesson("first, edition 2"))
        (shipped / "00_start_here.ipynb").write_text(lesson("start, edition 2"))
        capsys.readouterr()
        cli.main(["lab", str(mine)])
        assert capsys.readouterr().out == (
            f"The course is in {mine}\n"
            "  updated      00_start_here.ipynb\n"
            "  you changed  01_first.ipynb; its newer version is beside it: 01_first-new.ipynb\n"
        )

    def test_what_it_copies_is_trusted_and_nothing_else(self, shipped, mine, launched):
        def trusted(name):
            notebook = nbformat.read(mine / name, as_version=4)
            return NotebookNotary().check_signature(notebook)

        cli.main(["lab", str(mine)])
        assert trusted("01_first.ipynb")
        (mine / "01_first.ipynb").write_text(lesson(f"my work {mine}"))
        (shipped / "01_first.ipynb").write_text(lesson(f"edition {mine}"))
        cli.main(["lab", str(mine)])
        assert not trusted("01_first.ipynb")
        assert trusted("01_first-new.ipynb")

    def test_a_file_is_refused_in_a_line(self, shipped, mine, launched, capsys):
        mine.write_text("")
        assert cli.main(["lab", str(mine)]) == 1
        assert capsys.readouterr().err.startswith("convlab: DIR must be a folder, got a file")
        assert launched == []

    def test_only_lab_passes_arguments_on(self, capsys):
        with pytest.raises(SystemExit) as ended:
            cli.main(["doctor", "--", "--debug"])
        assert ended.value.code == 2


@pytest.mark.slow
def test_it_serves_the_start_page(mine):
    with served(mine) as address:
        assert b"JupyterLab" in urlopen(f"{address}/lab/tree/{copying.START_PAGE}").read()
        page = urlopen(f"{address}/api/contents/{copying.START_PAGE}").read()
        assert b"00 Start here" in page
    assert "Shutting down" in (mine.parent / "jupyterlab.log").read_text()


class TestProgressAndDoctor:
    def test_progress_of_a_folder(self, shipped, mine, launched, capsys):
        cli.main(["lab", str(mine)])
        log = mine / records.MARKER / "progress.jsonl"
        log.write_text('{"exercise": "double", "event": "solved"}\n')
        capsys.readouterr()
        assert cli.main(["progress", str(mine)]) == 0
        out = capsys.readouterr().out
        assert re.match(r"00  Start here +✓ +1 of 1\n", out)

    def test_progress_without_a_course(self, tmp_path, capsys):
        assert cli.main(["progress", str(tmp_path)]) == 1
        assert "folder must be one that `convlab lab` made" in capsys.readouterr().err

    def test_doctor_is_content_here(self, capsys, monkeypatch):
        monkeypatch.delenv("CONVLAB_DEVICE", raising=False)
        assert cli.main(["doctor"]) == 0
        out = capsys.readouterr().out
        for word in ("convlab", "Python", "torch", "jupyterlab", "device", "lessons"):
            assert word in out
        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
        names = {Requirement(line).name for line in project["project"]["dependencies"]}
        assert names <= {line.split()[0] for line in out.splitlines()}

    def test_doctor_names_what_is_missing_and_the_cure(self, capsys, monkeypatch):
        lines = [
            *doctor.metadata.requires("convlab"),
            "no-such.package[all]>=1; python_version>'3'",
        ]
        monkeypatch.setattr(doctor.metadata, "requires", lambda name: lines)
        monkeypatch.setenv("CONVLAB_DEVICE", "abacus")
        assert cli.main(["doctor"]) == 1
        out = capsys.readouterr().out
        assert f"to mend it:  {sys.executable} -m pip install no-such.package\n" in out
        assert "to mend it:  unset CONVLAB_DEVICE, or set it to cpu" in out

    def test_doctor_works_without_torch(self, tmp_path):
        (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
        environment = os.environ | {"PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-m", "convlab", "doctor"]
        found = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert "no torch here" in found.stdout
        assert found.returncode == 1
