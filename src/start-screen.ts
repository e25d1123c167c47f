/** What a started process says about itself, on one screen. */
export interface StartFacts {
  readonly url: string;
  readonly version: string;
  /** How the database is reached; never with credentials. */
  readonly database: string;
  readonly runtime: string;
  readonly runtimeAddress: string;
  readonly recovered: number;
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

function aligned(rows: readonly (readonly [command: string, meaning: string])[]): string[] {
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, meaning]) => `    ${command.padEnd(width)}   ${meaning}`);
}
