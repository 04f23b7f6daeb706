// Loads the page again when the site was built again, and shows what is wrong while it cannot be.
(function () {
  const shown = document.currentScript.dataset.state;
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
  document.body.append(note);
  let news = null;
  const listen = () => {
    news = new EventSource("/-/news");
    news.onmessage = (event) => {
      const now = JSON.parse(event.data);
      if (now.state === shown) show(now.error);
      else location.reload();
    };
    news.onerror = () => show("The server has ended. This page is as it was last.");
    news.onopen = () => show("");
  };
  // A browser opens few connections to one server: a tab that nobody sees has none.
  const follow = () => {
    if (!document.hidden && news === null) listen();
    if (document.hidden && news !== null) {
      news.close();
      news = null;
    }
  };
  document.addEventListener("visibilitychange", follow);
  follow();
})();
