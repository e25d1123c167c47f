import { expect, it } from 'vitest';
import { shortId } from './names.js';

it('tells runs apart that were launched in the same second', () => {
  const ids = ['01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e', '01981b5e-3d02-7b1c-8e4f-0d7c6b5a4938'];
  expect(ids.map(shortId)).toEqual(['…1c0b9d3e', '…6b5a4938']);
});

it('shortens what is no UUID at its end, and leaves a short id as it is', () => {
  expect(shortId('9f86d081884c7d659a2feaa0c55ad015')).toBe('9f86d081…');
  expect(shortId('commitment-1')).toBe('commitment-1');
});
