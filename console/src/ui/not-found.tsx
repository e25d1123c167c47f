import { Link } from '@tanstack/react-router';
import { Empty } from './notes.js';

export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>
        <Link to="/">See what is running now</Link>
      </p>
    </Empty>
  );
}
