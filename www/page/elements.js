/* What several of these look for in the panel, and what the stylesheets have as well. */

/** As the stylesheets have it. */
export const PHONE = matchMedia('(max-width: 480px)');

/** Where messages are written. A comment on an answer has a field of its own, which stands before it. */
export const INPUT = '.composer textarea';

/** How near its end, in pixels, the log is where a visitor reads along. */
export const NEAR_END_PX = 48;

/** The address of a file of this build, which lies beside `page.js` under its hash. */
export const besidePage = (pageUrl, name) => pageUrl.replace(/-page\.js.*$/, `-${name}`);
