"""Each case in a Python of its own: what was imported before decides what an import does.

The real wheel beside the real PyTorch, whatever they are; and stand-ins for torchvision: whole, ill in the way that is mended,
or in others.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

real = pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
CALL = "from fractal.experiments.vision import torchvision; tv = torchvision(); "


def python(code, folder=None):
    path = "" if folder is None else f"import sys; sys.path.insert(0, {str(folder)!r}); "
    done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def stand_in(folder, body):
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(body)
    (folder / "torchvision" / "half.py").write_text("")
    return folder


@real
def test_networks_data_and_transforms_work():
    code, out, err = python(
        CALL + "import torch, torchvision.datasets as data; net = tv.models.resnet18(num_classes=10);"
        "print(net(torch.zeros(2, 3, 32, 32)).shape, len(data.FakeData(3)), tv is torchvision())"
    )
    assert (code, out) == (0, "torch.Size([2, 10]) 3 True"), err


@real
def test_after_an_import_that_failed_it_works_all_the_same():
    code, out, err = python(
        "import contextlib\nwith contextlib.suppress(RuntimeError):\n    import torchvision\n"
        + CALL
        + "print(tv.models.vgg16.__name__)"
    )
    assert (code, out) == (0, "vgg16"), err


@real
def test_the_schemas_outlive_a_collection():
    code, out, err = python(
        CALL + "import gc, torch; gc.collect(); boxes = torch.zeros(1, 4); scores = torch.zeros(1)\n"
        "try:\n    print(tv.ops.nms(boxes, scores, 0.5).tolist())\n"
        "except RuntimeError as error:\n    print('C++ ops' in str(error))\n"
        "print(torch.ops.torchvision.nms is not None)"
    )
    assert code == 0 and out.splitlines()[0] in ("[0]", "True") and out.splitlines()[1] == "True", err


def test_a_whole_torchvision_is_left_alone(tmp_path):
    folder = stand_in(tmp_path, "import torchvision.half")
    code, out, err = python(CALL + "from fractal.experiments import vision; import torchvision.half as h; "
                            "print(vision._library, h is tv.half)", folder)  # fmt: skip
    assert (code, out) == (0, "None True"), err


def test_the_known_illness_is_mended_and_half_imported_modules_are_dropped(tmp_path):
    body = (
        "import sys, torch, torchvision.half\n"
        "first = not hasattr(sys, 'times'); sys.times = getattr(sys, 'times', 0) + 1; torchvision.half.seen = sys.times\n"
        "torch.library.register_fake('torchvision::nms')(lambda a, b, c: a)\n"
        "torch.library.register_fake('torchvision::qnms')(lambda a, b, c: a)\n"
    )
    code, out, err = python(CALL + "import sys; print(sys.times, vars(tv.half)['seen'], tv.first)", stand_in(tmp_path, body))
    assert (code, out) == (0, "2 2 False"), err


@pytest.mark.parametrize(
    "error",
    [
        "RuntimeError('operator torchvision::roi_align does not exist')",
        "ImportError('no image library')",
        "OSError('libcudart')",
        "ModuleNotFoundError('No module named PIL', name='PIL')",
    ],
)
def test_any_other_error_goes_on(tmp_path, error):
    folder = stand_in(tmp_path, f"import sys; sys.times = getattr(sys, 'times', 0) + 1\nraise {error}")
    kind = error.partition("(")[0]
    code, out, err = python(
        f"from fractal.experiments.vision import torchvision; from fractal import MissingExtra; import sys\n"
        f"try:\n    torchvision()\nexcept {kind} as e:\n    print(not isinstance(e, MissingExtra), sys.times)",
        folder,
    )
    assert (code, out) == (0, "True 1"), err


def test_where_there_is_none_the_extra_is_named():
    code, out, err = python(
        "import sys; sys.modules['torchvision'] = None\n"
        "from fractal.experiments.vision import torchvision; from fractal import MissingExtra\n"
        "try:\n    torchvision()\nexcept MissingExtra as e:\n    print(e)"
    )
    assert code == 0 and "fiberscope[vision]" in out, err
