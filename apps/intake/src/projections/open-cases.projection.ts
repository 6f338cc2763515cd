import type { OpenCase } from '@gridcase/domain';
import type { StreamProjection } from '@gridcase/projections';
import { readModelOf, type ReadModelRow } from '@gridcase/service';

export interface OpenCaseDoc extends Partial<OpenCase> { number?: string; district?: string; address?: string; description?: string; open?: boolean }

/** What a report may repeat: intake's own view of cases, from their events. @rule H5.2 */
export const openCases: StreamProjection<OpenCaseDoc> = {
  name: 'open_cases',
  version: 1,
  categories: ['case'],
  columns: {
    district: { type: 'text', nullable: true }, item_code: { type: 'text', nullable: true }, grid_code: { type: 'text', nullable: true }, longitude: { type: 'double precision', nullable: true }, latitude: { type: 'double precision', nullable: true },
    last_reported_at: { type: 'timestamptz', nullable: true }, open: { type: 'boolean' },
  },
  indexes: ['(district, item_code, latitude) where open', '(district, item_code, grid_code) where open'],
  initial: () => ({}),
  evolve: (doc, { type, data }) => {
    switch (type) {
      case 'CaseFiled': {
        const { caseId, number, district, item, place, description, reportedAt } = data;
        return { caseId, number, district, itemCode: item.code, gridCode: place.gridCode, ...(place.longitude !== undefined && place.latitude !== undefined && { longitude: place.longitude, latitude: place.latitude }), address: place.address, description, lastReportedAt: reportedAt, reports: 1, open: true };
      }
      case 'ReportJoined': return { ...doc, reports: data.count, lastReportedAt: data.reportedAt > doc.lastReportedAt! ? data.reportedAt : doc.lastReportedAt };
      case 'CaseClosed': return { ...doc, open: false };
      default: return doc;
    }
  },
  extract: (doc) => ({
    district: doc.district ?? null, item_code: doc.itemCode ?? null, grid_code: doc.gridCode ?? null, longitude: doc.longitude ?? null, latitude: doc.latitude ?? null, last_reported_at: doc.lastReportedAt ?? null, open: doc.open ?? false,
  }),
};

/** To read it by. */
export const openCasesView = readModelOf<ReadModelRow<OpenCaseDoc>>(openCases);
