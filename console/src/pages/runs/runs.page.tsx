import { PageHead } from '../../ui/page-head.js';

export function RunsPage() {
  return <PageHead title="Runs" />;
}
