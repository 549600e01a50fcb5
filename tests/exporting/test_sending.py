"""Objects reach an archive that was named: a real storage server, and a DICOMweb service."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from pydicom.uid import SecondaryCaptureImageStorage, SegmentationStorage
from pynetdicom import AE, evt

from afloc_core.cli import main
from afloc_core.exporting.dicom import encode_object
from afloc_core.exporting.sending import Address
from afloc_core.exporting.writing import ExportError
from tests.exporting.test_dicom import case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def objects(tmp_path: Path) -> tuple[str, ...]:
    film, shown = case(tmp_path)
    places = []
    for kind in ("dicom-picture", "dicom-regions"):
        place = tmp_path / f"{kind}.dcm"
        place.write_bytes(encode_object(shown, kind, film))
        places.append(str(place))
    return tuple(places)


@contextmanager
def archive(status: int = 0, classes: tuple[str, ...] = ()) -> Iterator[tuple[str, list[Any]]]:
    """Run a storage server; yield its address and what it got."""
    got: list[Any] = []

    def store(event: Any) -> int:  # noqa: ANN401
        got.append(event.dataset)
        return status

    entity = AE(ae_title="ARCHIVE")
    for name in classes or (SecondaryCaptureImageStorage, SegmentationStorage):
        entity.add_supported_context(name)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield f"dicom://ARCHIVE@127.0.0.1:{server.server_address[1]}", got
    finally:
        server.shutdown()


@contextmanager
def web(status: int) -> Iterator[tuple[str, list[tuple[dict[str, str], list[bytes]]]]]:
    """Run a service that takes what is posted apart as PS3.18 says; yield its address and what it got."""
    got: list[tuple[dict[str, str], list[bytes]]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            whole = message_from_bytes(f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body)
            parts = [part.get_payload(decode=True) for part in whole.get_payload()]
            got.append((dict(self.headers), [part for part in parts if isinstance(part, bytes)]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/dicom-web/studies", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_storage_server_gets_the_objects_whole(objects: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with archive() as (address, got):
        assert main(["send", *objects, "--to", address]) == 0
    assert [dataset.SOPClassUID for dataset in got] == [SecondaryCaptureImageStorage, SegmentationStorage]
    assert len(got[0].PixelData) >= got[0].Rows * got[0].Columns * 3
    assert capsys.readouterr().out == "2 objects sent.\n"


@pytest.mark.parametrize(
    ("status", "classes", "sentence"),
    [(0xA700, (), "refused object 1 of 2"), (0, (SegmentationStorage,), "no objects of this kind")],
)
def test_a_server_that_refuses_is_said(
    objects: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    status: int,
    classes: tuple[str, ...],
    sentence: str,
) -> None:
    with archive(status, classes) as (address, _):
        assert main(["send", *objects, "--to", address]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_a_web_service_gets_the_files_as_they_are(
    objects: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFLOC_DICOMWEB_TOKEN", "opensesame")
    with web(200) as (address, got):
        assert main(["send", *objects, "--to", address]) == 0
    ((headers, parts),) = got
    assert headers["Authorization"] == "Bearer opensesame"
    assert headers["Content-Type"].startswith('multipart/related; type="application/dicom"')
    assert [len(part) for part in parts] == [(tmp_path / name).stat().st_size for name in objects]


@pytest.mark.parametrize(("status", "sentence"), [(202, "only some"), (409, "HTTP 409"), (401, "HTTP 401")])
def test_a_web_service_that_refuses_is_said(
    objects: tuple[str, ...], capsys: pytest.CaptureFixture[str], status: int, sentence: str
) -> None:
    with web(status) as (address, _):
        assert main(["send", objects[0], "--to", address]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom forgets its socket
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/studies", "dicom://ARCHIVE@127.0.0.1:9"])
def test_an_archive_that_is_not_there_is_said(
    objects: tuple[str, ...], capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert main(["send", objects[0], "--to", address]) == 2
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "ftp://host", "dicom://host:1", "dicom://A@host", "host", "http://[", "file:///x"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ExportError, match="not understood"):
        Address.parse(text)


def test_only_dicom_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    assert main(["send", str(tmp_path / "a.png"), "--to", "http://127.0.0.1:9/studies"]) == 2
    assert "Only DICOM" in capsys.readouterr().err
