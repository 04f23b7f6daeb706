"""Every YAML file is read by one reader, which loses and changes nothing: no repeated key, no `yes` for 1, no 0100 for 64."""

import ast
import re

import pytest

from tourmaline import paths
from tourmaline.errors import ParameterError, SiteError
from tourmaline.pipeline.editions.declared import declared_editions
from tourmaline.pipeline.scenarios import read_scenario
from tourmaline.pipeline.settings import repository
from tourmaline.pipeline.sweeps.definition import read_sweep
from tourmaline.yaml_files import front_matter, load_yaml, parse_yaml

SCENARIO = "title: x\ndescription: x\n"
SWEEP = "title: x\nnotebook: side_by_side\n"


def refusal(text, **options):
    with pytest.raises(ParameterError) as caught:
        parse_yaml(text, "mine.yaml", **options)
    return caught.value


@pytest.mark.seconds
def test_no_other_module_reads_yaml():
    reads = re.compile(r"safe_load|\bload(_all)?$|full_load|compose|parse$|scan$|Loader$|YAML")
    for path in sorted((paths.ROOT / "tourmaline").rglob("*.py")):
        if path.name == "yaml_files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml":
                assert not reads.search(node.attr), f"{path}, line {node.lineno}"
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("yaml", "ruamel")):
                raise AssertionError(f"{path}, line {node.lineno}: import yaml, and read with yaml_files")


@pytest.mark.parametrize(
    ("text", "key", "first", "second"),
    [
        ("a: 1\nb: 2\na: 3", "'a'", 1, 3),
        ('a: 1\n"a": 3', "'a'", 1, 2),
        ("x:\n  - {a: 1}\n  - a: 1\n    b: 2\n    a: 3", "'a'", 3, 5),
        ("x: {a: 1,\n a: 1}", "'a'", 1, 2),
        ("1: x\n1.0: y", "'1.0'", 1, 2),
        ("true: x\n\n\nTrue: y", "'True'", 1, 4),
        ("&k a: 1\n*k : 2", "'a'", 1, 1),
        ("x: &x {a: 1}\ny: &y {b: 1}\nz:\n  <<: *x\n  <<: *y", "'<<'", 4, 5),
        ("# a\nx:\n  ? a\n  : 1\n  ? a\n  : 2", "'a'", 3, 5),
    ],
)
def test_a_repeated_key_is_refused_with_both_lines(text, key, first, second):
    error = refusal(text)
    assert error.what.startswith(f"the key {key} stands in line {first} and again in line ")
    if second != first:
        assert error.what.endswith(f"again in line {second}")
        assert error.where == f"mine.yaml, line {second}"


def test_merge_keys_work_and_what_stands_beside_them_overrides():
    text = "base: &base {a: 1, b: 2}\nmore: &more {c: 3}\nx: {<<: *base, b: 5}\ny: {<<: [*base, *more]}"
    read = parse_yaml(text, "mine.yaml")
    assert read["x"] == {"a": 1, "b": 5}
    assert read["y"] == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yes", "true"),
        ("No", "false"),
        ("ON", "true"),
        ("off", "false"),
        ("0100", "64"),
        ("-010", "-8"),
        ("00", "0"),
        ("0x10", "16"),
        ("0b11", "3"),
        ("1:30", "90"),
        ("1:30:00", "5400"),
        ("1:30.5", "90.5"),
        ("1_0", "10"),
        ("1_0.5", "10.5"),
    ],
)
def test_what_yaml_reads_as_something_else_is_refused_with_what_it_would_be(written, read):
    for text in (f"a: {written}", f"a:\n- 5\n- {written}", f"a: [5, {written}]", f"{written} : a"):
        error = refusal(text)
        assert error.what == f"{written!r} would be read as {read}"
        assert re.fullmatch(r"mine\.yaml, line [13]", error.where)
        assert "quotes" in error.remedy
    assert parse_yaml(f"a: '{written}'", "mine.yaml") == {"a": written}
    assert parse_yaml(f"a: {written}", "mine.yaml", texts_only=True) == {"a": written}


def test_a_thousands_comma_within_a_list_is_refused():
    assert refusal("a: [1,000]").what == "'000' would be read as 0"


