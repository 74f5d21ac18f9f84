// The form of a filter: a chip fills it in, and what is typed finds values that the log has.
(function () {
  "use strict";
  const PAUSE = 200; // ms without another key before the server is asked
  const TIMES = ["range", "from", "to"];
  let waiting, asking;
  let edits = 0;

  const set = (id, props) => window.dash_clientside.set_props(id, props);

  document.addEventListener("click", function (event) {
    const chip = event.target.closest && event.target.closest(".chip .edit");
    if (chip) set("filter-edited", { data: { filter: chip.dataset.filter, number: ++edits } });
    else if (event.target.closest && event.target.closest("#filter-open")) set("filter-edited", { data: { number: ++edits } });
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
