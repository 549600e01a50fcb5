"""Sending DICOM objects to an archive that is named each time: DICOMweb STOW-RS (PS3.18 10.5) or C-STORE (PS3.4 B).

Nothing is sent anywhere unless somebody names the address. C-STORE needs the package pynetdicom (extra ``send``).
"""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import FileDataset

_TIMEOUT = 30.0
_TITLE = "AFLOC-REVIEW"
_ADDRESS = "The address is not understood; give one such as https://host/dicom-web/studies or dicom://TITLE@host:11112."
_NOT_DICOM = "Only DICOM files can be sent; export with --format dicom-picture or another DICOM object."
_UNREACHABLE = "The archive cannot be reached; check its address and the network."


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send.

    Attributes
    ----------
    url : str
        Of the studies of a DICOMweb service; empty for C-STORE.
    title, host : str
        Called application entity and its host; empty for DICOMweb.
    port : int
    """

    url: str = ""
    title: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address.

        Raises
        ------
        ExportError
            It is neither of the two kinds.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ExportError(_ADDRESS) from None
        if parts.scheme in ("http", "https") and parts.hostname:
            return cls(url=text)
        if parts.scheme == "dicom" and parts.hostname and port and 0 < len(parts.username or "") <= 16:
            return cls(title=str(parts.username), host=parts.hostname, port=port)
        raise ExportError(_ADDRESS)


def send(contents: Sequence[bytes], address: Address, token: str = "") -> None:
    """Send objects; each that was sent stays sent when a later one is refused.

    Parameters
    ----------
    contents : sequence of bytes
        Of DICOM files.
    address : Address
    token : str
        For a DICOMweb service that asks for one.

    Raises
    ------
    ExportError
        A file is not DICOM, the archive cannot be reached, or it refused an object.
    """
    datasets = [_dataset(content) for content in contents]
    if address.url:
        _stow(contents, address.url, token)
    else:
        _store(datasets, address)


def _dataset(content: bytes) -> FileDataset:
    from pydicom import dcmread

    try:
        return dcmread(io.BytesIO(content))
    except Exception:  # pydicom raises many kinds for what is not DICOM
        raise ExportError(_NOT_DICOM) from None


def _stow(contents: Sequence[bytes], url: str, token: str) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = b"".join(head + content + b"\r\n" for content in contents) + f"--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Accept": "application/dicom+json",
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urlopen(Request(url, body, headers, method="POST"), timeout=_TIMEOUT) as answer:
            if answer.status != 200:
                raise ExportError(f"The archive took only some of the objects (HTTP {answer.status}).")
    except HTTPError as error:
        raise ExportError(f"The archive refused the objects (HTTP {error.code}).") from None
    except (OSError, ValueError):
        raise ExportError(_UNREACHABLE) from None


def _store(datasets: Sequence[FileDataset], address: Address) -> None:
    try:
        from pynetdicom import AE
    except ImportError:
        raise ExportError("C-STORE needs the package pynetdicom; install afloc-review[send].") from None
    entity: Any = AE(ae_title=_TITLE)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = _TIMEOUT
    for dataset in datasets:
        entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate(address.host, address.port, ae_title=address.title)
    if not association.is_established:
        raise ExportError(_UNREACHABLE)
    try:
        for number, dataset in enumerate(datasets, start=1):
            _store_one(association, dataset, f"{number} of {len(datasets)}")
    finally:
        association.release()


def _store_one(association: Any, dataset: FileDataset, which: str) -> None:  # noqa: ANN401
    try:
        status = association.send_c_store(dataset)
    except ValueError:  # no context for it was accepted
        raise ExportError(f"The archive takes no objects of this kind ({which}).") from None
    if "Status" not in status:
        raise ExportError(_UNREACHABLE)
    if status.Status != 0 and status.Status >> 12 != 0xB:  # warnings begin with B (PS3.4 B.2.3)
        raise ExportError(f"The archive refused object {which} (status {status.Status:04X}).")
