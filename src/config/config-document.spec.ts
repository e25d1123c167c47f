import { describe, expect, it } from 'vitest';
import { configDocument } from './config-document.js';
import { VARIABLES } from './config.js';

const ROWS = configDocument()
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
const allowedIn = (name: string) => ROWS.find((cells) => cells[1] === name)?.[2];

describe('the page of the configuration', () => {
  it('has every variable', () => {
    expect(ROWS.map((cells) => cells[1])).toEqual(Object.keys(VARIABLES));
  });

  it('says what is allowed, and what it says is so', () => {
    expect(allowedIn('SSE_HEARTBEAT_MS')).toBe('1000 to 40000');
    expect(allowedIn('EMBEDDED_RUNTIME')).toBe('auto off');
    expect(allowedIn('RUNTIME_TLS')).toBe('true false');
    expect(allowedIn('DATABASE_URL')).toBe('–');
    for (const [name, { schema }] of Object.entries(VARIABLES)) {
      const takes = (value: number) => schema.safeParse(String(value)).success;
      const [min, max] = (/^(\d+) to (\d+)$/.exec(allowedIn(name) ?? '') ?? []).slice(1).map(Number);
      if (min === undefined || max === undefined) continue;
      expect([name, [min - 1, min, max, max + 1].map(takes)]).toEqual([name, [false, true, true, false]]);
    }
  });
});
