"""The `afloc` command: arguments and exit codes. Each subcommand's work is in `afloc_core.commands`."""

from __future__ import annotations

import argparse
import math
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from afloc_core.cohort.threads import ONE_THREAD_EACH
from afloc_core.commands import export_options
from afloc_core.errors import AFLocError
from afloc_core.given_paths import missing

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_INPUT = 2
_INTERRUPTED = 130
_MUST_EXIST = ("image", "file", "images", "annotations", "benchmark", "thresholds", "compare", "labels", "prompts")


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.\n")


def _phantoms(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("give a whole number")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("give a whole number above 0")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError("give a number of minutes above 0")
    return minutes


def build_parser() -> argparse.ArgumentParser:
    """Build the parser; loads neither torch nor any command."""
    parser = _Parser(prog="afloc", description="Ask a radiograph a question in words. Research use only.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    locate = commands.add_parser("locate", help="make the heatmaps of phrases in a radiograph")
    locate.add_argument("image", metavar="IMAGE", help="DICOM, PNG, JPEG or TIFF")
    locate.add_argument("--phrase", action="append", required=True, metavar="TEXT", help="may be given several times")
    locate.add_argument("--model", metavar="DIR", help="model folder; without it the bundled model")
    locate.add_argument(
        "--pipeline", choices=("aligned", "published"), default="aligned", help="arithmetic of the map (see the README)"
    )
    locate.add_argument(
        "--output", required=True, metavar="DIR", help="folder for NN-slug.npy, NN-slug.png, result.json"
    )

    convert = commands.add_parser("convert", help="turn a published checkpoint into a model folder")
    convert.add_argument("checkpoint", metavar="CHECKPOINT", help="the .ckpt file as published")
    convert.add_argument(
        "--tokenizer",
        required=True,
        metavar="DIR_OR_NAME",
        help="folder with tokenizer.json or vocab.txt, or the name of a tokenizer that is on this computer already",
    )
    convert.add_argument("--output", required=True, metavar="DIR", help="the model folder to make")

    evaluate = commands.add_parser("evaluate", help="score a model, or readers, over many images and write a report")
    evaluate.add_argument(
        "--images",
        metavar="DIR",
        help="folder of the images, with all folders in it, or a table of cases (CSV, Parquet)",
    )
    evaluate.add_argument(
        "--annotations", action="append", required=True, metavar="FILE", help="marks; several files are several readers"
    )
    evaluate.add_argument("--format", metavar="NAME", help="format of the annotations; without it recognised")
    evaluate.add_argument(
        "--benchmark", action="append", default=[], metavar="FILE", help="marks of humans, scored as the model is"
    )
    evaluate.add_argument(
        "--protocol",
        choices=("published", "chexlocalize", "native"),
        default="native",
        help="rules of the comparison (default: native)",
    )
    evaluate.add_argument(
        "--model", metavar="DIR|none", help="model folder; without it the bundled model; none compares readers only"
    )
    evaluate.add_argument(
        "--pipeline", choices=("aligned", "published"), help="arithmetic of the maps; without it the protocol's own"
    )
    for name, what in (
        ("sharpen", "put a steep sigmoid over each map"),
        ("prune", "leave words of size and severity out of phrases"),
        ("fuse", "add the map of the shallow-local features"),
    ):
        evaluate.add_argument(f"--{name}", action="store_true", help=f"{what} (try it with --compare)")
    evaluate.add_argument(
        "--consensus",
        choices=("union", "intersection", "majority", "STAPLE"),
        default="majority",
        help="how the marks of the other readers become one (default: majority)",
    )
    evaluate.add_argument(
        "--thresholds", metavar="FILE", help="summary.json of a run on other cases, whose tuned thresholds are used"
    )
    evaluate.add_argument(
        "--labels",
        metavar="TABLE",
        help="labels of images, and patients: says how well findings are told without training",
    )
    evaluate.add_argument("--split", default="", metavar="NAME", help="use only this split of tables")
    evaluate.add_argument("--prompts", metavar="FILE", help="JSON of positive and negative prompts for findings")
    evaluate.add_argument(
        "--allow-partial",
        action="store_true",
        help="images without marks and marks without an image are as they should be: the folder is part of a data set",
    )
    evaluate.add_argument("--compare", metavar="DIR", help="output folder of another run on the same data")
    evaluate.add_argument(
        "--data-set",
        choices=("rsna", "ms_cxr", "covid_rural", "padchest_gr", "chexlocalize"),
        default="",
        help="say which published data set this is, so that its published figures stand beside",
    )
    evaluate.add_argument("--with-paths", action="store_true", help="say in the results where each image lies")
    evaluate.add_argument("--no-pictures", action="store_true", help="show no films in the report")
    evaluate.add_argument(
        "--cache", metavar="DIR", help="keep features of images here, so that another phrase takes seconds"
    )
    evaluate.add_argument("--workers", type=_count, metavar="N", help="threads; without it one for each processor")
    evaluate.add_argument(
        "--output", required=True, metavar="DIR", help="folder for summary.json, cases.csv, report.html"
    )

    marks = commands.add_parser("marks", help="show what an annotation file holds, or convert it")
    marks.add_argument("file", metavar="FILE", help="annotation file of any known format, or a review")
    marks.add_argument("--images", metavar="DIR", help="folder of the images: says which of them the marks are of")
    marks.add_argument("--to", metavar="FORMAT", help="write the marks in this format; `native` keeps everything")
    marks.add_argument("--output", metavar="FILE", help="the file to write")

    pretrain = commands.add_parser("pretrain", help="train a model by a recipe")
    pretrain.add_argument("recipe", metavar="RECIPE.toml")
    result = pretrain.add_mutually_exclusive_group(required=True)
    result.add_argument("--output", metavar="DIR", help="working folder; a run there is resumed")
    result.add_argument("--contact-sheet", metavar="FILE", help="only draw simulated films of each finding to look at")
    pretrain.add_argument(
        "--phantoms",
        type=_phantoms,
        metavar="N",
        help="test the recipe on N drawn films a split instead of its own; the model is good for nothing else",
    )
    pretrain.add_argument(
        "--minutes", type=_minutes, metavar="M", help="end training after M minutes of steps, then finish the model"
    )

    study = commands.add_parser("study", help="check a reading study, sum up what was read, or take it away")
    _add_study(study)

    benchmark = commands.add_parser("benchmark", help="measure the performance budgets as ratios")
    benchmark.add_argument("--model", metavar="DIR", help="model folder; without it the bundled model")
    benchmark.add_argument("--json", metavar="OUT.json", help="also write the figures here")
    export_options.add_parsers(commands.add_parser)
    return parser


def _listed(given: str | list[str] | None) -> list[str]:
    return given if isinstance(given, list) else [given] if given else []


def _add_study(study: argparse.ArgumentParser) -> None:
    actions = study.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    check = actions.add_parser("check", help="say whether a study file can be read by readers, and what they get")
    check.add_argument("file", metavar="STUDY.toml")
    summary = actions.add_parser("summary", help="reading time and accuracy per arm, and their differences")
    summary.add_argument("file", metavar="FILE", help="the study file, or its record (*.afstudy) beside it")
    summary.add_argument("--json", metavar="OUT.json", help="also write the figures here")
    export = actions.add_parser("export", help="write readings, answers, marks and the log as CSV and JSON")
    export.add_argument("file", metavar="FILE", help="the study file, or its record (*.afstudy) beside it")
    export.add_argument("--output", required=True, metavar="DIR", help="folder for the tables and their codebook")
    export.add_argument(
        "--with-names", action="store_true", help="also write which file each case is, and what readers are called"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 on bad input with one sentence on standard error."""
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is ever fetched
    typed = [value for name in _MUST_EXIST for value in _listed(getattr(options, name, None)) if "://" not in value]
    if problem := missing(typed):
        sys.stderr.write(f"{problem}\n")
        return BAD_INPUT
    if options.command == "evaluate":
        os.environ.update(ONE_THREAD_EACH)
    command = import_module(f"afloc_core.commands.{options.command}")
    try:
        return command.run(options) or 0
    except AFLocError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
