// Elements of the page: how they are found, and how they are made.

/**
 * The element of an id, of the kind that it is on this page.
 * @template {Element} T
 * @param {new () => T} kind such as HTMLInputElement
 * @param {string} id
 * @returns {T}
 */
export function byIdAs(kind, id) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`there is no ${kind.name} #${id} on this page`);
}

/**
 * The element of an id, where any of HTML will do.
 * @param {string} id
 */
export const byId = (id) => byIdAs(HTMLElement, id);

/** Whether it is a finger that points. */
export const isTouch = () => window.matchMedia("(pointer: coarse)").matches;

/**
 * An element of HTML with its properties and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Partial<HTMLElementTagNameMap[K]>} [properties]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function create(name, properties = {}, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * An element of SVG with its attributes and children.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} [children]
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [own, value] of Object.entries(attributes)) element.setAttribute(own, String(value));
  element.append(...children);
  return element;
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (context) return context;
  throw new Error("this browser draws on no canvas");
}

/**
 * A name and its value, with a note if there is one, and more about the note for a pointer on it.
 * @typedef {[name: string, value: string, note?: string, more?: string]} Definition
 */

/**
 * @param {Definition} entry
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
