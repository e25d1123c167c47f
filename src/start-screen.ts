/** What a started process says about itself, on one screen. */
export interface StartFacts {
  readonly url: string;
  readonly version: string;
  /** How the database is reached; never with credentials. */
  readonly database: string;
  readonly runtime: string;
  readonly runtimeAddress: string;
  readonly recovered: number;
  /** `keys`: how many; `anybody`: without keys, and reachable from elsewhere. */
  readonly callers: { readonly kind: 'keys'; readonly count: number } | { readonly kind: 'machine' | 'anybody' };
}

export function startScreen(facts: StartFacts): string {
  const { url } = facts;
  return [
    '',
    `  MACP Control Plane ${facts.version}`,
    '',
    `  Console    ${url}/`,
    `  API        ${url}`,
    `  API docs   ${url}/docs`,
    `  Database   ${facts.database}`,
    `  Runtime    ${facts.runtime}`,
    `  Callers    ${callersOf(facts.callers)}`,
    ...(facts.recovered > 0 ? [`  Recovered  ${facts.recovered} unfinished run(s)`] : []),
    '',
    '  Try next',
    ...aligned([
      [`curl ${url}/runtime/health`, 'is the runtime there?'],
      [`curl ${url}/runs`, 'what has run so far'],
      ['npm run demo', 'a whole decision, with agents, in another terminal'],
    ]),
    `    Agents connect to the runtime at ${facts.runtimeAddress}.`,
    '',
    '  Stop with Ctrl-C; everything that is stored stays.',
    '',
  ].join('\n');
}

function callersOf(callers: StartFacts['callers']): string {
  if (callers.kind === 'keys') return `whoever has one of ${callers.count} key(s) of API_KEYS`;
  if (callers.kind === 'machine') return 'whoever is on this machine; no keys are asked for';
  return 'WARNING: whoever reaches this address may do everything. Set API_KEYS, or let a proxy authenticate';
}

function aligned(rows: readonly (readonly [command: string, meaning: string])[]): string[] {
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, meaning]) => `    ${command.padEnd(width)}   ${meaning}`);
}
