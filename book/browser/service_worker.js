// Stands between the worker that runs Python and the network: it hands out the files of this folder only, each only if its SHA-256
// is that of the manifest, and keeps them, so that a second visit needs no network. Its scope is this folder: no page is under it.
"use strict";

const FOLDER = new URL("./", self.location.href).href;
const VERSION = new URL(self.location.href).searchParams.get("version"); // the SHA-256 of the manifest, as the page names it
const STORE = "tourmaline " + new URL(FOLDER).pathname;
const MANIFEST = "manifest.json";
// No files of the server: what Python made of those of the manifest, and which of them is given until then.
const MADE = { made: null, "made_library.zip": "pyodide/python_stdlib.zip" };
const SUM = "SHA-256"; // a header of what was made
// Of the worker, whose script this hands out: WebAssembly, and this host alone.
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES = { js: "text/javascript", json: "application/json", wasm: "application/wasm" };

async function sha256(content) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The content of a file of the folder: from the store, or from the network if it is the published one.
async function file(name, hash, bytes) {
  const store = await caches.open(STORE);
  const key = FOLDER + name + "?sha256=" + hash;
  const kept = await store.match(key);
  if (kept) return kept;
  let answer;
  try {
    answer = await fetch(FOLDER + name, { cache: "no-store" });
  } catch (error) {
    throw new Error(`${name} could not be fetched: is there a network?`);
  }
  if (!answer.ok) throw new Error(`${name} is missing on the server (${answer.status}).`);
  const content = await answer.arrayBuffer();
  if (bytes !== undefined && content.byteLength !== bytes) {
    throw new Error(`${name} arrived with ${content.byteLength} of ${bytes} bytes.`);
  }
  if ((await sha256(content)) !== hash) {
    throw new Error(`${name} is not the published file: its SHA-256 is another. If the book was just updated, reload the page.`);
  }
  const type = TYPES[name.split(".").pop()] || "application/octet-stream";
  const headers = { "Content-Type": type, "Content-Length": content.byteLength, "Content-Security-Policy": POLICY };
  const response = new Response(content, { headers });
  await store.put(key, response.clone()).catch(() => {}); // a browser without room keeps nothing, and works
  return response;
}

let known; // the files that the manifest names

async function manifest() {
  known = known || (await (await file(MANIFEST, VERSION)).clone().json()).files;
  return known;
}

async function published(name) {
  const about = (await manifest())[name];
  if (!about) return new Response(`${name} is not part of what was published.`, { status: 404 });
  return await file(name, about.sha256, about.bytes);
}

const keyOfMade = (name) => `${FOLDER}${name}?version=${VERSION}`;

// What Python made at an earlier start with the same files, or nothing; and what it made now.
async function made(name, request) {
  const store = await caches.open(STORE);
  const key = keyOfMade(name);
  if (request.method === "PUT") {
    const content = await request.arrayBuffer();
    const headers = { [SUM]: await sha256(content) };
    await store.put(key, new Response(content, { headers })).catch(() => {}); // without room the next start takes longer
  } else {
    const kept = await store.match(key);
    const content = await kept?.arrayBuffer();
    if (content && (await sha256(content)) === kept.headers.get(SUM)) return new Response(content);
    if (MADE[name]) return await published(MADE[name]);
  }
  return new Response(null, { status: 204 });
}

async function removeOutdated() {
  const files = await manifest();
  const store = await caches.open(STORE);
  const due = new Set([`${FOLDER}${MANIFEST}?sha256=${VERSION}`, ...Object.keys(MADE).map(keyOfMade)]);
  Object.entries(files).forEach(([name, about]) => due.add(`${FOLDER}${name}?sha256=${about.sha256}`));
  await Promise.all((await store.keys()).map((key) => due.has(key.url) || store.delete(key)));
}

async function answer(request) {
  const address = request.url.split(/[?#]/)[0];
  if (!address.startsWith(FOLDER)) return new Response("This page asks no other place.", { status: 403 });
  try {
    const name = decodeURIComponent(address.slice(FOLDER.length));
    if (name in MADE) return await made(name, request);
    if (name === MANIFEST) return await file(MANIFEST, VERSION);
    return await published(name);
  } catch (error) {
    return new Response(error.message, { status: 502 });
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
});
self.addEventListener("activate", (event) => {
  event.waitUntil(removeOutdated().catch(() => {}).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
