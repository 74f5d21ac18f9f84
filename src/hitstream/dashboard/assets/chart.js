// Tells of the bar under the pointer: the whole time it stands for, and its numbers.
(function () {
  "use strict";
  const told = new WeakSet();

  function element(tag, name, text) {
    const made = document.createElement(tag);
    made.className = name;
    if (text) made.textContent = text;
    return made;
  }

  // What a trace is called. The keys of a log are in the legend alone, which has a line for each trace of a stack.
  function called(graph, trace, place) {
    const isStack = graph.layout.barmode === "stack" && trace.type === "bar";
    return isStack ? place.parentElement.querySelectorAll(".legend li")[graph.data.indexOf(trace)].textContent : trace.name;
  }

  function line(graph, trace, at, place) {
    const made = element("div", "tip-line");
    made.append(element("b", "", trace.y[at].toLocaleString("en-US")), " " + called(graph, trace, place));
    return made;
  }

  function show(graph, point) {
    const place = graph.closest(".chart");
    const bars = graph.data[0];
    const at = point.pointNumber;
    const axis = point.xaxis;
    const [left, right] = [-0.5, 0.5].map((half) => axis._offset + axis.d2p(bars.x[at] + half * bars.width));
    const band = element("div", "tip-band");
    Object.assign(band.style, { left: left + "px", width: Math.max(right - left, 1) + "px" });
    const box = element("div", "tip");
    box.append(element("div", "tip-time", bars.customdata[at]), ...graph.data.filter((trace) => at < trace.y.length).map((trace) => line(graph, trace, at, place)));
    hide(place);
    place.append(band, box);
    const room = place.clientWidth - box.offsetWidth;
    box.style.left = Math.max(0, Math.min(room, right + 12 > room ? left - 12 - box.offsetWidth : right + 12)) + "px";
  }

  function hide(place) {
    place.querySelectorAll(".tip, .tip-band").forEach((each) => each.remove());
  }

  // Plotly forgets who listens where it draws a chart anew: then what one listens by is another function.
  function listen(event) {
    const graph = event.target.closest && event.target.closest(".graph .js-plotly-plot");
    if (!graph || !graph.on || told.has(graph.on)) return;
    told.add(graph.on);
    graph.on("plotly_hover", (hovered) => show(graph, hovered.points.find((each) => each.curveNumber === 0) || hovered.points[0]));
    graph.on("plotly_unhover", () => hide(graph.closest(".chart")));
    graph.on("plotly_relayout", (changed) => "xaxis.range[0]" in changed && hide(graph.closest(".chart")));
  }
  ["pointermove", "pointerdown"].forEach((name) => document.addEventListener(name, listen, true));
})();
