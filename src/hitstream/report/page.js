"use strict";
// Shows the report. What comes from the log is put on the page by textContent and title alone, and never given
// to Plotly, which reads some markup in its texts.
(() => {
  const report = JSON.parse(document.getElementById("data").textContent);
  const FIRST = 10, MORE = 50;
  const NUMBER = new Intl.NumberFormat("en-US");
  const percent = (part) => `${(100 * part).toFixed(1)} %`;
  const COUNTRY = new Intl.DisplayNames(["en"], { type: "region" });
  const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const MEANING = {
    200: "OK", 201: "Created", 204: "No content", 206: "Partial content", 301: "Moved permanently", 302: "Found",
    303: "See other", 304: "Not modified", 307: "Temporary redirect", 308: "Permanent redirect", 400: "Bad request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed", 408: "Request timeout",
    410: "Gone", 413: "Content too large", 416: "Range not satisfiable", 429: "Too many requests",
    499: "Client closed request", 500: "Internal server error", 501: "Not implemented", 502: "Bad gateway",
    503: "Service unavailable", 504: "Gateway timeout",
  };

  const byId = (id) => document.getElementById(id);
  const number = (value) => NUMBER.format(value);
  // What is there but rounds to nothing says so: no error hides.
  const share = (part, whole) => (0 < part && part < whole / 1000 ? "< 0.1 %" : percent(whole ? part / whole : 0));
  // What does not print is shown by its code, so that no mark can hide or reverse the text around it.
  const printable = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // A sketch counts exactly below K, which follows from its standard error; from K on it estimates.
  const estimated = (count, error) => error && count >= Math.round(1 / error ** 2) + 2;
  const visitors = (count, error) => (count === null ? "–" : `${estimated(count, error) ? "≈ " : ""}${number(count)}`);

  function size(bytes) {
    const unit = Math.min(4, Math.max(0, Math.floor(Math.log2(bytes || 1) / 10)));
    const value = bytes / 2 ** (10 * unit);
    return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
  }

  const day = (iso) => new Date(iso).toLocaleDateString("en-GB",
    { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const moment = (iso) => `${day(iso)}, ${iso.slice(11, 19)}`;
  const period = (first, last) => `${moment(first)} – ${day(first) === day(last) ? last.slice(11, 19) : moment(last)}`;

  // --- head ---------------------------------------------------------------------------------------------

  function head({ totals, where }) {
    byId("period").textContent = totals.first ? `${period(totals.first, totals.last)} UTC` : "No hits";
    byId("conditions").textContent = where.map(printable).join(" and ");
    byId("conditions").hidden = !where.length;
    const figures = [
      ["Hits", number(totals.hits), totals.lines === null ? "" : `of ${number(totals.lines)} lines`],
      ["Visitors", visitors(totals.visitors, totals.visitors_error), totals.visitors_error ? `± ${percent(totals.visitors_error)}, estimated` : totals.visitors ? `${(totals.hits / totals.visitors).toFixed(1)} hits each` : ""],
      ["Sent", size(totals.bytes), totals.hits ? `${size(totals.bytes / totals.hits)} a hit` : ""],
      ["Errors", number(totals.errors), `${share(totals.errors, totals.hits)} of hits`],
    ];
    if (totals.lines !== null) figures.push(["Bad lines", number(totals.bad_lines), `${share(totals.bad_lines, totals.lines)} of lines`]);
    byId("totals").append(...figures.map(([name, value, detail]) => make("div", {},
      make("dt", { textContent: name }), make("dd", { textContent: value }), make("dd", { textContent: detail }))));
  }

  // --- charts -------------------------------------------------------------------------------------------

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const CONFIG = {
    displaylogo: false, responsive: true, modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
  };
  const MEASURES = { hits: "Hits", visitors: "Visitors", bytes: "Sent", errors: "Errors" };
  const GRAINS = { minute: "Minute", hour: "Hour", day: "Day" };
  const BARS = 1500; // more are drawn as an area: quicker, and as legible

  function layout(more) {
    const axis = { gridcolor: colour("line"), zeroline: false, linecolor: colour("line"), tickcolor: colour("line") };
    return {
      margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour("muted"), size: 12, family: getComputedStyle(document.body).fontFamily },
      hoverlabel: { bgcolor: colour("surface"), bordercolor: colour("line"), font: { color: colour("text") } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("muted"), activecolor: colour("accent") },
      ...more, xaxis: { ...axis, automargin: true, ...more.xaxis }, yaxis: { ...axis, automargin: true, ...more.yaxis },
    };
  }

  function times(series) {
    const start = Date.parse(series.start);
    return series.hits.map((_, i) => new Date(start + i * series.step * 1000).toISOString().slice(0, 19));
  }

  // A bar stands in the middle of its time, so that the one nearest to the pointer is the one under it.
  function traces(series, measure) {
    const x = times(series), end = new Date(Date.parse(series.start) + x.length * series.step * 1000);
    const ends = [...x.slice(1), end.toISOString()];
    return (measure === "hits" ? ["hits", "errors"] : [measure]).map((part, at) => {
      const name = MEASURES[part], y = series[part], paint = part === "errors" ? "s5" : "hits";
      const text = measure === "bytes" ? y.map(size) : y.map((value) => (value === null ? "" : number(value)));
      const until = series.step < 86400 && !at ? "<br>until %{customdata}" : "";
      const common = {
        name, x, y, text, customdata: ends.map((end) => end.slice(11, 16)), textposition: "none",
        xperiod: series.step * 1000, xperiodalignment: "middle", hovertemplate: `%{text}${until}<extra>%{fullData.name}</extra>`,
      };
      return x.length <= BARS
        ? { ...common, type: "bar", marker: { color: colour(paint), line: { width: 0 } } }
        : { ...common, type: "scatter", mode: "lines", fill: "tozeroy", fillcolor: colour(paint), line: { shape: "hvh", width: 1, color: colour(paint) } };
    });
  }

  // Where an axis of bytes has its ticks: Plotly itself counts them in powers of ten.
  function ticks(most) {
    const steps = [...Array(6).keys()].flatMap((power) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((digits) => digits * 1024 ** power));
    const step = steps.find((each) => each * 5 >= most) ?? most;
    const tickvals = Array.from({ length: 1 + Math.floor(most / step) }, (_, at) => at * step);
    return { tickvals, ticktext: tickvals.map(size) };
  }

  function traffic(grain, measure) {
    const series = report.series[grain], values = series[measure];
    const top = values.reduce((best, value, i) => ((value ?? 0) > (values[best] ?? 0) ? i : best), 0);
    const when = new Date(Date.parse(series.start) + top * series.step * 1000).toISOString();
    const most = measure === "bytes" ? size(values[top]) : `${number(values[top] ?? 0)} ${MEASURES[measure].toLowerCase()}`;
    byId("peak").textContent = values.every((value) => value === null)
      ? `Visitors are not counted by ${grain} here.`
      : `Most in one ${grain}: ${most}, ${day(when)}${grain === "day" ? "" : `, ${when.slice(11, 16)}`}`;
    const tick = measure === "bytes" ? ticks(values[top]) : { tickformat: "~s" };
    Plotly.react(byId("traffic-chart"), traces(series, measure), layout({
      barmode: "overlay", bargap: 0, hovermode: "x unified", showlegend: measure === "hits",
      legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", traceorder: "normal" },
      xaxis: { type: "date", showgrid: false, hoverformat: grain === "day" ? "%a %-d %b %Y" : "%a %-d %b %Y, %H:%M" },
      yaxis: { rangemode: "tozero", fixedrange: true, ...tick },
    }), CONFIG);
  }

  function week(hits) {
    const all = hits.flatMap((row, day) => row.map((value, hour) => [value, `${DAYS[day]} ${String(hour).padStart(2, "0")}:00`]));
    const [value, when] = all.reduce((best, cell) => (cell[0] > best[0] ? cell : best));
    byId("busiest").textContent = `Most: ${number(value)} hits, ${when}`;
    Plotly.react(byId("week-chart"), [{
      type: "heatmap", z: hits, x: hits[0].map((_, hour) => hour), y: DAYS, xgap: 2, ygap: 2,
      zmin: 0, zmax: Math.max(1, value), showscale: false, colorscale: [[0, colour("hover")], [1, colour("accent")]],
      hovertemplate: "%{y} %{x}: %{z:,} hits<extra></extra>",
    }], layout({
      xaxis: { showgrid: false, dtick: 3, ticksuffix: "h", fixedrange: true, ticks: "" },
      yaxis: { showgrid: false, autorange: "reversed", fixedrange: true, ticks: "" },
    }), { ...CONFIG, displayModeBar: false });
  }

  function choice(id, options, chosen, changed) {
    byId(id).append(...Object.entries(options).map(([value, name]) => make("label", {},
      make("input", { type: "radio", name: id, value, checked: value === chosen, onchange: changed }),
      make("span", { textContent: name }))));
  }

  function charts() {
    const grains = Object.keys(GRAINS).filter((grain) => report.series[grain]);
    if (!grains.length) return;
    const fine = grains.find((grain) => report.series[grain].hits.length <= BARS) ?? grains.at(-1);
    const chosen = (id) => document.querySelector(`#${id} :checked`).value;
    const several = report.series.day.hits.length > 1; // of one day, the hours of the week say nothing more
    const draw = () => traffic(chosen("grain"), chosen("measure"));
    choice("grain", Object.fromEntries(grains.map((grain) => [grain, GRAINS[grain]])), fine, draw);
    choice("measure", MEASURES, "hits", draw);
    byId("traffic").hidden = false;
    byId("week").hidden = !several;
    byId("charts").classList.toggle("two", several);
    const all = () => { draw(); if (several) week(report.series.week.hits); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
    all();
  }

  // --- tables -------------------------------------------------------------------------------------------

  const [KEY, HITS, BYTES, ERRORS, VISITORS] = [0, 1, 2, 3, 4];
  const COLUMNS = [["Name", KEY], ["Hits", HITS], ["Share", HITS], ["Sent", BYTES], ["Errors", ERRORS], ["Visitors", VISITORS]];

  function label(view, key) {
    const cell = make("span", { textContent: printable(key) || "(empty)", title: printable(key) });
    const code = view.name === "status" && /^\d{3}$/.test(key);
    if (code) cell.prepend(make("i", { className: `s${key[0]}` }));
    const meaning = code ? MEANING[key] : view.name === "country" && /^[A-Z]{2}$/.test(key) ? COUNTRY.of(key) : "";
    if (meaning && meaning !== key) cell.append(make("small", { textContent: meaning }));
    return cell;
  }

  function line(view, row, most, total) {
    const bar = label(view, row[KEY]);
    bar.style.setProperty("--share", `${(100 * row[HITS]) / most}%`);
    return cells(view, bar, row, total);
  }

  function cells(view, first, row, total) {
    const texts = [number(row[HITS]), share(row[HITS], total), size(row[BYTES]), number(row[ERRORS]),
      visitors(row[VISITORS], view.visitors_error)];
    const tr = make("tr", {}, make("td", { className: "key" }, first),
      ...texts.map((text) => make("td", { textContent: text, className: /^0( B)?$/.test(text) ? "quiet" : "" })));
    return roles(tr, "row", "cell");
  }

  // On narrow screens rows are laid out as grids; the roles keep them a table for those who hear it.
  function roles(tr, own, each) {
    tr.setAttribute("role", own);
    for (const cell of tr.children) cell.setAttribute("role", each);
    return tr;
  }

  function panel(view) {
    const state = { column: HITS, down: true, shown: FIRST, search: "" };
    const totals = sums(view.other ? [...view.rows, view.other] : view.rows), total = totals[HITS];
    const most = Math.max(1, ...view.rows.map((row) => row[HITS]));
    const heads = COLUMNS.map(([name, column]) => make("th", { scope: "col" }, make("button", {
      type: "button", textContent: name, onclick: () => {
        state.down = state.column === column ? !state.down : column !== KEY;
        state.column = column;
        fill();
      },
    })));
    const body = make("tbody"), note = make("p", { className: "note" });
    const more = make("button", { type: "button", onclick: () => { state.shown += MORE; fill(); } });
    const find = make("input", { type: "search", placeholder: "Search", ariaLabel: `Search ${view.title}`,
      hidden: view.rows.length <= FIRST, oninput: () => { state.search = find.value.toLowerCase(); state.shown = FIRST; fill(); } });

    function fill() {
      const found = view.rows.filter((row) => row[KEY].toLowerCase().includes(state.search));
      const order = (a, b) => (state.column === KEY ? (a[KEY] < b[KEY] ? -1 : 1) : (a[state.column] ?? -1) - (b[state.column] ?? -1));
      found.sort((a, b) => (state.down ? order(b, a) : order(a, b)));
      const shown = found.slice(0, state.shown);
      body.replaceChildren(...shown.map((row) => line(view, row, most, total)));
      if (!state.search && (view.other || shown.length < found.length)) body.append(rest(view, shown, totals));
      heads.forEach((th, i) => (COLUMNS[i][1] === state.column && COLUMNS[i][0] !== "Share"
        ? th.setAttribute("aria-sort", state.down ? "descending" : "ascending") : th.removeAttribute("aria-sort")));
      more.hidden = shown.length === found.length;
      more.textContent = `Show ${number(Math.min(MORE, found.length - shown.length))} more`;
      note.textContent = remarks(view, shown.length, found.length, state.search);
    }

    fill();
    const table = make("table", {}, make("thead", {}, roles(make("tr", {}, ...heads), "row", "columnheader")), body);
    table.setAttribute("role", "table");
    table.setAttribute("aria-label", view.title);
    return make("section", { className: "card panel", id: `view-${view.name}` },
      make("div", { className: "bar" }, make("h2", { textContent: view.title }), find),
      table, make("div", { className: "foot" }, note, more));
  }

  const sums = (rows) => [HITS, BYTES, ERRORS].reduce((all, column) => {
    all[column] = rows.reduce((sum, row) => sum + row[column], 0);
    return all;
  }, []);

  // The last row: whatever is not shown above, so that the rows always add up.
  function rest(view, shown, totals) {
    const all = shown.length === view.rows.length;
    const row = totals.map((total, column) => total - sums(shown)[column]);
    row[VISITORS] = all ? view.other[VISITORS] : null;
    const hidden = view.keys - shown.length;
    const tr = cells(view, make("span", { textContent: hidden > 0 ? `(other: ${number(hidden)})` : "(other)" }), row, totals[HITS]);
    tr.className = "other";
    return tr;
  }

  function remarks(view, shown, found, search) {
    const said = [search ? `${number(shown)} of ${number(found)} found among ${number(view.rows.length)} listed`
      : `${number(shown)} of ${number(Math.max(view.keys, view.rows.length))}`];
    if (view.visitors_error) said.push(`visitors ± ${percent(view.visitors_error)} where estimated`);
    if (!view.exact) said.push("rare keys were folded into (other)");
    return said.join(" · ");
  }

  // Each panel goes to the shortest column, once: unlike a flow of columns, none moves when another grows.
  function place(panels, count) {
    const columns = Array.from({ length: count }, () => make("div")), heights = columns.map(() => 0);
    for (const panel of panels) {
      const shortest = heights.indexOf(Math.min(...heights));
      columns[shortest].append(panel);
      heights[shortest] += 5 + panel.querySelectorAll("tbody tr").length;
    }
    byId("views").replaceChildren(...columns);
  }

  function views(all) {
    const present = all.filter((view) => view.rows.length), absent = all.filter((view) => !view.rows.length);
    const panels = present.map(panel), wide = [75, 110].map((rem) => matchMedia(`(min-width: ${rem}rem)`));
    const arrange = () => place(panels, 1 + wide.filter((query) => query.matches).length);
    wide.forEach((query) => query.addEventListener("change", arrange));
    arrange();
    byId("contents").append(...present.map((view) => make("a", { href: `#view-${view.name}`, textContent: view.title })));
    byId("absent").textContent = `Nothing to show for: ${absent.map((view) => view.title.toLowerCase()).join(", ")}.`;
    byId("absent").hidden = !absent.length;
  }

  head(report);
  views(report.views);
  charts();
})();
