/** Commands on a case and their bodies as the outside gives them. Who, when and which policy come beside (`CaseEnvironment`). */
import type { Grade, Level, Limit } from '../policy/pack';

export interface EvidenceRef { sha256: string; mediaType: string; takenAt: string; takenBy: string; longitude?: number; latitude?: number }
export interface Place { address: string; gridCode?: string; longitude?: number; latitude?: number }

export interface CaseCommands {
  /** Intake only: a report that was filed. */
  FileCase: {
    caseId: string; number: string; district: string; level: Level; centre: string; reportId: string; channel: string; reportedAt: string;
    foundBy: 'worker' | 'inspector' | 'citizen' | 'platform'; finder?: string;
    item: { code: string; name: string; category: string; kind: 'component' | 'event' | 'service' };
    grade: Grade; importance: 'normal' | 'important'; urgency: 'normal' | 'urgent'; belonging: string;
    place: Place & { gridCode: string }; description: string; evidence: EvidenceRef[]; gridWorker?: string;
    proposal?: { lead?: string; coHandlers: string[]; reason: string };
  };
  JoinReportToCase: { reportId: string; channel: string; reportedAt: string; foundBy: 'worker' | 'inspector' | 'citizen' | 'platform'; distanceMetres?: number };
  PhoneUnit: { unit: string; person: string; answered: boolean; note?: string };
  DispatchCase: { lead: string; coHandlers?: string[]; instruction?: string };
  AcknowledgeDispatch: object;
  ReboundCase: { reason: string };
  RuleOnRebound: { decision: 'uphold' | 'overrule'; reason: string };
  RaiseDispute: { units: string[]; reason: string };
  DesignateUnit: { unit: string; coHandlers?: string[]; reason: string };
  RecordArrival: { longitude?: number; latitude?: number; evidence?: EvidenceRef[] };
  GivePreliminaryOpinion: { opinion: string };
  ExplainDelay: { reason: string; asked: Limit };
  RuleOnDelay: { accept: boolean; reason: string; extension?: Limit };
  ContributeWork: { note: string; evidence?: EvidenceRef[] };
  /** `signedBy`: the unit's leader in charge (H4.2.6). */
  SubmitResult: { result: string; signedBy?: string; evidence?: EvidenceRef[] };
  VerifyResult: { proposal: 'close' | 'redo'; note: string; evidence?: EvidenceRef[]; longitude?: number; latitude?: number };
  ConfirmResult: { confirmed: boolean; note?: string };
  RecordCallBack: { medium: 'telephone' | 'on-the-spot' | 'wechat'; reached: boolean; truthful: boolean; satisfied: boolean; note?: string; evidence?: EvidenceRef[] };
  CloseCase: { summary?: string };
  ArchiveCase: { sha256: string; bytes: number; events: number; headHash: string };
  HandUpCase: { to: Level; centre: string; reason: string };
  SampleCase: { good: boolean; note?: string };
  WarnClock: { clock: string; warnAt: string };
  BreachClock: { clock: string; dueAt: string };
  UrgeUnit: { unit: string; notice: string; clock?: string };
  OpenSupervision: { unit: string; cause: 'overdue' | 'untrue' | 'procedure'; reason?: string };
  ApplyCalendar: { calendar: string; reason: string };
}
export type CaseCommandType = keyof CaseCommands;
export type CaseCommand = { [K in CaseCommandType]: { type: K; body: CaseCommands[K] } }[CaseCommandType];
