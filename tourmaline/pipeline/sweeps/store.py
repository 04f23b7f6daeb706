"""The store of a sweep: one SQLite file, which a killed sweep leaves whole and a later one goes on with.

meta       title, description and notebook of the sweep, and under which circumstances runs failed
runs       one row a combination of parameters: waiting, done or failed; seconds; error and its cell
results    one row a published value of a run: value, lower, upper, and what it is (about)
abouts     what a value is: unit, decimals, label, origin, source; each once, however many runs have it
figures    figures that the sweep file asks for, as SVG, and in the form for a phone (narrow) where they have one
records    what runs depend on: notebook, data, modules, lock, with hashes
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import SweepError
from tourmaline.parameters import as_words

STORE_VERSION = 3
EARLIER = {2: "ALTER TABLE figures ADD COLUMN narrow BLOB"}  # what makes a store of an earlier version one of today's
CIRCUMSTANCES = "circumstances"  # in meta
APPLICATION = 0x544D5357  # says in the file's head that it is a sweep's
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE records (id INTEGER PRIMARY KEY, record TEXT NOT NULL UNIQUE);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    parameters TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    seconds REAL,
    cold_because TEXT,
    cell INTEGER,
    error TEXT,
    record INTEGER REFERENCES records
);
CREATE TABLE abouts (
    id INTEGER PRIMARY KEY, unit TEXT, decimals INTEGER, label TEXT, origin TEXT, source TEXT,
    UNIQUE (unit, decimals, label, origin, source)
);
CREATE TABLE results (
    run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, about INTEGER NOT NULL REFERENCES abouts,
    value, lower REAL, upper REAL, level REAL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE figures (
    run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, caption TEXT, alt TEXT, origin TEXT, source TEXT, svg BLOB,
    narrow BLOB,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
"""
ABOUT = ("unit", "decimals", "label", "origin", "source")
NUMBERS = ("value", "lower", "upper", "level")
FIGURE = ("caption", "alt", "origin", "source", "svg", "narrow")


@dataclass(frozen=True)
class Outcome:
    """How one run of a sweep went.

    Parameters
    ----------
    seconds : float
        How long it took.
    cold_because : str
        Why its kernel was not a warm one.
    record : dict
        What it depends on, as in run.json; empty if it failed.
    values : dict
        Its published values, as in values.json.
    figures : dict
        Figures that were asked for: name -> caption, alt, origin, source, svg and narrow (None without a form for a phone).
    error : str
        What went wrong; empty if nothing did.
    cell : int or None
        The notebook's cell in which it went wrong.
    """

    seconds: float
    cold_because: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    cell: int | None = None


def _text(parameters: Mapping[str, Any]) -> str:
    return json.dumps(dict(parameters), sort_keys=True, ensure_ascii=False)


