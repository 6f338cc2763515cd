import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const ACTIVE = Buffer.from('active');

/**
 * All partitions to one member of the group, the others stand by: a read model is one ordered fold with one checkpoint. Who is
 * active stays so when others join.
 */
export const oneActiveMember = (self: { active: boolean }): PartitionAssigner => ({ cluster }) => ({
  name: 'OneActiveMember',
  version: 1,
  async assign({ members, topics }) {
    const ids = members.map(({ memberId }) => memberId).sort();
    const active = members.filter(({ memberMetadata }) => MemberMetadata.decode(memberMetadata)?.userData.equals(ACTIVE)).map(({ memberId }) => memberId).sort();
    const chosen = active[0] ?? ids[0]!;
    const all = Object.fromEntries(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }: { partitionId: number }) => partitionId)]));
    return ids.map((memberId) => ({ memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment: memberId === chosen ? all : {}, userData: Buffer.alloc(0) }) }));
  },
  protocol: ({ topics }) => ({ name: 'OneActiveMember', metadata: MemberMetadata.encode({ version: 1, topics, userData: self.active ? ACTIVE : Buffer.alloc(0) }) }),
});
