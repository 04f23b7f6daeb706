// What the panel 'Change and run' and the exercises of a lesson share: Python in a worker of the page. Nothing is fetched before a reader
// asks for a run; everything comes from the book's own host.
window.tourmalinePython = (function () {
  "use strict";

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => value !== null && made.setAttribute(key, value));
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  // Why this browser cannot run Python; "" if it can.
  function obstacle() {
    if (location.protocol === "file:")
      return "A page that is opened from a file cannot start Python. Run `make serve` in the report's folder and open the address that it names, or open the book on a web server.";
    if (!window.WebAssembly) return "This browser has no WebAssembly, which Python needs here. Use a current version of any browser.";
    if (!window.Worker) return "This browser has no workers, in which Python runs here. Use a current version of any browser.";
    if (!navigator.serviceWorker || !window.caches)
      return "This browser allows no service workers, which check and keep the files here: open the page over https or from this computer, and not in a private window.";
    return "";
  }

  const megabytes = (bytes) => Math.round(bytes / 1e6);

  // What to say while Python is fetched and started; "" for other news of the worker.
  function startWords(data) {
    if (data.kind === "fetched") return `Fetching Python: ${megabytes(data.done)} of ${megabytes(data.total)} MB.`;
    return data.kind === "starting" ? "Starting Python. This takes some seconds." : "";
  }

  // The service worker that checks and keeps the files; it must be in charge before the worker is fetched.
  async function guarded({ folder, version }) {
    const registration = await navigator.serviceWorker.register(`${folder}service_worker.js?version=${version}`);
    const coming = registration.installing || registration.waiting;
    if (!coming) return;
    await new Promise((resolve, reject) => {
      const look = () => {
        if (coming.state === "activated") resolve();
        else if (coming.state === "redundant") reject(new Error("it was not installed"));
      };
      coming.addEventListener("statechange", look);
      look();
    });
  }

  // A worker that stays after an answer, so that the next question starts at once. `ask` needs an element that names the folder and the
  // version of its files; news and failures come to `heard`. `end` stops whatever runs.
  function interpreter() {
    let worker = null;
    let question = 0;
    function end() {
      if (worker) worker.terminate();
      worker = null;
      question += 1;
    }
    async function ask(place, message, heard) {
      const failed = (words) => heard({ kind: "failed", message: words });
      const mine = (question += 1);
      if (!worker) {
        try {
          await guarded(place.dataset);
        } catch (error) {
          if (mine === question) failed(`The service worker that checks the files of Python did not start: ${error.message}. Reload the page, and try again.`);
          return;
        }
        if (mine !== question) return; // stopped meanwhile
        worker = new Worker(place.dataset.folder + "worker.js");
      }
      worker.onmessage = ({ data }) => {
        if (data.fatal) end();
        heard(data);
      };
      worker.onerror = (event) => {
        end();
        failed(`Python could not be started: ${event.message || "a file that it needs is missing or is not the published one"}.`);
      };
      worker.postMessage(message);
    }
    return { ask, end };
  }

  return { element, obstacle, startWords, interpreter };
})();
