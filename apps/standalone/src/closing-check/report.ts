/** What the sections of the closing check have in common: how they name what is wrong. */
export const sectionNames = ['record', 'commands', 'clocks', 'read-models', 'effects', 'parked'] as const;
export type SectionName = (typeof sectionNames)[number];

/** One thing that is not as it must be, and where. */
export interface Finding {
  section: SectionName;
  kind: string;
  service?: string;
  table?: string;
  key?: string;
  stream?: string;
  revision?: number;
  /** Decimal. */
  position?: string;
  /** Never personal data. */
  detail: string;
}

export interface SectionReport {
  section: SectionName;
  ok: boolean;
  /** What was looked at, and what came of it, in one line. */
  summary: string;
  /** What was looked at, in numbers. */
  figures: Readonly<Record<string, number>>;
  byKind: Readonly<Record<string, number>>;
  /** At most `findingsMax`; `findingCount` counts all. */
  findings: readonly Finding[];
  findingCount: number;
}

/** Told while a section is under way. */
export type OnProgress = (progress: { section: string; position: bigint; head: bigint }) => void;

export const FINDINGS_MAX = 1_000;

/** Collects what one section finds: a bounded list, and a count of everything. */
export class Findings {
  private readonly list: Finding[] = [];
  private readonly byKind: Record<string, number> = {};
  private count = 0;

  constructor(private readonly section: SectionName, private readonly findingsMax = FINDINGS_MAX) {}

  add(finding: Omit<Finding, 'section'>): void {
    this.addUnnamed(finding.kind, 1);
    if (this.list.length < this.findingsMax) this.list.push({ section: this.section, ...finding });
  }

  /** Counted elsewhere, beyond what was named there. */
  addUnnamed(kind: string, count: number): void {
    if (count <= 0) return;
    this.count += count;
    this.byKind[kind] = (this.byKind[kind] ?? 0) + count;
  }

  /** `looked`: what was looked at; `whole`: what is true of it when nothing was found. */
  report(looked: string, whole: string, figures: Readonly<Record<string, number>>): SectionReport {
    const { section, list, byKind, count } = this;
    return { section, ok: count === 0, summary: `${looked}: ${count === 0 ? whole : `${count} difference(s)`}`, figures, byKind, findings: list, findingCount: count };
  }
}

/** For people: the line of each section, then what it found. */
export function linesOf(sections: readonly SectionReport[]): string[] {
  return sections.flatMap(({ summary, findings, findingCount }) => [
    summary, ...findings.map(lineOf), ...(findingCount > findings.length ? [`  … and ${findingCount - findings.length} more`] : []),
  ]);
}

function lineOf({ kind, service, table, key, stream, revision, position, detail }: Finding): string {
  const place = [
    service, table, key, stream, revision !== undefined && `revision ${revision}`, position !== undefined && `(position ${position})`,
  ].filter(Boolean).join(' ');
  return `  ${kind}: ${place}: ${detail}`;
}
