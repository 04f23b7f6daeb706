"""Made-up evidence of a later day, added to a copy of data/ by the steps of CONTRIBUTING.md and data/README.md."""

import csv
import json
from pathlib import Path

PUBLISHED = "2031-05-17"
SOURCE = """
@article{{{key},
  author = {{Nobody, N.}},
  title = {{{{A made-up report for the tests}}}},
  journal = {{No journal}},
  year = {{2031}},
  published = {{{published}}},
}}
"""
TRIAL = "borealis,BOREALIS,NCT99999999,core,borealimab plus lenalidomide-dexamethasone,lenalidomide-dexamethasone,BRd,Rd,borealimab,2027-01,2028-06"
DESIGN = ("masking", "prior_lines")  # of the other aspects the made-up source says nothing

ANALYSES = """\
borealis.pfs.primary,borealis,pfs,intention-to-treat,primary,primary analysis,2030-06-30,
borealis.os.interim,borealis,os,intention-to-treat,interim,interim analysis,2030-06-30,
tourmaline-mm1.pfs.later,tourmaline-mm1,pfs,intention-to-treat,update,later follow-up,2030-06-30,
tourmaline-mm1.os.later,tourmaline-mm1,os,intention-to-treat,final,later analysis,2030-06-30,
aspire.pfs.later,aspire,pfs,intention-to-treat,final,later analysis,2030-06-30,
aspire.os.later,aspire,os,intention-to-treat,final,later analysis,2030-06-30,
eloquent-2.pfs.later,eloquent-2,pfs,intention-to-treat,update,later follow-up,2030-06-30,
eloquent-2.os.later,eloquent-2,os,intention-to-treat,update,later follow-up,2030-06-30,
pollux.pfs.later,pollux,pfs,intention-to-treat,update,later follow-up,2030-06-30,
""".splitlines()
BOREALIS, LATER = "nobody2031trial,abstract,yes,accepted,", "nobody2031later,abstract,yes,accepted,"
RESULTS = f"""\
borealis.pfs.primary,experimental,n,,301,,,,,patients,{BOREALIS}
borealis.pfs.primary,control,n,,299,,,,,patients,{BOREALIS}
borealis.pfs.primary,experimental,events,,120,,,,,events,{BOREALIS}
borealis.pfs.primary,control,events,,150,,,,,events,{BOREALIS}
borealis.pfs.primary,experimental,median,,25.3,21.0,NE,95,,months,{BOREALIS}
borealis.pfs.primary,control,median,,17.1,14.8,19.9,95,,months,{BOREALIS}
borealis.pfs.primary,comparison,hazard_ratio,,0.66,0.52,0.84,95,,ratio,{BOREALIS}
borealis.pfs.primary,comparison,p_value,,<0.001,,,,two,probability,{BOREALIS}
borealis.os.interim,comparison,hazard_ratio,,0.85,0.62,1.17,95,,ratio,{BOREALIS}
tourmaline-mm1.pfs.later,comparison,hazard_ratio,,0.76,0.65,0.89,95,,ratio,{LATER}
tourmaline-mm1.os.later,comparison,hazard_ratio,,0.93,0.79,1.10,95,,ratio,{LATER}
tourmaline-mm1.pfs.primary,overall,n,,723,,,,,patients,nobody2031later,abstract,yes,rejected,conflict mm1-n-later: a slip
aspire.pfs.later,comparison,hazard_ratio,,0.67,0.57,0.79,95,,ratio,{LATER}
aspire.os.later,comparison,hazard_ratio,,0.81,0.69,0.95,95,,ratio,{LATER}
eloquent-2.pfs.later,comparison,hazard_ratio,,0.74,0.63,0.87,95,,ratio,{LATER}
eloquent-2.os.later,comparison,hazard_ratio,,0.83,0.70,0.98,95,,ratio,{LATER}
pollux.pfs.later,comparison,hazard_ratio,,0.45,0.37,0.55,95,,ratio,{LATER}
""".splitlines()
CONFLICT = "mm1-n-later,tourmaline-mm1,patients randomised,722,723,moreau2016,nobody2031later,A made-up contradiction."


def _append(path: Path, *lines: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def _insert_analysis(path: Path, line: str) -> None:
    """Write an analysis below those of its trial and endpoint; a new one at the end. A final one says which it replaces."""
    lines = path.read_text(encoding="utf-8").splitlines()
    _, *kind, _, _, _ = line.split(",")  # trial, endpoint, population, role
    rows = list(csv.reader(lines))
    if kind[-1] == "final":
        line += "; ".join(f"replaces {row[0]}" for row in rows if row[1:5] == kind)
    same = [number for number, row in enumerate(rows) if row[1:3] == kind[:2]]
    lines.insert(max(same, default=len(lines) - 1) + 1, line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def add_later_evidence(data: Path) -> None:
    """Add a fourth trial that is compared by default, later results of the trials that are known, and a contradiction."""
    for key in ("nobody2031trial", "nobody2031later"):
        _append(data / "references.bib", SOURCE.format(key=key, published=PUBLISHED).rstrip("\n"))
    evidence = data / "evidence"
    _append(evidence / "trials.csv", TRIAL)
    with (evidence / "designs.csv").open(encoding="utf-8", newline="") as file:
        aspects = list(dict.fromkeys(row["aspect"] for row in csv.DictReader(file)))
    _append(
        evidence / "designs.csv",
        *(
            f"borealis,{aspect},made up,nobody2031trial,abstract,yes,"
            if aspect in DESIGN
            else f"borealis,{aspect},,,,,not found in the sources"
            for aspect in aspects
        ),
    )
    for line in ANALYSES:
        _insert_analysis(evidence / "analyses.csv", line)
    _append(evidence / "results.csv", *RESULTS)
    _append(evidence / "conflicts.csv", CONFLICT)
    package = data / "datapackage.json"
    described = json.loads(package.read_text(encoding="utf-8"))
    described |= {"version": "2031.5.1", "created": f"{PUBLISHED}T00:00:00Z"}
    for resource in described["resources"]:
        with (data / resource["path"]).open(encoding="utf-8", newline="") as file:
            resource["rows"] = len(list(csv.DictReader(file)))
    package.write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
