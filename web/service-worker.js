// The service worker of Segue's website: after the first visit everything works without a network.
//
// Two caches, both named after the folder, since several studies may share one host:
//  * the site: the files of this one version, filled whole at install and never changed; the programs
//    that run networks, which a participant never needs, come to it when they are first used;
//  * the bundle: the last manifest seen and files that have the SHA-256 it states, and so never a
//    mixture of two bundles.
//
// One rule keeps page and files together: a page that this worker controls gets every file of the
// site from this worker's own version, index.html included, until a new worker takes over. That
// happens when no page is open any more, or when the only page open asks for it.
//
// Messages from the page:
//  * { type: "cache-bundle", urls } keeps these files of the bundle and answers, on the port that came
//    with the message or else to the page, { type: "cached", done, total, failed } at the start and
//    after each file, until done + failed = total;
//  * { type: "skip-waiting" } to a worker that waits: take over now; where that can't be, it answers, on
//    the port that came with the message or else to the page, { type: "others-open" }.
//
// `cargo xtask site` fills in the next three lines.
"use strict";
const VERSION = "";
const FILES = [];
const FILES_WHEN_USED = [];

/** How long the network may take where there is a copy to fall back on. */
const PATIENCE_MILLIS = 3000;
/** How many files of the bundle are fetched at once. */
const N_AT_ONCE = 3;

const SCOPE = new URL("./", self.location).href;
const SITE = `segue site ${SCOPE} `;
const BUNDLE = `segue bundle ${SCOPE}`;
const addressOf = (file) => new URL(file, SCOPE).href;
const MANIFEST = addressOf("bundle/manifest.json");
const SITE_FILES = new Set(FILES.filter((file) => file !== "./").map(addressOf));
const USED_FILES = new Set(FILES_WHEN_USED.map(addressOf));

// ---- A version comes and goes ----

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

/** All files or none: a version that is only half on the server is tried again later. */
async function install() {
  const cache = await caches.open(SITE + VERSION);
  try {
    await cache.put(SCOPE, await pageOfThisVersion());
    await Promise.all([...SITE_FILES].map(async (url) => {
      const response = await fetch(url, { cache: "no-cache" });
      if (!response.ok || isPage(response)) throw new Error(`'${url}' is missing`);
      await cache.put(url, response);
    }));
  } catch (error) {
    await caches.delete(SITE + VERSION);
    throw error;
  }
}

/** While files are being replaced, a server may give this worker with the page of another version. */
async function pageOfThisVersion() {
  for (const name of ["./", "index.html"]) {
    const response = await fetch(addressOf(name), { cache: "reload" });
    const text = await response.text();
    if (response.ok && versionOf(text) === VERSION) {
      // Made anew, since the answer to a redirect can't be given to a navigation.
      return new Response(text, { headers: headersOf(response) });
    }
  }
  throw new Error(`the page on the server is not of version ${VERSION}`);
}

async function activate() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(SITE) && name !== SITE + VERSION);
  await Promise.all(older.map((name) => caches.delete(name)));
  // The first worker takes the page that installed it, so that this visit can go offline already.
  if (older.length === 0) await self.clients.claim();
}

/** Another page may be in the middle of a session, so that only the last one may ask; others are told. */
async function takeOver(asker) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = windows.filter((page) => page.url.startsWith(SCOPE));
  if (pages.length <= 1) await self.skipWaiting();
  else asker?.postMessage({ type: "others-open" });
}

// ---- Requests ----

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = withoutQuery(request.url);
  if (request.method !== "GET" || !url.startsWith(SCOPE)) return;
  const file = url.slice(SCOPE.length);
  if (file === "" || file === "index.html") {
    if (request.mode === "navigate") event.respondWith(page(event));
  } else if (SITE_FILES.has(url)) {
    event.respondWith(siteFile(request));
  } else if (USED_FILES.has(url)) {
    event.respondWith(usedFile(event, url));
  } else if (file.startsWith("bundle/")) {
    event.respondWith(bundleFile(event));
  }
});

/**
 * The page: the server is asked, so that a page put in Segue's place (such as "this study is closed")
 * and redirects are seen; but what is shown of Segue is always this worker's version.
 */
