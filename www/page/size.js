/* The size of the panel, which is the visitor's. */

import { PHONE } from './elements.js';
import { say } from './words.js';

/** Where the visitor's choice is kept in this browser. */
const STORED = 'candor-size';

/** The least that the panel needs, and by how much an arrow key changes it, in pixels. */
const LEAST = { width: 320, height: 360 };
const STEP_PX = 40;

const ENLARGE = 'M14 4.5h5.5V10M10 19.5H4.5V14M19 5l-5.5 5.5M5 19l5.5-5.5';
const REDUCE = 'M19.5 10H14V4.5M4.5 14H10v5.5M14 10l5.5-5.5M10 14l-5.5 5.5';

const read = () => {
  try {
    const { width, height, isLarge } = JSON.parse(localStorage.getItem(STORED)) ?? {};
    return { width: Number(width) || undefined, height: Number(height) || undefined, isLarge: isLarge === true };
  } catch {
    return {};
  }
};

const makeButton = (className) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = className;
  return button;
};

/** Lets the visitor draw the panel larger by its corner, and make it as large as the window by a button. What they chose is kept in
    this browser. A phone's panel is as large as it can be, and one that is part of the page as the page says. */
export const letResize = (panel, signal) => {
  const { host } = panel.getRootNode();
  if (host.dataset.mode == 'embedded') return;
  const size = read();

  const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path);
  const enlarge = makeButton('plain enlarge');
  enlarge.append(svg);
  const corner = makeButton('corner');
  signal.addEventListener('abort', () => {
    enlarge.remove();
    corner.remove();
  });

  const show = () => {
    panel.toggleAttribute('data-large', Boolean(size.isLarge));
    for (const side of ['width', 'height']) {
      if (size[side]) panel.style.setProperty(`--candor-${side}`, `${size[side]}px`);
      else panel.style.removeProperty(`--candor-${side}`);
    }
    enlarge.ariaLabel = enlarge.title = say(panel, size.isLarge ? 'reduce' : 'enlarge');
    path.setAttribute('d', size.isLarge ? REDUCE : ENLARGE);
    corner.ariaLabel = corner.title = say(panel, 'resize');
  };
  const keep = () => {
    show();
    try {
      localStorage.setItem(STORED, JSON.stringify(size));
    } catch {
      // Then it is so until the page is left.
    }
  };
  const take = (width, height) => {
    size.isLarge = false;
    size.width = Math.round(Math.max(LEAST.width, Math.min(width, innerWidth)));
    size.height = Math.round(Math.max(LEAST.height, Math.min(height, innerHeight)));
    show();
  };
  /** Which way the corner is from the one that stays: the panel stands at the right or at the left. */
  const outwards = () => (host.dataset.position == 'left' ? 1 : -1);

  const onEnlarge = () => {
    size.isLarge = !size.isLarge;
    keep();
  };
  enlarge.addEventListener('click', onEnlarge, { signal });

  /** Where the pointer and the corner's opposite were when it was taken. */
  let drawn;
  const draw = {
    pointerdown: (event) => {
      const { offsetWidth: width, offsetHeight: height } = panel;
      drawn = { x: event.clientX, y: event.clientY, width, height };
      corner.setPointerCapture(event.pointerId);
    },
    pointermove: ({ clientX, clientY }) => {
      if (drawn) take(drawn.width + (clientX - drawn.x) * outwards(), drawn.height - (clientY - drawn.y));
    },
    pointerup: () => {
      if (drawn) keep();
      drawn = undefined;
    },
  };
  panel.hear = (event) => event.composedPath()[0] == corner && draw[event.type]?.(event);
  signal.addEventListener('abort', () => {
    panel.hear = undefined;
  });
  const onKey = (event) => {
    if (event.target != corner) return;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!across && !up) return;
    event.preventDefault();
    const { offsetWidth: width, offsetHeight: height } = panel;
    take(width + (across ?? 0) * outwards() * STEP_PX, height + (up ?? 0) * STEP_PX);
    keep();
  };
  panel.addEventListener('keydown', onKey, { signal });

  const place = () => {
    const header = panel.querySelector('.header');
    if (!header || PHONE.matches) {
      enlarge.remove();
      corner.remove();
      return;
    }
    if (enlarge.parentElement == header && corner.parentElement == panel) return;
    header.lastElementChild.before(enlarge);
    panel.append(corner);
    show();
  };
  PHONE.addEventListener?.('change', place, { signal });
  const observer = new MutationObserver(place);
  observer.observe(panel, { childList: true, subtree: true });
  signal.addEventListener('abort', () => observer.disconnect());
  place();
};
