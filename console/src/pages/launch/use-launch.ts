import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { v4 } from 'uuid';
import { answerOf, api } from '../../api/client.js';
import type { ExecutionRequest } from '../../api/types.js';

/** Launches a request and goes to the run. */
export function useLaunch() {
  return useLaunching(JSON.stringify, (body: ExecutionRequest, header) =>
    answerOf(api.POST('/runs', { params: { header }, body })),
  );
}

/** Launches the request of a run once more and goes to the new one. */
export function useLaunchAgain() {
  return useLaunching(String, (id: string, header) =>
    answerOf(api.POST('/runs/{id}/clone', { params: { path: { id }, header }, body: {} })),
  );
}

interface Asked {
  readonly text: string;
  readonly key: string;
}

/**
 * What is asked for keeps its key until it has made a run: the answer may have been lost, and a second press must not make a
 * second run. Something else, told apart by `textOf`, has another key.
 */
function useLaunching<T>(
  textOf: (wanted: T) => string,
  ask: (wanted: T, header: { readonly 'Idempotency-Key': string }) => Promise<{ readonly runId: string }>,
) {
  const navigate = useNavigate();
  const asked = useRef<Asked>(undefined);
  const isThere = useRef(false);
  useEffect(() => {
    isThere.current = true;
    return () => {
      isThere.current = false;
    };
  }, []);
  return useMutation({
    mutationFn: (wanted: T) => {
      const text = textOf(wanted);
      // Not crypto.randomUUID: over plain HTTP a browser has none.
      if (asked.current?.text !== text) asked.current = { text, key: v4() };
      return ask(wanted, { 'Idempotency-Key': asked.current.key });
    },
    onSuccess: ({ runId }) => {
      asked.current = undefined;
      // Whoever went elsewhere before the answer came is left there.
      return isThere.current ? navigate({ to: '/runs/$runId', params: { runId } }) : undefined;
    },
  });
}
