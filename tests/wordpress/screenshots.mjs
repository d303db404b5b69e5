// Takes the pictures of the plugin's readme: a page with the chat, and the settings.

import { mkdir } from 'node:fs/promises';
import { launchChromium, visit } from '../browser/product.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { signIn } from './site.mjs';

const PICTURES = new URL('../../wordpress/pictures/', import.meta.url);

const provider = await startProvider();
const browser = await launchChromium();
const site = await openShop(provider, { options: { assistants: { main: { title: 'Harbour Cycles', greeting: 'Hello. Ask us anything about bicycles.' } } } });
const take = async (tab, number) => tab.screenshot({ path: new URL(`screenshot-${number}.png`, PICTURES).pathname });
try {
  await mkdir(PICTURES, { recursive: true });
  const visitor = await visit(browser, site.address, { viewport: { width: 1200, height: 780 } });
  await visitor.chat.open();
  await visitor.chat.ask('Do you fit child seats on a Brompton?');
  await visitor.chat.answers('Fitting takes');
  await take(visitor.tab, 1);
  await visitor.chat.ask('fail: missing scopes');
  await visitor.chat.explain.waitFor();
  await visitor.close();
  const owner = await visit(browser, undefined, { viewport: { width: 1200, height: 780 } });
  await signIn(owner.tab, site);
  const open = (tab) => owner.tab.goto(`${site.origin}/wp-admin/admin.php?page=candor&tab=${tab}`);
  await open('connection');
  await owner.tab.getByRole('button', { name: 'Run checks' }).click();
  await owner.tab.getByText('The checks are done.').waitFor();
  await take(owner.tab, 2);
  await open('diagnostics');
  const errors = owner.tab.getByRole('heading', { name: 'Errors of all visitors' });
  await errors.waitFor();
  await errors.evaluate((heading) => heading.scrollIntoView());
  await take(owner.tab, 3);
  await open('conversations');
  await owner.tab.getByRole('link', { name: 'Do you fit child seats on a Brompton?' }).first().waitFor();
  await take(owner.tab, 4);
} finally {
  await browser.close();
  await site.stop();
  await provider.stop();
}
