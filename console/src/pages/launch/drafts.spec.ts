import { expect, it } from 'vitest';
import { draftOf, keepDraft } from './drafts.js';

it('keeps what was written until it is undone, and not without bound', () => {
  keepDraft('{}', '{"mode":"live"}');
  keepDraft('[]', '[1]');
  expect([draftOf('{}'), draftOf('[]'), draftOf('')]).toEqual(['{"mode":"live"}', '[1]', '']);
  keepDraft('[]', '[]');
  expect(draftOf('[]')).toBe('[]');
  for (let count = 0; count < 20; count += 1) keepDraft(`begin ${count}`, 'x');
  expect([draftOf('{}'), draftOf('begin 0')]).toEqual(['{}', 'x']);
});
