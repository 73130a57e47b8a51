// Dragging over the strip, or moving a handle with the arrow keys, draws the chart anew for that span.
{
  const raw = $("#months")?.textContent.trim(),
    box = $("#brush");
  if (raw && box) {
    const M = JSON.parse(raw),
      N = M.b.length,
      label = i => {
        const t = M.m - 1 + i;
        return M.y + Math.floor(t / 12) + "-" + String((t % 12) + 1).padStart(2, "0");
      };
    const said = i => {
      const t = M.m - 1 + i;
      return T.month
        .replace("{month}", T.months[t % 12])
        .replace("{year}", M.y + Math.floor(t / 12));
    };
    const span = () => said(from) + " \u2013 " + said(to);
    const place = s => (+s.slice(0, 4) - M.y) * 12 + +s.slice(5) - M.m;
    const first = M.b.findIndex(v => v != null),
      last = M.b.findLastIndex(v => v != null);
    const hero = $("#hero"),
      still = hero.innerHTML,
      movedList = $(".moved"),
      movedStill = movedList && movedList.innerHTML,
      what = $("#moved-what"),
      whatStill = what && what.textContent;
    box.hidden = false;
    const track = $(".track", box);
    const pick = make("div", null, "pick"),
      a = make("button", null, "h"),
      b = make("button", null, "h");
    track.append(pick, a, b);
    [
      [a, T.start],
      [b, T.end],
    ].forEach(([h, n]) => {
      h.type = "button";
      h.setAttribute("role", "slider");
      h.setAttribute("aria-label", n);
      h.setAttribute("aria-valuemin", first);
      h.setAttribute("aria-valuemax", last);
    });
    let from = first,
      to = last,
      untouched = true;
    const svg = (w, h) => {
      const right = w - 62,
        bottom = h - 48,
        top = 14,
        idx = [];
      for (let i = from; i <= to; i++) if (M.b[i] != null) idx.push(i);
      const bars = to - from < 73,
        vals = idx
          .flatMap(i => [M.b[i], M.l[i], M.h[i]])
          .filter(v => v != null)
          .concat(0);
      let lo = Math.min(...vals),
        hi = Math.max(...vals);
      const rough = (hi - lo || 1) / 5,
        pow = 10 ** Math.floor(Math.log10(rough)),
        step = pow * [1, 2, 2.5, 5, 10].find(k => k * pow >= rough * 0.999);
      lo = Math.floor(lo / step + 1e-9) * step;
      hi = Math.ceil(hi / step - 1e-9) * step;
      if (hi === lo) hi = lo + step;
      // Bars stand inside the axis, the first and the last as well.
      const bw = Math.max(((right - 2) / (to - from + 1)) * 0.7, 1),
        pad = bars ? bw / 2 : 0;
      const x = i => 2 + pad + ((right - 2 - 2 * pad) * (i - from)) / Math.max(to - from, 1),
        y = v => bottom - ((bottom - top) * (v - lo)) / (hi - lo),
        f = n => n.toFixed(1);
      let s = "";
      for (let v = lo; v <= hi + step / 2; v += step)
        s += `<path class="g" d="M2 ${f(y(v))}H${f(right)}"/><text class="s" x="${f(right + 8)}" y="${f(y(v) + 4.5)}">${plus(v, M.d)}</text>`;
      const every = [1, 2, 5, 10].find(k => ((to - from) / 12 / k) * 46 <= right) || 20;
      for (let i = from; i <= to; i++) {
        const t = M.m - 1 + i,
          year = M.y + Math.floor(t / 12);
        if (t % 12 === 0 && year % every === 0)
          s += `<text class="s" text-anchor="middle" x="${f(Math.max(x(i), 16))}" y="${h - 30}">${year}</text>`;
      }
      const most = Math.max(...M.n);
      s += `<path class="ns" fill="none" stroke-width="1.4" d="${idx
        .filter(i => M.n[i])
        .map(i => `M${f(x(i))} ${h - 4}v-${Math.round(14 * Math.sqrt(M.n[i] / most)) || 1}`)
        .join("")}"/>`;
      const band = idx.filter(i => M.l[i] != null);
      if (band.length > 1)
        s += `<path class="bd" d="M${band.map(i => f(x(i)) + " " + f(y(M.h[i]))).join("L")}L${band
          .reverse()
          .map(i => f(x(i)) + " " + f(y(M.l[i])))
          .join("L")}z"/>`;
      const z = f(y(0));
      if (bars) {
        idx.forEach(i => {
          const v = M.b[i],
            t = Math.min(y(v), y(0));
          s += `<rect class="${v < 0 ? "cf" : "co"}" x="${f(x(i) - bw / 2)}" width="${f(bw)}" y="${f(t)}" height="${f(Math.abs(y(v) - y(0)))}"><title>${said(i)}: ${plus(v, M.d)}</title></rect>`;
        });
      } else {
        const d = idx.map(i => f(x(i)) + " " + f(y(M.b[i]))).join("L"),
          area = `M${f(x(idx[0]))} ${z}L${d}L${f(x(idx[idx.length - 1]))} ${z}z`;
        s += `<clipPath id="zu"><rect width="${w}" height="${z}"/></clipPath><clipPath id="zl"><rect y="${z}" width="${w}" height="${h}"/></clipPath><path clip-path="url(#zu)" class="co" fill-opacity=".6" d="${area}"/><path clip-path="url(#zl)" class="cf" fill-opacity=".6" d="${area}"/><path class="ln" fill="none" stroke-width="1.5" d="M${d}"/>`;
      }
      return `<svg viewBox="0 0 ${w} ${h}" role="img" aria-label="${span()}" font-size="13">${s}<path class="z" d="M2 ${z}H${f(right)}"/></svg>`;
    };
    const moved = () => {
      if (from === first && to === last) return;
      const sums = new Map();
      Events.all
        .filter(e => {
          const i = place(e.day.slice(0, 7));
          return i >= from && i <= to;
        })
        .forEach(e => {
          const k = sums.get(e.name) || {v: 0, n: 0};
          k.v += e.points;
          k.n++;
          sums.set(e.name, k);
        });
      const rows = [...sums].sort((p, q) => Math.abs(q[1].v) - Math.abs(p[1].v)),
        kept = rows.slice(0, 6),
        rest = rows.slice(6).reduce((t, r) => ({v: t.v + r[1].v, n: t.n + r[1].n}), {v: 0, n: 0});
      if (rest.n) kept.push([T.other, rest]);
      const reach = Math.max(...kept.map(r => Math.abs(r[1].v)), 1);
      movedList.textContent = "";
      kept.forEach(([name, k]) => {
        const li = make("li"),
          head = make("div", null, "k"),
          bar = make("span", null, "bar" + (k.v < 0 ? " neg" : "")),
          i = make("i");
        i.style.setProperty("--v", Math.abs(k.v) / reach);
        bar.append(i);
        head.append(make("span", name), make("span", plus(k.v), k.v < 0 ? "neg" : "pos"));
        li.append(
          head,
          bar,
          make("small", k.n === 1 ? T.one : T.events_n.replace("{n}", count(k.n))),
        );
        movedList.append(li);
      });
      what.textContent = span();
    };
    const draw = () => {
      const s = State.read();
      from = s.from ? Math.min(Math.max(place(s.from), first), last - 1) : first;
      to = s.to ? Math.max(Math.min(place(s.to), last), from + 1) : last;
      const p = i => (100 * (i - first)) / (last - first),
        whole = from === first && to === last;
      pick.style.left = p(from) + "%";
      pick.style.width = p(to) - p(from) + "%";
      a.style.left = p(from) + "%";
      b.style.left = p(to) + "%";
      [
        [a, from],
        [b, to],
      ].forEach(([h, i]) => {
        h.setAttribute("aria-valuenow", i);
        h.setAttribute("aria-valuetext", said(i));
      });
      if (whole !== untouched || !whole)
        hero.innerHTML = whole
          ? still
          : `<div class="wide">${svg(774, 340)}</div><div class="phone">${svg(358, 250)}</div>`;
      if (movedList && whole && !untouched) {
        movedList.innerHTML = movedStill;
        what.textContent = whatStill;
      }
      if (movedList && !whole && !M.k) Events.load().then(moved, () => {});
      untouched = whole;
      $("#span").textContent = span();
    };
    const go = (f, t, push) =>
      State.write(
        {from: f <= first ? "" : label(f), to: t >= last ? "" : label(t), event: ""},
        push,
      );
    $$("[data-years]", box).forEach(p => {
      const n = +p.dataset.years * 12;
      // A span that is longer than the series shows nothing else than all of it.
      p.hidden = n > last - first;
      p.onclick = () => (n ? go(Math.max(last - n + 1, first), last) : go(first, last));
    });
    const at = e => {
      const r = track.getBoundingClientRect();
      return Math.round(
        first + (last - first) * Math.min(Math.max((e.clientX - r.left) / r.width, 0), 1),
      );
    };
    let held = null,
      start = 0;
    track.onpointerdown = e => {
      track.setPointerCapture(e.pointerId);
      start = at(e);
      held = e.target === a ? "a" : e.target === b ? "b" : "new";
    };
    track.onpointermove = e => {
      if (!held) return;
      const i = at(e);
      if (held === "a") go(Math.min(i, to - 1), to, false);
      else if (held === "b") go(from, Math.max(i, from + 1), false);
      else if (Math.abs(i - start) > 2) go(Math.min(i, start), Math.max(i, start), false);
    };
    track.onpointerup = track.onpointercancel = () => (held = null);
    [a, b].forEach(
      h =>
        (h.onkeydown = e => {
          const d = {
            ArrowLeft: -1,
            ArrowRight: 1,
            PageDown: -12,
            PageUp: 12,
            Home: -9999,
            End: 9999,
          }[e.key];
          if (!d) return;
          e.preventDefault();
          h === a
            ? go(Math.max(Math.min(from + d, to - 1), first), to, false)
            : go(from, Math.min(Math.max(to + d, from + 1), last), false);
          h.focus();
        }),
    );
    addEventListener("state", draw);
    draw();
  }
  $$("[data-table]").forEach(t => {
    const target = $("#" + t.dataset.table + "-table");
    if (!target || !raw) return;
    t.hidden = false;
    t.onclick = () => {
      if (!target.firstChild) {
        const M = JSON.parse(raw),
          wrap = make("div", null, "scroll"),
          table = make("table"),
          head = make("tr");
        wrap.tabIndex = 0;
        wrap.setAttribute("role", "region");
        wrap.setAttribute("aria-label", T.table);
        table.append(make("caption", T.table));
        const h = table.createTHead();
        T.columns.forEach(c => {
          const th = make("th", c);
          th.scope = "col";
          head.append(th);
        });
        h.append(head);
        const body = table.createTBody();
        for (let i = M.b.length - 1; i >= 0; i--) {
          const m = M.m - 1 + i,
            r = body.insertRow();
          [
            M.y + Math.floor(m / 12) + "-" + String((m % 12) + 1).padStart(2, "0"),
            M.b[i],
            M.l[i],
            M.h[i],
            M.n[i],
          ].forEach(v => r.append(make("td", v == null ? "" : String(v).replace("-", "\u2212"))));
        }
        wrap.append(table);
        target.append(wrap);
      }
      target.hidden = !target.hidden;
      t.setAttribute("aria-expanded", String(!target.hidden));
    };
  });
}
