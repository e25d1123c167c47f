import { PageHead } from '../../ui/page-head.js';

export function SystemPage() {
  return <PageHead title="System" />;
}
