import { AssignerProtocol, type Consumer } from 'kafkajs';
import { oneActiveMember } from '@gridcase/bus';
import type { FaultCase, World } from '../fault-case';
import { kafkaOf, withAdmin } from './kafka';

const HURT_MS = 60_000;
/** Beyond the heartbeat (3 s) by which the others learn of it. */
const STAYS_MS = { min: 500, max: 5_000 };

interface Group { groupId: string; topics: string[] }

/** The groups of the platform with what their members subscribe to. */
const groupsOf = (world: World): Promise<Group[]> => withAdmin(world, async (admin) => {
  const ids = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => !id.includes('faults'));
  const { groups } = await admin.describeGroups(ids);
  return groups.flatMap(({ groupId, members: [member] }) => (member ? [{ groupId, topics: [...(AssignerProtocol.MemberMetadata.decode(member.memberMetadata)?.topics ?? [])] }] : []));
});

/** Joins as a second copy of the service would, does nothing, and leaves. */
async function joinAndLeave(world: World, { groupId, topics }: Group): Promise<void> {
  const consumer: Consumer = kafkaOf(world).consumer({ groupId, partitionAssigners: [oneActiveMember({ active: false })], sessionTimeout: 10_000, heartbeatInterval: 1_000, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: false });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
  await world.pause(world.random.between(STAYS_MS.min, STAYS_MS.max)).finally(() => consumer.disconnect());
}

export const rebalanceCase: FaultCase = {
  name: 'rebalance-within-batch', profiles: ['cluster'],
  about: 'another member joins and leaves every group again and again: partitions are taken away and given back in the midst of batches',
  async inject(world) {
    const groups = await groupsOf(world);
    const until = performance.now() + HURT_MS;
    let times = 0;
    await Promise.all(groups.map(async (group) => {
      for (; performance.now() < until; times++) await joinAndLeave(world, group);
    }));
    world.note(`${times} times a member joined and left, in ${groups.length} groups`);
  },
};
