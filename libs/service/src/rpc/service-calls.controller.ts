import { status } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { withCorrelation, type CallContext, type Logger } from '@gridcase/platform';
import { SERVICE_LOGGER } from '../adapters';
import { CallRouter } from '../call-router';
import { commandFrom, commandReplyTo, queryFrom, queryReplyTo, type CommandRequest, type CommandResponse, type QueryRequest, type QueryResponse } from './messages';

/** The internal gRPC endpoint of a service. What goes wrong unexpectedly is logged here; the caller learns its correlation id, no more. */
@Controller()
export class ServiceCallsController {
  constructor(private readonly router: CallRouter, @Inject(SERVICE_LOGGER) private readonly logger: Logger) {}

  @GrpcMethod('ServiceCalls', 'Execute')
  async execute(request: CommandRequest): Promise<CommandResponse> {
    const call = commandFrom(request);
    return commandReplyTo(await this.guarded(call.type, call.context, () => this.router.execute(call)));
  }

  @GrpcMethod('ServiceCalls', 'Query')
  async query(request: QueryRequest): Promise<QueryResponse> {
    const call = queryFrom(request);
    return queryReplyTo(await this.guarded(call.name, call.context, () => this.router.answer(call)));
  }

  private async guarded<T>(name: string, { correlationId }: CallContext, work: () => Promise<T>): Promise<T> {
    return withCorrelation({ correlationId }, async () => {
      try {
        return await work();
      } catch (error) {
        this.logger.error({ err: error, call: name }, 'a call failed unexpectedly');
        throw new RpcException({ code: status.INTERNAL, message: `internal error, correlation id ${correlationId}` });
      }
    });
  }
}
