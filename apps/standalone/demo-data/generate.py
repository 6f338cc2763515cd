#!/usr/bin/env python3
"""Writes reports.jsonl, scenario.jsonl and cast.json: what people report and do in the demo, deterministically (no clock, no
random module). It only decides who does what and when; what must come of it is worked out by oracle.py, which does not
import this file. Sentences are in texts.tsv and other-texts.tsv. Run it again after changing them: python3 generate.py"""
import hashlib, json, os, re
from datetime import date, datetime, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.normpath(os.path.join(HERE, '../../../policies/data'))
H, X = '610524', '211103'

# ---------------------------------------------------------------- a small generator of numbers, the same on every machine
state = 20250926
def rnd(n):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 33) % n
def pick(xs): return xs[rnd(len(xs))]
def chance(percent): return rnd(100) < percent

# ---------------------------------------------------------------- when people work here (the oracle has its own table)
OFF = {date(2025, 10, d) for d in range(1, 9)}
MAKE_UP = {date(2025, 9, 28), date(2025, 10, 11)}
def works(d): return d in MAKE_UP or (d.weekday() < 5 and d not in OFF)
def next_days(d, n):
    while n:
        d += timedelta(1)
        if works(d): n -= 1
    return d
def T(s): return datetime.strptime(s, '%Y-%m-%d %H:%M')
def S(t): return t.strftime('%Y-%m-%d %H:%M')
M = lambda n: timedelta(minutes=n)

# ---------------------------------------------------------------- people, grids, units, items as the registry's files have them
from cast import load_cast  # noqa: E402
CAST = load_cast(DATA)

steps, reports, order = [], {}, 0
def step(at, do, by, on=None, body=None, expect=None, **more):
    global order
    order += 1
    steps.append((at, order, {'id': '', 'at': S(at), 'do': do, 'by': by, **({'on': on} if on else {}), **({'body': body} if body else {}), **({'expect': expect} if expect else {}), **more}))

def photo(by, at, lon, lat, what):
    return {'sha256': hashlib.sha256(what.encode()).hexdigest(), 'mediaType': 'image/jpeg', 'takenAt': (at - timedelta(hours=8)).strftime('%Y-%m-%dT%H:%M:00.000Z'), 'takenBy': by, 'longitude': lon, 'latitude': lat}

SURNAMES, GIVEN = '王李张刘陈杨赵黄周吴党雷安车行秦孙马', ['秀英', '建国', '小军', '婷婷', '志强', '丽娟', '海涛', '玉兰', '亚妮', '红卫', '浩然', '桂芳', '鹏飞', '晓燕', '学民', '转运']
counter = {H: 0, X: 0}
def new_id(district):
    counter[district] += 1
    return f"{'H' if district == H else 'X'}{counter[district]:03d}"

HOMES = re.compile('小区|家园|花园|栋|号楼|楼区|院$|苑|新城|新村|锅炉|里便民|平房|三组|老学校')
AT_HOME = {'elevator', 'property', 'welfare', 'dispute', 'fire-lane', 'wire', 'wall', 'charger', 'elderly'}
def place_of(d, grid, matter):
    """Lifts stand in housing estates, potholes in streets."""
    spots = CAST[d]['spots'](grid)
    if not matter: return pick(spots)
    return pick([s for s in spots if bool(HOMES.search(s)) == (matter in AT_HOME)] or spots)

CITIZEN_CHANNELS = {H: ['wechat', 'wechat', 'hotline', 'web'], X: ['hotline', 'hotline', 'web', 'wechat', 'mailbox']}

