// Asks the server for the whole page where it has been silent (a proxy cut the WebSocket, or it is starting again),
// and where an update was lost, so that what is shown is not what was to be expected. Where the server is gone it says
// so, and holds what is chosen until it is back.
(function () {
  "use strict";
  const PATIENCE = 4500; // ms without a pulse, after which the page asks
  const FIRST = 2500; // ms before the first one
  const SILENT = 1200; // ms without a pulse, after which the page looks for the server; it sends one every 1000
  const ANSWER = 5000; // ms that a server may take to answer before it counts as gone
  let pulse, answer, badge, gone, held, looking;
  let heard = Date.now() - PATIENCE + FIRST;
  let answered = Date.now();

  function tell(state) {
    if (state !== badge) {
      badge = state;
      window.dash_clientside.set_props("badge", { "data-state": state });
    }
  }

  // A proxy answers for a server that is gone.
  async function look() {
    if (looking) return;
    looking = true;
    try {
      const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER) });
      found(answer.status !== 502 && answer.status !== 504);
    } catch {
      found(false);
    } finally {
      looking = false;
    }
  }

  function found(there) {
    if (there === !gone) return;
    gone = there ? null : new Date(Math.max(heard, answered));
    document.documentElement.dataset.server = there ? "there" : "gone";
    say();
    if (there && held) window.dash_clientside.set_props("url", held);
    if (there) {
      held = null;
      heard = 0; // what was shown is old: ask
    }
  }

  function say() {
    const banner = document.getElementById("gone");
    banner.hidden = !gone;
    if (!gone) return;
    const zone = new URLSearchParams(location.search).get("zone") || "UTC";
    const time = gone.toLocaleTimeString("en-GB", { timeZone: zone });
    const next = held ? " What you chose is shown when it is back." : "";
    banner.textContent = `The server does not answer since ${time} (${zone}). The numbers are of then.${next}`;
  }

  document.addEventListener("hitstream-go", function (event) {
    if (!gone) return;
    event.preventDefault();
    held = event.detail;
    say();
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hitstream = Object.assign(window.dash_clientside.hitstream || {}, {
    silence: function (looks, latest, expected, shown, last, paused) {
      const now = Date.now();
      if (latest !== pulse) {
        pulse = latest;
        heard = now;
      }
      if (last !== answer) {
        answer = last;
        answered = now;
      }
      if (gone || now - heard >= SILENT) look();
      const silent = now - heard >= PATIENCE;
      tell(gone ? "reconnecting" : paused ? "paused" : document.getElementById("page").dataset.state);
      if (gone || (!silent && expected === shown) || (paused && silent)) {
        return window.dash_clientside.no_update;
      }
      return looks;
    },
  });
})();
