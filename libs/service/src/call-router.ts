import { Injectable, type OnModuleInit, Inject } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { commandOwners, UnknownEvent, type CommandType, type Service } from '@gridcase/events';
import { inSpan, within, type CommandCall, type CommandHandlerFor, type CommandReply, type QueryCall, type QueryHandlerFor, type QueryReply, type Span, type Tracer } from '@gridcase/platform';
import { SERVICE_NAME, SERVICE_OPTIONS, SERVICE_TRACER } from './adapters';
import { isStoreAway } from './commands';
import { ANSWERS_QUERY, HANDLES_COMMAND } from './decorators';
import { ReadModels } from './read-models';
import { ProblemError, refused, replyAttributes, type RefusedReply } from './replies';
import type { ServiceOptions } from './service.module';

/** Finds the handlers among the providers and gives each call to its own. */
@Injectable()
export class CallRouter implements OnModuleInit {
  private readonly commands = new Map<string, CommandHandlerFor>();
  private readonly queries = new Map<string, QueryHandlerFor>();
  private readonly durations: { startTimer(): (labels: { call: string; outcome: string }) => unknown } | undefined;

  constructor(
    @Inject(SERVICE_NAME) private readonly service: Service, private readonly discovery: DiscoveryService,
    private readonly readModels: ReadModels, @Inject(SERVICE_OPTIONS) { adapters }: ServiceOptions, @Inject(SERVICE_TRACER) private readonly tracer: Tracer,
  ) {
    this.durations = adapters.metrics?.histogram('service_call_duration_seconds', 'Calls by the internal endpoint', ['call', 'outcome']);
  }

  onModuleInit(): void {
    for (const { metatype, instance } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || !instance) continue;
      const type = Reflect.getMetadata(HANDLES_COMMAND, metatype) as CommandType | undefined;
      const name = Reflect.getMetadata(ANSWERS_QUERY, metatype) as string | undefined;
      if (type !== undefined) {
        if (commandOwners[type] !== this.service) throw new Error(`${metatype.name} handles ${type}, which ${commandOwners[type] ?? 'no service'} owns, not ${this.service}`);
        register(this.commands, type, instance);
      }
      if (name !== undefined) register(this.queries, name, instance);
    }
  }

  /** Commands of this service that nothing handles: a service that is not finished. */
  get unhandledCommands(): CommandType[] {
    return (Object.keys(commandOwners) as CommandType[]).filter((type) => commandOwners[type] === this.service && !this.commands.has(type));
  }

  get queryNames(): string[] {
    return [...this.queries.keys()];
  }

  async execute(call: CommandCall): Promise<CommandReply> {
    const handler = this.commands.get(call.type);
    if (!handler) return refused('UNKNOWN_COMMAND', { type: call.type });
    const span = this.tracer.span(`command ${call.type}`, call.context.trace, { kind: 'server' });
    return this.measured(call.type, span, () => handler.execute(within(span, call)));
  }

  /** Waits for the read models to reach `minPosition` first, so that no query can forget to. */
  async answer(call: QueryCall): Promise<QueryReply> {
    const handler = this.queries.get(call.name);
    if (!handler) return refused('UNKNOWN_QUERY', { name: call.name });
    const span = this.tracer.span(`query ${call.name}`, call.context.trace, { kind: 'server' });
    return this.measured(call.name, span, async () => {
      await this.readModels.waitFor(call.context.minPosition);
      return handler.answer(within(span, call));
    });
  }

  /** `call` is the name of a handler, never what a caller made up. */
  private async measured<Reply extends CommandReply | QueryReply>(call: string, span: Span | undefined, work: () => Promise<Reply>): Promise<Reply | RefusedReply> {
    const end = this.durations?.startTimer();
    let outcome = 'failed';
    try {
      const reply = await inSpan(span, () => orProblem(work), replyAttributes);
      outcome = reply.ok ? 'done' : 'refused';
      return reply;
    } finally {
      end?.({ call, outcome });
    }
  }
}

async function orProblem<Reply>(work: () => Promise<Reply>): Promise<Reply | RefusedReply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    if (error instanceof UnknownEvent) return refused('NEWER_RELEASE');
    if (isStoreAway(error)) return refused('STORE_UNAVAILABLE');
    throw error;
  }
}

function register<Handler>(handlers: Map<string, Handler>, name: string, instance: unknown): void {
  const present = handlers.get(name);
  // A provider exported to several modules is one instance; two instances would be two answers to one question.
  if (present && present !== instance) throw new Error(`two providers for ${name}: ${className(present)} and ${className(instance)}`);
  handlers.set(name, instance as Handler);
}
const className = (instance: unknown): string => (instance as object).constructor.name;
