"""What a build has running beside it: workers for notebooks, and Jupyter Book. Each is started when it is first asked for."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING

from tourmaline import paths

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tourmaline.pipeline.page_builder import PageBuilder


class Processes:
    """The processes of one build, or of many one after the other; to be used as a context, which ends them.

    Parameters
    ----------
    jobs : int
        How many may work side by side.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._open = contextlib.ExitStack()
        self._workers: Executor | None = None
        self._page_builder: PageBuilder | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close_page_builder()
        self._open.__exit__(kind, error, traceback)

    @property
    def has_workers(self) -> bool:
        return self._workers is not None

    def workers(self) -> Executor:
        """Processes that run notebooks, with warm kernels."""
        if self._workers is None:
            from tourmaline.pipeline.pool import workers

            self._workers = self._open.enter_context(workers(self.jobs))
        return self._workers

    def page_builder(self, variant: paths.Variant) -> PageBuilder:
        """What makes the pages of a variant; it serves one build."""
        if self._page_builder is None:
            from tourmaline.pipeline.page_builder import PageBuilder

            self._page_builder = PageBuilder(variant, self.jobs)
        return self._page_builder

    def close_page_builder(self) -> None:
        """End what makes the pages: it has served, or is not needed."""
        if self._page_builder is not None:
            self._page_builder.close()
            self._page_builder = None
