import { randomBytes } from 'node:crypto';
import { hashOfKey, isScope, parseApiKey } from '../config/api-keys.js';
import { SCOPES } from '../contracts/access.js';

const KEY_BYTES = 32;
/** By it a scanner for secrets, or a person, sees what a leaked text is. */
const KEY_PREFIX = 'macp_';

/** Makes a key, says it once, and says the entry of API_KEYS under which it is accepted. */
function main([id = '', scope, ...more]: readonly string[]): void {
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const entry = `${id}:${scope ?? ''}:${hashOfKey(key).toString('hex')}`;
  if (more.length > 0 || !isScope(scope) || parseApiKey(entry) === undefined) {
    process.stderr.write(
      `Usage: npm run key -- <id> <scope>\n  id: 1 to 64 of a-z 0-9 . _ -\n  scope: ${SCOPES.join(', ')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  process.stdout.write(
    `Key, for its owner; it is shown this once:\n  ${key}\n\nEntry, to be added to API_KEYS:\n  ${entry}\n`,
  );
}

main(process.argv.slice(2));
