// The statements that were asked in this browser, the newest first. Nobody else is told; logging out forgets them.
(function () {
  "use strict";
  const KEY = "hitstream-sql-history";
  const KEPT = 50;
  const SHOWN = 160; // characters of each

  function known() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
    } catch {
      return []; // a browser that keeps nothing has no history
    }
  }

  function keep(statements) {
    try {
      localStorage.setItem(KEY, JSON.stringify(statements.slice(0, KEPT)));
    } catch {
      // the page works without
    }
    show();
  }

  function button(text, name, statement) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.textContent = text;
    if (statement !== undefined) made.title = statement;
    return made;
  }

  function show() {
    const place = document.getElementById("sql-history");
    if (!place) return;
    const lines = known().map((each) => button(each.replace(/\s+/g, " ").slice(0, SHOWN), "name code past", each));
    place.replaceChildren(...(lines.length ? [...lines, button("Forget all of them", "button forget")] : ["Nothing was asked in this browser yet."]));
  }

  document.addEventListener("hitstream-sql-asked", (event) => keep([event.detail, ...known().filter((each) => each !== event.detail)]));
  document.addEventListener("toggle", (event) => event.target.matches && event.target.matches(".history") && show(), true);
  document.addEventListener("submit", (event) => event.target.id === "leave" && keep([]), true);
  document.addEventListener("click", function (event) {
    const place = event.target.closest && event.target.closest("#sql-history");
    if (!place) return;
    if (event.target.matches(".forget")) keep([]);
    if (!event.target.matches(".past")) return;
    const parts = new URLSearchParams(location.search);
    parts.set("query", event.target.title);
    window.dash_clientside.set_props("url", { search: "?" + parts });
  });
})();
