// Asks the registry for known weaknesses in what we ship. A registry without that service is not a finding.
import { spawnSync } from 'node:child_process';
import { SKIPPED } from './skip.mjs';

/** What registries answer that mirror packages but not the advisory service. */
const NO_SERVICE = [404, 405, 501];

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
let report;
try {
  report = JSON.parse(stdout);
} catch {
  console.error(`npm audit gave no report:\n${stdout}`);
  process.exit(1);
}
if (NO_SERVICE.includes(report.statusCode)) {
  console.error(`The registry has no advisory service (it answered ${report.statusCode}); nothing was checked.`);
  process.exit(SKIPPED);
}
const counts = report.metadata?.vulnerabilities;
if (!counts) {
  console.error(`npm audit failed: ${report.message ?? JSON.stringify(report.error)}`);
  process.exit(1);
}
const serious = counts.high + counts.critical;
console.log(`${counts.total} known weakness(es), ${serious} of them high or critical.`);
if (serious > 0) {
  for (const [name, { severity }] of Object.entries(report.vulnerabilities)) console.log(`  ${severity}  ${name}`);
  console.log('Run `npm audit` for the details.');
}
process.exit(serious > 0 ? 1 : 0);
