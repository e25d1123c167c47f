import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import type { ExecutionRequest } from '../../api/types.js';

/** Launches and goes to the run. Each press has a key of its own, so that a request that is sent twice makes one run. */
export function useLaunch() {
  const navigate = useNavigate();
  const [key, renew] = useState(() => crypto.randomUUID());
  return useMutation({
    mutationFn: (body: ExecutionRequest) =>
      answerOf(api.POST('/runs', { params: { header: { 'Idempotency-Key': key } }, body })),
    onSettled: () => renew(crypto.randomUUID()),
    onSuccess: ({ runId }) => navigate({ to: '/runs/$runId', params: { runId } }),
  });
}
