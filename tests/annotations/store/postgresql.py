"""A private PostgreSQL server for tests: on a socket of its own, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "not-to-be-seen"


def missing() -> str:
    """Say what the server lacks here, or nothing."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        return f"psycopg cannot be imported: {error}"
    return "" if _programs() else "PostgreSQL's server programs are missing (Debian's package postgresql)"


@contextmanager
def private_server() -> Iterator[str]:
    """Start a server; give the address of its database, to which ``?options=-csearch_path%3Dname`` can be added."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="aflocpg"))
    identity = _identity(folder)
    common: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **identity}
    try:
        (folder / "password").write_text(PASSWORD)
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "afloc", "--no-sync", "--locale=C", "--encoding=UTF8",
             "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"],
            check=True, timeout=120, **common,
        )  # fmt: skip
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            **common,
        )
        try:
            address = f"postgresql+psycopg://afloc:{PASSWORD}@/postgres?host={quote(str(folder), safe='')}"
            _wait_for(address, server)
            yield address
        finally:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: does not wait for clients
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plain(address: str) -> str:
    """Give the address as psycopg itself takes it."""
    return address.replace("+psycopg", "", 1)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


def _identity(folder: Path) -> dict[str, Any]:
    """Whom to run as: initdb refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(plain(address)).close()
        except psycopg.OperationalError:
            assert server.poll() is None, "the PostgreSQL server ended while starting"
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the PostgreSQL server did not start within a minute")
