// Who is measured, and how a page puts each of them in: as its documentation says, and on a click.
//
// Most peers load with the page, Candor on intent. So the bytes are counted on the page that each one's documentation
// describes, and the time from click to input on pages that fetch all of them on the click.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { page } from './site.mjs';

const versionOf = async (name) =>
  JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

const fileOf = (path) => readFile(new URL(`node_modules/${path}`, import.meta.url));

/** A button of the page's own, which gets somebody's chat and opens it. */
const onClick = (script) => page(`<button id="open">Chat</button><script type="module">
document.getElementById('open').onclick = async () => { ${script} };
</script>`);

/** `candor serve` before the upstream; the script tag is the whole installation, and fetches on the click by itself. */
export async function candor(name, binary, upstream, variables = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CANDOR_'));
  const child = spawn(binary, ['serve'], {
    env: {
      ...Object.fromEntries(inherited),
      CANDOR_ADDR: '127.0.0.1:0',
      CANDOR_DATABASE_URL: 'sqlite::memory:',
      CANDOR_ALLOWED_ORIGINS: '*',
      CANDOR_PROVIDER: 'openai',
      CANDOR_BASE_URL: `${upstream}/v1`,
      CANDOR_API_KEY: 'none',
      CANDOR_MODEL: 'bench',
      CANDOR_LOG: 'warn',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const origin = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = line.match(/listens on (http:\/\/[\d.:]+)/);
      if (listening) resolve(listening[1]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${binary} serve ended with ${code}.`)));
  });
  const { version } = await (await fetch(`${origin}/candor/v1/health`)).json();
  const embedded = page(`<script src="${origin}/candor.js" async></script>`);
  return {
    name,
    version,
    origin,
    embedded,
    onClick: embedded,
    launcher: 'candor-chat .launcher',
    input: 'candor-chat textarea',
    formatted: 'candor-chat strong',
    chat: 'candor-chat',
    wire: (url) => url.includes('/candor/v1/'),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

/** deep-chat: a custom element without a launcher, from the bundle that its documentation embeds. */
async function deepChat(files, upstream) {
  const place = `const chat = document.createElement('deep-chat');
chat.style.cssText = 'position: fixed; right: 20px; bottom: 20px; width: 400px; height: 640px';
chat.connect = { url: '${upstream}/deep-chat', stream: true };
chat.onComponentRender = () => chat.focusInput();
document.body.append(chat);`;
  return {
    name: 'deep-chat',
    version: await versionOf('deep-chat'),
    embedded: page(`<script type="module">import '${files}/deep-chat.js';</script>
<deep-chat connect='{"url": "${upstream}/deep-chat", "stream": true}' style="width: 400px; height: 640px"></deep-chat>`),
    onClick: onClick(`await import('${files}/deep-chat.js'); ${place}`),
    launcher: null,
    input: 'deep-chat #text-input',
    formatted: 'deep-chat strong',
    chat: 'deep-chat',
    wire: (url) => url.startsWith(upstream),
  };
}

/** n8n's chat: `createChat` from its self-contained bundle, with the options of its documentation and streaming on. */
async function n8n(files, upstream) {
  const style = `${files}/n8n.css`;
  const create = `createChat({ webhookUrl: '${upstream}/n8n', enableStreaming: true });`;
  return {
    name: '@n8n/chat',
    version: await versionOf('@n8n/chat'),
    embedded: page(`<link href="${style}" rel="stylesheet">
<script type="module">import { createChat } from '${files}/n8n.js'; ${create}</script>`),
    onClick: onClick(`document.head.append(Object.assign(document.createElement('link'), { href: '${style}', rel: 'stylesheet' }));
const { createChat } = await import('${files}/n8n.js'); ${create}
const launcher = await bench.found('.chat-window-toggle');
launcher.click();`),
    launcher: '.chat-window-toggle',
    input: '.chat-window textarea',
    formatted: '.chat-window .chat-message-from-bot strong',
    chat: '.chat-window',
    wire: (url) => url.startsWith(upstream),
  };
}

/** Flowise's: `Chatbot.init` from the bundle that its documentation embeds. */
async function flowise(files, upstream) {
  const init = `Chatbot.init({ chatflowid: 'bench', apiHost: '${upstream}' });`;
  return {
    name: 'flowise-embed',
    version: await versionOf('flowise-embed'),
    embedded: page(`<script type="module">import Chatbot from '${files}/flowise.js'; ${init}</script>`),
    onClick: onClick(`const { default: Chatbot } = await import('${files}/flowise.js'); ${init}
const launcher = await bench.found('flowise-chatbot [part=button]');
launcher.click();`),
    launcher: 'flowise-chatbot [part=button]',
    input: 'flowise-chatbot textarea.text-input',
    formatted: 'flowise-chatbot strong',
    chat: 'flowise-chatbot',
    wire: (url) => url.startsWith(upstream),
  };
}

/** The peers' files as their documentation embeds them. n8n ships its own unminified, so it is minified here. */
export async function peerFiles() {
  const { outputFiles } = await build({
    stdin: { contents: `export { createChat } from '@n8n/chat/dist/chat.bundle.es.js';`, resolveDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname, sourcefile: 'n8n.js' },
    entryNames: 'n8n',
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    outdir: '/',
    write: false,
    logLevel: 'error',
  });
  const n8n = outputFiles.map(({ path, contents }) => [path.split('/').pop(), contents]);
  return {
    'deep-chat.js': await fileOf('deep-chat/dist/deepChat.bundle.js'),
    'flowise.js': await fileOf('flowise-embed/dist/web.js'),
    'n8n.css': await fileOf('@n8n/chat/dist/style.css'),
    ...Object.fromEntries(n8n),
  };
}

/** The peers, with their files at `files` and the model at `upstream`. */
export const peers = (files, upstream) => Promise.all([deepChat(files, upstream), n8n(files, upstream), flowise(files, upstream)]);
