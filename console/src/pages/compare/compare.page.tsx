import { PageHead } from '../../ui/page-head.js';

export function ComparePage() {
  return <PageHead title="Compare" />;
}
