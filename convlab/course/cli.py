"""The command `convlab`: lab, export, progress, doctor."""

import argparse
import os
import sys
from pathlib import Path

from convlab.course.copying import START_PAGE, copy_course, trust
from convlab.course.doctor import diagnose
from convlab.exercises import progress

DEFAULT_FOLDER = Path("convlab-course")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status (0 well, 1 something is amiss, 2 usage)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    ours, passed_on = _split(arguments)
    parser = _parser()
    options = parser.parse_args(ours)
    if passed_on and options.run is not _lab:
        parser.error("only `convlab lab` takes arguments after --")
    try:
        return options.run(options, passed_on)
    except (OSError, ValueError) as error:
        print(f"convlab: {error}", file=sys.stderr)
        return 1


def _split(arguments):
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser():
    parser = argparse.ArgumentParser(prog="convlab", description="A course on convolution.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lab = commands.add_parser(
        "lab",
        help="copy the lessons to a folder of yours and open them in JupyterLab",
        epilog="Anything after -- goes to JupyterLab.",
    )
    lab.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, metavar="DIR")
    lab.add_argument("--no-browser", action="store_true", help="serve only")
    lab.add_argument("--port", type=int, help="the port to serve on (default: JupyterLab's)")
    lab.set_defaults(run=_lab)
    pages = commands.add_parser("export", help="write the lessons as pages that need no network")
    pages.add_argument("folder", type=Path, metavar="DIR")
    pages.set_defaults(run=_export)
    table = commands.add_parser("progress", help="print which exercises are solved")
    table.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, metavar="DIR")
    table.set_defaults(run=_progress)
    doctor = commands.add_parser("doctor", help="print versions, the device, and what is missing")
    doctor.set_defaults(run=_doctor)
    return parser


def _lab(options, passed_on):
    from jupyterlab.labapp import LabApp

    folder = options.folder.resolve()
    copied = copy_course(folder)
    trust(folder, copied)
    print(f"The course is in {folder}")
    for name in copied.updated:
        print(f"  updated      {name}")
    for name, beside in copied.beside.items():
        print(f"  you changed  {name}; its newer version is beside it: {beside}")
    arguments = [str(folder / START_PAGE), f"--ServerApp.root_dir={folder}"]
    arguments += ["--no-browser"] if options.no_browser else []
    arguments += [f"--port={options.port}"] if options.port is not None else []
    # In a container one is root, and JupyterLab asks for a word on it.
    arguments += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # In this process: Ctrl-C and a service manager's signals reach JupyterLab itself.
    LabApp.launch_instance([*arguments, *passed_on])
    return 0


def _export(options, _):
    from convlab.course.pages import export

    index, *_ = export(options.folder)
    print(f"The course is in {index}")
    return 0


def _progress(options, _):
    progress(options.folder)
    return 0


def _doctor(_options, _):
    facts, cures = diagnose()
    print("\n".join(facts))
    for cure in cures:
        print(f"to mend it:  {cure}")
    return 1 if cures else 0
