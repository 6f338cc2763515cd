declare module 'autocannon' {
  interface Options {
    url: string; method: 'POST'; connections: number; duration?: number; amount?: number; headers?: Record<string, string>;
    requests: { setupRequest(request: { headers: Record<string, string> }): { headers: Record<string, string> }; body: string }[];
  }
  interface Result { '2xx': number; non2xx: number; errors: number; duration: number; requests: { average: number }; latency: { p50: number; p99: number } }
  export default function autocannon(options: Options): Promise<Result>;
}
