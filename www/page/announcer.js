/* What screen readers say. */

/** A live region beside the panel, so that it speaks while the panel is closed too. The log itself is silent, since an answer
    grows in it word by word; a failure's card is an alert. */
export const makeAnnouncer = (panel) => {
  const region = document.createElement('p');
  region.className = 'hidden';
  region.setAttribute('role', 'status');
  panel.after(region);
  const say = (words) => {
    region.textContent = words;
  };
  return {
    say,
    /** Says the last answer, once it is rendered. */
    sayAnswer: () =>
      requestAnimationFrame(() => {
        const message = [...panel.querySelectorAll('.message')].at(-1);
        say(message?.querySelector('.failure') ? '' : message?.querySelector('.markdown')?.textContent || '');
      }),
    remove: () => region.remove(),
  };
};
