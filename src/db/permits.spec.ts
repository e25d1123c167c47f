import { describe, expect, it } from 'vitest';
import { Permits } from './permits.client.js';

describe('Permits', () => {
  it('lets only so many work at once', async () => {
    const permits = new Permits(3, 100);
    let working = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setImmediate(resolve));
      working -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => permits.run(work)));
    expect(most).toBe(3);
  });

  it('refuses one waiter too many', async () => {
    const permits = new Permits(1, 1);
    let finish = (): void => undefined;
    const first = permits.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const second = permits.run(() => Promise.resolve(2));
    await expect(permits.run(() => Promise.resolve(3))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    finish();
    await first;
    expect(await second).toBe(2);
    expect(await permits.run(() => Promise.resolve(4))).toBe(4);
  });

  it('lets nobody wait for longer than that', async () => {
    const permits = new Permits(1, 10, 20);
    let finish = (): void => undefined;
    const first = permits.run(() => new Promise<void>((resolve) => (finish = resolve)));
    await expect(permits.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const third = permits.run(() => Promise.resolve(3));
    finish();
    await first;
    expect(await third).toBe(3);
  });

  it('does not even wait for one who has left already', async () => {
    const permits = new Permits(1, 1);
    await expect(permits.run(() => Promise.resolve(), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(await permits.run(() => Promise.resolve('free'))).toBe('free');
  });
});
