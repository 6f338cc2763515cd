/** Where messages stand. Names, keys and partitions are contract: a change is a new topic (`.v2`). */
export interface PublicTopic {
  name: string;
  /** Of streams; every category stands in exactly one topic. */
  categories: readonly string[];
  /** Fixed for ever: another number would send a key elsewhere and break its order. */
  partitions: number;
  about: string;
}

export const publicTopics: readonly PublicTopic[] = [
  { name: 'gridcase.case-events.v1', categories: ['case'], partitions: 6, about: 'Everything that happens to a case after filing. Key: the case.' },
  { name: 'gridcase.report-events.v1', categories: ['report', 'patrol'], partitions: 3, about: 'Reports before or instead of becoming a case, and patrols. Key: the report or patrol.' },
  { name: 'gridcase.registry-events.v1', categories: ['gridtree', 'staff', 'itemlist', 'calendar', 'policy'], partitions: 1, about: 'Grids, units and people, items, calendars, policy packs. Key: the stream of a district.' },
  { name: 'gridcase.assessment-events.v1', categories: ['assessment'], partitions: 1, about: 'Scorecards and quota warnings that were issued. Key: the stream.' },
];

const byCategory = new Map(publicTopics.flatMap((topic) => topic.categories.map((category) => [category, topic])));
/** Undefined for a category that is not published. */
export const topicOf = (category: string): PublicTopic | undefined => byCategory.get(category);
