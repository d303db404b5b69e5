// Servers as processes of their own, each ended with everything that it has started.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { record } from '../emitted.mjs';

const running = new Set();
process.once('exit', () => running.forEach((child) => end(child, 'SIGKILL')));
// The test runner ends a file that takes too long so.
process.once('SIGTERM', () => process.exit(1));

/** Ends a process group: PHP's server and Apache leave their workers behind when they are ended alone. */
function end(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Starts a server as the leader of a group, and resolves once `ready()` resolves to something true. Gives
 * `{said, stop}`; `said()` is what it has written so far, and `signal` is what ends it.
 */
export async function serve(program, words, { signal = 'SIGTERM', ...options }, ready) {
  const child = spawn(program, words, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const chunks = [];
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      chunks.push(chunk);
      record('servers', chunk);
    });
  }
  const said = () => Buffer.concat(chunks).toString();
  const exited = once(child, 'exit');
  const latest = Date.now() + 60_000;
  while (!(await ready().catch(() => undefined))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${said()}`);
    if (Date.now() > latest) {
      end(child, 'SIGKILL');
      throw new Error(`${program} does not answer: ${said()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return {
    said,
    async stop() {
      end(child, signal);
      const patience = setTimeout(() => end(child, 'SIGKILL'), 5000);
      await exited;
      clearTimeout(patience);
      // A worker may outlive its leader.
      end(child, 'SIGKILL');
      running.delete(child);
    },
  };
}

/** Runs a program to its end and gives what it writes; what it complains of is the error where it fails. */
export async function run(program, words, { input, ...options } = {}) {
  const child = spawn(program, words, options);
  const [out, complaints] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => complaints.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  const said = Buffer.concat(out).toString();
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${Buffer.concat(complaints)}${said}`);
  return said;
}
