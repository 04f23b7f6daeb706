// Search and sorting for long tables. The table is whole and readable without this script; it asks nothing of any host.
(function () {
  "use strict";

  function choiceOf(table, cell, column, onChange) {
    const words = new Set([...table.tBodies[0].rows].map((row) => row.cells[column].textContent));
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.add(new Option("all", ""));
    [...words].forEach((word) => select.add(new Option(word || "(empty)", word)));
    select.addEventListener("change", onChange);
    label.append(cell.textContent + " ", select);
    return { label, select, column };
  }

  function compare(first, second) {
    const [a, b] = [Number(first), Number(second)];
    if (first !== "" && second !== "" && !Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    return first.localeCompare(second, "en", { numeric: true });
  }

  function makeSortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tm-sort";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = [...body.rows];
        rows.sort((x, y) => (rising ? 1 : -1) * compare(x.cells[column].textContent, y.cells[column].textContent));
        body.append(...rows);
      });
    });
  }

  function makeFilterable(frame, index) {
    const table = frame.querySelector("table");
    const rows = [...table.tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const tools = document.createElement("div");
    const search = document.createElement("input");
    const status = document.createElement("span");
    tools.className = "tm-table-tools";
    tools.setAttribute("role", "search");
    search.type = "search";
    status.setAttribute("role", "status");

    const heads = [...table.tHead.rows[0].cells];
    const choices = heads
      .map((head, column) => (head.hasAttribute("data-choose") ? choiceOf(table, head, column, show) : null))
      .filter(Boolean);

    function show() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row) => {
        const fits =
          words.every((word) => texts.get(row).includes(word)) &&
          choices.every(({ select, column }) => !select.value || row.cells[column].textContent === select.value);
        row.hidden = !fits;
        shown += fits;
      });
      status.textContent = shown + " of " + rows.length + " rows";
    }

    function showTarget() {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target || !table.contains(target)) return;
      if (target.hidden) {
        search.value = "";
        choices.forEach(({ select }) => (select.value = ""));
        show();
      }
      target.scrollIntoView({ block: "center" });
    }

    const label = document.createElement("label");
    label.append("Search ", search);
    tools.append(label, ...choices.map((choice) => choice.label), status);
    search.id = "tm-search-" + index;
    search.addEventListener("input", show);
    frame.before(tools);
    makeSortable(table);
    show();
    showTarget();
    window.addEventListener("hashchange", showTarget);
  }

  // The rows of the ledger stood on the page of the audit once; an old link to one of them leads there and is sent on.
  function followOldLink() {
    const { hash } = location;
    if (!hash.startsWith("#claim-") || document.getElementById(hash.slice(1))) return;
    const ledger = document.querySelector('a[href$="audit_ledger.html"]');
    if (ledger) location.replace(ledger.href + hash);
  }

  document.addEventListener("DOMContentLoaded", () => {
    followOldLink();
    document.querySelectorAll(".tm-filterable").forEach(makeFilterable);
  });
})();
