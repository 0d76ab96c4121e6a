"""Peak GPU memory of a training with a hardware preset: is `gpu_12gb` held to its word?

    python benchmarks/gpu_memory.py DATASET [--hardware gpu_12gb] [--task detection recognition] [--steps 32]
        [-- OVERRIDE …]
    python benchmarks/gpu_memory.py --activations [--task detection] [-- decoder=pan …]

Trains for some steps and one validation, and prints the most that PyTorch has reserved, beside the preset's cap, which
is set as in any training. The batches of the recogniser are as wide as lines come. Without a CUDA GPU there is nothing
to measure: it says so and ends with status 3.

``--activations`` needs none: it adds up what a training keeps between forward and backward pass for one crop, or one
line of the greatest width, under bfloat16 autocast. A batch takes more than that many times as much: gradients, weights
and the workspaces of the convolutions come on top.
"""

from __future__ import annotations

import argparse
import sys
import tempfile

import torch

from ocr.training import run, tasks


def peak(
    task: str, dataset: str, hardware: str, steps: int, overrides: list[str]
) -> tuple[float, float, float]:
    """Bytes reserved and allocated at most, and the cap, all in GB (10^9 bytes)."""
    source = "data" if task == "detection" else "samples"
    with tempfile.TemporaryDirectory() as folder:
        cfg = run.compose(
            task,
            [
                f"data.train.sources.real.{source}.path={dataset}",
                f"data.validation.path={dataset}",
                "data.validation.limit=8",
                f"output={folder}",
                f"steps={steps}",
                f"epoch_steps={steps}",
                f"hardware={hardware}",
                "dataloader=cuda",
                "trainer.devices=1",
                *overrides,
            ],
        )
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        run.run(cfg)
    return (
        torch.cuda.max_memory_reserved() / 1e9,
        torch.cuda.max_memory_allocated() / 1e9,
        float(cfg.hardware.memory_gb or torch.cuda.get_device_properties(0).total_memory / 1e9),
    )


def activations(task: str, overrides: list[str]) -> float:
    """MB (10^6 bytes) that are kept for the backward pass of one crop of 640 × 640 or one line of 1024 × 32."""
    cfg = run.compose(task, overrides)
    network = tasks.build_network(cfg).train().to(memory_format=torch.channels_last)
    # Two, because some layers take no batch of one while they train.
    image = torch.zeros((2, 1, 640, 640) if task == "detection" else (2, 1, 32, 1024), dtype=torch.uint8)
    weights = {p.untyped_storage().data_ptr() for p in network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with hooks, torch.autocast("cpu", torch.bfloat16):
        output = network(image)
        # What a loss keeps is of the order of the maps; a sum stands for it.
        parts = output if isinstance(output, tuple) else (output,)
        sum((part.float() ** 2).sum() for part in parts)
    return sum(kept.values()) / 2e6


def parsed(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, list[str]]:
    """The command line before ``--``, and the Hydra overrides after it."""
    own, overrides = sys.argv[1:], []
    if "--" in own:
        own, overrides = own[: own.index("--")], own[own.index("--") + 1 :]
    return parser.parse_args(own), overrides


def main() -> int:
    """Measure each task and print a row for it; 1 where one reserved more than its cap."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("--activations", action="store_true", help="estimate on the CPU what a sample keeps")
    parser.add_argument("--hardware", default="gpu_12gb")
    parser.add_argument("--task", nargs="*", choices=run.TASKS, default=list(run.TASKS))
    # Epochs of the recogniser are a multiple of its pool of batches.
    parser.add_argument("--steps", type=int, default=32)
    given, overrides = parsed(parser)
    if given.activations:
        for task in given.task:
            kept = activations(task, overrides)
            print(
                f"{task} {' '.join(overrides)}: {kept:.0f} MB for a {'crop' if task == 'detection' else 'line'}"
            )
        return 0
    if given.dataset is None:
        parser.error("DATASET is missing")
    if not torch.cuda.is_available():
        print(
            "no CUDA GPU on this machine: the memory of a GPU training cannot be measured here",
            file=sys.stderr,
        )
        return 3
    print("| task | preset | device | reserved at most, GB | allocated at most, GB | cap, GB |")
    print("|---|---|---|---|---|---|")
    over = False
    for task in given.task:
        reserved, allocated, cap = peak(task, given.dataset, given.hardware, given.steps, overrides)
        over = over or reserved > cap
        name = torch.cuda.get_device_name()
        print(
            f"| {task} | {given.hardware} | {name} | {reserved:.2f} | {allocated:.2f} | {cap:.1f} |",
            flush=True,
        )
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