async function page(event) {
  const cache = await caches.open(SITE + VERSION);
  const [kept, asked] = [await cache.match(SCOPE), askForPage(event.request)];
  const answer = await inTime(asked);
  if (answer === undefined) return kept ?? (await asked).response;
  const { response, version } = answer;
  if (version !== undefined && version !== VERSION) event.waitUntil(lookForNewVersion());
  const foreign = response.type === "opaqueredirect" || (response.ok && version === undefined);
  return foreign ? response : (kept ?? response);
}

async function askForPage(request) {
  const response = await fetch(request, { cache: "no-cache" });
  return { response, version: versionOf(await response.clone().text()) };
}

/** The page hears of a new version by the event `updatefound` of its registration. */
async function lookForNewVersion() {
  // Without a network there is none to be found.
  await self.registration.update().catch(() => {});
}

async function siteFile(request) {
  const cache = await caches.open(SITE + VERSION);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  return kept ?? fetch(request);
}

/** A file that is kept once it was used; its name has a hash of its content. */
async function usedFile(event, url) {
  const cache = await caches.open(SITE + VERSION);
  const kept = await cache.match(url, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(event.request);
  if (response.ok && !isPage(response)) {
    // Without room the file is only fetched again.
    event.waitUntil(cache.put(url, response.clone()).catch(() => {}));
  }
  return response;
}

/**
 * A file of the bundle: the server's, and a right copy is kept; the copy where the server is slow,
 * can't be reached or refuses, and where the page asks for it with `cache: "force-cache"`. With
 * `cache: "no-store"` the server alone is asked.
 */
async function bundleFile(event) {
  const { request } = event;
  if (request.cache === "no-store") return fetch(request);
  const url = withoutQuery(request.url);
  const kept = await keptCopy(url);
  const range = request.headers.get("range");
  if (range !== null) return kept ? partOf(kept, range) : fetch(request);
  if (kept && request.cache === "force-cache") return kept;
  const asked = askForFile(event, url);
  if (!kept) return asked;
  const answer = await inTime(asked);
  if (answer === undefined) return kept;
  // Without its manifest there is no bundle any more, whatever is kept of it.
  const gone = url === MANIFEST && [404, 410].includes(answer.status);
  return answer.ok || gone ? answer : kept;
}

async function askForFile(event, url) {
  const response = await fetch(event.request, { cache: "no-cache" });
  const keeping = keep(url, response.clone()).catch(() => false);
  event.waitUntil(keeping);
  // No page gets a new manifest while copies of the old bundle are still there.
  if (url === MANIFEST) await keeping;
  return response;
}

/** The bytes that a player asks for (RFC 9110, section 14). */
async function partOf(whole, range) {
  const body = await whole.clone().blob();
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (!first && !last) return whole;
  const start = first ? Number(first) : Math.max(0, body.size - Number(last));
  const end = first && last ? Math.min(Number(last), body.size - 1) : body.size - 1;
  const headers = headersOf(whole);
  if (start > end) {
    headers.set("content-range", `bytes */${body.size}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set("content-range", `bytes ${start}-${end}/${body.size}`);
  headers.set("content-length", String(end - start + 1));
  return new Response(body.slice(start, end + 1), { status: 206, headers });
}

// ---- The bundle's copies ----

/** What the kept manifest and its kept lists say of each file; read once in the life of this worker. */
let records;

async function keptRecords() {
  if (records === undefined) {
    const manifest = await keptCopy(MANIFEST);
    records = manifest && (await withLists(await manifest.json()));
  }
  return records;
}

/** The files of a manifest with those of its lists that are kept. */
async function withLists({ files, file_lists: lists = [] }) {
  const all = { ...files };
  for (const { file } of lists) {
    const kept = await keptCopy(addressOf(`bundle/${file}`));
    if (kept) Object.assign(all, (await kept.json()).files);
  }
  return all;
}

async function keptCopy(url) {
  return (await caches.open(BUNDLE)).match(url, { ignoreVary: true });
}

/** Keeps a file that fits the manifest; `false` where it does not, or where there is no room. */
async function keep(url, response) {
  if (response.status !== 200 || isPage(response) || !(await isRoom())) return false;
  const bytes = await response.arrayBuffer();
  if (url === MANIFEST) return keepManifest(response, bytes);
  const known = (await keptRecords()) ?? (await freshRecords());
  const record = known?.[nameInBundle(url)];
  if (record === undefined || record.sha256 !== (await sha256(bytes))) return false;
  await put(url, response, bytes);
  // What it names is read with the rest when it is next asked for.
  if (record.role === "file_list") records = undefined;
  return true;
}

/** Copies that the new manifest does not state go first: what is kept is one bundle at any time. */
async function keepManifest(response, bytes) {
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  if (manifest.files === null || typeof manifest.files !== "object") return false;
  const before = (await keptRecords()) ?? {};
  // Lists first: what an old one names is nothing of the new bundle.
  await forget((name) => before[name]?.role === "file_list", before, manifest.files);
  const after = await withLists(manifest);
  if (JSON.stringify(after) !== JSON.stringify(before)) await forget(() => true, before, after);
  await put(MANIFEST, response, bytes);
  records = after;
  return true;
}

/** Takes away those copies of `which` that are no more what the bundle has. */
async function forget(which, before, after) {
  const cache = await caches.open(BUNDLE);
  for (const { url } of await cache.keys()) {
    const name = nameInBundle(url);
    const [was, is] = [before, after].map((known) => known[name]?.sha256);
    if (url !== MANIFEST && which(name) && (is === undefined || is !== was)) await cache.delete(url);
  }
}

async function put(url, response, bytes) {
  const copy = new Response(bytes, { headers: headersOf(response) });
  await (await caches.open(BUNDLE)).put(url, copy);
  return true;
}

/** The server's manifest, kept; the kept one where there is no server. */
async function freshRecords() {
  const response = await fetch(MANIFEST, { cache: "no-cache" }).catch(() => undefined);
  if (response) await keep(MANIFEST, response).catch(() => false);
  return keptRecords();
}

/**
 * Keeps the bundle files of these addresses and tells the page after each of them. What is kept
 * already and stated by the manifest is right; asked again after a failure, it goes on there.
 */
async function cacheBundle(urls, client) {
  const known = await freshRecords();
  const queue = [...new Set(urls.map((url) => withoutQuery(addressOf(url))))];
  const count = { type: "cached", done: 0, total: queue.length, failed: 0 };
  const one = async (url) => {
    const name = nameInBundle(url);
    if (name === undefined || known === undefined) return false;
    if ((url === MANIFEST || name in known) && (await keptCopy(url))) return true;
    return keep(url, await fetch(url, { cache: "no-cache" }));
  };
  const work = async () => {
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
      const kept = await one(url).catch(() => false);
      count[kept ? "done" : "failed"] += 1;
      client.postMessage(count);
    }
  };
  client.postMessage(count);
  await Promise.all(Array.from({ length: N_AT_ONCE }, work));
}

self.addEventListener("message", (event) => {
  const { type, urls } = event.data ?? {};
  const asker = event.ports[0] ?? event.source;
  if (type === "skip-waiting") event.waitUntil(takeOver(asker));
  if (type === "cache-bundle") event.waitUntil(cacheBundle(urls ?? [], asker));
});

// ---- Small questions ----

/** What a promise gives, or `undefined` where it fails or takes too long. */
function inTime(promise) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLIS));
  return Promise.race([promise, late]).catch(() => undefined);
}

/** The version that `cargo xtask site` wrote into a page; `undefined` in a page not of Segue. */
function versionOf(html) {
  return /<meta name="segue-version" content="([^"]*)"/.exec(html)?.[1];
}

/** Some hosts answer every unknown address with their own page; no file asked for here is one. */
function isPage(response) {
  return (response.headers.get("content-type") ?? "").startsWith("text/html");
}

/** The headers without those of the way here: the body is no longer compressed. */
function headersOf(response) {
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length", "content-range"]) headers.delete(name);
  return headers;
}

function withoutQuery(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** A file's path in the bundle, as the manifest writes it; `undefined` outside of it. */
function nameInBundle(url) {
  const folder = addressOf("bundle/");
  return url.startsWith(folder) ? decodeURIComponent(url.slice(folder.length)) : undefined;
}

/** Answers come first: copies never take more than half of what the browser allows. */
async function isRoom() {
  // Older browsers don't say.
  const estimate = await navigator.storage?.estimate?.();
  return estimate === undefined || estimate.usage < estimate.quota / 2;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