def report(d, at, grid, text, by='citizen', matter=None, story=None, short=False, near=None, item_known=None):
    """One report. by: citizen | worker | inspector. near: id of the report whose place it shares (a repeat)."""
    rid = new_id(d)
    c = CAST[d]
    spot = near and reports[near]['spot'] or place_of(d, grid, matter)
    lon = round((near and reports[near]['place']['longitude'] or grid['longitude'] + (rnd(600) - 300) / 1e5) + ((rnd(30) - 15) / 1e5 if near else 0), 6)
    lat = round((near and reports[near]['place']['latitude'] or grid['latitude'] + (rnd(600) - 300) / 1e5) + ((rnd(30) - 15) / 1e5 if near else 0), 6)
    r = {'id': rid, 'district': d, 'at': S(at), 'foundBy': by, 'place': {'address': c['name'] + spot, 'gridCode': grid['code'], 'longitude': lon, 'latitude': lat},
         'description': text.replace('{p}', spot), 'spot': spot}
    if by == 'worker': r.update(by=grid['worker'], channel='handheld')
    elif by == 'inspector': r.update(by=c['inspector'], channel='inspector')
    else:
        channel = pick(CITIZEN_CHANNELS[d])
        r.update(by=c['hotline'], channel=channel)
        name = SURNAMES[rnd(len(SURNAMES))] + pick(GIVEN)
        r['reporter'] = {'name': name, 'telephone': f"1{pick(['38', '59', '51', '86', '33'])}{rnd(10**4):04d}{rnd(10**4):04d}"}
        r['channelId'] = f'{channel}-{at:%Y%m%d}-{rid}'
    if by != 'citizen':
        r['evidence'] = [photo(r['by'], at - M(2), lon, lat, rid)]
        if matter: r['itemCode'] = c['items'][matter]['code']
    if matter: r['matter'] = matter
    if story: r['story'] = story
    if short: r['short'] = True
    reports[rid] = r
    step(at, 'report', r['by'], rid)
    return rid

# ---------------------------------------------------------------- the way of a case
class Case:
    """Adds the usual steps of one case; a story says where it differs."""
    def __init__(self, rid, grid, matter, at=None, level=None, grade=None, filed=6, centre=None):
        self.rid, self.grid, self.matter = rid, grid, matter
        self.d = reports[rid]['district']; self.c = CAST[self.d]
        self.item = self.c['items'][matter]
        self.grade = grade or self.item['grade']
        self.t0 = T(reports[rid]['at'])
        level = level or ('street' if self.d == X and reports[rid]['foundBy'] == 'worker' else 'district')
        self.level, self.centre = level, centre or {'district': self.d, 'street': grid['code'][:9], 'community': grid['code'][:12]}[level]
        self.operator = self.c['operator_of'](self.centre)
        self.lead = self.c['unit_of'](self.item['department'], grid)
        self.do(self.t0 + M(filed) if at is None else at, 'sort', self.operator, {
            'itemCode': self.item['code'], 'importance': 'important' if self.grade in ('major', 'complex') else 'normal', 'urgency': 'urgent' if matter in ('manhole', 'water', 'elevator') else 'normal',
            'belonging': self.item['department'], 'gridCode': grid['code'], **({'grade': grade} if grade else {})})
        self.do(self.t0 + M(filed) if at is None else at, 'file', self.operator, {'level': self.level, 'centre': self.centre})
    def do(self, at, do, by, body=None, expect=None, **more): step(at, do, by, self.rid, body, expect, **more); return self
    def unit(self, code): return self.c['units'][code]
    def handler(self, code=None): return self.unit(code or self.lead)['handler']
    def leader(self, code=None): return self.unit(code or self.lead)['leader']
    def phone(self, at, unit=None, answered=True):
        return self.do(at, 'phone-calls', self.operator, {'unit': unit or self.lead, 'person': self.unit(unit or self.lead)['handlerName'], 'answered': answered})
    def dispatch(self, at, unit=None, co=(), expect=None):
        if unit and not expect: self.lead = unit
        return self.do(at, 'dispatch', self.operator, {'lead': unit or self.lead, **({'coHandlers': list(co)} if co else {}), 'instruction': pick(['请到现场处置并按时反馈。', '请派员核实处置。', '按事项清单办理,注意安全。'])}, expect)
    def ack(self, at, unit=None, expect=None): return self.do(at, 'acknowledgement', self.handler(unit), None, expect)
    def rebound(self, at, reason, unit=None, expect=None): return self.do(at, 'rebound', self.handler(unit), {'reason': reason}, expect)
    def rule(self, at, decision, reason, expect=None): return self.do(at, 'rebound-ruling', self.operator, {'decision': decision, 'reason': reason}, expect)
    def arrive(self, at, expect=None):
        p = reports[self.rid]['place']
        return self.do(at, 'arrival', self.handler(), {'longitude': p['longitude'], 'latitude': p['latitude']}, expect)
    def opinion(self, at): return self.do(at, 'opinion', self.handler(), {'opinion': pick(['现场属实,需备料,预计按期完成。', '已与当事人谈话,限期自行整改。', '情况属实,已安排班组。'])})
    def result(self, at, by=None, expect=None, signed=True):
        body = {'result': pick(['已处置完毕,现场恢复。', '已整改到位,附处置后照片。', '问题已解决,当事人已签收整改通知。', '已清理并落实日常管护。'])}
        if signed: body['signedBy'] = self.leader()
        at_photo = photo(self.leader(), at - M(5), reports[self.rid]['place']['longitude'], reports[self.rid]['place']['latitude'], f'{self.rid}-{S(at)}')
        return self.do(at, 'result', by or self.leader(), {**body, 'evidence': [at_photo]}, expect)
    def verify(self, at, proposal='close', note=None, expect=None):
        p = reports[self.rid]['place']
        return self.do(at, 'verification', self.grid['worker'], {'proposal': proposal, 'note': note or pick(['现场已恢复。', '核查属实。', '已处置,周边群众认可。']),
            'evidence': [photo(self.grid['worker'], at - M(1), p['longitude'], p['latitude'], f'{self.rid}-v-{S(at)}')], 'longitude': p['longitude'], 'latitude': p['latitude']}, expect)
    def confirm(self, at, ok=True, note=None, expect=None): return self.do(at, 'confirmation', self.c['operator_of'](self.grid['code'][:9]), {'confirmed': ok, 'note': note or pick(['同意结案。', '照片、现场一致,确认。'])}, expect)
    def call_back(self, at, satisfied=True, truthful=True, reached=True, note=None, expect=None):
        return self.do(at, 'call-back', self.operator, {'medium': 'telephone', 'reached': reached, 'truthful': truthful, 'satisfied': satisfied, 'note': note or pick(['反映人表示满意。', '反映人说修好了,谢谢。', '电话核实属实,满意。'])}, expect)
    def close(self, at, expect=None): return self.do(at, 'closing', self.operator, {'summary': '处置、核查完成,结案。'}, expect)
    def archive(self, at, expect=None): return self.do(at, 'archive', self.operator, None, expect)

