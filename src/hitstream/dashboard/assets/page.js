// What a page does by itself: colour scheme, time zone, pause, the drawer of pages, exports.
(function () {
  "use strict";
  const KEY = "mantine-color-scheme-value";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const site = document.title;

  function kept() {
    try {
      const value = localStorage.getItem(KEY);
      return value in NEXT ? value : "auto";
    } catch {
      return "auto";
    }
  }

  function paint() {
    const wanted = kept();
    root.dataset.scheme = wanted;
    root.dataset.mantineColorScheme = wanted === "auto" ? (system.matches ? "dark" : "light") : wanted;
  }

  // On a phone the ranges are wider than the screen.
  function showChosen() {
    const chosen = document.querySelector(".ranges .chosen");
    if (!chosen) return;
    const [box, inside] = [chosen.closest(".ranges").getBoundingClientRect(), chosen.getBoundingClientRect()];
    chosen.closest(".ranges").scrollLeft += inside.left - box.left - (box.width - inside.width) / 2;
  }

  paint();
  system.addEventListener("change", () => setTimeout(paint));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hitstream = Object.assign(window.dash_clientside.hitstream || {}, {
    scheme: function (clicks) {
      if (clicks) {
        try {
          localStorage.setItem(KEY, NEXT[kept()]);
        } catch {
          // a browser that keeps nothing follows the system
        }
        paint();
      }
      return "Colours: " + { auto: "as the system", light: "light", dark: "dark" }[kept()];
    },
    zone: function (search) {
      const parts = new URLSearchParams(search);
      const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
      if (parts.has("zone") || here === "UTC") parts.delete("zone");
      else parts.set("zone", here);
      return location.pathname + (parts.size ? "?" + parts : "");
    },
    bar: function (clicked, figure) {
      const point = clicked && clicked.points.find((each) => each.curveNumber === 0);
      if (!point) return window.dash_clientside.no_update;
      const bars = figure.data[0];
      const middle = bars.x[point.pointNumber];
      return { "xaxis.range[0]": middle - bars.width / 2, "xaxis.range[1]": middle + bars.width / 2 }; // as if dragged over
    },
    days: function (days) {
      if (!days || !days[0]) return [window.dash_clientside.no_update, window.dash_clientside.no_update];
      const after = new Date((days[1] || days[0]).slice(0, 10) + "T00:00:00Z"); // a calendar's days have no zone
      after.setUTCDate(after.getUTCDate() + 1);
      return [days[0].slice(0, 10), after.toISOString().slice(0, 10)];
    },
    title: function (place) {
      if (place) document.title = place.title + " · " + site;
      setTimeout(showChosen);
    },
    pause: function (clicks) {
      const paused = clicks % 2 === 1;
      return [paused, String(paused), paused ? "Resume" : "Pause"];
    },
    drawer: function (opened) {
      return { width: 176, breakpoint: "sm", collapsed: { mobile: !opened } };
    },
  });

  // An export is of what is shown: the address says what that is.
  function addressed(event) {
    const link = event.target.closest && event.target.closest('a[href*="/api/v1/"]');
    if (link) link.href = link.pathname + location.search;
  }
  ["pointerenter", "focusin", "pointerdown"].forEach((name) => document.addEventListener(name, addressed, true));

  // What is typed into a list that can be searched takes the place of what was chosen.
  function replaceable(event) {
    const input = event.target;
    if (input.matches && input.matches("input.mantine-Select-input:not([readonly])")) setTimeout(() => input.select());
  }
  ["focusin", "click"].forEach((name) => document.addEventListener(name, replaceable, true));

  // What a cell cuts off is shown where it is pointed at.
  document.addEventListener("pointerover", function (event) {
    const cut = event.target.closest(".log .key");
    if (cut && !cut.title && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent;
  });

  // Links go elsewhere without loading the page again.
  function go(event) {
    const link = event.target.closest('a[href^="/"]:not([download])');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const held = new CustomEvent("hitstream-go", { cancelable: true, detail: { pathname: link.pathname, search: link.search } });
    if (!document.dispatchEvent(held)) return;
    if (link.pathname !== location.pathname) scrollTo(0, 0);
    out.remove();
    window.dash_clientside.set_props("url", { pathname: link.pathname, search: link.search });
  }

  const SENT_BY = { "filter-value": "filter-add", from: "between-show", to: "between-show" };

  // A key that filters can be left out as well: by the button beside it where it is pointed at, or by the key "-" on it.
  // Its link has one filter more than the address; what is left out is the last of what it adds.
  const out = document.createElement("a");
  out.className = "leave-out icon icon-out";
  out.title = "Leave these out";
  out.tabIndex = -1;

  function without(link) {
    const now = new URLSearchParams(location.search).getAll("where");
    const parts = new URLSearchParams(link.search);
    const added = parts.getAll("where").filter((each) => !now.includes(each));
    const equal = /^([a-z_]+)=([^]*)$/.exec(added.at(-1) || "");
    if (!equal || link.pathname !== location.pathname) return null;
    parts.delete("where");
    [...now, equal[1] + "!=" + equal[2]].forEach((each) => parts.append("where", each));
    return link.pathname + "?" + parts;
  }

  function offer(event) {
    const link = event.target.closest && event.target.closest("#panels a.key");
    if (event.target === out) return;
    const place = link && !link.closest(".legend, thead") && without(link);
    if (!place) return out.remove();
    out.setAttribute("href", place);
    document.body.append(out);
    const box = link.getBoundingClientRect();
    Object.assign(out.style, { left: scrollX + box.right - 18 + "px", top: scrollY + box.top + box.height / 2 - 8 + "px" });
  }
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && offer(event));

  function leaveOut(event) {
    const link = event.key === "-" && event.target.closest("#panels a.key");
    const place = link && without(link);
    if (place) window.dash_clientside.set_props("url", { search: place.slice(place.indexOf("?")) });
  }
  document.addEventListener("keydown", leaveOut);

  // In a grid arrow keys lead from one cell to the next.
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function walk(event) {
    const cell = event.target.matches(".week td a") && event.key in ARROWS && event.target.closest("td");
    if (!cell) return;
    const [right, down] = ARROWS[event.key];
    const rows = [...cell.closest("tbody").rows];
    let row = rows.indexOf(cell.parentElement);
    let column = cell.cellIndex;
    for (;;) {
      row += down;
      column += right;
      const next = rows[row] && rows[row].cells[column];
      if (!next) return;
      const link = next.querySelector("a");
      if (link) {
        event.preventDefault();
        link.focus();
        return;
      }
    }
  }
  document.addEventListener("keydown", walk);

  document.addEventListener("click", function (event) {
    go(event);
    if (event.target.closest(".navigation a")) window.dash_clientside.set_props("burger", { opened: false });
    if (event.target.closest(".periods a")) window.dash_clientside.set_props("between-form", { opened: false });
    const open = document.querySelectorAll("details.export[open]");
    open.forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.id in SENT_BY) {
      setTimeout(() => document.getElementById(SENT_BY[event.target.id]).click(), 80); // once the value is known
    }
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.export[open]").forEach((menu) => {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  });
})();
