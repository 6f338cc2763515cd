import type { CallContext } from '@gridcase/platform';

const unitRoles: ReadonlySet<string> = new Set(['unit-handler', 'unit-leader']);
export const isOfUnit = (actor: CallContext['actor']): boolean => unitRoles.has(actor.role);

/** Conditions of a list: named columns, values by number. */
export class Where {
  readonly params: unknown[] = [];
  private readonly conditions: string[] = [];
  /** `?` stands for the value. */
  and(condition: string, value?: unknown): this {
    if (!condition.includes('?')) { this.conditions.push(condition); return this; }
    if (value !== undefined) { this.params.push(value); this.conditions.push(condition.replaceAll('?', `$${this.params.length}`)); }
    return this;
  }
  /** Codes are digits only, so a prefix needs no escaping. */
  within(column: string, area: string | undefined): this { return this.and(`${column} like ?`, area === undefined ? undefined : `${area.replace(/\D/g, '')}%`); }
  /** A unit sees its own, everybody else what lies in his jurisdiction; the system sees everything. */
  visibleTo(actor: CallContext['actor'], columns: { unit: string; grid: string }): this {
    if (actor.role === 'system') return this;
    return isOfUnit(actor) ? this.and(`${columns.unit} = ?`, actor.unit ?? '') : this.within(columns.grid, actor.jurisdiction);
  }
  get sql(): string { return this.conditions.length > 0 ? `where ${this.conditions.join(' and ')}` : ''; }
}
