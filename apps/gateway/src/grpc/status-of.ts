import { status } from '@grpc/grpc-js';

/** The gRPC status that says the same as an HTTP status of a refusal. */
export function statusOf(httpStatus: number): status {
  switch (httpStatus) {
    case 400: case 415: return status.INVALID_ARGUMENT;
    case 401: return status.UNAUTHENTICATED;
    case 403: return status.PERMISSION_DENIED;
    case 404: return status.NOT_FOUND;
    case 409: case 422: return status.FAILED_PRECONDITION;
    case 412: return status.ABORTED;
    case 413: case 429: return status.RESOURCE_EXHAUSTED;
    case 503: return status.UNAVAILABLE;
    default: return status.INTERNAL;
  }
}
