import { PageHead } from '../../ui/page-head.js';

export function RunPage() {
  return <PageHead title="Run" />;
}
