import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { instantToMs } from '@gridcase/platform';
import { SIMULATED_CLOCK } from '../adapters';
import { Processors } from '../processors';
import type { SimulatedClock } from './simulated-clock';

/** The same way up from `src/simulation` and from `dist/simulation`. */
export const SIMULATION_PROTO_PATH = join(__dirname, '../../../../proto/internal/simulation.proto');

export interface ClockReading { now?: string }
export interface CaughtUp { head?: string }

const CATCH_UP_TIMEOUT_MS = 60_000;

/** The service as a part of a simulation: mounted only where its clock is one that calls move. */
@Controller()
export class SimulationController {
  constructor(@Inject(SIMULATED_CLOCK) private readonly simulated: SimulatedClock, private readonly processors: Processors) {}

  @GrpcMethod('Simulation', 'ReadClock')
  read(): ClockReading {
    return { now: this.simulated.clock.now() };
  }

  @GrpcMethod('Simulation', 'MoveClock')
  async move({ now = '' }: ClockReading): Promise<ClockReading> {
    try {
      instantToMs(now);
    } catch (error) {
      throw new RpcException({ code: status.INVALID_ARGUMENT, message: (error as Error).message });
    }
    await this.simulated.moveTo(now);
    return this.read();
  }

  /** Answers with the head it found. */
  @GrpcMethod('Simulation', 'CatchUp')
  async catchUp(): Promise<CaughtUp> {
    try {
      return { head: String(await this.processors.catchUp(CATCH_UP_TIMEOUT_MS)) };
    } catch (error) {
      throw new RpcException({ code: status.DEADLINE_EXCEEDED, message: (error as Error).message });
    }
  }
}
