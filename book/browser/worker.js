// Runs a notebook of the report with Python in this browser, away from the page: the page stays responsive, and can end it at any time.
"use strict";

const FOLDER = new URL("./", self.location.href).href;
const RUNTIME = FOLDER + "pyodide/";
const HOME = "/report";
const OURS = ["packages.zip", "report.zip", "pyodide/pyodide-lock.json"]; // what this reads itself; the rest is for Pyodide
let python; // the interpreter, once it has started
let page; // what of tourmaline/in_browser/page.py this calls

function tell(kind, about) {
  self.postMessage({ kind, ...about });
}

async function answered(name) {
  const answer = await fetch(FOLDER + name);
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const fetched = async (name) => (await answered(name)).arrayBuffer();

// Everything once, so that what is missing is said before Python starts; afterwards it comes from the browser's store.
async function fetchAll(files) {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const contents = {};
  let done = 0;
  await Promise.all(
    files.map(async ({ name, bytes }) => {
      const answer = await answered(name); // checked and kept by the service worker: only what is read here is copied
      if (OURS.includes(name)) contents[name] = await answer.arrayBuffer();
      else await answer.body.cancel();
      tell("fetched", { done: (done += bytes), total });
    }),
  );
  return contents;
}

function unpack(content) {
  python.unpackArchive(content, "zip", { extractDir: HOME });
}

async function start() {
  const { files } = JSON.parse(new TextDecoder().decode(await fetched("manifest.json")));
  const needed = Object.entries(files).filter(([name]) => !name.startsWith("published/"));
  const contents = await fetchAll(needed.map(([name, { bytes }]) => ({ name, bytes })));
  const lock = JSON.parse(new TextDecoder().decode(contents["pyodide/pyodide-lock.json"]));
  tell("starting", {});
  importScripts(RUNTIME + "pyodide.js");
  python = await loadPyodide({
    indexURL: RUNTIME,
    packages: Object.keys(lock.packages),
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg", MPLCONFIGDIR: HOME + "/matplotlib", PYTHONHASHSEED: "0" },
    stdout: () => {},
    stderr: () => {},
  });
  unpack(contents["packages.zip"]);
  unpack(contents["report.zip"]);
  python.runPython(`
import sys, warnings
sys.path[:0] = ["${HOME}", "${HOME}/packages"]
import matplotlib.font_manager  # makes its list of fonts, and says so
from tourmaline.in_browser import page
`);
  page = python.globals.get("page");
}

function asked(name, ...given) {
  const answer = JSON.parse(page[name](...given));
  if (answer.error) throw new Error(answer.error);
  return answer;
}

async function run({ notebook, given }) {
  unpack(await fetched(`published/${notebook}.zip`));
  let state = asked("begin", notebook, JSON.stringify(given));
  tell("cell", { done: 0, cells: state.cells });
  const { changed } = state;
  do {
    state = asked("next_cell");
    tell("cell", { done: state.done, cells: state.cells });
  } while (state.more);
  tell("results", { changed, ...asked("results") });
}

self.addEventListener("message", async ({ data }) => {
  try {
    if (!page) await start();
    await run(data);
  } catch (error) {
    // After a failure of the interpreter itself nothing more can be asked of it.
    const fatal = !page || !(error instanceof Error) || error.name !== "Error";
    const memory = /memory|allocation/i.test(error.message) && fatal;
    tell("failed", {
      message: memory ? "The browser has no memory left for Python: close other tabs, or ask for less." : error.message,
      fatal,
    });
  }
});
