"""People, grids, units and items of the two districts as policies/data has them: whom generate.py lets act, and where."""
import csv, os, re

# Where things happen, as people there say it. By community; villages have their own.
SPOTS = {
    '东街社区': ['东大街粮站旧址门口', '东大街小学西侧巷子', '东关十字东北角', '东街老供销社楼下', '锦绣家园南门'], '西街社区': ['西大街菜市场后门', '西街幼儿园对面', '西关桥头', '百货楼背后家属院', '西大街农商行门口'],
    '南街社区': ['南街什字', '南环路加油站旁', '南街老车站出口', '南苑小区2号楼下', '南街面粉厂围墙外'], '北街社区': ['北大街邮局跟前', '北关水塔底下', '北街第三巷', '福馨苑东门', '北环路立交下'],
    '凤凰路社区': ['凤凰西路人民医院对面', '凤凰路和金水路十字', '凤凰新城1期门口', '凤凰路红绿灯往南五十米', '凤凰路广场公厕旁'], '解放路社区': ['解放路中段邮电局家属院', '解放路小学东墙外', '解放路步行街南口', '解放路老电影院', '解放路建设银行门前'],
    '中心社区': ['中心广场西北角', '中心街早市', '中心花园7号楼', '政府西巷', '文化馆后院'], '北新社区': ['北新街新华书店门口', '北新小区3单元', '北新路驾校路口', '北新街劳务市场', '福山佳苑地下车库口'],
    '石油社区': ['石油大街与兴隆台街路口', '石油大街公交站', '石油小区14栋', '石油高中北门', '油田宾馆后身'], '迎宾社区': ['迎宾路早市', '迎宾园3期东门', '迎宾路口岗亭旁', '迎宾社区卫生站门口', '惠宾桥下'], '兴盛社区': ['兴盛街8号楼下', '兴盛小学门口', '兴盛农贸市场西门', '兴盛里便民浴池旁', '兴盛街邮政所'],
    '长征社区': ['长征楼区锅炉房后', '长征街烧烤广场', '长征小区二号门', '长征路与林丰路口', '长征幼儿园'], '泰山社区': ['泰山路万达对面', '泰山路人行天桥下', '泰山家园11号楼', '泰山路螃蟹市场', '泰山小区换热站'], '双兴社区': ['双兴路大集', '双兴北路加气站', '双兴花园北门', '双兴街废品站旁', '双兴小区自行车棚'],
    '锦祥社区': ['锦祥花园人工湖边', '锦祥街快递柜', '锦祥路口', '锦祥小区广场', '锦祥市场水产区'], '惠宾社区': ['惠宾大街肯德基门口', '惠宾街中段', '惠宾小区9号楼', '惠宾街地下通道', '惠宾公园东侧'],
    '钻井社区': ['钻井新村5区', '钻井街医院门口', '钻井俱乐部广场', '钻井一路平房区', '钻井市场南门'], '采油社区': ['采油楼区6栋', '采油路磕头机旁', '采油街菜店', '采油家属院大门', '采油厂东墙外'],
}
IDLE = '610524001008001'  # its worker finds something on the first day and nothing afterwards
VILLAGE_SPOTS = ['村口大槐树底下', '三组涝池边', '通村路拐弯处', '老学校门口', '村西头渠边', '文化广场']
HEYANG_VILLAGES = ['610524103006', '610524104013', '610524107014']

def entries(path):
    """The lists of entries these files hold: block style, two spaces a level."""
    out, key = [], None
    for line in open(path, encoding='utf-8'):
        m = re.match(r'^(  - |    )(\w+): ?(.*)$', line)
        if m:
            if m[1] == '  - ': out.append({})
            key, value = m[2], m[3].strip().strip('"\'')
            out[-1][key] = [] if value in ('', '[]') else value
        elif re.match(r'^      - ', line): out[-1][key].append(line.strip()[2:].strip('"\''))
        elif (m := re.match(r'^      (\w+): (.*)$', line)): out[-1][f'{key}.{m[1]}'] = m[2]
    return out

def load_cast(data):
    cast = {'people': {}}
    for d, file, name, pack in (('610524', 'heyang', '合阳县', 'heyang-2020'), ('211103', 'xinglongtai', '兴隆台区', 'linkage')):
        path = lambda what: os.path.join(data, f'{file}-{what}')
        people = {p['id']: {'name': p['name'], 'role': p['roles'][0], 'jurisdiction': p['jurisdiction'], **({'unit': p['unit']} if p.get('unit') else {})} for p in entries(path('people.yaml'))}
        cast['people'].update(people)
        units = {u['code']: {'name': u['name.zh'], 'department': u['department']} for u in entries(path('units.yaml'))}
        for p, it in people.items():
            if 'unit' in it: units[it['unit']]['handler' if it['role'] == 'unit-handler' else 'leader'] = p
            if it['role'] == 'unit-handler': units[it['unit']]['handlerName'] = it['name']
        rows = list(csv.DictReader(open(path('grids.csv'), encoding='utf-8')))
        names = {r['code']: r['name'] for r in rows}
        grids = []
        for r in rows:
            community = names.get(r['code'][:12], '')
            town = r['tier'] == '3' and r['kind'] == 'grid' and community in SPOTS and ';' not in r['workers']
            if town or r['code'] in HEYANG_VILLAGES:
                street = names[r['code'][:9]]
                grids.append({'code': r['code'], 'worker': r['workers'], 'longitude': float(r['longitude']), 'latitude': float(r['latitude']), 'idle': r['code'] == IDLE, 'village': not town,
                              'spots': SPOTS[community] if town else [street + r['name'] + s for s in VILLAGE_SPOTS]})
        # A handful of every community: enough that workers have something to be compared by.
        taken, kept = {}, []
        for g in grids:
            taken[g['code'][:12]] = taken.get(g['code'][:12], 0) + 1
            if taken[g['code'][:12]] <= (3 if d == '610524' else 2) or g['idle']: kept.append(g)
        alias = {'market': 'market-supervision'}
        def unit_of(department, grid, d=d, units=units):
            department = alias.get(department, department)
            street = f"u-{grid['code'][:9]}-{department}"
            return street if street in units else f'u-{d}-{department}'
        cast[d] = {'name': name, 'pack': pack, 'units': units, 'grids': sorted(kept, key=lambda g: g['village']), 'unit_of': unit_of, 'spots': lambda grid: grid['spots'],
                   'items': {i['code']: {'code': i['code'], 'grade': i['grade'], 'department': i['department'], 'coDepartments': i['coDepartments']} for i in entries(path('items.yaml'))},
                   'director': f'dir-{d}', 'operator': f'op-{d}-1', 'supervision': f'sup-{d}', 'hotline': f'hot-{d}-1', 'inspector': f'i-{d}-01', 'admin': f'reg-{d}', 'auditor': f'aud-{d}',
                   'operator_of': lambda centre, d=d: f'op-{d}-1' if centre == d else f'op-{centre}'}
    return cast
