import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { RuntimeCircuit } from './circuit-breaker.client.js';

const OPEN_MS = 1_000;
const failing = (grpcStatus: string) => () =>
  Promise.reject(new AppError('RUNTIME_UNAVAILABLE', `it is ${grpcStatus}`, { grpcStatus }));
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))),
  );
const answering = () => Promise.resolve('answer');
const states = (circuit: RuntimeCircuit) => circuit.history().map(({ state }) => state);

async function fail(circuit: RuntimeCircuit, times: number, grpcStatus = 'UNAVAILABLE'): Promise<void> {
  for (let time = 0; time < times; time += 1) await expect(circuit.run(failing(grpcStatus))).rejects.toThrow('it is');
}

describe('the circuit of a runtime', () => {
  afterEach(() => vi.useRealTimers());

  const open = async () => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    const circuit = new RuntimeCircuit({ failuresMax: 3, openMs: OPEN_MS });
    await fail(circuit, 3);
    expect(circuit.state).toBe('OPEN');
    return circuit;
  };

  it('opens after failures in a row, and then refuses without calling', async () => {
    const circuit = await open();
    const call = vi.fn(answering);
    await expect(circuit.run(call)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { retryable: true, circuit: 'OPEN' },
    });
    expect(call).not.toHaveBeenCalled();
  });

  it('lets one call through after its time; an answer closes it', async () => {
    const circuit = await open();
    vi.setSystemTime(OPEN_MS);
    let answer = (): void => undefined;
    const probe = circuit.run(() => new Promise<string>((resolve) => (answer = () => resolve('answer'))));
    const second = vi.fn(answering);
    const waiting = circuit.run(second);
    expect(circuit.state).toBe('HALF_OPEN');
    await Promise.resolve();
    expect(second).not.toHaveBeenCalled();
    answer();
    expect(await Promise.all([probe, waiting])).toEqual(['answer', 'answer']);
    expect(states(circuit)).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN', 'CLOSED']);
  });

  it('opens again when that call fails', async () => {
    const circuit = await open();
    vi.setSystemTime(OPEN_MS);
    await fail(circuit, 1);
    expect(states(circuit)).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN', 'OPEN']);
    expect(circuit.history(OPEN_MS).map(({ state }) => state)).toEqual(['OPEN']);
    expect(circuit.history().at(-1)?.reason).toBe('it is UNAVAILABLE');
  });

  it('is not closed by that call when it is broken off', async () => {
    const circuit = await open();
    vi.setSystemTime(OPEN_MS);
    const stop = new AbortController();
    const probe = circuit.run(() => untilAborted(stop.signal), stop.signal);
    const second = vi.fn(answering);
    const waiting = circuit.run(second);
    stop.abort();
    await expect(probe).rejects.toMatchObject({ name: 'AbortError' });
    await expect(waiting).rejects.toMatchObject({ details: { circuit: 'OPEN' } });
    expect(second).not.toHaveBeenCalled();
    expect(states(circuit)).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN', 'OPEN']);
    expect(circuit.history().at(-1)?.reason).toBe('it is UNAVAILABLE');
  });

  it('keeps nobody waiting for that call who has given up', async () => {
    const circuit = await open();
    vi.setSystemTime(OPEN_MS);
    let answer = (): void => undefined;
    const probe = circuit.run(() => new Promise<string>((resolve) => (answer = () => resolve('answer'))));
    const stop = new AbortController();
    const waiting = circuit.run(answering, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(circuit.state).toBe('HALF_OPEN');
    answer();
    expect(await probe).toBe('answer');
  });

  it('takes a call that was broken off for no failure while it is closed', async () => {
    const circuit = new RuntimeCircuit({ failuresMax: 1, openMs: OPEN_MS });
    const stop = new AbortController();
    const call = circuit.run(() => untilAborted(stop.signal), stop.signal);
    stop.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(circuit.state).toBe('CLOSED');
  });

  it('closes when the clock was set back, instead of refusing until the clock has caught up', async () => {
    const circuit = await open();
    vi.setSystemTime(-3_600_000);
    expect(await circuit.run(answering)).toBe('answer');
    expect(circuit.history().at(-1)).toMatchObject({ state: 'CLOSED', reason: 'the clock was set back' });
  });

  it('closes on request', async () => {
    const circuit = await open();
    circuit.reset();
    expect(await circuit.run(answering)).toBe('answer');
    expect(circuit.history().at(-1)).toMatchObject({ state: 'CLOSED', reason: 'reset on request' });
  });

  it.each(['INVALID_ARGUMENT', 'NOT_FOUND', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'UNIMPLEMENTED'])(
    'takes %s for an answer',
    async (grpcStatus) => {
      const circuit = new RuntimeCircuit({ failuresMax: 3, openMs: OPEN_MS });
      await fail(circuit, 5, grpcStatus);
      await fail(circuit, 2);
      await fail(circuit, 1, grpcStatus);
      expect(states(circuit)).toEqual(['CLOSED']);
    },
  );

  it('counts a caller who waited in vain', async () => {
    const circuit = new RuntimeCircuit({ failuresMax: 1, openMs: OPEN_MS });
    const reason = new DOMException('too long', 'TimeoutError');
    await expect(circuit.run(() => Promise.reject(reason))).rejects.toBe(reason);
    expect(circuit.state).toBe('OPEN');
  });
});
