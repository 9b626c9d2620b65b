import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from matts.domain import BadInputError
from matts.download.unpack import unpack

KEEP = (r"(?:.*/)?(\w+\.csv)", r"\1")


Pack = Callable[[dict[str, bytes]], bytes]
Archive = Callable[[dict[str, bytes]], Path]


@pytest.fixture
def archive(tmp_path: Path, pack: Pack) -> Archive:
    """Write an archive of these members."""

    def archive(members: dict[str, bytes]) -> Path:
        path = tmp_path / "archive.zip"
        path.write_bytes(pack(members))
        return path

    return archive


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, archive: Archive) -> None:
    packed = archive({"bomb.csv": bytes(20 * 2**20)})
    assert packed.stat().st_size < 2**16
    with pytest.raises(
        BadInputError, match=r"bomb\.csv makes the archive larger than can be meant"
    ):
        unpack(packed, tmp_path / "out", KEEP, 2**20)
    assert (tmp_path / "out/bomb.csv").stat().st_size <= 2**20


def test_files_count_together(tmp_path: Path, archive: Archive) -> None:
    packed = archive({f"{name}.csv": bytes(600) for name in "ab"})
    with pytest.raises(
        BadInputError, match=r"b\.csv makes the archive larger .* 400 bytes are left"
    ):
        unpack(packed, tmp_path / "out", KEEP, 1000)
    assert len(unpack(packed, tmp_path / "out", KEEP, 1200)) == 2


def test_archives_within_count_too(tmp_path: Path, archive: Archive, pack: Pack) -> None:
    inner = pack({"a.csv": bytes(900), "b.csv": bytes(900)})
    packed = archive({"deep/inner.zip": inner, "c.csv": bytes(300)})
    found = unpack(packed, tmp_path / "out", KEEP, 2100, nested=True)
    assert sorted(path.name for path in found) == ["a.csv", "b.csv", "c.csv"]
    with pytest.raises(BadInputError, match="larger than can be meant"):
        unpack(packed, tmp_path / "less", KEEP, 2000, nested=True)
    assert len(unpack(packed, tmp_path / "flat", KEEP, 2000)) == 1


def test_no_link_is_followed_or_made(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as opened:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    (found,) = unpack(path, tmp_path / "out", KEEP, 1000)
    assert not found.is_symlink()
    assert found.read_text() == "/etc/passwd"


def test_a_locked_archive_is_refused(tmp_path: Path, archive: Archive) -> None:
    packed = archive({"a.csv": b"1"})
    raw = bytearray(packed.read_bytes())
    raw[6] |= 1  # the flag of encryption, in the file's header and in the directory
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(raw)
    with pytest.raises(BadInputError, match=r"no zip archive that can be read: .*password"):
        unpack(packed, tmp_path / "out", KEEP, 1000)
