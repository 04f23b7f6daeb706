// Runs a notebook of the report, or an exercise of a lesson, with Python in this browser, away from the page: the page stays responsive,
// and can end it at any time.
"use strict";

const FOLDER = new URL("./", self.location.href).href;
const RUNTIME = FOLDER + "pyodide/";
const HOME = "/report";
const LOCK = "pyodide/pyodide-lock.json";
const PACKAGES = "/lib/python3.12/site-packages";
const WHEEL = ".whl";
// What Python made for itself, as the service worker keeps it: for its own library, which it reads first, and for the rest.
const MADE = "made";
const MADE_LIBRARY = "made_library.zip";
const LIBRARY = "/lib/python312.zip";
const IDLE_MS = 2000;
let idle; // the timer until what was made is kept
let python; // the interpreter, once it has started
let made; // the object of tourmaline/in_browser/made.py, where libraries are loaded
let page; // the module of tourmaline/in_browser whose functions this calls

function tell(kind, about) {
  self.postMessage({ kind, ...about });
}

async function answered(name) {
  const answer = await fetch(FOLDER + name);
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const fetched = async (name) => (await answered(name)).arrayBuffer();
const text = (content) => new TextDecoder().decode(content);
const json = async (name) => JSON.parse(text(await fetched(name)));

// Everything once, so that what is missing is said before Python starts; afterwards it comes from the browser's store.
async function fetchAll(files) {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const contents = {};
  let done = 0;
  await Promise.all(
    files.map(async ({ name, bytes }) => {
      const answer = await answered(name); // checked and kept by the service worker: only what is read here is copied
      if (name === LOCK || name.endsWith(WHEEL) || !name.startsWith("pyodide/")) contents[name] = await answer.arrayBuffer();
      else await answer.body.cancel();
      tell("fetched", { done: (done += bytes), total });
    }),
  );
  return contents;
}

function unpack(content) {
  python.unpackArchive(content, "zip", { extractDir: HOME });
}

// Fetch what is needed of the manifest's files, start Python with those packages of Pyodide that are among it, and take a module of ours.
async function start(files, needed, module) {
  const contents = await fetchAll(needed.map((name) => ({ name, bytes: files[name].bytes })));
  const packages = Object.entries(JSON.parse(text(contents[LOCK])).packages)
    .map(([name, about]) => ({ name, file: "pyodide/" + about.file_name }))
    .filter(({ file }) => needed.includes(file));
  const kept = packages.length ? fetched(MADE) : null;
  tell("starting", {});
  importScripts(RUNTIME + "pyodide.js");
  python = await loadPyodide({
    indexURL: RUNTIME,
    ...(kept && { stdLibURL: FOLDER + MADE_LIBRARY }),
    packages: packages.filter(({ file }) => !file.endsWith(WHEEL)).map(({ name }) => name),
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg", MPLCONFIGDIR: HOME + "/matplotlib", PYTHONHASHSEED: "0" },
    stdout: () => {},
    stderr: () => {},
  });
  // Pyodide would load every compiled module of these at once; unpacked alone, each is loaded when it is imported.
  packages
    .filter(({ file }) => file.endsWith(WHEEL))
    .forEach(({ name, file }) => {
      python.unpackArchive(contents[file], "wheel", { extractDir: PACKAGES });
      python.loadedPackages[name] = file;
    });
  Object.entries(contents).forEach(([name, content]) => {
    if (name.endsWith(".zip")) unpack(content);
    else if (name.startsWith("lessons/")) python.FS.writeFile(name.slice("lessons/".length), new Uint8Array(content));
  });
  python.runPython(`
import sys, warnings
sys.path[:0] = ["${HOME}", "${HOME}/packages"]
`);
  if (kept) {
    const content = python.toPy(new Uint8Array(await kept));
    made = python.pyimport("tourmaline.in_browser.made").Made("/" + MADE, PACKAGES, content);
  }
  if (packages.some(({ name }) => name === "matplotlib")) python.runPython("import matplotlib.font_manager"); // makes its list of fonts, and says so
  page = python.pyimport(module);
}

// Only after a run of the report's own code: what a reader's code made would stay for later runs. Without it the next start takes longer,
// so it has time until the reader asks for nothing.
const keepWhenIdle = () => (idle = setTimeout(keepMade, IDLE_MS));

async function keepMade() {
  const more = made.more().toJs();
  if (!more.length) return;
  const library = python.pyimport("tourmaline.in_browser.made").with_bytecode(LIBRARY).toJs();
  // One after the other: a tab that is closed between them keeps no list, and the next run makes both again.
  for (const [name, body] of [[MADE_LIBRARY, library], [MADE, more]]) await fetch(FOLDER + name, { method: "PUT", body }).catch(() => {});
}

function asked(name, ...given) {
  const answer = JSON.parse(page[name](...given));
  if (answer.error) throw new Error(answer.error);
  return answer;
}

async function run({ notebook, given }) {
  const { files, panels } = await json("manifest.json");
  if (!page) await start(files, panels, "tourmaline.in_browser.page");
  unpack(await fetched(`published/${notebook}.zip`));
  let state = asked("begin", notebook, JSON.stringify(given));
  tell("cell", { done: 0, cells: state.cells });
  const { changed } = state;
  do {
    state = asked("next_cell");
    tell("cell", { done: state.done, cells: state.cells });
  } while (state.more);
  tell("results", { changed, ...asked("published_results") });
  keepWhenIdle();
}

// Run one exercise of a lesson, after those above it, each with what the reader wrote; a library that only the reader imports comes now.
async function solve({ lesson, work, exercise, check }) {
  const { files, lessons } = await json("manifest.json");
  if (!page) await start(files, lessons[lesson], "tourmaline.in_browser.exercises");
  await python.loadPackagesFromImports(work.join("\n"), { messageCallback: () => {} });
  tell("running", {});
  const notebook = text(await fetched(`lessons/${lesson}.ipynb`));
  tell("ran", JSON.parse(page.run_in_page(notebook, JSON.stringify(work), exercise, check)));
}

// The lesson's notebook with what the reader wrote; Python is not needed for it.
async function save({ lesson, work }) {
  const notebook = await json(`lessons/${lesson}.ipynb`);
  const cells = notebook.cells.filter((cell) => cell.metadata.tags?.includes("work"));
  cells.forEach((cell, number) => (cell.source = work[number]));
  tell("saved", { notebook: JSON.stringify(notebook, null, 1) + "\n" });
}

self.addEventListener("message", async ({ data }) => {
  clearTimeout(idle);
  try {
    await (data.notebook ? run : data.save ? save : solve)(data);
  } catch (error) {
    // After a failure of the interpreter itself nothing more can be asked of it.
    const fatal = !page || !(error instanceof Error) || error.name !== "Error";
    const memory = /memory|allocation/i.test(error.message) && fatal;
    const said = error.name === "PythonError" ? error.message.trim().split("\n").pop() : error.message; // without its traceback
    tell("failed", {
      message: memory ? "The browser has no memory left for Python: close other tabs, or ask for less." : said,
      fatal,
    });
  }
});
