"""Checkpoints that mean harm, or are no checkpoints, are refused with one sentence and without running anything."""

from __future__ import annotations

import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from omegaconf import OmegaConf

from afloc_core.errors import ModelError
from afloc_core.modeling.checkpoint import read_checkpoint, setting
from afloc_core.modeling.convert import convert_checkpoint
from tests.checkpoints import PUBLISHED_SETTINGS, call, pretend_class, rewrite, save_checkpoint, splice
from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

STATE = {"afloc.x": torch.ones(4)}


class Calls:
    """Pickles into a call of a function."""

    def __init__(self, function: Any, *arguments: object) -> None:  # noqa: ANN401
        self.made = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.made


def canary_of(file: Path) -> Path:
    return file.with_name("canary")


def shell(file: Path) -> Calls:
    return Calls(os.system, f"touch {canary_of(file)}")


def refused(file: Path, said: str) -> None:
    """Refused in one sentence, nothing made, and the canary lives."""
    for read in (read_checkpoint, lambda given: convert_checkpoint(given, REFERENCE, file.with_name("model"))):
        with pytest.raises(ModelError, match=said) as error:
            read(file)
        text = str(error.value)
        assert text.endswith(".")
        assert "\n" not in text
        assert len(text) < 220
        assert file.name not in text
    assert not canary_of(file).exists()
    assert not file.with_name("model").exists()


def test_the_canary_dies_when_such_a_file_is_unpickled(tmp_path: Path) -> None:
    file = save_checkpoint(tmp_path / "evil.ckpt", STATE, hyper_parameters=shell(tmp_path / "evil.ckpt"))
    torch.load(file, weights_only=False)
    assert canary_of(file).exists()


def in_state(file: Path) -> None:
    torch.save({"state_dict": {**STATE, "afloc.y": shell(file)}}, file)


def in_state_as_key_value(file: Path) -> None:
    torch.save({"state_dict": STATE, "callbacks": [{"a": ({"b": shell(file)},)}]}, file)


def in_omegaconf(file: Path) -> None:
    settings = OmegaConf.create(PUBLISHED_SETTINGS)
    settings.model.afloc._content["temp1"]._metadata.resolver_cache = shell(file)
    save_checkpoint(file, STATE, hyper_parameters=settings)


def in_omegaconf_value(file: Path) -> None:
    settings = OmegaConf.create(PUBLISHED_SETTINGS)
    settings.model.afloc._content["temp1"].__dict__["_val"] = shell(file)
    save_checkpoint(file, STATE, hyper_parameters=settings)


def as_the_whole(file: Path) -> None:
    torch.save(shell(file), file)


@pytest.mark.parametrize("make", [in_state, in_state_as_key_value, in_omegaconf, in_omegaconf_value, as_the_whole])
def test_a_shell_command_anywhere(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "evil.ckpt")
    refused(tmp_path / "evil.ckpt", "holds “(posix|nt).system”, which is neither weights nor configuration")


@pytest.mark.parametrize("section", ["hyper_parameters", "optimizer_states", "state_dict"])
@pytest.mark.parametrize(
    "name",
    [
        "os.system", "posix.system", "subprocess.getoutput", "builtins.eval", "__builtin__.eval", "builtins.exec",
        "builtins.getattr", "builtins.__import__", "operator.attrgetter", "_operator.methodcaller",
        "copyreg._reconstructor", "pytorch_lightning.utilities.cli._instantiator", "runpy.run_path", "torch.load",
        "torch.hub.load", "torch._utils._rebuild_wrapper_subclass", "torch._tensor._rebuild_from_type_v2",
        "torch.jit.load", "omegaconf._utils.get_ref_type", "omegaconf.OmegaConf.load",
        "typing.get_type_hints", "builtins.bytearray", "collections.Counter", "_codecs.encode", "somewhere.Unknown",
    ],
)  # fmt: skip
def test_a_call_of_anything_else(tmp_path: Path, section: str, name: str) -> None:
    file = tmp_path / "evil.ckpt"
    code = f"__import__('pathlib').Path({str(canary_of(file))!r}).touch()"
    splice(file, section, call(name, code if name.endswith(("eval", "exec")) else f"touch {canary_of(file)}"))
    shown = name.replace("__builtin__", "builtins")
    refused(file, f"holds “{shown}”, which is neither weights nor configuration; it was not opened")


