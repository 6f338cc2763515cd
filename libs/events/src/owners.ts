import type { Service } from './define';

/** Each command type has exactly one owning service (DESIGN §2): services own verbs, not copies of state. */
export const commandOwners = {
  ImportGridTree: 'registry', AdjustGrid: 'registry', RecodeGrid: 'registry', ReplaceGridWorker: 'registry', AssignOfficer: 'registry',
  RegisterUnits: 'registry', RegisterPeople: 'registry', AdmitItems: 'registry', WithdrawItem: 'registry', PublishCalendar: 'registry', AdoptPolicy: 'registry',

  ReceiveReport: 'intake', SortReport: 'intake', FileReport: 'intake', RefuseReport: 'intake', TransferReport: 'intake', RouteAsEmergency: 'intake',
  SettleOnSpot: 'intake', JoinReport: 'intake', RecordPatrol: 'intake', FileCase: 'intake', JoinReportToCase: 'intake',

  PhoneUnit: 'dispatch', DispatchCase: 'dispatch', AcknowledgeDispatch: 'dispatch', ReboundCase: 'dispatch', RuleOnRebound: 'dispatch', RaiseDispute: 'dispatch', DesignateUnit: 'dispatch',
  RecordArrival: 'dispatch', GivePreliminaryOpinion: 'dispatch', ExplainDelay: 'dispatch', RuleOnDelay: 'dispatch', ContributeWork: 'dispatch', SubmitResult: 'dispatch', VerifyResult: 'dispatch',
  ConfirmResult: 'dispatch', RecordCallBack: 'dispatch', CloseCase: 'dispatch', ArchiveCase: 'dispatch', HandUpCase: 'dispatch', SampleCase: 'dispatch',

  WarnClock: 'sla-monitor', BreachClock: 'sla-monitor', UrgeUnit: 'sla-monitor', OpenSupervision: 'sla-monitor', ApplyCalendar: 'sla-monitor',

  IssueQuotaWarnings: 'assessment', IssueScorecard: 'assessment',
} as const satisfies Record<string, Service>;
export type CommandType = keyof typeof commandOwners;
