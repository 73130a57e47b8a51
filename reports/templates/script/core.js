"use strict";
const $ = (q, e = document) => e.querySelector(q),
  $$ = (q, e = document) => [...e.querySelectorAll(q)];
const T = (window.T = JSON.parse($("#words")?.textContent || "{}"));
const make = (tag, text, cls) => {
  const e = document.createElement(tag);
  if (text != null) e.textContent = text;
  if (cls) e.className = cls;
  return e;
};
const plus = (v, d = 0) => {
  const t = Math.abs(v).toLocaleString("en", {minimumFractionDigits: d, maximumFractionDigits: d});
  return +t === 0 ? "0" : (v > 0 ? "+" : "\u2212") + t;
};
const save = (name, text) => {
  const a = make("a");
  a.href = URL.createObjectURL(new Blob(["\ufeff" + text], {type: "text/csv"}));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
};
const count = n => n.toLocaleString(document.documentElement.lang);
const quote = v => (/[",\n]/.test(v) ? '"' + String(v).replace(/"/g, '""') + '"' : v);
// What is chosen stands in the address: the back button works, and a copied link shows the same.
const State = {
  // The address of an event alone chooses it; that of a section chooses nothing.
  read() {
    const h = location.hash.slice(1);
    return h.includes("=")
      ? Object.fromEntries(new URLSearchParams(h))
      : h.startsWith("e-")
        ? {event: h}
        : {};
  },
  write(change, push = true) {
    const all = {...State.read(), ...change},
      p = new URLSearchParams();
    for (const [k, v] of Object.entries(all)) if (v !== "" && v != null) p.set(k, v);
    const hash = p.toString();
    if ("#" + hash === location.hash || (!hash && !location.hash)) return;
    history[push ? "pushState" : "replaceState"](
      null,
      "",
      hash ? "#" + hash : location.pathname + location.search,
    );
    dispatchEvent(new Event("state"));
  },
};
addEventListener("hashchange", () => dispatchEvent(new Event("state")));
addEventListener("popstate", () => dispatchEvent(new Event("state")));
$$("[data-js]").forEach(e => (e.hidden = false));
const copy = $("#copy");
if (copy)
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      const i = make("input");
      i.value = location.href;
      document.body.append(i);
      i.select();
      document.execCommand("copy");
      i.remove();
    }
    const was = copy.textContent;
    copy.textContent = T.copied;
    setTimeout(() => (copy.textContent = was), 1500);
  };
// Tables that sort by a click on a head: numbers by data-v, words by their text.
$$("table.sortable").forEach(table =>
  $$("th[data-type]", table).forEach((th, place) => {
    const at = [...th.parentNode.children].indexOf(th),
      b = make("button", th.textContent);
    b.type = "button";
    th.textContent = "";
    th.append(b);
    b.onclick = () => {
      const down =
        (th.getAttribute("aria-sort") !== "descending" && th.dataset.type === "n") ||
        th.getAttribute("aria-sort") === "ascending";
      $$("th", table).forEach(o => o.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0],
        of = r => {
          const c = r.cells[at];
          return th.dataset.type === "n" ? +(c.dataset.v ?? c.textContent) : c.textContent;
        };
      body.append(
        ...[...body.rows].sort((x, y) => {
          const a = of(x),
            c = of(y);
          return (a > c ? 1 : a < c ? -1 : 0) * (down ? -1 : 1);
        }),
      );
    };
  }),
);
const find = $("#find");
if (find) {
  find.closest("[hidden]")?.removeAttribute("hidden");
  find.oninput = () => {
    const q = find.value.toLowerCase();
    $$("#pairs tbody tr").forEach(r => (r.hidden = !r.textContent.toLowerCase().includes(q)));
  };
}
