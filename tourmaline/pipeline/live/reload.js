// Loads the page again when the site was built again, and shows what is wrong while it cannot be.
(function () {
  let builds = null;
  const note = document.createElement("div");
  note.setAttribute("role", "alert");
  Object.assign(note.style, {
    position: "fixed", inset: "0 0 auto 0", zIndex: "10000", padding: "0.75rem 1rem", maxHeight: "50vh", overflow: "auto",
    background: "#8a1c1c", color: "#fff", font: "0.9rem/1.4 ui-monospace, monospace", whiteSpace: "pre-wrap", display: "none",
  });
  const show = (words) => {
    note.textContent = words;
    note.style.display = words ? "block" : "none";
  };
  document.addEventListener("DOMContentLoaded", () => document.body.append(note));
  const news = new EventSource("/-/news");
  news.onmessage = (event) => {
    const now = JSON.parse(event.data);
    if (builds !== null && now.builds !== builds) {
      location.reload();
      return;
    }
    builds = now.builds;
    show(now.error);
  };
  news.onerror = () => show("The server has ended. This page is as it was last.");
  news.onopen = () => show("");
})();
