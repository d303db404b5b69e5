/* The launcher of a closed panel. */

import { say } from './words.js';

/** The launcher says what has come while the panel was closed. */
export const tellLauncher = (panel) => {
  const launcher = panel.previousElementSibling;
  const label = launcher?.getAttribute('aria-label');
  let unseen = 0;
  const tell = () => {
    const words = say(panel, 'new', unseen);
    launcher?.setAttribute('aria-label', unseen ? say(panel, 'open_with').replace('{new}', () => words) : label);
    if (unseen) launcher?.setAttribute('data-unseen', unseen);
    else launcher?.removeAttribute('data-unseen');
    return words;
  };
  return {
    clear: () => {
      unseen = 0;
      tell();
    },
    count: () => {
      unseen++;
      return tell();
    },
  };
};
