// What axe says of a page or of the chat, and the sizes at which it is asked.

import { AxeBuilder } from '@axe-core/playwright';

/** What axe finds wrong, each as one line. Scrolled regions are looked at by their own rules. */
export async function faults(tab, scope) {
  const builder = new AxeBuilder({ page: tab });
  const { violations } = await (scope ? builder.include(scope) : builder.exclude('candor-chat')).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** A phone and a desktop, in CSS pixels. */
export const SIZES = [
  ['phone', { width: 390, height: 844 }],
  ['desktop', { width: 1280, height: 800 }],
];
