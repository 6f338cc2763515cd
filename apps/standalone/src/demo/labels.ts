/** Words of the printout, Chinese and English side by side. */
export const states: Record<string, string> = {
  received: '已接收 received', sorted: '已分拣 sorted', filed: '待派遣 filed', refused: '不予立案 refused', transferred: '已转办 transferred', emergency: '转应急 emergency', settled: '自行处置 settled', joined: '并案 joined',
  dispatched: '处置中 dispatched', rebounded: '待认定 rebounded', disputed: '争议 disputed', submitted: '待核查 submitted', verified: '已核查 verified', closed: '已结案 closed', archived: '已归档 archived',
};
export const lights: Record<string, string> = { green: '绿 green', yellow: '黄 yellow', red: '红 red' };
export const clocks: Record<string, string> = {
  dispatch: '派遣 dispatch', respond: '响应 respond', arrive: '到场 arrive', opinion: '初步意见 opinion', dispose: '处置 dispose', rule: '回弹认定 ruling', 'rule-delay': '延期认定 ruling on delay', designate: '指定 designate',
  'hand-up': '上报 hand up', verify: '核查 verify', confirm: '街道确认 confirm', 'call-back': '回访 call-back', close: '结案 close', supervision: '督办 supervision',
};
export const changes: Record<string, string> = { start: '启动 start', pause: '暂停 pause', resume: '恢复 resume', stop: '停止 stop', move: '调整 move', now: '当前 now' };
export const supervisions: Record<string, string> = { open: '督办中 open', lifted: '按期整改 put right in time', lapsed: '逾期未改,问责 lapsed, accountability' };
export const causes: Record<string, string> = { overdue: '超时 overdue', untrue: '结果不实 untrue', procedure: '程序不当 procedure' };
