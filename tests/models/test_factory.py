"""Networks by name: the same names and defaults as in the configurations, and errors that name the nearest."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

import ocr.models  # noqa: E402
from ocr.errors import BadConfiguration  # noqa: E402

CONFIGS = Path(str(resources.files("ocr.configs")))


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("encoder", ocr.models.list_encoders),
        ("decoder", ocr.models.list_decoders),
        ("head", ocr.models.list_heads),
        ("recognizer", ocr.models.list_recognizers),
    ],
)
def test_the_names_are_those_of_the_configurations(group, names):
    assert list(names()) == sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def shapes(network):
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}


@pytest.mark.parametrize("encoder", ocr.models.list_encoders())
@pytest.mark.parametrize("decoder", ["fpn", "pan"])
def test_a_detector_is_the_one_that_training_builds(encoder, decoder):
    pytest.importorskip("hydra")
    from ocr.training import run, tasks

    cfg = run.compose("detection", [f"encoder={encoder}", f"decoder={decoder}"])
    assert shapes(ocr.models.create_detector(encoder, decoder)) == shapes(tasks.build_network(cfg))


@pytest.mark.parametrize("name", ocr.models.list_recognizers())
def test_a_recogniser_is_the_one_that_training_builds(name):
    pytest.importorskip("hydra")
    from ocr.training import run, tasks

    built = tasks.build_network(run.compose("recognition", [f"recognizer={name}"]))
    assert shapes(ocr.models.create_recognizer(name)) == shapes(built)


def test_options_reach_their_parts_and_the_network_runs():
    detector = ocr.models.create_detector(
        "receipt",
        "unet",
        "craft",
        encoder_options={"stem": 4, "channels": (8, 8, 8, 8), "blocks": (1, 1, 1, 1), "deeper": (0, 0, 0, 0)},
        decoder_options={"width": 8},
    ).eval()
    with torch.inference_mode():
        assert detector(torch.zeros(1, 1, 64, 96, dtype=torch.uint8)).shape == (1, 2, 32, 48)
    recognizer = ocr.models.create_recognizer(classes=5, width=16, channels=(4, 4, 4, 4)).eval()
    with torch.inference_mode():
        assert recognizer(torch.zeros(2, 1, 32, 64, dtype=torch.uint8)).shape == (2, 16, 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ocr.models.create_detector("reciept"), "no encoder 'reciept'; did you mean 'receipt'"),
        (lambda: ocr.models.create_detector(decoder="fnp"), "no decoder 'fnp'; did you mean 'fpn'"),
        (lambda: ocr.models.create_detector(head="west"), "no head 'west'; heads are craft, db"),
        (lambda: ocr.models.create_recognizer("parsec"), "no recognizer 'parsec'; did you mean 'parseq'"),
        (lambda: ocr.models.create_recognizer(widht=8), "no option 'widht'; did you mean 'width'"),
        (
            lambda: ocr.models.create_detector(encoder_options={"stems": 4}),
            "no option 'stems'; did you mean 'stem'",
        ),
        (
            lambda: ocr.models.create_detector(decoder_options={"width": 5}),
            "cannot be built: width is 5; expected a multiple of 4",
        ),
        (lambda: ocr.models.create_detector(encoder_options={"stem": "x"}), "cannot be built"),
        (lambda: ocr.models.create_recognizer(charset="klingon"), "no charset 'klingon'"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest(make, message):
    with pytest.raises(BadConfiguration, match=message):
        make()
