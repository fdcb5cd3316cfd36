// Pages are whole without this. It swaps what a filter changes, keeps figures fresh, reads charts by keyboard, and knows shortcuts.
const root = document.documentElement;
root.classList.add("js");

const page = () => document.getElementById("page");
let mark = root.dataset.mark, asking = null, timer = 0;

async function load(address, { push = true, quiet = false } = {}) {
  asking?.abort();
  asking = new AbortController();
  if (!quiet) { page().classList.add("loading"); page().setAttribute("aria-busy", "true"); }
  try {
    const answer = await fetch(address, { signal: asking.signal, cache: "no-cache", headers: { accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname.endsWith("/sign-in")) { location.assign(answer.url); return; }
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = parsed.getElementById("page");
    if (!next) { location.assign(address); return; }
    const fresh = parsed.documentElement.dataset.mark;
    if (quiet && fresh === mark && !Number(page().dataset.wait) && !Number(next.dataset.wait)) { say(""); return; }
    const focused = document.activeElement?.id, opened = [...page().querySelectorAll("details[open]")].map(label);
    page().replaceWith(next);
    for (const one of next.querySelectorAll("details")) if (opened.includes(label(one))) one.open = true;
    document.title = parsed.title;
    for (const link of document.querySelectorAll(".rail nav a")) {
      const there = parsed.querySelector(`.rail nav a[data-key="${link.dataset.key}"]`);
      if (there) { link.href = there.getAttribute("href"); link.toggleAttribute("aria-current", false); if (there.hasAttribute("aria-current")) link.setAttribute("aria-current", "page"); }
    }
    if (push) history.pushState({}, "", address);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (quiet && fresh !== mark) say(next.querySelector(".fresh")?.dataset.new ?? "");
    mark = fresh;
    dress(next);
  } catch (error) {
    if (error.name !== "AbortError") { if (quiet) say(page().querySelector(".fresh")?.dataset.stale ?? ""); else location.assign(address); }
  } finally {
    page().classList.remove("loading");
    page().removeAttribute("aria-busy");
    watch();
  }
}

const label = one => one.closest("section")?.querySelector("h2")?.textContent ?? one.textContent;
function say(text) { const place = page().querySelector(".fresh"); if (place && place.textContent !== text) place.textContent = text; }

function watch() {
  clearTimeout(timer);
  const wait = Number(page().dataset.wait) || 15;
  timer = setTimeout(() => document.hidden ? watch() : load(location.href, { push: false, quiet: true }), wait * 1000);
}

function addressOf(form) {
  const address = new URL(form.action, location.href);
  address.search = new URLSearchParams([...new FormData(form)].filter(([, text]) => text !== "" && text !== "none")).toString();
  return address.href;
}

function dress(inside) {
  for (const plot of inside.querySelectorAll("[data-plot]")) plot.addEventListener("keydown", step);
}

// Arrow keys move over the points of a plot; each is said aloud.
function step(event) {
  const points = [...event.currentTarget.querySelectorAll("[data-label]")];
  const move = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key];
  if (!move || !points.length) return;
  event.preventDefault();
  const at = points.findIndex(one => one.classList.contains("here"));
  const next = Math.max(0, Math.min(points.length - 1, (at < 0 ? (move > 0 ? -1 : points.length) : at) + move));
  points.forEach((one, index) => one.classList.toggle("here", index === next));
  say(points[next].dataset.label);
}

document.addEventListener("change", event => {
  const form = event.target.form;
  if (!form || event.target.type === "checkbox") return;
  if (form.matches("[data-auto]")) form.requestSubmit();
  else if (form.matches("[data-swap].bar-form")) load(addressOf(form));
});
document.addEventListener("submit", event => {
  const form = event.target;
  if (form.matches("[data-upload]")) { event.preventDefault(); upload(form); }
  else if (form.matches("[data-swap]")) { event.preventDefault(); load(addressOf(form)); }
});
document.addEventListener("click", event => {
  const link = event.target.closest("a[data-swap]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) { event.preventDefault(); load(link.href); }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
addEventListener("popstate", () => load(location.href, { push: false }));
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(location.href, { push: false, quiet: true }); });

// Files go with a bar that says how far they are; the answer takes the page's place.
function upload(form) {
  const bar = form.querySelector("progress"), field = form.querySelector("input[type=file]"), button = form.querySelector("button");
  const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
  field.setCustomValidity(size > Number(field.dataset.most || Infinity) ? field.dataset.tooLarge : "");
  if (!form.reportValidity()) { field.addEventListener("change", () => field.setCustomValidity(""), { once: true }); return; }
  const request = new XMLHttpRequest(), lost = () => { bar.hidden = true; button.disabled = false; watch(); say(page().querySelector(".fresh")?.dataset.stale ?? ""); };
  clearTimeout(timer);
  asking?.abort();
  bar.hidden = false;
  button.disabled = true;
  request.upload.onprogress = event => { if (event.lengthComputable) bar.value = 100 * event.loaded / event.total; };
  request.onload = () => {
    const parsed = new DOMParser().parseFromString(request.responseText, "text/html"), next = parsed.getElementById("page");
    if (!next) { lost(); return; }
    const address = new URL(request.responseURL || location.href);
    if (address.pathname.endsWith("/sign-in")) { location.assign(address); return; }
    if (request.status < 300) history.pushState({}, "", address.pathname + address.search);
    page().replaceWith(next);
    document.title = parsed.title;
    mark = parsed.documentElement.dataset.mark;
    dress(next);
    next.focus();
    watch();
  };
  request.onerror = lost;
  request.open("POST", form.action);
  request.setRequestHeader("accept", "text/html");
  request.send(new FormData(form));
}

let chord = false;
document.addEventListener("keydown", event => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]") || root.dataset.keys === "off") return;
  const keys = document.getElementById("keys");
  if (chord) {
    chord = false;
    const link = document.querySelector(`.rail nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
  } else if (event.key === "g") { chord = true; setTimeout(() => { chord = false; }, 1500); }
  else if (event.key === "?" && keys) keys.showModal();
  else if (event.key === "/") { const search = page().querySelector("input[type=search]"); if (search) { event.preventDefault(); search.focus(); } }
  else if (event.key === "x") page().querySelector("select[name=cmp]")?.focus();
  else if (event.key === "[" || event.key === "]") shift(event.key === "]" ? 1 : -1);
  else if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

function shift(way) {
  const [from, to] = ["from", "to"].map(name => page().querySelector(`input[name=${name}]`));
  if (!from?.value || !to?.value) return;
  const day = 864e5, length = (Date.parse(to.value) - Date.parse(from.value)) / day + 1;
  for (const one of [from, to]) one.value = new Date(Date.parse(one.value) + way * length * day).toISOString().slice(0, 10);
  load(addressOf(from.form));
}

dress(document);
watch();
