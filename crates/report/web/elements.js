// Elements of the page: how they are found, and how they are made.

/**
 * The element of an id. Its kind is known to who asks.
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/** Whether it is a finger that points. */
export const isTouch = () => window.matchMedia("(pointer: coarse)").matches;

/**
 * An element of HTML with its properties and children.
 * @param {string} name
 * @param {Object<string, any>} [properties]
 * @param {(Node | string)[]} [children]
 * @returns {any}
 */
export function create(name, properties = {}, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * An element of SVG with its attributes and children.
 * @param {string} name
 * @param {Object<string, any>} [attributes]
 * @param {(Node | string)[]} [children]
 * @returns {any}
 */
export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [own, value] of Object.entries(attributes)) element.setAttribute(own, value);
  element.append(...children);
  return element;
}

/**
 * A name and its value, with a note if there is one, and more about the note for a pointer on it.
 * @param {string[]} entry name, value, note and what more there is
 * @returns {HTMLElement}
 */
export function definition([name, value, note, more = ""]) {
  const parts = [
    create("dt", { textContent: name }),
    create("dd", { textContent: value }),
    ...(note ? [create("dd", { className: "quiet", textContent: note, title: more })] : []),
  ];
  return create("div", {}, parts);
}

/**
 * An entry of a chart's key: a mark of that class, and what it stands for.
 * @param {string} name
 * @param {string} text
 * @returns {HTMLElement}
 */
export function key(name, text) {
  return create("li", {}, [create("i", { className: `key ${name}` }), text]);
}
