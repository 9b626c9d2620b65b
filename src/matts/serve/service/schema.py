"""The database of the service: its tables, and how it is opened."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from matts.domain import BadInputError

VERSION = 1
APPLICATION = 0x4D415453  # "MATS" in the header of the file
ID = slice(68, 72)  # where the header has it
ENDINGS = ("", "-wal", "-shm")  # of the files of a database

TABLES = """
CREATE TABLE shapes (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, received REAL NOT NULL,
    asset TEXT, time REAL, source TEXT, shape INTEGER, body BLOB);
CREATE UNIQUE INDEX one_reading ON journal (asset, time) WHERE kind <= 1;
CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY, told INTEGER NOT NULL, asset TEXT NOT NULL, time REAL NOT NULL,
    layout INTEGER NOT NULL, alert INTEGER NOT NULL, fault TEXT NOT NULL, note TEXT NOT NULL,
    body BLOB NOT NULL, parts BLOB, chances TEXT);
CREATE INDEX verdicts_of_asset ON verdicts (asset, time);
CREATE INDEX verdicts_told ON verdicts (asset, told);
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY, asset TEXT NOT NULL, state TEXT NOT NULL, raised REAL NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE similar (alarm INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE audit (
    line INTEGER PRIMARY KEY, number INTEGER NOT NULL, time REAL NOT NULL, alarm INTEGER,
    asset TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX audit_of_alarm ON audit (alarm);
CREATE TABLE labels (line INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE completed (number INTEGER PRIMARY KEY, asset TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE snapshots (
    number INTEGER PRIMARY KEY, version TEXT NOT NULL, config TEXT NOT NULL, body BLOB NOT NULL);
"""


def open_database(path: Path, *, durable: bool) -> sqlite3.Connection:
    """The database at the path, made where there is none.

    Raises:
        BadInputError: the file is no such database, or of another version.
    """
    try:
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except sqlite3.OperationalError as error:
        msg = f"{path} needs to be a file that can be written: {error}"
        raise BadInputError(msg) from None
    try:
        _prepare(database, path, durable=durable)
    except BaseException as error:
        database.close()
        if isinstance(error, sqlite3.DatabaseError):
            msg = f"{path} needs to be a journal of matts, and whole: {error}"
            raise BadInputError(msg) from None
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, *, durable: bool) -> None:
    database.execute("PRAGMA busy_timeout = 10000")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and version != VERSION:
        msg = f"{path} needs to be a journal of version {VERSION}, got version {version}"
        raise BadInputError(msg)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    database.execute("PRAGMA journal_size_limit = 67108864")
    if not tables:
        marks = f"PRAGMA user_version = {VERSION}; PRAGMA application_id = {APPLICATION};"
        database.executescript(f"BEGIN; {TABLES} {marks} COMMIT;")
    for table in ("journal", "verdicts", "audit", "snapshots"):
        database.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608 (our own names)


def lock(path: Path) -> sqlite3.Connection:
    """Take the journal for this process alone; the lock goes with the connection or the process.

    Raises:
        BadInputError: another process has it, or nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = sqlite3.connect(
            f"{path.resolve()}.lock", timeout=0, check_same_thread=False, isolation_level=None
        )
    except (OSError, sqlite3.OperationalError) as error:
        msg = f"{path} needs to be a file in a folder that can be written: {error}"
        raise BadInputError(msg) from None
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        raise BadInputError(_why_not(path, error)) from None
    return held


def _why_not(path: Path, error: sqlite3.OperationalError) -> str:
    if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
        return f"{path} needs to be free, but another process has it open: stop that one first"
    return f"{path} needs a folder that can be written, for its lock: {error}"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(ID.stop)


def forget(path: Path) -> None:
    """Remove a journal that nobody has open.

    Raises:
        BadInputError: another process has it open, or it is a file of something else.
    """
    held = lock(path)
    try:
        if path.exists() and _head(path)[ID] not in (b"", APPLICATION.to_bytes(4)):
            msg = f"{path} needs to be a journal of matts to be forgotten: choose another --store"
            raise BadInputError(msg)
        for ending in ENDINGS:
            Path(f"{path}{ending}").unlink(missing_ok=True)
    finally:
        held.close()


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, for one question."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.execute("PRAGMA busy_timeout = 10000")
        yield database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All that is written inside, or nothing; a full disk may break the commit itself."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # some errors have undone it already
            database.execute("ROLLBACK")
        raise
