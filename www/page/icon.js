/* Drawings, as those of `src/shell/icon.rs`: strokes on a field of 24 by 24. */

/** A drawing, and its path. */
export const makeIcon = (strokes = '') => {
  const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', strokes);
  svg.append(path);
  return { svg, path };
};
