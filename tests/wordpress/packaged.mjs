// The plugin as the package has it, run by PHP without a WordPress around it.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BEGINNING = `
  [, $zip, $folder] = $argv;
  $archive = new PharData($zip);
  $archive->extractTo($folder);
  spl_autoload_register(function ($class) use ($folder) {
    require $folder . '/candor/includes/' . strtr(substr($class, 7), '\\\\', '/') . '.php';
  });
  const MONTH_IN_SECONDS = 2592000;
  function wp_check_invalid_utf8($text) { return $text; }
  function wp_parse_url($url, $component) { return parse_url($url, $component); }
  function wp_json_encode($value) { return json_encode($value); }
  eval('namespace Candor; final class ApiKey { public static $key = ""; public static function reveal() { return self::$key; } }');
  eval('namespace Candor; final class ChallengeSecret { public static function reveal() { return ""; } }');
  $input = json_decode(stream_get_contents(STDIN), true);
`;

/** What the PHP makes of `$input`: the value of `expression`. */
export async function inPackage(context, expression, input) {
  const folder = await mkdtemp(join(tmpdir(), 'candor-package-'));
  context.after(() => rm(folder, { recursive: true }));
  const script = `${BEGINNING} echo json_encode(${expression});`;
  const argv = ['-r', script, '--', process.env.CANDOR_ZIP, folder];
  return JSON.parse(execFileSync(process.env.PHP, argv, { input: JSON.stringify(input), encoding: 'utf8' }));
}
