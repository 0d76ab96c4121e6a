"""`ocr train`: train a detector or a recogniser."""

from __future__ import annotations

from typing import Annotated

import typer

_SOME_FAILED = 4


def train(
    task: Annotated[str, typer.Argument(help="detection or recognition")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Hydra overrides, such as encoder=timm optimizer.lr=0.001")
    ] = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="print the composed configuration and stop")
    ] = False,
    multirun: Annotated[
        bool,
        typer.Option(
            "--multirun", "-m", help="one run for each combination of values: optimizer.lr=1e-3,2e-3"
        ),
    ] = False,
) -> int:
    """Train a model; a run found in the output folder goes on where it stopped.

    Settings are Hydra overrides: `ocr train detection data.train.sources.real.data.path=DIR`.
    """
    try:
        import lightning  # noqa: F401
        from omegaconf import OmegaConf
    except ImportError as error:
        from ocr.errors import MissingExtra

        raise MissingExtra(
            f"training needs packages that are not installed ({error.name}); pip install 'receipt-ocr[train]'"
        ) from error
    from ocr.training import run

    if multirun:
        return _sweep(task, list(overrides or []), show_config)
    cfg = run.compose(task, list(overrides or []))
    typer.echo(OmegaConf.to_yaml(cfg) if show_config else str(run.run(cfg)))
    return 0


def _sweep(task: str, overrides: list[str], show_config: bool) -> int:
    """Run all combinations and print a line for each: score, folder."""
    from ocr.cli.app import report
    from ocr.training import sweep

    planned = sweep.jobs(task, overrides)
    if show_config:
        for job in planned:
            typer.echo(f"{job.output}\t{' '.join(job.choices)}")
        return 0
    errors = []
    for result in sweep.run_all(task, planned):
        if result.error is not None:
            errors.append(result.error)
            report(result.error, str(result.job.output))
        score = "failed" if result.error else "-" if result.score is None else f"{result.score:.4f}"
        typer.echo(f"{score}\t{result.job.output}")
    if not errors:
        return 0
    return _SOME_FAILED if len(errors) < len(planned) else errors[0].exit_status
