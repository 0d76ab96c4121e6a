"""`ocr train`: train a detector or a recogniser."""

from __future__ import annotations

from typing import Annotated

import typer


def train(
    task: Annotated[str, typer.Argument(help="detection or recognition")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Hydra overrides, such as encoder=timm optimizer.lr=0.001")
    ] = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="print the composed configuration and stop")
    ] = False,
) -> None:
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

    cfg = run.compose(task, list(overrides or []))
    if show_config:
        typer.echo(OmegaConf.to_yaml(cfg))
        return
    typer.echo(str(run.run(cfg)))
