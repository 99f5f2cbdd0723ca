"""A file that cannot be written is told by name, with what would do, and nothing is left behind."""

from __future__ import annotations

import os

from fiberscope.files import why_not_writable


def test_a_file_in_a_folder_can_be_written(tmp_path):
    """Whether there is one already or not; looking leaves no trace."""
    (tmp_path / "there").write_text("kept")
    for name in ("there", "new"):
        assert why_not_writable("--save", str(tmp_path / name)) is None
    assert os.listdir(tmp_path) == ["there"]
    assert (tmp_path / "there").read_text() == "kept"


def test_a_directory_and_an_empty_name_are_no_files(tmp_path):
    assert why_not_writable("--save", "") == "--save must name a file; found an empty name"
    assert why_not_writable("--save", str(tmp_path)) == f"--save must name a file; found {tmp_path}, a directory"


def test_an_input_is_not_overwritten(tmp_path):
    """Under any of its names."""
    (tmp_path / "a").write_text("")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    told = why_not_writable("--save", str(tmp_path / "b"), ["gone", str(tmp_path / "a")], "network")
    assert told == f"--save {tmp_path / 'b'} would overwrite a network that is read; name another file"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    told = why_not_writable("--save", str(tmp_path / "no" / "a\x1b"))
    assert told is not None
    assert told.startswith(f"--save {tmp_path}/no/a\\x1b cannot be written (No such file or directory); name a file in a folder")
