import { Inject, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { OperationCalls } from '../calls/operation-calls';
import type { Operation } from '../operations';
import { RateLimiter } from '../limits/rate-limiter';
import type { GatewayRequest } from './gateway-request';

const OPERATIONS = 'gridcase:operations';
/** The operations that answer a route: the first without a condition, and those the query asks for. */
export const ForOperations = (operations: readonly Operation[]) => SetMetadata(OPERATIONS, operations);

/** Who is calling, and may he: before the body is looked at. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector, @Inject(OperationCalls) private readonly calls: OperationCalls, @Inject(RateLimiter) private readonly limiter: RateLimiter) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const operations = this.reflector.get<readonly Operation[] | undefined>(OPERATIONS, context.getHandler());
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    if (!operations) {
      // Health, metrics, documents and demo tokens: open to everybody.
      this.limiter.takeFor(undefined, request.ip);
      return true;
    }
    const operation = asked(operations, request.query);
    request.operation = operation;
    const caller = this.calls.authorize(operation, request.headers.authorization);
    if (caller instanceof Promise) return caller.then((found) => this.enter(request, found));
    return this.enter(request, caller);
  }

  private enter(request: GatewayRequest, caller: GatewayRequest['caller']): true {
    request.caller = caller;
    this.limiter.takeFor(caller?.person, request.ip);
    return true;
  }
}

function asked(operations: readonly Operation[], query: unknown): Operation {
  const names = query as Record<string, unknown>;
  return operations.find(({ rest }) => rest.whenQuery !== undefined && names[rest.whenQuery] !== undefined) ?? operations.find(({ rest }) => rest.whenQuery === undefined)!;
}