def test_an_unknown_class(tmp_path: Path) -> None:
    with pretend_class("hospital.models.Special") as special:
        file = save_checkpoint(tmp_path / "a.ckpt", STATE, hyper_parameters=special())
    refused(file, "holds “hospital.models.Special”")


def test_a_counter(tmp_path: Path) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", STATE, lr_schedulers=[{"milestones": Counter([3])}])
    refused(file, "holds “collections.Counter”")


def test_a_pickled_network(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "a.ckpt")
    refused(tmp_path / "a.ckpt", "holds “torch.nn.modules.linear.Linear”")


@pytest.mark.parametrize("name", ["x\ttab", "línea", "a b", r"a\Rb"])
def test_names_of_odd_letters(tmp_path: Path, name: str) -> None:
    splice(tmp_path / "a.ckpt", "hyper_parameters", b"c" + f"somewhere\n{name}".encode() + b"\n.")
    refused(tmp_path / "a.ckpt", "holds “somewhere.|damaged")


def test_a_stand_in_is_nothing_but_its_record(tmp_path: Path) -> None:
    """A configuration class called with a command, and given methods and dunder attributes, does nothing."""
    file = tmp_path / "a.ckpt"
    command = f"touch {canary_of(file)}"
    build = pickle.dumps(
        {
            "__class__": command,
            "__reduce__": command,
            "__setstate__": command,
            "__dict__": {},
            "_content": {"epochs": 3},
        },
        protocol=2,
    )
    stream = call("omegaconf.dictconfig.DictConfig", command)[:-1] + build[2:-1] + b"b."
    read = read_checkpoint(splice(file, "hyper_parameters", stream))
    assert setting(read.hyper_parameters, "epochs") == 3
    assert read.weights.keys() == {"afloc.x"}
    assert not canary_of(file).exists()


def test_a_node_that_holds_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    itself = b"comegaconf.dictconfig\nDictConfig\n)\x81q\xf0}X\x08\x00\x00\x00_contenth\xf0sb."
    assert setting(read_checkpoint(splice(file, "hyper_parameters", itself)).hyper_parameters, "a") is None


def test_a_dictionary_whose_methods_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    replaced = b"ccollections\nOrderedDict\n)RX\x01\x00\x00\x00aK\x05s}X\x05\x00\x00\x00itemsK\x01sb."
    assert setting(read_checkpoint(splice(file, "hyper_parameters", replaced)).hyper_parameters, "a") == 5


def test_filling_a_stand_in_like_a_dictionary(tmp_path: Path) -> None:
    stream = b"comegaconf.dictconfig\nDictConfig\n)\x81K\x01K\x02s."
    refused(splice(tmp_path / "a.ckpt", "hyper_parameters", stream), "damaged")


# Other ways of writing pickles


