// Asks for the page by HTTP where the server has been silent: a proxy cut the WebSocket, or it is starting again.
(function () {
  "use strict";
  const PATIENCE = 4500; // ms without a pulse; the server sends one every 2000
  const FIRST = 1500; // ms before the first one
  let pulse;
  let heard = Date.now() - PATIENCE + FIRST;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.hitstream = {
    silence: function (looks, latest) {
      if (latest !== pulse) {
        pulse = latest;
        heard = Date.now();
      }
      if (Date.now() - heard < PATIENCE) {
        return window.dash_clientside.no_update;
      }
      return looks;
    },
  };
})();
