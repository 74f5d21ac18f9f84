// Draws what is in `data-drawn` (see drawn.py): elements of known tags and attributes, and texts as text nodes.
(function () {
  "use strict";
  const TAGS = new Set(["a", "b", "div", "i", "li", "span", "td", "th", "tr"]);
  const NAMES = new Set(["aria-disabled", "aria-hidden", "aria-label", "class", "data-head", "data-key", "href", "scope", "tabindex", "title"]);
  const HERE = /^\/(?!\/)/;

  function attribute(element, name, value) {
    if (!NAMES.has(name) || (name === "href" && !HERE.test(value))) return;
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function dress(element, wanted) {
    for (const name of element.getAttributeNames()) {
      if (name !== "style" && !(name in wanted)) element.removeAttribute(name);
    }
    for (const name in wanted) {
      if (name !== "style") attribute(element, name, wanted[name]);
    }
    const style = wanted.style || {};
    for (const name of [...element.style]) {
      if (!(name in style)) element.style.removeProperty(name);
    }
    for (const name in style) {
      if (element.style.getPropertyValue(name) !== style[name]) element.style.setProperty(name, style[name]);
    }
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

  function draw(element) {
    fill(element, JSON.parse(element.dataset.drawn));
  }

  new MutationObserver(function (changes) {
    const found = new Set();
    for (const change of changes) {
      if (change.type === "attributes") found.add(change.target);
      for (const added of change.addedNodes) {
        if (added.nodeType !== Node.ELEMENT_NODE) continue;
        if (added.dataset.drawn) found.add(added);
        added.querySelectorAll("[data-drawn]").forEach((element) => found.add(element));
      }
    }
    found.forEach(draw);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"] });
})();
