// The page SQL: sends the statement of the address to /api/v1/sql, and shows its rows. What comes of logs is text only.
(function () {
  "use strict";
  const ROWS = 5000; // shown; a file has all
  const GRID = "/_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js";
  const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
  const NUMBERS = /^(U?\w*INT\w*|DOUBLE|FLOAT|DECIMAL.*)$/;
  const DIGITS = 6; // that fractions are shown with; a file has all
  const PLACE = /^SQL, line (\d+), column (\d+): /;
  let running = null; // {query, stop}
  let latest = null; // {query, answer or problem}: what is shown
  let draft = null; // {query, text}: what is written and not sent, by the statement it grew from
  let grids = 0;
  let loading = null;

  const find = (id) => document.getElementById(id);
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const count = (n) => n.toLocaleString("en");

  function say(id, text) {
    const element = find(id);
    if (element) element.textContent = text;
  }

  function escaped(character) {
    const code = character.codePointAt(0).toString(16);
    return code.length <= 2 ? "\\x" + code.padStart(2, "0") : code.length <= 4 ? "\\u" + code.padStart(4, "0") : "\\U" + code.padStart(8, "0");
  }

  function visible(text) {
    return text.replace(HIDDEN, escaped);
  }

  function shown(value) {
    if (typeof value === "string") return visible(value);
    return value !== null && typeof value === "object" ? visible(JSON.stringify(value)) : value;
  }

  // Fractions come as text, and whole numbers that a float cannot hold: those stay so.
  function number(text) {
    return text.includes(".") || Number.isSafeInteger(Number(text)) ? Number(text) : text;
  }

  function rounded(value) {
    return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
  }

  // ---- asking ------------------------------------------------------------------------------------------------

  async function ask(query) {
    if (running) running.stop.abort();
    document.dispatchEvent(new CustomEvent("hitstream-sql-asked", { detail: query }));
    const mine = (running = { query: query, stop: new AbortController() });
    state("running");
    say("sql-said", "Running");
    const began = performance.now();
    const outcome = { query: query };
    try {
      outcome.answer = await answer("/api/v1/sql", mine.stop.signal, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ query: query, limit: ROWS }),
      }).then((response) => response.json());
    } catch (problem) {
      outcome.problem = problem.name === "AbortError" ? "Stopped." : problem.message;
    }
    if (running !== mine) return; // another was sent meanwhile
    running = null;
    latest = outcome;
    say("sql-said", `${outcome.problem ? "No answer" : "Answered"} after ${seconds((performance.now() - began) / 1000)}`);
    show(outcome);
  }

  async function answer(path, signal, options) {
    let response;
    try {
      response = await fetch(path, Object.assign({ signal: signal }, options));
    } catch (problem) {
      if (problem.name === "AbortError") throw problem;
      throw new Error("The server does not answer. Run it again once the page is live.");
    }
    if (response.ok) return response;
    const told = await response.json().catch(() => null);
    throw new Error(told && told.error ? `${told.error.message}\n${told.error.hint}`.trim() : response.statusText);
  }

  function seconds(time) {
    return time < 0.01 ? "less than 0.01 s" : `${time.toFixed(2)} s`;
  }

  // ---- showing -----------------------------------------------------------------------------------------------

  function state(name) {
    if (find("sql-result")) set("sql-result", { "data-state": name });
    if (find("sql-stop")) set("sql-stop", { disabled: name !== "running" });
  }

  function blank() {
    say("sql-note", "");
    say("sql-wrong", "");
    say("sql-say", "Write a statement and run it (Ctrl+Enter), or take one of the examples.");
    state("empty");
  }

  async function show(outcome) {
    if (!find("sql-result")) return;
    say("sql-wrong", "");
    if (outcome.problem) {
      wrong(outcome.problem);
      return;
    }
    const { columns, types, rows, cut, seconds: took } = outcome.answer;
    document.dispatchEvent(new CustomEvent("hitstream-sql-answered", { detail: values(columns, types, rows) }));
    const words = `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"} in ${seconds(took)}`;
    say("sql-note", cut ? `The first ${words}; there are more, which the files have.` : words);
    await load();
    if (latest !== outcome || !find("sql-rows")) return;
    set("sql-rows", { children: rows.length ? grid(columns, types, rows) : null });
    say("sql-say", "No row answers this statement.");
    state(rows.length ? "ok" : "empty");
  }

  function wrong(problem) {
    const element = find("sql-wrong");
    element.textContent = problem.split("\n").map(visible).join("\n");
    const place = PLACE.exec(problem);
    if (place) {
      const button = document.createElement("button");
      button.className = "button";
      button.type = "button";
      button.textContent = "Show the place";
      button.addEventListener("click", () => go(Number(place[1]), Number(place[2])));
      element.append(button);
    }
    state("wrong");
  }

  const numeric = (value) => (typeof value === "string" ? number(value) : value);

  // What a chart is drawn of: numbers as numbers, all else as text that can be shown.
  function values(columns, types, rows) {
    const numbers = types.map((type) => NUMBERS.test(type));
    const written = (value, at) => (numbers[at] ? numeric(value) : value === null ? "" : String(shown(value)));
    return { columns: columns.map(visible), numbers: numbers, types: types, rows: rows.map((row) => row.map(written)) };
  }

  function grid(columns, types, rows) {
    const numbers = types.map((type) => NUMBERS.test(type));
    const defs = columns.map((name, at) => {
      const number = numbers[at];
      return {
        field: "c" + at,
        headerName: visible(name) || " ",
        headerTooltip: types[at],
        cellDataType: false,
        cellClass: number ? "number" : "",
        headerClass: number ? "number" : "",
      };
    });
    const cell = (value, at) => (numbers[at] ? rounded(numeric(value)) : shown(value));
    const widest = Math.max(380, Math.ceil(find("sql-rows").clientWidth / columns.length)); // so that two fill it too
    const data = rows.map((row) => Object.fromEntries(row.map((value, at) => ["c" + at, cell(value, at)])));
    return {
      namespace: "dash_ag_grid",
      type: "AgGrid",
      props: {
        id: "sql-grid-" + ++grids,
        className: "sql-grid",
        columnDefs: defs,
        rowData: data,
        defaultColDef: { sortable: true, resizable: true, minWidth: 90 },
        dashGridOptions: {
          autoSizeStrategy: { type: "fitCellContents", defaultMaxWidth: widest, scaleUpToFitGridWidth: true },
          animateRows: false,
          enableCellTextSelection: true,
          ensureDomOrder: true,
          suppressFieldDotNotation: true,
          suppressDragLeaveHidesColumns: true,
          rowHeight: 28,
          headerHeight: 32,
        },
      },
    };
  }

  function load() {
    loading =
      loading ||
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = GRID;
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      });
    return loading;
  }

  // ---- the editor --------------------------------------------------------------------------------------------

  const addressed = () => new URLSearchParams(location.search).get("query") || "";

  function run() {
    const text = find("sql-editor").value.trim();
    if (!text) return;
    draft = null;
    if (text === addressed()) {
      ask(text);
      return;
    }
    const parts = new URLSearchParams(location.search);
    parts.set("query", text);
    set("url", { search: "?" + parts });
  }

  function write(text) {
    set("sql-editor", { value: text });
    draft = { query: addressed(), text: text };
  }

  function insert(text) {
    const editor = find("sql-editor");
    const { selectionStart: start, selectionEnd: end, value } = editor;
    write(value.slice(0, start) + text + value.slice(end));
    requestAnimationFrame(() => {
      editor.focus();
      editor.setSelectionRange(start + text.length, start + text.length);
    });
  }

  function go(line, column) {
    const editor = find("sql-editor");
    const before = editor.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    const word = /^\w+/.exec(editor.value.slice(at));
    editor.focus();
    editor.setSelectionRange(at, at + (word ? word[0].length : 1));
  }

  async function save(link) {
    say("sql-said", "Making the file");
    try {
      const response = await answer(link.pathname + location.search);
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await response.blob());
      file.download = link.download;
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60000);
      say("sql-said", `Saved ${link.download}`);
    } catch (problem) {
      say("sql-said", "");
      wrong(problem.message);
    }
  }

  document.addEventListener("click", function (event) {
    const hit = (selector) => event.target.closest && event.target.closest(selector);
    if (hit("#sql-run")) run();
    else if (hit("#sql-stop")) running && running.stop.abort();
    else if (hit("[data-insert]")) insert(hit("[data-insert]").dataset.insert);
    else if (hit(".sql-file")) {
      event.preventDefault();
      save(hit(".sql-file"));
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.target.id !== "sql-editor" || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  document.addEventListener("input", function (event) {
    if (event.target.id === "sql-editor") draft = { query: addressed(), text: event.target.value };
  });

  // A page that is turned to a statement shows it, and asks it unless its answer is there already.
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hitstream = Object.assign(window.dash_clientside.hitstream || {}, {
    statement: function (query) {
      set("sql-editor", { value: draft && draft.query === query ? draft.text : query });
      if (!query) blank();
      else if (running && running.query === query) state("running");
      else if (latest && latest.query === query) show(latest);
      else ask(query);
      return query;
    },
  });
})();
