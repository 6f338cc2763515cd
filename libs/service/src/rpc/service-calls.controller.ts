import { status } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall, RpcException } from '@nestjs/microservices';
import type { Logger } from '@gridcase/platform';
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
    const correlationId = request.correlationId ?? '';
    try {
      return queryReplyTo(await this.router.answer(queryFrom(request)));
    } catch (error) {
      throw new RpcException({ code: status.INTERNAL, message: this.unexpected(request.name, correlationId, error) });
    }
  }

  private async executeOne(request: CommandRequest): Promise<CommandResponse> {
    const correlationId = request.correlationId ?? '';
    try {
      return commandReplyTo(await this.router.execute(commandFrom(request)));
    } catch (error) {
      return { status: status.INTERNAL, statusMessage: this.unexpected(request.type, correlationId, error) };
    }
  }

  private unexpected(call: string | undefined, correlationId: string, error: unknown): string {
    // Given by hand: an AsyncLocalStorage around every call costs each promise a hook (Node 20).
    this.logger.error({ err: error, call, correlationId }, 'a call failed unexpectedly');
    return `internal error, correlation id ${correlationId}`;
  }
}
