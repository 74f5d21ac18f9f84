// The form of a filter: a chip fills it in, and what is typed finds values that the log has.
(function () {
  "use strict";
  const PAUSE = 200; // ms without another key before the server is asked
  const TIMES = ["range", "from", "to"];
  let waiting, asking;

  const set = (id, props) => window.dash_clientside.set_props(id, props);

  // Filled in here, not by the server: its answer would come after the first keys that are typed, and undo them.
  function fill(value, button, changed) {
    set("filter-value", { value, error: "" });
    set("filter-add", { children: button });
    set("filter-edited", { data: changed });
  }

  document.addEventListener("click", function (event) {
    const pressed = event.target.closest && event.target.closest(".chip .edit, #filter-open");
    if (!pressed) return;
    if (pressed.id) return fill("", "Add", null);
    const { filter, column, operator, value } = pressed.dataset;
    set("filter-column", { value: column });
    set("filter-operator", { value: operator });
    fill(value, "Change", filter);
    set("filter-form", { opened: true });
  });

  // Of several values with commas between, the last one is looked for.
  async function suggest(input) {
    const form = input.closest(".form");
    const column = form.querySelector("#filter-column").value;
    const before = form.querySelector("#filter-operator").value.endsWith("in") ? input.value.slice(0, input.value.lastIndexOf(",") + 1) : "";
    const like = input.value.slice(before.length).trim();
    if (asking) asking.abort();
    if (!like || !form.dataset.counted.split(" ").includes(column)) return set("filter-value", { data: [] });
    const stop = (asking = new AbortController());
    const shown = new URLSearchParams(location.search);
    const parts = new URLSearchParams(TIMES.filter((name) => shown.has(name)).map((name) => [name, shown.get(name)]));
    parts.set("like", like);
    try {
      const answer = await fetch(`/api/v1/values/${column}?${parts}`, { signal: stop.signal });
      const found = answer.ok ? (await answer.json()).values : [];
      if (!stop.signal.aborted) set("filter-value", { data: found.map((each) => before + each.value) });
    } catch {
      // stopped, or the server is gone: nothing is suggested
    }
  }

  document.addEventListener("input", function (event) {
    if (event.target.id !== "filter-value") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(event.target), PAUSE);
  });
})();
