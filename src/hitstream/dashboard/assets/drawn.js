// Draws what `data-drawing` and `data-drawn` say (see drawn.py): elements of known tags and attributes, and texts as text nodes.
(function () {
  "use strict";
  const TAGS = new Set(
    ["a", "b", "button", "caption", "dd", "details", "div", "dl", "dt", "h2", "i", "li", "nav", "p", "span", "summary"].concat(
      ["table", "tbody", "td", "th", "thead", "tr", "ul"]
    )
  );
  const NAMES = new Set(
    ["aria-disabled", "aria-hidden", "aria-label", "aria-pressed", "class", "colspan", "data-column", "data-filter", "data-head"].concat(
      ["data-insert", "data-key", "data-operator", "data-panel", "data-state", "data-value", "download", "href", "id", "scope"],
      ["tabindex", "title"]
    )
  );
  const HERE = /^\/(?!\/)/;
  const DRAWN = "[data-drawn], [data-drawing]";
  const waiting = new Map(); // what is to be drawn of elements that are not there yet

  function attribute(element, name, value) {
    if (!NAMES.has(name) || (name === "href" && !HERE.test(value))) return;
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }

  function style(element, wanted) {
    for (const name of [...element.style]) {
      if (!(name in wanted)) element.style.removeProperty(name);
    }
    for (const name in wanted) {
      if (element.style.getPropertyValue(name) !== wanted[name]) element.style.setProperty(name, wanted[name]);
    }
  }

  function dress(element, wanted) {
    for (const name of element.getAttributeNames()) {
      if (name !== "style" && !(name in wanted)) element.removeAttribute(name);
    }
    for (const name in wanted) {
      if (name !== "style") attribute(element, name, wanted[name]);
    }
    style(element, wanted.style || {});
  }

  function fit(parent, there, child) {
    if (child[0] === "") return;
    if (typeof child === "string") {
      if (there && there.nodeType === Node.TEXT_NODE) {
        if (there.data !== child) there.data = child;
        return;
      }
    } else if (!TAGS.has(child[0])) {
      throw new Error("no such tag: " + child[0]);
    } else if (there && there.localName === child[0]) {
      dress(there, child[1]);
      fill(there, child.slice(2));
      return;
    }
    const made = typeof child === "string" ? document.createTextNode(child) : document.createElement(child[0]);
    if (there) parent.replaceChild(made, there);
    else parent.append(made);
    if (typeof child !== "string") fit(parent, made, child);
  }

  // An element with a key stays the same one wherever it goes among its neighbours.
  function fill(parent, children) {
    const known = new Map();
    for (const each of parent.children) {
      if (each.dataset.key) known.set(each.dataset.key, each);
    }
    const found = children.filter((child) => child[0] !== "" || known.has(child[1]["data-key"]));
    if (found.length < children.length) window.dash_clientside.set_props("shown", { data: -1 }); // something was missed
    found.forEach((child, at) => {
      const key = child[1] && child[1]["data-key"];
      const there = parent.childNodes[at];
      if (key && (!there || !there.dataset || there.dataset.key !== key)) {
        parent.insertBefore(known.get(key) || document.createElement(child[0]), there || null);
      }
      fit(parent, parent.childNodes[at], child);
    });
    while (parent.childNodes.length > found.length) parent.lastChild.remove();
  }

  function change(id, parts) {
    const element = document.getElementById(id);
    if (!element) {
      waiting.set(id, Object.assign(waiting.get(id) || {}, parts));
      return;
    }
    waiting.delete(id);
    for (const name in parts) {
      if (name === "drawn") fill(element, parts.drawn);
      else if (name === "style") style(element, parts.style);
      else if (name !== "text") attribute(element, name, parts[name]);
      else if (element.textContent !== parts.text) element.textContent = parts.text;
    }
  }

  function draw(element) {
    if (element.dataset.drawn) fill(element, JSON.parse(element.dataset.drawn));
    if (!element.dataset.drawing) return;
    const changes = JSON.parse(element.dataset.drawing)[1];
    if (changes.chips) waiting.clear(); // the page turns: what waits is of where it was
    for (const id in changes) change(id, changes[id]);
  }

  new MutationObserver(function (changes) {
    const found = new Set();
    for (const each of changes) {
      if (each.type === "attributes") found.add(each.target);
      for (const added of each.addedNodes) {
        if (added.nodeType !== Node.ELEMENT_NODE) continue;
        if (added.matches(DRAWN)) found.add(added);
        added.querySelectorAll(DRAWN).forEach((element) => found.add(element));
      }
    }
    found.forEach(draw);
    for (const [id, parts] of [...waiting]) change(id, parts);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn", "data-drawing"] });
})();
