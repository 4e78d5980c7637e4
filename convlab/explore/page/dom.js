// Elements of a page and of a drawing.

export const add = (parent, tag, attributes = {}, text = "") => {
  const made = document.createElement(tag);
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  made.textContent = text;
  return parent.appendChild(made);
};

// An element of a drawing. `attributes` may be set again with `put`.
export const put = (made, attributes) => {
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  return made;
};

export const draw = (parent, tag, attributes = {}, text = "") => {
  const made = put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  made.textContent = text;
  return parent.appendChild(made);
};
