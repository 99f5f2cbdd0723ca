"""Commands as a user runs them: in a folder of their own, on a terminal of 100 columns, and what comes back."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from fractal.__main__ import main


@pytest.fixture
def outcome(tmp_path, monkeypatch, capsys):
    """Runs the command with these arguments; its exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("fiberscope.progress.Progress.PLAIN_AFTER", float("inf"))

    def run(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(outcome):
    """What the command says when it refuses: exit code 2, two lines at most, no answer, no traceback."""

    def run(*argv: str) -> str:
        code, out, err = outcome(*argv)
        assert (code, out) == (2, "")
        assert err.startswith("fractal: error: ")
        assert "internal error" not in err
        assert len(err.splitlines()) <= 2
        return err

    return run


def state() -> dict[str, np.ndarray]:
    """A matrix whose large weights lie in a few blocks, noise, a constant vector, a counter."""
    rng = np.random.default_rng(0)
    blocks = rng.standard_normal((128, 128)) * np.kron(rng.random((16, 16)) < 0.2, np.ones((8, 8)))
    noise = rng.standard_normal((32, 8, 3, 3))
    return {
        "a.blocks": blocks.astype(np.float32),
        "b.noise": noise.astype(np.float32),
        "c.bias": np.ones(32, np.float32),
        "d.steps": np.array([7]),
    }


@pytest.fixture
def checkpoint(outcome, tmp_path):
    """The file `model.safetensors` of `state`."""
    save_file(state(), tmp_path / "model.safetensors")
    return "model.safetensors"
