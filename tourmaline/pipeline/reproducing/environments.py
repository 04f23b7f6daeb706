"""Environments that imitate other machines on this one: other instruction sets, linear algebra, threads, hash seeds and Pythons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Names by which glibc leaves out its code for newer processors, before and since version 2.33.
_NO_FUSED = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable,-AVX512F_Usable"


@dataclass(frozen=True)
class Environment:
    """An environment: its name, the interpreter if it is another, and the variables that it sets."""

    name: str
    variables: dict[str, str]
    python: str = ""


def environments(pythons: Sequence[str] = ()) -> Iterator[Environment]:
    """This machine as it is, then the imitations of others, then other interpreters.

    Parameters
    ----------
    pythons : sequence of str
        Interpreters of environments in which requirements.txt is installed.
    """
    here = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    yield Environment("this machine", here)
    vectors = _vectors()
    newest = [name for name in vectors if name.startswith(("AVX512", "X86_V4"))]
    yield Environment(
        "an old processor (Prescott)",
        {
            "OPENBLAS_CORETYPE": "Prescott",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "1",
            "NPY_DISABLE_CPU_FEATURES": ",".join(vectors),
            "GLIBC_TUNABLES": _NO_FUSED,
        },
    )
    yield Environment(
        "Haswell, two threads",
        {
            "OPENBLAS_CORETYPE": "Haswell",
            "OPENBLAS_NUM_THREADS": "2",
            "PYTHONHASHSEED": "2",
            "NPY_DISABLE_CPU_FEATURES": ",".join(newest),
        },
    )
    yield Environment(
        "Zen, another locale",
        {"OPENBLAS_CORETYPE": "Zen", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "3", "LC_ALL": "C"},
    )
    if newest:
        yield Environment(
            "SkylakeX, two threads",
            {"OPENBLAS_CORETYPE": "SkylakeX", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "4"},
        )
    for python in pythons:
        yield Environment(python, here, python)


def _vectors() -> list[str]:
    """The groups of instructions that numpy uses on this processor beyond those that it always needs."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]
