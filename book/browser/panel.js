// The panel 'Change and run': runs a notebook of the report in this browser with the parameters that the reader chooses, and shows its
// results beside the published ones. Nothing is fetched before the reader asks for a run; everything comes from the book's own host.
(function () {
  "use strict";

  const LABEL = "computed in your browser, not part of this edition";
  const { element, obstacle, startWords, interpreter } = window.tourmalinePython;
  const python = interpreter(); // one for all panels of a page
  let busy = null; // the panel whose run is under way

  const shellSafe = (text) => (/^[\w.,@%+=:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

  // --- the form

  // A parameter's value as text, as a command line would give it.
  function valueOf(field) {
    if (field.dataset.several !== undefined)
      return [...field.querySelectorAll("input:checked")].map((box) => box.value).join(",");
    return field.querySelector("select, input").value.trim();
  }

  function setValue(field, text) {
    if (field.dataset.several !== undefined) {
      const wanted = text.split(",").map((name) => name.trim());
      field.querySelectorAll("input").forEach((box) => (box.checked = wanted.includes(box.value)));
      return;
    }
    const control = field.querySelector("select, input");
    if (control.tagName === "INPUT" || [...control.options].some((option) => option.value === text)) control.value = text;
  }

  const fieldsOf = (form) => [...form.querySelectorAll("[data-parameter]")];

  function chosen(form) {
    const given = fieldsOf(form).map((field) => [field.dataset.parameter, valueOf(field), field.dataset.default]);
    return Object.fromEntries(given.filter(([, value, standard]) => value !== standard).map(([name, value]) => [name, value]));
  }

  function showChoice(panel, form) {
    const given = Object.entries(chosen(form));
    const command = ["tourmaline run", form.dataset.notebook];
    given.forEach(([name, value]) => command.push(`-p ${name} ${shellSafe(value)}`));
    panel.querySelector(".tm-run-command code").textContent = command.join(" ");
    form.querySelector(".tm-run-link").href = "#" + new URLSearchParams([["run", form.dataset.notebook], ...given]);
  }

  // --- the results

  function download(name, content) {
    const address = URL.createObjectURL(new Blob([content], { type: "application/x-ipynb+json" }));
    return element("a", { href: address, download: name }, "Download the executed notebook");
  }

  function rowOf(value) {
    const row = element(
      "tr",
      { class: value.changed ? "tm-run-changed" : null },
      element("th", { scope: "row" }, value.label),
      element("td", { class: "tm-number" }, value.edition ?? "not published"),
      element("td", { class: "tm-number" }, value.run ?? "not published"),
      element("td", {}, value.changed ? "changed" : "the same"),
    );
    return row;
  }

  function valuesTable(values, caption) {
    const head = ["Result", "This edition", "Your browser", "Compared"];
    return element(
      "div",
      { class: "tm-table-scroll", tabindex: "0", role: "region", "aria-label": caption },
      element(
        "table",
        { class: "tm-table" },
        element("caption", {}, caption),
        element("thead", {}, element("tr", {}, ...head.map((words) => element("th", { scope: "col" }, words)))),
        element("tbody", {}, ...values.map(rowOf)),
      ),
    );
  }

  // The markup of a table is that of the library, which escapes every cell.
  function tableOf(markup, caption) {
    const table = element("table", { class: "tm-table" });
    table.innerHTML = markup;
    table.prepend(element("caption", {}, caption));
    return element("div", { class: "tm-table-scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
  }

  function markChangedCells(here, there) {
    const rows = [here, there].map((holder) => [...holder.querySelectorAll("tr")]);
    rows[0].forEach((row, number) => {
      const other = rows[1].find((one) => one.cells[0]?.textContent === row.cells[0]?.textContent && one.rowIndex === number);
      [...row.cells].forEach((cell, place) => {
        if (!other || cell.textContent !== other.cells[place]?.textContent) {
          const mark = element("mark", {});
          mark.append(...cell.childNodes);
          cell.append(mark);
        }
      });
    });
  }

  function tableBeside(found) {
    const parts = [element("h4", {}, `${found.caption} (${found.changed ? "changed" : "the same as published"})`)];
    const here = found.run && tableOf(found.run, `${found.caption}: ${LABEL}`);
    const there = found.edition && tableOf(found.edition, `${found.caption}: this edition`);
    if (here && there && found.changed) markChangedCells(here, there);
    parts.push(here || element("p", {}, "This run publishes no such table."));
    if (found.changed)
      parts.push(
        there
          ? element("details", {}, element("summary", {}, "The table of this edition"), there)
          : element("p", {}, "This edition publishes no such table."),
      );
    return parts;
  }

  function pictureOf(content, words, whose) {
    if (!content) return element("p", {}, `${whose}: no such figure.`);
    const image = element("img", { src: `data:image/svg+xml;base64,${content}`, alt: words.alt });
    return element("figure", { class: "tm-figure" }, image, element("figcaption", {}, `${whose}. ${words.caption}`));
  }

  function figureBeside(found) {
    const [here, there] = found.words;
    const parts = [pictureOf(found.run, here, `Figure, ${LABEL}`)];
    if (found.changed) parts.push(pictureOf(found.edition, there, "Figure of this edition"));
    return [element("div", { class: "tm-run-beside" }, ...parts)];
  }

  function folded(words, parts) {
    return parts.length ? element("details", {}, element("summary", {}, words), ...parts) : null;
  }

  function showResults(panel, data) {
    const form = panel.querySelector("form");
    const place = panel.querySelector(".tm-run-results");
    const name = form.dataset.notebook;
    const sorted = (all) => [all.filter((one) => one.changed), all.filter((one) => !one.changed)];
    const [changed, same] = sorted(data.values);
    const [tables, sameTables] = sorted(data.tables);
    const [figures, sameFigures] = sorted(data.figures);
    const given = Object.entries(data.changed).map(([key, value]) => `${key} = ${Array.isArray(value) ? value.join(", ") : value}`);
    const count = `${changed.length} of ${data.values.length} values, ${tables.length} of ${data.tables.length} tables and ${figures.length} of ${data.figures.length} figures differ from this edition`;
    place.replaceChildren(
      element("h3", {}, `Results of ${name}: ${LABEL}`),
      element("p", {}, `Run with ${given.join("; ") || "the parameters of this edition"}. ${count}.`),
      ...data.warned.map((words) => element("p", { class: "tm-run-wrong" }, `Warning: ${words}`)),
      element("p", {}, download(`${name}.ipynb`, data.notebook)),
      ...(changed.length ? [valuesTable(changed, `Values that changed: ${LABEL}`)] : []),
      ...figures.flatMap(figureBeside),
      ...tables.flatMap(tableBeside),
      ...[
        folded(`Values that are the same (${same.length})`, same.length ? [valuesTable(same, `Values that are the same: ${LABEL}`)] : []),
        folded(`Figures that show the same (${sameFigures.length})`, sameFigures.flatMap(figureBeside)),
        folded(`Tables that are the same (${sameTables.length})`, sameTables.flatMap(tableBeside)),
      ].filter(Boolean),
    );
    place.hidden = false;
  }

  // --- a run

  function say(panel, words, wrong) {
    const says = panel.querySelector(".tm-run-says");
    says.textContent = words;
    says.classList.toggle("tm-run-wrong", Boolean(wrong));
  }

  function progress(panel, done, total) {
    const bar = panel.querySelector("progress");
    bar.hidden = done === null;
    if (done === null) return;
    if (total) [bar.max, bar.value] = [total, done];
    else bar.removeAttribute("value");
  }

  function setBusy(panel) {
    busy = panel;
    document.querySelectorAll(".tm-run-form [type=submit]").forEach((button) => (button.disabled = Boolean(panel)));
    document.querySelectorAll(".tm-run-stop").forEach((button) => {
      button.hidden = !panel || !panel.contains(button);
    });
  }

  function end(panel, words, wrong) {
    progress(panel, null);
    say(panel, words, wrong);
    setBusy(null);
  }

  function heard(panel, data) {
    const words = startWords(data);
    if (words) {
      say(panel, words);
      progress(panel, data.done || 0, data.total);
    } else if (data.kind === "cell") {
      say(panel, `Running the notebook: cell ${Math.min(data.done + 1, data.cells)} of ${data.cells}.`);
      progress(panel, data.done, data.cells);
    } else if (data.kind === "results") {
      showResults(panel, data);
      end(panel, "The run is complete. Its results are below.");
    } else {
      end(panel, data.message, true);
    }
  }

  function run(panel, form) {
    setBusy(panel);
    panel.querySelector(".tm-run-results").hidden = true;
    say(panel, "Preparing.");
    progress(panel, 0, 0);
    python.ask(form, { notebook: form.dataset.notebook, given: chosen(form) }, (data) => heard(panel, data));
  }

  function makePanel(panel) {
    const form = panel.querySelector("form");
    form.hidden = false;
    const why = obstacle();
    if (why) {
      say(panel, why);
      form.querySelector("[type=submit]").disabled = true;
    }
    form.addEventListener("input", () => showChoice(panel, form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!busy && !why) run(panel, form);
    });
    form.querySelector(".tm-run-stop").addEventListener("click", () => {
      python.end();
      end(panel, "Stopped. The next run starts Python again.");
    });
    form.querySelector("[type=reset]").addEventListener("click", () => setTimeout(() => showChoice(panel, form)));
    showChoice(panel, form);
  }

  // The explorer of a sweep answers from what was computed in advance; the panel of its notebook computes any choice.
  function offerToCompute(section) {
    if (!document.querySelector(`details.tm-run[data-notebook="${section.dataset.notebook}"] form`)) return;
    const link = element("a", { href: "#" }, "Run this choice in your browser, with all its results");
    section.querySelector(".tm-explorer-command").after(element("p", { class: "tm-run-offer" }, link));
    const follow = () => {
      const given = { ...JSON.parse(section.dataset.fixed) };
      section.querySelectorAll("select").forEach((select) => (given[select.name] = select.selectedOptions[0].dataset.code));
      link.href = "#" + new URLSearchParams({ run: section.dataset.notebook, ...given });
    };
    section.addEventListener("change", follow);
    window.addEventListener("hashchange", follow);
    follow();
  }

  // An address such as #run=cross_trial&model=random opens the panel and fills in its form; the reader starts the run.
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const panel = [...document.querySelectorAll("details.tm-run")].find((one) => one.dataset.notebook === asked.get("run"));
    const form = panel && panel.querySelector("form");
    if (!form) return;
    fieldsOf(form).forEach((field) => setValue(field, asked.get(field.dataset.parameter) ?? field.dataset.default));
    panel.open = true;
    showChoice(panel, form);
    panel.scrollIntoView();
    panel.querySelector("summary").focus({ preventScroll: true });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("details.tm-run").forEach(makePanel);
    document.querySelectorAll(".tm-explorer").forEach(offerToCompute);
    readAddress();
    window.addEventListener("hashchange", readAddress);
  });
})();
