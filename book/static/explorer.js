// The explorer: shows the run that the reader chooses, from what papermill computed in advance. Nothing is computed here, and
// nothing is asked of any host: the data are script files beside the page, so that it works from a folder too.
(function () {
  "use strict";

  function makeExplorer(section) {
    const name = section.dataset.sweep;
    const data = (window.tourmalineSweeps || {})[name];
    if (!data) return; // the page is whole without it
    const form = section.querySelector("form");
    const selects = [...form.elements].filter((element) => element.tagName === "SELECT");
    const says = section.querySelector(".tm-explorer-says");
    const values = section.querySelector("dl");
    const figure = section.querySelector("figure");
    const command = section.querySelector(".tm-explorer-command code");
    const link = section.querySelector(".tm-explorer-link");

    const code = (select) => select.selectedOptions[0].dataset.code;

    function address() {
      const chosen = new URLSearchParams({ explorer: name });
      selects.forEach((select) => chosen.set(select.name, code(select)));
      return "#" + chosen;
    }

    function show() {
      const run = data.runs[selects.map((select) => select.value).join("-")];
      const given = selects.map((select) => select.selectedOptions[0].dataset.argument).filter(Boolean);
      command.textContent = [section.dataset.command, ...given].join(" ");
      link.href = address();
      values.hidden = figure.hidden = !run;
      if (!run) {
        says.textContent =
          "This combination is not among those computed in advance: the table has them all. The command computes it.";
        return;
      }
      const [numbers, drawn, alt, caption] = run;
      const shown = numbers.map((pair) => pair.map((number) => data.texts[number]));
      says.textContent = shown.shift().join(": ");
      [...values.children].forEach((row, index) => {
        row.firstElementChild.textContent = shown[index][0];
        row.lastElementChild.textContent = shown[index][1];
      });
      const image = figure.querySelector("img");
      const forPhones = figure.querySelector("source");
      if (forPhones) forPhones.srcset = section.dataset.figures + drawn + ".narrow.svg";
      image.src = section.dataset.figures + drawn + ".svg";
      image.alt = data.texts[alt];
      figure.querySelector("figcaption").textContent = data.texts[caption];
    }

    // What an address asks for is taken only where it is one of the choices.
    function readAddress() {
      const asked = new URLSearchParams(location.hash.slice(1));
      if (asked.get("explorer") !== name) return;
      selects.forEach((select) => {
        const option = [...select.options].find((one) => one.dataset.code === asked.get(select.name));
        if (option) select.value = option.value;
      });
      show();
      section.scrollIntoView();
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => {
      show();
      history.replaceState(null, "", address());
    });
    form.hidden = false;
    link.parentElement.hidden = false;
    show();
    readAddress();
    window.addEventListener("hashchange", readAddress);
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".tm-explorer").forEach(makeExplorer));
})();
