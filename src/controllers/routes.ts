interface Route {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  /** Without a part that stands for anything. */
  readonly isExact: boolean;
}

/** The routes of a running server, to tell an unknown path from a known one with another method. */
export class RouteTable {
  private readonly routes: Route[] = [];

  /** `url` as the router knows it: `/runs/:id/state`. Wildcards say nothing about a path and are left out. */
  add(method: string | readonly string[], url: string): void {
    if (url.includes('*')) return;
    const source = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : escape(segment)));
    const pattern = new RegExp(`^${source.join('/')}/?$`);
    this.routes.push({ methods: [method].flat(), pattern, isExact: !url.includes(':') });
  }

  /** Methods offered at the path of `url`, sorted, with the OPTIONS that every path has; [] for an unknown path. */
  methodsAt(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? '';
    const found = this.routes.filter(({ pattern }) => pattern.test(path));
    // `/runs/compare` is no run of that name: the router takes what is written out first.
    const exact = found.filter(({ isExact }) => isExact);
    const methods = (exact.length > 0 ? exact : found).flatMap((route) => route.methods);
    return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort();
  }
}

function escape(segment: string): string {
  return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
