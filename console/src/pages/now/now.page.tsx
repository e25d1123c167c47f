import { PageHead } from '../../ui/page-head.js';

export function NowPage() {
  return <PageHead title="Now" />;
}
