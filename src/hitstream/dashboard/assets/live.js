// Asks the server for the whole page where it has been silent (a proxy cut the WebSocket, or it is starting again),
// and where an update was lost, so that what is shown is not what was to be expected.
(function () {
  "use strict";
  const PATIENCE = 4500; // ms without a pulse; the server sends one every 2000
  const FIRST = 2500; // ms before the first one
  const LOST = 7000; // ms without a pulse or an answer, after which the page says so
  let pulse, answer, badge;
  let heard = Date.now() - PATIENCE + FIRST;
  let answered = Date.now();

  function tell(state) {
    if (state !== badge) {
      badge = state;
      window.dash_clientside.set_props("badge", { "data-state": state });
    }
  }

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
      const silent = now - heard >= PATIENCE;
      const state = silent && now - answered >= LOST ? "reconnecting" : paused ? "paused" : "";
      tell(state || document.getElementById("page").dataset.state);
      if ((!silent && expected === shown) || (paused && silent)) {
        return window.dash_clientside.no_update;
      }
      return looks;
    },
  });
})();
