// The exercises of a lesson: a reader's code runs in a worker, and the cells of the students' notebook check its answers. The code is kept
// in this browser alone, under the address of the page. Whatever code says is put into the page as text.
(function () {
  "use strict";

  const { element, obstacle, startWords, interpreter } = window.tourmalinePython;
  const python = interpreter(); // one for all exercises of the page
  const writer = interpreter(); // writes the notebook, also while an exercise runs
  const OURS = `tourmaline work ${location.pathname}#`;
  const INDENT = "    ";
  let boxes = [];
  let busy = null; // the exercise that runs

  const editorOf = (box) => box.querySelector("textarea");
  const work = () => boxes.map((box) => editorOf(box).value);

  function say(box, ...children) {
    box.querySelector(".tm-work-says").replaceChildren(...children);
  }

  const wrong = (words) => element("p", { class: "tm-work-wrong" }, words);

  // --- what is kept

  // localStorage throws where a browser forbids it.
  function stored(action) {
    try {
      return action(localStorage);
    } catch (error) {
      return undefined;
    }
  }

  function keep(box) {
    const { value, defaultValue } = editorOf(box);
    const key = OURS + box.dataset.exercise;
    const done = stored((store) => (value === defaultValue ? store.removeItem(key) : store.setItem(key, value)) ?? true);
    if (!done) say(box, wrong("This browser does not keep your work. Download it as a notebook before you leave the page."));
  }

  function reset(box) {
    editorOf(box).value = editorOf(box).defaultValue;
    keep(box);
    say(box);
  }

  // --- what is shown

  function outcome(box, data) {
    const name = box.querySelector("label").textContent;
    const parts = [];
    if (data.checks.length) {
      parts.push(element("p", { class: data.right ? "tm-work-right" : "tm-work-not-yet" }, data.right ? "Right." : "Not yet."));
      parts.push(element("ul", {}, ...data.checks.map((words) => element("li", {}, words))));
    }
    if (data.error) parts.push(wrong(data.error));
    if (data.said) parts.push(element("pre", { tabindex: "0", role: "region", "aria-label": `Output: ${name}` }, data.said));
    data.figures.forEach((content, number) =>
      parts.push(element("img", { src: `data:image/png;base64,${content}`, alt: `Figure ${number + 1} that your code drew` })),
    );
    return parts.length ? parts : [element("p", {}, "It ran. It shows nothing: end with a name or an expression to see its value.")];
  }

  // --- a run

  function setBusy(box) {
    busy = box;
    document.querySelectorAll(".tm-work-run, .tm-work-check").forEach((button) => button.setAttribute("aria-disabled", String(Boolean(box))));
    boxes.forEach((one) => (one.querySelector(".tm-work-stop").hidden = one !== box));
  }

  function heard(box, data) {
    const words = startWords(data);
    if (words) return say(box, words);
    if (data.kind === "running") {
      document.querySelectorAll(".tm-work-note").forEach((note) => (note.hidden = true)); // what it announces has happened
      return say(box, "Running. Stop ends it.");
    }
    setBusy(null);
    say(box, ...(data.kind === "ran" ? outcome(box, data) : [wrong(data.message)]));
  }

  function run(box, check) {
    if (busy || obstacle()) return;
    setBusy(box);
    say(box, "Preparing.");
    const question = { lesson: box.dataset.lesson, work: work(), exercise: boxes.indexOf(box) + 1, check };
    python.ask(box, question, (data) => heard(box, data));
  }

  function stop(box) {
    python.end();
    setBusy(null);
    say(box, "Stopped. The next run starts Python again.");
  }

  // --- the editor

  function lineBefore(editor) {
    const before = editor.value.slice(0, editor.selectionStart);
    return before.slice(before.lastIndexOf("\n") + 1);
  }

  // As if it were typed, so that the browser can undo it.
  const type = (words) => document.execCommand("insertText", false, words);

  function makeEditor(box) {
    const editor = editorOf(box);
    let indents = false; // Tab moves on, as everywhere, until the reader types
    editor.value = stored((store) => store.getItem(OURS + box.dataset.exercise)) ?? editor.defaultValue;
    editor.addEventListener("focus", () => (indents = false));
    editor.addEventListener("input", () => {
      indents = true;
      keep(box);
    });
    editor.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(box, false);
      else if (event.key === "Escape") indents = false;
      else if (event.key === "Tab" && indents && !event.shiftKey) type(INDENT);
      else if (event.key === "Enter" && !event.shiftKey) {
        const line = lineBefore(editor);
        type("\n" + line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? INDENT : ""));
      } else return;
      if (event.key !== "Escape") event.preventDefault();
    });
  }

  function makeBox(box) {
    box.hidden = false;
    makeEditor(box);
    const on = (name, action) => box.querySelector(name)?.addEventListener("click", action);
    on(".tm-work-run", () => run(box, false));
    on(".tm-work-check", () => run(box, true));
    on(".tm-work-stop", () => stop(box));
    on(".tm-work-reset", () => reset(box));
  }

  // --- the work of the whole page

  function save(bar) {
    const { lesson } = boxes[0].dataset;
    writer.ask(boxes[0], { save: true, lesson, work: work() }, (data) => {
      writer.end();
      if (data.kind === "failed") return say(bar, wrong(data.message));
      const address = URL.createObjectURL(new Blob([data.notebook], { type: "application/x-ipynb+json" }));
      element("a", { href: address, download: `${lesson}-my-work.ipynb` }).click();
      say(bar, "The notebook holds your work, and checks it in Jupyter, too.");
    });
  }

  function remove(bar) {
    if (!confirm("Delete your work on all exercises of this page?")) return;
    boxes.forEach(reset);
    stored((store) => Object.keys(store).filter((key) => key.startsWith(OURS)).forEach((key) => store.removeItem(key))); // also of an earlier edition
    say(bar, "Your work on this page is deleted from this browser.");
  }

  document.addEventListener("DOMContentLoaded", () => {
    boxes = [...document.querySelectorAll(".tm-work")];
    const bar = document.querySelector(".tm-work-all");
    const why = obstacle();
    boxes.forEach(makeBox);
    bar.hidden = false;
    bar.querySelector(".tm-work-save").addEventListener("click", () => why || save(bar));
    bar.querySelector(".tm-work-delete").addEventListener("click", () => remove(bar));
    if (!why) return;
    document.querySelectorAll(".tm-work-run, .tm-work-check, .tm-work-save").forEach((button) => (button.disabled = true));
    boxes.forEach((box) => say(box, wrong(why)));
  });
})();
