// PHP in its oldest and its newest version that the plugin runs on, as WebAssembly.

import { PHP, loadPHPRuntime } from '@php-wasm/universal';
import * as oldest from '@php-wasm/node-7-4';
import * as newest from '@php-wasm/node-8-4';

export const VERSIONS = { 7.4: oldest, 8.4: newest };

/** A PHP of that version that sees folders of this machine, each by the name that it has in `folders`. */
export async function startVersion(version, folders) {
  const php = new PHP(await loadPHPRuntime(await VERSIONS[version].getPHPLoaderModule(), {}));
  for (const [name, root] of Object.entries(folders)) {
    php.mkdir(name);
    await php.mount(name, (_, FS, at) => {
      FS.mount(FS.filesystems.NODEFS, { root }, at);
      return () => FS.unmount(at);
    });
  }
  return {
    /** Runs PHP, and gives what it writes. */
    async run(code) {
      const { text, errors, exitCode } = await php.run({ code: `<?php ${code}` });
      if (exitCode !== 0) throw new Error(`PHP ${version} ended with ${exitCode}: ${errors}${text}`);
      return text;
    },
    stop: () => php.exit(),
  };
}