class Store:
    """An open store; closes as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Store:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.path.exists() or self.path.stat().st_size == 0
        self._database = sqlite3.connect(self.path)
        try:
            if fresh:
                self._database.executescript(
                    f"BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {STORE_VERSION}; {SCHEMA} COMMIT;"
                )
            application, version = (
                self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
            )
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise self._refusal(f"it is not a database of a sweep ({error})") from None
        if application != APPLICATION:
            self._database.close()
            raise self._refusal("it is a database of something else")
        if version in EARLIER:
            self._database.executescript(f"BEGIN; {EARLIER[version]}; PRAGMA user_version = {STORE_VERSION}; COMMIT;")
        elif version != STORE_VERSION:
            self._database.close()
            raise self._refusal(
                f"it has version {version} of the schema, and this program knows version {STORE_VERSION}"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _refusal(self, what: str) -> SweepError:
        return SweepError(what, where=paths.relative(self.path), remedy="Choose another file with --database.")

    def prepare(self, meta: Mapping[str, str], runs: Iterable[Mapping[str, Any]]) -> None:
        """Add the runs that are not there yet; those that are keep what they have.

        Raises
        ------
        SweepError
            If the store is that of another notebook.
        """
        was = self.meta().get("notebook", meta["notebook"])
        if was != meta["notebook"]:
            raise self._refusal(f"it holds runs of {was}, and not of {meta['notebook']}")
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
            self._database.executemany(
                "INSERT OR IGNORE INTO runs (parameters) VALUES (?)", ((_text(run),) for run in runs)
            )

    def meta(self) -> dict[str, str]:
        return dict(self._database.execute("SELECT key, value FROM meta"))

    def records(self) -> dict[int, dict[str, Any]]:
        """What the runs that are done depend on."""
        return {id_: json.loads(text) for id_, text in self._database.execute("SELECT id, record FROM records")}

    def forget(self, where: str, *arguments: Any) -> int:
        """Let the runs for which this condition of SQL holds wait again; returns how many."""
        with self._database:
            for table in ("results", "figures"):
                self._database.execute(
                    f"DELETE FROM {table} WHERE run IN (SELECT id FROM runs WHERE {where})", arguments
                )
            return self._database.execute(
                "UPDATE runs SET state = 'waiting', seconds = NULL, cold_because = NULL, cell = NULL, error = NULL, "
                f"record = NULL WHERE {where}",
                arguments,
            ).rowcount

    def forget_record(self, record: int) -> int:
        """Let the runs that depend on this wait again; returns how many."""
        number = self.forget("record = ?", record)
        with self._database:
            self._database.execute("DELETE FROM records WHERE id = ?", [record])
        return number

    def circumstances(self, now: str) -> bool:
        """Keep under which circumstances runs are made now; says whether others failed under different ones."""
        was = self.meta().get(CIRCUMSTANCES, now)
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [CIRCUMSTANCES, now])
        return was != now

    def forget_failures(self) -> int:
        """Let the runs that failed wait again; returns how many."""
        return self.forget("state = 'failed'")

    def states(self, runs: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
        """These runs by their state."""
        known = dict(self._database.execute("SELECT parameters, state FROM runs"))
        found: dict[str, list[Mapping[str, Any]]] = {"waiting": [], "done": [], "failed": []}
        for run in runs:
            found[known[_text(run)]].append(run)
        return found

    def put(self, run: Mapping[str, Any], outcome: Outcome) -> None:
        """Keep how a run went, whole or not at all."""
        with self._database:
            (id_,) = self._database.execute("SELECT id FROM runs WHERE parameters = ?", [_text(run)]).fetchone()
            record = None
            if outcome.record:
                text = _text(outcome.record)
                self._database.execute("INSERT OR IGNORE INTO records (record) VALUES (?)", [text])
                (record,) = self._database.execute("SELECT id FROM records WHERE record = ?", [text]).fetchone()
            state = "failed" if outcome.error else "done"
            self._database.execute(
                "UPDATE runs SET state = ?, seconds = ?, cold_because = ?, cell = ?, error = ?, record = ? WHERE id = ?",
                [state, outcome.seconds, outcome.cold_because, outcome.cell, outcome.error, record, id_],
            )
            for name, value in outcome.values.items():
                numbers = [value.get(key) for key in NUMBERS]
                about = self._about([value[key] for key in ABOUT])
                self._database.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", [id_, name, about, *numbers])
            for name, figure in outcome.figures.items():
                self._database.execute(
                    "INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [id_, name, *(figure[key] for key in FIGURE)]
                )

    def _about(self, about: list[Any]) -> int:
        self._database.execute(f"INSERT OR IGNORE INTO abouts ({', '.join(ABOUT)}) VALUES (?, ?, ?, ?, ?)", about)
        where = " AND ".join(f"{key} = ?" for key in ABOUT)
        return self._database.execute(f"SELECT id FROM abouts WHERE {where}", about).fetchone()[0]

    def run(self, run: Mapping[str, Any]) -> Outcome:
        """How a run that is done or failed went."""
        id_, *went = self._database.execute(
            "SELECT id, seconds, coalesce(cold_because, ''), coalesce(error, ''), cell FROM runs WHERE parameters = ?",
            [_text(run)],
        ).fetchone()
        keys = (*ABOUT, *NUMBERS)
        values = {  # an end of an interval may be absent; without a level there is no interval
            name: dict(zip(keys if cells[-1] is not None else keys[:-3], cells))
            for name, *cells in self._database.execute(
                f"SELECT name, {', '.join(keys)} FROM results JOIN abouts ON abouts.id = about WHERE run = ?", [id_]
            )
        }
        figures = {
            name: dict(zip(FIGURE, cells))
            for name, *cells in self._database.execute(
                f"SELECT name, {', '.join(FIGURE)} FROM figures WHERE run = ?", [id_]
            )
        }
        seconds, cold_because, error, cell = went
        return Outcome(seconds, cold_because, {}, values, figures, error, cell)

    def failures(self) -> list[tuple[int | None, str, int, dict[str, Any]]]:
        """What went wrong: cell, error, how many runs, and the parameters of one of them."""
        rows = self._database.execute(
            "SELECT cell, error, count(*), min(parameters) FROM runs WHERE state = 'failed' GROUP BY cell, error "
            "ORDER BY count(*) DESC, cell"
        )
        return [(cell, error, number, json.loads(parameters)) for cell, error, number, parameters in rows]

    def rows(self) -> list[dict[str, Any]]:
        """One row a run: parameters, state, seconds, error, cell, and each value with the ends of its interval."""
        rows = {
            id_: {
                **{f"parameter.{name}": _cell(value) for name, value in json.loads(parameters).items()},
                "state": state,
                "seconds": seconds,
                "cell": cell,
                "error": error or "",
            }
            for id_, parameters, state, seconds, cell, error in self._database.execute(
                "SELECT id, parameters, state, seconds, cell, error FROM runs ORDER BY id"
            )
        }
        for id_, name, value, lower, upper in self._database.execute(
            "SELECT run, name, value, lower, upper FROM results"
        ):
            rows[id_][f"value.{name}"] = value
            if lower is not None or upper is not None:
                rows[id_] |= {f"value.{name}.lower": lower, f"value.{name}.upper": upper}
        return list(rows.values())


def _cell(value: Any) -> Any:
    return as_words(value) if isinstance(value, list) else value
