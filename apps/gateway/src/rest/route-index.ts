import type { RouteOptions } from 'fastify';

/** Which methods a path takes: tells 405 from 404. Filled while routes are registered. */
export class RouteIndex {
  private readonly routes: { pattern: RegExp; methods: string[] }[] = [];

  add(route: Pick<RouteOptions, 'method' | 'url'>): void {
    const source = route.url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+').replace(/\*/g, '.*');
    this.routes.push({ pattern: new RegExp(`^${source}/?$`), methods: [route.method].flat() });
  }

  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0]!;
    return [...new Set(this.routes.filter((route) => route.pattern.test(path)).flatMap((route) => route.methods))].sort();
  }
}
