/**
 * Exit 0 when a container engine is there and has the image, or can pull it. An engine that makes no progress with it for some seconds counts as
 * none, so that nobody waits for a registry that cannot be reached. Otherwise says why in one line and exits 1.
 */
const { getContainerRuntimeClient } = require('testcontainers');

const [image, stallMs = '8000'] = process.argv.slice(2);
const none = (reason) => {
  process.stdout.write(reason.split('\n')[0]);
  process.exit(1);
};
const stall = setTimeout(() => none(`the container engine does not get ${image}`), Number(stallMs));

(async () => {
  const client = await getContainerRuntimeClient().catch(() => none('no container engine'));
  const { dockerode } = client.container;
  const isThere = () => dockerode.getImage(image).inspect().then(() => true, () => false);
  if (await isThere()) process.exit(0);
  const pull = await dockerode.pull(image);
  await new Promise((resolve) => dockerode.modem.followProgress(pull, resolve, () => stall.refresh()));
  // A pull that failed half way ends like one that did not.
  if (!(await isThere())) throw new Error('not pulled');
  process.exit(0);
})().catch(() => none(`the container engine cannot pull ${image}`));
