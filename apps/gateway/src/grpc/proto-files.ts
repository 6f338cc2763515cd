import { join } from 'node:path';
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader';

/** The same way up from `src/grpc` and from `dist/grpc`. */
export const PROTO_FOLDER = join(__dirname, '../../../../proto');
const FILES = ['reports', 'cases', 'registry', 'clocks', 'assessment', 'audit'].map((name) => `gridcase/v1/${name}.proto`);
/** Absent fields stay absent, so that a service cannot take a zero for something said. */
export const PROTO_OPTIONS: Options = { keepCase: false, longs: String, enums: String, defaults: false, arrays: false, oneofs: false, includeDirs: [PROTO_FOLDER] };

export const loadPublicApi = (): PackageDefinition => loadSync(FILES, PROTO_OPTIONS);
/** For reflection: names as the files have them, from which other languages make their own. */
export const loadPublicApiAsWritten = (): PackageDefinition => loadSync(FILES, { ...PROTO_OPTIONS, keepCase: true });
export const loadHealth = (): PackageDefinition => loadSync('grpc/health/v1/health.proto', PROTO_OPTIONS);
