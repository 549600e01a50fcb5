"""Reading a checkpoint file without running anything in it.

A published checkpoint is a pickle, and a pickle is a program. It is opened in two steps that do not trust each other:
first every global that the pickle names is compared with a closed list, without unpickling; then torch's weights-only
unpickler reads it, with stand-ins that only record state in the place of the configuration classes.
"""

from __future__ import annotations

import pickletools
import re
import warnings
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from afloc_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZIP_MAGIC = b"PK\x03\x04"
_PICKLE = re.compile(r"[^/]+/data\.pkl")
_PICKLE_LIMIT = 16 * 2**20  # the published checkpoint's pickle has 0.1 MB, one with optimiser states 0.5 MB
_PICKLE_PROTOCOL = 2  # what torch.save writes and the weights-only unpickler reads

_WEIGHTS = re.compile(
    r"torch\._utils\._rebuild_(tensor_v2|parameter)|torch\.[A-Z][A-Za-z0-9]*Storage|collections\.OrderedDict"
)
_DICTIONARIES = re.compile(
    r"collections\.defaultdict"
    r"|(pytorch_lightning|lightning_fabric|lightning)(\.[a-z_]+)*\.AttributeDict"
)
_CONFIGURATION = re.compile(
    r"omegaconf(\.[a-z_]+)*\.[A-Z]\w*"
    r"|typing\.[A-Z]\w*"
    r"|builtins\.(bool|bytes|dict|float|int|list|object|set|str|tuple|NoneType)"
    r"|argparse\.Namespace"
    r"|pathlib\.[A-Z]\w*Path"
    r"|(pytorch_lightning|lightning\.pytorch)\.callbacks(\.[a-z_]+)*\.[A-Z]\w*"
)
_GLOBAL_OPCODES = {"GLOBAL", "INST"}
_OTHER_CALLS = {"STACK_GLOBAL", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID"}

_NOT_A_CHECKPOINT = "The file is not a checkpoint; give the .ckpt file as published, or weights in safetensors."
_DAMAGED = "The checkpoint is incomplete or damaged; copy or download it again."


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint file holds.

    Attributes
    ----------
    weights : dict of str to Tensor
        Parameters and buffers on the CPU under the names in the file. They may be views into the file: copy what is to
        outlive it.
    hyper_parameters : object
        The configuration that was saved with them, to be read with `setting`; None where there is none.
    """

    weights: dict[str, torch.Tensor]
    hyper_parameters: object


def read_checkpoint(file: Path) -> Checkpoint:
    """Read a Lightning checkpoint, a plain state dict or a safetensors file.

    Parameters
    ----------
    file : Path
        Written by ``torch.save`` of torch 1.6 or later, or safetensors.

    Raises
    ------
    ModelError
        If the file is no such file, is damaged, declares more than it holds, or names anything that is neither
        weights nor configuration. Nothing in it has been executed.
    """
    try:
        if file.is_dir():
            raise ModelError("This is a folder, not a checkpoint; give the .ckpt file.")
        if not file.is_file():
            raise ModelError("There is no checkpoint at that place; check the path.")
        with file.open("rb") as stream:
            start = stream.read(9)
    except OSError:
        raise ModelError("The checkpoint cannot be read; check that you may open it.") from None
    if start.startswith(_ZIP_MAGIC):
        return _from_top_level(_unpickled(file), file.stat().st_size)
    if start[8:9] == b"{":
        return Checkpoint(_from_safetensors(file), None)
    raise ModelError(_NOT_A_CHECKPOINT)


def setting(hyper_parameters: object, *path: str) -> object:
    """Look a setting up in the configuration of a checkpoint.

    Parameters
    ----------
    hyper_parameters : object
        From `Checkpoint`: omegaconf of any version, dictionaries, a namespace, or one of those under a single name.
    *path : str
        Names of the sections and of the setting.

    Returns
    -------
    object
        The plain value; None where it is absent or is not plain.
    """
    roots = [hyper_parameters, *(value for _, value in _entries(hyper_parameters))]
    for root in roots:
        value = root
        for name in path:
            value = dict(_entries(value)).get(name)
        if isinstance(value := _recorded(value), bool | int | float | str):
            return value
    return None


class _Inert:
    """Stands for a class that a pickle names; takes any arguments and remembers its state, and nothing else."""

    __slots__ = ("state",)

    state: object

    def __new__(cls, *_arguments: object) -> _Inert:
        inert = super().__new__(cls)
        inert.state = None
        return inert

    def __setstate__(self, state: object) -> None:
        self.state = state


class _EmptyDict:
    """Stands for a dictionary class: calling it gives a plain dictionary, the only kind that torch lets be filled."""

    def __new__(cls, *_arguments: object) -> Any:  # noqa: ANN401  (not an instance of this class)
        return {}


def _unpickled(file: Path) -> object:
    names = _checked_globals(_checked_pickle(file))
    stand_ins: list[Any] = [(_EmptyDict if _DICTIONARIES.fullmatch(name) else _Inert, name) for name in names]
    try:
        with torch.serialization.safe_globals(stand_ins):
            # Mapped, a storage cannot reach beyond the file whatever size it declares.
            return torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch raises whatever the broken stream provokes
        raise ModelError(_DAMAGED) from error


def _checked_pickle(file: Path) -> bytes:
    """Return the archive's pickle once its table of contents is found to be one that ``torch.save`` writes."""
    size = file.stat().st_size
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            pickles = [entry for entry in entries if _PICKLE.fullmatch(entry.filename)]
            if len(pickles) != 1:
                raise ModelError(_NOT_A_CHECKPOINT)
            compressed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
            if compressed or sum(entry.file_size for entry in entries) > size or pickles[0].file_size > _PICKLE_LIMIT:
                raise ModelError("The checkpoint declares more data than the file holds; it was not opened.")
            return archive.read(pickles[0])
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        raise ModelError(_DAMAGED) from None


def _checked_globals(pickled: bytes) -> list[str]:
    """Return the globals for which stand-ins are needed; refuse every other one that is not of weights."""
    names: dict[str, None] = {}  # in the order of the file: the first foreign one says most
    try:
        for opcode, argument, _ in _opcodes(pickled):
            if opcode.name in _GLOBAL_OPCODES:
                names.setdefault(_modern_name(str(argument)))
            elif opcode.name in _OTHER_CALLS or (opcode.name == "PROTO" and argument != _PICKLE_PROTOCOL):
                raise ModelError("The checkpoint is not pickled the way torch saves weights; it was not opened.")
    except (ValueError, KeyError, IndexError):
        raise ModelError(_DAMAGED) from None
    needed = [name for name in names if not _WEIGHTS.fullmatch(name)]
    for name in needed:
        if not (_DICTIONARIES.fullmatch(name) or _CONFIGURATION.fullmatch(name)):
            raise ModelError(
                f"The checkpoint holds “{shown(name)}”, which is neither weights nor configuration; it was not opened."
            )
    return needed


def _opcodes(pickled: bytes) -> list[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # odd escapes in names; the unpickler knows no escapes
        return list(pickletools.genops(pickled))


def _modern_name(argument: str) -> str:
    """Give a global its name in Python 3, as the unpickler will."""
    module, _, name = argument.partition(" ")
    module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    return f"{module}.{name}"


def shown(name: object) -> str:
    """Return a name from a file fit for one line: printable and short."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(name))
    return text if len(text) <= 100 else f"{text[:99]}…"


def _from_top_level(content: object, size: int) -> Checkpoint:
    top = dict(_dictionary(content))
    state = top.get("state_dict", content)
    weights: dict[str, torch.Tensor] = {}
    for name, value in _dictionary(state):
        if type(name) is not str or type(value) not in (torch.Tensor, torch.nn.Parameter):
            raise ModelError(
                "The checkpoint's state dict holds something else than named weights; it was not converted."
            )
        weights[name] = value.detach()
    if not weights:
        raise ModelError("The checkpoint holds no weights; give the .ckpt file as published.")
    # A stride of zero makes a tensor of any size out of one number.
    if sum(value.numel() * value.element_size() for value in weights.values()) > size:
        raise ModelError("The checkpoint declares more data than the file holds; it was not opened.")
    return Checkpoint(weights, top.get("hyper_parameters") if state is not content else None)


def _dictionary(value: object) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, dict):
        raise ModelError("The checkpoint holds no state dict; give the .ckpt file as published.")
    return _items(value)


def _items(value: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    # Unbound: a pickle may give an OrderedDict an attribute called “items”.
    return iter(OrderedDict.items(value) if isinstance(value, OrderedDict) else value.items())


def _recorded(value: object) -> object:
    """Return what a stand-in of a configuration class held: omegaconf's content or value, or a namespace's entries."""
    for _ in range(4):  # a pickle can hold a node that holds itself
        if not isinstance(value, _Inert):
            break
        value = value.state
        if isinstance(value, dict):
            value = value.get("_content", value.get("_val", value))
    return value


def _entries(value: object) -> Iterator[tuple[str, object]]:
    recorded = _recorded(value)
    if isinstance(recorded, dict):
        yield from ((name, entry) for name, entry in _items(recorded) if type(name) is str)


def _from_safetensors(file: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError, KeyError):
        raise ModelError(_DAMAGED) from None
