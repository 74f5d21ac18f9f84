// A chart of a statement's answer: bars of one of its numbers, by its first column that is none. Text is text only.
(function () {
  "use strict";
  const BARS = 400; // at the most
  const [WIDTH, HEIGHT] = [1000, 160];
  let answer = null; // {columns, numbers, types, rows}
  let chosen = 0; // which of the numbers is drawn

  function element(tag, name, text) {
    const made = document.createElement(tag);
    made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function shape(tag, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    return made;
  }

  const written = (number) => number.toLocaleString("en", { maximumSignificantDigits: 6 });

  // The first column names the bars where it is no number, or where it is one among several.
  function parts() {
    const numbers = answer.columns.map((_, at) => at).filter((at) => answer.numbers[at]);
    const label = answer.numbers.findIndex((is) => !is);
    if (label < 0 && numbers.length > 1) return { label: numbers[0], measures: numbers.slice(1) };
    return { label: label, measures: numbers };
  }

  function bars(label, measure) {
    const rows = answer.rows.slice(0, BARS).filter((row) => typeof row[measure] === "number");
    const [least, most] = [Math.min(0, ...rows.map((row) => row[measure])), Math.max(0, ...rows.map((row) => row[measure]))];
    const height = (value) => (HEIGHT * value) / (most - least || 1);
    const picture = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    rows.forEach((row, at) => {
      const value = row[measure];
      const width = WIDTH / rows.length;
      const bar = shape("rect", { x: at * width, width: width * (rows.length > 100 ? 1 : 0.85), y: height(most - Math.max(value, 0)), height: height(Math.abs(value)) });
      const title = shape("title", {});
      title.textContent = `${label < 0 ? at + 1 : row[label]}: ${written(value)}`;
      bar.append(title);
      picture.append(bar);
    });
    return { picture: picture, rows: rows, most: most };
  }

  function draw() {
    const place = document.getElementById("sql-chart");
    if (!place) return;
    place.replaceChildren();
    if (!answer || answer.rows.length < 2) return;
    const { label, measures } = parts();
    const measure = measures[Math.min(chosen, measures.length - 1)];
    if (measure === undefined) return;
    const { picture, rows, most } = bars(label, measure);
    if (rows.length < 2) return;
    const head = element("div", "row");
    measures.slice(0, 8).forEach((at, number) => {
      const button = element("button", "button", answer.columns[at]);
      button.type = "button";
      button.dataset.number = number;
      button.setAttribute("aria-pressed", String(at === measure));
      head.append(button);
    });
    const of = label < 0 ? "row" : answer.columns[label];
    const part = answer.rows.length > BARS ? ` of the first ${BARS} rows` : "";
    head.append(element("span", "note", `by ${of}${part} · most ${written(most)}`));
    const ends = element("div", "ends note");
    [rows[0], rows[rows.length - 1]].forEach((row) => ends.append(element("span", "", label < 0 ? "" : String(row[label]).slice(0, 60))));
    const figure = element("div", "bars");
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", `${answer.columns[measure]} by ${of}; the rows follow as a table`);
    figure.append(picture);
    place.append(head, figure, ends);
  }

  document.addEventListener("hitstream-sql-answered", function (event) {
    answer = event.detail;
    chosen = 0;
    draw();
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("#sql-chart [data-number]");
    if (!button) return;
    chosen = Number(button.dataset.number);
    draw();
    document.querySelector(`#sql-chart [data-number="${chosen}"]`).focus();
  });
})();
