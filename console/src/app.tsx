import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from './api/api-error.js';
import { onBearerChange } from './api/credential.js';
import { router } from './router.js';

/** A question that a passing failure met is asked this often again before the page says so. */
const RETRIES_MAX = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < RETRIES_MAX && error instanceof ApiError && error.isPassing,
      staleTime: 1_000,
      gcTime: 60_000,
      // A browser that thinks it is offline still reaches a control plane on its own machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

export function App() {
  // What is shown stays until the new answers are there, and with it whatever somebody has typed beside it.
  useEffect(() => onBearerChange(() => void queryClient.invalidateQueries()), []);
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
