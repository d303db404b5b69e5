/* When the module stops. */

import { say } from './words.js';

/** A crash leaves nothing of the module that could tell of it. */
export const tellOfCrash = (panel, pageUrl, signal) => {
  const { host } = panel.getRootNode();
  const ours = pageUrl.replace(/[^/]*$/, '');
  const onError = ({ error, reason = error }) => {
    const isOurs = reason?.name == 'RuntimeError' && reason.stack.includes(ours);
    if (isOurs && host.widget) host.fail(say(panel, 'kept'), say(panel, 'stopped'));
  };
  for (const name of ['error', 'unhandledrejection']) addEventListener(name, onError, { signal });
};
