/**
 * Exit 0 when a container engine is there and has the image, or can pull it. An engine that makes no progress with it for some seconds counts as
 * none, so that nobody waits for a registry that cannot be reached. Otherwise says why in one line and exits 1.
 */
const { getContainerRuntimeClient } = require('testcontainers');

const STALL_MS = 8_000;
const [image] = process.argv.slice(2);
const none = (reason) => {
  process.stdout.write(reason.split('\n')[0]);
  process.exit(1);
};
const stall = setTimeout(() => none(`the container engine does not get ${image}`), STALL_MS);

(async () => {
  const client = await getContainerRuntimeClient().catch(() => none('no container engine'));
  const { dockerode } = client.container;
  if (await dockerode.getImage(image).inspect().then(() => true, () => false)) return process.exit(0);
  const pulled = await dockerode.pull(image);
  dockerode.modem.followProgress(pulled, (error) => (error ? none(`the container engine cannot pull ${image}`) : process.exit(0)), () => stall.refresh());
})().catch(() => none(`the container engine cannot pull ${image}`));