def test_plain_values_are_read_as_they_stand():
    text = "a: [0, 12, -3, +4, 10_000, 0.5, .5, 5., -1.5e-3, 1.0e+3, true, False, null, ~, latest, '0100']"
    read = parse_yaml(text, "mine.yaml")["a"]
    assert read[:12] == [0, 12, -3, 4, 10000, 0.5, 0.5, 5.0, -0.0015, 1000.0, True, False]
    assert read[12:] == [None, None, "latest", "0100"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 2016-13-45", "'2016-13-45' is not of type date"),
        ("a: !!int many", "'many' is not of type int"),
        ("a: !!bool many", "'many' is not of type bool"),
        ("a: !!timestamp many", "'many' is not of type date"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("a: &a [*a]", "contains itself"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: 1\n--- \nb: 1", "found another document"),
        ("a: \x07", "special characters are not allowed"),
        ("[a]: 1\n[a]: 2", "unhashable key"),
        ("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
         + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)), "1,000,000 entries"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_message(text, words):
    assert words in refusal(text).what


# --- in every file that is YAML


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_scenario, SCENARIO + "parameters: {model: fixed}\ntitle: y\n", "'title' stands in line 1 and again in line 4"),
        (read_scenario, SCENARIO + "parameters:\n  model: fixed\n  model: random\n", "'model' stands in line 4 and again in line 5"),
        (read_scenario, SCENARIO + "notebooks:\n  safety: {grade: 3}\n  safety: {grade: 4}\n", "'safety' stands in line 4 and"),
        (read_scenario, SCENARIO + "notebooks: {indirect: {heterogeneity: yes}}\n", "'yes' would be read as true"),
        (read_scenario, SCENARIO + "notebooks: {indirect: {heterogeneity: true}}\n", "'heterogeneity' is True, but must be a number"),
        (read_scenario, SCENARIO + "parameters: {horizon: 1:30}\n", "'1:30' would be read as 90"),
        (read_scenario, SCENARIO + "parameters: {draws: 0100}\n", "'0100' would be read as 64"),
        (read_scenario, SCENARIO + "parameters: {draws: '0100'}\n", "'draws' is '0100', but must be a plain decimal number"),
        (read_scenario, SCENARIO + "parameters: {as_of: 2016-02-30}\n", "'2016-02-30' is not of type date"),
        (read_sweep, SWEEP + "grid:\n  seed: [1]\n  draws: [5]\n  seed: [2]\n", "'seed' stands in line 4 and again in line 6"),
        (read_sweep, SWEEP + "grid: {draws: [yes, 5]}\n", "'yes' would be read as true"),
        (read_sweep, SWEEP + "grid: {draws: [true, 5]}\n", "'draws' is True, but must be a number"),
        (read_sweep, SWEEP + "sample: {runs: 3, seed: 1, parameters: {horizon: {from: false, to: 5}}}\n", "'horizon' is"),
        (read_sweep, SWEEP + "grid: {seed: [1]}\npublish: [true]\n", "publish names True"),
        (read_sweep, SWEEP + "sample: {runs: 010, seed: 1, parameters: {horizon: [5]}}\n", "'010' would be read as 8"),
    ],
)  # fmt: skip
def test_scenarios_and_sweeps_are_read_strictly(tmp_path, read, text, words):
    path = written(tmp_path, "mine.yaml", text)
    with pytest.raises(ParameterError) as caught:
        read(path, **({"confirm": lambda size: True} if read is read_sweep else {}))
    assert str(path) in caught.value.where
    assert words in caught.value.what


def test_a_repeated_key_of_an_edition_is_refused(tmp_path, monkeypatch):
    text = "- date: 2016-04-28\n  title: x\n  scenario: today\n  title: y\n"
    monkeypatch.setattr(paths, "DECLARED_EDITIONS", written(tmp_path, "editions.yaml", text))
    with pytest.raises(ParameterError, match=r"editions\.yaml, line 4: the key 'title' stands in line 2 and again in"):
        declared_editions()


def test_a_repeated_key_of_the_configuration_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    written(tmp_path, "_config.yml", "title: x\nsphinx: {}\ntitle: y\n")
    with pytest.raises(SiteError, match=r"_config\.yml, line 3: the key 'title' stands in line 1 and again in line 3"):
        repository()


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("_config.yml", "execute:\n", "title: again\nexecute:\n", "the key 'title' stands in line"),
        ("_toc.yml", "root: index\n", "root: index\nroot: other\n", "the key 'root' stands in line 3 and again in line 4"),
        ("_toc.yml", "      - file: book/summary\n", "      - file: book/summary\n        file: book/x\n", "the key 'file' stands"),
        ("book/summary.md", "", "---\nshort: x\n\nshort: y\n---\n", "book/summary.md, line 4: the key 'short' stands in line 2"),
        ("CITATION.cff", "title:", "version: 0\nversion: 1\ntitle:", "the key 'version' stands in line"),
        ("scenarios/today.yaml", "title:", "title: x\ntitle:", "the key 'title' stands in line"),
        ("editions.yaml", "  title:", "  scenario: today\n  title:", "the key 'scenario' stands in line"),
    ],
)  # fmt: skip
def test_the_check_reads_every_yaml_file(project, tourmaline, file, old, new, words):
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = tourmaline("check")
    assert done.returncode in (1, 2)
    assert done.stderr.startswith(f"Error: {file}")
    assert words in done.stderr


def test_the_front_matter_of_a_page_keeps_the_lines_of_the_page(tmp_path):
    page = written(tmp_path, "page.md", "---\na: 1\nb: 0x10\n---\n# Title\n")
    with pytest.raises(SiteError, match=r"page\.md, line 3: '0x10' would be read as 16"):
        front_matter(page, error=SiteError)
    assert front_matter(written(tmp_path, "other.md", "---\na: 1\n...\n# T\n"), error=SiteError) == {"a": 1}
    assert front_matter(written(tmp_path, "bare.md", "# T\n---\n"), error=SiteError) is None


def test_a_file_that_cannot_be_read_is_one_message(tmp_path):
    (tmp_path / "latin.yaml").write_bytes("title: größe".encode("latin-1"))
    for name, words in (("none.yaml", "No such file"), (".", "Is a directory"), ("latin.yaml", "it is not text")):
        with pytest.raises(ParameterError, match=f"it cannot be read: {words}"):
            load_yaml(tmp_path / name)
    (tmp_path / "latin.md").write_bytes("---\ntitle: größe\n---\n".encode("latin-1"))
    with pytest.raises(SiteError, match="it cannot be read: it is not text"):
        front_matter(tmp_path / "latin.md", error=SiteError)
