// Asks the server for the whole page where it has been silent (a proxy cut the WebSocket, or it is starting again),
// and where an update was lost, so that what is shown is not what was to be expected.
(function () {
  "use strict";
  const PATIENCE = 4500; // ms without a pulse; the server sends one every 2000
  const FIRST = 2500; // ms before the first one
  let pulse;
  let heard = Date.now() - PATIENCE + FIRST;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hitstream = {
    silence: function (looks, latest, expected, shown) {
      if (latest !== pulse) {
        pulse = latest;
        heard = Date.now();
      }
      if (Date.now() - heard < PATIENCE && expected === shown) {
        return window.dash_clientside.no_update;
      }
      return looks;
    },
  };
})();
