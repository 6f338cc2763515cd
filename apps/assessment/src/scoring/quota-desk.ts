import { Inject, Injectable } from '@nestjs/common';
import { addDays, beginOf, policyOn, quotaWeek, weekOf, workingTimeOf, type District, type QuotaWeek, type Quotas, type WorkingTime } from '@gridcase/domain';
import type { Person } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import { EVENT_STORE, LiveDirectory, ProblemError, ReadModels } from '@gridcase/service';

export interface WorkerWeek extends QuotaWeek { worker: string; name: string; jurisdiction: string; role: 'grid-worker' | 'inspector' }
export interface DistrictWeek { district: string; week: string; pack: string; rule: string; quotas: Quotas; workingTime: WorkingTime; workers: WorkerWeek[] }

/** How far back a run of weeks without finds is looked for in the finds. */
const WEEKS_BACK = 26;
const STAFF_PAGE = 1_000;

/** Finds of a week against the quota. @rule H5.3 */
@Injectable()
export class QuotaDesk {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** `day`: any day of the week. @throws ProblemError when there is no such district, policy or quota */
  async week(code: string, day: string): Promise<DistrictWeek> {
    const district = this.directory.district(code);
    if (!district) throw new ProblemError({ code: 'NOT_FOUND', params: { what: `district ${code}` } });
    const week = weekOf(day);
    const pack = policyOn(district, addDays(week, 6));
    if (!pack) throw new ProblemError({ code: 'NO_POLICY_IN_FORCE', params: { district: code } });
    const { quotas } = pack;
    if (!quotas) throw new ProblemError({ code: 'NO_QUOTA', rule: 'H5.3', params: { pack: pack.id } });
    const workingTime = workingTimeOf(district, pack);
    const [finds, registered] = await Promise.all([this.finds(code, week, pack.timeZone), this.registrations(code)]);
    const workers = duty(district).map(({ person, role }): WorkerWeek => {
      const { found, latest } = finds.get(person.id) ?? { found: 0, latest: null };
      const latestWeek = latest && weekOf(workingTime.localDate(latest.toISOString()));
      const standing = quotaWeek(quotas, workingTime, week, {
        since: workingTime.localDate(registered.get(person.id)!), foundIn: (monday) => (monday === week ? found : monday === latestWeek ? 1 : 0),
      });
      return { worker: person.id, name: person.name, jurisdiction: person.jurisdiction, role, ...standing };
    });
    return { district: code, week, pack: pack.id, rule: quotas.rule, quotas, workingTime, workers };
  }

  private async finds(district: string, week: string, timeZone: string): Promise<Map<string, { found: number; latest: Date | null }>> {
    const [back, from, to] = [addDays(week, -7 * WEEKS_BACK), week, addDays(week, 7)].map((date) => beginOf(date, timeZone));
    const rows = await this.readModels.query<{ worker: string; found: number; latest: Date | null }>(
      `select worker, count(*) filter (where found_at >= $3)::int as found, max(found_at) filter (where found_at < $3) as latest from worker_finds where district = $1 and found_at >= $2 and found_at < $4 group by worker`,
      [district, back, from, to],
    );
    return new Map(rows.map((row) => [row.worker, row]));
  }

  /** When each person was first registered: nobody is warned of a week before he came. */
  private async registrations(district: string): Promise<Map<string, string>> {
    const first = new Map<string, string>();
    for (let from = 0; ;) {
      const events = await this.store.readStream(`staff-${district}`, { from, limit: STAFF_PAGE });
      for (const { type, data, metadata } of events) if (type === 'PersonRegistered' && !first.has(data.person.id)) first.set(data.person.id, metadata.occurredAt);
      if (events.length < STAFF_PAGE) return first;
      from += events.length;
    }
  }
}

/** Workers who have a grid, and inspectors, by id. */
function duty(district: District): { person: Person; role: WorkerWeek['role'] }[] {
  const withGrid = new Set([...district.grids.values()].flatMap((grid) => grid.workers));
  return [...district.people.values()].flatMap((person): { person: Person; role: WorkerWeek['role'] }[] => {
    if (person.roles.includes('grid-worker') && withGrid.has(person.id)) return [{ person, role: 'grid-worker' }];
    return person.roles.includes('inspector') ? [{ person, role: 'inspector' }] : [];
  }).sort((a, b) => (a.person.id < b.person.id ? -1 : 1));
}