SLOTS, REST_SLOTS = ['09:40', '11:20', '15:40', '17:05'], ['10:00', '15:30']
def slot_after(t, n=1):
    """The n-th time of the day's rounds after t (twice a day on rest days)."""
    d = t.date()
    while True:
        for hm in SLOTS if works(d) else REST_SLOTS:
            s = T(f'{d} {hm}')
            if s > t:
                n -= 1
                if n == 0: return s
        d += timedelta(1)
def round_on(t, days, n=0):
    """One of the rounds of the days-th working day after t."""
    d = next_days(t.date(), days)
    return T(f'{d} {SLOTS[n % 4]}')

def finish(case, at, archive=True):
    """From the result at `at` to the archive: each step at the next round."""
    v = slot_after(at); case.verify(v)
    n = slot_after(v)
    if case.d == X: case.confirm(n); n = slot_after(n); case.close(n)
    else: case.call_back(n); case.close(n)
    if archive: case.archive(n)
    return n

def usual_start(case, w):
    """Dispatch, answer and arrival of a wave that began at w; a few are late."""
    if case.d == H: case.phone(w + M(8)).dispatch(w + M(12))
    else: case.dispatch(w + M(9))
    case.ack(w + M(55) if chance(5) else w + M(30))
    there = w + M(160) if chance(5) else w + M(55)
    case.arrive(there)
    if case.d == X: case.opinion(max(there, w + M(110)))
    return there

def ordinary(case, w):
    there = usual_start(case, w)
    kind = rnd(100)
    if case.grade == 'simple' and case.d == H: done = max(there, w + M(110)) if kind < 92 else w + M(270)  # four hours: the second is late
    else:
        limit = {'simple': 2, 'general': 3, 'major': 5, 'complex': 10}[case.grade] if case.d == H else {'complex': 10}.get(case.grade, 3 if case.level == 'community' else 5)
        if kind < 8: return  # left open
        days = limit + 1 if kind < 13 else 1 + rnd(min(limit, 4))
        done = round_on(w, days, rnd(3))
        if done > T('2025-10-15 16:00'): return
    case.result(done)
    turn = rnd(100)
    if turn < 4 and done < T('2025-10-10 00:00'):  # not put right: again from receipt
        v = slot_after(done); case.verify(v, 'redo', '现场仍有遗留,未处置到位。')
        case.ack(v + M(20)); case.arrive(v + M(50))
        if case.d == X: case.opinion(v + M(95))
        done = v + M(105) if case.grade == 'simple' and case.d == H else round_on(v, 1, 1)
        case.result(done)
    elif turn < 7 and case.d == H and done < T('2025-10-10 00:00'):
        v = slot_after(done); case.verify(v); b = slot_after(v)
        case.call_back(b, satisfied=False, note='反映人称处理不彻底。')
        case.ack(b + M(20)); case.arrive(b + M(50))
        done = b + M(105) if case.grade == 'simple' else round_on(b, 1, 2)
        case.result(done)
    if kind >= 97: return  # waits for its check
    finish(case, done)

