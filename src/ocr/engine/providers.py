"""Execution providers of ONNX Runtime: what runs its networks, chosen by option or environment.

Which of them exist is decided by the installed package: ``onnxruntime`` has the CPU, ``onnxruntime-gpu`` CUDA and
TensorRT, ``onnxruntime-openvino`` OpenVINO, and the macOS builds CoreML.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ocr.errors import BadConfiguration
from ocr.runtime.options import shown
from ocr.runtime.suggestions import did_you_mean

#: Environment variable that names providers, separated by commas, where no option does.
VARIABLE = "OCR_PROVIDERS"
CPU = "CPUExecutionProvider"
#: ONNX Runtime's names by the short ones; either is taken, in any letter case.
PROVIDERS = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "dnnl": "DnnlExecutionProvider",
    "xnnpack": "XnnpackExecutionProvider",
    "qnn": "QNNExecutionProvider",
}
#: What an option takes: names in the order of preference.
ProviderChoice = str | Sequence[str] | None


def chosen(providers: ProviderChoice = None) -> tuple[str, ...]:
    """ONNX Runtime's names of the providers that an option names, else the environment, else the CPU alone.

    The CPU is always the last one: it runs what the others do not.

    Args:
        providers: short or full names, the preferred one first, or a text of them separated by commas.

    Raises:
        BadConfiguration: there is none of that name; the message names the nearest.
    """
    choice = providers if providers is not None else os.environ.get(VARIABLE) or ()
    origin = "" if providers is not None else f" (from {VARIABLE})"
    names = [name.strip() for name in choice.split(",")] if isinstance(choice, str) else choice
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise BadConfiguration(f"providers is {shown(providers)}; expected a list of names such as ['cuda']")
    resolved = [_full_name(name, origin) for name in names if name]
    return (*dict.fromkeys(name for name in resolved if name != CPU), CPU)


def short_name(provider: str) -> str:
    """The short name of a provider; ONNX Runtime's own where there is none."""
    return next((short for short, full in PROVIDERS.items() if full == provider), provider)


def _full_name(name: str, origin: str) -> str:
    known = {**PROVIDERS, **{full.lower(): full for full in PROVIDERS.values()}}
    full = known.get(name.lower())
    if full is None:
        # Full names have long endings in common, which would make each of them near.
        stem = name.lower().removesuffix("executionprovider")
        hint = did_you_mean(stem, PROVIDERS, "providers", cutoff=0.7)
        raise BadConfiguration(f"there is no execution provider {shown(name)}{origin}; {hint}")
    return full
