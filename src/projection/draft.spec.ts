import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeze } from '../../test/support/freeze.js';
import { hostileLog } from '../../test/support/hostile-log.js';
import type { Projection } from '../contracts/projection.js';
import { Draft } from './draft.js';
import { readable } from './read.js';
import { apply, initialProjection, reduce } from './reduce.js';

describe('a draft', () => {
  it('folds as one event after the other does, and changes neither what it began with nor what was settled', () => {
    const settles = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(hostileLog, settles, (events, settled) => {
        const draft = new Draft(freeze(initialProjection('run')));
        let expected: Projection = initialProjection('run');
        for (const [index, event] of events.entries()) {
          apply(draft, readable(event));
          expected = reduce(expected, event);
          // Frozen, so that whatever is changed in place from here on is an error.
          if (settled[index] === true) expect(freeze(draft.settle())).toEqual(expected);
        }
        expect(draft.settle()).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('copies a list once, and then goes on in it', () => {
    const draft = new Draft(initialProjection('run'));
    const given = freeze(['a', 'b']);
    const first = draft.append(given, 'c', 3);
    expect(draft.append(first, 'd', 3)).toBe(first);
    expect(draft.replace(first, 0, 'B')).toBe(first);
    expect([given, first]).toEqual([
      ['a', 'b'],
      ['B', 'c', 'd'],
    ]);
    draft.settle();
    expect(draft.append(first, 'e', 3)).not.toBe(first);
  });
});