# ---------------------------------------------------------------- the sentences
def rows(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return [line.rstrip('\n').split('\t') for line in f if line.strip() and not line.startswith('#')]
TEXTS, OTHER = rows('texts.tsv'), rows('other-texts.tsv')
say = lambda matter, kind='c': pick([t for k, m, t in TEXTS if k == kind and m == matter] or [t for k, m, t in TEXTS if k != 'd' and m == matter])

exec(open(os.path.join(HERE, 'stories.py'), encoding='utf-8').read())

# ---------------------------------------------------------------- the ordinary week around the stories
WAVES = {d: (['08:32', '10:20', '14:40', '16:30'] if works(d) else ['09:10', '15:05']) for d in [date(2025, 9, 26) + timedelta(n) for n in range(7)]}
waves = [T(f'{d} {hm}') for d in sorted(WAVES) for hm in WAVES[d]]
worker_grids = {d: [g for g in CAST[d]['grids'] if not g.get('idle')] for d in (H, X)}
RURAL = {'rubbish', 'sewer', 'pothole', 'lamp', 'straw', 'river', 'stray', 'pile', 'dispute', 'welfare', 'dust', 'guardrail', 'water', 'illegal'}
def grid_for(d, matter):
    """Three in ten of the matters a village has come from a village; the rest from town."""
    villages = [g for g in worker_grids[d] if g['village']]
    if matter in AT_HOME:
        return pick([g for g in worker_grids[d] if any(HOMES.search(s) for s in g['spots']) and not g['village']])
    if villages and (matter == 'straw' or (matter in RURAL and chance(30))): return pick(villages)
    return pick([g for g in worker_grids[d] if not g['village']])
plan = []
for n, (k, m, t) in enumerate(row for row in TEXTS if row[0] in 'cw'):  # about half of the sentences are heard in both places
    where = [H, X] if n % 2 == 0 else [X] if n % 3 == 0 else [H]
    for d in where:
        if m != 'straw' or d == H: plan.append((d, 'file', 'citizen' if k == 'c' else 'worker', m, t))
for n, (k, m, t) in enumerate(OTHER):
    d = [H, X, H][n % 3]
    if '村' in t or '县' in t: d = H
    plan.append((d, k, 'worker' if k == 'settle' else 'citizen', m, t))
    if k in ('settle', 'emergency') and n % 2 == 0 and m != 'straw': plan.append(({H: X, X: H}[d], k, 'worker' if k == 'settle' else 'citizen', m, t))
for i in range(len(plan) - 1, 0, -1):  # shuffled by our own numbers
    j = rnd(i + 1); plan[i], plan[j] = plan[j], plan[i]
filed = []
for n, (d, what, by, matter, text) in enumerate(plan):
    w = waves[n % len(waves)]
    if by == 'worker' and not works(w.date()) and chance(40): w = pick([v for v in waves if works(v.date())])
    grid = grid_for(d, matter)
    if by == 'worker' and what == 'file' and works(w.date()) and chance(12): by = 'inspector'
    rid = report(d, w + M(pick([0, 2, 4])), grid, text, by, matter if what in ('file', 'settle') else None)
    op, c = CAST[d]['operator'], CAST[d]
    if what == 'file':
        case = Case(rid, grid, matter, at=w + M(6)); ordinary(case, w); filed.append((rid, grid, matter, w, d))
    elif what == 'settle':
        p = reports[rid]['place']
        step(w + M(6), 'settle', grid['worker'], rid, {'itemCode': c['items'][matter]['code'], 'note': '已自行处置,现场恢复。', 'evidence': [photo(grid['worker'], w + M(5), p['longitude'], p['latitude'], rid + 's')], 'gridCode': grid['code']})
    elif what == 'refuse':
        code = {'other-place': 'outside-jurisdiction', 'unclear': 'incomplete'}.get(matter, 'not-a-grid-matter' if d == H else 'incomplete')
        step(w + M(6), 'refuse', op, rid, {'reasonCode': code, 'reason': {'other-place': '不在本辖区,已告知反映人向当地反映。', 'unclear': '地点、事项不明,多次联系未果。', 'advert': '商业广告,不予立案。'}.get(matter, '内容无实际事项,不予立案。')})
    elif what == 'transfer': step(w + M(6), 'transfer', op, rid, {'to': ('合阳县' if d == H else '兴隆台区') + matter, 'reason': '非城市管理类咨询,转职能部门按规定程序办理。'})
    else: step(w + M(5), 'emergency', op, rid, {'to': matter, 'reason': '突发应急,按应急流程立即处置。'})
# the same matter told again by others while the case is open
again, closing = 0, {}
for at, _, s in steps:
    if s['do'] == 'closing': closing[s['on']] = at
for rid, grid, matter, w, d in filed:
    told = [t for k, m, t in TEXTS if k == 'd' and m == matter]
    if not told or not chance(34): continue
    later = [v for v in waves if w < v < w + timedelta(hours=60) and v + M(8) < closing.get(rid, T('2025-10-20 00:00'))]
    if not later: continue
    v = pick(later)
    dup = report(d, v + M(pick([0, 2, 4])), grid, pick(told), 'citizen', near=rid)
    step(v + M(6), 'join', CAST[d]['operator'], dup, {'case': rid, 'distanceMetres': 5 + rnd(30)})
    again += 1

# ---------------------------------------------------------------- out
marks = ['2025-09-30 12:00', '2025-10-08 12:00', '2025-10-11 12:00', '2025-10-16 18:00']
for m in marks: step(T(m), 'lights', CAST[H]['director'], None, None, note='every case is compared with the light worked out for it')
for d in [date(2025, 9, 26) + timedelta(n) for n in range(21)]:  # due moments lie at close of business: the clock passes them on the day itself
    if works(d): step(T(f'{d} 17:31'), 'pass', None)
steps.sort(key=lambda s: (s[0], s[1]))
short_ids = {r['id'] for r in reports.values() if r.get('short')}
seen = {}
for at, _, s in steps:  # of each way a report can go, two or three ordinary ones in the short run
    if 'on' not in s or s['on'] in short_ids: continue
    r = reports[s['on']]
    if s['do'] in ('refuse', 'transfer', 'emergency', 'settle') and seen.get((s['do'], r['district']), 0) < 2:
        seen[s['do'], r['district']] = seen.get((s['do'], r['district']), 0) + 1; r['short'] = True; short_ids.add(r['id'])
    elif s['do'] == 'join' and seen.get('join', 0) < 2:
        seen['join'] = seen.get('join', 0) + 1
        for x in (r['id'], s['body']['case']): reports[x]['short'] = True; short_ids.add(x)
used = {}
def write(name, lines):
    with open(os.path.join(HERE, name), 'w', encoding='utf-8', newline='\n') as f:
        for line in lines: f.write(json.dumps(line, ensure_ascii=False, separators=(', ', ': ')) + '\n')
for r in reports.values(): r.pop('spot')
write('reports.jsonl', sorted(reports.values(), key=lambda r: (r['at'], r['id'])))
out = []
for at, _, s in steps:
    key = f"{s.get('on', 'all')}.{s['do']}"
    used[key] = used.get(key, 0) + 1
    s['id'] = key if used[key] == 1 else f'{key}.{used[key]}'
    out.append(s)
write('scenario.jsonl', out)
people = {s['by'] for s in out if s.get('by')}
with open(os.path.join(HERE, 'cast.json'), 'w', encoding='utf-8', newline='\n') as f:
    json.dump({'people': {p: CAST['people'][p] for p in sorted(people)}, 'districts': {d: {k: CAST[d][k] for k in ('name', 'pack')} for d in (H, X)},
               'units': {d: {u: v['name'] for u, v in sorted(CAST[d]['units'].items())} for d in (H, X)}, 'items': {d: {v['code']: v['grade'] for v in CAST[d]['items'].values()} for d in (H, X)},
               'gridWorkers': {r['place']['gridCode']: next(g['worker'] for g in CAST[r['district']]['grids'] if g['code'] == r['place']['gridCode']) for r in reports.values()}}, f, ensure_ascii=False, indent=1, sort_keys=True)
    f.write('\n')
print(len(reports), 'reports', len(short_ids), 'short', len(out), 'steps', len({s['at'] for s in out}), 'moments', again, 'repeats')
