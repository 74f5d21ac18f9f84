// An image of a chart has what the page says around it: what it shows, of which time and filters, of which data; in the
// colours that it is painted in, light or dark. What comes of a log is text: Plotly would read markup in it.
(function () {
  "use strict";
  const LONGEST = 150; // characters of a file's name
  const SIZE = { format: "png", width: 1200, height: 520, scale: 2 };

  const texts = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent);
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  function described() {
    const time = texts("#period")[0] || "all of the time";
    const filters = [...document.querySelectorAll(".chip:not(.off) .edit")].map((each) => each.dataset.filter);
    return { data: texts(".head .where")[0] || "", time: time, zone: texts("#zone-name")[0], filters: filters };
  }

  function fileName(panel, of) {
    const parts = ["hitstream", of.data, panel, of.time, of.zone, ...of.filters];
    const written = parts.map((each) => each.replace(/[^A-Za-z0-9.=-]+/g, "_").replace(/^[._]+|_+$/g, ""));
    return written.filter(Boolean).join("-").slice(0, LONGEST) + ".png";
  }

  function colour(line) {
    const swatch = line.querySelector("i");
    const style = getComputedStyle(swatch);
    return swatch.classList.contains("before") ? style.borderTopColor : style.backgroundColor;
  }

  function traces(place, graph) {
    const lines = [...place.querySelectorAll(".legend li:has(i)")];
    const before = lines.find((each) => each.classList.contains("compared"));
    return graph.data.map((trace, at) => {
      const line = trace.type === "bar" ? lines[at] : before;
      if (!line || line === before && trace.type === "bar") return Object.assign({}, trace, { showlegend: false });
      return Object.assign({}, trace, {
        name: escaped(line.textContent),
        marker: { color: colour(line), line: { width: 0 } },
        line: Object.assign({}, trace.line, { color: colour(line) }),
        showlegend: Boolean(trace.y.length),
      });
    });
  }

  function layout(place, graph, of) {
    const style = getComputedStyle(document.documentElement);
    const painted = (name) => style.getPropertyValue("--" + name).trim();
    const axis = (name) => Object.assign({}, graph.layout[name], { gridcolor: painted("line") });
    const said = [[of.data, of.time, of.zone, ...of.filters].filter(Boolean).join(" · "), place.querySelector(".legend .note").textContent];
    return Object.assign({}, graph.layout, {
      paper_bgcolor: painted("panel"),
      plot_bgcolor: painted("panel"),
      font: { family: "system-ui, sans-serif", size: 13, color: painted("quiet") },
      title: {
        text: escaped(place.querySelector("h2").textContent),
        subtitle: { text: said.map(escaped).join("<br>"), font: { size: 13, color: painted("quiet") } },
        x: 0.02,
        y: 0.96,
        yanchor: "top",
        font: { size: 16, color: painted("ink") },
      },
      margin: { l: graph.layout.margin.l + 12, r: 24, t: 96, b: 96 },
      showlegend: true,
      legend: { orientation: "h", x: 0, xanchor: "left", y: -0.16, yanchor: "top", traceorder: "normal" },
      xaxis: axis("xaxis"),
      yaxis: axis("yaxis"),
      ...(graph.layout.yaxis2 ? { yaxis2: axis("yaxis2") } : {}),
    });
  }

  async function save(panel) {
    const place = document.getElementById(panel + "-panel");
    const graph = place && place.querySelector(".js-plotly-plot");
    if (!graph || !window.Plotly) return;
    const of = described();
    const image = await window.Plotly.toImage({ data: traces(place, graph), layout: layout(place, graph, of) }, SIZE);
    const link = document.createElement("a");
    link.href = image;
    link.download = fileName(panel, of);
    link.click();
  }

  document.addEventListener("click", function (event) {
    const image = event.target.closest && event.target.closest(".png");
    if (image) save(image.dataset.panel);
  });
})();
