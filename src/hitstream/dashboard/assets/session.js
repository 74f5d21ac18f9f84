// When the session has ended, the server refuses what the page asks: the page then starts anew, which leads to the login.
(function () {
  const ask = window.fetch;
  let leaving = false;
  window.fetch = async function (...asked) {
    const answer = await ask.apply(this, asked);
    if (answer.status === 401 && !leaving) {
      leaving = true;
      location.reload();
    }
    return answer;
  };
})();
