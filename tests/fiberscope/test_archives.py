"""Damaged archives are told from files that are none, and left to who opens them."""

import io
import zipfile

import pytest

from fiberscope.archives import DAMAGE, is_archive


@pytest.fixture
def archive(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", bytes(100))
    path = tmp_path / "a.npz"
    path.write_bytes(held.getvalue())
    return path


def test_an_archive_is_one_and_other_or_missing_files_are_none(archive, tmp_path):
    (tmp_path / "text").write_text("text")
    assert is_archive(archive)
    assert not is_archive(tmp_path / "text") and not is_archive(tmp_path / "missing")


def test_an_archive_that_says_it_spans_disks_is_one_and_fails_when_opened(archive):
    """zipfile raises this even when asked whether the file is an archive: a zip64 locator that counts two disks."""
    data = archive.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + (0).to_bytes(4, "little") + (0).to_bytes(8, "little") + (2).to_bytes(4, "little")
    archive.write_bytes(data[:end] + locator + data[end:])
    with pytest.raises(zipfile.BadZipFile, match="multiple disks"):
        zipfile.is_zipfile(archive)
    assert is_archive(archive)
    with pytest.raises(DAMAGE):
        zipfile.ZipFile(archive)
