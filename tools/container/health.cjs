/** `health.cjs live|ready`: exit 0 when the service in this container says so. The image has no curl, and needs none. */
const [what = 'live'] = process.argv.slice(2);
const port = process.env.HEALTH_PORT || '9090';
fetch(`http://127.0.0.1:${port}/health/${what}`, { signal: AbortSignal.timeout(4_000) }).then(
  async (response) => {
    if (!response.ok) process.stdout.write(`${response.status} ${(await response.text()).slice(0, 500)}\n`);
    process.exitCode = response.ok ? 0 : 1;
  },
  (error) => {
    process.stdout.write(`${error.cause?.message ?? error.message}\n`);
    process.exitCode = 1;
  },
);
