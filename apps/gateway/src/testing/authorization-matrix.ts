/**
 * Who may do what, written down by hand from the rulebook (H3, Z12 and the rule of each step), apart from the table the gateway
 * runs on. One column a role, `x` = may; a row that is missing, or a role that is, fails the matrix test.
 */
export const columns = ['citizen', 'hotline-operator', 'centre-operator', 'centre-director', 'grid-worker', 'grid-chief', 'inspector', 'unit-handler', 'unit-leader', 'supervision-office', 'auditor', 'registry-admin', 'platform', 'system'] as const;

//                              ci ho co cd gw gc in uh ul so au ra pl sy
export const expectedAccess = `
ReceiveReport                   x  x  x  x  x  x  x  .  .  .  .  .  x  .
ListReports                     x  x  x  x  x  x  x  .  .  x  x  .  x  .
GetReport                       x  x  x  x  x  x  x  .  .  x  x  .  x  .
SuggestDuplicates               .  x  x  x  .  .  .  .  .  .  .  .  .  .
SortReport                      .  .  x  x  .  .  .  .  .  .  .  .  .  .
FileReport                      .  .  x  x  .  .  .  .  .  .  .  .  .  .
RefuseReport                    .  .  x  x  .  .  .  .  .  .  .  .  .  .
TransferReport                  .  .  x  x  .  .  .  .  .  .  .  .  .  .
RouteAsEmergency                .  x  x  x  .  .  .  .  .  .  .  .  .  .
SettleOnSpot                    .  .  .  .  x  x  .  .  .  .  .  .  .  .
SettleFind                      .  .  .  .  x  x  .  .  .  .  .  .  .  .
JoinReport                      .  .  x  x  .  .  .  .  .  .  .  .  .  .
RecordPatrol                    .  .  .  .  x  x  x  .  .  .  .  .  .  .
ListPatrols                     .  .  x  x  x  x  x  .  .  x  x  .  .  .
ListPatrolTimes                 .  .  x  x  x  x  x  .  .  x  x  .  .  .

ListCases                       .  x  x  x  x  x  x  x  x  x  x  .  .  .
GetCase                         .  x  x  x  x  x  x  x  x  x  x  .  .  .
GetCaseAsOf                     .  .  x  x  .  .  .  .  x  x  x  .  .  .
GetCaseHistory                  .  .  x  x  .  x  .  x  x  x  x  .  .  .
GetCaseClocks                   .  x  x  x  x  x  x  x  x  x  x  .  .  .
GetArchive                      .  .  x  x  .  .  .  .  x  x  x  .  .  .
PhoneUnit                       .  .  x  x  .  .  .  .  .  .  .  .  .  .
DispatchCase                    .  .  x  x  .  .  .  .  .  .  .  .  .  .
AcknowledgeDispatch             .  .  .  .  .  .  .  x  x  .  .  .  .  .
ReboundCase                     .  .  .  .  .  .  .  x  x  .  .  .  .  .
RuleOnRebound                   .  .  x  x  .  .  .  .  .  .  .  .  .  .
RaiseDispute                    .  .  x  x  .  .  .  x  x  .  .  .  .  .
DesignateUnit                   .  .  x  x  .  .  .  .  .  .  .  .  .  .
RecordArrival                   .  .  .  .  .  .  .  x  x  .  .  .  .  .
GivePreliminaryOpinion          .  .  .  .  .  .  .  x  x  .  .  .  .  .
ExplainDelay                    .  .  .  .  .  .  .  x  x  .  .  .  .  .
RuleOnDelay                     .  .  x  x  .  .  .  .  .  .  .  .  .  .
ContributeWork                  .  .  .  .  .  .  .  x  x  .  .  .  .  .
SubmitResult                    .  .  .  .  .  .  .  x  x  .  .  .  .  .
VerifyResult                    .  .  .  .  x  x  x  .  .  .  .  .  .  .
ConfirmResult                   .  .  x  x  .  .  .  .  .  .  .  .  .  .
RecordCallBack                  .  x  x  x  .  .  .  .  .  .  .  .  .  .
CloseCase                       .  .  x  x  .  .  .  .  .  .  .  .  .  .
ArchiveCase                     .  .  x  x  .  .  .  .  .  .  .  .  .  .
HandUpCase                      .  .  x  x  .  .  .  .  .  .  .  .  .  .
SampleCase                      .  .  x  x  .  .  .  .  .  x  .  .  .  .
UrgeUnit                        .  .  x  x  .  .  .  .  .  x  .  .  .  .
OpenSupervision                 .  .  .  x  .  .  .  .  .  x  .  .  .  .

ListClocks                      .  .  x  x  .  .  .  x  x  x  x  .  .  .
GetLights                       .  .  x  x  .  x  .  x  x  x  x  .  .  .
ListSupervisions                .  .  x  x  .  .  .  x  x  x  x  .  .  .
GetScorecard                    .  .  x  x  x  x  x  x  x  x  x  .  .  .
ListScorecards                  .  .  x  x  x  x  x  x  x  x  x  .  .  .
IssueScorecard                  .  .  .  x  .  .  .  .  .  x  .  .  .  .
ListQuotaWarnings               .  .  x  x  x  x  x  .  .  x  x  .  .  .
IssueQuotaWarnings              .  .  .  x  .  .  .  .  .  .  .  .  .  x
GetWeeklyFinds                  .  .  x  x  x  x  x  .  .  x  x  .  .  .

ImportGridTree                  .  .  .  .  .  .  .  .  .  .  .  x  .  .
ListGrids                       .  x  x  x  x  x  x  x  x  x  x  x  .  x
GetGrid                         .  x  x  x  x  x  x  x  x  x  x  x  .  x
GetGridHistory                  .  .  x  x  .  .  .  .  .  x  x  x  .  .
GetGridNotice                   public
AdjustGrid                      .  .  .  .  .  .  .  .  .  .  .  x  .  .
RecodeGrid                      .  .  .  .  .  .  .  .  .  .  .  x  .  .
ReplaceGridWorker               .  .  .  x  .  .  .  .  .  .  .  x  .  .
AssignOfficer                   .  .  .  x  .  .  .  .  .  .  .  x  .  .
ListUnits                       .  x  x  x  x  x  x  x  x  x  x  x  .  x
RegisterUnits                   .  .  .  .  .  .  .  .  .  .  .  x  .  .
ListPeople                      .  .  x  x  .  .  .  .  .  x  x  x  .  .
RegisterPeople                  .  .  .  .  .  .  .  .  .  .  .  x  .  .
ListItems                       x  x  x  x  x  x  x  x  x  x  x  x  x  x
AdmitItems                      .  .  .  .  .  .  .  .  .  .  .  x  .  .
WithdrawItem                    .  .  .  .  .  .  .  .  .  .  .  x  .  .
ListCalendars                   .  x  x  x  x  x  x  x  x  x  x  x  .  x
PublishCalendar                 .  .  .  .  .  .  .  .  .  .  .  x  .  .
ListPolicies                    .  x  x  x  x  x  x  x  x  x  x  x  .  x
AdoptPolicy                     .  .  .  .  .  .  .  .  .  .  .  x  .  .
CheckRecord                     .  .  .  .  .  .  .  .  .  .  x  .  .  x

StoreEvidence                   x  x  x  x  x  x  x  x  x  .  .  .  x  .
ReadEvidence                    .  x  x  x  x  x  x  x  x  x  x  .  .  .
ReadClock                       .  .  .  .  .  .  .  .  .  .  .  x  .  x
AdvanceClock                    .  .  .  .  .  .  .  .  .  .  .  x  .  x
`;

/** Operation → roles that may, or `public`. */
export const expectation: ReadonlyMap<string, readonly string[] | 'public'> = new Map<string, readonly string[] | 'public'>(
  expectedAccess.trim().split(/\n+/).map((line): [string, readonly string[] | 'public'] => {
    const [operation, ...marks] = line.trim().split(/ +/);
    if (marks[0] === 'public') return [operation!, 'public'];
    if (marks.length !== columns.length) throw new Error(`row ${operation} has ${marks.length} marks, not ${columns.length}`);
    return [operation!, columns.filter((_, index) => marks[index] === 'x')];
  }),
);