@pytest.mark.parametrize("protocol", [0, 1, 3, 4, 5])
def test_other_pickle_protocols(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "evil.ckpt"
    torch.save({"state_dict": STATE, "hyper_parameters": shell(file)}, file, pickle_protocol=max(protocol, 2))
    if protocol < 2:
        rewrite(file, None, lambda _: pickle.dumps({"hyper_parameters": shell(file)}, protocol=protocol))
    refused(file, "not pickled the way|posix.system")


@pytest.mark.parametrize("opcodes", [b"(S'touch x'\nios\nsystem\n", b"\x82\x01", b"Pnothing\n", b"(cos\nsystem\no"])
def test_other_ways_of_calling(tmp_path: Path, opcodes: bytes) -> None:
    file = splice(tmp_path / "evil.ckpt", "hyper_parameters", opcodes + b".")
    refused(file, "not pickled the way|(os|posix).system")


def test_the_format_before_the_zip(tmp_path: Path) -> None:
    file = tmp_path / "evil.ckpt"
    torch.save({"state_dict": STATE, "hyper_parameters": shell(file)}, file, _use_new_zipfile_serialization=False)
    refused(file, "not a checkpoint")


def test_a_bare_pickle(tmp_path: Path) -> None:
    file = tmp_path / "evil.ckpt"
    file.write_bytes(pickle.dumps(shell(file)))
    refused(file, "not a checkpoint")


def test_the_tar_format(tmp_path: Path) -> None:
    file = tmp_path / "evil.ckpt"
    with tarfile.open(file, "w") as archive:
        for name in ("sys_info", "pickle", "tensors", "storages"):
            content = pickle.dumps(shell(file), protocol=2)
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    refused(file, "not a checkpoint")


def test_torchscript(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    rewrite(file, None, lambda pickled: pickled)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("archive/constants.pkl", b"\x80\x02).")
    refused(file, "damaged")


# Sizes


def test_a_compressed_archive(tmp_path: Path) -> None:
    file = tmp_path / "bomb.ckpt"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"N0" * 10**7 + b"N.")
    assert file.stat().st_size < 10**5
    refused(file, "more data than the file holds")


def test_an_entry_of_a_terabyte(tmp_path: Path) -> None:
    file = save_checkpoint(tmp_path / "bomb.ckpt", STATE)
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        entry = next(entry for entry in archive.infolist() if entry.filename.endswith("data/0"))
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(entry.filename.encode()))
    file.write_bytes(content[: directory + 20] + struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0) + content[directory + 28 :])
    refused(file, "more data than the file holds|damaged")


def test_one_number_that_says_it_is_a_terabyte(tmp_path: Path) -> None:
    file = save_checkpoint(tmp_path / "bomb.ckpt", {"afloc.x": torch.ones(1).expand(10**6, 10**6)})
    refused(file, "more data than the file holds")


def test_a_tensor_beyond_its_storage(tmp_path: Path) -> None:
    file = tmp_path / "bomb.ckpt"
    rewrite(file, {"afloc.x": torch.ones(200)}, lambda pickled: pickled.replace(b"K\xc8\x85", b"J\xff\xff\xff\x7f\x85"))
    refused(file, "damaged|more data than the file holds")


def test_two_pickles_in_one_archive(tmp_path: Path) -> None:
    file = save_checkpoint(tmp_path / "evil.ckpt", STATE)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("other/data.pkl", call("os.system", "true"))
    refused(file, "not a checkpoint")


# Files that are no checkpoints


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file(tmp_path: Path, kept: float) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", {"afloc.x": torch.ones(5000)}, hyper_parameters=PUBLISHED_SETTINGS)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    refused(file, "incomplete or damaged")


@pytest.mark.parametrize("cut", range(0, 300, 23))
def test_a_truncated_pickle(tmp_path: Path, cut: int) -> None:
    file = rewrite(tmp_path / "a.ckpt", None, lambda pickled: pickled[: min(cut, len(pickled) - 1)])
    refused(file, "incomplete or damaged")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P",
        b"<!DOCTYPE html><html>Quota exceeded</html>",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"\0" * 64,
    ],
)
def test_another_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ckpt").write_bytes(content)
    refused(tmp_path / "a.ckpt", "not a checkpoint")


def test_another_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ckpt", "w") as archive:
        archive.writestr("word/document.xml", "<text/>")
    refused(tmp_path / "a.ckpt", "not a checkpoint")


@pytest.mark.parametrize(
    "header", [b"{}", b'{"x":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}', b"{broken"]
)
def test_damaged_safetensors(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 4)
    refused(tmp_path / "a.safetensors", "incomplete or damaged")


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": None}, {"state_dict": {}}, torch.ones(3), {}])
def test_no_state_dict(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.ckpt")
    refused(tmp_path / "a.ckpt", "no state dict|no weights")


def test_a_folder_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.ckpt").mkdir()
    refused(tmp_path / "folder.ckpt", "This is a folder")
    refused(tmp_path / "absent.ckpt", "no checkpoint at that place")
