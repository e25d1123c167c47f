import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { play } from './script.js';

const here = import.meta.dirname;
const stories = readdirSync(here).filter((name) => name.endsWith('.story'));
/** UPDATE_STORIES=1 writes what came into the stories, to be reviewed like any other change. */
const updating = process.env['UPDATE_STORIES'] === '1';

describe('stories: what is heard, and what the log gains by it', () => {
  it('are there', () => {
    expect(stories.length).toBeGreaterThan(0);
  });

  it.each(stories)('%s', (name) => {
    const file = join(here, name);
    const told = readFileSync(file, 'utf8');
    const played = play(told);
    if (updating) writeFileSync(file, played);
    else expect(played).toBe(told);
  });
});
