// The latest events stand in the page. The others are in a file beside it, read when first needed: by a
// script tag, since a page opened from a disk may read no file in another way.
const FIRST = innerWidth < 720 ? 12 : 25,
  Events = {all: [], shown: FIRST, sort: "day", down: true};
Events.load = () =>
  (Events.loading ??= new Promise((done, fail) => {
    window.detenteEvents = ([kinds, sides, sources, files, rows]) => {
      Events.all = rows.map(([id, day, title, url, k, w, points, s, f, line]) => ({
        id,
        day,
        title,
        url,
        points,
        kind: kinds[k][0],
        name: kinds[k][1],
        side: sides[w][0],
        who: sides[w][1],
        pair: sides[w][2],
        source: sources[s],
        place: T.row.replace("{file}", files[f]).replace("{row}", line),
      }));
      done();
    };
    const file = make("script");
    file.src = T.events;
    file.onerror = fail;
    document.head.append(file);
  }).catch(() => {
    $("#count").textContent = T.missing;
    throw new Error(T.missing);
  }));
if ($("#explorer")) {
  const fields = {
      q: $("#q"),
      kind: $("#kind"),
      sign: $("#sign"),
      who: $("#who"),
      pair: $("#pair"),
      from: $("#from"),
      to: $("#to"),
    },
    body = $("#rows tbody");
  Events.chosen = () => {
    const s = State.read(),
      q = (s.q || "").toLowerCase();
    return Events.all.filter(
      e =>
        (!q || (e.title + " " + e.name).toLowerCase().includes(q)) &&
        (!s.kind || e.kind === s.kind) &&
        (!s.sign || (s.sign === "-" ? e.points < 0 : e.points > 0)) &&
        (!s.who || e.side === s.who || (e.side === "12" && s.who === "12")) &&
        (!s.pair || e.pair === s.pair) &&
        (!s.from || e.day.slice(0, 7) >= s.from) &&
        (!s.to || e.day.slice(0, 7) <= s.to),
    );
  };
  const told = (shown, n) => {
    $("#count").textContent = n
      ? T.shown.replace("{shown}", count(Math.min(shown, n))).replace("{n}", count(n))
      : T.none;
    $("#more").hidden = shown >= n;
  };
  const draw = () => {
    const s = State.read(),
      way = Events.down ? -1 : 1,
      key = Events.sort;
    for (const [k, f] of Object.entries(fields))
      if (f && f.value !== (s[k] || "") && document.activeElement !== f) f.value = s[k] || "";
    const found = Events.chosen().sort(
      (a, b) => (a[key] > b[key] ? 1 : a[key] < b[key] ? -1 : 0) * way || (a.id < b.id ? -1 : 1),
    );
    let shown = Events.shown;
    const at = s.event ? found.findIndex(e => e.id === s.event) : -1;
    if (at >= shown) shown = at + 1;
    body.textContent = "";
    found.slice(0, shown).forEach(e => {
      const r = make("tr");
      r.id = e.id;
      const day = make("td"),
        link = make("a", e.day);
      link.href = "#event=" + encodeURIComponent(e.id);
      link.title = T.link;
      day.append(link);
      const title = make("td", null, "full");
      if (e.url) {
        const a = make("a", e.title);
        a.href = e.url;
        title.append(a);
      } else title.textContent = e.title;
      const value = plus(e.points, 1),
        points = make("td", value, "num " + (value === "0" ? "" : e.points < 0 ? "neg" : "pos"));
      const source = make("td"),
        name = make("span", e.source, "say");
      name.title = e.source;
      source.append(name, make("small", e.place));
      r.append(day, title, make("td", e.name), make("td", e.who), points, source);
      if (e.id === s.event) {
        r.style.background = "var(--stale)";
        r.tabIndex = -1;
      }
      body.append(r);
    });
    told(shown, found.length);
    $$("#rows th").forEach(t =>
      t.dataset.sort === key
        ? t.setAttribute("aria-sort", Events.down ? "descending" : "ascending")
        : t.removeAttribute("aria-sort"),
    );
  };
  const then = does => Events.load().then(does, () => {});
  const show = () =>
    (Events.loading || Object.keys(State.read()).length) &&
    then(() => {
      draw();
      const s = State.read(),
        r = s.event && document.getElementById(s.event);
      if (r) {
        r.scrollIntoView({block: "center"});
        r.focus({preventScroll: true});
      }
    });
  let wait;
  const put = (k, f) => {
    Events.shown = FIRST;
    State.write({[k]: f.value, event: ""}, k !== "q");
  };
  for (const [k, f] of Object.entries(fields))
    if (f) {
      f.addEventListener("focus", () => then(() => {}), {once: true});
      f.addEventListener(k === "q" ? "input" : "change", () => {
        clearTimeout(wait);
        wait = setTimeout(() => put(k, f), k === "q" ? 150 : 0);
      });
    }
  $$("#rows th").forEach(t => {
    const b = make("button", t.textContent),
      k = t.dataset.sort;
    b.type = "button";
    t.textContent = "";
    t.append(b);
    b.onclick = () => {
      Events.down = Events.sort === k ? !Events.down : k === "day" || k === "points";
      Events.sort = k;
      then(draw);
    };
  });
  $("#more").onclick = () => {
    Events.shown += 100;
    then(draw);
  };
  $("#reset").onclick = () => {
    Events.shown = FIRST;
    State.write({q: "", kind: "", sign: "", who: "", pair: "", from: "", to: "", event: ""});
  };
  $("#csv").onclick = () =>
    then(() =>
      save(
        T.file,
        [
          "date,title,kind,who,points,source,place,url",
          ...Events.chosen().map(e =>
            [e.day, e.title, e.name, e.who, e.points, e.source, e.place, e.url]
              .map(quote)
              .join(","),
          ),
        ].join("\n"),
      ),
    );
  addEventListener("state", show);
  if (Object.keys(State.read()).length) show();
  else $("#more").hidden = body.rows.length >= T.n;
}
