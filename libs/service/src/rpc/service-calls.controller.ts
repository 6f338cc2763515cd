import { status } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall, RpcException } from '@nestjs/microservices';
import { correlated, type Logger } from '@gridcase/platform';
import { SERVICE_LOGGER } from '../adapters';
import { CallRouter } from '../call-router';
import { CommandStreams, type CommandStream } from './command-streams';
import { commandFrom, commandReplyTo, queryFrom, queryReplyTo, type CommandRequest, type CommandResponse, type QueryRequest, type QueryResponse } from './messages';

/** The internal gRPC endpoint of a service. What goes wrong unexpectedly is logged here; the caller learns its correlation id, no more. */
@Controller()
export class ServiceCallsController {
  constructor(private readonly router: CallRouter, private readonly streams: CommandStreams, @Inject(SERVICE_LOGGER) private readonly logger: Logger) {}

  @GrpcStreamCall('ServiceCalls', 'Execute')
  execute(stream: CommandStream): void {
    this.streams.open(stream, (request) => this.executeOne(request));
  }

  @GrpcMethod('ServiceCalls', 'Query')
  async query(request: QueryRequest): Promise<QueryResponse> {
    try {
      return queryReplyTo(await this.router.answer(queryFrom(request)));
    } catch (error) {
      throw new RpcException({ code: status.INTERNAL, message: this.unexpected(request.name, request, error) });
    }
  }

  private async executeOne(request: CommandRequest): Promise<CommandResponse> {
    try {
      return commandReplyTo(await this.router.execute(commandFrom(request)));
    } catch (error) {
      return { status: status.INTERNAL, statusMessage: this.unexpected(request.type, request, error) };
    }
  }

  private unexpected(call: string | undefined, { correlationId = '', trace }: CommandRequest | QueryRequest, error: unknown): string {
    // Given by hand: an AsyncLocalStorage around every call costs each promise a hook (Node 20).
    this.logger.error({ err: error, call, ...correlated(correlationId, trace) }, 'a call failed unexpectedly');
    return `internal error, correlation id ${correlationId}`;
  }
}
