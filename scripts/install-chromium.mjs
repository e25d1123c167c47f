// Finds Debian's chromium, or installs it where that is allowed: as root, with apt-get.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const INSTALL_MS_MAX = 600_000;

/** The browser's path; undefined when there is none and none can be installed. */
export function chromiumBinary() {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  return installed() ?? (process.getuid?.() === 0 ? afterInstalling() : undefined);
}

function installed() {
  return PLACES.find((place) => existsSync(place));
}

function afterInstalling() {
  console.error('Installing chromium …');
  const options = {
    stdio: 'inherit',
    timeout: INSTALL_MS_MAX,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-q'], options);
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], options);
  return installed();
}
