/* The size of the panel, which is the visitor's. */

import { PHONE } from './elements.js';
import { makeIcon } from './icon.js';
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
    const { width, height } = JSON.parse(localStorage.getItem(STORED)) ?? {};
    return { width: Number(width) || undefined, height: Number(height) || undefined };
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

/** Lets the visitor draw the panel larger by its corner, and make it as large as the window by a button. How they drew it is kept in
    this browser; as large as the window it is on this page alone, and covers no other unasked. A phone's panel is as large as it can be,
    and one that is part of the page as the page says. `onSized` is called whenever the log may be lower or higher. */
export const letResize = (panel, onSized, signal) => {
  const { host } = panel.getRootNode();
  if (host.dataset.mode == 'embedded') return;
  const size = read();
  let isLarge = false;

  const { svg, path } = makeIcon();
  const enlarge = makeButton('plain enlarge');
  enlarge.append(svg);
  const corner = makeButton('corner');
  signal.addEventListener('abort', () => {
    enlarge.remove();
    corner.remove();
  });

  const show = () => {
    panel.toggleAttribute('data-large', isLarge);
    for (const side of ['width', 'height']) {
      if (size[side]) panel.style.setProperty(`--candor-${side}`, `${size[side]}px`);
      else panel.style.removeProperty(`--candor-${side}`);
    }
    enlarge.ariaLabel = enlarge.title = say(panel, isLarge ? 'reduce' : 'enlarge');
    path.setAttribute('d', isLarge ? REDUCE : ENLARGE);
    corner.ariaLabel = corner.title = say(panel, 'resize');
    onSized();
  };
  const keep = () => {
    try {
      localStorage.setItem(STORED, JSON.stringify(size));
    } catch {
      // Then it is so until the page is left.
    }
  };
  /** Takes what was chosen of width and height. */
  const take = (chosen) => {
    isLarge = false;
    const most = { width: innerWidth, height: innerHeight };
    for (const side in chosen) size[side] = Math.round(Math.max(LEAST[side], Math.min(chosen[side], most[side])));
    show();
  };
  /** Which way the corner is from the one that stays: the panel stands at the right or at the left. */
  const outwards = () => (host.dataset.position == 'left' ? 1 : -1);

  const onEnlarge = () => {
    isLarge = !isLarge;
    show();
  };
  enlarge.addEventListener('click', onEnlarge, { signal });

  /** Where the pointer was, and how large the panel, when the corner was taken. */
  let drawn;
  const release = () => {
    if (drawn) keep();
    drawn = undefined;
  };
  const draw = {
    pointerdown: (event) => {
      if (event.button || !event.isPrimary) return;
      const { offsetWidth: width, offsetHeight: height } = panel;
      drawn = { x: event.clientX, y: event.clientY, width, height };
      corner.setPointerCapture(event.pointerId);
    },
    pointermove: ({ buttons, clientX, clientY }) => {
      if (!drawn) return;
      // Not every end of a press is told, as behind a menu.
      if (!buttons) return release();
      take({ width: drawn.width + (clientX - drawn.x) * outwards(), height: drawn.height - (clientY - drawn.y) });
    },
    pointerup: release,
  };
  panel.onEvent = (event) => event.composedPath()[0] == corner && draw[event.type]?.(event);
  signal.addEventListener('abort', () => {
    panel.onEvent = undefined;
  });
  const onKey = (event) => {
    if (event.target != corner) return;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!across && !up) return;
    event.preventDefault();
    const { offsetWidth: width, offsetHeight: height } = panel;
    take(across ? { width: width + across * outwards() * STEP_PX } : { height: height + up * STEP_PX });
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
    header.querySelector('.heading').after(enlarge);
    panel.append(corner);
    show();
  };
  PHONE.addEventListener?.('change', place, { signal });
  const observer = new MutationObserver(place);
  observer.observe(panel, { childList: true, subtree: true });
  signal.addEventListener('abort', () => observer.disconnect());
  place();
};
