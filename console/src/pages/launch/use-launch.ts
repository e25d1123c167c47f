import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { v4 } from 'uuid';
import { answerOf, api } from '../../api/client.js';
import type { ExecutionRequest } from '../../api/types.js';

/**
 * Launches and goes to the run. A request keeps its key until it has made a run: the answer may have been lost, and a second
 * press must not make a second run. Another request has another key.
 */
export function useLaunch() {
  const navigate = useNavigate();
  const asked = useRef<{ readonly text: string; readonly key: string }>(undefined);
  return useMutation({
    mutationFn: (body: ExecutionRequest) => {
      const text = JSON.stringify(body);
      // Not crypto.randomUUID: over plain HTTP a browser has none.
      if (asked.current?.text !== text) asked.current = { text, key: v4() };
      return answerOf(api.POST('/runs', { params: { header: { 'Idempotency-Key': asked.current.key } }, body }));
    },
    onSuccess: ({ runId }) => {
      asked.current = undefined;
      return navigate({ to: '/runs/$runId', params: { runId } });
    },
  });
}
