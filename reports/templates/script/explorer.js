// The events stand once in the page: as a table for readers without scripts, read here when needed.
const FIRST = innerWidth < 720 ? 12 : 25, Events = {all: [], shown: FIRST, sort: "day", down: true};
// Read after the first paint: the chart stands above.
requestAnimationFrame(() => setTimeout(() => {
  const box = $("#explorer"), store = $("#events-data");
  if (box && store) {
    const parsed = new DOMParser().parseFromString(store.textContent, "text/html");
    Events.all = $$("tbody tr", parsed).map(r => {
      const c = r.cells, a = c[1].querySelector("a");
      return {id: r.id, day: c[0].textContent, title: c[1].textContent, url: a ? a.getAttribute("href") : "", kind: r.dataset.k, name: c[2].textContent, who: c[3].textContent, side: r.dataset.w, pair: r.dataset.d || "", points: +r.dataset.p, source: c[5].textContent, place: c[6].textContent};
    });
    const kinds = new Map(); Events.all.forEach(e => kinds.set(e.kind, e.name));
    [...kinds].sort((a, b) => a[1] < b[1] ? -1 : 1).forEach(([k, n]) => { const o = make("option", n); o.value = k; $("#kind").append(o); });
    const fields = {q: $("#q"), kind: $("#kind"), sign: $("#sign"), who: $("#who"), pair: $("#pair"), from: $("#from"), to: $("#to")};
    Events.chosen = () => {
      const s = State.read(), q = (s.q || "").toLowerCase();
      return Events.all.filter(e => (!q || (e.title + " " + e.name).toLowerCase().includes(q)) && (!s.kind || e.kind === s.kind)
        && (!s.sign || (s.sign === "-" ? e.points < 0 : e.points > 0)) && (!s.who || e.side === s.who || e.side === "12" && s.who === "12")
        && (!s.pair || e.pair === s.pair) && (!s.from || e.day.slice(0, 7) >= s.from) && (!s.to || e.day.slice(0, 7) <= s.to));
    };
    const draw = () => {
      const s = State.read(), way = Events.down ? -1 : 1, key = Events.sort;
      for (const [k, f] of Object.entries(fields)) if (f && f.value !== (s[k] || "") && document.activeElement !== f) f.value = s[k] || "";
      const found = Events.chosen().sort((a, b) => (a[key] > b[key] ? 1 : a[key] < b[key] ? -1 : 0) * way || (a.id < b.id ? -1 : 1));
      let shown = Events.shown;
      const at = s.event ? found.findIndex(e => e.id === s.event) : -1;
      if (at >= shown) shown = at + 1;
      const body = $("#rows tbody"); body.textContent = "";
      found.slice(0, shown).forEach(e => {
        const r = make("tr"); r.id = e.id;
        const day = make("td"), link = make("a", e.day); link.href = "#event=" + encodeURIComponent(e.id); link.title = T.link;
        day.append(link);
        const title = make("td", null, "full");
        if (e.url) { const a = make("a", e.title); a.href = e.url; title.append(a); } else title.textContent = e.title;
        const points = make("td", plus(e.points, 1), "num " + (e.points < 0 ? "neg" : "pos"));
        const source = make("td"), name = make("span", e.source, "say"); name.title = e.source; source.append(name, make("small", e.place));
        r.append(day, title, make("td", e.name), make("td", e.who), points, source);
        if (e.id === s.event) { r.style.background = "var(--stale)"; r.tabIndex = -1; }
        body.append(r);
      });
      $("#count").textContent = found.length ? T.shown.replace("{shown}", count(Math.min(shown, found.length))).replace("{n}", count(found.length)) : T.none;
      $("#more").hidden = shown >= found.length;
      $$("#rows th").forEach(t => t.dataset.sort === key ? t.setAttribute("aria-sort", Events.down ? "descending" : "ascending") : t.removeAttribute("aria-sort"));
      return found;
    };
    const show = () => { const s = State.read(); draw(); if (s.event) { const r = document.getElementById(s.event); if (r) { r.scrollIntoView({block: "center"}); r.focus({preventScroll: true}); } } };
    box.hidden = false;
    let wait; const put = (k, f) => { Events.shown = FIRST; State.write({[k]: f.value, event: ""}, k !== "q"); };
    for (const [k, f] of Object.entries(fields)) if (f) f.addEventListener(k === "q" ? "input" : "change", () => { clearTimeout(wait); wait = setTimeout(() => put(k, f), k === "q" ? 150 : 0); });
    $$("#rows th button").forEach(b => b.onclick = () => { const k = b.parentNode.dataset.sort; Events.down = Events.sort === k ? !Events.down : k === "day" || k === "points"; Events.sort = k; draw(); });
    $("#more").onclick = () => { Events.shown += 100; draw(); };
    $("#reset").onclick = () => { Events.shown = FIRST; State.write({q: "", kind: "", sign: "", who: "", pair: "", from: "", to: "", event: ""}); };
    $("#csv").onclick = () => save(T.file, ["date,title,kind,who,points,source,place,url", ...Events.chosen().map(e => [e.day, e.title, e.name, e.who, e.points, e.source, e.place, e.url].map(quote).join(","))].join("\n"));
    addEventListener("state", show); dispatchEvent(new Event("state"));
  }
}));
